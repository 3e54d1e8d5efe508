"""Every command with a problem in cloud scenarios: right, or refused by name."""

from __future__ import annotations

import json
from fractions import Fraction

import numpy as np
import pytest

import qkdopt as qo
from cloud_problems import cloud_file, cloud_problem, cloud_tensor
from command_line import TWO_CITIES, CommandLine
from qkdopt.optimize.problem.served_runs import served_runs
from qkdopt.study.mean_clouds import in_mean_clouds

SCHEDULE = "interval,link\n50,A\n51,A\n53,B\n54,B\n"


@pytest.fixture
def skies(qkdopt: CommandLine) -> CommandLine:
    """A problem in six scenarios, certificates of it, a schedule, and a scenario with a date."""
    qkdopt.write("made.json", cloud_file(6))
    qkdopt.write("schedule.csv", SCHEDULE)
    qkdopt.write("traffic.csv", "city,A,B\nA,0,4\nB,4,0\n")
    qkdopt.write("two.toml", TWO_CITIES)
    assert qkdopt("solve", "made.json", "--alpha", "0.5", "-o", "gd.json").code == 0
    return qkdopt


def test_a_schedule_is_evaluated_on_average(skies: CommandLine) -> None:
    found = skies("evaluate", "made.json", "schedule.csv", "--json").json
    problem = cloud_problem(6)
    schedule = qo.Schedule.create([0, 0, -1, 1, 1, -1, -1, -1])
    each = [sum(schedule.delivered(problem.scenario(k))) for k in range(6)]
    assert Fraction(found["strategies"]["gd"]["value"]) == Fraction(sum(each), 6)
    assert (found["legal"], found["verified"]) == (True, True)
    assert (found["fewest_total"], found["most_total"]) == (min(each), max(each))
    text = skies("evaluate", "made.json", "schedule.csv").out
    assert "mean bit" in text
    assert "S-PD optimum" in text


def test_broken_rules_are_named(skies: CommandLine) -> None:
    skies.write("bad.csv", "interval,link\n50,A\n51,B\n")
    answer = skies("evaluate", "made.json", "bad.csv")
    assert answer.code == 1
    assert "NOT legal" in answer.out


@pytest.mark.parametrize(
    ("command", "complaint"),
    [
        (("front", "made.json"), "td in cloud scenarios, expected one of gd, pd"),
        (("pairs", "made.json", "--traffic", "traffic.csv"), "td in cloud scenarios"),
        (
            ("solve", "made.json", "--solver", "genetic"),
            "genetic cannot carry operations: scenarios",
        ),
        (("evaluate", "made.json", "schedule.csv", "--finite-key", "block=session"), "sessions"),
        (("export", "made.json", "--json", "--problem-version", "1", "-o", "x.json"), "version 2"),
        (("plot", "clouds", "gd.json", "-o", "x.png"), "gd.json: strategies: got nothing"),
    ],
    ids=lambda part: part[0] if isinstance(part, tuple) else None,
)
def test_others_refuse_by_name(
    skies: CommandLine, command: tuple[str, ...], complaint: str
) -> None:
    assert complaint in skies(*command).complaint


def test_exports_and_pictures_have_mean_bits(skies: CommandLine) -> None:
    assert skies("export", "gd.json", "--csv", "-o", "gd.csv").code == 0
    rows = [row.split(",") for row in (skies.folder / "gd.csv").read_text().splitlines()]
    assert rows[0] == ["interval", "link", "mean_bits"]
    mean = in_mean_clouds(cloud_problem(6)).bits
    assert all(int(bits) in (0, *mean[:, a]) for a, (_, _, bits) in enumerate(rows[1:]))
    for kind in ("timeline", "shares"):
        assert skies("plot", kind, "gd.json", "-o", f"{kind}.png").code == 0
    assert skies("export", "made.json", "--lp", "-o", "made.lp").code == 0
    under = ("--clouds", "4", "--fresh-clouds", "6", "--time-limit", "1")
    assert skies("run", "two.toml", *under, "-o", "out").code == 0
    assert skies("plot", "clouds", "out", "-o", "clouds.png").code == 0
    dated = ("--scenario", "two.toml", "-o")
    assert skies("export", "out/gd.json", "--ical", *dated, "gd.ics").code == 0
    assert "mean of 4 skies" in (skies.folder / "gd.ics").read_text()
    assert skies("export", "out/gd.json", "--czml", *dated, "gd.czml").code == 0


def test_reports_have_a_section(skies: CommandLine) -> None:
    assert skies("report", "gd.json", "-o", "alone.html").code == 0
    page = (skies.folder / "alone.html").read_text()
    assert "one schedule is made for 6 possible ones" in page
    assert 'id="clouds"' not in page
    under = ("--clouds", "4", "--fresh-clouds", "6", "--alpha", "0.5", "--time-limit", "1")
    assert skies("run", "two.toml", *under, "-o", "out").code == 0
    page = (skies.folder / "out" / "report.html").read_text()
    for words in ('id="clouds"', "Uncertain clouds", "overfits", "clouds known (EVPI)", "fewest"):
        assert words in page
    document = json.loads((skies.folder / "out" / "report.json").read_text())
    assert len(document["clouds"]["strategies"]["gd"]["fresh_rewards"]) == 6
    clouds = skies.folder / "out" / "clouds.json"
    clouds.write_text(clouds.read_text().replace('"problem_sha256": "', '"problem_sha256": "0'))
    answer = skies("report", "out")
    assert answer.code == 0
    assert "left out" in answer.err


def test_several_satellites_in_scenarios(skies: CommandLine) -> None:
    both = qo.SchedulingProblem.from_satellites({"S": cloud_tensor(4), "T": cloud_tensor(4, 3)})
    skies.write("fleet.json", json.dumps(both.document()))
    fresh = ("--fresh", "fleet.json")
    found = skies("solve", "fleet.json", *fresh, "-o", "fleet-gd.json", "--json").json
    assert (found["verified"], found["vss"]["claimed"]) == (True, 0.0)
    assert skies("report", "fleet-gd.json", "-o", "fleet.html").code == 0
    assert skies("sharing", "fleet.json", "--time-limit", "1").code == 0
    assert skies("plot", "timeline", "fleet-gd.json", "-o", "fleet.png").code == 0


def test_served_runs_count_mean_bits() -> None:
    problem = cloud_problem(3)
    (run,) = served_runs(problem, [[[1, 52, 54]]])
    exact = problem.scenarios.bits[:, 1, 2:5].mean(axis=0)
    assert run.bits == int(np.ceil(exact).sum())


def test_notebooks_show_scenarios() -> None:
    outcome = qo.solve(cloud_problem(3), qo.BalancedDelivery())
    assert "optimal" in repr(outcome)
    assert outcome.relative_gap == 0.0
    assert "3 scenarios" in repr(cloud_problem(3))
    assert "<table" in outcome._repr_html_()
