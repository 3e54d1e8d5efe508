"""Targeted delivery as a linear programme, but for its cuts."""

import math

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.optimize.objectives.master_rows import MasterRows

_USUAL_MU, _LARGEST_MU = 200.0, 1e6  # penalty of a bit of excess
_SPREAD = 3.0  # of prices: the more, the dearer is the excess
_LARGEST_NU = 1000.0  # penalty of a bit below a lower bound


def proportional_rows(wanted: Floats, unit: float) -> MasterRows:
    """Return the total ``S`` with ``E_n = q_n S``; ``wanted`` is ``q``, shape ``(T,)``."""
    return MasterRows(
        bit_reward=np.ones(wanted.size),
        reward=np.zeros(1),
        lower=np.full(1, -math.inf),
        upper=np.full(1, math.inf),
        matrix=np.hstack([np.eye(wanted.size), -wanted[:, np.newaxis]]),
        row_lower=np.zeros(wanted.size),
        row_upper=np.zeros(wanted.size),
        scale=unit,
    )


def bounded_rows(bounds: Integers, unit: float, kl_max: float) -> MasterRows:
    """Return bits, the excess ``z`` of cuts, and bits that lower bounds lack, if there are any.

    Shares move by about ``sqrt(2 kl_max)`` within the limit, so the price of the excess grows
    with its inverse: a penalty below that price would leave mixtures beyond the limit optimal.
    """
    spread = _SPREAD / math.sqrt(2.0 * kl_max)
    largest_mu = min(max(_USUAL_MU, spread), _LARGEST_MU)
    targets = bounds.size
    bounded = targets if bounds.any() else 0
    matrix = np.hstack([-np.eye(targets), np.zeros((targets, 1)), -np.eye(targets)])
    return MasterRows(
        bit_reward=np.ones(targets),
        reward=np.append(-largest_mu, np.full(bounded, -_LARGEST_NU)),
        lower=np.zeros(1 + bounded),
        upper=np.full(1 + bounded, math.inf),
        matrix=matrix[:bounded, : targets + 1 + bounded],
        row_lower=np.full(bounded, -math.inf),
        row_upper=-bounds[:bounded] / unit,
        scale=unit,
    )
