"""Closed forms of the capture probability, for quick estimates without a kernel.

``benchmarks/decisions/beam_closed_forms.py`` measures both against the whole integral.
"""

import numpy as np
from numpy.typing import ArrayLike

from qkdopt.arrays import Floats
from qkdopt.physics.link.diffraction.cells import columns


def untruncated_capture_probability(
    waist_m: ArrayLike,
    range_m: ArrayLike,
    wavelength_m: ArrayLike,
    receiver_radius_m: ArrayLike,
    jitter_rad: ArrayLike,
    *,
    focus_m: ArrayLike = np.inf,
) -> Floats:
    """Return the capture probability of a Gaussian beam that no edge cuts off: exact for that.

    ``1 - exp(-2 R^2 / (w^2 + 4 sigma^2 z^2))`` with ``w^2 = w0^2 [(1 - z/f)^2 + (z/zR)^2]`` and
    ``zR = pi w0^2/lambda``. Real telescopes have an edge: use it where the waist is at most a
    third of the transmitter's radius. Arguments and
    errors as :func:`qkdopt.physics.link.diffraction.mean_capture_probability` has them.
    """
    cells, shape = columns(
        waist_m, range_m, wavelength_m, 1.0, receiver_radius_m, jitter_rad, focus_m
    )
    waist, _, receiver, wavelength, jitter, focus, distance = cells
    rayleigh_m = np.pi * waist**2 / wavelength
    spread = (1.0 - distance / focus) ** 2 + (distance / rayleigh_m) ** 2
    return _gaussian(waist**2 * spread, distance, receiver, jitter).reshape(shape)


def matched_gaussian_capture_probability(
    waist_m: ArrayLike,
    range_m: ArrayLike,
    wavelength_m: ArrayLike,
    transmitter_radius_m: ArrayLike,
    receiver_radius_m: ArrayLike,
    jitter_rad: ArrayLike,
    *,
    focus_m: ArrayLike = np.inf,
) -> Floats:
    """Return the capture probability of the Gaussian spot with the same peak and curvature.

    Behind the edge the field on the axis is ``A0 = (1 - e^-q)/(2 q)`` and its second moment
    ``A2 = (1 - (1 + q) e^-q)/(2 q^2)`` with ``q = (a/w0)^2 - i pi N``. The truncated spot is
    replaced by a Gaussian one of radius ``w^2 = 4 / ((k a/z)^2 Re(A2/A0))`` and the same peak;
    jitter adds ``4 sigma^2 z^2``. Good while receiver and jitter stay within that spot; wrong
    in the near field, where it may exceed 1. Arguments and errors as
    :func:`qkdopt.physics.link.diffraction.mean_capture_probability` has them.
    """
    cells, shape = columns(
        waist_m, range_m, wavelength_m, transmitter_radius_m, receiver_radius_m, jitter_rad, focus_m
    )
    waist, radius, receiver, wavelength, jitter, focus, distance = cells
    omega = waist / radius
    fresnel = radius**2 / wavelength * (1.0 / distance - 1.0 / focus)
    q = omega**-2 - 1j * np.pi * fresnel
    with np.errstate(invalid="ignore"):  # complex arithmetic with nan
        on_axis = -np.expm1(-q) / (2.0 * q)
        moment = (-np.expm1(-q) - q * np.exp(-q)) / (2.0 * q**2)
        per_metre = 2.0 * np.pi / wavelength * radius / distance
        squared_radius = 4.0 / (per_metre**2 * (moment / on_axis).real)
        power = squared_radius * (per_metre * np.abs(on_axis) / omega) ** 2
    share: Floats = power * _gaussian(squared_radius, distance, receiver, jitter)
    return share.reshape(shape)


def _gaussian(squared_radius: Floats, distance: Floats, receiver: Floats, jitter: Floats) -> Floats:
    """Return the share of a Gaussian spot in the receiver, averaged over the jitter."""
    jittered = squared_radius + (2.0 * jitter * distance) ** 2
    return -np.expm1(-2.0 * receiver**2 / jittered)
