"""Goals of searches for rewards or for a common level, and penalties of what is missing."""

from collections.abc import Sequence

import numpy as np

from qkdopt.arrays import Floats
from qkdopt.optimize.objectives._energy_kernels import Data, DistantGoals, Rewards
from qkdopt.optimize.objectives.max_min import MaxMinObjective
from qkdopt.optimize.objectives.risk import RiskObjective
from qkdopt.optimize.objectives.separable import SeparableObjective

RewardObjective = MaxMinObjective | SeparableObjective | RiskObjective

LEVELS = (0.1, 0.3, 0.6)
"""Of the way from the incumbent to the bound: the next level."""

_LEAST = 0.9  # of the bound: no level starts from less
_DEAR = 1.5  # times the price: the penalty of a missing bit
_DEAR_GOAL = 3.0  # the same for goals far away
_EVERYBODY = 0.2  # of the mean price: the penalty of a missing bit where the price is 0


class RewardLevels:
    """The data of the energy from turn to turn.

    A common level between incumbent and bound sets a goal for every target, in proportion to
    its share; missing bits are penalised, and the level rises with the incumbent.
    """

    def __init__(
        self,
        objective: MaxMinObjective | SeparableObjective,
        prices: Floats,
        bound: float,
        levels: Sequence[float],
    ) -> None:
        """Put penalties beside the objective's own data; ``prices`` have the shape ``(T,)``."""
        data = objective.kernel_data
        rate = _DEAR * np.maximum(prices, _EVERYBODY * float(prices.mean()))
        rate[(data.share == 0) & (data.lower == 0)] = 0.0
        self._data, self._bound, self._levels = data._replace(rate=rate), bound, levels

    def __call__(self, turn: int, value: float) -> Rewards:
        """Return what to maximise in a turn, given the incumbent's value."""
        data = self._data
        if not data.share.any():
            return data
        step, from_level = self._levels[turn % len(self._levels)], max(value, _LEAST * self._bound)
        level = from_level + step * (self._bound - from_level)
        return data._replace(goal=np.maximum(level * data.share - data.stock, data.lower))


def distant_goals(objective: RewardObjective, prices: Floats, bound: float) -> Data:
    """Return an objective's data with goals at the bound, and penalties of what is missing."""
    if isinstance(objective, RiskObjective):
        return objective.kernel_data(bound)
    data = objective.kernel_data
    if isinstance(objective, SeparableObjective):
        mean = float(prices.mean()) or 1.0
        return DistantGoals(data._replace(rate=_DEAR_GOAL * np.maximum(prices, _EVERYBODY * mean)))
    usual = float(data.share[data.share > 0].mean())
    asked = np.where((data.share == 0) & (data.lower > 0), usual, data.share)
    goal = np.maximum(data.share * bound - data.stock, data.lower)
    return DistantGoals(data._replace(goal=goal, rate=1.0 / np.where(asked > 0, asked, np.inf)))
