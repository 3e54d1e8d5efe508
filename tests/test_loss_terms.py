"""Optional loss terms: off by default, by hand, limits, missing values, laws."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from physics_scenarios import scenario, tables
from qkdopt.errors import InputError
from qkdopt.physics import parse_scenario
from qkdopt.physics.link import DownlinkBudget, sky_clicks_per_gate
from qkdopt.physics.link.turbulence import (
    downlink_spread_at_zenith_m,
    downlink_spread_m,
    hufnagel_valley_cn2,
)
from qkdopt.physics.protocols import DecoyBB84

SKY = {
    "sky_radiance_w_per_m2_sr_um": 1.5e-3,
    "field_of_view_half_angle_urad": 50,
    "filter_bandwidth_nm": 3,
}


def test_off_by_default() -> None:
    plain, empty = scenario(), scenario(losses={})
    assert DownlinkBudget.of(plain) == DownlinkBudget.of(empty)
    assert DecoyBB84.of(plain) == DecoyBB84.of(empty)
    assert plain.losses is None
    assert '"losses"' not in str(plain.digest)


def test_jitter_is_the_mean_over_pointing_errors() -> None:
    budget = DownlinkBudget.of(scenario(losses={"pointing_jitter_urad": 2}))
    clear = DownlinkBudget.of(scenario())
    range_m, up = np.array([500e3]), np.array([math.pi / 2])
    # By hand: w^2 = 5^2 + 4 * 1^2 = 29 m^2, 1 - exp(-1/58) = 0.0170935.
    ratio = budget.transmittance(range_m, up) / clear.transmittance(range_m, up)
    assert ratio[0] * 0.019801326693 == pytest.approx(-math.expm1(-1 / 58), rel=1e-10)
    # And by Monte Carlo over the beam's centre, on a grid over the aperture.
    rng = np.random.default_rng(1)
    x, y = np.meshgrid(*2 * (np.linspace(-0.5, 0.5, 41),))
    inside = np.hypot(x, y) <= 0.5
    x, y = x[inside], y[inside]
    centres = rng.normal(scale=1.0, size=(4000, 2))
    squares = (x - centres[:, :1]) ** 2 + (y - centres[:, 1:]) ** 2
    mean = np.exp(-2 * squares / 25).mean() * 2 / (math.pi * 25) * (math.pi / 4)
    assert mean == pytest.approx(-math.expm1(-1 / 58), rel=0.01)


def test_turbulence_profile_and_its_integral() -> None:
    # At the ground the first term vanishes: 2.7e-16 + 1.7e-14.
    assert hufnagel_valley_cn2(np.array([0.0]))[0] == pytest.approx(1.727e-14, rel=1e-12)
    wavelength_m = 848.6e-9
    integral = sum(
        quad(lambda h: hufnagel_valley_cn2(np.array(h)) * h ** (5 / 3), low, high)[0]
        for low, high in ((0, 500), (500, 5e3), (5e3, 2e4), (2e4, 1e5))
    )
    k = 2 * math.pi / wavelength_m
    # rho0 per range: (1.46 k^2 integral)^(-3/5); the spread is sqrt(2) 2 / (k rho0 / L).
    expected = math.sqrt(2) * 2 / k * (1.46 * k**2 * integral) ** 0.6
    assert downlink_spread_at_zenith_m(wavelength_m) == pytest.approx(expected, rel=1e-6)
    assert 0.01 < expected < 0.05
    assert downlink_spread_at_zenith_m(wavelength_m, 0, 0) < expected


def test_turbulence_limits() -> None:
    spread = downlink_spread_m(0.02, np.array([math.pi / 2, math.pi / 6, 0.0, -1.0, np.nan]))
    # sin 30 deg = 1/2: 2^(8/5) = 3.0314 times the spread at the zenith.
    assert spread[:2] == pytest.approx([0.02, 0.02 * 2**1.6])
    assert np.isinf(spread[2:4]).all()
    assert np.isnan(spread[4])
    budget = DownlinkBudget.of(scenario(losses={"turbulence": "hufnagel-valley"}))
    eta = budget.transmittance(np.array([500e3, np.nan]), np.array([1.0, np.nan]))
    assert eta[0] > 0
    assert np.isnan(eta[1])


@given(st.floats(3e5, 4e7), st.floats(0.1, 1.57), st.floats(0, 20), st.sampled_from([None, "hv"]))
def test_further_losses_only_take_away(
    range_m: float, elevation: float, jitter: float, turbulence: str | None
) -> None:
    losses: dict[str, Any] = {"pointing_jitter_urad": jitter}
    if turbulence:
        losses["turbulence"] = "hufnagel-valley"
    clear = DownlinkBudget.of(scenario()).transmittance(np.array([range_m]), np.array([elevation]))
    found = DownlinkBudget.of(scenario(losses=losses)).transmittance(
        np.array([range_m]), np.array([elevation])
    )
    assert 0 < found[0] <= clear[0]


def test_sky_by_hand() -> None:
    clicks = sky_clicks_per_gate(
        radiance_w_per_m2_sr_um=1.0,
        field_of_view_half_angle_rad=1e-4,
        receiver_diameter_m=2.0,
        filter_bandwidth_um=1e-3,
        gate_s=1e-9,
        wavelength_m=1e-6,
        efficiency=0.5,
    )
    # pi 1e-8 sr * pi m^2 * 1e-3 um = 9.8696e-11 W; a photon has 1.98645e-19 J;
    # 9.8696e-11 * 1e-9 / 1.98645e-19 * 0.5 = 0.24842.
    assert clicks == pytest.approx(0.24842, rel=1e-4)


def test_sky_adds_to_the_background() -> None:
    without, with_sky = DecoyBB84.of(scenario()), DecoyBB84.of(scenario(losses=SKY))
    added = with_sky.background_yield - without.background_yield
    assert added > 0
    twice = DecoyBB84.of(scenario(losses={**SKY, "sky_radiance_w_per_m2_sr_um": 3e-3}))
    assert twice.background_yield - without.background_yield == pytest.approx(2 * added)
    eta = np.array([1e-5, 1e-3, np.nan])
    assert np.all((with_sky.key_rate_per_pulse(eta) <= without.key_rate_per_pulse(eta))[:2])
    assert np.isnan(with_sky.key_rate_per_pulse(eta)[2])
    daylight = DecoyBB84.of(scenario(losses={**SKY, "sky_radiance_w_per_m2_sr_um": 1e6}))
    assert daylight.background_yield == 1


@pytest.mark.parametrize(
    ("losses", "words"),
    [
        ({"pointing_jitter_urad": -1}, "losses.pointing_jitter_urad: got -1"),
        ({"turbulence": "kolmogorov"}, "hufnagel-valley"),
        ({"turbulence_wind_m_per_s": 30}, "turbulence_wind_m_per_s alone"),
        ({"sky_radiance_w_per_m2_sr_um": 1}, "no field_of_view_half_angle_urad"),
        ({**SKY, "filter_bandwidth_nm": 0}, "0 < filter_bandwidth_nm"),
        ({"jitter": 1}, "unknown key jitter"),
        (3, "a table [losses]"),
    ],
)
def test_bad_input(losses: Any, words: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_scenario(tables(losses=losses))
    assert words in str(caught.value)
