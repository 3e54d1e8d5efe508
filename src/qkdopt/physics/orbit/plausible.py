"""Plausibility checks of SGP4's positions.

SGP4 reports an error where a satellite has come down, but not before an epoch and not long
after the end: its series in time for the drag then gives ordinary numbers at any distance.
The elements say where the satellite can be: between perigee and apogee, apart from

- short-period terms of J2 and long-period terms of J3 in the radius, bounded from SGP4's own
  formulas (Hoots and Roehrich, Spacetrack Report No. 3, section 6);
- drag, to first order in time. Backwards that is an upper bound, since drag is weaker where the
  orbit was higher; forwards an orbit may fall faster, down to the height at which none is
  completed;
- Sun, Moon and resonances, which SGP4 knows for periods of at least 225 min: a rate of the
  eccentricity of at most ``15/8 (n_Sun^2 + n_Moon^2)/n`` and oscillations of the axis.
"""

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qkdopt.arrays import Floats
from qkdopt.constants import JULIAN_DATE_UNIX_EPOCH, SECONDS_PER_DAY
from qkdopt.errors import Described, InputError
from qkdopt.physics.scenario.drag import drag_coefficient_per_min

# Nothing completes a revolution whose lowest point is 80 km above the pole.
_LOWEST_RADIUS_KM = 6_436.8
_MARGIN, _MARGIN_KM = 1.5, 20.0
_FALL = 4.0
_DEEP_SPACE_MIN = 225.0
# Squares of the mean motion of the Sun and (times its share of the mass) of the Moon.
_THIRD_BODIES_PER_S2 = (1.991e-7) ** 2 + (2.662e-6) ** 2 / 82.3
_PERIODIC_ECCENTRICITY, _PERIODIC_AXIS = 0.01, 0.01
_ECCENTRICITY_RATE = 15.0 / 4.0


class RadiusLimits:
    """The least and greatest distance from the Earth's centre that elements allow."""

    def __init__(self, satrec: Any) -> None:
        self._earth_km = satrec.radiusearthkm
        self._axis, self._eccentricity = satrec.a, satrec.ecco
        self._drag_per_min = drag_coefficient_per_min(satrec)
        motion_rad_per_min = satrec.no_kozai
        self._deep = 2.0 * math.pi / motion_rad_per_min >= _DEEP_SPACE_MIN
        self._rate_per_min = _ECCENTRICITY_RATE * _THIRD_BODIES_PER_S2 * 3600.0 / motion_rad_per_min
        self._periodic_km = self._earth_km * _periodic(satrec)
        self._epoch_days = satrec.jdsatepoch + satrec.jdsatepochF

    def at(self, julian_dates: Floats) -> tuple[Floats, Floats]:
        """Return least and greatest radius [km] at Julian dates [UTC], each of their shape."""
        minutes = (julian_dates - self._epoch_days) * (SECONDS_PER_DAY / 60.0)
        axis_km, low, high = self._axis * self._earth_km, self._eccentricity, self._eccentricity
        slack_km = _MARGIN * self._periodic_km + _MARGIN_KM
        grown_km = fallen_km = np.zeros_like(minutes)
        if self._deep:
            changed = 0.5 * self._rate_per_min * np.abs(minutes) + _PERIODIC_ECCENTRICITY
            low = high = np.minimum(self._eccentricity + changed, 1.0)
            slack_km += _PERIODIC_AXIS * axis_km
        else:
            shift = self._drag_per_min * minutes
            grown_km = 2.0 * axis_km * ((1.0 + np.maximum(-shift, 0.0)) ** 2 - 1.0)
            fallen_km = _FALL * 2.0 * axis_km * np.maximum(shift, 0.0)
        least_km = axis_km * (1.0 - low) - slack_km - fallen_km
        return (
            np.maximum(least_km, _LOWEST_RADIUS_KM),
            axis_km * (1.0 + high) + slack_km + grown_km,
        )

    def check(
        self,
        julian_day: float,
        fractions: Floats,
        position_km: Floats,
        codes: NDArray[np.uint8],
        where: str,
    ) -> None:
        """Refuse positions that no such orbit has.

        Parameters
        ----------
        julian_day, fractions
            Instants [UTC] in two parts, shape ``(T,)``.
        position_km
            Shape ``(T, 3)``; not finite where SGP4 has no position.
        codes
            SGP4's own errors, 0 for none, shape ``(T,)``.

        Raises
        ------
        InputError
            At the first instant with an error, or a radius outside the limits.
        """
        radius_km = np.sqrt(np.einsum("ij,ij->i", position_km, position_km))
        least_km, greatest_km = self.at(julian_day + fractions)
        inside = (radius_km >= least_km) & (radius_km <= greatest_km)  # not where it is nan
        bad = np.flatnonzero((codes != 0) | ~inside)
        if not bad.size:
            return
        first = int(bad[0])
        days = julian_day + fractions[first] - self._epoch_days
        came = f"{radius_km[first]:,.0f} km from the Earth's centre"
        if not np.isfinite(radius_km[first]):
            came = "no position"
        if codes[first]:
            came += f" (SGP4 error {codes[first]})"
        side = "after" if days >= 0 else "before"
        instant = instant_utc(julian_day, float(fractions[first]))
        raise InputError(
            f"{where}: orbit at {instant:%Y-%m-%dT%H:%M:%SZ}",
            Described(came),
            f"{least_km[first]:,.0f} to {greatest_km[first]:,.0f} km as perigee and apogee of the "
            f"elements allow, {abs(days):.1f} days {side} their epoch",
        )


def instant_utc(julian_day: float, fraction: float) -> datetime:
    """Return a Julian date [UTC] as an instant, to the nearest microsecond."""
    days = (julian_day - JULIAN_DATE_UNIX_EPOCH) + fraction
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=days)


def _periodic(satrec: Any) -> float:
    """Return a bound on the periodic terms of the radius in Earth radii."""
    axis, eccentricity = satrec.a, satrec.ecco
    parameter = axis * (1.0 - eccentricity**2)
    apogee = axis * (1.0 + eccentricity)
    short = 1.5 * satrec.j2 * apogee / parameter**2 + 0.25 * satrec.j2 / parameter
    long = 0.5 * abs(satrec.j3oj2) * axis / parameter
    return float(short + long)
