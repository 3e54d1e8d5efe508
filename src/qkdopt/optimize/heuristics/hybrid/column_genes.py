"""Individuals that choose a listed schedule for each block: what the dynamic programme left."""

import numpy as np
from numpy.typing import NDArray

from qkdopt.arrays import Integers
from qkdopt.optimize.decomposition.column_pool import ColumnPool
from qkdopt.optimize.heuristics.hybrid._column_kernels import add_columns
from qkdopt.optimize.objectives.targeted import TargetedObjective

_TOWARDS_SMALL_LOSS = 2.0  # the place in a block's list is the length times a number to this power


class ColumnGenes:
    """One gene for each of ``B`` blocks: a column of the pool.

    Blocks do not see each other, so every choice is a legal schedule and nothing is repaired.
    """

    def __init__(
        self,
        objective: TargetedObjective,
        pool: ColumnPool,
        rng: np.random.Generator,
        *,
        changes: float,
    ) -> None:
        """Prepare the tables; ``changes`` blocks of a mutated child choose anew, on average."""
        self.pool, self.size = pool, pool.first.size - 1
        self._first, self._length = pool.first[:-1], np.diff(pool.first)
        self._bits = np.zeros((pool.loss.size, len(objective.problem.targets)), np.int64)
        self._bits[:, objective.shares.target] = pool.delivered
        self._random, self._rate = rng, min(1.0, changes / max(1, self.size))

    def drawn(self, count: int) -> NDArray[np.int64]:
        """Return individuals whose columns tend to have a small loss, shape ``(count, B)``."""
        return self._columns(self._random.random((count, self.size)))

    def rated(self, genes: NDArray[np.int64]) -> Integers:
        """Return the bits of individuals by target, shape ``(P, T)``."""
        delivered = np.empty((genes.shape[0], self._bits.shape[1]), np.int64)
        add_columns(genes, self._bits, delivered)
        return delivered

    def mate(self, genes: NDArray[np.int64], pairs: Integers) -> None:
        """Exchange each block with probability one half, in place: their order means nothing."""
        one, other = genes[pairs[:, 0]], genes[pairs[:, 1]]
        swapped = self._random.random(one.shape) < 1 / 2
        genes[pairs[:, 0]] = np.where(swapped, other, one)
        genes[pairs[:, 1]] = np.where(swapped, one, other)

    def mutate(self, genes: NDArray[np.int64], rows: Integers) -> None:
        """Let some blocks of the rows choose anew, in place."""
        numbers = self._random.random((2, rows.size, self.size))
        genes[rows] = np.where(numbers[0] < self._rate, self._columns(numbers[1]), genes[rows])

    def service(self, one: NDArray[np.int64]) -> Integers:
        """Return the links that an individual serves, shape ``(A,)``."""
        return self.pool.service(one)

    def _columns(self, numbers: NDArray[np.float64]) -> NDArray[np.int64]:
        place = (numbers**_TOWARDS_SMALL_LOSS * self._length).astype(np.int64)
        return np.asarray(self._first + place)
