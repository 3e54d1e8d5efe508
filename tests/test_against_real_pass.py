"""The pass of 2016-12-19 over Xinglong, whose least range the experiment reports as 645 km.

Liao et al., "Satellite-to-ground quantum key distribution", Nature 549, 43 (2017): on that
night the distance fell to 645 km. Elements: public two-line set of Micius (QSS, 2016-051A),
epoch 2016-12-19 13:39 UTC, three hours before the pass.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime

import pytest

from physics_scenarios import scenario
from qkdopt.physics import passes

TLE = """
1 41731U 16051A   16354.56913372  .00000384  00000-0  18801-4 0  9991
2 41731  97.3698 268.1064 0013349 175.8929 309.0190 15.23916091 19164
"""
XINGLONG = {"name": "Xinglong", "lat_deg": 40.39587, "lon_deg": 117.57746, "alt_m": 893}


def test_least_range_over_xinglong() -> None:
    found = scenario(
        horizon={"start_utc": "2016-12-19T00:00:00Z", "duration_days": 1},
        satellite=[{"name": "Micius", "tle": TLE}],
        station=[XINGLONG],
    )
    (only,) = passes(found)
    assert only.minimum_range_m == pytest.approx(645e3, abs=1e3)
    assert datetime(2016, 12, 19, 16, 48, tzinfo=UTC) < only.start_utc
    assert only.end_utc < datetime(2016, 12, 19, 16, 56, tzinfo=UTC)
    assert math.degrees(only.maximum_elevation_rad) == pytest.approx(47.8, abs=0.1)
