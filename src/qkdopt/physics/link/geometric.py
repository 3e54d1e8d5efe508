"""The geometric loss of a far-field Gaussian beam."""

from __future__ import annotations

import numpy as np

from qkdopt.arrays import Floats

__all__ = ["aperture_transmittance"]


def aperture_transmittance(
    range_m: Floats,
    divergence_half_angle_rad: float,
    receiver_diameter_m: float,
    broadening_m: Floats | None = None,
) -> Floats:
    """Return the share of a far-field Gaussian beam that enters the receiver.

    ``1 - exp(-D^2 / (2 w^2))`` with the 1/e^2 radius ``w = theta L`` at the ground: the power
    ``1 - exp(-2 a^2 / w^2)`` within radius ``a = D/2``. Pointing error, a central
    obstruction and the atmosphere are other terms of the budget.

    Parameters
    ----------
    range_m
        Slant range [m], > 0, any shape; ``nan`` where there is no pass.
    divergence_half_angle_rad
        1/e^2 half angle of the beam [rad], > 0.
    receiver_diameter_m
        Diameter of the receiving telescope [m], >= 0.
    broadening_m
        Added in square to ``w`` [m], same shape; for what widens the mean beam and keeps it
        Gaussian.

    Returns
    -------
    Floats
        From 0 to 1, accurate also where it is tiny; ``nan`` where the range is.
    """
    radius_m = divergence_half_angle_rad * range_m
    if broadening_m is not None:
        radius_m = np.hypot(radius_m, broadening_m)
    share: Floats = -np.expm1(-0.5 * (receiver_diameter_m / radius_m) ** 2)
    return share
