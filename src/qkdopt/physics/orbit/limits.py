"""What each station allows, as the kernels of access times take it."""

import numpy as np

from qkdopt.arrays import Floats
from qkdopt.physics.orbit import _access_kernels
from qkdopt.physics.scenario import Scenario, Visibility

_TURN_DEG = 360.0
_RULES = {
    "station-night": _access_kernels.STATION_NIGHT,
    "any-night": _access_kernels.ANY_NIGHT,
    "umbra": _access_kernels.UMBRA,
    "none": 0,
}


def access_limits(scenario: Scenario) -> _access_kernels.AccessLimits:
    """Return elevation masks, ranges and darkness of every station of a scenario."""
    own = [scenario.at(station).visibility for station in scenario.stations]
    masks = [_mask_rad(item) for item in own]
    azimuth, elevation = np.concatenate(masks, axis=1)
    nearest, farthest = np.array([item.range_limits_m for item in own]).T
    return _access_kernels.AccessLimits(
        np.array([item.least_elevation_rad for item in own]),
        np.array([item.station_sun_below_rad for item in own]),
        np.array([sum(_RULES[rule] for rule in item.darkness) for item in own], dtype=np.int64),
        np.ascontiguousarray(nearest),
        np.ascontiguousarray(farthest),
        np.cumsum([0, *(mask.shape[1] for mask in masks)], dtype=np.int64),
        np.ascontiguousarray(azimuth),
        np.ascontiguousarray(elevation),
    )


def _mask_rad(visibility: Visibility) -> Floats:
    """Return azimuth and elevation [rad] of a mask's points, shape ``(2, M)``; none: a number.

    The last point stands once more before north, the first once more after it.
    """
    points = visibility.mask_deg
    if not points:
        return np.zeros((2, 0))
    first, last = points[0], points[-1]
    around = [(last[0] - _TURN_DEG, last[1]), *points, (first[0] + _TURN_DEG, first[1])]
    return np.radians(np.array(around, dtype=np.float64)).T
