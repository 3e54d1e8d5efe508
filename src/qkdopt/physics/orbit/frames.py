"""Frames: TEME to Earth-fixed, geodetic to Earth-fixed, Earth-fixed to a station's sky."""

import math

import numpy as np

from qkdopt.arrays import Floats
from qkdopt.constants import SECONDS_PER_DAY, WGS84_EQUATORIAL_RADIUS_M, WGS84_FLATTENING
from qkdopt.physics.orbit import _kernels, _row_kernels
from qkdopt.physics.scenario import Station


def sidereal_angle(day: float, fractions: Floats, ut1_minus_utc_s: float = 0.0) -> Floats:
    """Return Greenwich mean sidereal time (IAU 1982) [rad], from 0 to 2 pi, shape ``(T,)``.

    Parameters
    ----------
    day, fractions
        Julian date in UTC: a day, and fractions of a day after it, shape ``(T,)``.
    ut1_minus_utc_s
        Earth-rotation time minus UTC [s].
    """
    offset = ut1_minus_utc_s / SECONDS_PER_DAY
    return np.array([_kernels.sidereal(day, fraction + offset) for fraction in fractions])


def teme_to_earth_fixed(
    position_teme_m: Floats, day: float, fractions: Floats, ut1_minus_utc_s: float = 0.0
) -> Floats:
    """Return positions [m] in the Earth-fixed frame, shape ``(T, 3)``.

    Polar motion (under 15 m) and the difference between UT1 and UTC, unless given (under
    420 m on the ground), are left out.
    """
    angle = sidereal_angle(day, fractions, ut1_minus_utc_s)
    c, s = np.cos(angle), np.sin(angle)
    x, y, z = position_teme_m.T
    return np.stack([c * x + s * y, c * y - s * x, z], axis=1)


def earth_fixed_to_teme(
    position_m: Floats, day: float, fractions: Floats, ut1_minus_utc_s: float = 0.0
) -> Floats:
    """Return where fixed points of the Earth [m], ``(N, 3)``, are in TEME, shape ``(T, N, 3)``."""
    angle = sidereal_angle(day, fractions, ut1_minus_utc_s)
    c, s = np.cos(angle)[:, None], np.sin(angle)[:, None]
    x, y, z = position_m.T
    return np.stack([c * x - s * y, c * y + s * x, np.broadcast_to(z, (angle.size, z.size))], -1)


def geodetic_to_earth_fixed(
    latitude_rad: float, longitude_rad: float, altitude_m: float
) -> tuple[Floats, Floats]:
    """Return a station's Earth-fixed position [m] and its axes, on the WGS-84 ellipsoid.

    Parameters
    ----------
    latitude_rad, longitude_rad
        Geodetic, north and east positive.
    altitude_m
        Height above the ellipsoid.

    Returns
    -------
    tuple
        Position, shape ``(3,)``; unit vectors east, north, up as rows, shape ``(3, 3)``.
    """
    sin_lat, cos_lat = math.sin(latitude_rad), math.cos(latitude_rad)
    sin_lon, cos_lon = math.sin(longitude_rad), math.cos(longitude_rad)
    up = np.array([cos_lat * cos_lon, cos_lat * sin_lon, sin_lat])
    east = np.array([-sin_lon, cos_lon, 0.0])
    north = np.array([-sin_lat * cos_lon, -sin_lat * sin_lon, cos_lat])
    squeeze = (1.0 - WGS84_FLATTENING) ** 2
    normal_m = WGS84_EQUATORIAL_RADIUS_M / math.sqrt(cos_lat**2 + squeeze * sin_lat**2)
    position_m = up * np.array([normal_m, normal_m, squeeze * normal_m]) + altitude_m * up
    return position_m, np.stack([east, north, up])


def station_frames(stations: tuple[Station, ...]) -> tuple[Floats, Floats]:
    """Return positions [m] and axes of stations, shapes ``(N, 3)`` and ``(N, 3, 3)``."""
    position_m, axes = np.empty((len(stations), 3)), np.empty((len(stations), 3, 3))
    for n, here in enumerate(stations):
        found = geodetic_to_earth_fixed(here.latitude_rad, here.longitude_rad, here.alt_m)
        position_m[n], axes[n] = found
    return position_m, axes


def look_angles(
    position_m: Floats, station_m: Floats, axes: Floats
) -> tuple[Floats, Floats, Floats]:
    """Return elevation [rad], azimuth [rad] from north over east, and range [m].

    Geometric directions: no refraction, no light time. The azimuth at the zenith is
    arbitrary.

    Parameters
    ----------
    position_m
        Earth-fixed positions of the satellite, shape ``(T, 3)``.
    station_m, axes
        As :func:`geodetic_to_earth_fixed` returns them.
    """
    found = np.empty((3, len(position_m)))
    _row_kernels.looks(np.ascontiguousarray(position_m), station_m, axes, found)
    elevation, azimuth, range_m = found
    return elevation, azimuth, range_m
