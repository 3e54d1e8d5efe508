"""The value of a risk as a linear programme over the rewards of cloud scenarios.

The weights of scenarios are duals, of ``eta`` and ``s``:

    maximise    sum_k lower_k r_k + (1 - sum_k lower_k) eta - sum_k room_k s_k
    subject to  eta - s_k <= r_k,   r_k <= R(y_k),    room_k = upper_k - lower_k
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from qkdopt.arrays import Floats
from qkdopt.optimize.objectives.master_rows import MasterRows
from qkdopt.optimize.objectives.scenario_weights import ScenarioWeights

__all__ = ["RewardRows", "risk_rows"]

_DEAR = 1000.0  # penalty of a missing bit


class RewardRows(NamedTuple):
    """Rows ``of_bits y + of_own z <= limit`` over own columns ``0 <= z <= most``.

    Each scenario has as many columns as others, which stand together; their sum is ``r_k``.

    Attributes
    ----------
    of_bits, of_own, limit, most
        Shapes ``(R, M G)``, ``(R, Z)``, ``(R,)``, ``(Z,)``; ``inf`` where there is no limit.
    """

    of_bits: Floats
    of_own: Floats
    limit: Floats
    most: Floats


def risk_rows(
    reward: RewardRows, weights: ScenarioWeights, least: Floats, unit: float
) -> MasterRows:
    """Return rows of ``eta``, of rewards, and of bits that lower bounds lack.

    Columns of rewards, ``eta``, ``s`` and missing bits. ``least`` are lower bounds, shape
    ``(M G,)`` or empty, in ``unit``.
    """
    scenarios, lower, zeros = weights.lower.size, weights.lower, np.zeros
    rows, coordinates = reward.of_bits.shape
    own, missing = reward.of_own.shape[1], least.size
    each = np.repeat(np.eye(scenarios), own // scenarios, axis=1)
    room = weights.upper - lower
    risky = scenarios if weights.risky else 0
    matrix = zeros((risky + rows + missing, coordinates + own + 1 + risky + missing))
    bits, z, eta, s, short = np.split(
        matrix, np.cumsum([coordinates, own, 1, risky]).tolist(), axis=1
    )
    z[:risky], eta[:risky], s[:risky] = -each[:risky], 1.0, -np.eye(risky)
    bits[risky : risky + rows], z[risky : risky + rows] = reward.of_bits, reward.of_own
    bits[risky + rows :] = -np.eye(missing, coordinates)
    short[risky + rows :] = -np.eye(missing)
    free = math.inf if risky else 0.0
    penalty = np.full(missing, -_DEAR)
    return MasterRows(
        bit_reward=zeros(coordinates),
        reward=np.concatenate([lower @ each, [1.0 - lower.sum()], -room[:risky], penalty]),
        lower=np.concatenate([zeros(own), [-free], zeros(risky + missing)]),
        upper=np.concatenate([reward.most, [free], np.full(risky + missing, math.inf)]),
        matrix=matrix,
        row_lower=np.full(matrix.shape[0], -math.inf),
        row_upper=np.concatenate([zeros(risky), reward.limit, -least]),
        scale=unit,
    )
