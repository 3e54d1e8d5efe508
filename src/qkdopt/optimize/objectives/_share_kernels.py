"""Terms of divergences, and target shares tilted to the largest one allowed, compiled."""

import numpy as np

from qkdopt.arrays import Floats
from qkdopt.compiled import kernel, kernel_part

_ROUNDS = 60
_ENOUGH = 1e-13
_LARGEST = 1e6


@kernel
def entropy_term(x: float, y: float) -> float:
    """Return ``x ln(x / y)``, 0 for ``x`` = 0: what divergences are sums of, ``y`` > 0."""
    return x * np.log(x / y) if x > 0.0 else 0.0


@kernel_part
def _tilted_divergence(slope: Floats, wanted: Floats, tilt: float) -> float:
    """Return KL(p || q) of ``p ~ q exp(tilt * slope)``: it grows with ``tilt`` >= 0."""
    top, total, mean = -np.inf, 0.0, 0.0
    for n in range(slope.size):
        top = max(top, slope[n])
    for n in range(slope.size):
        weight = wanted[n] * np.exp(tilt * (slope[n] - top))
        total += weight
        mean += weight * tilt * (slope[n] - top)
    return float(mean / total - np.log(total))


@kernel
def boundary_tilt(slope: Floats, wanted: Floats, kl_max: float) -> float:
    """Return the tilt at which the divergence is ``kl_max``, or a large one if none is.

    ``slope`` and ``wanted`` have shape ``(T,)``.
    """
    low, high = 0.0, 1.0
    while _tilted_divergence(slope, wanted, high) < kl_max:
        low, high = high, 2.0 * high
        if high > _LARGEST:
            return high
    for _ in range(_ROUNDS):
        middle = 0.5 * (low + high)
        if high - low <= _ENOUGH * high:
            break
        if _tilted_divergence(slope, wanted, middle) < kl_max:
            low = middle
        else:
            high = middle
    return low if low > 0.0 else high
