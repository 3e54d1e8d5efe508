"""The Kullback-Leibler divergence of delivered shares from target shares, in floats and exactly.

Compiled searches have their own, in :mod:`qkdopt.optimize.objectives._share_kernels`.
"""

from collections.abc import Sequence
from decimal import ROUND_CEILING, Decimal, localcontext

import numpy as np

from qkdopt.arrays import Floats, Integers

DECIMALS = Decimal("1e-16")  # of a nat: values are multiples of it
DIGITS = 60  # carried on the way


def divergences(delivered: Floats | Integers, wanted: Floats) -> Floats:
    """Return ``KL(E / S || q)`` [nats] over the last axis.

    Parameters
    ----------
    delivered
        Bits >= 0, shape ``(..., T)``.
    wanted
        Shares ``q`` >= 0, shape ``(T,)``.

    Returns
    -------
    Floats
        Shape ``(...)``: infinite where nothing is delivered, or something to a target whose share
        is 0.
    """
    from scipy.special import rel_entr

    total = delivered.sum(axis=-1, keepdims=True)
    result = rel_entr(delivered / np.maximum(total, 1e-300), wanted).sum(axis=-1)
    return np.where(total[..., 0] > 0, result, np.inf)


def divergence_of(delivered: Sequence[int], weights: Sequence[int]) -> Decimal:
    """Return ``KL(E / S || q)`` [nats], rounded up to sixteen decimals.

    Something is delivered, and nothing to targets of weight 0.
    """
    total, all_weights = sum(delivered), sum(weights)
    pairs = list(zip(delivered, weights, strict=True))
    if all(e * all_weights == w * total for e, w in pairs):
        return Decimal(0)
    with localcontext(prec=DIGITS):
        exact = sum(
            (
                Decimal(e) / total * (Decimal(e * all_weights) / Decimal(w * total)).ln()
                for e, w in pairs
                if e
            ),
            Decimal(0),
        )
        return (exact + DECIMALS / 1000).quantize(DECIMALS, ROUND_CEILING)
