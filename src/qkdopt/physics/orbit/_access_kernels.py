"""Compiled search for access: where and when a satellite is above every limit of a station.

Bare numbers in SI units and radians; frames as in :mod:`qkdopt.physics.orbit._kernels`.
"""

import math
from typing import NamedTuple

import numpy as np

from qkdopt.arrays import Bools, Floats, Integers
from qkdopt.compiled import kernel, kernel_part
from qkdopt.constants import EARTH_ROTATION_RAD_PER_S, SECONDS_PER_DAY, WGS84_EQUATORIAL_RADIUS_M
from qkdopt.physics.orbit._kernels import inside_umbra, look, sidereal, sun

STATION_NIGHT, ANY_NIGHT, UMBRA = 1, 2, 4


class AccessLimits(NamedTuple):
    """What holds at each of ``N`` stations; angles in rad, lengths in m.

    Least elevation in whatever direction, highest Sun, which of the rules above hold (added up),
    least and greatest range; shape ``(N,)``. Points ``mask_start[n]`` to ``mask_start[n + 1]``
    are the mask of elevation over azimuth, from 0 or below to 2 pi or above; none where the least
    elevation is all. Shapes ``(N + 1,)``, ``(M,)``, ``(M,)``.
    """

    least_elevation: Floats
    sun_below: Floats
    rules: Integers
    nearest: Floats
    farthest: Floats
    mask_start: Integers
    mask_azimuth: Floats
    mask_elevation: Floats


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
def _any_dark(axes: Floats, sx: float, sy: float, sz: float, sines: Floats) -> bool:
    """Return whether the Sun is below the angle of its own sine for any station."""
    dark = False
    for n in range(axes.shape[0]):
        dark |= _along(axes[n, 2], sx, sy, sz) < sines[n]
    return dark


@kernel_part
def _common(rules: Integers) -> int:
    """Return the rules that hold at every station."""
    common = STATION_NIGHT | ANY_NIGHT | UMBRA
    for n in range(rules.size):
        common &= rules[n]
    return common


@kernel_part
def _some(rules: Integers) -> int:
    """Return the rules that hold at some station."""
    some = 0
    for n in range(rules.size):
        some |= rules[n]
    return some


@kernel_part
def _above_mask(elevation: float, azimuth: float, n: int, limits: AccessLimits) -> bool:
    """Return whether a direction is above a station's mask, linear between its points."""
    low, high = limits.mask_start[n], limits.mask_start[n + 1] - 1
    while high - low > 1:
        middle = (low + high) // 2
        if limits.mask_azimuth[middle] <= azimuth:
            low = middle
        else:
            high = middle
    before, after = limits.mask_elevation[low], limits.mask_elevation[high]
    width = limits.mask_azimuth[high] - limits.mask_azimuth[low]
    share = (azimuth - limits.mask_azimuth[low]) / width
    above: bool = elevation >= before + share * (after - before)
    return above


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
    sines, k = np.sin(limits.sun_below), 0
    common, some = _common(limits.rules), _some(limits.rules)
    for t in range(position_teme_m.shape[0]):
        x, y, z = position_teme_m[t, 0], position_teme_m[t, 1], position_teme_m[t, 2]
        sx, sy, sz, distance = sun(day, fractions[t])
        kept = 0  # of the rules for all stations together, those that are fulfilled
        if some & UMBRA and inside_umbra(x, y, z, sx, sy, sz, distance):
            kept |= UMBRA
        if common & UMBRA & ~kept:
            continue
        angle = sidereal(day, fractions[t] + ut1_minus_utc_s / SECONDS_PER_DAY)
        x, y = _turned(x, y, angle)
        sx, sy = _turned(sx, sy, angle)
        if some & ANY_NIGHT and _any_dark(axes, sx, sy, sz, sines):
            kept |= ANY_NIGHT
        if common & ANY_NIGHT & ~kept:
            continue
        for n in range(stations.shape[0]):
            missed = limits.rules[n] & ~kept
            if missed & (UMBRA | ANY_NIGHT):
                continue
            if missed & STATION_NIGHT and not _along(axes[n, 2], sx, sy, sz) < sines[n]:
                continue
            elevation, _, distance = look(x, y, z, stations[n], axes[n])
            if not elevation >= limits.least_elevation[n]:
                continue
            if not limits.nearest[n] <= distance <= limits.farthest[n]:
                continue
            if limits.mask_start[n] < limits.mask_start[n + 1]:
                # The azimuth is an arc tangent, which most stations need not compute.
                _, azimuth, _ = look(x, y, z, stations[n], axes[n])
                if not _above_mask(elevation, azimuth, n, limits):
                    continue
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
    lowest = limits.least_elevation - _VERTICAL_SLACK_RAD
    rotation = EARTH_ROTATION_RAD_PER_S * (half_step_s + 1.0)
    highest = limits.sun_below + _SUN_RATE_RAD_PER_S * (half_step_s + 1.0)
    sines = np.sin(np.minimum(highest, 0.5 * math.pi))
    common, some = _common(limits.rules), _some(limits.rules)
    result = np.zeros(position_teme_m.shape[0], np.bool_)
    for t in range(position_teme_m.shape[0]):
        r, change, turn = _motion(position_teme_m[t], velocity_teme_m_per_s[t], half_step_s)
        x, y, z = position_teme_m[t, 0] / r, position_teme_m[t, 1] / r, position_teme_m[t, 2] / r
        sx, sy, sz, _ = sun(day, fractions[t])
        kept = 0
        if some & UMBRA:
            least_r = max(r - change, _LEAST_RADIUS_M)
            shadow = math.asin(min(WGS84_EQUATORIAL_RADIUS_M / least_r, 1.0))
            if -(x * sx + y * sy + z * sz) >= math.cos(min(shadow + turn + 0.001, math.pi)):
                kept |= UMBRA
        if common & UMBRA & ~kept:
            continue
        angle = sidereal(day, fractions[t])
        x, y = _turned(x, y, angle)
        sx, sy = _turned(sx, sy, angle)
        if some & ANY_NIGHT and _any_dark(axes, sx, sy, sz, sines):
            kept |= ANY_NIGHT
        if common & ANY_NIGHT & ~kept:
            continue
        for n in range(stations.shape[0]):
            missed = limits.rules[n] & ~kept
            if missed & (UMBRA | ANY_NIGHT):
                continue
            if missed & STATION_NIGHT and not _along(axes[n, 2], sx, sy, sz) < sines[n]:
                continue
            reach = math.acos(min(radii[n] * math.cos(lowest[n]) / (r + change), 1.0)) - lowest[n]
            widest = min(reach + turn + rotation, math.pi)
            result[t] |= _along(stations[n], x, y, z) >= radii[n] * math.cos(widest)
    return result
