"""Compiled geometry on bare numbers: SI units, radians, Julian dates as day and fraction.

Frames: TEME, in which SGP4 works, and Earth-fixed: TEME turned by Greenwich sidereal time.
"""

import math

import numpy as np

from qkdopt.arrays import Floats
from qkdopt.compiled import kernel
from qkdopt.constants import (
    ASTRONOMICAL_UNIT_M,
    JULIAN_DATE_J2000,
    SECONDS_PER_DAY,
    SUN_RADIUS_M,
    TT_MINUS_UTC_S,
    WGS84_EQUATORIAL_RADIUS_M,
)

_TURN = 2.0 * math.pi
_DAYS_PER_CENTURY = 36525.0


@kernel
def sidereal(day: float, fraction_ut1: float) -> float:
    """Return Greenwich mean sidereal time [rad], IAU 1982, at a Julian date in UT1."""
    centuries = ((day - JULIAN_DATE_J2000) + fraction_ut1) / _DAYS_PER_CENTURY
    # Aoki et al. 1982, as in the function gstime of Vallado's SGP4: seconds of time, with
    # the whole turns (876,600 h a century) taken from the day's fraction to keep digits.
    seconds = 67310.54841 + centuries * (
        8640184.812866 + centuries * (0.093104 - centuries * 6.2e-6)
    )
    turns = (day - JULIAN_DATE_J2000) % 1.0 + fraction_ut1 + seconds / SECONDS_PER_DAY
    return (turns % 1.0) * _TURN


@kernel
def sun(day: float, fraction_utc: float) -> tuple[float, float, float, float]:
    """Return the Sun's apparent direction in TEME (unit vector) and its distance [m].

    Meeus, Astronomical Algorithms, chapter 24 (lower accuracy, 0.01 deg), with aberration
    and without nutation, which TEME's mean equinox does not have.
    """
    t = ((day - JULIAN_DATE_J2000) + (fraction_utc + TT_MINUS_UTC_S / SECONDS_PER_DAY)) / (
        _DAYS_PER_CENTURY
    )
    anomaly = math.radians((357.52910 + 35999.05030 * t - 0.0001559 * t * t) % 360.0)
    centre = (
        (1.914600 - 0.004817 * t) * math.sin(anomaly)
        + (0.019993 - 0.000101 * t) * math.sin(2.0 * anomaly)
        + 0.000290 * math.sin(3.0 * anomaly)
    )
    mean_longitude = 280.46645 + 36000.76983 * t + 0.0003032 * t * t
    aberration = -0.00569
    longitude = math.radians((mean_longitude + centre + aberration) % 360.0)
    obliquity = math.radians(23.439291 - 0.0130042 * t)
    eccentricity = 0.016708617 - 0.000042037 * t
    true_anomaly = anomaly + math.radians(centre)
    distance_au = (
        1.000001018
        * (1.0 - eccentricity * eccentricity)
        / (1.0 + eccentricity * math.cos(true_anomaly))
    )
    return (
        math.cos(longitude),
        math.cos(obliquity) * math.sin(longitude),
        math.sin(obliquity) * math.sin(longitude),
        distance_au * ASTRONOMICAL_UNIT_M,
    )


@kernel
def interpolate(position_m: Floats, velocity_m_per_s: Floats, step_s: int, count: int) -> Floats:
    """Return positions at each second from nodes ``step_s`` apart (cubic Hermite).

    Shapes: nodes ``(M, 3)`` with ``(M - 1) step_s >= count``, result ``(count, 3)``. The error
    is at most ``step_s^4 / 384`` times the fourth derivative of the position.
    """
    result = np.empty((count, 3))
    for t in range(count):
        node, u = t // step_s, (t % step_s) / step_s
        v = 1.0 - u
        for axis in range(3):
            pull = v * velocity_m_per_s[node, axis] - u * velocity_m_per_s[node + 1, axis]
            result[t, axis] = (
                v * v * (1.0 + 2.0 * u) * position_m[node, axis]
                + u * u * (1.0 + 2.0 * v) * position_m[node + 1, axis]
                + u * v * step_s * pull
            )
    return result


@kernel
def inside_umbra(
    x: float, y: float, z: float, sx: float, sy: float, sz: float, sun_distance_m: float
) -> bool:
    """Return whether a position [m] lies in the umbra: a cone behind a spherical Earth.

    The cone touches the Sun's and the Earth's limb; the air neither bends nor dims.
    """
    behind = -(x * sx + y * sy + z * sz)
    if behind <= 0.0:
        return False
    across = math.sqrt(max(x * x + y * y + z * z - behind * behind, 0.0))
    sine = (SUN_RADIUS_M - WGS84_EQUATORIAL_RADIUS_M) / sun_distance_m
    cosine = math.sqrt(1.0 - sine * sine)
    return across < (WGS84_EQUATORIAL_RADIUS_M - behind * sine) / cosine


@kernel
def look(x: float, y: float, z: float, station: Floats, axes: Floats) -> tuple[float, float, float]:
    """Return elevation, azimuth (from north over east, 0 to 2 pi) [rad] and range [m].

    ``station`` is Earth-fixed, shape ``(3,)``; ``axes`` are its east, north and up, ``(3, 3)``.
    """
    dx, dy, dz = x - station[0], y - station[1], z - station[2]
    east = axes[0, 0] * dx + axes[0, 1] * dy + axes[0, 2] * dz
    north = axes[1, 0] * dx + axes[1, 1] * dy + axes[1, 2] * dz
    up = axes[2, 0] * dx + axes[2, 1] * dy + axes[2, 2] * dz
    horizontal = math.sqrt(east * east + north * north)
    elevation = math.atan2(up, horizontal)  # accurate at the zenith too
    azimuth = math.atan2(east, north) % _TURN
    return elevation, azimuth, math.sqrt(horizontal * horizontal + up * up)
