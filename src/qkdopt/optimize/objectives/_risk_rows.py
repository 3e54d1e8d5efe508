"""The value of a risk as a linear programme over the rewards of cloud scenarios.

The weights of scenarios are duals, of ``eta`` and ``s``:

    maximise    sum_k lower_k r_k + (1 - sum_k lower_k) eta - sum_k room_k s_k
    subject to  eta - s_k <= r_k,   r_k <= R(y_k),    room_k = upper_k - lower_k
"""

import math
from typing import NamedTuple

import numpy as np
from scipy.sparse import csc_array, eye_array, hstack, kron, vstack

from qkdopt.arrays import Floats
from qkdopt.optimize.objectives.master_rows import MasterRows
from qkdopt.optimize.objectives.scenario_weights import ScenarioWeights

_DEAR = 1000.0  # penalty of a missing bit


class RewardRows(NamedTuple):
    """Rows ``of_bits y + of_own z <= limit`` over own columns ``0 <= z <= most``.

    Each scenario has as many columns as others, which stand together; their sum is ``r_k``.

    Attributes
    ----------
    of_bits, of_own, limit, most
        Shapes ``(R, M G)``, ``(R, Z)``, ``(R,)``, ``(Z,)``; ``inf`` where there is no limit.
    """

    of_bits: csc_array
    of_own: csc_array
    limit: Floats
    most: Floats


def repeated(part: Floats, times: int) -> csc_array:
    """Return a part of a matrix so many times on the diagonal."""
    return csc_array(kron(eye_array(times), part))


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
    each = np.ones((1, own // scenarios))
    room = weights.upper - lower
    risky = scenarios if weights.risky else 0
    ones, total = csc_array(np.ones((risky, 1))), kron(eye_array(risky, scenarios), each)

    def none(height: int, width: int) -> csc_array:
        return csc_array((height, width))

    eta = [none(risky, coordinates), -total, ones, -eye_array(risky), none(risky, missing)]
    rewards = [reward.of_bits, reward.of_own, none(rows, 1 + risky + missing)]
    floors = [-eye_array(missing, coordinates), none(missing, own + 1 + risky), -eye_array(missing)]
    matrix = csc_array(vstack([hstack(part) for part in (eta, rewards, floors)]))
    free = math.inf if risky else 0.0
    penalty = np.full(missing, -_DEAR)
    return MasterRows(
        bit_reward=zeros(coordinates),
        reward=np.concatenate(
            [np.repeat(lower, each.size), [1.0 - lower.sum()], -room[:risky], penalty]
        ),
        lower=np.concatenate([zeros(own), [-free], zeros(risky + missing)]),
        upper=np.concatenate([reward.most, [free], np.full(risky + missing, math.inf)]),
        matrix=matrix,
        row_lower=np.full(matrix.shape[0], -math.inf),
        row_upper=np.concatenate([zeros(risky), reward.limit, -least]),
        scale=unit,
    )
