"""Hand-over times by geometry: angles against skyfield, runs against their definition."""

from __future__ import annotations

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
from skyfield.api import EarthSatellite, load, wgs84

import qkdopt as qo
from physics_scenarios import LINE_1, LINE_2, START, tables
from qkdopt.cli import main
from qkdopt.errors import InputError
from qkdopt.library import scenario_path
from qkdopt.physics import Scenario, compute_keys, parse_scenario
from qkdopt.physics.slew import angle_between, lines_of_sight, slew_runs, with_slew_times
from qkdopt.study import problem_of

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
