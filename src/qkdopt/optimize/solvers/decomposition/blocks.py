"""Cut the horizon where a hand-over fits into any gap: the pieces do not see each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from qkdopt.arrays import Floats, Integers

__all__ = ["Blocks"]


@dataclass(frozen=True, eq=False)
class Blocks:
    """``B`` maximal runs of active intervals with more than ``tau`` from one to the next.

    Whatever one block serves last, any link can be served first in the next: schedules of
    blocks combine freely, and the longest path is the sum of those of the blocks.

    Attributes
    ----------
    shares
        What is asked of the targets: ``Shares`` or ``Wants``, which both say which links count
        for which of ``T`` targets.
    begin
        First active interval of each block, then ``A``; shape ``(B + 1,)``.
    """

    shares: Any
    begin: Integers

    @classmethod
    def create(cls, shares: Any) -> Blocks:
        """Return the blocks of a problem."""
        interval, tau = shares.problem.interval, shares.problem.tau
        cuts = np.flatnonzero(np.diff(interval) > tau) + 1
        ends = [0, *cuts.tolist(), interval.size] if interval.size else [0]
        return cls(shares, np.array(ends, np.int64))

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
        shares = self.shares
        result = np.zeros((self.count, shares.target.size))
        served = np.flatnonzero(service >= 0)
        links = service[served]
        counted = shares.position[links] >= 0
        served, links = served[counted], links[counted]
        block = np.searchsorted(self.begin, served, side="right") - 1
        np.add.at(
            result,
            (block, shares.position[links]),
            shares.problem.bits[links, served].astype(float),
        )
        return result
