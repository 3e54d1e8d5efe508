"""``run``, ``keys`` and ``check`` on half a day of two cities."""

import json

import pytest

from command_line import TWO_CITIES
from qkdopt import verifier
from qkdopt.certificates import Certificate, Ended, Outcome
from qkdopt.errors import OutputError
from qkdopt.study import pipeline
from qkdopt.tensor import KeyTensor

FILES = {
    "gd-milp.json", "gd.json", "keys.nc", "pd-milp.json", "pd.json", "report.html", "report.json",
    "schedule-gd.csv", "schedule-pd.csv", "schedule-td.csv", "summary.json", "td.json",
    "timeline.png",
}  # fmt: skip
NOT_REACHED = {
    "pd-milp.json", "report.html", "report.json", "schedule-td.csv", "td.json", "timeline.png",
}  # fmt: skip


@pytest.fixture
def scenario(qkdopt):
    return qkdopt.write("scenario.toml", TWO_CITIES)


def written(folder):
    return {path.name for path in folder.iterdir()}


def test_run_writes_a_folder_and_prints_a_table(qkdopt, scenario):
    answer = qkdopt("run", scenario)
    assert (answer.code, answer.err) == (0, "")
    folder = qkdopt.folder / "qkdopt-results" / "two-cities"
    assert written(folder) == FILES
    for words in ("Urumqi", "Shanghai", "S-GD", "S-PD", "proved optimal", "milp agrees"):
        assert words in answer.out
    summary = json.loads((folder / "summary.json").read_text())
    for name in ("gd", "pd"):
        verdict = verifier.verify(verifier.read(folder / f"{name}.json"))
        found = summary["strategies"][name]
        assert verdict.optimal
        assert verdict.value == found["value"] == found["solvers"]["milp"]["value"]
        assert list(found["delivered"].values()) == list(verdict.delivered)
        assert found["verified"] is True
    keys = KeyTensor.load(folder / "keys.nc")
    assert keys.links == ("Urumqi", "Shanghai")
    assert (folder / "timeline.png").read_bytes().startswith(b"\x89PNG")
    # The table of the schedule is one that evaluate accepts.
    again = qkdopt("evaluate", folder / "pd.json", folder / "schedule-pd.csv", "--json").json
    assert again["strategies"]["pd"]["gap"] == 0


def test_run_as_json_prints_the_summary(qkdopt, scenario):
    answer = qkdopt("run", scenario, "-o", "here", "--json")
    assert answer.json["strategies"]["gd"]["verified"] is True
    assert {"value", "bound", "ended", "verified", "delivered", "divergence", "utilisation"} <= set(
        answer.json["strategies"]["pd"]
    )


def test_run_for_finite_keys_of_sessions(qkdopt, scenario):
    sessions = ("--finite-key", "block=session")
    answer = qkdopt("run", scenario, *sessions, "-o", "finite", "--time-limit", "3")
    assert answer.code == 0
    assert written(qkdopt.folder / "finite") == FILES | {
        "sessions-gd.csv", "sessions-pd.csv", "sessions-td.csv",
    }  # fmt: skip
    for words in ("asymptotic", "milp agrees", "FINITE KEYS: each uninterrupted service"):
        assert words in answer.out
    assert qkdopt("keys", scenario, "--finite-key", "block=session", "-o", "keys.nc").code == 0
    found = qkdopt("solve", "keys.nc", "--strategy", "gd", "--json").json
    summary = json.loads((qkdopt.folder / "finite" / "summary.json").read_text())
    assert found["value"] == summary["strategies"]["gd"]["value"]
    refused = qkdopt("run", scenario, "--finite-key", "blocks=session")
    assert refused.code == 2
    assert "did you mean block?" in refused.complaint


def test_without_weights_only_the_total(qkdopt):
    lines = [line for line in TWO_CITIES.splitlines() if not line.startswith("weight")]
    qkdopt.write("scenario.toml", "\n".join(lines))
    answer = qkdopt("run", ".", "-o", "here", "--json")
    assert answer.code == 0
    assert list(answer.json["strategies"]) == ["gd"]
    assert "divergence" not in answer.json["strategies"]["gd"]


def test_a_scenario_out_of_view_delivers_nothing_and_warns(qkdopt):
    south = TWO_CITIES.replace("duration_days = 0.5", "duration_days = 0.0125")
    qkdopt.write("scenario.toml", south)
    answer = qkdopt("run", "scenario.toml", "-o", "here")
    assert answer.code == 0
    for line in answer.err.splitlines():
        assert line.startswith("qkdopt: warning: scenario.toml: ")
    assert "Urumqi" in answer.err
    assert "Shanghai" in answer.err
    assert "proved optimal" in answer.out
    assert written(qkdopt.folder / "here") == FILES


def test_a_disagreement_is_a_failed_claim(qkdopt, scenario, monkeypatch):
    honest = pipeline.solve

    def worse(problem, strategy, *, solver, time_limit):
        found = honest(problem, strategy, solver=solver if strategy.name == "td" else "dynamic")
        if solver != "milp":
            return found
        claim = {**found.certificate.document, "value": found.value - 1, "bound": found.bound - 1}
        return Outcome(Ended.FINISHED, Certificate(claim), found.value - 1, found.bound - 1)

    monkeypatch.setattr(pipeline, "solve", worse)
    answer = qkdopt("run", scenario, "-o", "here")
    assert answer.code == 1
    assert "FALSE: gd: the proved optima differ" in answer.out
    assert "FALSE: gd by milp: the claimed value is" in answer.out
    verdicts = next(line for line in answer.out.splitlines() if line.startswith(" verdict"))
    assert verdicts.split()[1:3] == ["FALSE", "FALSE"]  # of S-GD and S-PD; S-TD has one solver
    assert json.loads((qkdopt.folder / "here/summary.json").read_text())["verified"] is False


@pytest.mark.parametrize("stop", [KeyboardInterrupt, OutputError("no room")])
def test_what_was_found_survives_a_later_failure(qkdopt, scenario, monkeypatch, stop):
    honest = pipeline.solve

    def stopping(problem, strategy, *, solver, time_limit):
        if strategy.name == "pd" and solver == "milp":
            raise stop
        return honest(problem, strategy, solver=solver)

    monkeypatch.setattr(pipeline, "solve", stopping)
    answer = qkdopt("run", scenario, "-o", "here")
    assert answer.code == (130 if stop is KeyboardInterrupt else 2)
    assert written(qkdopt.folder / "here") == FILES - NOT_REACHED
    summary = json.loads((qkdopt.folder / "here/summary.json").read_text())
    assert summary["strategies"]["pd"]["solvers"]["dynamic"]["verified"] is True


def test_an_interrupted_solver_ends_the_run_with_what_it_has(qkdopt, scenario, monkeypatch):
    honest = pipeline.solve

    def interrupted(problem, strategy, *, solver, time_limit):
        if solver == "milp":
            return Outcome(Ended.INTERRUPTED, None, None, None, {}, "interrupted")
        return honest(problem, strategy, solver=solver)

    monkeypatch.setattr(pipeline, "solve", interrupted)
    answer = qkdopt("run", scenario, "-o", "here")
    assert answer.code == 130
    assert "Interrupted" in answer.out
    assert {"gd.json", "summary.json"} <= written(qkdopt.folder / "here")


@pytest.mark.parametrize("name", ["keys.nc", "keys.csv"])
def test_keys_go_straight_into_solve(qkdopt, scenario, name):
    answer = qkdopt("keys", scenario, "-o", name)
    assert (answer.code, answer.err) == (0, "")
    assert "2 links" in answer.out
    solved = qkdopt("solve", name, "--strategy", "pd", "--json").json
    direct = qkdopt("solve", scenario, "--strategy", "pd", "--json").json
    assert solved["problem_sha256"] == direct["problem_sha256"]
    assert solved["value"] == direct["value"] > 0


def test_interval_is_for_scenarios(qkdopt, scenario):
    # One link at a time and hand-overs of 10 s: half-minute steps lose at most what is
    # rounded down or idled away.
    coarse = qkdopt("solve", scenario, "--interval", "30", "--json").json
    fine = qkdopt("solve", scenario, "--interval", "10", "--json").json
    assert coarse["value"] == pytest.approx(fine["value"], rel=0.01)
    assert coarse["problem_sha256"] != fine["problem_sha256"]


def test_check_says_what_a_scenario_means(qkdopt, scenario):
    answer = qkdopt("check", scenario)
    assert answer.code == 0
    for words in ("Micius", "41731", "2016-09-22 19:50:12 UTC", "4,320 intervals of 10 s",
                  "Shanghai", "with weights", "available (at least one station)"):  # fmt: skip
        assert words in answer.out


def test_old_elements_are_one_line_of_warning(qkdopt):
    qkdopt.write("scenario.toml", TWO_CITIES.replace("2016-09-19T12", "2016-12-19T12"))
    answer = qkdopt("check", "scenario.toml")
    assert answer.code == 0
    lines = answer.err.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("qkdopt: warning: scenario.toml: the elements of Micius are")
