"""Extinction of clear air, and two readings of how clouds add to it."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from qkdopt.arrays import Floats
from qkdopt.errors import InputError

__all__ = ["CLOUD_MODELS", "air_factors", "atmospheric_transmittance"]

CLOUD_MODELS = ("transmittance-factor", "exponent-scale")
_BLOCKING_CODE = 150.0


def atmospheric_transmittance(
    elevation_rad: Floats,
    zenith_extinction_nepers: float,
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
    zenith_extinction_nepers
        ``gamma0``: natural logarithm of the loss towards the zenith, >= 0.
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
        path = zenith_extinction_nepers / sine
        if cloud_model == "transmittance-factor":
            share = clear * np.exp(-path)
        else:
            share = np.where(clear == 0.0, 0.0 * path, np.exp(-path / clear))
    missing = np.isnan(elevation_rad) | np.isnan(clear)
    return np.where(missing, np.nan, np.where((sine <= 0.0) | (clear == 0.0), 0.0, share))


def air_factors(
    elevation_rad: Floats,
    zenith_extinction_nepers: float,
    cloud_code: ArrayLike = 0.0,
    cloud_model: str = "transmittance-factor",
) -> dict[str, Floats]:
    """Return ``atmosphere``, clear air, and ``clouds``, what these leave of it.

    Their product is :func:`atmospheric_transmittance`, whose arguments these are. Where nothing
    comes through clear air, clouds take nothing more.
    """
    clear = atmospheric_transmittance(elevation_rad, zenith_extinction_nepers)
    cloudy = atmospheric_transmittance(
        elevation_rad, zenith_extinction_nepers, cloud_code, cloud_model
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        return {"atmosphere": clear, "clouds": np.where(clear == 0.0, 1.0, cloudy / clear)}
