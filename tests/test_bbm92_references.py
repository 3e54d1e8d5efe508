"""BBM92 against photon-number sums, TNO's published package and the printed equations.

TNO's functions are Ma, Fung and Lo's closed forms: bits per pulse, all bases kept, errors
corrected at the Shannon limit. Unequal arms only through ``compute_gain_and_error_rate``.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from tno.quantum.communication.qkd_key_rate.quantum import standard_detector
from tno.quantum.communication.qkd_key_rate.quantum.bbm92 import (
    BBM92AsymptoticKeyRateEstimate,
    compute_gain_and_error_rate,
)

from pair_protocol import DARK, XI, protocol
from pair_references import pairs_after_loss, photon_number_sum


def h2(p: float) -> float:
    return 0.0 if p in (0.0, 1.0) else -p * math.log2(p) - (1 - p) * math.log2(1 - p)


CASES = [
    # half the mean number of pairs, arms, dark, flipped
    (0.05, 0.1, 0.03, 1e-6, 0.0),
    (0.025, 1e-3, 1e-4, 1e-6, 0.01),
    (0.1, 0.9, 0.5, 1e-3, 0.02),
    (0.3, 1.0, 1.0, 0.0, 0.0),
    (0.3, 1.0, 0.2, 0.05, 0.03),
    (1e-3, 1e-5, 1e-5, 1e-5, 0.0),
    (0.05, 0.0, 0.3, 1e-4, 0.0),
    (0.05, 0.3, 0.3, 1.0, 0.01),
]


@pytest.mark.parametrize("case", CASES)
def test_photon_number_sum(case: tuple[float, ...]) -> None:
    half_mean, eta_a, eta_b, dark, flipped = case
    coincident, error = photon_number_sum(half_mean, eta_a, eta_b, dark, dark, flipped)
    found = protocol(
        mean_pairs_per_window=2 * half_mean,
        dark_probability_per_window=dark,
        misalignment_error=flipped,
    ).rates(eta_a, eta_b)
    assert found.coincidence_rate_hz == pytest.approx(coincident, rel=1e-9)
    assert found.sifted_rate_hz == pytest.approx(coincident / 2, rel=1e-9)
    assert found.qber == pytest.approx(error, rel=1e-9)


def test_photon_number_sum_with_unequal_background() -> None:
    coincident, error = photon_number_sum(0.05, 1e-3, 0.02, 3e-5, 2e-4, 0.01)
    found = protocol(
        mean_pairs_per_window=0.1, dark_probability_per_window=0.0, misalignment_error=0.01
    ).rates(1e-3, 0.02, stray_a=3e-5, stray_b=2e-4)
    assert found.coincidence_rate_hz == pytest.approx(coincident, rel=1e-9)
    assert found.qber == pytest.approx(error, rel=1e-9)


@pytest.mark.parametrize("losses_db", [(20.0, 20.0), (15.0, 35.0), (30.0, 26.0), (0.5, 45.0)])
@pytest.mark.parametrize("misalignment", [0.0, 0.015])
@pytest.mark.parametrize("half_mean", [1e-3, 0.05, 0.3])
def test_tno_unequal_arms(
    losses_db: tuple[float, float], misalignment: float, half_mean: float
) -> None:
    # Their polarisation_drift is for BB84 only; here misalignment is error_detector.
    detector = standard_detector.customise(
        dark_count_rate=DARK,
        error_detector=misalignment,
        polarization_drift=0.0,
        efficiency_party=1.0,
    )
    gain, error = compute_gain_and_error_rate(detector, detector, *losses_db, half_mean)
    eta_a, eta_b = (10 ** (-loss / 10) for loss in losses_db)
    found = protocol(mean_pairs_per_window=2 * half_mean, misalignment_error=misalignment).rates(
        eta_a, eta_b
    )
    assert found.coincidence_rate_hz == pytest.approx(gain, rel=1e-8)
    # Ma, Fung and Lo leave out that a dark count in the other detector of a station turns a
    # bit into a coin's; both stations' two detectors are dark in a share 1 - DARK of windows.
    assert found.qber == pytest.approx(error + DARK * (0.5 - error), rel=2e-7)


@pytest.mark.parametrize("loss_db", [20.0, 40.0, 56.0])
def test_tno_optimum(loss_db: float) -> None:
    # Their rate keeps all bases and corrects at the Shannon limit: twice ours at xi = 1.
    detector = standard_detector.customise(
        dark_count_rate=DARK, error_detector=0.01, polarization_drift=0.0, efficiency_party=1.0
    )
    theirs = BBM92AsymptoticKeyRateEstimate(detector=detector)
    best = minimize_scalar(
        lambda mu: -theirs.compute_rate(mu, loss_db),
        bounds=(1e-3, 0.9),
        method="bounded",
        options={"xatol": 1e-9},
    )
    eta = 10 ** (-loss_db / 20)
    found = protocol(misalignment_error=0.01, error_correction_overhead=1.0).rates(eta, eta)
    assert 2 * found.key_rate_bits_per_s == pytest.approx(-best.fun, rel=3e-5)
    assert found.mean_pairs_per_window == pytest.approx(best.x, rel=1e-3)


def printed(lam: float, ta: float, tb: float, dark: float) -> tuple[float, float]:
    """Return equations (15)-(17), (14), (5) as the paper prints them, p_A p_A as p_A p_B."""
    a = lam * (1 - lam) * ta * tb
    b = 5 * lam**2 * ta * tb * (1 - ta) * (1 - tb)
    c = (
        lam
        * (1 - lam)
        * (ta * (1 - tb) * dark + tb * (1 - ta) * dark + (1 - ta) * (1 - tb) * dark**2)
    )
    c += lam**2 * (
        3 * ta * (1 - ta) * (1 - tb) ** 2 * dark
        + 3 * tb * (1 - tb) * (1 - ta) ** 2 * dark
        + 3 / 2 * (1 - ta) ** 2 * (1 - tb) ** 2 * dark**2
    )
    c += (1 - lam) ** 2 * dark**2 / 2
    fidelity = (a + 5 / 12 * b) / (a + b + c)
    return a + b + c, (1 - (3 * fidelity + 1) / 4) / 2


@pytest.mark.parametrize("arms", [(0.1, 0.03), (1e-3, 1e-4), (1.0, 1e-2), (0.9, 0.9)])
@pytest.mark.parametrize("lam", [1e-3, 0.06, 0.4])
def test_paper_as_printed(arms: tuple[float, float], lam: float) -> None:
    sifted, error = printed(lam, *arms, 1e-5)
    found = protocol(
        model="paper", mean_pairs_per_window=2 * lam, dark_probability_per_window=1e-5
    ).rates(*arms)
    assert found.sifted_rate_hz == pytest.approx(sifted, rel=1e-12)
    assert found.qber == pytest.approx(error, rel=1e-12)
    rate = sifted * max(0.0, 1 - (1 + XI) * h2(error))
    assert found.key_rate_bits_per_s == pytest.approx(rate, rel=1e-9, abs=1e-18)


def test_two_pairs_of_which_one_photon_arrives_on_each_side_are_a_werner_state() -> None:
    # Fidelity 3/4 and error 2(1 - F)/3 = 1/6, with the coherence that equation 12 leaves out.
    state = pairs_after_loss(2)
    target = np.array([0, 1, 1, 0]) / math.sqrt(2)
    assert target @ state @ target == pytest.approx(3 / 4)
    assert np.diag(state) == pytest.approx([1 / 12, 5 / 12, 5 / 12, 1 / 12])
    assert np.diag(np.diag(state)) @ target @ target == pytest.approx(5 / 12)
    assert state[0, 0] + state[3, 3] == pytest.approx(1 / 6)


def test_weak_link_by_hand() -> None:
    # One pair per hundred windows, 30 dB each arm, no background: 2 L eta^2 = 1e-8 and to
    # first order the error is L = 0.005 (two pairs, one photon of each, half of them wrong).
    found = protocol(mean_pairs_per_window=0.01, dark_probability_per_window=0.0).rates(1e-3, 1e-3)
    assert found.coincidence_rate_hz == pytest.approx(1e-8, rel=0.02)
    assert found.qber == pytest.approx(0.005, rel=0.02)


def test_tno_over_400_drawn_settings() -> None:
    rng = np.random.default_rng(92)
    for _ in range(400):
        losses_db, half_mean = rng.uniform(0.5, 35, 2), 10 ** rng.uniform(-3, -0.5)
        dark, flipped = 10 ** rng.uniform(-7, -3), rng.uniform(0, 0.1)
        detector = standard_detector.customise(
            dark_count_rate=dark,
            error_detector=flipped,
            polarization_drift=0.0,
            efficiency_party=1.0,
        )
        gain, error = compute_gain_and_error_rate(detector, detector, *losses_db, half_mean)
        found = protocol(
            mean_pairs_per_window=2 * half_mean,
            dark_probability_per_window=dark,
            misalignment_error=flipped,
        ).rates(*10 ** (-losses_db / 10))
        assert found.coincidence_rate_hz == pytest.approx(gain, rel=1e-6)
        # As above, a dark count in the other detector of a station makes a coin of a bit.
        assert found.qber == pytest.approx(error + dark * (0.5 - error), abs=1e-6, rel=1e-6)
