"""Cut the horizon where a hand-over fits into any gap: the pieces do not see each other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.optimize.domain.delivery import Delivery
from qkdopt.optimize.limits import limits_of
from qkdopt.optimize.problem import SchedulingProblem

__all__ = ["Blocks"]


@dataclass(frozen=True, eq=False)
class Blocks:
    """``B`` runs of active intervals whose schedules combine freely.

    Whatever one block serves last, any link can be served first in the next, so the longest path
    is the sum of those of the blocks.

    Attributes
    ----------
    delivery
        What schedules deliver to ``T`` targets.
    begin
        First active interval of each block, then ``A``; shape ``(B + 1,)``.
    """

    delivery: Delivery
    begin: Integers

    @classmethod
    def create(cls, delivery: Delivery) -> Blocks:
        """Return the blocks of a problem."""
        return cls(delivery, _begin(delivery.problem))

    @property
    def count(self) -> int:
        """How many blocks there are."""
        return self.begin.size - 1

    @property
    def longest(self) -> int:
        """How many intervals the longest block has, 0 without any."""
        return int(np.diff(self.begin).max(initial=0))

    def of(self, interval: int) -> int:
        """Return the block of an active interval."""
        return int(np.searchsorted(self.begin, interval, side="right")) - 1

    def delivered(self, service: Integers) -> Floats:
        """Return the bits that each target gets in each block, whole, shape ``(B, T)``."""
        return self.delivery.by_block(service, self.begin)


def _begin(problem: SchedulingProblem) -> Integers:
    """Return where blocks begin, then ``A``.

    Two neighbours are in two blocks when any hand-over fits between them and no rule looks
    across: minimum dwell and a limit to all hand-overs do, limits per pass look within passes.
    """
    interval, limits = problem.interval, limits_of(problem)
    if not interval.size:
        return np.zeros(1, np.int64)
    matrix = problem.operations.switch_matrix_s
    gap = problem.tau if matrix is None else int(limits.tau.max(initial=0))
    if limits.pass_handovers is not None or limits.pass_service is not None:
        gap = max(gap, 1)
    cuts = np.flatnonzero(np.diff(interval) > gap) + 1
    if limits.dwell > 1 or limits.handovers is not None:
        cuts = cuts[:0]
    return np.array([0, *cuts.tolist(), interval.size], np.int64)
