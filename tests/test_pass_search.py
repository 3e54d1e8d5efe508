"""The coarse search loses no second, in any orbit, and no option changes the answer."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from physics_scenarios import edited_tle, scenario, shorter
from qkdopt.physics import Scenario, available_seconds, compute_keys, passes
from qkdopt.physics.orbit import Access
from qkdopt.timegrid import TimeGrid

MINUTE_PER_TURN = 2 * math.pi
ORBITS = {
    "low": {},
    "middle": {"no_kozai": MINUTE_PER_TURN / 718.0, "ecco": 0.01, "inclo": 0.96},
    "eccentric": {"no_kozai": MINUTE_PER_TURN / 718.0, "ecco": 0.72, "inclo": 1.107},
    "geostationary": {"no_kozai": MINUTE_PER_TURN / 1436.07, "ecco": 1e-4, "inclo": 1e-4},
}
STATIONS = [
    {"name": "pole", "lat_deg": 90, "lon_deg": 0},
    {"name": "south", "lat_deg": -53.16, "lon_deg": -70.91},
    {"name": "date line", "lat_deg": 0, "lon_deg": 180},
    {"name": "Urumqi", "lat_deg": 43.80096, "lon_deg": 87.60046, "alt_m": 850},
]


def seconds_of(found: Scenario, blocks: list[tuple[int, int]]) -> set[tuple[int, int]]:
    access = Access(found)
    seen = [access.samples(block) for block in blocks]
    return {
        pair
        for samples in seen
        for pair in zip(samples.second.tolist(), samples.station.tolist(), strict=True)
    }


def assert_nothing_is_missed(found: Scenario) -> set[tuple[int, int]]:
    access = Access(found)
    searched = seconds_of(found, access.blocks())
    every = seconds_of(found, [(0, found.grid.duration_s)])
    assert searched == every
    return every


@pytest.mark.parametrize("rules", [["none"], ["station-night"], ["any-night"], ["umbra"]])
@pytest.mark.parametrize("orbit", ORBITS)
def test_brute_force_over_a_day(orbit: str, rules: list[str]) -> None:
    found = scenario(
        satellite=[{"name": "it", "tle": edited_tle(**ORBITS[orbit])}],
        station=STATIONS,
        visibility={"darkness": rules, "minimum_elevation_deg": 5},
    )
    seen = assert_nothing_is_missed(found)
    assert seen or rules == ["umbra"]


@given(
    perigee_km=st.floats(200, 3000),
    eccentricity=st.floats(1e-6, 0.75),
    angles=st.tuples(*[st.floats(0.01, 6.2)] * 3, st.floats(1e-4, math.pi - 1e-4)),
    station=st.tuples(st.floats(-90, 90), st.floats(-180, 180), st.floats(0, 5000)),
    minimum=st.floats(0, 60),
    rules=st.sampled_from([["none"], ["station-night"], ["umbra", "any-night"]]),
    start=st.integers(0, 6),
)
@settings(max_examples=25, deadline=None)
def test_brute_force_over_drawn_orbits(
    perigee_km: float,
    eccentricity: float,
    angles: tuple[float, ...],
    station: tuple[float, ...],
    minimum: float,
    rules: list[str],
    start: int,
) -> None:
    semi_major_km = (6378.137 + perigee_km) / (1 - eccentricity)
    elements = {
        "no_kozai": 60 * math.sqrt(398600.8 / semi_major_km**3),
        "ecco": eccentricity,
        "nodeo": angles[0],
        "argpo": angles[1],
        "mo": angles[2],
        "inclo": angles[3],
        "bstar": 0.0,
    }
    whole = scenario(
        satellite=[{"name": "it", "tle": edited_tle(**elements)}],
        station=[
            {
                "name": "somewhere",
                "lat_deg": station[0],
                "lon_deg": station[1],
                "alt_m": station[2],
            }
        ],
        visibility={"darkness": rules, "minimum_elevation_deg": minimum},
    )
    begin = TimeGrid(whole.grid.start_utc, 86400, 7).interval_start(start)
    assert_nothing_is_missed(shorter(whole, start=begin, seconds=30_000))


@pytest.mark.parametrize("interval_s", [1, 7, 60, 4000, 86400])
def test_blocks_end_on_intervals_and_do_not_overlap(interval_s: int) -> None:
    whole = scenario()
    found = replace(whole, grid=TimeGrid(whole.grid.start_utc, interval_s, 2 * 86400 // interval_s))
    blocks = Access(found).blocks()
    assert blocks
    edges = [edge for block in blocks for edge in block]
    assert edges == sorted(edges)
    assert all(edge % interval_s == 0 for edge in edges)
    assert edges[-1] <= found.grid.duration_s
    assert_nothing_is_missed(found)


def test_any_number_of_workers_gives_the_same() -> None:
    found = shorter(scenario(), seconds=3 * 86400)
    one, two, four = (compute_keys(found, workers=count) for count in (1, 2, 4))
    for other in (two, four):
        np.testing.assert_array_equal(one.bits, other.bits)
        np.testing.assert_array_equal(one.interval, other.interval)
    assert passes(found, workers=1) == passes(found, workers=2)
    assert available_seconds(found, workers=1) == available_seconds(found, workers=2)


def test_passes_add_up_to_the_available_time() -> None:
    found = shorter(scenario(), seconds=3 * 86400)
    table = passes(found)
    total = available_seconds(found)
    for name, seconds in total.by_station_s.items():
        assert sum(item.duration_s for item in table if item.station == name) == seconds
    assert max(total.by_station_s.values()) <= total.union_s <= sum(total.by_station_s.values())
    assert [item.start_s for item in table] == sorted(item.start_s for item in table)
    for item in table:
        assert item.maximum_elevation_rad >= found.visibility.least_elevation_rad
        assert 480e3 < item.minimum_range_m < 1800e3
        assert (item.end_utc - item.start_utc).total_seconds() == item.duration_s


def test_all_darkness_rules_together_are_stricter_than_each() -> None:
    whole = shorter(scenario(), seconds=86400)

    def seen(*rules: str) -> set[tuple[int, int]]:
        visibility = whole.visibility.model_copy(update={"darkness": rules})
        found = replace(whole, visibility=visibility)
        return seconds_of(found, [(0, found.grid.duration_s)])

    night, any_night, umbra = seen("station-night"), seen("any-night"), seen("umbra")
    assert seen("station-night", "umbra") == night & umbra
    assert seen("station-night", "any-night") == night <= any_night <= seen("none")
