"""The longest path where nothing but the switching time counts: the fast part of every walk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

__all__ = ["PlainWalk"]


@dataclass
class PlainWalk:
    """The walk through the intervals of a block, which can stop and go on.

    Intervals are taken in order of time.  A schedule that serves link ``n`` in interval ``a``
    served before that either nobody, or ``n`` last (at any time), or anybody last at a time
    of at most ``t[a] - tau - 1``; and each of these may be followed by ``n`` in ``a``.

    Attributes
    ----------
    ending
        Most with ``n`` served last, or with nobody served yet.
    reached
        Most with the last service in active interval ``a`` or before, for all so far.
    most
        The largest of these.
    settled, n_settled
        Most with the last service at ``t[a] - tau - 1`` or before, and how many these are.
    """

    times: Sequence[int]
    tau: int
    ending: list[int]
    reached: list[int] = field(default_factory=list)
    most: int = 0
    settled: int = 0
    n_settled: int = 0

    def go(self, served: Iterable[Sequence[int]], gains: Iterator[int]) -> int:
        """Walk through the next intervals, of given links, and return the most so far.

        Parameters
        ----------
        gains
            Of each cell, in order; of any sign. As many are taken as there are cells.
        """
        times, tau, ending, reached = self.times, self.tau, self.ending, self.reached
        most, settled, n_settled = self.most, self.settled, self.n_settled
        for a, here in enumerate(served, len(reached)):
            latest = times[a] - tau
            while times[n_settled] < latest:
                settled = reached[n_settled]
                n_settled += 1
            for n, gain in zip(here, gains, strict=False):  # takes no gain too many
                before = ending[n]
                value = gain + (before if before > settled else settled)
                if value > before:
                    ending[n] = value
                    if value > most:
                        most = value
            reached.append(most)
        self.most, self.settled, self.n_settled = most, settled, n_settled
        return most
