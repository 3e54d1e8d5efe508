"""The value of delivered bits, compiled; ``T`` targets, every array of shape ``(T,)``.

least
    Lower bounds: with fewer bits a schedule has no value.
earn, cap
    What a bit of each target earns up to a cap.
share, stock
    Where ``share`` is positive the value is the smallest ``(bits + stock) / share``, otherwise
    what bits earn.
"""

from __future__ import annotations

import numpy as np

from qkdopt.arrays import Floats
from qkdopt.compiled import kernel

__all__ = ["worth"]


@kernel
def worth(
    bits: Floats, least: Floats, earn: Floats, cap: Floats, share: Floats, stock: Floats
) -> float:
    """Return the true value, -1 where a target gets less than its lower bound."""
    common, total = np.inf, 0.0
    for n in range(bits.size):
        if bits[n] < least[n]:
            return -1.0
        if share[n] > 0.0:
            common = min(common, (bits[n] + stock[n]) / share[n])
        total += earn[n] * min(bits[n], cap[n])
    return common if common < np.inf else total
