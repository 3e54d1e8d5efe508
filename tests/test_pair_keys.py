"""Keys of pairs of stations: sums by hand, limits, laws, and pairs beside trusted nodes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pair_scenarios import CITIES, PAIRS, SINGLES, mixed, pairs
from physics_scenarios import scenario
from qkdopt.physics import (
    Scenario,
    ScenarioWarning,
    available_seconds,
    compute_keys,
    pair_passes,
    passes,
)
from qkdopt.physics.link.pair_arm import PairArmBudget, range_limits_m
from qkdopt.physics.orbit import Access
from qkdopt.physics.protocols.pairs import pair_protocol


@pytest.fixture(scope="module")
def day() -> Scenario:
    return pairs()


def common(found: Scenario) -> dict[tuple[str, int], tuple[tuple[float, float], ...]]:
    """Return range and elevation of both ends by link and second, by sets and loops."""
    access = Access(found)
    seen: dict[tuple[int, int], tuple[float, float]] = {}
    for block in access.blocks():
        samples = access.samples(block)
        columns = (samples.second, samples.station, samples.range_m, samples.elevation_rad)
        for second, station, range_m, elevation in zip(*columns, strict=True):
            seen[int(station), int(second)] = (range_m, elevation)
    both = {}
    for link in found.pair_links:
        one, two = found.positions(link)
        for (station, second), there in seen.items():
            if station == one and (two, second) in seen:
                both[link.name, second] = (there, seen[two, second])
    return both


def test_each_interval_is_the_sum_of_its_common_seconds(day: Scenario) -> None:
    keys, arm, protocol = compute_keys(day), PairArmBudget.of(day), pair_protocol(day)
    expected: dict[tuple[int, int], float] = {}
    for (name, second), ends in common(day).items():
        etas = [arm.transmittance(np.array([z]), np.array([e])) for z, e in ends]
        cell = keys.links.index(name), second // 10
        rate = protocol.key_rate_bits_per_s(*etas)[0]
        expected[cell] = expected.get(cell, 0.0) + rate
    column = {index: position for position, index in enumerate(keys.interval.tolist())}
    for (link, index), bits in expected.items():
        ours = keys.bits[link, column[index]] if index in column else 0
        assert ours <= bits < ours + 1
    assert keys.bits.astype(bool).sum() == sum(bits >= 1 for bits in expected.values())
    assert keys.bits.any(axis=1).all()


def test_available_seconds_and_passes_are_the_intersection(day: Scenario) -> None:
    both = common(day)
    time = available_seconds(day)
    names = [link.name for link in day.links]
    assert time.by_pair_s == {n: sum(link == n for link, _ in both) for n in names}
    found = pair_passes(day)
    assert {n: sum(p.duration_s for p in found if p.link == n) for n in names} == time.by_pair_s
    for item in found:
        ends = [both[item.link, second] for second in range(item.start_s, item.end_s)]
        assert (item.link, item.end_s) not in both
        assert item.highest_lower_elevation_rad == max(min(a[1], b[1]) for a, b in ends)
        assert item.least_longer_range_m == min(max(a[0], b[0]) for a, b in ends)


def test_a_pair_at_one_place_is_in_view_when_the_place_is() -> None:
    twin = {**CITIES[0], "name": "Twin"}
    found = pairs(station=[CITIES[0], twin], link=[{"stations": ["Shanghai", "Twin"]}])
    time = available_seconds(found)
    assert time.by_pair_s["Shanghai-Twin"] == time.by_station_s["Shanghai"] == time.union_s
    single = passes(scenario(station=CITIES[:1]))
    runs = [(item.start_s, item.end_s) for item in pair_passes(found)]
    assert runs == [(item.start_s, item.end_s) for item in single]


def test_both_must_be_dark() -> None:
    # At 18:20 of their clocks the Sun has set over Shanghai, not yet 1,900 km to the west.
    west = {"name": "West", "lat_deg": 31, "lon_deg": 101}
    anywhere = {"minimum_elevation_deg": 0, "darkness": ["none"]}
    changes = {"station": [CITIES[0], west], "link": [{"stations": ["Shanghai", "West"]}]}
    by_day = available_seconds(pairs(**changes, visibility=anywhere))
    by_night = available_seconds(pairs(**changes, visibility={"minimum_elevation_deg": 0}))
    assert 0 < by_night.by_pair_s["Shanghai-West"] < by_day.by_pair_s["Shanghai-West"]
    assert by_night.by_pair_s["Shanghai-West"] <= min(by_night.by_station_s.values())


def test_the_order_of_a_pair_does_not_matter(day: Scenario) -> None:
    turned = [{**link, "stations": link["stations"][::-1]} for link in PAIRS]
    np.testing.assert_array_equal(compute_keys(pairs(link=turned)).bits, compute_keys(day).bits)


def test_success_fractions_scale_what_is_expected(day: Scenario) -> None:
    whole = compute_keys(day)
    fractions = [
        {**link, "success_fraction": f} for link, f in zip(PAIRS, (0.5, 0, 1), strict=True)
    ]
    keys = compute_keys(pairs(link=fractions))
    place = np.searchsorted(whole.interval, keys.interval)
    halves = whole.bits[0, place] / 2 - keys.bits[0]
    assert np.all((halves >= -0.5) & (halves < 1))
    assert keys.bits[0].any()
    assert not keys.bits[1].any()
    np.testing.assert_array_equal(keys.bits[2], whole.bits[2, place])
    label = keys.provenance["success_fractions"]
    assert label.startswith("ASSUMED")
    assert "Shanghai-Wuhan 0.5, Hefei-Shanghai 0, west 1" in label
    assert "success_fractions" not in whole.provenance


def test_clouds_at_one_end_stop_its_pairs_only() -> None:
    cloudy = [{**CITIES[0], "cloud_code": 150}, *CITIES[1:]]
    keys, clear = compute_keys(pairs(station=cloudy)), compute_keys(pairs())
    assert not keys.bits[:2].any()
    assert keys.bits[2].sum() == clear.bits[2].sum() > 0


def test_pairs_and_trusted_nodes_do_not_touch_each_other(day: Scenario) -> None:
    keys = compute_keys(mixed())
    alone = compute_keys(day)
    trusted = compute_keys(scenario(station=CITIES, link=[SINGLES[2], SINGLES[0]]))
    assert keys.links == ("Hefei", "Shanghai-Wuhan", "Hefei-Shanghai", "west", "Shanghai")
    for rows, part in (([1, 2, 3], alone), ([0, 4], trusted)):
        own = np.isin(keys.interval, part.interval)
        np.testing.assert_array_equal(keys.interval[own], part.interval)
        np.testing.assert_array_equal(keys.bits[rows][:, own], part.bits)
        assert not keys.bits[rows][:, ~own].any()
    assert keys.provenance["protocol"] == "decoy-bb84, bbm92 (exact)"
    assert keys.provenance["pair_links"] == "Shanghai-Wuhan, Hefei-Shanghai, west"


def test_the_number_of_threads_does_not_matter() -> None:
    one, many = compute_keys(mixed(), workers=1), compute_keys(mixed(), workers=4)
    np.testing.assert_array_equal(one.bits, many.bits)


def test_a_better_source_makes_more_key(day: Scenario) -> None:
    usual = compute_keys(day).bits.sum()
    source = {"pair_rate_hz": 5.9e7}
    assert compute_keys(pairs(entanglement={"source": source})).bits.sum() > 9.9 * usual
    for worse in (
        {"optics": {"waist_m": 0.05}},
        {"optics": {"pointing_jitter_urad": 1}},
        {"optics": {"coupling_efficiency": 0.4}},
        {"detector": {"dark_probability_per_window": 1e-4}},
        {"source": {"mean_pairs_per_window": 0.15}},
        {"source": {"misalignment_error": 0.02}},
    ):
        assert 0 < compute_keys(pairs(entanglement=worse)).bits.sum() < usual


@pytest.mark.parametrize(
    "change", [{"optics": {"coupling_efficiency": 0}}, {"detector": {"efficiency": 0}}]
)
def test_no_key_at_all_is_a_result(change: dict[str, dict[str, float]]) -> None:
    keys = compute_keys(pairs(entanglement=change))
    assert keys.bits.shape == (3, 0)


def test_stations_that_are_never_both_in_view_warn_by_pair() -> None:
    far = {"name": "Quito", "lat_deg": 0, "lon_deg": -78}
    links = [PAIRS[0], {"stations": ["Shanghai", "Quito"]}]
    with pytest.warns(ScenarioWarning, match="both ends in view under the rules: Shanghai-Quito$"):
        keys = compute_keys(pairs(station=[*CITIES[:2], far], link=links))
    assert not keys.bits[1].any()


def test_the_beam_is_tabulated_over_every_range_that_occurs(day: Scenario) -> None:
    low = replace(day, visibility=day.visibility.model_copy(update={"minimum_elevation_deg": 0}))
    nearest_m, farthest_m = range_limits_m(low)
    ranges = [end[0] for ends in common(low).values() for end in ends]
    assert nearest_m < min(ranges)
    assert max(ranges) < farthest_m < 1.3 * max(ranges)
