"""What searches maximise in uncertain cloud scenarios, compiled; ``M`` scenarios, ``G`` groups.

Delivered numbers come by group, ``(G, M)`` in one row: those of a group stand together.
"""

from typing import NamedTuple

import numpy as np

from qkdopt.arrays import Floats
from qkdopt.compiled import kernel_part
from qkdopt.optimize.objectives._energy_kernels import energy, value


class RiskRewards(NamedTuple):
    """Rewards of scenarios, weighted as badly as a risk allows, less penalties of missing bits.

    Attributes
    ----------
    earn, cap
        What a number of each group earns up to a cap, shape ``(G,)``.
    share, stock
        Where some ``share`` is positive, the reward is the smallest ``(number + stock) / share``
        instead; shape ``(G,)``.
    goal
        Such a level that is sought in each scenario, shape ``(M,)``: until all have it, what they
        lack of it counts by its Euclidean norm.
    lower, rate
        Lower bounds of groups, and the penalty of a bit that is missing, shape ``(G,)``.
    least, room
        Least weight of each scenario and what it may get besides, shape ``(M,)``.
    """

    earn: Floats
    cap: Floats
    share: Floats
    stock: Floats
    goal: Floats
    lower: Floats
    rate: Floats
    least: Floats
    room: Floats


@kernel_part
def _weighted(least: Floats, room: Floats, rewards: Floats) -> float:
    """Return the least mean of rewards over all weights, ``(M,)``."""
    total, left = 0.0, 1.0
    for k in range(least.size):
        total += least[k] * rewards[k]
        left -= least[k]
    if left <= 0.0 or room[0] <= 0.0:
        return total
    for k in np.argsort(rewards):
        more = min(left, room[k])
        total += more * rewards[k]
        left -= more
        if left <= 0.0:
            break
    return total


@kernel_part
def _missing(data: RiskRewards, numbers: Floats) -> float:
    """Return the penalty of what lower bounds lack."""
    lower, rate, scenarios, total = data.lower, data.rate, data.least.size, 0.0
    for g in range(lower.size):
        if lower[g] > 0.0:
            for k in range(scenarios):
                total += rate[g] * max(0.0, lower[g] - numbers[g * scenarios + k])
    return total


@energy.register
def _energy_of_risk(
    data: RiskRewards, bits: Floats, terms: Floats, old_bits: Floats, old: Floats
) -> float:
    earn, cap, share, stock, goal = data.earn, data.cap, data.share, data.stock, data.goal
    scenarios, levelled = goal.size, False
    rewards = terms[:scenarios]
    for k in range(scenarios):
        rewards[k] = 0.0
    for g in range(share.size):
        own = bits[g * scenarios : (g + 1) * scenarios]
        if share[g] > 0.0:
            levelled, per = True, 1.0 / share[g]
            for k in range(scenarios):
                short = max(goal[k] - (own[k] + stock[g]) * per, 0.0)
                rewards[k] += short * short
        elif earn[g] > 0.0:
            for k in range(scenarios):
                rewards[k] += earn[g] * min(own[k], cap[g])
    if levelled:
        for k in range(scenarios):
            rewards[k] = goal[k] - np.sqrt(rewards[k])
    return float(_weighted(data.least, data.room, rewards) - _missing(data, bits))


@value.register
def _value_of_risk(data: RiskRewards, bits: Floats, energy_there: float) -> float:
    earn, cap, share, stock, goal = data.earn, data.cap, data.share, data.stock, data.goal
    scenarios, levelled = goal.size, False
    if _missing(data, bits) > 0.0:
        return -np.inf
    rewards, level = np.zeros(scenarios), np.full(scenarios, np.inf)
    for g in range(share.size):
        own = bits[g * scenarios : (g + 1) * scenarios]
        if share[g] > 0.0:
            levelled, per = True, 1.0 / share[g]
            for k in range(scenarios):
                level[k] = min(level[k], (own[k] + stock[g]) * per)
        elif earn[g] > 0.0:
            for k in range(scenarios):
                rewards[k] += earn[g] * min(own[k], cap[g])
    return float(_weighted(data.least, data.room, level if levelled else rewards))
