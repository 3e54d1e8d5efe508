"""Decoy-state BB84 against TNO's published key-rate package.

TNO's detectors click ``1 - (1 - p)^2 exp(-eta mu)``, count the vacuum term, correct errors at
the Shannon limit and keep all bases; its BB84 takes misalignment as a polarisation drift
with ``e_d = sin^2(drift)``. The two models differ by double clicks: of the order of the gain.
"""

from __future__ import annotations

import importlib
import math
from types import ModuleType

import numpy as np
import pytest

from qkdopt.physics.protocols import DecoyBB84
from qkdopt.physics.protocols.decoy_bb84 import error_rate, gain

MU, NU, DARK, MISALIGNMENT = 0.5, 0.08, 5e-8, 0.015
LOSSES_DB = (25.0, 30.0, 35.0, 40.0, 45.0)
# Two detectors with the dark count probability DARK each.
Y0 = 2 * DARK - DARK**2


@pytest.fixture(scope="module")
def tno() -> ModuleType:
    """Return their package, which takes seconds to load: only a worker that needs it does."""
    package = "tno.quantum.communication.qkd_key_rate.quantum"
    importlib.import_module(f"{package}.bb84")
    return importlib.import_module(package)


def detector(tno: ModuleType) -> object:
    return tno.standard_detector.customise(
        dark_count_rate=DARK,
        polarization_drift=math.asin(math.sqrt(MISALIGNMENT)),
        error_detector=0.0,
        efficiency_party=1.0,
    )


def ours() -> DecoyBB84:
    return DecoyBB84(
        pulse_rate_hz=1.0,
        signal_intensity=MU,
        decoy_intensity=NU,
        signal_share=1.0,
        sifting_factor=1.0,
        error_correction_efficiency=1.0,
        misalignment_error=MISALIGNMENT,
        background_yield=Y0,
    )


@pytest.mark.parametrize("loss_db", LOSSES_DB)
@pytest.mark.parametrize("intensity", [MU, NU])
def test_gain_and_error_rate(tno: ModuleType, loss_db: float, intensity: float) -> None:
    eta = np.array([10 ** (-loss_db / 10)])
    theirs_gain, theirs_error = tno.bb84.compute_gain_and_error_rate(
        detector(tno), intensity, loss_db
    )
    assert gain(eta, intensity, Y0) == pytest.approx(theirs_gain, rel=1e-6)
    own_error = error_rate(eta, intensity, Y0, MISALIGNMENT)
    assert own_error == pytest.approx(theirs_error, rel=2e-3)


@pytest.mark.parametrize("loss_db", LOSSES_DB)
def test_bound_below_linear_programme_below_infinite_decoys(
    tno: ModuleType, loss_db: float
) -> None:
    eta = np.array([10 ** (-loss_db / 10)])
    vacuum_term = math.exp(-MU) * Y0
    infinite = float(
        tno.bb84.BB84FullyAsymptoticKeyRateEstimate(detector=detector(tno)).compute_rate(
            MU, loss_db
        )
    )
    own_infinite = ours().infinite_decoy_key_rate_per_pulse(eta)[0] + vacuum_term
    assert own_infinite == pytest.approx(infinite, rel=5e-3)
    bound = ours().key_rate_per_pulse(eta)[0]
    assert 0 < bound <= infinite
    programme = tno.bb84.BB84AsymptoticKeyRateEstimate(detector=detector(tno), number_of_decoy=2)
    three_intensities = programme.compute_rate(np.array([MU, NU, 0.0]), loss_db)
    # Their programme uses the same three intensities and every photon number: it may only
    # be tighter (its solver is good to about 1e-7 of a pulse).
    assert bound <= three_intensities + vacuum_term + 3e-7
