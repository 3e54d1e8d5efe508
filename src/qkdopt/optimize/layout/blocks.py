"""The blocks of each satellite: what lies between gaps that are longer than a hand-over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from qkdopt.arrays import Integers
from qkdopt.optimize.problem import SchedulingProblem

__all__ = ["Block", "Intervals", "blocks_of", "places"]


@dataclass(frozen=True)
class Block:
    """Active intervals ``first`` up to ``end`` of a satellite."""

    satellite: int
    first: int
    end: int


@dataclass(frozen=True, eq=False)
class Intervals:
    """The active intervals of all satellites, one satellite after another."""

    satellite: Integers
    interval: Integers
    begin: Integers
    block: Integers

    @classmethod
    def of(cls, parts: Sequence[SchedulingProblem], blocks: Sequence[Block]) -> Intervals:
        """Return those of parts with one satellite each, and of their blocks."""
        sizes = [part.interval.size for part in parts]
        block = np.repeat(np.arange(len(blocks)), [b.end - b.first for b in blocks])
        return cls(
            satellite=np.repeat(np.arange(len(parts)), sizes),
            interval=np.concatenate([part.interval for part in parts]),
            begin=np.cumsum([0, *sizes]),
            block=block,
        )

    def rows(self, block: Block) -> Integers:
        """Return the numbers of a block's intervals."""
        begin = int(self.begin[block.satellite])
        return np.arange(begin + block.first, begin + block.end)


def places(link: Integers, links: Sequence[int]) -> Integers:
    """Return the columns of a satellite's links, in their order."""
    column = {int(n): place for place, n in enumerate(link.tolist()) if n >= 0}
    return np.array([column[n] for n in links], np.int64)


def blocks_of(satellite: int, part: SchedulingProblem) -> Iterator[Block]:
    """Yield runs of active intervals with longer gaps between them than a hand-over takes."""
    gap = max(part.tau, 1)  # passes stay whole
    cuts = np.flatnonzero(np.diff(part.interval) > gap) + 1
    ends = [0, *cuts.tolist(), part.interval.size] if part.interval.size else []
    for first, end in pairwise(ends):
        yield Block(satellite, first, end)
