"""Every command with --json, as a process of its own, prints one JSON document and no more."""

import json
import subprocess
import sys

import pytest
import typer

from command_line import KEYS, TWO_CITIES
from contact_drawing import kamke_text
from qkdopt.cli.app import app

SCHEDULE = "interval,link\n52,B\n53,B\n54,B\n"
TRAFFIC = "city,A,B\nA,0,4\nB,4,0\n"
WEIGHTS = ["--weights", "A=3,B=1"]
COMMANDS = {
    "run": ["run", "s.toml", "-o", "run"],
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
        "instance.json": kamke_text(),
    }  # fmt: skip
    for name, text in files.items():
        (place / name).write_text(text, encoding="utf-8")
    for arguments in (
        ["solve", "keys.csv", "-o", "gd.json"],
        ["import", "kamke", "instance.json", "-o", "contacts.json"],
    ):
        done = run(place, arguments)
        assert done.returncode == 0, done.stderr
    return place


def run(folder, arguments):
    command = [sys.executable, "-m", "qkdopt.cli", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, timeout=600, check=False)


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
def test_standard_output_is_one_document(folder, name):
    done = run(folder, [*COMMANDS[name], "--json"])
    assert done.returncode in (0, 1), done.stderr
    document = json.loads(done.stdout)
    assert isinstance(document, dict)
    assert done.stdout.endswith(b"}\n")


@pytest.mark.parametrize("name", ["solve", "verify"])
def test_quiet_is_quiet(folder, name):
    quiet = run(folder, ["--quiet", *COMMANDS[name]])
    assert (quiet.returncode, quiet.stderr) == (0, b"")
    assert b"HiGHS" not in quiet.stdout
