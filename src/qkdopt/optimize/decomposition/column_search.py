"""Schedules from listed columns: one for each block, chosen by repeated annealing."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from qkdopt.arrays import Integers
from qkdopt.optimize.decomposition._annealing_kernels import Columns, Cooling, anneal
from qkdopt.optimize.decomposition.annealing import stages, step_effort_s
from qkdopt.optimize.decomposition.column_pool import ColumnPool
from qkdopt.optimize.exchange.parameters import USUAL, AnnealingParameters
from qkdopt.optimize.objectives._energy_kernels import Data

_STEPS_PER_COLUMN = 100  # where columns are few
_NO_VALUE = -1e300  # below that of any schedule


@dataclass(eq=False)
class ColumnSearch:
    """Repeated annealing over one pool; keeps the best choice.

    Attributes
    ----------
    data
        Called with turn and best value so far; returns the data of the energy (see
        :mod:`~qkdopt.optimize.objectives._energy_kernels`).
    scale
        Size of the values among which it searches.
    value
        Of the best choice or of a better one before.
    cells
        About how many numbers a step examines for each target.
    choice
        Its columns, shape ``(B,)``.
    """

    pool: ColumnPool
    data: Callable[[int, float], Data]
    scale: float
    random: np.random.Generator
    value: float = _NO_VALUE
    parameters: AnnealingParameters = USUAL.annealing
    cells: int = 4

    def __post_init__(self) -> None:
        """Start with the best of each block."""
        self.choice: Integers = self.pool.best()

    def run(self, stop: Callable[[], bool], on_better: Callable[[], None], rounds: int) -> None:
        """Anneal ``rounds`` times, ever longer, from the best of each block or the incumbent."""
        found = False
        for turn, steps in enumerate(self.lengths(rounds)):
            if stop():
                return
            start = self.pool.best() if turn % 2 == 0 or not found else self.choice.copy()
            data = self.data(turn, self.value)
            heat = self.parameters.hot if turn % 2 == 0 else self.parameters.warm
            value, choice = self.anneal(data, start, Cooling(heat, 1.0, steps), self.value, stop)
            if value > self.value:
                self.value, self.choice, found = value, choice, True
                on_better()

    def lengths(self, rounds: int) -> list[int]:
        """Return the steps of each round, none where there is nothing to choose."""
        if not self.choice.size:
            return []
        settings = self.parameters
        choices = float(np.diff(self.pool.first).sum()) - self.pool.first.size + 1
        few = int(_STEPS_PER_COLUMN * choices) + 1
        if few < settings.first_steps:
            return [few] * rounds
        return [min(settings.first_steps * 2**i, settings.most_steps) for i in range(rounds)]

    def effort_s(self, rounds: int) -> float:
        """Return about how long so many rounds take [s], by what they have to do."""
        return step_effort_s(self.cells * self.pool.delivered.shape[1]) * sum(self.lengths(rounds))

    def anneal(
        self, data: Data, start: Integers, cooling: Cooling, known: float, stop: Callable[[], bool]
    ) -> tuple[float, Integers]:
        """Anneal once; return the best value above a known one, or that, and the best columns.

        Heats are in units of the last heat; ``start`` is changed.
        """
        best, cold = self.choice.copy(), self.parameters.cold * self.scale
        columns = Columns(self.pool.first, self.pool.delivered)
        hot, cells = cold * cooling.hot, self.cells * columns.delivered.shape[1]
        for warm, cool, part in stages(hot, cold * cooling.cold, cooling.steps, cells):
            part_of_it = Cooling(warm, cool, part)
            known = anneal(columns, data, part_of_it, self.random, start, best, known)
            if stop():
                break
        return known, best
