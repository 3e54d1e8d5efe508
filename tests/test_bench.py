"""``qkdopt bench`` end to end: processes, records, kills, wrong answers."""

import json
import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from command_line import SOURCE, solving_here
from drawing import problem_of
from qkdopt.bench.records import RecordFile
from qkdopt.bench.run import RECORDS
from qkdopt.optimize.problem_file import write_problem

PROBLEM = problem_of(
    [[5, 0, 3, 0, 9, 2], [4, 6, 0, 7, 0, 1], [0, 2, 2, 8, 5, 0]], [1, 2, 3, 5, 6, 8], 1, [3, 1, 2]
)
FAKE_CBC = """#!{python}
import os, sys, time
if sys.argv[1] == "-quit":
    sys.exit(print("Version: 0.0"))
how = os.environ["FAKE_CBC"]
if how == "sleeps":
    open(os.environ["FAKE_PID"], "w").write(str(os.getpid()))
    time.sleep(600)
if how == "breaks":
    sys.exit(3)
model = open(sys.argv[1]).read()
columns = sorted({{word for word in model.split() if word[:1] == "c" and word[1:].isdigit()}})
value = {{"serves all": 1, "serves none": 0}}[how]
rows = [f"{{n}} {{name}} {{value}} 0" for n, name in enumerate(columns)]
with open(sys.argv[sys.argv.index("-solution") + 1], "w") as stream:
    stream.write("\\n".join(["Optimal - objective value 0", *rows]) + "\\n")
"""


@pytest.fixture
def bench(qkdopt):
    write_problem(PROBLEM, qkdopt.folder / "p.json")

    def run(*solvers, **settings):
        named = [part for solver in solvers for part in ("--solver", solver)]
        for key, value in settings.items():
            named += [f"--{key.replace('_', '-')}", str(value)]
        return qkdopt("bench", "--instance", "p.json", *named, "-o", "out", "--json")

    run.records = lambda: [
        json.loads(line) for line in (qkdopt.folder / "out" / RECORDS).read_text().splitlines()
    ]
    run.folder = qkdopt.folder
    return run


@pytest.fixture
def fake_cbc(tmp_path, monkeypatch):
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "cbc"
    program.write_text(FAKE_CBC.format(python=sys.executable))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("FAKE_PID", str(tmp_path / "pid"))

    def behave(how):
        monkeypatch.setenv("FAKE_CBC", how)

    return behave


def test_a_comparison_is_recorded_judged_reported_and_not_run_twice(bench, monkeypatch):
    monkeypatch.setenv("PATH", "")  # no program is installed
    with solving_here():
        assert bench("dynamic", "relaxation/paper", seeds=1).json["done"] == 2
    answer = bench("dynamic", "milp/highs/paper", "milp/glpk/paper", "relaxation/paper", seeds=1)
    assert answer.code == 0, answer.err
    assert (answer.json["done"], answer.json["before"]) == (1, 2)
    assert answer.json["missing"] == [
        "GLPK is not installed; to install: apt-get install glpk-utils"
    ]
    records = {record["job"]["solver"]: record for record in bench.records()}
    assert set(records) == {"dynamic", "milp/highs/paper", "relaxation/paper"}
    exact, milp = records["dynamic"], records["milp/highs/paper"]
    assert exact["value"] == milp["value"] == exact["bound"] == milp["bound"]
    assert exact["optimal"]
    assert milp["optimal"]
    assert milp["verified"]
    assert records["relaxation/paper"]["relaxation"] >= exact["value"]
    assert {"build", "compile", "hand_over", "solve", "verify", "cpu", "wall"} <= set(
        milp["seconds"]
    )
    assert milp["options"]["relative_gap"] == milp["options"]["absolute_gap"] == "0"
    assert milp["nodes"] >= 0
    assert milp["peak_mb"] > 20
    for name in ("machine", "versions", "commit", "processes", "recorded_utc", "size"):
        assert name in milp
    written = {path.name for path in (bench.folder / "out").iterdir()}
    assert {"report.md", "report.html", "results.csv", "gaps.png", "profiles.png",
            "targets.png", "phases.csv", "relaxations.csv"} <= written  # fmt: skip
    again = bench("dynamic", "milp/highs/paper", "milp/glpk/paper", "relaxation/paper", seeds=1)
    assert (again.json["done"], again.json["before"]) == (0, 3)
    assert len(bench.records()) == 3
    assert "certified optimum" in (bench.folder / "out" / "report.md").read_text()


def test_settings_of_generations_reach_the_solver_and_the_record(bench, bench_here):
    answer = bench("genetic/population=10,run=3,evaluations=200")
    assert answer.code == 0, answer.err
    (record,) = bench.records()
    assert record["job"]["solver"] == "genetic/population=10,run=3,evaluations=200"
    assert record["options"]["evaluations"] in range(200, 210)
    assert record["options"]["settings"]["population"] == 10
    assert record["options"]["settings"]["run"] == 3
    answer = bench("genetic/populaton=10")
    assert answer.code == 2
    assert "did you mean population?" in answer.err


@pytest.mark.parametrize(
    ("how", "finding"),
    [("serves all", "interval"), pytest.param("serves none", "bound", marks=pytest.mark.slow)],
)
def test_a_solver_that_is_wrong_is_shown_as_wrong(bench, bench_here, fake_cbc, how, finding):
    fake_cbc(how)
    answer = bench("milp/cbc/paper")
    assert answer.code == 1
    assert answer.json["wrong"] == 1
    (record,) = bench.records()
    assert record["verified"] is False
    assert record["status"] == "finished"
    assert finding in record["findings"][0]
    report = (bench.folder / "out" / "report.md").read_text()
    assert "- WRONG: p.json gd milp/cbc/paper seed 0: " in report


def test_a_solver_that_breaks_down_does_not_stop_the_others(bench, bench_here, fake_cbc):
    fake_cbc("breaks")
    answer = bench("milp/cbc/paper", "greedy")
    assert answer.code == 0
    broken, fine = sorted(bench.records(), key=lambda record: record["status"] == "finished")
    assert broken["status"] == "refused"
    assert "CBC wrote no solution file" in broken["reason"]
    assert fine["verified"]


def test_time_is_limited_from_outside_and_nothing_is_left_running(bench, fake_cbc, tmp_path):
    fake_cbc("sleeps")
    plan = bench.folder / "plan.toml"
    plan.write_text(
        'title = "t"\n[[group]]\ninstances = ["p.json"]\nstrategies = ["gd"]\n'
        'solvers = ["milp/cbc/paper"]\ntime_limit_s = 1\ngrace_s = 5\n'
    )
    from qkdopt.cli import main

    assert main(["bench", str(plan), "-o", "out"]) == 0
    (record,) = bench.records()
    assert record["status"] == "killed_time"
    assert record["value"] is None
    pid = tmp_path / "pid"
    if pid.is_file():  # else the process was ended before it came so far
        assert not _alive(int(pid.read_text()))


def test_memory_is_limited_from_outside(bench):
    answer = bench("dynamic", memory_mb=40)
    assert answer.code == 0
    (record,) = bench.records()
    assert record["status"] == "killed_memory"
    assert record["peak_mb"] > 40
    assert "MiB" in record["reason"]


def test_a_killed_run_continues(bench, qkdopt):
    """Kill a run after its first record: its solver ends, too, and the next run does the rest."""
    names = ["p.json", "p2.json"]
    command = [sys.executable, "-m", "qkdopt.cli", "bench", "--solver", "greedy", "-o", "out",
               "--processes", "1", "--json"]  # fmt: skip
    command += [part for name in names for part in ("--instance", name)]
    write_problem(problem_of([[1, 2], [3, 0]], [1, 2], 1), bench.folder / names[1])
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    run = subprocess.Popen(command, cwd=bench.folder, env=environment, stdout=subprocess.DEVNULL)
    path = bench.folder / "out" / RECORDS
    _wait(lambda: path.is_file() and path.read_bytes().count(b"\n") >= 1, run)
    _wait(lambda: len(psutil.Process(run.pid).children()) > 0, run)
    children = psutil.Process(run.pid).children(recursive=True)
    run.send_signal(signal.SIGKILL)
    run.wait()
    _, alive = psutil.wait_procs(children, timeout=20)
    assert not alive
    with path.open("ab") as stream:
        stream.write(b'{"format":"qkdopt-bench-record","key":"torn')  # a kill in mid-line
    before = path.read_bytes().count(b"\n")
    answer = qkdopt(*command[3:]).json
    assert answer["done"] + before == 2
    assert answer["before"] == before >= 1
    assert len(answer["warnings"]) == 1
    assert "no whole record" in answer["warnings"][0]
    records = bench.records()
    assert len({record["key"] for record in records}) == len(records) == 2
    assert all(record["verified"] for record in records)


def test_a_second_run_into_the_same_file_is_refused(bench, qkdopt):
    (qkdopt.folder / "out").mkdir()
    script = (
        "import sys; from pathlib import Path; from qkdopt.bench.records import RecordFile\n"
        "with RecordFile(Path('out/records.jsonl')):\n"
        "    print('open', flush=True); sys.stdin.read()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", script], cwd=qkdopt.folder, stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(SOURCE)},
    )  # fmt: skip
    try:
        assert other.stdout.readline() == b"open\n"
        assert "another run writes into it" in bench("greedy").complaint
        assert not (qkdopt.folder / "out" / RECORDS).exists()
    finally:
        other.kill()  # a killed run gives the file back
        other.communicate()
    with RecordFile(qkdopt.folder / "out" / RECORDS):
        pass


def _alive(pid):
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def _wait(condition, process, seconds=90):
    until = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, "the run ended by itself"
        assert time.monotonic() < until
        time.sleep(0.02)
