"""Key tensors of the Micius week: sums by hand, published figures, empty results, laws."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cpu_time import at_most
from physics_scenarios import scenario, shorter
from qkdopt.physics import Scenario, ScenarioWarning, compute_keys, load_scenario
from qkdopt.physics.link import DownlinkBudget
from qkdopt.physics.orbit import Access
from qkdopt.physics.protocols import DecoyBB84


@pytest.fixture(scope="module")
def micius() -> Scenario:
    return load_scenario("micius-china-2016")


def test_micius_week(micius: Scenario) -> None:
    keys = compute_keys(micius)
    assert keys.links[0] == "Urumqi"
    assert 1220 <= keys.interval.size <= 1230
    # The best link in every interval is an upper bound on any schedule; our prototype's
    # best schedule had 52.0 Mbit, and switching costs three to four per cent.
    assert keys.bits.max(axis=0).sum() == pytest.approx(53.85e6, rel=0.002)
    assert keys.bits.any(axis=0).all()
    assert keys.weights is not None
    assert keys.weights[0] == 35200
    assert keys.provenance["scenario_sha256"] == micius.digest
    assert keys.provenance["catalogue_number"] == "41731"
    assert keys.start_utc == micius.grid.start_utc


def test_each_interval_is_the_sum_of_its_seconds() -> None:
    found = shorter(scenario(), seconds=86400)
    keys = compute_keys(found)
    budget, protocol, access = DownlinkBudget.of(found), DecoyBB84.of(found), Access(found)
    blocks = [access.samples(block) for block in access.blocks()]
    expected: dict[tuple[int, int], float] = {}
    for samples in blocks:
        rates = protocol.key_rate_bits_per_s(
            budget.transmittance(samples.range_m, samples.elevation_rad)
        )
        for second, station, rate in zip(samples.second, samples.station, rates, strict=True):
            cell = int(station), int(second) // 10
            expected[cell] = expected.get(cell, 0.0) + rate
    column = {index: position for position, index in enumerate(keys.interval.tolist())}
    for (station, index), bits in expected.items():
        ours = keys.bits[station, column[index]] if index in column else 0
        assert ours <= bits < ours + 1
    assert keys.bits.astype(bool).sum() == sum(bits >= 1 for bits in expected.values())


def test_longer_intervals_hold_the_same_bits() -> None:
    fine = shorter(scenario(), seconds=86400)
    grid = replace(fine.grid, interval_s=60, count=fine.grid.count // 6)
    coarse_keys, fine_keys = compute_keys(replace(fine, grid=grid)), compute_keys(fine)
    lost = coarse_keys.bits.sum(axis=1) - fine_keys.bits.sum(axis=1)
    # Rounding down loses less than a bit in each interval.
    assert np.all(lost >= -coarse_keys.interval.size)
    assert np.all(lost <= fine_keys.interval.size)
    assert set((fine_keys.interval // 6).tolist()) <= set(coarse_keys.interval.tolist())


def test_clouds_of_one_station_touch_no_other() -> None:
    cloudy = scenario()
    stations = list(cloudy.stations)
    stations[0] = stations[0].model_copy(update={"cloud_code": 150.0})
    clear_keys = compute_keys(cloudy)
    keys = compute_keys(replace(cloudy, stations=tuple(stations)))
    assert not keys.bits[0].any()
    assert keys.bits[1].sum() == clear_keys.bits[1].sum()
    scale = cloudy.atmosphere.model_copy(update={"cloud_model": "exponent-scale"})
    stations[0] = stations[0].model_copy(update={"cloud_code": 99.0})
    thin = compute_keys(replace(cloudy, stations=tuple(stations)))
    thick = compute_keys(replace(cloudy, stations=tuple(stations), atmosphere=scale))
    assert 0 < thick.bits[0].sum() < thin.bits[0].sum() < clear_keys.bits[0].sum()


@pytest.mark.parametrize(
    "change",
    [
        {"detector": {"efficiency": 0}},
        {"detector": {"background_yield": 0.5}},
        {"source": {"misalignment_error": 0.5}},
        {"source": {"signal_share": 0}},
    ],
)
def test_no_key_at_all_is_a_result(change: dict[str, dict[str, float]]) -> None:
    shares: list[float] = []
    keys = compute_keys(scenario(**change), progress=shares.append)
    assert keys.bits.shape == (2, 0)
    assert keys.interval.size == 0
    assert shares[-1] == 1.0


def test_never_in_view_warns_and_gives_zeros() -> None:
    pole = {"name": "Pole", "lat_deg": -90, "lon_deg": 0}
    city = {"name": "Shanghai", "lat_deg": 31.22222, "lon_deg": 121.45806}
    # The orbit's inclination keeps it 7.4 deg from the pole: below 30 deg of elevation.
    high = {"minimum_elevation_deg": 30}
    with pytest.warns(ScenarioWarning, match="never in view under the rules: Pole$") as caught:
        keys = compute_keys(scenario(station=[city, pole], visibility=high))
    assert [str(item.message).count("Pole") for item in caught] == [1]
    assert keys.bits.shape[0] == 2
    assert not keys.bits[1].any()


def test_links_are_rows_in_their_own_order() -> None:
    both = compute_keys(scenario())
    links = [{"name": "east", "station": "Shanghai"}, {"name": "west", "station": "Urumqi"}]
    swapped = compute_keys(scenario(link=links))
    assert swapped.links == ("east", "west")
    np.testing.assert_array_equal(swapped.bits, both.bits[::-1])
    alone = compute_keys(scenario(link=links[:1]))
    np.testing.assert_array_equal(alone.bits[0], both.bits[1][both.bits[1] > 0])


def test_progress_rises_to_one() -> None:
    shares: list[float] = []
    compute_keys(scenario(), progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_the_week_is_compiled_once(micius: Scenario) -> None:
    compute_keys(micius)
    with at_most(3):  # 0.1 s; compiling takes far longer
        compute_keys(micius)
