"""What people see of finite sessions: both totals, sessions, files, tables, the report."""

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

import qkdopt as qo
from qkdopt.cli import main
from qkdopt.errors import LimitError
from qkdopt.interop.calendar import calendar_text
from qkdopt.interop.services import services_of
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.problem.served_runs import served_runs
from qkdopt.optimize.schedule import Schedule
from qkdopt.optimize.trim import trimmed
from qkdopt.report import ReportParts, render_report, report_document
from qkdopt.report.form import ReportDocument
from qkdopt.study import evaluate_in, problem_of, solving
from qkdopt.study.finite_keys import asymptotic, in_sessions
from qkdopt.study.folder import check_earlier_run
from qkdopt.study.schedule_file import read_schedule, write_certified, write_paths, write_schedule
from qkdopt.study.session_table import evaluate_sessions, session_table, sessions_of

START = datetime(2026, 1, 1, tzinfo=UTC)
NIGHT = "micius-china-2016-night"


@pytest.fixture(scope="module")
def problem():
    """Two links: the first has a contact of two intervals, then one; the second one of four."""
    keys = qo.KeyTensor.create([[5, 4, 0, 6], [3, 3, 3, 3]], [1, 2, 3, 4], ["Graz", "Wien"])
    triangles = [[1, 7, 2], [4], [0, 1, 3, 6, 0, 1, 3, 0, 1, 0]]
    return SchedulingProblem.from_keys(keys.in_sessions(triangles), switch_seconds=0)


@pytest.fixture(scope="module")
def night(tmp_path_factory):
    """Return a scenario file with a table ``[finite_key]``, and the folder of a run of it."""
    folder = tmp_path_factory.mktemp("night")
    path = folder / "scenario.toml"
    text = (qo.library.problem_folder(NIGHT) / "scenario.toml").read_text()
    path.write_text(f"{text}\n[finite_key]\n")
    assert main(["run", str(path), "-o", str(folder / "run"), "--time-limit", "0.5"]) == 0
    return path, folder / "run"


def bits_by_interval(path):
    return [(int(row["interval"]), row["session_bits"]) for row in rows_of(path)]


def test_the_last_interval_of_a_session_has_its_bits(problem, tmp_path):
    write_schedule(problem, [0, 0, 1, 0], tmp_path / "one.csv")
    of_one = [(1, "0"), (2, "7"), (3, "0"), (4, "4")]
    assert bits_by_interval(tmp_path / "one.csv") == of_one
    keys = qo.KeyTensor.create([[5, 4, 6]], [1, 2, 3], ["Graz"]).in_sessions([[1, 3, 9, 1, 2, 1]])
    both = SchedulingProblem.from_satellites({"A": keys, "B": keys})
    write_paths(both, [[[0, 1, 3]], [[1, 2, 3]]], tmp_path / "both.csv")
    of_both = [(1, "0"), (2, "0"), (3, "9"), (2, "0"), (3, "2")]
    assert bits_by_interval(tmp_path / "both.csv") == of_both


def rows_of(path):
    return list(csv.DictReader(io.StringIO(path.read_text())))


def test_a_run_has_the_bits_of_its_session(problem):
    paths = [[[0, 1, 2], [1, 3, 3], [0, 4, 4]]]
    runs = list(served_runs(problem, paths))
    assert [run.bits for run in runs] == [7, 0, 4]
    assert [run.asymptotic_bits for run in runs] == [9, 3, 6]
    assert [service.bits for service in services_of(problem, paths, START)] == [7, 0, 4]
    plain = list(served_runs(asymptotic(problem), paths))
    assert [run.bits for run in plain] == [9, 3, 6]


def test_evaluations_have_both_totals(problem):
    found = evaluate_in(problem, (11, 0), [[[0, 1, 2], [1, 3, 3], [0, 4, 4]]])
    assert found.asymptotic == (15, 3)
    document = found.document()
    assert document["total"] == 11
    assert document["asymptotic_total"] == 18
    assert (document["sessions"], document["sessions_without_key"]) == (3, 1)
    assert evaluate_in(asymptotic(problem), (15, 3), [[[0, 1, 2]]]).asymptotic is None


def test_sessions_as_table_and_as_evaluation(problem):
    service = [0, 0, 1, 0]
    paths = [[[0, 1, 2], [1, 3, 3], [0, 4, 4]]]
    rows = list(csv.DictReader(io.StringIO(session_table(problem, paths, START))))
    assert [row["bits"] for row in rows] == ["7", "0", "4"]
    assert [row["asymptotic_bits"] for row in rows] == ["9", "3", "6"]
    assert rows[0]["begin_utc"] == "2026-01-01T00:00:10Z"
    assert rows[0]["end_utc"] == rows[1]["begin_utc"] == "2026-01-01T00:00:30Z"
    assert session_table(problem, paths).startswith("link,first,last,intervals,asymptotic_bits,")
    found = evaluate_sessions(problem, service)
    assert found.blocks == sessions_of(problem, paths)
    assert found.evaluation.delivered == (11, 0)
    assert found.asymptotic.delivered == (15, 3)


def test_schedules_say_the_bits_of_a_session_in_its_last_interval(problem, tmp_path):
    outcome = qo.solve(problem, qo.GeneralDelivery())
    path = tmp_path / "schedule.csv"
    write_certified(problem, outcome.certificate, path)
    rows = rows_of(path)
    assert sum(int(row["session_bits"]) for row in rows) == outcome.value
    again = read_schedule(path, problem)
    assert again.service == outcome.certificate.schedule


def test_a_problem_of_a_scenario_gets_the_sessions_of_its_detections():
    given = qo.load_scenario(NIGHT).with_settings({"finite_key.block": "session"})
    plain = qo.load_problem(NIGHT)
    counted = in_sessions(plain, given)
    own = problem_of(given)
    assert counted.sessions.triangles() == own.sessions.triangles()
    assert asymptotic(counted).as_version(1).sha256 == plain.sha256


def test_a_run_writes_sessions_and_keeps_them(night, capsys):
    path, run = night
    summary = json.loads((run / "summary.json").read_text())
    check_earlier_run(run)
    for name, strategy in summary["strategies"].items():
        rows = rows_of(run / f"sessions-{name}.csv")
        assert len(rows) == strategy["sessions"]
        assert sum(int(row["bits"]) for row in rows) == strategy["total"]
        assert sum(int(row["asymptotic_bits"]) for row in rows) == strategy["asymptotic_total"]
        assert strategy["total"] <= strategy["asymptotic_total"]
    assert qo.KeyTensor.load(run / "keys.nc").sessions is not None
    assert main(["run", str(path), "-o", str(run), "--time-limit", "0.5"]) == 0
    out = capsys.readouterr().out
    assert "Reused from the previous run, verified again: keys.nc, gd.json" in out
    assert "sessions (without key)" in out
    assert "FINITE KEYS: each uninterrupted service of a link is a block" in out


def test_another_table_is_another_run(night, capsys):
    path, run = night
    other = path.with_name("other.toml")
    other.write_text(path.read_text() + "eps_secrecy = 1e-10\n")
    assert main(["run", str(other), "-o", str(run), "--time-limit", "0.5"]) == 0
    assert "everything was made with another scenario" in capsys.readouterr().out


def test_evaluation_of_a_schedule_by_each_door(night, capsys):
    path, run = night
    for problem in (str(path), str(run / "gd.json"), str(run / "keys.nc")):
        assert main(["evaluate", problem, str(run / "schedule-gd.csv"), "--json"]) == 0
        own = json.loads(capsys.readouterr().out)
        arguments = ["evaluate", problem, str(run / "schedule-gd.csv"), "--json"]
        assert main([*arguments, "--finite-key", "block=session"]) == 0
        beside = json.loads(capsys.readouterr().out)
        assert own["strategies"]["gd"]["gap"] == 0.0
        assert beside["finite_key"]["total"] == own["total"]
        assert beside["finite_key"]["strategies"]["gd"] == own["strategies"]["gd"]
        assert (
            beside["total"] == own["asymptotic_total"] == beside["finite_key"]["asymptotic_total"]
        )
    plain = ["evaluate", "hand-two-cities", str(run / "schedule-gd.csv")]
    assert main([*plain, "--finite-key", "proof=lim-2014,block=session"]) == 2


def test_the_report_shows_sessions(problem):
    outcome = qo.solve(problem, qo.GeneralDelivery())
    parts = ReportParts(title="two", problem=problem, certificates={"gd.json": outcome.certificate})
    document = report_document(parts)
    ReportDocument.model_validate(document)
    (strategy,) = document["strategies"]
    assert sum(strategy["services"]["bits"]) == strategy["total"] == outcome.value
    assert sum(strategy["services"]["asymptotic_bits"]) == strategy["asymptotic_total"]
    page = render_report(document)
    assert "S-GD, asymptotic" in page
    assert "in blocks without end" in page
    assert 'id="sessions"' in page
    certificate = qo.solve(asymptotic(problem), qo.GeneralDelivery()).certificate
    plain = ReportParts(
        title="two", problem=asymptotic(problem), certificates={"gd.json": certificate}
    )
    assert 'id="sessions"' not in render_report(report_document(plain))


def test_what_a_balanced_schedule_gives_up_are_whole_sessions(problem):
    """Graz has 11 bits in two sessions, Wien none: nothing can be matched."""
    weighted = replace(problem, weights=(1, 1))
    left = trimmed(weighted, Schedule.create([0, 0, 1, 0]))
    assert left.to_list() == [-1, -1, -1, -1]
    more = trimmed(weighted, Schedule.create([0, 0, -1, 1]))
    assert more.delivered(weighted) == (0, 0)


def test_problems_whose_sessions_fill_a_certificate_are_refused_at_once(problem, monkeypatch):
    monkeypatch.setattr(solving, "MOST_VALUES", 27)
    with pytest.raises(LimitError, match="2 links in 4 intervals with 14 possible sessions"):
        solving.check_size(problem)
    solving.check_size(asymptotic(problem))


def test_a_calendar_says_the_bits_of_the_session(problem):
    text = calendar_text(services_of(problem, [[[0, 1, 2]]], START), "week", "hash", START)
    assert "7 secret bits" in text
