"""Plans made with old elements: what they deliver under later ones, and what is refused."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import qkdopt as qo
from command_line import TWO_CITIES
from physics_scenarios import LINE_1, LINE_2, START, scenario, tables, with_checksum
from qkdopt.errors import InputError
from qkdopt.physics import parse_scenario
from qkdopt.physics.scenario.elements import tle_sets
from qkdopt.study import elements_age, problem_of

TRUTH = f"{LINE_1}\n{LINE_2}"
DAY_OF_THE_EPOCH = {"start_utc": START + timedelta(days=3), "duration_days": 1}
ONE_DAY = scenario(horizon=DAY_OF_THE_EPOCH)


def aged(days: float, number: int = 41731) -> str:
    """Return the set of nearly the same orbit at an epoch that many days before.

    The node turns by 0.98 degrees a day, the perigee by -3.4: what the numbers neglect is the
    error of an old set.
    """
    node, perigee = (181.9185 - 0.98 * days) % 360, (125.7922 + 3.4 * days) % 360
    anomaly = (319.2797 - 15.23497871 * 360 * days - 3.4 * days) % 360
    first = f"{LINE_1[:18]}{16266.82653160 - days:14.8f}{LINE_1[32:]}"
    moved = f"{node:8.4f} 0014904 {perigee:8.4f} {anomaly:8.4f}"
    second = f"{LINE_2[:17]}{moved}{LINE_2[51:]}"
    lines = [line.replace("41731", str(number), 1) for line in (first, second)]
    return "\n".join(map(with_checksum, lines))


def written(folder: Path, *sets: str) -> Path:
    path = folder / "sets.txt"
    path.write_text("\n".join(sets) + "\n")
    return path


def test_age_0_loses_nothing_and_no_plan_exceeds_the_optimum(tmp_path: Path) -> None:
    found = elements_age(ONE_DAY, written(tmp_path, aged(9), TRUTH, aged(2), aged(-8)))
    assert [plan.age_days for plan in found.plans] == pytest.approx([0, 2, 9])
    assert found.verified
    youngest = found.plans[0]
    assert youngest.lost == 0
    assert youngest.forecast.empty == 0
    assert youngest.planned == youngest.delivered == found.optimum > 0
    assert all(plan.delivered <= found.optimum for plan in found.plans)
    assert any(0 < plan.delivered < found.optimum for plan in found.plans)


def test_what_is_delivered_is_counted_with_the_bits_of_the_truth(tmp_path: Path) -> None:
    plan = elements_age(ONE_DAY, written(tmp_path, TRUTH, aged(9))).plans[1]
    problems = []
    for text in (aged(9), TRUTH):
        satellite = replace(ONE_DAY.satellite, elements=tle_sets(text, "test")[0])
        problems.append(problem_of(replace(ONE_DAY, satellites=(satellite,))))
    planned, actual = problems
    best = qo.solve(planned, qo.GeneralDelivery())
    assert best.certificate is not None
    bits = {t: actual.bits[:, a] for a, t in enumerate(actual.interval.tolist())}
    services = zip(planned.interval.tolist(), best.certificate.schedule, strict=True)
    each = [int(bits[t][n]) if t in bits else 0 for t, n in services if n >= 0]
    assert plan.planned == best.value
    assert plan.delivered == sum(each)
    assert (plan.forecast.services, plan.forecast.empty) == (len(each), each.count(0))


def test_order_repetition_and_other_objects_do_not_matter(tmp_path: Path) -> None:
    one = elements_age(ONE_DAY, written(tmp_path, aged(9), aged(2), TRUTH))
    other = written(tmp_path, TRUTH, aged(1, number=25544), aged(2), TRUTH, "MICIUS", aged(9))
    assert elements_age(ONE_DAY, other) == one


def test_what_is_left_of_a_plan_is_judged_by_the_verifier(tmp_path: Path) -> None:
    """Services that have to last may be cut short where the truth has no bits."""
    lasting = replace(ONE_DAY, operations={"minimum_dwell_s": 120})
    found = elements_age(lasting, written(tmp_path, TRUTH, aged(5)))
    assert found.plans[0].broken == ()
    assert "the minimum dwell is 12" in found.plans[1].broken[0]
    plain = elements_age(ONE_DAY, written(tmp_path, TRUTH, aged(5)))
    assert all(plan.broken == () for plan in plain.plans)


def test_an_orbit_that_ends_before_the_horizon_is_left_out_and_named(tmp_path: Path) -> None:
    first, second = aged(40).splitlines()
    dragged = with_checksum(f"{first[:53]} 99999+0{first[61:]}")
    found = elements_age(ONE_DAY, written(tmp_path, TRUTH, aged(9), dragged, second))
    assert [plan.age_days for plan in found.plans] == pytest.approx([0, 9])
    ((epoch, reason),) = found.left_out
    assert found.truth_utc - epoch == timedelta(days=40)
    assert "\n" not in reason


@pytest.mark.parametrize(
    ("sets", "message"),
    [
        ([], "got nothing, expected one two-line element set"),
        ([aged(1, 25544)], "got no set of 41731, only of 25544, expected catalogue number 41731"),
        ([TRUTH, aged(1, 25544)], "got one element set of 41731, expected two or more"),
        ([TRUTH, aged(-1)], "got no set older than that of 2016-09-22, nearest the horizon"),
        ([aged(200), aged(100)], "horizon: got the nearest epoch 2016-06-14, 99 days beside it"),
        ([TRUTH, aged(1)[:-1]], "got 'a line of 68 characters'"),
    ],
)
def test_files_that_say_nothing_are_refused(tmp_path: Path, sets: list[str], message: str) -> None:
    with pytest.raises(InputError) as error:
        elements_age(ONE_DAY, written(tmp_path, *sets))
    assert message in str(error.value)
    assert str(error.value).startswith(str(tmp_path / "sets.txt"))
    assert "\n" not in str(error.value)


def test_several_satellites_and_other_strategies_are_refused(tmp_path: Path) -> None:
    path = written(tmp_path, TRUTH, aged(2))
    second = {"name": "Second", "tle": aged(1, number=25544)}
    several = parse_scenario(tables(satellite=[{"name": "Micius", "tle": TRUTH}, second]))
    with pytest.raises(InputError, match="got 2 satellites, expected one satellite"):
        elements_age(several, path)
    with pytest.raises(InputError, match="strategy: got balanced, expected gd or pd"):
        elements_age(ONE_DAY, path, strategy=qo.BalancedDelivery())


def test_the_command_prints_and_writes_the_rows(qkdopt: Any, tmp_path: Path) -> None:
    name, path = qkdopt.write("two.toml", TWO_CITIES), written(tmp_path, TRUTH, aged(9))
    words = ["elements-age", name, path, "--strategy", "pd"]
    answer = qkdopt(*words, "-o", tmp_path / "age.csv")
    assert answer.code == 0
    assert "S-PD planned with older elements" in answer.out
    assert "Truth: elements of 2016-09-22 19:50 UTC. Optima: proved." in answer.out
    found = qkdopt(*words, "--json").json
    with (tmp_path / "age.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [int(row["delivered"]) for row in rows] == [p["delivered"] for p in found["plans"]]
    assert {row["optimum"] for row in rows} == {str(found["optimum"])}
    assert f"{found['plans'][1]['delivered']:,}" in answer.out


def test_bad_words_are_one_line(qkdopt: Any, tmp_path: Path) -> None:
    name, path = qkdopt.write("two.toml", TWO_CITIES), written(tmp_path, TRUTH, aged(9))
    assert "file not found" in qkdopt("elements-age", name, "nosuch.txt").complaint
    assert ".csv" in qkdopt("elements-age", name, path, "-o", "age.txt").complaint
    assert "strategy" in qkdopt("elements-age", name, path, "--strategy", "td").complaint
    assert "expected" in qkdopt("elements-age", name, path, "--strategy", "xx").complaint
