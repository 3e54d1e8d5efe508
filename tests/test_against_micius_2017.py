"""The budget against the loss that was measured from Micius to Xinglong in 2017.

All 25 km bins of the published experiment (digitised), without the detector. Range and elevation
are those of passes of the real orbit over Xinglong. Nothing in the model is fitted to the
measurement, and none of it is left out: ``benchmarks/accuracy.py`` prints the same figures.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from physics_scenarios import scenario
from qkdopt.physics import load_scenario
from qkdopt.physics.link import DownlinkBudget

BINS = 23


@pytest.fixture(scope="module")
def accuracy() -> ModuleType:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(Path(__file__).parents[1] / "benchmarks")
        return importlib.import_module("accuracy")


@pytest.fixture(scope="module")
def excess_db(accuracy: ModuleType) -> np.ndarray:
    """Modelled less measured loss by bin: positive where the model is too dim."""
    ranges_km = list(accuracy.MEASURED_2017)
    found = accuracy.losses_over_xinglong(load_scenario("micius-china-2016"), ranges_km)
    return found - np.array(list(accuracy.MEASURED_2017.values()))


def test_all_bins_of_the_measured_link(accuracy: ModuleType, excess_db: np.ndarray) -> None:
    assert list(accuracy.MEASURED_2017) == list(range(645, 1220, 25))
    assert excess_db.size == BINS
    assert excess_db.mean() == pytest.approx(1.23, abs=0.01)
    assert np.sqrt(np.mean(excess_db**2)) == pytest.approx(1.49, abs=0.01)
    assert excess_db.std() == pytest.approx(0.83, abs=0.01)


def test_ends_of_the_measured_pass_agree_and_the_middle_does_not(excess_db: np.ndarray) -> None:
    assert abs(excess_db[0]) < 0.1
    assert abs(excess_db[-1]) < 0.1
    # From 770 to 1,095 km the measured loss stays flat; the model is 1.0 to 2.7 dB too dim.
    assert np.all(excess_db[5:19] > 1.0)


def test_never_too_bright_and_at_most_2_7_db_too_dim(excess_db: np.ndarray) -> None:
    assert excess_db.min() > -0.05
    assert 2.5 < excess_db.max() < 2.7


def test_full_angle_reading_would_be_6_db_too_bright() -> None:
    half = DownlinkBudget.of(scenario())
    full = DownlinkBudget.of(scenario(optics={"divergence_half_angle_urad": 5}))
    range_m, elevation = np.array([645e3]), np.array([0.85])
    gain = full.channel_transmittance(range_m, elevation) / half.channel_transmittance(
        range_m, elevation
    )
    assert 10 * np.log10(gain[0]) == pytest.approx(6.0, abs=0.1)
