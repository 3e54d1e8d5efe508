"""Hypothetical orbits: circular, geostationary, or a real satellite's at another altitude.

Each is written as a two-line set and read back, so that it passes the checks of any other.
"""

import math

import numpy as np

from qkdopt.physics.orbit.frames import sidereal_angle
from qkdopt.physics.scenario.circular import ELEMENTS, constructed, mean_motion_rad_per_min
from qkdopt.physics.scenario.elements import Elements

GEOSTATIONARY_ALTITUDE_KM = 35_786.0
_JULIAN_DATE_1950 = 2_433_281.5


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


def _changed(elements: Elements, where: str, **changes: float) -> Elements:
    old = elements.satrec(where)
    values = {name: changes.get(name, getattr(old, name)) for name in ELEMENTS}
    epoch_days = old.jdsatepoch + old.jdsatepochF - _JULIAN_DATE_1950
    return constructed(values, epoch_days, old.satnum, old.intldesg or "00000A", where)
