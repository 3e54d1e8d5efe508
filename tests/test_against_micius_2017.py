"""The budget against the loss that was measured from Micius to Xinglong in 2017.

Seven 25 km bins of the published experiment (digitised) and the one that deviates most,
without the detector. Range and elevation are those of passes of the real orbit over
Xinglong. Nothing in the model is fitted to the measurement.
"""

from __future__ import annotations

import numpy as np
import pytest

from physics_scenarios import scenario
from qkdopt.physics.link import DownlinkBudget
from qkdopt.physics.orbit import Access

RANGE_KM = np.array([645.0, 720.0, 795.0, 895.0, 970.0, 995.0, 1095.0, 1195.0])
MEASURED_DB = np.array([30.06, 31.48, 31.27, 32.26, 32.90, 34.19, 36.11, 39.03])
XINGLONG = {"name": "Xinglong", "lat_deg": 40.39587, "lon_deg": 117.57746, "alt_m": 893}


@pytest.fixture(scope="module")
def modelled_db() -> np.ndarray:
    found = scenario(
        horizon={"start_utc": "2016-09-17T00:00:00Z", "duration_days": 14}, station=[XINGLONG]
    )
    access, budget = Access(found), DownlinkBudget.of(found)
    blocks = [access.samples(block) for block in access.blocks()]
    range_m = np.concatenate([samples.range_m for samples in blocks])
    elevation = np.concatenate([samples.elevation_rad for samples in blocks])
    loss_db = -10 * np.log10(budget.channel_transmittance(range_m, elevation))
    # Each bin's middle: within 3 km the loss changes by 0.05 dB.
    return np.array([loss_db[np.abs(range_m - 1e3 * km) < 3e3].mean() for km in RANGE_KM])


def test_ends_of_the_measured_pass(modelled_db: np.ndarray) -> None:
    assert modelled_db[0] == pytest.approx(30.1, abs=0.05)
    assert modelled_db[-1] == pytest.approx(39.0, abs=0.05)
    assert abs(modelled_db[0] - MEASURED_DB[0]) < 0.1
    assert abs(modelled_db[-1] - MEASURED_DB[-1]) < 0.1


def test_never_too_bright_and_at_most_2_7_db_too_dim(modelled_db: np.ndarray) -> None:
    excess = modelled_db - MEASURED_DB
    assert excess.min() > -0.05
    assert 2.5 < excess.max() < 2.7


def test_full_angle_reading_would_be_6_db_too_bright() -> None:
    half = DownlinkBudget.of(scenario())
    full = DownlinkBudget.of(scenario(optics={"divergence_half_angle_urad": 5}))
    range_m, elevation = np.array([645e3]), np.array([0.85])
    gain = full.channel_transmittance(range_m, elevation) / half.channel_transmittance(
        range_m, elevation
    )
    assert 10 * np.log10(gain[0]) == pytest.approx(6.0, abs=0.1)
