"""Extinction of clear air, and two readings of how clouds add to it."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from qkdopt.arrays import Floats, Integers
from qkdopt.errors import InputError
from qkdopt.physics.link.by_station import ByStation, by_station, distinct, settings_by_station
from qkdopt.physics.scenario import Scenario

CLOUD_MODELS = ("transmittance-factor", "exponent-scale")
_BLOCKING_CODE = 150.0
_Points = tuple[tuple[float, float], ...]


@dataclass(frozen=True, kw_only=True)
class ClearAir(ByStation):
    """Extinction of clear air along a slanted path.

    Attributes
    ----------
    zenith_extinction_nepers
        Of a plane-parallel atmosphere: ``gamma0 / sin(elevation)`` along the path.
    tables
        Transmittance over elevation [deg], points in any order. In between, its logarithm is
        linear in the air mass ``1 / sin(elevation)``, as it is in plane-parallel air (the law of
        Bouguer, Beer and Lambert, in which a Langley plot is a straight line); beyond the last
        point it stays.
    table
        Which of the tables replaces the extinction; -1 for none.
    """

    zenith_extinction_nepers: float | Floats
    tables: tuple[_Points, ...] = ()
    table: int | Integers = -1

    @classmethod
    def of(cls, scenario: Scenario) -> Self:
        """Take the parameters of every station from a scenario."""
        here = settings_by_station(scenario)
        tables, table = distinct([item.atmosphere.transmittance_table for item in here])
        nepers = [item.atmosphere.zenith_extinction_at(item.station.alt_m) for item in here]
        if tables == (None,):
            return cls(zenith_extinction_nepers=by_station(nepers))
        return cls(
            zenith_extinction_nepers=by_station(nepers),
            tables=tuple(points or () for points in tables),
            table=table,
        )

    def path_nepers(self, sine: Floats) -> Floats:
        """Return the logarithm of the loss along a path, by the sine of its elevation."""
        with np.errstate(divide="ignore", invalid="ignore"):
            nepers: Floats = self.zenith_extinction_nepers / sine
            for number, points in enumerate(self.tables):
                if points:
                    own = _interpolated(points, 1.0 / sine)
                    nepers = np.where(np.equal(self.table, number), own, nepers)
        return nepers


def _interpolated(points: _Points, air_mass: Floats) -> Floats:
    """Return the path [nepers] at air masses, linear between a table's points."""
    elevation_deg, share = np.array(sorted(points, reverse=True), dtype=np.float64).T
    nepers: Floats = np.interp(air_mass, 1.0 / np.sin(np.radians(elevation_deg)), -np.log(share))
    return nepers


def atmospheric_transmittance(
    elevation_rad: Floats,
    clear_air: float | ClearAir,
    cloud_code: ArrayLike = 0.0,
    cloud_model: str = "transmittance-factor",
) -> Floats:
    """Return the share of light that the atmosphere lets through on a slanted path.

    A plane-parallel atmosphere: the exponent is ``-gamma0 / sin(elevation)``. The published
    formula for clouds is garbled, so both its readings are offered by name:

    - ``transmittance-factor``: the factor ``(150 - code) / 150``, at any elevation;
    - ``exponent-scale``: the exponent times ``150 / (150 - code)``.

    Parameters
    ----------
    elevation_rad
        Elevation [rad], any shape; ``nan`` where there is no pass. Nothing comes through
        from the horizon or below.
    clear_air
        ``gamma0``: natural logarithm of the loss towards the zenith, >= 0; or a :class:`ClearAir`.
    cloud_code
        From 0 (clear) to 150 (blocks everything); broadcasts against the elevation.
    cloud_model
        ``transmittance-factor`` or ``exponent-scale``.

    Returns
    -------
    Floats
        From 0 to 1; ``nan`` where elevation or code is.

    Raises
    ------
    InputError
        For another cloud model.
    """
    if cloud_model not in CLOUD_MODELS:
        raise InputError("cloud_model", cloud_model, f"one of {', '.join(CLOUD_MODELS)}")
    elevation_rad = np.asarray(elevation_rad, dtype=np.float64)
    clear = (_BLOCKING_CODE - np.asarray(cloud_code, dtype=np.float64)) / _BLOCKING_CODE
    sine = np.sin(elevation_rad)
    with np.errstate(divide="ignore", invalid="ignore"):
        path = _air(clear_air).path_nepers(sine)
        if cloud_model == "transmittance-factor":
            share = clear * np.exp(-path)
        else:
            share = np.where(clear == 0.0, 0.0 * path, np.exp(-path / clear))
    missing = np.isnan(elevation_rad) | np.isnan(clear)
    return np.where(missing, np.nan, np.where((sine <= 0.0) | (clear == 0.0), 0.0, share))


def _air(clear_air: float | ClearAir) -> ClearAir:
    if isinstance(clear_air, ClearAir):
        return clear_air
    return ClearAir(zenith_extinction_nepers=clear_air)


def air_factors(
    elevation_rad: Floats,
    clear_air: float | ClearAir,
    cloud_code: ArrayLike = 0.0,
    cloud_model: str = "transmittance-factor",
) -> dict[str, Floats]:
    """Return ``atmosphere``, clear air, and ``clouds``, what these leave of it.

    Their product is :func:`atmospheric_transmittance`, whose arguments these are. Where nothing
    comes through clear air, clouds take nothing more.
    """
    clear = atmospheric_transmittance(elevation_rad, clear_air)
    cloudy = atmospheric_transmittance(elevation_rad, clear_air, cloud_code, cloud_model)
    with np.errstate(divide="ignore", invalid="ignore"):
        return {"atmosphere": clear, "clouds": np.where(clear == 0.0, 1.0, cloudy / clear)}
