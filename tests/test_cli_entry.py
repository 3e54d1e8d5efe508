"""The door of the command line: what it loads, how it ends, what it says of itself."""

import errno
import io
import json
import os
import signal
import subprocess
import sys
import tempfile

import numpy as np
import pytest

from command_line import KEYS, SOURCE
from qkdopt.cli import exits, main
from qkdopt.errors import QkdoptError
from test_verifier_budget import labels

HEAVY = ("pyomo", "numba", "highspy", "deap", "matplotlib", "xarray", "pandas", "scipy")
COMMANDS = (
    "run", "keys", "solve", "verify", "evaluate", "problems", "check", "export", "import", "bench",
    "elements-age",
)  # fmt: skip


def in_own_python(script, folder=None):
    """Run a script; return its lines on a standard output that is a pipe."""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=True, cwd=folder,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
    )  # fmt: skip
    assert done.stderr == b""
    return done.stdout


def test_heavy_libraries_stay_out():
    commands = [["--help"], ["run", "--help"], ["bench", "--help"], ["problems"]]
    script = (
        f"import sys, qkdopt\nprint(sorted(set({HEAVY!r}) & set(sys.modules)))\n"
        f"from qkdopt.cli import main\nfor command in {commands!r}:\n"
        f"    assert main(command) == 0\n    print(sorted(set({HEAVY!r}) & set(sys.modules)))"
    )
    lines = in_own_python(script).splitlines()
    assert [line for line in lines if line.startswith(b"[")] == [b"[]"] * (1 + len(commands))


def test_in_a_pipe_there_is_plain_text_only_and_no_netcdf_library_is_loaded(tmp_path):
    (tmp_path / "keys.csv").write_text(KEYS)
    script = (
        "import sys; from qkdopt.cli import main; main(['solve', 'keys.csv'])\n"
        "print(sorted({'matplotlib', 'netCDF4', 'pandas', 'pyomo', 'xarray'} & set(sys.modules)))"
    )
    out = in_own_python(script, tmp_path)
    assert b"\x1b" not in out
    assert out.isascii()
    assert b"proved optimal" in out
    assert out.splitlines()[-1] == b"[]"


def test_help_keeps_the_names_of_tables(qkdopt):
    for command in ("run", "keys", "evaluate", "tune"):
        assert "[finite_key]" in " ".join(qkdopt(command, "--help").out.replace("│", "").split())


def test_help_lists_every_command(qkdopt):
    answer = qkdopt("--help")
    assert answer.code == 0
    for name in COMMANDS:
        assert f" {name} " in answer.out
    assert qkdopt().out == answer.out


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_examples(qkdopt, command):
    answer = qkdopt(command, "--help")
    assert answer.code == 0
    assert f"qkdopt {command} " in answer.out.split("Examples:")[1]
    assert answer.out.isascii() or "\u2500" in answer.out


def test_version(qkdopt):
    answer = qkdopt("--version")
    assert answer.code == 0
    assert answer.out.startswith("qkdopt ")


def test_wrong_arguments_are_one_line(qkdopt):
    assert "No such command" in qkdopt("frobnicate").complaint
    assert "Missing argument" in qkdopt("solve").complaint
    assert "--threads" in qkdopt("solve", "x.csv", "--threads", "-1").complaint
    assert "--colour" in qkdopt("problems", "--colour").complaint


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (QkdoptError("two\nlines"), 2, "qkdopt: error: two lines\n"),
        (KeyboardInterrupt(), 130, "qkdopt: interrupted\n"),
        (FileNotFoundError(2, "No such file", "x.csv"), 2, "qkdopt: error: x.csv: No such file\n"),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad"), 2, "qkdopt: error: a file is not"),
    ],
)
def test_exceptions_become_codes(capsys, error, code, words):
    def work():
        raise error

    assert exits.guarded(work) == code
    assert capsys.readouterr().err.startswith(words)


def test_an_interrupt_in_disguise_is_one(capsys):
    def work():
        try:
            raise KeyboardInterrupt
        except KeyboardInterrupt as error:
            raise ImportError("initialization failed") from error

    assert exits.guarded(work) == 130
    assert capsys.readouterr().err == "qkdopt: interrupted\n"


def crashed(work, capsys, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert exits.guarded(work, ["solve", "x.json"]) == 70
    (line,) = capsys.readouterr().err.splitlines()
    (log,) = tmp_path.glob("qkdopt-error-*.log")
    assert line.startswith("qkdopt: error: ")
    assert line.endswith(str(log))
    return line, log.read_text()


def test_a_defect_is_one_line_a_log_and_code_70(capsys, tmp_path, monkeypatch):
    def work():
        return 1 // 0

    line, log = crashed(work, capsys, tmp_path, monkeypatch)
    assert "internal error: ZeroDivisionError: integer division" in line
    assert "please report it" in line
    assert "arguments: ['solve', 'x.json']" in log
    assert "Traceback" in log
    assert "return 1 // 0" in log
    assert f"numpy {np.__version__}" in log


@pytest.mark.parametrize("how", ["numpy", "python", "system"])
def test_lack_of_memory_is_no_failed_claim(capsys, tmp_path, monkeypatch, how):
    def work():
        if how == "numpy":
            return np.zeros(2**55).size
        if how == "python":
            return len(b"x" * 2**61)
        raise OSError(errno.ENOMEM, "Cannot allocate memory")

    line, log = crashed(work, capsys, tmp_path, monkeypatch)
    assert "out of memory; what was written before is kept" in line
    assert "Traceback" in log


def test_an_end_of_file_is_no_interrupt(qkdopt, capsys, monkeypatch):
    def ended(*arguments, **options):
        raise EOFError("marshal data too short")  # which the parser of arguments takes for one

    monkeypatch.setattr(tempfile, "tempdir", str(qkdopt.folder))
    monkeypatch.setattr("qkdopt.study.verify", ended)
    qkdopt.write("keys.csv", KEYS)
    assert main(["solve", str(qkdopt.folder / "keys.csv")]) == 70
    assert "internal error: EOFError: marshal data too short" in capsys.readouterr().err


def test_without_a_place_for_the_log_the_line_says_so(capsys, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", "/no/such/folder")

    def work():
        raise RuntimeError("two\nlines")

    assert exits.guarded(work, []) == 70
    (line,) = capsys.readouterr().err.splitlines()
    assert "internal error: RuntimeError: two lines (and no log could be written" in line


def test_what_was_found_is_on_the_disk_when_the_judge_breaks_down(qkdopt, monkeypatch):
    def verify(*arguments):
        raise MemoryError

    monkeypatch.setattr("qkdopt.study.verify", verify)
    monkeypatch.setattr(tempfile, "tempdir", str(qkdopt.folder))
    qkdopt.write("keys.csv", KEYS)
    assert main(["solve", str(qkdopt.folder / "keys.csv"), "-o", "gd.json"]) == 70
    assert json.loads((qkdopt.folder / "gd.json").read_text())["value"] == 22


def test_an_ascii_terminal_shows_what_it_can(qkdopt, monkeypatch):
    qkdopt.write("keys.csv", KEYS.replace("A,B", "Ürümqi,北京"))

    def printed(*options):
        stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdout", stream)
            assert main(["solve", "keys.csv", *options]) == 0
        stream.flush()
        return stream.buffer.getvalue()

    assert b"\\xdcr\\xfcmqi" in printed()
    assert json.loads(printed("--json"))["delivered"] == {"Ürümqi": 0, "北京": 22}


def test_a_closed_pipe_is_quiet(tmp_path):
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "qkdopt.cli", "problems", "--json"]
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    done = subprocess.run(
        command, stdout=write, stderr=subprocess.PIPE, cwd=tmp_path, env=environment, check=False
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")
def test_a_full_device_as_standard_output(tmp_path):
    command = [sys.executable, "-m", "qkdopt.cli", "problems", "--json"]
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, cwd=tmp_path, env=environment, check=False
        )
    assert done.returncode == 2
    assert done.stderr.startswith(b"qkdopt: error: No space left on device\n")


def test_an_interrupt_ends_with_130(tmp_path):
    # Each takes some seconds; the first line on standard error says that the work has begun.
    (tmp_path / "long.json").write_text(json.dumps(labels(20_000)))
    waiting = subprocess.Popen(
        [sys.executable, "-m", "qkdopt.cli", "verify", *["long.json"] * 50],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
    )
    assert b"steps" in waiting.stderr.readline()
    waiting.send_signal(signal.SIGINT)
    out, err = waiting.communicate(timeout=60)
    assert (waiting.returncode, out) == (130, b"")
    assert err.endswith(b"qkdopt: interrupted\n")
