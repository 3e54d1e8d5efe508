"""The link budget: numbers by hand, limits, missing values, laws."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from physics_scenarios import scenario
from qkdopt.errors import InputError
from qkdopt.physics.link import (
    DownlinkBudget,
    aperture_transmittance,
    atmospheric_transmittance,
)

FACTOR, SCALE = "transmittance-factor", "exponent-scale"


def test_aperture_by_hand() -> None:
    # w = 10 urad * 500 km = 5 m, D = 1 m: 1 - exp(-1/50).
    assert aperture_transmittance(np.array([500e3]), 10e-6, 1.0) == pytest.approx(0.019801326693)
    # 1,200 km: w = 12 m, 1 - exp(-1/288) = 0.0034662, 24.60 dB.
    loss = -10 * np.log10(aperture_transmittance(np.array([1200e3]), 10e-6, 1.0))
    assert loss == pytest.approx(24.60, abs=0.005)


def test_aperture_limits() -> None:
    far = aperture_transmittance(np.array([1e15]), 10e-6, 1.0)
    assert far == pytest.approx(0.5 * (1.0 / 1e10) ** 2, rel=1e-12)
    assert aperture_transmittance(np.array([1.0]), 10e-6, 1.0) == 1.0
    assert np.isnan(aperture_transmittance(np.array([np.nan]), 10e-6, 1.0))


@given(st.floats(1e3, 1e8), st.floats(1e-7, 1e-3), st.floats(0.01, 10), st.floats(1.01, 3))
@settings(max_examples=50, deadline=None)
def test_aperture_laws(range_m: float, divergence: float, diameter: float, more: float) -> None:
    here = aperture_transmittance(np.array([range_m]), divergence, diameter)[0]
    assert 0 < here <= 1
    assert aperture_transmittance(np.array([more * range_m]), divergence, diameter)[0] <= here
    # Only the ratio D / (theta L) counts.
    same = aperture_transmittance(np.array([range_m / more]), divergence * more, diameter)[0]
    assert same == pytest.approx(here, rel=1e-12)


def test_atmosphere_by_hand() -> None:
    elevation = np.radians([90.0, 30.0])
    # exp(-0.5) and exp(-0.5 / sin 30 deg) = exp(-1).
    np.testing.assert_allclose(
        atmospheric_transmittance(elevation, 0.5), [0.6065306597, 0.3678794412]
    )
    # Code 99 leaves 51/150 = 0.34, which is 4.69 dB; or multiplies the exponent by 150/51.
    np.testing.assert_allclose(
        atmospheric_transmittance(elevation, 0.5, 99.0, FACTOR),
        [0.34 * 0.6065306597, 0.34 * 0.3678794412],
    )
    np.testing.assert_allclose(
        atmospheric_transmittance(elevation, 0.5, 99.0, SCALE),
        [math.exp(-0.5 / 0.34), math.exp(-1 / 0.34)],
    )


@pytest.mark.parametrize("model", [FACTOR, SCALE])
def test_atmosphere_limits(model: str) -> None:
    assert atmospheric_transmittance(np.array([1.0]), 0.5, 150.0, model) == 0.0
    assert atmospheric_transmittance(np.array([1.0]), 0.0, 0.0, model) == 1.0
    for elevation in (0.0, -0.3):
        for extinction in (0.0, 0.5):
            assert atmospheric_transmittance(np.array([elevation]), extinction, 0, model) == 0.0
    missing = atmospheric_transmittance(np.array([np.nan, 1.0]), 0.5, [0.0, np.nan], model)
    assert np.isnan(missing).all()


def test_unknown_cloud_model_is_refused() -> None:
    with pytest.raises(InputError, match="cloud_model: got fog, expected one of transmittance-"):
        atmospheric_transmittance(np.array([1.0]), 0.5, 0.0, "fog")


@given(st.floats(0.05, 1.57), st.floats(0, 2), st.floats(0, 150), st.sampled_from([FACTOR, SCALE]))
@settings(max_examples=50, deadline=None)
def test_clouds_only_take_away(elevation: float, nepers: float, code: float, model: str) -> None:
    angle = np.array([elevation])
    clear = atmospheric_transmittance(angle, nepers)[0]
    cloudy = atmospheric_transmittance(angle, nepers, code, model)[0]
    assert 0 <= cloudy <= clear <= 1
    assert atmospheric_transmittance(angle, nepers, 0.0, model)[0] == clear


def test_budget_multiplies_its_terms() -> None:
    budget = DownlinkBudget.of(scenario())
    range_m, elevation = np.array([500e3, np.nan]), np.array([math.pi / 2, np.nan])
    eta = budget.transmittance(range_m, elevation)
    # 0.019801326693 * exp(-0.5) * 0.16 * 0.5
    assert eta[0] == pytest.approx(0.000960816, rel=1e-5)
    assert np.isnan(eta[1])
    assert budget.channel_transmittance(range_m, elevation)[0] == pytest.approx(2 * eta[0])
