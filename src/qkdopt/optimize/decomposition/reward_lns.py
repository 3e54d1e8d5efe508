"""Large-neighbourhood search for rewards of targets: windows solved again at scattered prices.

No list of schedules is needed, so a walk reaches what lists leave out: in a week whose cities
share their passes a few seconds of it come within a few thousandths of the bound.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.optimize.decomposition import _reward_lns_kernels as kernels
from qkdopt.optimize.decomposition.annealing import CELL_S, stages
from qkdopt.optimize.objectives.max_min import MaxMinObjective
from qkdopt.optimize.objectives.separable import SeparableObjective

__all__ = ["RewardLNS"]

_FIRST_STEPS, _MOST_STEPS = 20_000, 1_000_000
_STEPS_PER_INTERVAL = 250  # of the second walk; the first is short, the later ones are longer
_DOUBLINGS = 2
_OCTAVES = 3.5  # windows of 2 to about 20 intervals
_USUAL_WINDOW = 10  # intervals
_STEP_S = 1e-6  # what a step takes besides its window
_NOISE = 0.3
_HOT, _WARM, _COLD = 5e-3, 1e-3, 1e-4  # of the bound
_ROUND = 4  # walks: one begins anew, hot; one stirs the incumbent; two change it less
_DEAR = 3.0  # times the price: the penalty of a missing bit
_EVERYBODY = 0.2  # of the mean price: the penalty of a missing bit where the price is 0
_FREE = 1e-3  # of the mean price: the price in windows where it is 0


class RewardLNS:
    """Walks that take turns; the best schedule is kept.

    Attributes
    ----------
    best
        Link served in each active interval, -1 where none is, shape ``(A,)``.
    worth
        Its value, or that of a better one before; -1 while there is none.
    """

    def __init__(
        self,
        objective: MaxMinObjective | SeparableObjective,
        prices: Floats,
        bound: float,
        start: Integers,
    ) -> None:
        """Put the objective into arrays; ``start`` need not meet lower bounds, shape ``(A,)``."""
        problem, targets = objective.problem, len(objective.problem.targets)
        self._bits = np.ascontiguousarray(problem.bits.T)
        self._interval, self._tau = problem.interval, problem.tau
        self._place = np.array(problem.link_target, np.int64)
        self._scale = max(bound, 1.0)
        self._stock = np.array(objective.stock, float)
        self._share, self._least, self._earn = np.zeros((3, targets))
        self._cap: Floats = np.full(targets, np.inf)
        price = prices
        mean = float(price.mean()) or 1.0
        self._base = np.maximum(price, _FREE * mean)
        if isinstance(objective, MaxMinObjective):
            for n, share in objective.shares.items():
                self._share[n] = float(share)
            self._least = np.array(objective.bounds or np.zeros(targets), float)
            self._goal: Floats = np.maximum(self._share * bound - self._stock, self._least)
            usual = float(self._share[self._share > 0].mean())
            asked = np.where((self._share == 0) & (self._least > 0), usual, self._share)
            self._rate: Floats = 1.0 / np.where(asked > 0, asked, np.inf)
        else:
            self._goal = self._least = np.array(objective.lower, float)
            self._earn = np.array(objective.reward, float)
            self._cap = np.array([np.inf if cap is None else cap for cap in objective.upper], float)
            self._rate = _DEAR * np.maximum(price, _EVERYBODY * mean)
        self._start = np.array(start, np.int64)
        self._turn = 0
        self.best: Integers = self._start.copy()
        self.worth = -1.0

    def adopt(self, service: Integers, worth: float) -> None:
        """Go on from another schedule if it is better."""
        if worth > self.worth:
            self.best, self.worth = np.array(service, np.int64), worth

    def run(self, random: np.random.Generator, stop: Callable[[], bool] = lambda: False) -> bool:
        """Walk once more; say whether the best is better. ``stop`` is called now and then."""
        place = self._turn % _ROUND
        anew = self.worth < 0 or (place == 0 and self._turn > 0)
        service = self._start.copy() if anew else self.best.copy()
        heat = _HOT if place % 2 == 0 else _WARM
        before, steps = self.worth, self._steps()
        hot, cold, cells = heat * self._scale, _COLD * self._scale, self._cells_per_step()
        for warm, cool, part in stages(hot, cold, steps, cells):
            self.worth = kernels.walk(
                self._bits, self._interval, self._tau, self._place, self._goal, self._rate,
                self._least, self._earn, self._cap, self._share, self._stock, self._base, _NOISE,
                _OCTAVES, warm, cool, part, random, service, self.best, self.worth,
            )  # fmt: skip
            if stop():
                break
        self._turn += 1
        return self.worth > before

    @property
    def effort_s(self) -> float:
        """About how long the next walk takes [s], by what it has to do."""
        return self._steps() * (_STEP_S + CELL_S * self._cells_per_step())

    def _cells_per_step(self) -> float:
        return float(_USUAL_WINDOW * self._bits.shape[1])

    def _steps(self) -> int:
        if self._turn == 0:
            return _FIRST_STEPS
        longer: int = 2 ** min(self._turn - 1, _DOUBLINGS)
        wanted = _STEPS_PER_INTERVAL * self._start.size * longer
        return min(max(wanted, _FIRST_STEPS), _MOST_STEPS)
