"""A run that was stopped goes on; what is damaged or of other inputs is made anew."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import netCDF4
import pytest

import qkdopt as qo
from command_line import SOURCE, TWO_CITIES
from qkdopt.study import pipeline
from qkdopt.study.resume import file_digest

LIMIT = ("--time-limit", "8")  # proved in a moment, also on a busy machine
EVERYTHING = ["gd by dynamic", "gd by milp", "pd by dynamic", "pd by milp", "td by decomposition"]
STEPS_FILES = ["gd.json", "gd-milp.json", "pd.json", "pd-milp.json", "td.json"]
KEPT = ["gd-milp.json", "gd.json", "keys.nc", "pd-milp.json", "pd.json", "td.json"]


@pytest.fixture
def work(qkdopt, monkeypatch):
    """Give the list that fills with what is computed: keys, and strategies by solver."""
    import qkdopt.physics as physics

    done, solve, compute_keys = [], pipeline.solve, physics.compute_keys

    def solving(problem, strategy, *, solver, time_limit):
        done.append(f"{strategy.name} by {solver}")
        return solve(problem, strategy, solver=solver, time_limit=time_limit)

    def computing(*arguments, **options):
        done.append("keys")
        return compute_keys(*arguments, **options)

    qkdopt.write("s.toml", TWO_CITIES)
    monkeypatch.setattr(pipeline, "solve", solving)
    monkeypatch.setattr(physics, "compute_keys", computing)
    # Every run draws; what it draws is another test's matter.
    monkeypatch.setattr("qkdopt.plots.timeline.save_timeline", lambda *given, **named: None)
    return done


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """Give the folder of a finished run."""
    folder = tmp_path_factory.mktemp("finished")
    (folder / "s.toml").write_text(TWO_CITIES)
    pipeline.run_study(qo.load_scenario(folder / "s.toml"), folder / "out", time_limit=8)
    return folder / "out"


@pytest.fixture
def again(qkdopt, work, finished):
    """Give a run into a copy of that folder, which a test may change before."""
    shutil.copytree(finished, qkdopt.folder / "out")

    def run(*options):
        return qkdopt("run", "s.toml", "-o", "out", *(options or LIMIT), "--json").json

    return run


def summary_of(folder):
    return json.loads((folder / "summary.json").read_text())


def killed_after(name, folder):
    """Start a run in a process of its own, and kill it as soon as a file is noted as whole."""
    command = [sys.executable, "-m", "qkdopt.cli", "run", "s.toml", "-o", "out"]
    running = subprocess.Popen(
        command, cwd=folder, env={**os.environ, "PYTHONPATH": str(SOURCE)},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    summary = folder / "out" / "summary.json"
    for _ in range(6000):
        if summary.is_file() and name in json.loads(summary.read_text())["files"]:
            break
        assert running.poll() is None
        time.sleep(0.01)
    running.send_signal(signal.SIGKILL)
    running.wait()
    assert summary_of(folder / "out")["complete"] is False


def test_a_killed_run_goes_on_where_it_was(qkdopt, work, finished):
    killed_after("gd.json", qkdopt.folder)
    kept = sorted(summary_of(qkdopt.folder / "out")["files"])
    assert {"gd.json", "keys.nc"} <= set(kept)
    assert "td.json" not in kept
    answer = qkdopt("run", "s.toml", "-o", "out", *LIMIT)
    assert answer.code == 0
    assert "keys" not in work
    assert "gd by dynamic" not in work
    files = zip(EVERYTHING, STEPS_FILES, strict=True)
    assert work == [step for step, name in files if name not in kept]
    assert "verified again: keys.nc, gd.json" in answer.out
    found = summary_of(qkdopt.folder / "out")
    assert (found["complete"], found["verified"]) == (True, True)
    for name in ("gd", "pd"):
        assert (
            found["strategies"][name]["value"] == summary_of(finished)["strategies"][name]["value"]
        )
    work.clear()
    # The second rerun has nothing left to do, but draws and reports all the same.
    (qkdopt.folder / "out" / "report.html").unlink()
    assert sorted(qkdopt("run", "s.toml", "-o", "out", *LIMIT, "--json").json["taken_over"]) == KEPT
    assert work == []
    assert (qkdopt.folder / "out" / "report.html").is_file()


def test_fresh_begins_anew(again, work):
    assert again("--fresh", *LIMIT)["taken_over"] == []
    assert work == ["keys", *EVERYTHING]


def test_another_scenario_takes_nothing_over(qkdopt, again, work):
    qkdopt.write("s.toml", TWO_CITIES.replace("weight = 352", "weight = 353"))
    found = again()
    assert (found["taken_over"], work) == ([], ["keys", *EVERYTHING])
    assert found["files"].keys() == set(KEPT)


def test_another_version_takes_nothing_over(again, work, monkeypatch):
    monkeypatch.setattr("qkdopt.study.resume._source_digest", lambda: "another")
    assert again()["taken_over"] == []
    assert work[0] == "keys"


def test_operations_are_another_problem(qkdopt, again, work):
    text = TWO_CITIES + "[operations]\nminimum_dwell_s = 30\n"
    qkdopt.write("s.toml", text)
    assert again()["taken_over"] == ["keys.nc"]  # no key depends on operations
    assert work == EVERYTHING
    names = [item["file"] for item in json.loads(
        (qkdopt.folder / "out" / "report.json").read_text())["strategies"]]  # fmt: skip
    assert names == ["gd.json", "pd.json", "td.json"]


def forged(folder, name, ended=None, **claims):
    """Change claims of a certificate, and the summary's digest with them."""
    document = json.loads((folder / name).read_text())
    document |= {key: document[key] + more for key, more in claims.items()}
    if ended is not None:
        document["made_by"]["ended"] = ended
    (folder / name).write_text(json.dumps(document))
    summary = summary_of(folder)
    summary["files"][name]["sha256"] = file_digest(folder / name)
    (folder / "summary.json").write_text(json.dumps(summary))
    return document


@pytest.mark.parametrize(("limit", "more", "made"), [
    ("8", 0, []), ("9", 0, []), ("8", 1, []), ("9", 1, ["td by decomposition"]),
])  # fmt: skip
def test_only_what_is_proved_optimal_serves_another_time_limit(
    qkdopt, again, work, finished, limit, more, made
):
    assert summary_of(finished)["strategies"]["td"]["optimal"]
    forged(qkdopt.folder / "out", "td.json", bound=more)  # true, but weaker
    again("--time-limit", limit)
    assert work == made


def test_an_interrupted_search_is_not_taken_over(qkdopt, again, work):
    forged(qkdopt.folder / "out", "td.json", ended="interrupted", bound=1)
    again()
    assert work == ["td by decomposition"]


def test_keys_of_another_tensor_are_not_taken_over(qkdopt, again, work, finished):
    with netCDF4.Dataset(qkdopt.folder / "out" / "keys.nc", "a") as file:
        bits = file.variables["key_bits"]
        bits[:] = bits[:] // 2  # a whole and readable tensor, but not what was written
    found = again()
    assert work == ["keys"]
    assert summary_of(finished)["problem_sha256"] == found["problem_sha256"]


@pytest.mark.parametrize("name", ["keys.nc", "gd.json", "pd-milp.json"])
def test_a_damaged_file_is_not_taken_over(qkdopt, again, work, finished, name):
    path = qkdopt.folder / "out" / name
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    found = again()
    assert name not in found["taken_over"]
    assert len(work) == 1
    assert summary_of(finished)["problem_sha256"] == found["problem_sha256"]
    assert found["verified"] is True


def test_a_false_certificate_with_the_right_digest_is_not_taken_over(qkdopt, again, work):
    folder = qkdopt.folder / "out"
    document = forged(folder, "gd.json", value=1, bound=1)
    found = again()
    assert work == ["gd by dynamic"]
    assert found["verified"] is True
    assert found["strategies"]["gd"]["value"] == document["value"] - 1


def test_pd_in_the_place_of_gd_is_not_taken_over(qkdopt, again, work):
    folder = qkdopt.folder / "out"
    shutil.copy(folder / "pd.json", folder / "gd.json")
    summary = summary_of(folder)
    summary["files"]["gd.json"]["sha256"] = file_digest(folder / "gd.json")
    (folder / "summary.json").write_text(json.dumps(summary))
    again()
    assert work == ["gd by dynamic"]


@pytest.mark.parametrize(
    "summary", ["", "[]", "{", '{"inputs": 3, "files": []}', '{"inputs": {}, "files": {"a": 1}}',
                '{"files": {"../s.toml": {"sha256": ""}}, "inputs": {}}'],
)  # fmt: skip
def test_an_odd_summary_is_somebody_elses_and_means_beginning_anew(qkdopt, again, work, summary):
    (qkdopt.folder / "out" / "summary.json").write_text(summary)
    assert "summary.json: it is not known" in qkdopt("run", "s.toml", "-o", "out").complaint
    assert (qkdopt.folder / "out" / "summary.json").read_text() == summary
    assert again(*LIMIT, "--force")["taken_over"] == []
    assert work == ["keys", *EVERYTHING]
