"""Circular orbits: constructed elements, written as a two-line set and read back.

So they pass the checks of any other elements.
"""

import math
from datetime import UTC, datetime, timedelta

from sgp4.api import Satrec
from sgp4.exporter import export_tle

from qkdopt.constants import WGS84_EQUATORIAL_RADIUS_M
from qkdopt.errors import InputError
from qkdopt.physics.scenario.elements import Elements, tle_sets

ELEMENTS = ("bstar", "ecco", "argpo", "inclo", "mo", "no_kozai", "nodeo")
"""What elements for SGP4 consist of, besides the epoch: names and units of ``Satrec``."""

_WGS72 = 1
# SGP4's own constant (WGS-72), since its mean motion is what is constructed.
_GRAVITY_M3_PER_S2 = 3.986008e14
_HALF_TURN_DEG = 180.0
_LOWEST_KM, _HIGHEST_KM = 200.0, 100_000.0


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
    values = dict.fromkeys(ELEMENTS, 0.0) | {
        "inclo": math.radians(inclination_deg),
        "mo": math.radians(argument_deg % 360.0),
        "nodeo": math.radians(node_deg % 360.0),
        "no_kozai": mean_motion_rad_per_min(altitude_km),
    }
    since_1950 = epoch_utc - datetime(1950, 1, 1, tzinfo=UTC)
    # SGP4 counts its days from 1949-12-31.
    return constructed(values, since_1950 / timedelta(days=1) + 1.0, 0, "00000A", where)


def constructed(
    values: dict[str, float], epoch_days: float, number: int, designator: str, where: str
) -> Elements:
    """Return elements of the ``values`` of :data:`ELEMENTS` and an epoch in SGP4's days."""
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
