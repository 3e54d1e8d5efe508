"""Decoy-state BB84: numbers by hand, an independent closed form, limits, laws."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from physics_scenarios import scenario
from qkdopt.physics.protocols import DecoyBB84
from qkdopt.physics.protocols.decoy_bb84 import (
    binary_entropy,
    error_rate,
    gain,
    single_photon_error_bound,
    single_photon_yield_bound,
)

MU, NU, Y0, ED, FE, Q = 0.5, 0.08, 1e-7, 0.015, 1.16, 0.5
SHARES = st.floats(0, 1)
ETAS = st.floats(1e-9, 1)


def protocol(**changes: float) -> DecoyBB84:
    values = {
        "pulse_rate_hz": 200e6,
        "signal_intensity": MU,
        "decoy_intensity": NU,
        "signal_share": 1.0,
        "sifting_factor": Q,
        "error_correction_efficiency": FE,
        "misalignment_error": ED,
        "background_yield": Y0,
    }
    return DecoyBB84(**{**values, **changes})


def textbook_rate(eta: float, y0: float = Y0, ed: float = ED) -> float:
    """Transcribe the formulas as they are printed, in plain floats."""

    def h2(p: float) -> float:
        return 0.0 if p in (0.0, 1.0) else -p * math.log2(p) - (1 - p) * math.log2(1 - p)

    q_mu = y0 + 1 - math.exp(-eta * MU)
    q_nu = y0 + 1 - math.exp(-eta * NU)
    e_mu = (y0 / 2 + ed * (1 - math.exp(-eta * MU))) / q_mu
    e_nu = (y0 / 2 + ed * (1 - math.exp(-eta * NU))) / q_nu
    y1 = (MU / (MU * NU - NU**2)) * (
        q_nu * math.exp(NU) - q_mu * math.exp(MU) * NU**2 / MU**2 - (MU**2 - NU**2) / MU**2 * y0
    )
    e1 = min(0.5, (e_nu * q_nu * math.exp(NU) - y0 / 2) / (y1 * NU))
    rate = Q * (-q_mu * FE * h2(e_mu) + y1 * MU * math.exp(-MU) * (1 - h2(e1)))
    return max(0.0, rate)


def test_gain_and_error_by_hand() -> None:
    # eta mu = 5e-4: 1 - exp(-5e-4) = 4.99875021e-4, and 1e-7 more.
    assert gain(np.array([1e-3]), 0.5, 1e-7)[0] == pytest.approx(4.99975021e-4, rel=1e-9)
    # (0.5e-7 + 0.015 * 4.99875021e-4) / 4.99975021e-4 = 7.54812531e-6 / 4.99975021e-4.
    assert error_rate(np.array([1e-3]), 0.5, 1e-7, 0.015)[0] == pytest.approx(0.0150970048, 1e-8)


def test_rate_by_hand() -> None:
    # eta = 1e-3, step by step: Q_nu = 8.00968e-5; Y1 >= 9.9185e-4 with
    # 1/(0.08 * 0.84) * [8.00968e-5 * 1.0832871 - 4.999750e-4 * 1.6487213 * 0.0256
    #                    - 0.9744 * 1e-7] = 14.880952 * 6.55670e-5 = 9.75700e-4;
    # e1 <= (1.24988e-6 * 1.0832871 - 5e-8) / (9.75700e-4 * 0.08) = 0.016705;
    # R = 0.5 * (-4.99975e-4 * 1.16 * h2(0.0150970) + 9.75700e-4 * 0.30326533 * (1 - h2(e1)))
    #   = 0.5 * (-6.5389e-5 + 2.95896e-4 * (1 - 0.122503)) = 9.713e-5.
    bound = single_photon_yield_bound(np.array([1e-3]), MU, NU, Y0)[0]
    assert bound == pytest.approx(9.757e-4, rel=1e-4)
    error = single_photon_error_bound(np.array([1e-3]), MU, NU, Y0, ED)[0]
    assert error == pytest.approx(0.016705, rel=1e-3)
    assert protocol().key_rate_per_pulse(np.array([1e-3]))[0] == pytest.approx(9.713e-5, rel=1e-3)


@given(st.floats(1e-6, 1), st.floats(0, 1e-3), st.floats(0, 1))
@settings(max_examples=100, deadline=None)
def test_independent_closed_form(eta: float, y0: float, ed: float) -> None:
    ours = protocol(background_yield=y0, misalignment_error=ed).key_rate_per_pulse(np.array([eta]))[
        0
    ]
    # The printed form loses up to 1e-16/nu of absolute accuracy by cancellation.
    assert ours == pytest.approx(textbook_rate(eta, y0, ed), rel=1e-6, abs=1e-13)


def test_entropy() -> None:
    values = binary_entropy(np.array([0.0, 0.5, 1.0, 0.11, np.nan]))
    # h2(0.11) = 0.4999 is the famous threshold of BB84.
    np.testing.assert_allclose(values, [0, 1, 0, 0.499915958, np.nan], rtol=1e-8)


@pytest.mark.parametrize("eta", [0.0, 1e-300, 1e-12, 1.0])
@pytest.mark.parametrize("y0", [0.0, 1e-300, 1e-7, 1.0])
@pytest.mark.parametrize("ed", [0.0, 0.5, 1.0])
def test_finite_at_every_end(eta: float, y0: float, ed: float) -> None:
    one = np.array([eta])
    settings_ = protocol(background_yield=y0, misalignment_error=ed)
    for value, top in (
        (gain(one, MU, y0), 2.0),
        (error_rate(one, MU, y0, ed), 1.0),
        (single_photon_yield_bound(one, MU, NU, y0), 2.0),
        (single_photon_error_bound(one, MU, NU, y0, ed), 0.5),
        (settings_.key_rate_per_pulse(one), 1.0),
        (settings_.infinite_decoy_key_rate_per_pulse(one), 1.0),
    ):
        assert np.isfinite(value[0])
        assert 0.0 <= value[0] <= top


def test_limits() -> None:
    dark = np.array([0.0])
    assert protocol().key_rate_per_pulse(dark) == 0.0
    assert error_rate(dark, MU, Y0, ED) == 0.5
    assert error_rate(dark, MU, 0.0, ED) == ED
    # Weak signals: Y1's bound per eta tends to (e^nu - e^mu nu/mu) mu/(mu - nu).
    slope = (math.exp(NU) - math.exp(MU) * NU / MU) * MU / (MU - NU)
    bound = single_photon_yield_bound(np.array([1e-15]), MU, NU, 0.0)[0]
    assert bound / 1e-15 == pytest.approx(slope, rel=1e-12)
    # A weak decoy leaves nothing unknown.
    close = protocol(decoy_intensity=1e-7)
    eta = np.array([1e-3, 1e-2])
    np.testing.assert_allclose(
        close.key_rate_per_pulse(eta), close.infinite_decoy_key_rate_per_pulse(eta), rtol=1e-3
    )


def test_missing_values_stay_missing() -> None:
    rates = protocol().key_rate_bits_per_s(np.array([[np.nan, 1e-3]]))
    assert rates.shape == (1, 2)
    assert np.isnan(rates[0, 0])
    assert rates[0, 1] > 0


@given(ETAS, st.floats(0, 0.1), SHARES, st.floats(0.1, 1), st.floats(0.01, 0.9))
@settings(max_examples=100, deadline=None)
def test_bounds_bound(eta: float, y0: float, ed: float, mu: float, ratio: float) -> None:
    """The true single-photon yield and error of the model lie inside the bounds.

    The model gives ``Y_n = Y0 + 1 - (1 - eta)^n``, so ``Y1 = Y0 + eta`` exactly.
    """
    nu, one = ratio * mu, np.array([eta])
    found = protocol(
        signal_intensity=mu, decoy_intensity=nu, background_yield=y0, misalignment_error=ed
    )
    assert single_photon_yield_bound(one, mu, nu, y0)[0] <= (y0 + eta) * (1 + 1e-12)
    true_error = min(0.5, (0.5 * y0 + ed * eta) / (y0 + eta))
    assert single_photon_error_bound(one, mu, nu, y0, ed)[0] >= true_error * (1 - 1e-12) - 1e-300
    ideal = found.infinite_decoy_key_rate_per_pulse(one)[0]
    assert 0 <= found.key_rate_per_pulse(one)[0] <= ideal * (1 + 1e-9) + 1e-16


@given(ETAS, st.floats(1.001, 10), SHARES)
@settings(max_examples=50, deadline=None)
def test_laws(eta: float, more: float, share: float) -> None:
    low, high = np.array([eta / more]), np.array([eta])
    assert protocol().key_rate_per_pulse(low)[0] <= protocol().key_rate_per_pulse(high)[0] + 1e-15
    noisy = protocol(background_yield=more * Y0).key_rate_per_pulse(high)[0]
    assert noisy <= protocol().key_rate_per_pulse(high)[0] + 1e-15
    part = protocol(signal_share=share).key_rate_bits_per_s(high)[0]
    assert part == pytest.approx(share * protocol().key_rate_bits_per_s(high)[0], rel=1e-12)


def test_cut_off() -> None:
    # With Y0 = 1e-7 key ends beyond 50 dB of total loss; with 2e-5, at about 30 to 35 dB.
    def cut_off_db(y0: float) -> float:
        loss_db = np.arange(20.0, 70.0, 0.1)
        rate = protocol(background_yield=y0).key_rate_per_pulse(10 ** (-loss_db / 10))
        return float(loss_db[rate > 0].max())

    assert cut_off_db(1e-7) > 50
    assert 28 < cut_off_db(2e-5) < 36


def test_parameters_come_from_the_scenario() -> None:
    found = DecoyBB84.of(scenario(detector={"dark_count_rate_hz": 50}))
    assert found.background_yield == pytest.approx(2e-7)
    assert DecoyBB84.of(scenario(detector={"background_yield": 3e-6})).background_yield == 3e-6
    assert found.pulse_rate_hz == 200e6
