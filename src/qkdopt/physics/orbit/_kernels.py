"""Compiled geometry on bare numbers: SI units, radians, Julian dates as day and fraction.

Frames: TEME, in which SGP4 works, and Earth-fixed: TEME turned by Greenwich sidereal time.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from qkdopt.arrays import Bools, Floats, Integers
from qkdopt.compiled import kernel, kernel_part
from qkdopt.constants import (
    ASTRONOMICAL_UNIT_M,
    EARTH_ROTATION_RAD_PER_S,
    JULIAN_DATE_J2000,
    SECONDS_PER_DAY,
    SUN_RADIUS_M,
    TT_MINUS_UTC_S,
    WGS84_EQUATORIAL_RADIUS_M,
)

__all__ = [
    "ANY_NIGHT",
    "STATION_NIGHT",
    "UMBRA",
    "AccessLimits",
    "accessible",
    "inside_umbra",
    "interpolate",
    "look",
    "may_be_accessible",
    "sidereal",
    "sun",
]

STATION_NIGHT, ANY_NIGHT, UMBRA = 1, 2, 4


class AccessLimits(NamedTuple):
    """Least elevation and highest Sun [rad], and which of the rules above hold, added up."""

    minimum_elevation: float
    sun_below: float
    rules: int


_TURN = 2.0 * math.pi
_DAYS_PER_CENTURY = 36525.0

# Largest angle between the geodetic vertical and the direction from the Earth's centre is
# 0.00336 rad for WGS-84 at sea level; less above.
_VERTICAL_SLACK_RAD = 0.0034
# Gravity falls from 9.83 m/s^2 at the pole; every acceleration of a satellite is below this.
_LARGEST_ACCELERATION = 10.0
# SGP4's velocity is the derivative of its position to about 1e-4; one part in a hundred is
# added to be safe.
_SPEED_MARGIN = 1.01
# No satellite comes nearer to the centre; keeps the bound finite for absurd steps.
_LEAST_RADIUS_M = 3e6
# The Sun's elevation changes with the Earth's rotation and 1/365 of it.
_SUN_RATE_RAD_PER_S = 7.4e-5


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


@kernel_part
def _turned(x: float, y: float, angle: float) -> tuple[float, float]:
    """Return the equatorial components of a vector in a frame turned by ``angle``."""
    c, s = math.cos(angle), math.sin(angle)
    return c * x + s * y, c * y - s * x


@kernel_part
def _along(axis: Floats, x: float, y: float, z: float) -> float:
    """Return the component of a vector along a unit vector, shape ``(3,)``."""
    component: float = axis[0] * x + axis[1] * y + axis[2] * z
    return component


@kernel_part
def _any_dark(axes: Floats, sx: float, sy: float, sz: float, sine: float) -> bool:
    """Return whether the Sun is below the angle of that sine for any station."""
    dark = False
    for n in range(axes.shape[0]):
        dark |= _along(axes[n, 2], sx, sy, sz) < sine
    return dark


@kernel
def accessible(
    position_teme_m: Floats,
    day: float,
    fractions: Floats,
    ut1_minus_utc_s: float,
    stations: Floats,
    axes: Floats,
    limits: AccessLimits,
) -> tuple[Integers, Integers, Floats, Floats]:
    """Return sample, station, elevation [rad] and range [m] where every rule is fulfilled.

    Shapes: positions ``(T, 3)``, fractions ``(T,)``, stations ``(N, 3)``, axes ``(N, 3, 3)``;
    results ``(S,)``, samples in order of time and within one sample in order of stations.
    """
    most = position_teme_m.shape[0] * stations.shape[0]
    samples, places = np.empty(most, np.int64), np.empty(most, np.int64)
    elevations, ranges = np.empty(most), np.empty(most)
    sine = math.sin(limits.sun_below)
    k = 0
    for t in range(position_teme_m.shape[0]):
        x, y, z = position_teme_m[t, 0], position_teme_m[t, 1], position_teme_m[t, 2]
        sx, sy, sz, distance = sun(day, fractions[t])
        if limits.rules & UMBRA and not inside_umbra(x, y, z, sx, sy, sz, distance):
            continue
        angle = sidereal(day, fractions[t] + ut1_minus_utc_s / SECONDS_PER_DAY)
        x, y = _turned(x, y, angle)
        sx, sy = _turned(sx, sy, angle)
        if limits.rules & ANY_NIGHT and not _any_dark(axes, sx, sy, sz, sine):
            continue
        for n in range(stations.shape[0]):
            if limits.rules & STATION_NIGHT and not _along(axes[n, 2], sx, sy, sz) < sine:
                continue
            elevation, _, distance = look(x, y, z, stations[n], axes[n])
            if elevation >= limits.minimum_elevation:
                samples[k], places[k], elevations[k], ranges[k] = t, n, elevation, distance
                k += 1
    # Copies, so that the large arrays above are freed.
    return samples[:k].copy(), places[:k].copy(), elevations[:k].copy(), ranges[:k].copy()


@kernel_part
def _motion(position_m: Floats, velocity_m_per_s: Floats, h: float) -> tuple[float, float, float]:
    """Return the radius [m], and bounds on its change and on the angle turned within ``h``."""
    x, y, z = position_m[0], position_m[1], position_m[2]
    vx, vy, vz = velocity_m_per_s[0], velocity_m_per_s[1], velocity_m_per_s[2]
    r = math.sqrt(x * x + y * y + z * z)
    speed = _SPEED_MARGIN * math.sqrt(vx * vx + vy * vy + vz * vz)
    climb = _SPEED_MARGIN * abs(x * vx + y * vy + z * vz) / r + 0.001 * speed
    change = (climb + 0.5 * _LARGEST_ACCELERATION * h) * h
    turn = (speed + _LARGEST_ACCELERATION * h) * h / max(r - change, _LEAST_RADIUS_M)
    return r, change, turn


@kernel
def may_be_accessible(
    position_teme_m: Floats,
    velocity_teme_m_per_s: Floats,
    day: float,
    fractions: Floats,
    half_step_s: float,
    stations: Floats,
    axes: Floats,
    limits: AccessLimits,
) -> Bools:
    """Say for each coarse step whether any link might be accessible at some instant in it.

    Never False when it is: positions are those of the steps' middles, and everything that
    can change within half a step ``h`` is bounded from above.

    - Radial: ``|r''| <= 10 m/s^2``, so ``r`` stays within ``|r'| h + 5 h^2`` of the middle.
    - Angular: the speed is at most ``|v| + 10 h``, the direction turns by at most that over
      the least radius; the Earth adds its rotation, which also covers UT1 - UTC <= 0.9 s.
    - A satellite at radius ``r`` is above geocentric elevation ``e`` of a station at
      radius ``R`` only within the central angle ``acos(R cos(e)/r) - e`` of it, which grows
      with ``r``; geodetic and geocentric elevation differ by less than 0.0034 rad.
    - The umbra lies within the cylinder of shadow, ``asin(R/r)`` from the point opposite the
      Sun.
    """
    radii = np.empty(stations.shape[0])
    for n in range(radii.size):
        radii[n] = math.sqrt(_along(stations[n], stations[n, 0], stations[n, 1], stations[n, 2]))
    lowest = limits.minimum_elevation - _VERTICAL_SLACK_RAD
    rotation = EARTH_ROTATION_RAD_PER_S * (half_step_s + 1.0)
    highest = limits.sun_below + _SUN_RATE_RAD_PER_S * (half_step_s + 1.0)
    sine = math.sin(min(highest, 0.5 * math.pi))
    result = np.zeros(position_teme_m.shape[0], np.bool_)
    for t in range(position_teme_m.shape[0]):
        r, change, turn = _motion(position_teme_m[t], velocity_teme_m_per_s[t], half_step_s)
        x, y, z = position_teme_m[t, 0] / r, position_teme_m[t, 1] / r, position_teme_m[t, 2] / r
        sx, sy, sz, _ = sun(day, fractions[t])
        if limits.rules & UMBRA:
            least_r = max(r - change, _LEAST_RADIUS_M)
            shadow = math.asin(min(WGS84_EQUATORIAL_RADIUS_M / least_r, 1.0))
            if -(x * sx + y * sy + z * sz) < math.cos(min(shadow + turn + 0.001, math.pi)):
                continue
        angle = sidereal(day, fractions[t])
        x, y = _turned(x, y, angle)
        sx, sy = _turned(sx, sy, angle)
        if limits.rules & ANY_NIGHT and not _any_dark(axes, sx, sy, sz, sine):
            continue
        for n in range(stations.shape[0]):
            if limits.rules & STATION_NIGHT and not _along(axes[n, 2], sx, sy, sz) < sine:
                continue
            reach = math.acos(min(radii[n] * math.cos(lowest) / (r + change), 1.0)) - lowest
            widest = min(reach + turn + rotation, math.pi)
            result[t] |= _along(stations[n], x, y, z) >= radii[n] * math.cos(widest)
    return result
