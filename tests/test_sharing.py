"""What sharing costs, one more receiver and one more satellite: as enumerated."""

from __future__ import annotations

import json
import math
from copy import deepcopy
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings

import qkdopt as qo
from drawing import examples
from qkdopt.errors import InputError
from qkdopt.optimize.operations import Operations
from qkdopt.optimize.problem_file import problem_from_document, write_problem
from qkdopt.optimize.strategies import Strategy
from qkdopt.study import study_sharing
from qkdopt.study.sharing_changes import check_extends, without_satellite
from verifier_version_2 import bits_of, constellations, every_constellation, stations_can


def best(document: dict[str, Any], strategy: Strategy) -> int:
    """Return the optimum by trying every choice of paths."""
    bits, links, found = bits_of(document), document["links"], 0
    for paths in every_constellation(document):
        if stations_can(document, paths):
            e = [0, 0]
            for path in paths:
                for t, n in path:
                    e[links[n]["target"]] += bits[t, n]
            found = max(found, worth(strategy, e))
    return found


def worth(strategy: Strategy, e: list[int]) -> int:
    if strategy.name == "pd":
        return 2 * e[0] + e[1]
    if strategy.name == "td" and sum(e):
        shares = [x / sum(e) for x in e]
        kl = sum(p * math.log(p / q) for p, q in zip(shares, (2 / 3, 1 / 3), strict=True) if p)
        return sum(e) if kl <= 0.1 else 0
    return sum(e)


def only(document: dict[str, Any], kept: list[int]) -> dict[str, Any]:
    """Return the document with some of its satellites."""
    place = {s: new for new, s in enumerate(kept)}
    number = [n for n, link in enumerate(document["links"]) if link["satellite"] in place]
    links = [document["links"][n] for n in number]
    return {
        **document,
        "satellites": [document["satellites"][s] for s in kept],
        "links": [{**link, "satellite": place[link["satellite"]]} for link in links],
        "contacts": [
            {**x, "link": number.index(x["link"])}
            for x in document["contacts"] if x["link"] in number
        ],
    }  # fmt: skip


def with_receiver(document: dict[str, Any], station: int) -> dict[str, Any]:
    more = deepcopy(document)
    more["stations"][station]["receivers"] += 1
    return more


@pytest.mark.parametrize(
    "strategy",
    [qo.GeneralDelivery(), qo.PrioritisedDelivery(), qo.TargetedDelivery("0.1")],
    ids=lambda strategy: strategy.name,
)
@settings(max_examples=examples(5), deadline=None)
@given(document=constellations())
def test_differences_are_those_of_enumerated_optima(
    strategy: Strategy, document: dict[str, Any]
) -> None:
    found = study_sharing(problem_from_document(document), strategy, seconds=30)
    assert found.holds
    assert all(one.optimal for one in found.optima)
    together = best(document, strategy)
    assert found.joint.value == together
    everyone = range(len(document["satellites"]))
    alone = [best(only(document, [s]), strategy) for s in everyone]
    assert [one.value for one in found.alone.values()] == alone
    wanted = None if strategy.name == "td" else (sum(alone) - together,) * 2
    assert found.cost == wanted
    for s, difference in enumerate(found.worth.values()):
        rest = best(only(document, [x for x in everyone if x != s]), strategy)
        assert difference == (together - rest,) * 2
    for n, station in enumerate(document["stations"]):
        gained = best(with_receiver(document, n), strategy) - together
        assert found.gain.get(station["name"], (0, 0)) == (gained, gained)


@settings(max_examples=examples(5), deadline=None)
@given(document=constellations())
def test_what_further_satellites_add_is_what_they_are_worth(document: dict[str, Any]) -> None:
    problem = problem_from_document(document)
    last = len(problem.satellites) - 1
    less = without_satellite(problem, last)
    if len(less.satellites) < 2:
        return
    found = study_sharing(less, more=problem, stations=[], seconds=30)
    added = best(document, qo.GeneralDelivery()) - best(
        only(document, list(range(last))), qo.GeneralDelivery()
    )
    assert found.further == (added, added)
    assert found.receivers == {}


def test_unproved_optima_give_intervals_that_hold_the_difference() -> None:
    problem = qo.load_problem("micius-pair-2016")
    assert isinstance(problem, qo.SchedulingProblem)
    found = study_sharing(problem, qo.TargetedDelivery("0.01"), seconds=0.2, stations=["Urumqi"])
    assert found.holds
    assert found.cost is None
    least, most = found.gain["Urumqi"]  # type: ignore[misc]
    assert 0 <= least < most
    one = found.receivers["Urumqi"]
    assert most == one.bound - found.joint.value
    assert one.value >= found.joint.value  # begins with its schedule


def test_a_station_that_is_not_contested_gains_nothing() -> None:
    a = qo.KeyTensor.create([[5, 4], [3, 6]], [51, 52], ["Graz", "Wien"])
    b = qo.KeyTensor.create([[7]], [52], ["Graz"])
    problem = qo.SchedulingProblem.from_satellites({"A": a, "B": b})
    found = study_sharing(problem, stations=["Graz", "Wien"])
    assert found.contested == {"Graz": 1, "Wien": 0}
    assert found.gain["Wien"] == (0, 0)
    assert found.receivers["Wien"] is found.joint


def test_leaving_out_a_lock_may_be_better() -> None:
    """The lock of A on Graz takes the receiver from B, which would deliver more."""
    a = qo.KeyTensor.create([[1]], [51], ["Graz"])
    b = qo.KeyTensor.create([[7]], [51], ["Graz"])
    lock = {"A": Operations(locked=((0, 51),))}
    found = study_sharing(qo.SchedulingProblem.from_satellites({"A": a, "B": b}, operations=lock))
    assert found.joint.value == 1
    assert found.worth == {"A": (-6, -6), "B": (0, 0)}
    assert found.gain["Graz"] == (7, 7)


def test_processes_side_by_side_find_the_same(processes_here: None) -> None:
    problem = qo.load_problem("hand-three-satellites")
    one, two = (study_sharing(problem, processes=n, seconds=60).document() for n in (1, 2))
    assert one == two
    with pytest.raises(InputError, match=r"processes: got 0"):
        study_sharing(problem, processes=0)


def test_balanced_differences_are_those_of_the_level() -> None:
    problem = qo.load_problem("hand-two-satellites")
    found = study_sharing(problem, qo.BalancedDelivery(), seconds=20)
    assert found.joint.value["t"] == "30/1"
    assert found.gain["Graz"] is not None
    least, most = found.gain["Graz"]
    assert 0 <= least == most
    assert least == Fraction(found.receivers["Graz"].value["t"]) - 30


def test_bad_input_is_refused() -> None:
    two = qo.load_problem("hand-two-satellites")
    assert isinstance(two, qo.SchedulingProblem)
    with pytest.raises(InputError, match=r"problem: got one satellite, expected at least two"):
        study_sharing(two.of_satellite(0))
    with pytest.raises(InputError, match=r"station: got Oslo, expected one of Graz, Wien"):
        study_sharing(two, stations=["Oslo"])
    with pytest.raises(InputError, match=r"strategy: got least"):
        study_sharing(two, qo.LeastDivergence("0.9"))
    with pytest.raises(InputError, match=r"more: got no further satellite"):
        check_extends(two, two)
    with pytest.raises(InputError, match=r"more: got no satellite B"):
        check_extends(two, two.of_satellite(0))
    with pytest.raises(InputError, match=r"more: got other weights"):
        study_sharing(two, more=qo.load_problem("hand-three-satellites"))
    faster = replace(two.satellites[0], switch_s=two.satellites[0].switch_s * 2)
    with pytest.raises(InputError, match=r"more: got another satellite A"):
        check_extends(two, replace(two, satellites=(faster, two.satellites[1])))


def test_starts_are_paths_of_all_satellites() -> None:
    two = qo.load_problem("hand-two-satellites")
    goal = qo.GeneralDelivery()
    paths = qo.solve(two, goal).certificate.paths
    for solver in ("decomposition", "milp"):
        assert qo.solve(two, goal, solver=solver, start=paths).value == 38
    for start, message in (
        (paths[:1], "paths of 1 satellites"),
        ([[[2, 20, 20]], []], "a run of active|link 2"),
        ([[], [[0, 21, 21]]], "link 0, expected a link of satellite B"),
        ([[[0, 21, 21]], [[2, 21, 21]]], "breaks the rules"),
        ([[[0, 1, 2]], []], "a run of active intervals"),
    ):
        with pytest.raises(InputError, match=message):
            qo.solve(two, goal, start=start)


def test_command_prints_tables_or_json(qkdopt: Any) -> None:
    answer = qkdopt("sharing", "hand-two-satellites", "--json")
    assert answer.code == 0, answer.err
    found = json.loads(answer.out)
    assert found["joint"]["value"] == 38
    assert found["cost"] == [6, 6]
    assert found["one_more_receiver"]["Wien"]["gain"] == [6, 6]
    assert found["without"]["A"]["worth"] == [16, 16]
    answer = qkdopt("sharing", "hand-two-satellites", "--station", "Wien")
    assert "Sharing costs 6 against each satellite alone." in answer.out
    less = without_satellite(qo.load_problem("hand-three-satellites"), 1)
    write_problem(less, qkdopt.folder / "two.json")
    answer = qkdopt("sharing", "two.json", "--more", "hand-three-satellites", "--station", "Graz")
    assert "With further satellites: 19, which adds 2." in answer.out
    answer = qkdopt("sharing", "hand-two-cities")
    assert answer.code == 2
    assert "one satellite, expected at least two" in answer.complaint
