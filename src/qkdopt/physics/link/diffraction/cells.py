"""The arguments of the beam functions, checked, and as cells that share a distance."""

from functools import cache

import numpy as np
from numpy.typing import ArrayLike

from qkdopt.arrays import Floats, Integers
from qkdopt.errors import InputError

_RULES = (8, 10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 56, 64, 80, 96, 128, 160)
_ROWS = (
    "waist_m",
    "transmitter_radius_m",
    "receiver_radius_m",
    "wavelength_m",
    "jitter_rad",
    "focus_m",
    "range_m",
)


def columns(
    waist_m: ArrayLike,
    range_m: ArrayLike,
    wavelength_m: ArrayLike,
    transmitter_radius_m: ArrayLike,
    receiver_radius_m: ArrayLike,
    jitter_rad: ArrayLike,
    focus_m: ArrayLike,
) -> tuple[Floats, tuple[int, ...]]:
    """Return the checked arguments as rows waist, a, R, lambda, sigma, f, z, shape ``(7, C)``.

    The order is that of the public functions. The shape that they broadcast to comes second.
    """
    arguments = {
        "waist_m": waist_m,
        "range_m": range_m,
        "wavelength_m": wavelength_m,
        "transmitter_radius_m": transmitter_radius_m,
        "receiver_radius_m": receiver_radius_m,
        "jitter_rad": jitter_rad,
        "focus_m": focus_m,
    }
    values = {name: np.asarray(value, dtype=np.float64) for name, value in arguments.items()}
    for name, value in values.items():
        _check(name, value)
    try:
        shape = np.broadcast_shapes(*(value.shape for value in values.values()))
    except ValueError:
        shapes = {name: value.shape for name, value in values.items() if value.shape}
        raise InputError("shapes", shapes, "arrays that broadcast") from None
    rows = [np.broadcast_to(values[name], shape).ravel() for name in _ROWS]
    return np.stack(rows), shape


def _check(name: str, value: Floats) -> None:
    if name == "focus_m":
        wrong, expected = value == 0.0, "focus_m != 0"
    elif name == "jitter_rad":
        wrong, expected = (value < 0.0) | np.isinf(value), "jitter_rad >= 0, finite"
    else:
        wrong, expected = (value <= 0.0) | np.isinf(value), f"{name} > 0, finite"
    if wrong.any():
        raise InputError(name, float(value[wrong].flat[0]), expected)


def dimensionless(channel: Floats) -> Floats:
    """Return the Fresnel number, v = k a R/z and s = k a sigma, shape ``(D, 3)``."""
    transmitter, receiver, wavelength, jitter, focus, distance = channel
    per_radian = 2.0 * np.pi / wavelength * transmitter
    fresnel = transmitter**2 / wavelength * (1.0 / distance - 1.0 / focus)
    return np.stack([fresnel, per_radian * receiver / distance, per_radian * jitter], axis=1)


@cache
def gauss_rules() -> tuple[Integers, Floats, Floats]:
    """Return Gauss-Legendre rules on [0, 1] by growing size: counts, nodes, weights."""
    nodes, weights = np.zeros((2, len(_RULES), _RULES[-1]))
    for level, count in enumerate(_RULES):
        x, weight = np.polynomial.legendre.leggauss(count)
        nodes[level, :count], weights[level, :count] = 0.5 * (x + 1.0), 0.5 * weight
    return np.array(_RULES, dtype=np.int64), nodes, weights
