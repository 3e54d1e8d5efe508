"""Light of the sky over the elevation of the Sun: twilight in place of a cliff at dusk.

A curve of points is linear in the logarithm of what it gives, in which twilight falls by orders of
magnitude in a few degrees, and constant below its lowest point, where it is night.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Self, TypeAlias

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.physics.link.by_station import ByStation, distinct
from qkdopt.physics.scenario.loss_terms import PARANAL_HIGHEST_SUN_DEG

CurveValue: TypeAlias = float | Literal["paranal-twilight"] | tuple[tuple[float, float], ...] | None
"""A number, the name of a curve, or points, as a scenario holds them."""

_LOWEST_SUN_RAD = -0.5 * np.pi

_PARANAL_LOWEST_DEG = -15.0
_ZENITH_DEG = 90.0
_FIT_FROM_DEG, _FIT = 95.0, (10.93, 1.470, -0.062)
_STEP_DEG = 0.1
# Flux of a star of I magnitude 0 [W m^-2 um^-1] at 0.8 um: 2,416 Jy times c / lambda^2.
_ZERO_MAGNITUDE = 2416e-26 * 2.998e8 / (0.8e-6) ** 2 * 1e-6
_SQUARE_ARC_SECOND_SR = (np.pi / 648_000.0) ** 2


@dataclass(frozen=True, eq=False)
class SunCurve:
    """Points of a curve.

    Attributes
    ----------
    sun_elevation_deg
        Increasing, shape ``(P,)``.
    value
        Spectral radiance of the sky [W m^-2 sr^-1 um^-1], or the probability of a click by its
        light; shape ``(P,)``.
    """

    sun_elevation_deg: Floats
    value: Floats

    @classmethod
    def of(cls, points: Sequence[tuple[float, float]]) -> Self:
        """Return the curve of pairs of elevation and value in any order."""
        elevation, value = np.array(sorted(points), dtype=np.float64).T
        return cls(elevation, value)

    def at(self, sun_elevation_rad: Floats) -> Floats:
        """Return the value under a Sun of that elevation [rad], in its shape.

        Beyond the ends of the curve it is that of the end; one point is a constant.
        """
        if self.value.size == 1:
            return np.full(np.shape(sun_elevation_rad), self.value[0])
        degrees = np.degrees(sun_elevation_rad)
        logarithm = np.interp(degrees, self.sun_elevation_deg, np.log(self.value))
        return np.exp(logarithm)


@dataclass(frozen=True, kw_only=True)
class SunCurves(ByStation):
    """What stations, or a station for each sample, see of the sky under any Sun.

    Attributes
    ----------
    curves
        The different ones.
    which
        Which of them it is.
    """

    curves: tuple[SunCurve, ...]
    which: int | Integers

    @classmethod
    def of(cls, values: Sequence[CurveValue]) -> Self:
        """Return the curves of stations by their values in a scenario."""
        different, which = distinct(values)
        return cls(curves=tuple(sun_curve(value) for value in different), which=which)

    @property
    def vary(self) -> bool:
        """Whether some station's depends on the elevation of the Sun."""
        return any(curve.value.size > 1 for curve in self.curves)

    def under(self, sun_elevation_rad: Floats) -> Floats:
        """Return the values where the Sun has these elevations [rad], shape ``(S,)``."""
        found = np.empty(np.shape(sun_elevation_rad))
        for number, curve in enumerate(self.curves):
            own = np.broadcast_to(self.which == number, found.shape)
            found[own] = curve.at(sun_elevation_rad[own])
        return found

    def at_night(self, stations: int) -> list[float]:
        """Return the values of each of so many stations under the lowest Sun."""
        found: list[float] = self.under(np.full(stations, _LOWEST_SUN_RAD)).tolist()
        return found


def paranal_twilight() -> SunCurve:
    """Return the sky above Paranal at the zenith around 0.8 um, for a Sun of -15 to -5 deg.

    ``10.93 + 1.470 x - 0.062 x^2`` magnitudes of the I band in a square arc second, ``x`` degrees
    of the Sun's zenith distance beyond 95, scatter 0.40: F. Patat, O. S. Ugolnikov and O. V.
    Postylyakov, "UBVRI twilight sky brightness at ESO-Paranal", Astron. Astrophys. 455, 385
    (2006), arXiv:astro-ph/0604128, Table 1; its coefficients are taken from public programs,
    not from the paper itself. Magnitude 0 is 2,416 Jy (Bessell, Castelli and Plez 1998). Night,
    from -15 deg down, is 19.43 magnitudes: a dark mountain without a Moon. A city is brighter by
    far.
    """
    count = round((PARANAL_HIGHEST_SUN_DEG - _PARANAL_LOWEST_DEG) / _STEP_DEG) + 1
    elevation_deg = np.linspace(_PARANAL_LOWEST_DEG, PARANAL_HIGHEST_SUN_DEG, count)
    beyond = _ZENITH_DEG - elevation_deg - _FIT_FROM_DEG
    magnitude = np.polyval(_FIT[::-1], beyond)
    return SunCurve(
        elevation_deg, _ZERO_MAGNITUDE * 10.0 ** (-0.4 * magnitude) / _SQUARE_ARC_SECOND_SR
    )


def sun_curve(value: CurveValue) -> SunCurve:
    """Return the curve of a value in a scenario, constant if it is a number; 0 without one."""
    if value == "paranal-twilight":
        return paranal_twilight()
    points = value if isinstance(value, tuple) else ((0.0, value or 0.0),)
    return SunCurve.of(points)
