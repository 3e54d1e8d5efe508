"""The capture probability computed in two other ways than the package does it."""

from __future__ import annotations

import math
from functools import cache
from itertools import pairwise

import numpy as np
from scipy.integrate import quad
from scipy.special import j0
from scipy.stats import ncx2

_REACH = 9.0  # standard deviations of the jitter
_RULE = 400


@cache
def _rule(count: int) -> tuple[np.ndarray, np.ndarray]:
    x, weight = np.polynomial.legendre.leggauss(count)
    return 0.5 * (x + 1.0), 0.5 * weight


def adaptive_quadrature(
    waist_m: float,
    range_m: float,
    wavelength_m: float,
    transmitter_radius_m: float,
    receiver_radius_m: float,
    jitter_rad: float,
    focus_m: float = math.inf,
) -> float:
    """Integrate the intensity in the receiver's plane, found by a Hankel transform.

    A point at distance r from the beam's centre lies in the receiver with the probability
    that a Rice-distributed offset is below R: Marcum's function, a non-central chi-square.
    """
    x, weight = _rule(_RULE)
    waist = waist_m / transmitter_radius_m
    fresnel = transmitter_radius_m**2 / wavelength_m * (1 / range_m - 1 / focus_m)
    field = weight * x * np.exp(-((x / waist) ** 2) + 1j * math.pi * fresnel * x * x)
    scale = 2 * math.pi * transmitter_radius_m / (wavelength_m * range_m)
    spread_m = jitter_rad * range_m

    def ring(radius_m: float) -> float:
        amplitude = abs(np.dot(field, j0(scale * radius_m * x)))
        inside = 1.0
        if spread_m > 0:
            inside = ncx2.cdf((receiver_radius_m / spread_m) ** 2, 2, (radius_m / spread_m) ** 2)
        return radius_m * amplitude**2 * inside

    edges = receiver_radius_m * np.linspace(0, 1, 5) if spread_m == 0 else np.array([0.0])
    if spread_m > 0:
        far = receiver_radius_m + _REACH * spread_m
        edges = np.union1d(np.linspace(0, far, 9), [receiver_radius_m])
    radii = np.linspace(0, edges[-1], 301)
    rough = np.mean([ring(radius) for radius in radii]) * edges[-1]
    total = sum(
        quad(ring, low, high, epsrel=1e-10, epsabs=1e-11 * rough, limit=400)[0]
        for low, high in pairwise(edges)
    )
    return float(4 * (scale / waist) ** 2 * total)


def two_dimensional_transforms(
    waist_m: float,
    range_m: float,
    wavelength_m: float,
    transmitter_radius_m: float,
    receiver_radius_m: float,
    jitter_rad: float,
    *,
    across: int = 1024,
    samples_in_radius: float = 64.0,
) -> float:
    """Follow appendix A of the Iberian paper on a grid.

    Fresnel propagation by one transform, the convolution of the intensity with the receiver's
    aperture by the convolution theorem (eq. 8), and its mean over the jitter (eqs. 9 and 10,
    with the 1/pi that eq. 9 lacks).
    """
    step = transmitter_radius_m / samples_in_radius
    axis = (np.arange(across) - across // 2) * step
    square = axis[:, None] ** 2 + axis**2
    share = _disc(axis, transmitter_radius_m)
    field = share * np.exp(-square / waist_m**2 + 1j * math.pi * square / (wavelength_m * range_m))
    field *= math.sqrt(2 / math.pi) / waist_m
    ground_step = wavelength_m * range_m / (across * step)
    arrived = np.fft.fftshift(np.fft.fft2(np.fft.ifftshift(field)))
    intensity = np.abs(arrived * step**2 / (wavelength_m * range_m)) ** 2
    ground = (np.arange(across) - across // 2) * ground_step
    aperture = _disc(ground, receiver_radius_m)
    captured = np.fft.fftshift(
        np.fft.ifft2(
            np.fft.fft2(np.fft.ifftshift(intensity)) * np.fft.fft2(np.fft.ifftshift(aperture))
        ).real
    )
    captured *= ground_step**2
    spread_m = jitter_rad * range_m
    density = np.exp(-(ground[:, None] ** 2 + ground**2) / (2 * spread_m**2))
    return float((captured * density).sum() / density.sum())


def _disc(axis: np.ndarray, radius: float, fine: int = 16) -> np.ndarray:
    """Return the share of each cell of the grid that lies in the disc."""
    step = axis[1] - axis[0]
    inside = (axis[:, None] ** 2 + axis**2 < radius**2).astype(float)
    near = np.abs(np.sqrt(axis[:, None] ** 2 + axis**2) - radius) < 1.5 * step
    offset = ((np.arange(fine) + 0.5) / fine - 0.5) * step
    for row, column in np.argwhere(near):
        x, y = axis[row] + offset, axis[column] + offset
        inside[row, column] = (x[:, None] ** 2 + y**2 < radius**2).mean()
    return inside
