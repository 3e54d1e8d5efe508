"""Hand-over times by geometry: angles against skyfield, runs against their definition."""

from __future__ import annotations

import json
import math
import pickle
from datetime import timedelta
from decimal import Decimal
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skyfield.api import EarthSatellite, load, wgs84

import qkdopt as qo
from drawing import examples, operations_for, tiny_problems
from drawing import problem_of as small_problem
from enumeration import delivered_by_link
from physics_scenarios import LINE_1, LINE_2, START, scenario, tables
from qkdopt.cli import main
from qkdopt.errors import InputError, SolverError
from qkdopt.library import scenario_path
from qkdopt.optimize.formulations import FORMULATIONS, formulation_named
from qkdopt.optimize.operations import Operations
from qkdopt.optimize.problem_file import problem_from_document
from qkdopt.physics import Scenario, compute_keys, parse_scenario
from qkdopt.physics.slew import angle_between, lines_of_sight, slew_runs, with_slew_times
from qkdopt.study import problem_of
from qkdopt.tensor.slew_table import SlewTable
from qkdopt.verifier.model import Slew

MICIUS = {"name": "Micius", "tle": f"{LINE_1}\n{LINE_2}\n"}
CITIES = [
    {"name": "Urumqi", "lat_deg": 43.80096, "lon_deg": 87.60046, "alt_m": 850},
    {"name": "Lhasa", "lat_deg": 29.65, "lon_deg": 91.1, "alt_m": 3650},
    {"name": "Chengdu", "lat_deg": 30.66667, "lon_deg": 104.06667, "alt_m": 500},
    {"name": "Beijing", "lat_deg": 39.9075, "lon_deg": 116.39723, "alt_m": 50},
]
PAIRS = [
    {"name": "one", "stations": ["Urumqi", "Lhasa"]},
    {"name": "other", "stations": ["Lhasa", "Chengdu"]},
    {"name": "alone", "station": "Lhasa"},
]
WITH_PAIRS = {"link": PAIRS, "entanglement": {"source": {"protocol": "bbm92"}}}


def slewing(**changes: Any) -> Scenario:
    own = {**MICIUS, **changes.pop("own", {"slew_rate_deg_s": 1, "settling_s": 5})}
    horizon = {"start_utc": START, "duration_days": 2}
    return parse_scenario(
        tables(**{"satellite": [own], "station": CITIES, "horizon": horizon, **changes})
    )


def refused(own: dict[str, Any]) -> str:
    with pytest.raises(InputError) as caught:
        slewing(own=own)
    return str(caught.value)


def test_lines_of_sight_are_those_of_skyfield() -> None:
    seconds = np.array([59_400.0, 59_520.0, 59_700.0, 146_000.0])
    ts = load.timescale(builtin=True)
    times = ts.from_datetimes([START + timedelta(seconds=s) for s in seconds.tolist()])
    satellite = EarthSatellite(LINE_1, LINE_2, ts=ts)
    theirs = np.stack(
        [
            (wgs84.latlon(x["lat_deg"], x["lon_deg"], x["alt_m"]) - satellite).at(times).position.km
            for x in CITIES
        ]
    )  # stations, axes, instants; in an inertial frame
    theirs /= np.linalg.norm(theirs, axis=1, keepdims=True)
    for ut1, limit in ((0.0, 0.05), (float(times.dut1[0]), 0.002)):
        horizon = {"start_utc": START, "duration_days": 2, "ut1_minus_utc_s": ut1}
        own = lines_of_sight(slewing(horizon=horizon), seconds)
        for t, u in np.ndindex(4, 4):
            for n, m in np.ndindex(4, 4):
                angle = math.degrees(angle_between(own[t, n], own[u, m]))
                cosine = float(theirs[n, :, t] @ theirs[m, :, u])
                expected = math.degrees(math.acos(min(1.0, cosine)))
                assert angle == pytest.approx(expected, abs=limit)


def test_the_angle_by_hand() -> None:
    # A right angle, none, opposite directions, and 60 degrees in the plane of x and y.
    x, y = np.array([1.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0])
    slanted = np.array([0.5, math.sqrt(0.75), 0.0])
    found = np.degrees([angle_between(x, other) for other in (y, x, -x, slanted)])
    np.testing.assert_allclose(found, [90.0, 0.0, 180.0, 60.0])


@pytest.mark.parametrize("changes", [{}, WITH_PAIRS], ids=["stations", "pairs"])
def test_runs_are_what_the_definition_says(changes: dict[str, Any]) -> None:
    found = slewing(**changes)
    keys = compute_keys(found)
    runs = slew_runs(found, keys).tolist()
    assert runs == sorted(runs)
    assert len(runs) > (5 if changes else 40)
    idle = {(n, m, c): k for n, m, first, last, k in runs for c in range(first, last + 1)}
    assert len(idle) == sum(last - first + 1 for _, _, first, last, _ in runs)

    @cache
    def sight(t: int) -> np.ndarray:
        return lines_of_sight(found, np.array([10.0 * t]))[0]

    def angle(n: int, m: int, t: int, u: int) -> float:
        ends, others = (found.positions(found.links[x]) for x in (n, m))
        if len(ends) != len(others):
            return math.inf
        apart = [
            [math.degrees(math.acos(min(1.0, sight(t)[i] @ sight(u)[j]))) for j in others]
            for i in ends
        ]
        if len(ends) == 1:
            return apart[0][0]
        straight, crossed = max(apart[0][0], apart[1][1]), max(apart[0][1], apart[1][0])
        return min(straight, crossed)

    def soonest(n: int, m: int, a: int) -> int:
        """Try every interval ``b``, and every ``c`` after which the turn may begin."""
        for b in range(a + 1, a + 1 + 19):
            for c in range(a, b):
                if angle(n, m, c + 1, b) <= 10 * (b - c - 1) - 5:
                    return b
        return a + 1 + 19

    served = {(int(n), int(keys.interval[a])) for n, a in np.argwhere(keys.bits > 0)}
    begin = int(keys.interval[0])
    checked = 0
    for n, a in sorted(served):
        if a > begin + 3000:
            continue
        for m in range(len(found.links)):
            soon = any((m, b) in served for b in range(a + 1, a + 20))
            if m != n and soon:
                expected = soonest(n, m, a)
                assert a + 1 + idle.get((n, m, a), 19) == expected
                checked += 1
            elif m != n:
                assert (n, m, a) not in idle
    assert checked > 20


def test_a_problem_says_it_and_its_schedule_can_be_flown() -> None:
    found = slewing()
    problem = problem_of(found)
    assert problem.tau == 19
    assert problem.switch_s == Decimal(185)
    outcome = qo.solve(problem, qo.GeneralDelivery())
    assert outcome.value == outcome.bound
    assert qo.verify(outcome.certificate, problem).optimal
    served = [
        (t, n)
        for t, n in zip(problem.interval, outcome.certificate.document["schedule"], strict=True)
    ]
    served = [(int(t), n) for t, n in served if n >= 0]
    turns = [(x, y) for x, y in pairwise(served) if x[1] != y[1]]
    assert len(turns) > 5
    for (a, n), (b, m) in turns:
        sight = lines_of_sight(found, 10.0 * np.arange(a + 1, b + 1))
        assert any(
            np.degrees(angle_between(sight[c, n], sight[d, m])) <= 10 * (d - c) - 5
            for c in range(b - a)
            for d in range(c, b - a)
        )
    constant = qo.solve(problem_of(slewing(own={"switch_s": 185})), qo.GeneralDelivery())
    quick = qo.solve(problem_of(slewing(own={"switch_s": 0})), qo.GeneralDelivery())
    assert constant.value < outcome.value < quick.value


def test_a_slow_satellite_gains_no_less_when_it_turns_faster() -> None:
    values = [
        qo.solve(problem_of(slewing(own={"slew_rate_deg_s": rate})), qo.GeneralDelivery()).value
        for rate in (0.1, 0.5, 2, 90)
    ]
    assert values == sorted(values)
    assert values[0] < values[-1]


@pytest.mark.parametrize("name", ["keys.csv", "keys.nc"])
def test_key_files_have_the_times(tmp_path: Path, name: str) -> None:
    """The problem of a key file is that of its scenario, names of stations aside."""
    found = slewing()
    keys = with_slew_times(found, compute_keys(found))
    keys.save(tmp_path / name)
    read = qo.KeyTensor.load(tmp_path / name)
    assert read.slew == keys.slew
    assert pickle.loads(pickle.dumps(read)).slew == keys.slew
    problem = qo.load_problem(tmp_path / name)
    assert problem.operations == problem_of(found).operations
    several = qo.SchedulingProblem.from_satellites({"S": read})
    assert several.satellites[0].operations.slew == keys.slew
    values = [
        qo.solve(each, qo.GeneralDelivery(), solver="dynamic").value
        for each in (problem, problem_of(found), problem_of(found, read))
    ]
    assert len({*values}) == 1
    constant = slewing(own={"switch_s": 185})
    assert not problem_of(constant, read).operations.slew


def test_the_keys_command_writes_the_times(tmp_path: Path) -> None:
    text = scenario_path("micius-china-2016").read_text(encoding="utf-8")
    table = "[[satellite]]\n"
    text = text.replace(table, f"{table}slew_rate_deg_s = 1\nsettling_s = 5\n")
    text = text.replace("duration_days = 7", "duration_days = 1")
    (tmp_path / "s.toml").write_text(text, encoding="utf-8")
    assert main(["keys", str(tmp_path / "s.toml"), "-o", str(tmp_path / "s.csv")]) == 0
    scenario = qo.load_scenario(tmp_path / "s.toml")
    own, stated = qo.load_problem(tmp_path / "s.csv"), problem_of(scenario)
    assert len(own.operations.slew) > 10
    strategy = qo.GeneralDelivery()
    assert qo.solve(own, strategy).value == qo.solve(stated, strategy).value


@pytest.mark.parametrize("fact", ["5", "[[0, 4, [1, 0, 2]]]", "[[0, 1, [1, 0]]]"])
def test_bad_times_in_key_files_are_one_line(tmp_path: Path, fact: str) -> None:
    path = tmp_path / "keys.csv"
    path.write_text(f'# qkdopt {{"interval_s": "10", "slew": {fact}}}\ninterval,A,B\n1,2,3\n')
    with pytest.raises(InputError, match=r"keys\.csv: slew: got ") as caught:
        qo.KeyTensor.load(path)
    assert "\n" not in str(caught.value)


def test_without_settling_a_turn_still_keeps_an_interval_free() -> None:
    for settling_s, least in ((0, 1), (10, 2)):  # any angle takes more than no time
        found = slewing(own={"slew_rate_deg_s": 5, "settling_s": settling_s})
        assert with_slew_times(found, compute_keys(found)).slew.runs[:, 4].min() == least


def test_the_document_comes_back_and_the_rest_of_the_rules_do_not_change_it() -> None:
    found = slewing(operations={"minimum_dwell_s": 20})
    problem = problem_of(found)
    again = problem_from_document(json.loads(json.dumps(problem.document())))
    assert again.operations == problem.operations
    assert again.sha256 == problem.sha256
    second = problem_from_document(json.loads(json.dumps(problem.as_version(2).document())))
    assert second.operations == problem.operations
    assert problem.operations.minimum_dwell_s == 20


@given(tiny_problems(most_intervals=6), st.data())
@settings(max_examples=examples(60), deadline=None)
def test_a_constant_table_is_a_constant_time(problem: qo.SchedulingProblem, data: Any) -> None:
    usual, links = problem.tau, range(len(problem.links))
    less = data.draw(st.integers(0, usual))
    end = int(problem.interval.max(initial=0))
    slew = [(n, m, 0, end, less) for n in links for m in links if n != m]
    slewed = problem.with_satellite(operations=Operations.create(slew=slew))
    constant = problem.with_satellite(switch_s=Decimal(10 * less))
    strategy = qo.PrioritisedDelivery()
    best = qo.solve(constant, strategy).value
    for solver in ({"solver": "dynamic"}, {"solver": "milp"}):
        outcome = qo.solve(slewed, strategy, **solver)
        assert (outcome.value, outcome.bound) == (best, best)
        assert qo.verify(outcome.certificate, slewed).optimal


@given(tiny_problems(most_links=3, most_intervals=6), st.data())
@settings(max_examples=examples(80), deadline=None)
def test_both_forms_say_the_same(problem: qo.SchedulingProblem, data: Any) -> None:
    own = data.draw(operations_for(problem))
    if not own.slew:
        return
    values = set()
    for by_pair in (False, True):
        table = SlewTable(own.slew.runs, by_pair)
        turning = Operations(slew=table, switch_matrix_s=own.switch_matrix_s)
        slewed = problem.with_satellite(operations=turning)
        again = problem_from_document(json.loads(json.dumps(slewed.document())))
        assert again.operations == turning
        outcome = qo.solve(slewed, qo.GeneralDelivery(), solver="dynamic")
        assert outcome.value == int(delivered_by_link(slewed).sum(axis=1).max(initial=0))
        verdict = qo.verify(json.loads(outcome.certificate.to_json()))
        assert verdict.optimal, verdict.findings
        values.add(outcome.value)
    assert len(values) == 1


@pytest.mark.parametrize(
    "slew",
    [
        [[0, 1]], [[0, 1, []]], [[0, 1, [4]]], [[0, 1, [4, 1]]], [[0, 1, [4, 1, 0]]],
        [[0, 1, [4, -1, 2]]], [[0, 1, [4, 1, 2.0]]], [[0, 1, 5, [4, 1, 2]]], [[0, 0, [4, 1, 2]]],
        [[0, 2, [4, 1, 2]]], [[0, 1, [4, 1, 2], [5, 1, 1]]], [[0, 1, [4, 1, 2]], [0, 1, 7, 7, 1]],
    ],
)  # fmt: skip
def test_spoiled_tables_are_refused_by_reader_and_verifier(slew: list[Any]) -> None:
    problem = small_problem([[1, 2], [3, 4]], [4, 5], 1, slew=[[0, 1, [4, 0, 2]]])
    document = json.loads(qo.solve(problem, qo.GeneralDelivery()).certificate.to_json())
    assert qo.verify(document).optimal
    document["problem"]["options"]["slew"] = slew
    for read in (lambda: problem_from_document(document["problem"]), lambda: qo.verify(document)):
        with pytest.raises(InputError, match="slew"):
            read()


def test_no_other_formulation_or_search_ignores_it() -> None:
    problem = small_problem([[1, 2], [3, 4]], [5, 6], 1, slew=[(0, 1, 5, 5, 0)])
    for name in FORMULATIONS:
        why = formulation_named(name).refusal(problem)
        assert (why is None) == (name == "path_flow")
        assert why is None or f"formulation {name} cannot carry slew" in why
    for solver in ("greedy", "genetic", "hybrid"):
        with pytest.raises(SolverError, match="cannot carry operations: slew"):
            qo.solve(problem, qo.GeneralDelivery(), solver=solver)


def test_two_satellites_turn_each_at_its_own_rate() -> None:
    follower = {
        "name": "F", "kind": "train", "satellites": 2, "altitude_km": 500, "inclination_deg": 97.4,
        "node_deg": 181.9, "spacing_deg": 6, "slew_rate_deg_s": 0.5,
    }  # fmt: skip
    both = slewing(constellation=[follower])
    problem = problem_of(both)
    assert [item.switch_s for item in problem.satellites] == [185, 360, 360]
    assert all(item.operations.slew for item in problem.satellites)
    assert problem.document()["options"]["slew"][0][0] == 0
    outcome = qo.solve(problem, qo.GeneralDelivery(), time_limit=60)
    assert outcome.value == outcome.bound
    assert qo.verify(outcome.certificate, problem).optimal


def test_soonest_in_runs_by_hand() -> None:
    # Usually 9; from 10 to 12 it takes 5, in 13 only 1: over at 15, whoever leaves before.
    slew = Slew.of([(10, 12, 5), (13, 13, 1), (20, 20, 0)])
    times = (0, 4, 5, 8, 9, 10, 12, 13, 14, 19, 20, 21)
    assert [slew.soonest([t], 9)[0] for t in times] == slew.soonest(times, 9)
    assert slew.soonest(times, 9) == [10, 14, 15, 15, 15, 15, 15, 15, 21, 21, 21, 31]


@pytest.mark.parametrize(
    ("own", "message"),
    [
        ({"slew_rate_deg_s": 0}, "satellite[0].slew_rate_deg_s: got 0, expected"),
        ({"slew_rate_deg_s": -1}, "satellite[0].slew_rate_deg_s: got -1, expected"),
        (
            {"slew_rate_deg_s": 0.009},
            "slew_rate_deg_s: got 0.009, expected 0.01 <= slew_rate_deg_s",
        ),
        ({"slew_rate_deg_s": "1"}, "satellite[0].slew_rate_deg_s: got '1', expected"),
        ({"slew_rate_deg_s": 1, "settling_s": -5}, "satellite[0].settling_s: got -5, expected"),
        ({"settling_s": 5}, "satellite[0].slew_rate_deg_s: got nothing"),
        ({"slew_rate_deg_s": 1, "switch_s": 5}, "got switch_s and slew_rate_deg_s, expected"),
    ],
)
def test_bad_rates_are_one_line(own: dict[str, Any], message: str) -> None:
    found = refused(own)
    assert message in found
    assert "\n" not in found


def test_scenarios_without_a_rate_stay() -> None:
    assert scenario().slew is None
    assert slew_runs(scenario(), compute_keys(scenario())).shape == (0, 5)
    assert slewing().digest != slewing(own={"switch_s": 185}).digest
