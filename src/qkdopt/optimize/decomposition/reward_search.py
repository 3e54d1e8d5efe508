"""Schedules from listed columns, annealed towards rewards of targets or towards a level."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.optimize.decomposition import _reward_search_kernels as kernels
from qkdopt.optimize.decomposition.annealing import stages
from qkdopt.optimize.decomposition.column_pool import ColumnPool
from qkdopt.optimize.objectives.max_min import MaxMinObjective
from qkdopt.optimize.objectives.separable import SeparableObjective

__all__ = ["RewardSearch"]

_FIRST_STEPS = 50_000
_MOST_STEPS = 1_000_000
_COLD = 3e-6  # of the bound; hot is a thousand times that
_LEVELS = (0.1, 0.3, 0.6)  # of the way from the incumbent to the bound: the next level
_EVERYBODY = 0.2  # of the mean price: the penalty of a missing bit where the price is 0


@dataclass(eq=False)
class RewardSearch:
    """Repeated annealing over one pool; keeps the best choice.

    A common level between incumbent and bound sets a goal for every target, in proportion to
    its share; missing bits are penalised, and the level rises with the incumbent.

    Attributes
    ----------
    worth
        Value of the best choice or of a better one before, -1 while there is none.
    choice
        Its columns, shape ``(B,)``.
    """

    objective: MaxMinObjective | SeparableObjective
    pool: ColumnPool
    prices: Floats
    bound: float
    random: np.random.Generator
    worth: float = -1.0

    def __post_init__(self) -> None:
        """Start with nothing; put the form into arrays."""
        objective, targets = self.objective, self.prices.size
        self.choice: Integers = self.pool.best()
        self._stock = np.array(objective.stock, float)
        self._share = np.zeros(targets)
        self._floor: Floats = np.array(objective.bounds or np.zeros(targets), float)
        self._cost: Floats = np.zeros(targets)
        self._cap: Floats = np.full(targets, np.inf)
        price = self.prices
        if isinstance(objective, MaxMinObjective):
            for n, share in objective.shares.items():
                self._share[n] = float(share)
        else:
            self._floor = np.array(objective.lower, float)
            self._cost = np.array(objective.reward, float)
            self._cap = np.array([np.inf if cap is None else cap for cap in objective.upper], float)
        self._price = 1.5 * np.maximum(price, _EVERYBODY * float(price.mean()))
        self._price[(self._share == 0) & (self._floor == 0)] = 0.0

    def run(self, stop: Callable[[], bool], told: Callable[[], None], rounds: int) -> None:
        """Anneal ``rounds`` times, ever longer, from the best of each block or the incumbent."""
        if not self.choice.size:
            return
        choices = float(np.diff(self.pool.first).sum()) - self.pool.first.size + 1
        steps = most = min(_FIRST_STEPS, int(100 * choices) + 1)
        if steps == _FIRST_STEPS:
            most = _MOST_STEPS
        found = False
        for turn in range(rounds):
            if stop():
                return
            start = self.pool.best() if turn % 2 == 0 or not found else self.choice.copy()
            hot = _COLD * self.bound * (1000.0 if turn % 2 == 0 else 30.0)
            best, before = self.choice.copy(), self.worth
            level = self._level(turn)
            for warm, cool, part in stages(hot, _COLD * self.bound, steps, 4 * level.size):
                self.worth = kernels.anneal_rewards(
                    self.pool.first, self.pool.delivered, level, self._price, self._floor,
                    self._cost, self._cap, self._share, self._stock, warm, cool, part,
                    self.random, start, best, self.worth,
                )  # fmt: skip
                if stop():
                    break
            if self.worth > before:
                self.choice, found = best, True
                told()
            steps = min(2 * steps, most)

    def _level(self, turn: int) -> Floats:
        """Return the goal of each target [bits]."""
        if not self._share.any():
            return self._floor
        step = _LEVELS[turn % len(_LEVELS)]
        worth = max(self.worth, 0.9 * self.bound)
        level = worth + step * (self.bound - worth)
        return np.asarray(np.maximum(level * self._share - self._stock, self._floor))
