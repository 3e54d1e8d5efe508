"""Schedules of target shares from listed columns: one for each block, chosen by annealing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.optimize.decomposition import _share_search_kernels as kernels
from qkdopt.optimize.decomposition.annealing import stages
from qkdopt.optimize.decomposition.column_pool import ColumnPool
from qkdopt.optimize.objectives.targeted import TargetedObjective

__all__ = ["ShareSearch"]

_FIRST_STEPS = 50_000
_MOST_STEPS = 2_000_000
_COLD = 3e-6  # of the bound; hot is a thousand times that
_PENALTIES = (1.2, 3.0)  # times mu: what a bit of excess costs at the bound's prices

_MISSING = 2.0  # times its price: the penalty of a bit below a lower bound


@dataclass(eq=False)
class ShareSearch:
    """Repeated annealing over one pool; keeps the best choice whose shares match.

    Attributes
    ----------
    total
        Bits of the best choice, 0 while there is none.
    choice
        Its columns, shape ``(B,)``.
    """

    objective: TargetedObjective
    pool: ColumnPool
    vector: Floats
    scale: float
    random: np.random.Generator
    total: float = 0.0

    def __post_init__(self) -> None:
        """Start with nothing."""
        self.choice: Integers = self.pool.best()

    def run(self, stop: Callable[[], bool], told: Callable[[float], None], rounds: int) -> None:
        """Anneal ``rounds`` times, ever longer, from the best of each block or the incumbent."""
        objective, vector = self.objective, self.vector
        kl_max = float(objective.kl_max) - 2e-12
        floors, penalty = objective.bounds.astype(float), max(objective.mu(vector), 0.01)
        choices = float(np.diff(self.pool.first).sum()) - self.pool.first.size + 1
        steps = most = min(_FIRST_STEPS, int(100 * choices) + 1)
        if steps == _FIRST_STEPS:
            most = _MOST_STEPS
        missing = _MISSING * np.maximum(objective.bound_prices(vector), 1.0)
        for turn in range(rounds):
            if stop():
                return
            start = self.pool.best() if turn % 2 == 0 or not self.total else self.choice.copy()
            hot = _COLD * self.scale * (1000.0 if turn % 2 == 0 else 30.0)
            before = self.total
            best = self.choice.copy()
            for warm, cool, part in stages(hot, _COLD * self.scale, steps, 4 * missing.size):
                self.total = kernels.anneal(
                    self.pool.first, self.pool.delivered, objective.shares.wanted, kl_max,
                    penalty * _PENALTIES[turn % 2], floors, missing, warm, cool, part,
                    self.random, start, best, self.total,
                )  # fmt: skip
                if stop():
                    break
            self.choice = best
            if self.total > before:
                told(self.total)
            steps = min(2 * steps, most)
