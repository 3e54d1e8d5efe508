"""Files of the working directory are data: none of them is run or obeyed."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from command_line import KEYS, SOURCE, TWO_CITIES

# Standard library, libraries that every process loads, and what only some solvers load.
MODULES = (
    "json", "random", "socket", "tempfile", "typing", "highspy", "matplotlib", "numba", "numpy",
    "ortools", "psutil", "pyomo", "scipy", "typer", "xarray",
)  # fmt: skip
TRACE = "import os\nopen(os.path.join({folder!r}, 'ran-' + __name__), 'w').close()\n"
SCRIPT = Path(sysconfig.get_path("scripts")) / "qkdopt"


@pytest.fixture
def foreign(tmp_path):
    """Give a folder full of modules that leave a trace when they are imported."""
    for name in MODULES:
        (tmp_path / f"{name}.py").write_text(TRACE.format(folder=str(tmp_path)))
    (tmp_path / "keys.csv").write_text(KEYS)
    (tmp_path / "s.toml").write_text(TWO_CITIES)
    return tmp_path


def ran(folder, command, **environment):
    done = subprocess.run(
        [*map(str, command)], cwd=folder, capture_output=True, text=True, timeout=300,
        env={**os.environ, "PYTHONPATH": str(SOURCE), **environment},
    )  # fmt: skip
    assert sorted(path.name for path in folder.glob("ran-*")) == []
    return done


STARTED = ([SCRIPT], [sys.executable, "-P", "-m", "qkdopt.cli"])
SOLVE = ["solve", "keys.csv", "--solver", "milp", "--json"]
BENCH = ["bench", "--solver", "milp/highs/paper", "--instance", "hand-two-cities", "-o", "bench"]


@pytest.mark.skipif(not SCRIPT.is_file(), reason="is not installed")
@pytest.mark.parametrize(
    ("starter", "arguments"),
    [
        pytest.param(STARTED[0], BENCH, id="script-bench"),  # solves in a child
        pytest.param(STARTED[1], SOLVE, id="module-solve", marks=pytest.mark.slow),
        pytest.param(STARTED[1], BENCH, id="module-bench", marks=pytest.mark.slow),
        pytest.param(STARTED[0], SOLVE, id="script-solve", marks=pytest.mark.slow),
    ],
)
def test_the_command_line_and_its_children_run_no_foreign_module(foreign, starter, arguments):
    done = ran(foreign, [*starter, *arguments])
    assert (done.returncode, done.stderr) == (0, "")


SPREAD = """
from qkdopt.study.processes import over_processes
if __name__ == "__main__":
    print(over_processes(abs, [-1, -2, -3], processes=2))
"""


def test_other_processes_run_no_foreign_module(foreign):
    script = foreign.parent / "spread" / "spread.py"
    script.parent.mkdir()
    script.write_text(SPREAD)
    done = ran(foreign, [sys.executable, script])
    assert (done.returncode, done.stdout) == (0, "[1, 2, 3]\n"), done.stderr


def test_a_foreign_matplotlibrc_is_not_read(foreign):
    # Whoever reads it draws red, or complains of the rest.
    (foreign / "matplotlibrc").write_bytes(b"axes.facecolor: red\nx\n\xff\xfe\x00")
    command = [sys.executable, "-P", "-m", "qkdopt.cli", "plot", "rate", "s.toml", "-o", "rate.svg"]
    done = ran(foreign, command)
    assert (done.returncode, done.stderr) == (0, "")
    assert "ff0000" not in (foreign / "rate.svg").read_text("utf-8")
