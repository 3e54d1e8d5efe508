"""Individuals that set prices; the dynamic programme answers with a best schedule for them."""

import numpy as np
from numpy.typing import NDArray

from qkdopt.arrays import Floats, Integers, read_only
from qkdopt.optimize.domain import _path_kernels as kernels
from qkdopt.optimize.domain.blocks import Blocks
from qkdopt.optimize.objectives.targeted import TargetedObjective

_SPREAD = 0.05  # standard deviation of a price in the first generation
_STEP = 0.03  # of a mutated price
_FINEST = 10  # prices are whole multiples of 2^-10, or coarser where sums would be too large
_DEAREST = 8.0
_SUM_BITS = 59  # of a sum of bits at the dearest price, in 62


class PriceGenes:
    """One gene for each of ``G`` groups of blocks and ``T`` targets: what a bit earns.

    The first individual has the prices of the relaxation's bound, the others are near them.
    Prices of a group hold for its blocks only, so that what one target lacks may be made up for
    where it costs least.
    """

    def __init__(
        self,
        objective: TargetedObjective,
        blocks: Blocks,
        prices: Floats,
        rng: np.random.Generator,
        *,
        groups: int,
        changes: float,
    ) -> None:
        """Prepare the tables; ``changes`` prices of a mutated child move, on average."""
        problem = objective.problem
        self._objective, self._problem, self._rng = objective, problem, rng
        block = np.repeat(np.arange(blocks.count), np.diff(blocks.begin))
        self._group = block * min(groups, blocks.count) // max(1, blocks.count)
        self._groups = min(groups, blocks.count)
        self._usual = np.tile(prices, self._groups)
        self.size = self._usual.size
        self._rate = min(1.0, changes / max(1, self.size))
        digits = min(_FINEST, _SUM_BITS - problem.sum_of_best.bit_length())
        self._grain = 2.0**digits
        self._bits = np.ascontiguousarray(problem.bits.T)
        active, links = self._bits.shape
        self._pointed = np.zeros((active + 1, links), np.int64)
        self._best = np.zeros(active, np.int64)
        self._served = np.empty(active, np.int64)

    def drawn(self, count: int) -> Floats:
        """Return prices around the relaxation's, which come first, shape ``(count, G T)``."""
        genes = self._usual + self._rng.normal(0.0, _SPREAD, (count, self.size))
        genes[:1] = self._usual
        return genes

    def rated(self, genes: Floats) -> Integers:
        """Return the bits of individuals by target, shape ``(P, T)``."""
        delivered = np.zeros((genes.shape[0], len(self._problem.targets)), np.int64)
        targets = np.array(self._problem.link_target, np.int64)
        for p in range(genes.shape[0]):
            service = self._decoded(genes[p])
            served = np.flatnonzero(service >= 0)
            links = service[served]
            np.add.at(delivered[p], targets[links], self._bits[served, links])
        return delivered

    def mate(self, genes: Floats, pairs: Integers) -> None:
        """Move both of a pair to random places between them, in place."""
        one, other = genes[pairs[:, 0]], genes[pairs[:, 1]]
        mixed = other + self._rng.random(one.shape) * (one - other)
        genes[pairs[:, 0]], genes[pairs[:, 1]] = mixed, one + other - mixed

    def mutate(self, genes: Floats, rows: Integers) -> None:
        """Move some prices of the rows, in place."""
        changed = self._rng.random((rows.size, self.size)) < self._rate
        genes[rows] += changed * self._rng.normal(0.0, _STEP, changed.shape)

    def service(self, one: Floats) -> Integers:
        """Return the best schedule at an individual's prices, shape ``(A,)``."""
        return self._decoded(one).copy()

    def _decoded(self, one: NDArray[np.float64]) -> Integers:
        prices = np.rint(np.clip(one, 0.0, _DEAREST) * self._grain).astype(np.int64)
        by_group = prices.reshape(self._groups, -1)
        by_link = np.append(by_group, np.zeros((self._groups, 1), np.int64), axis=1)
        gain = self._bits * by_link[:, self._objective.delivery.position][self._group]
        kernels.longest_path(
            read_only(gain), self._problem.interval, self._problem.tau, self._pointed, self._best,
            self._served,
        )  # fmt: skip
        return self._served
