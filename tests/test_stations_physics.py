"""What a station has of its own decides its row of the key tensor, and no other row."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pair_scenarios import CITIES, pairs
from physics_scenarios import TABLES, scenario
from qkdopt.physics import Scenario, passes
from qkdopt.physics.keys import keys_and_access
from qkdopt.physics.link import DownlinkBudget, aperture_transmittance
from qkdopt.physics.link.atmosphere import ClearAir
from qkdopt.physics.orbit import Access
from qkdopt.physics.orbit.view_geometry import view_geometry
from qkdopt.physics.protocols import DecoyBB84

URUMQI, SHANGHAI = TABLES["station"]
SKY = {
    "sky_radiance_w_per_m2_sr_um": 0.02,
    "field_of_view_half_angle_urad": 50,
    "filter_bandwidth_nm": 1,
}
AIR = [[5, 0.02], [10, 0.08], [30, 0.35], [90, 0.62]]
OWN: dict[str, dict[str, Any]] = {
    "telescope": {"optics": {"receiver_diameter_m": 0.4, "receiver_obscuration_ratio": 0.3}},
    "optics": {"optics": {"receiver_optics_transmittance": 0.3}},
    "detector": {"detector": {"efficiency": 0.7, "dark_count_rate_hz": 400}},
    "dead time": {"detector": {"dead_time_s": 1e-6}},
    "extinction": {"atmosphere": {"zenith_extinction_nepers": 0.2}},
    "scale height": {"atmosphere": {"extinction_scale_height_m": 1000}},
    "table": {"atmosphere": {"transmittance_table": AIR}},
    "mask": {"visibility": {"minimum_elevation_deg": [[0, 12], [90, 40], [200, 15]]}},
    "range": {"visibility": {"minimum_range_km": 600, "maximum_range_km": 1200}},
    "darkness": {"visibility": {"station_sun_below_deg": -46}},
    "no darkness": {"visibility": {"darkness": ["none"]}},
    "sky": {"losses": SKY},
    "turbulence": {"losses": {"turbulence_ground_cn2": 1e-13}},
}
TURBULENT = {"losses": {"turbulence": "hufnagel-valley"}}


def rows(found: Scenario) -> dict[str, dict[int, int]]:
    """Return the bits of each link by global interval, where there are any."""
    keys, _ = keys_and_access(found, workers=1)
    return {
        name: {int(a): int(k) for a, k in zip(keys.interval, row, strict=True) if k}
        for name, row in zip(keys.links, keys.bits, strict=True)
    }


@pytest.mark.parametrize("name", OWN)
def test_a_row_depends_on_its_own_station_only(name: str) -> None:
    own = OWN[name]
    common = TURBULENT if name == "turbulence" else {}
    mine = rows(scenario(station=[{**URUMQI, **own}, SHANGHAI], **common))
    plain = rows(scenario(**common))
    everywhere = {table: {**common.get(table, {}), **keys} for table, keys in own.items()}
    alike = rows(scenario(**{**common, **everywhere}))
    assert mine["Shanghai"] == plain["Shanghai"]
    assert mine["Urumqi"] == alike["Urumqi"]
    assert mine["Urumqi"] != plain["Urumqi"]


def test_common_values_stated_at_every_station_change_no_bit() -> None:
    common = {
        "detector": {"efficiency": 0.5, "dark_count_rate_hz": 25, "gate_s": 2e-9},
        "optics": {"receiver_diameter_m": 1, "receiver_obscuration_ratio": 0},
        "atmosphere": {"zenith_extinction_nepers": 0.5},
        "visibility": {"minimum_elevation_deg": 10, "darkness": ["station-night"]},
        "misalignment_error": 0.015,
    }
    stated = scenario(station=[{**URUMQI, **common}, {**SHANGHAI, **common}])
    assert rows(stated) == rows(scenario())
    assert DownlinkBudget.of(stated) == DownlinkBudget.of(scenario())
    assert DecoyBB84.of(stated) == DecoyBB84.of(scenario())


def test_misalignment_of_one_station() -> None:
    mine = rows(scenario(station=[{**URUMQI, "misalignment_error": 0.03}, SHANGHAI]))
    alike = rows(scenario(source={"misalignment_error": 0.03}))
    assert mine == {"Urumqi": alike["Urumqi"], "Shanghai": rows(scenario())["Shanghai"]}


def test_a_constant_table_is_the_number() -> None:
    table = {"minimum_elevation_deg": [[350, 25], [100, 25], [10, 25]]}
    assert rows(scenario(visibility=table)) == rows(scenario(visibility={
        "minimum_elevation_deg": 25
    }))  # fmt: skip


def test_masks_are_linear_and_go_around_through_north() -> None:
    mask = [[350, 20], [90, 60], [180, 10]]
    found = scenario(visibility={"minimum_elevation_deg": mask, "darkness": ["none"]})
    low = scenario(visibility={"minimum_elevation_deg": 10, "darkness": ["none"]})
    # By hand: halfway from 350 to 90 deg, at 40 deg, the mask is at 40 deg.
    azimuths, elevations = [-10, 90, 180, 350, 450], [20, 60, 10, 20, 60]
    assert np.interp(40, azimuths, elevations) == 40
    seen: set[tuple[int, int]] = set()
    expected: set[tuple[int, int]] = set()
    for block in Access(low).blocks():
        samples = Access(low).samples(block)
        seconds = np.unique(samples.second)
        by_second = scenario(
            horizon={**TABLES["horizon"], "interval_s": 1}, visibility={"darkness": ["none"]}
        )
        view = view_geometry(by_second, seconds)
        at = np.searchsorted(seconds, samples.second)
        azimuth = np.degrees(view.azimuth_rad[samples.station, at])
        floor = np.interp(azimuth, azimuths, elevations)
        above = np.degrees(samples.elevation_rad) >= floor
        expected |= set(
            zip(samples.second[above].tolist(), samples.station[above].tolist(), strict=True)
        )
    for block in Access(found).blocks():
        samples = Access(found).samples(block)
        seen |= set(zip(samples.second.tolist(), samples.station.tolist(), strict=True))
    assert seen
    assert len(seen ^ expected) <= 2  # interpolated positions differ by less than a second's move
    assert len(expected) < sum(p.duration_s for p in passes(low))


def test_ranges_hold_at_their_ends() -> None:
    limits = {"minimum_range_km": 700, "maximum_range_km": 900}
    found = Access(scenario(visibility={**limits, "darkness": ["none"]}))
    ranges = np.concatenate([found.samples(block).range_m for block in found.blocks()])
    assert 700e3 <= ranges.min() < 710e3
    assert 890e3 < ranges.max() <= 900e3


def test_obscured_aperture() -> None:
    # By hand: w = 10 urad * 500 km = 5 m, D = 1 m, d = 0.4 m:
    # exp(-0.16/50) - exp(-1/50) = 0.996805115 - 0.980198673.
    obscured = aperture_transmittance(np.array([500e3, np.nan]), 10e-6, 1.0, None, 0.4)
    assert obscured[0] == pytest.approx(0.016606441, abs=5e-9)
    assert np.isnan(obscured[1])
    # Far away only the open area counts; none is none.
    far = np.array([1e12])
    open_share = aperture_transmittance(far, 1e-5, 1.0, None, 0.4) / aperture_transmittance(
        far, 1e-5, 1.0
    )
    assert open_share[0] == pytest.approx(1 - 0.16, rel=1e-12)
    assert aperture_transmittance(far, 1e-5, 1.0, None, 0.0) == aperture_transmittance(
        far, 1e-5, 1.0
    )


@given(st.floats(0, 0.99), st.floats(0, 0.99), st.floats(2e5, 4e7), st.floats(0.05, 4))
def test_more_obscuration_is_never_more_light(
    one: float, two: float, range_m: float, diameter_m: float
) -> None:
    low, high = sorted((one, two))
    at = np.array([range_m])
    more, less = (aperture_transmittance(at, 1e-5, diameter_m, None, r) for r in (low, high))
    assert 0 <= less[0] <= more[0] * (1 + 1e-12) <= 1 + 1e-12


def test_a_larger_aperture_never_makes_fewer_bits() -> None:
    def with_telescope(diameter_m: float) -> dict[str, dict[int, int]]:
        own = {"optics": {"receiver_diameter_m": diameter_m}}
        return rows(scenario(station=[{**URUMQI, **own}, SHANGHAI]))

    small, large = with_telescope(0.6), with_telescope(0.9)
    assert all(large["Urumqi"][a] >= bits for a, bits in small["Urumqi"].items())
    assert sum(large["Urumqi"].values()) > sum(small["Urumqi"].values())
    assert small["Shanghai"] == large["Shanghai"]


def test_extinction_over_altitude() -> None:
    # By hand: 850 m over a scale height of 1,700 m leave exp(-1/2) of 0.5 nepers: 0.303265.
    own = {"extinction_scale_height_m": 1700}
    air = ClearAir.of(scenario(atmosphere=own))
    assert np.asarray(air.zenith_extinction_nepers)[0] == pytest.approx(0.30326532986)
    assert np.asarray(air.zenith_extinction_nepers)[1] == pytest.approx(0.5 * np.exp(-10 / 1700))
    far = scenario(atmosphere={"extinction_scale_height_m": 1e12})
    assert rows(far) == rows(scenario())
    off = scenario(atmosphere={"extinction_scale_height_m": "none"})
    assert off.digest == scenario().digest


@given(st.floats(0, 5), st.floats(0.01, np.pi / 2))
def test_a_table_of_plane_parallel_air_is_that_air(nepers: float, elevation_rad: float) -> None:
    degrees = np.array([0.5, 4.0, 21.0, 60.0, 90.0])
    table = [(e, float(np.exp(-nepers / np.sin(np.radians(e))))) for e in degrees.tolist()]
    if min(share for _, share in table) < 1e-300:
        return
    sine = np.sin(np.array([elevation_rad]))
    air = ClearAir(zenith_extinction_nepers=99.0, tables=(tuple(table),), table=0)
    plain = ClearAir(zenith_extinction_nepers=nepers)
    np.testing.assert_allclose(
        air.path_nepers(sine), plain.path_nepers(sine), rtol=1e-9, atol=1e-12
    )


def test_a_table_by_hand() -> None:
    # Air mass 2 at 30 deg and 1 at 90 deg; 1.5 at asin(2/3) = 41.81 deg: the geometric mean.
    air = ClearAir(zenith_extinction_nepers=1.0, tables=(((90.0, 0.64), (30.0, 0.36)),), table=0)
    share = np.exp(-air.path_nepers(np.array([2 / 3, 1.0, 0.5, np.nan])))
    np.testing.assert_allclose(share, [0.48, 0.64, 0.36, np.nan])


@pytest.mark.parametrize(
    ("table", "keys"),
    [
        ("optics", {"receiver_radius_m": 0.3}),
        ("optics", {"receiver_obscuration_ratio": 0.4}),
        ("optics", {"coupling_efficiency": 0.3}),
        ("detector", {"efficiency": 0.6}),
        ("detector", {"dark_probability_per_window": 1e-5}),
        ("detector", {"stray_probability_per_window": 1e-5}),
    ],
)
def test_one_end_of_a_pair(table: str, keys: dict[str, float]) -> None:
    own = {"entanglement": {table: keys}}
    mine = rows(pairs(station=[{**CITIES[0], **own}, *CITIES[1:]]))
    plain = rows(pairs())
    both = rows(pairs(entanglement={table: keys}))
    stated = rows(pairs(station=[{**city, **own} for city in CITIES]))
    assert stated == both
    assert mine["west"] == plain["west"]
    for name in ("Shanghai-Wuhan", "Hefei-Shanghai"):
        assert sum(both[name].values()) < sum(mine[name].values()) < sum(plain[name].values())


def test_extinction_at_one_end_of_a_pair() -> None:
    own = {"atmosphere": {"zenith_extinction_nepers": 0.8}}
    mine = rows(pairs(station=[{**CITIES[0], **own}, *CITIES[1:]]))
    plain = rows(pairs())
    assert mine["west"] == plain["west"]
    assert sum(mine["Shanghai-Wuhan"].values()) < sum(plain["Shanghai-Wuhan"].values())
