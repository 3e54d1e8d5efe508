"""Every command with --json prints one JSON document, and compiled libraries print nothing.

Standard output is read where it leaves the process, with what C libraries hold back in buffers.
"""

import ctypes
import json

import pytest
import typer

from command_line import KEYS, TWO_CITIES, in_own_process
from contact_drawing import kamke_text
from physics_scenarios import LINE_1, LINE_2, with_checksum
from qkdopt.cli import main
from qkdopt.cli.app import app

SCHEDULE = "interval,link\n52,B\n53,B\n54,B\n"
TRAFFIC = "city,A,B\nA,0,4\nB,4,0\n"
EPOCHS = ("16260.", "16263.")  # the second is the horizon's day
SETS = "\n".join(
    line for day in EPOCHS for line in (with_checksum(LINE_1.replace("16266.", day)), LINE_2)
)
WEIGHTS = ["--weights", "A=3,B=1"]
COMMANDS = {
    "run": ["run", "s.toml", "-o", "run", "--time-limit", "0.2"],
    "solve": ["solve", "keys.csv", "--solver", "milp"],
    "solve by Pyomo": ["solve", "keys.csv", "--solver", "milp", "--mip-solver", "pyomo:highs"],
    "solve by decomposition": ["solve", "keys.csv", "--strategy", "td", *WEIGHTS],
    "solve contacts": ["solve", "contacts.json"],
    "verify": ["verify", "gd.json"],
    "evaluate": ["evaluate", "keys.csv", "schedule.csv"],
    "problems": ["problems"],
    "problems NAME": ["problems", "hand-two-cities"],
    "problems --check": ["problems", "--check", "gd.json"],
    "front": ["front", "keys.csv", *WEIGHTS, "--points", "3", "--time-limit", "2"],
    "pairs": ["pairs", "keys.csv", "--traffic", "traffic.csv", *WEIGHTS],
    "sharing": ["sharing", "hand-two-satellites"],
    "what-if": ["what-if", "s.toml", "--set", "switch_s=0,30"],
    "rolling": ["rolling", "s.toml", "--months", "1", "--members", "5", "--policy", "daily"],
    "tune": ["tune", "s.toml", "--trials", "20"],
    "elements-age": ["elements-age", "s.toml", "sets.txt"],
    "import": ["import", "kamke", "instance.json", "-o", "imported.json"],
    "bench": ["bench", "--solver", "milp/highs/startup", "--instance", "hand-two-cities"],
    "reproduce": ["reproduce", "iberia", "--seconds", "0.1"],
    "export": ["export", "keys.csv", "-o", "problem.json"],
}
LONG = {"reproduce"}  # some minutes


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("json")
    files = {
        "s.toml": TWO_CITIES, "keys.csv": KEYS, "schedule.csv": SCHEDULE, "traffic.csv": TRAFFIC,
        "instance.json": kamke_text(), "sets.txt": SETS,
    }  # fmt: skip
    for name, text in files.items():
        (place / name).write_text(text, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        assert main(["solve", "keys.csv", "-o", "gd.json"]) == 0
        assert main(["import", "kamke", "instance.json", "-o", "contacts.json"]) == 0
    return place


@pytest.fixture
def printed(folder, monkeypatch, capfd):
    """Run a command in ``folder``; return its exit code, standard output and standard error."""
    monkeypatch.chdir(folder)

    def run(arguments):
        capfd.readouterr()
        code = main(arguments)
        ctypes.CDLL(None).fflush(None)
        return code, *capfd.readouterr()

    return run


def test_no_command_is_forgotten():
    commands = typer.main.get_command(app).commands
    with_json = {
        name
        for name, command in commands.items()
        if any("--json" in parameter.opts for parameter in command.params)
    }
    assert with_json == {arguments[0] for arguments in COMMANDS.values()}


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[pytest.mark.slow] * (name in LONG)) for name in COMMANDS],
)
def test_standard_output_is_one_document(printed, bench_here, name):
    code, out, err = printed([*COMMANDS[name], "--json"])
    assert code in (0, 1), err
    document = json.loads(out)
    assert isinstance(document, dict)
    assert out.endswith("}\n")


def test_a_process_of_its_own_prints_one_document(folder):
    done = in_own_process(*COMMANDS["solve by Pyomo"], "--json", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert isinstance(json.loads(done.stdout), dict)
    assert done.stdout.endswith(b"}\n")


@pytest.mark.parametrize("name", ["solve", "verify"])
def test_quiet_is_quiet(printed, name):
    code, out, err = printed(["--quiet", *COMMANDS[name]])
    assert (code, err) == (0, "")
    assert "HiGHS" not in out
