"""The closed-form decoy bound against a linear programme over photon numbers, and TNO's.

``pytest -m slow tests/test_decoy_bound.py -rP`` prints what single clicks make of double ones.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import pytest
from tno.quantum.communication.qkd_key_rate.quantum import standard_detector
from tno.quantum.communication.qkd_key_rate.quantum.bb84 import (
    BB84AsymptoticKeyRateEstimate,
    BB84FullyAsymptoticKeyRateEstimate,
    OptimizationError,
)

import decoy_programme as programme
from qkdopt.physics.protocols import DecoyBB84
from qkdopt.physics.protocols.decoy_bb84 import error_rate, gain, single_photon_yield_bound

CASES = 400
TOLERANCE = 1e-6  # of a click: the programme's solver


class Case(NamedTuple):
    loss_db: float
    signal: float
    decoy: float
    misalignment: float
    dark: float

    @property
    def intensities(self):
        return np.array([self.signal, self.decoy, 0.0])

    @property
    def eta(self):
        return np.array([10 ** (-self.loss_db / 10)])

    @property
    def background(self):
        return 2 * self.dark - self.dark**2

    @property
    def protocol(self):
        return DecoyBB84(
            pulse_rate_hz=1.0,
            signal_intensity=self.signal,
            decoy_intensity=self.decoy,
            signal_share=1.0,
            sifting_factor=1.0,
            error_correction_efficiency=1.0,
            misalignment_error=self.misalignment,
            background_yield=self.background,
        )

    @property
    def detector(self):
        return standard_detector.customise(
            dark_count_rate=self.dark,
            polarization_drift=math.asin(math.sqrt(self.misalignment)),
            error_detector=0.0,
            efficiency_party=1.0,
        )

    @property
    def counted(self):
        """Gains and wrong clicks of all intensities by our model, without double clicks."""
        gains = np.array([gain(self.eta, mu, self.background)[0] for mu in self.intensities])
        errors = [
            error_rate(self.eta, mu, self.background, self.misalignment)[0]
            for mu in self.intensities
        ]
        return gains, gains * errors

    @property
    def counted_with_double_clicks(self):
        photons = self.intensities * self.eta
        return programme.with_double_clicks(photons, self.misalignment, self.dark)

    @property
    def rate(self):
        return self.protocol.key_rate_per_pulse(self.eta)[0]


def cases(count, least_db=1.0, seed=19):
    rng = np.random.default_rng(seed)
    for _ in range(count):
        signal = rng.uniform(0.2, 0.9)
        yield Case(
            loss_db=rng.uniform(least_db, 45),
            signal=signal,
            decoy=signal * rng.uniform(0.05, 0.6),
            misalignment=rng.uniform(0, 0.05),
            dark=10 ** rng.uniform(-8, -4),
        )


def excess_per_click(case, counted):
    """Return by how much our rate is above the programme's, in bits per click."""
    gains, wrong = counted
    best = programme.key_rate(case.intensities, gains, wrong)
    return (case.rate - max(best, 0.0)) / gains[0]


def test_the_programme_by_hand():
    # Without background each photon clicks with eta: Y_1 = eta, e_1 Y_1 = e_d eta fit what is
    # counted, so the bounds must be on either side of them, within a few percent at nu << mu.
    case = Case(loss_db=20.0, signal=0.5, decoy=0.01, misalignment=0.02, dark=0.0)
    least, most = programme.single_photon_bounds(case.intensities, *case.counted)
    assert 0.97e-2 < least <= 1e-2
    assert 2e-4 <= most < 2.06e-4


@pytest.mark.parametrize("case", [*cases(25)], ids=lambda case: f"{case.loss_db:.0f} dB")
def test_the_closed_form_is_never_above_the_programme(case):
    least, _ = programme.single_photon_bounds(case.intensities, *case.counted)
    own = single_photon_yield_bound(case.eta, case.signal, case.decoy, case.background)[0]
    gains = case.counted[0]
    assert own <= least + TOLERANCE * gains[0]
    assert excess_per_click(case, case.counted) <= TOLERANCE


@pytest.mark.slow
def test_400_drawn_cases_with_and_without_double_clicks():
    """Print by loss how far single clicks are above the programme that knows double ones."""
    worst = {}
    for case in cases(CASES):
        assert excess_per_click(case, case.counted) <= TOLERANCE, case
        excess = excess_per_click(case, case.counted_with_double_clicks)
        band = next(edge for edge in (3, 6, 12, 20, 45) if case.loss_db <= edge)
        worst[band] = max(worst.get(band, 0.0), excess)
    for band, excess in sorted(worst.items()):
        print(f"up to {band:2} dB: at most {excess:.1e} bits per click too many")
    assert worst[12] < 2e-3
    assert worst[20] < 1e-5
    assert worst[45] < 2e-6


@pytest.mark.slow
def test_400_drawn_cases_of_tno():
    """Print how many of theirs their programme's solver finds."""
    solved = 0
    for case in cases(CASES, least_db=15.0, seed=400):
        gains, _ = case.counted
        infinite = BB84FullyAsymptoticKeyRateEstimate(detector=case.detector)
        theirs = float(infinite.compute_rate(case.signal, case.loss_db))
        # Theirs counts the vacuum's share, too, which nobody knows.
        vacuum = math.exp(-case.signal) * case.background
        own = case.protocol.infinite_decoy_key_rate_per_pulse(case.eta)[0] + vacuum
        assert own == pytest.approx(max(theirs, vacuum), rel=0.02, abs=1e-3 * gains[0]), case
        assert case.rate <= max(theirs, 0.0) + 1e-4 * gains[0], case
        three = BB84AsymptoticKeyRateEstimate(detector=case.detector, number_of_decoy=2)
        try:
            tight = three.compute_rate(case.intensities, case.loss_db)
        except OptimizationError:  # their rounding leaves no yields that fit what is counted
            continue
        solved += 1
        assert case.rate <= max(tight, 0.0) + vacuum + 3e-7, case
    print(f"TNO's programme solves {solved} of {CASES}; our bound is above none")
    assert solved > CASES // 2
