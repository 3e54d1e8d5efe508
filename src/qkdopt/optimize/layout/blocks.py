"""The blocks of each satellite: what lies between gaps that are longer than a hand-over."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Self

import numpy as np

from qkdopt.arrays import Integers
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.timegrid import switching_intervals


@dataclass(frozen=True)
class Block:
    """Active intervals ``first`` up to ``end`` of a satellite."""

    satellite: int
    first: int
    end: int


@dataclass(frozen=True, eq=False)
class Intervals:
    """The active intervals of all satellites, one satellite after another.

    ``passes`` and ``block`` are numbered across satellites.
    """

    satellite: Integers
    interval: Integers
    begin: Integers
    block: Integers
    passes: Integers

    @classmethod
    def of(cls, parts: Sequence[SchedulingProblem], blocks: Sequence[Block]) -> Self:
        """Return those of parts with one satellite each, and of their blocks."""
        sizes = [part.interval.size for part in parts]
        block = np.repeat(np.arange(len(blocks)), [b.end - b.first for b in blocks])
        satellite = np.repeat(np.arange(len(parts)), sizes)
        interval = np.concatenate([part.interval for part in parts])
        ends = (np.diff(interval) != 1) | (np.diff(satellite) != 0)
        return cls(
            satellite=satellite,
            interval=interval,
            begin=np.cumsum([0, *sizes]),
            block=block,
            passes=np.cumsum([False, *ends])[: interval.size],
        )

    def rows(self, block: Block) -> Integers:
        """Return the numbers of a block's intervals."""
        begin = int(self.begin[block.satellite])
        return np.arange(begin + block.first, begin + block.end)


def places(link: Integers, links: Sequence[int]) -> Integers:
    """Return the columns of a satellite's links, in their order."""
    column = {int(n): place for place, n in enumerate(link.tolist()) if n >= 0}
    return np.array([column[n] for n in links], np.int64)


def longest_turn(part: SchedulingProblem) -> int:
    """Return how many whole intervals the longest hand-over of one satellite keeps free."""
    matrix = part.operations.switch_matrix_s
    if matrix is None:
        return part.tau
    longest = max((seconds for row in matrix for seconds in row), default=Decimal(0))
    return switching_intervals(longest, part.interval_s)


def blocks_of(satellite: int, part: SchedulingProblem) -> Iterator[Block]:
    """Yield runs of active intervals with longer gaps between them than a hand-over takes.

    A minimum dwell and a limit to all hand-overs span gaps: then all is one block.
    """
    gap = max(longest_turn(part), 1)  # passes stay whole
    cuts = np.flatnonzero(np.diff(part.interval) > gap) + 1
    dwell_s = part.operations.minimum_dwell_s or Decimal(0)
    if part.operations.max_handovers is not None or dwell_s > part.interval_s:
        cuts = cuts[:0]
    ends = [0, *cuts.tolist(), part.interval.size] if part.interval.size else []
    for first, end in pairwise(ends):
        yield Block(satellite, first, end)
