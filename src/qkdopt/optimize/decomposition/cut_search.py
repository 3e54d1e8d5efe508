"""Schedules from listed columns for any concave objective: annealing over a growing set of cuts.

The value of bits is the least of many linear functions of them, ``c . y + U*(c)``, one for each
set of multipliers. Annealing knows a few of these; the best schedule that it finds is valued
exactly, and multipliers that are tight there are the next cut.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.optimize.decomposition._cut_search_kernels import anneal_cuts
from qkdopt.optimize.decomposition.annealing import stages
from qkdopt.optimize.decomposition.column_pool import ColumnPool
from qkdopt.optimize.exchange.parameters import USUAL, CutSearchParameters
from qkdopt.optimize.objectives.base import ConcaveObjective, Multipliers

__all__ = ["CutSearch"]

_BELOW = -1e300  # below the value of any schedule


@dataclass(eq=False)
class CutSearch:
    """Repeated annealing over one pool; keeps the best choice.

    Attributes
    ----------
    first
        Multipliers whose cuts annealing knows from the beginning.
    scale
        Size of the values among which it searches.
    value
        Of the best choice or of the incumbent before, ``None`` while there is none.
    choice
        Its columns, shape ``(B,)``.
    """

    objective: ConcaveObjective
    pool: ColumnPool
    first: list[Multipliers]
    scale: float
    random: np.random.Generator
    value: Fraction | None = None
    parameters: CutSearchParameters = USUAL.cut_search

    def __post_init__(self) -> None:
        """Start with nothing but the first cuts."""
        self.choice: Integers = self.pool.best()
        targets = self.objective.delivery.targets
        self._least = np.array(self.objective.lower_bounds or np.zeros(targets), float)
        self._slopes: list[Floats] = []
        self._constants: list[float] = []
        for multipliers in self.first:
            self._cut(multipliers)
        dear = np.max(self._slopes, axis=0)
        self._price = self.parameters.dear * np.maximum(dear, float(dear.mean()))

    def _cut(self, multipliers: Multipliers) -> None:
        self._slopes.append(multipliers.per_bit)
        self._constants.append(multipliers.constant)

    def run(self, stop: Callable[[], bool], on_better: Callable[[], None], rounds: int) -> None:
        """Anneal ``rounds`` times, ever longer, from the best of each block or the incumbent."""
        if not self.choice.size:
            return
        settings = self.parameters
        choices = float(np.diff(self.pool.first).sum()) - self.pool.first.size + 1
        steps = most = min(settings.first_steps, int(100 * choices) + 1)
        if steps == settings.first_steps:
            most = settings.most_steps
        found = False
        for turn in range(rounds):
            far = turn % 2 == 0 or not found
            for _ in range(settings.corrections):
                if stop():
                    return
                better, done = self._anneal(far, steps, stop)
                if better:
                    found = True
                    on_better()
                if done:
                    break
            steps = min(2 * steps, most)

    def _anneal(self, far: bool, steps: int, stop: Callable[[], bool]) -> tuple[bool, bool]:
        """Anneal once; say whether the best was improved, and whether the cuts were exact there."""
        settings = self.parameters
        start = self.pool.best() if far else self.choice.copy()
        cold = settings.cold * self.scale
        hot = cold * (settings.hot if far else settings.warm)
        best = self.choice.copy()
        slopes, known = np.array(self._slopes), _BELOW
        if self.value is not None:
            known = self.objective.pruning_value(self.value)
        promised = known
        for warm, cool, part in stages(hot, cold, steps, 2 * slopes.size):
            promised = anneal_cuts(
                self.pool.first, self.pool.delivered, slopes, np.array(self._constants),
                self._least, self._price, warm, cool, part, self.random, start, best, promised,
            )  # fmt: skip
            if stop():
                break
        if promised <= known:
            return False, True
        bits = np.rint(self.pool.delivered[best].sum(axis=0)).astype(np.int64)
        value = self.objective.value(bits.tolist())
        better = value is not None and (self.value is None or value > self.value)
        if better:
            self.choice, self.value = best, value
        if value is not None and promised <= self.objective.pruning_value(value):
            return better, True
        self._cut(Multipliers.near(self.objective, self.objective.supergradient(bits.tolist())))
        return better, False
