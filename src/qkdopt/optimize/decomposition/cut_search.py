"""Schedules from listed columns for any concave objective: annealing over a growing set of cuts.

The value of bits is the least of many linear functions of them, ``c . y + U*(c)``, one for each
set of multipliers. Annealing knows a few of these; the best schedule that it finds is valued
exactly, and multipliers that are tight there are the next cut.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.optimize.decomposition._annealing_kernels import Cooling
from qkdopt.optimize.decomposition.column_pool import ColumnPool
from qkdopt.optimize.decomposition.column_search import ColumnSearch
from qkdopt.optimize.exchange.parameters import USUAL, CutSearchParameters
from qkdopt.optimize.objectives._energy_kernels import Cuts
from qkdopt.optimize.objectives.base import ConcaveObjective, Multipliers


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
        targets = self.objective.delivery.targets
        self._least = np.array(self.objective.lower_bounds or np.zeros(targets), float)
        self._slopes: list[Floats] = []
        self._constants: list[float] = []
        for multipliers in self.first:
            self._cut(multipliers)
        dear = np.max(self._slopes, axis=0)
        self._price = self.parameters.dear * np.maximum(dear, float(dear.mean()))
        self._search = ColumnSearch(
            self.pool, self._cuts, self.scale, self.random, parameters=self.parameters
        )

    @property
    def choice(self) -> Integers:
        """The columns of the best choice, shape ``(B,)``."""
        return self._search.choice

    def _cut(self, multipliers: Multipliers) -> None:
        self._slopes.append(multipliers.per_bit)
        self._constants.append(multipliers.constant)

    def _cuts(self, turn: int = 0, value: float = 0.0) -> Cuts:
        return Cuts(np.array(self._slopes), np.array(self._constants), self._least, self._price)

    def run(self, stop: Callable[[], bool], on_better: Callable[[], None], rounds: int) -> None:
        """Anneal ``rounds`` times, ever longer, from the best of each block or the incumbent."""
        found = False
        for turn, steps in enumerate(self._search.lengths(rounds)):
            far = turn % 2 == 0 or not found
            for _ in range(self.parameters.corrections):
                if stop():
                    return
                better, done = self._anneal(far, steps, stop)
                if better:
                    found = True
                    on_better()
                if done:
                    break

    def _anneal(self, far: bool, steps: int, stop: Callable[[], bool]) -> tuple[bool, bool]:
        """Anneal once; say whether the best was improved, and whether the cuts were exact there."""
        search, settings, objective = self._search, self.parameters, self.objective
        start = self.pool.best() if far else self.choice.copy()
        known = search.value if self.value is None else objective.pruning_value(self.value)
        heats = Cooling(settings.hot if far else settings.warm, 1.0, steps)
        search.cells = 2 * len(self._slopes)
        promised, best = search.anneal(self._cuts(), start, heats, known, stop)
        if promised <= known:
            return False, True
        bits = np.rint(self.pool.delivered[best].sum(axis=0)).astype(np.int64)
        value = objective.value(bits.tolist())
        better = value is not None and (self.value is None or value > self.value)
        if better:
            search.choice, self.value = best, value
        if value is not None and promised <= objective.pruning_value(value):
            return better, True
        self._cut(Multipliers.near(objective, objective.supergradient(bits.tolist())))
        return better, False
