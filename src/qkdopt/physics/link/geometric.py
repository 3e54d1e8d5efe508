"""The geometric loss of a far-field Gaussian beam."""

import numpy as np

from qkdopt.arrays import Floats


def aperture_transmittance(
    range_m: Floats,
    divergence_half_angle_rad: float,
    receiver_diameter_m: float | Floats,
    broadening_m: Floats | None = None,
    obscuration_ratio: float | Floats = 0.0,
) -> Floats:
    """Return the share of a far-field Gaussian beam that enters the receiver.

    ``1 - exp(-D^2 / (2 w^2))`` with the 1/e^2 radius ``w = theta L`` at the ground: the power
    ``1 - exp(-2 a^2 / w^2)`` within radius ``a = D/2``. A central obstruction of diameter
    ``d = epsilon D`` leaves ``exp(-d^2 / (2 w^2)) - exp(-D^2 / (2 w^2))``. Both are exact for a
    centred Gaussian beam, and for the mean of one that jitters. Pointing error and atmosphere are
    other terms of the budget.

    Parameters
    ----------
    range_m
        Slant range [m], > 0, any shape; ``nan`` where there is no pass.
    divergence_half_angle_rad
        1/e^2 half angle of the beam [rad], > 0.
    receiver_diameter_m
        Diameter of the receiving telescope [m], >= 0; broadcasts, as does the obscuration.
    broadening_m
        Added in square to ``w`` [m], same shape; for what widens the mean beam and keeps it
        Gaussian.
    obscuration_ratio
        ``epsilon``: diameter of the central obstruction over that of the telescope, 0 to 1.

    Returns
    -------
    Floats
        From 0 to 1, accurate also where it is tiny; ``nan`` where the range is.
    """
    radius_m = divergence_half_angle_rad * range_m
    if broadening_m is not None:
        radius_m = np.hypot(radius_m, broadening_m)
    exponent = 0.5 * (receiver_diameter_m / radius_m) ** 2
    if not np.any(obscuration_ratio):
        return -np.expm1(-exponent)
    hidden = np.square(obscuration_ratio)
    return -np.expm1(-exponent * (1.0 - hidden)) * np.exp(-exponent * hidden)
