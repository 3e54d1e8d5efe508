"""Long-term spread of a downlink beam by atmospheric turbulence.

Hufnagel-Valley profile of the refractive-index structure constant,

    Cn2(h) = 0.00594 (v/27)^2 (1e-5 h)^10 e^(-h/1000) + 2.7e-16 e^(-h/1500) + A e^(-h/100)

with h [m] above the station. Turbulence at distance s from the receiver displaces light by
its scattering angle times s, so the long-term radius is (F. Dios et al., Appl. Opt. 43, 3866
(2004), eq. 2, with their r0 taken as 2 rho0: 5 % wider than with 2.1 rho0)

    w_LT^2 = w^2 + 2 (2 L / (k rho0))^2,   rho0 = [1.46 k^2 int Cn2 (s/L)^(5/3) ds]^(-3/5).

This is the *mean* intensity: scintillation (which leaves the mean unchanged), beam wander
within it, and the broadening of the focus are not losses of this model.
"""

import math

import numpy as np

from qkdopt.arrays import Floats

_TROPOPAUSE = 0.00594
_REFERENCE_WIND_M_PER_S = 27.0
_BACKGROUND = 2.7e-16
_SCALES_M = (1000.0, 1500.0, 100.0)
_SLANT_POWER = 8.0 / 5.0


def hufnagel_valley_cn2(
    height_m: Floats, wind_m_per_s: float = 21.0, ground_cn2: float = 1.7e-14
) -> Floats:
    """Return Cn2 [m^(-2/3)] at heights >= 0 above the station, same shape."""
    wind, middle, ground = (np.exp(-np.asarray(height_m) / scale) for scale in _SCALES_M)
    jet = _TROPOPAUSE * (wind_m_per_s / _REFERENCE_WIND_M_PER_S) ** 2
    return (
        jet * (1e-5 * np.asarray(height_m)) ** 10 * wind
        + _BACKGROUND * middle
        + ground_cn2 * ground
    )


def downlink_spread_at_zenith_m(
    wavelength_m: float, wind_m_per_s: float = 21.0, ground_cn2: float = 1.7e-14
) -> float:
    """Return ``sqrt(2) 2 L / (k rho0)`` [m] of a vertical downlink from far above the air.

    The integral of ``Cn2 h^(5/3)`` is a sum of gamma functions; the spread does not depend
    on the range.
    """
    jet = _TROPOPAUSE * (wind_m_per_s / _REFERENCE_WIND_M_PER_S) ** 2 * 1e-50
    terms = (
        jet * math.gamma(38 / 3) * _SCALES_M[0] ** (38 / 3),
        _BACKGROUND * math.gamma(8 / 3) * _SCALES_M[1] ** (8 / 3),
        ground_cn2 * math.gamma(8 / 3) * _SCALES_M[2] ** (8 / 3),
    )
    wave_number = 2.0 * math.pi / wavelength_m
    inverse_coherence: float = math.pow(1.46 * wave_number**2 * sum(terms), 3 / 5)
    return math.sqrt(2.0) * 2.0 / wave_number * inverse_coherence


def downlink_spread_m(spread_at_zenith_m: float | Floats, elevation_rad: Floats) -> Floats:
    """Return the spread [m] at an elevation: plane-parallel air, ``sin(el)^(-8/5)``.

    ``nan`` where the elevation is; infinite at the horizon and below.
    """
    sine = np.sin(np.asarray(elevation_rad, dtype=np.float64))
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = spread_at_zenith_m * np.where(sine <= 0.0, 0.0, sine) ** -_SLANT_POWER
    return np.where(np.isnan(sine), np.nan, spread)
