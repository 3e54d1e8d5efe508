"""Hypothetical orbits: circular, geostationary, or a real satellite's at another altitude.

Each is written as a two-line set and read back, so that it passes the checks of any other.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import numpy as np
from sgp4.api import Satrec
from sgp4.exporter import export_tle

from qkdopt.constants import WGS84_EQUATORIAL_RADIUS_M
from qkdopt.errors import InputError
from qkdopt.physics.orbit.frames import sidereal_angle
from qkdopt.physics.scenario.elements import Elements, tle_sets

__all__ = [
    "GEOSTATIONARY_ALTITUDE_KM",
    "at_altitude",
    "circular",
    "geostationary",
    "mean_motion_rad_per_min",
]

GEOSTATIONARY_ALTITUDE_KM = 35_786.0
_WGS72 = 1
# SGP4's own constant (WGS-72), since its mean motion is what is constructed.
_GRAVITY_M3_PER_S2 = 3.986008e14
_JULIAN_DATE_1950 = 2_433_281.5
_HALF_TURN_DEG = 180.0
_LOWEST_KM, _HIGHEST_KM = 200.0, 100_000.0
_ELEMENTS = ("bstar", "ecco", "argpo", "inclo", "mo", "no_kozai", "nodeo")


def mean_motion_rad_per_min(altitude_km: float) -> float:
    """Return the mean motion of a circular orbit: semi-major axis 6,378.137 km + altitude.

    Raises
    ------
    InputError
        For an altitude outside 200 to 100,000 km.
    """
    if not _LOWEST_KM <= altitude_km <= _HIGHEST_KM:
        expected = f"{_LOWEST_KM:g} <= altitude_km <= {_HIGHEST_KM:g}"
        raise InputError("altitude_km", altitude_km, expected)
    axis_m = WGS84_EQUATORIAL_RADIUS_M + 1e3 * altitude_km
    return 60.0 * math.sqrt(_GRAVITY_M3_PER_S2 / axis_m**3)


def at_altitude(elements: Elements, altitude_km: float, where: str = "elements") -> Elements:
    """Return elements that differ in the mean motion alone.

    Inclination, node, eccentricity, argument of perigee, mean anomaly at epoch and drag term
    stay; so does the epoch.
    """
    return _changed(elements, where, no_kozai=mean_motion_rad_per_min(altitude_km))


def geostationary(elements: Elements, longitude_deg: float, where: str = "elements") -> Elements:
    """Return a geostationary orbit over ``longitude_deg``, east positive.

    Circular, in the equator, without drag, of the epoch of ``elements``: then only the sum of
    node, perigee and anomaly counts, which is the sidereal angle plus the longitude.
    """
    record = elements.satrec(where)
    sidereal_rad = sidereal_angle(record.jdsatepoch, np.array([record.jdsatepochF]))[0]
    anomaly_rad = (float(sidereal_rad) + math.radians(longitude_deg)) % (2.0 * math.pi)
    rest = dict.fromkeys(("inclo", "nodeo", "argpo", "ecco", "bstar"), 0.0)
    motion = mean_motion_rad_per_min(GEOSTATIONARY_ALTITUDE_KM)
    return _changed(elements, where, no_kozai=motion, mo=anomaly_rad, **rest)


def circular(
    altitude_km: float,
    inclination_deg: float,
    epoch_utc: datetime,
    *,
    node_deg: float = 0.0,
    argument_deg: float = 0.0,
    where: str = "elements",
) -> Elements:
    """Return a circular orbit without drag, of catalogue number 0.

    Parameters
    ----------
    altitude_km
        Of the mean motion: semi-major axis 6,378.137 km + altitude.
    epoch_utc
        When the satellite is ``argument_deg`` past its ascending node (UTC).
    node_deg
        Right ascension of the ascending node in TEME.

    Raises
    ------
    InputError
        For an altitude outside 200 to 100,000 km or an inclination outside 0 to 180 deg.
    """
    if not 0.0 <= inclination_deg <= _HALF_TURN_DEG:
        raise InputError("inclination_deg", inclination_deg, "0 <= inclination_deg <= 180")
    values = dict.fromkeys(_ELEMENTS, 0.0) | {
        "inclo": math.radians(inclination_deg),
        "mo": math.radians(argument_deg % 360.0),
        "nodeo": math.radians(node_deg % 360.0),
        "no_kozai": mean_motion_rad_per_min(altitude_km),
    }
    since_1950 = epoch_utc - datetime(1950, 1, 1, tzinfo=UTC)
    # SGP4 counts its days from 1949-12-31.
    return _written(values, since_1950 / timedelta(days=1) + 1.0, 0, "00000A", where)


def _changed(elements: Elements, where: str, **changes: float) -> Elements:
    old = elements.satrec(where)
    values = {name: changes.get(name, getattr(old, name)) for name in _ELEMENTS}
    epoch_days = old.jdsatepoch + old.jdsatepochF - _JULIAN_DATE_1950
    return _written(values, epoch_days, old.satnum, old.intldesg or "00000A", where)


def _written(
    values: dict[str, float], epoch_days: float, number: int, designator: str, where: str
) -> Elements:
    new = Satrec()
    new.sgp4init(
        _WGS72,
        "i",
        number,
        epoch_days,
        values["bstar"],
        0.0,
        0.0,
        *(values[name] for name in ("ecco", "argpo", "inclo", "mo", "no_kozai", "nodeo")),
    )
    new.classification, new.intldesg = "U", designator
    return tle_sets("\n".join(export_tle(new)), f"{where}: constructed")[0]
