"""The longest path where nothing counts but the switching time, and required services."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain

from qkdopt.verifier.blocks import ConstrainedBlock
from qkdopt.verifier.budget import Budget

__all__ = ["PlainWalk", "longest_path_with_services"]


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
    n_cells
        Cells passed so far.
    """

    times: Sequence[int]
    tau: int
    ending: list[int]
    reached: list[int] = field(default_factory=list)
    most: int = 0
    settled: int = 0
    n_settled: int = 0
    n_cells: int = 0

    def go(self, served: Iterable[Iterable[int]], gains: Sequence[int]) -> int:
        """Walk through the next intervals, of given links, and return the most so far.

        Parameters
        ----------
        gains
            Of each cell of the block, in order; of any sign.
        """
        times, tau, ending, reached = self.times, self.tau, self.ending, self.reached
        most, settled, n_settled, j = self.most, self.settled, self.n_settled, self.n_cells
        for a, here in enumerate(served, len(reached)):
            latest = times[a] - tau
            while times[n_settled] < latest:
                settled = reached[n_settled]
                n_settled += 1
            for n in here:
                before = ending[n]
                value = gains[j] + (before if before > settled else settled)
                j += 1
                if value > before:
                    ending[n] = value
                    if value > most:
                        most = value
            reached.append(most)
        self.most, self.settled, self.n_settled, self.n_cells = most, settled, n_settled, j
        return most


def longest_path_with_services(
    plain: PlainWalk, case: ConstrainedBlock, gains: Sequence[int], budget: Budget, factor: int
) -> int | None:
    """Return the maximum over the schedules of a block with all required services.

    Before the first interval that these are about, and after the last, a plain walk suffices.

    Parameters
    ----------
    plain
        A walk of the block that has not begun.
    gains
        Of each cell that may be served; of any sign.
    factor
        How much longer arithmetic takes with gains of their size.
    """
    first, end = case.window
    plain.go(case.served[:first], gains)
    after = _walk_services(plain, case, gains, budget, factor)
    return None if after is None else after.go(case.served[end:], gains)


def _walk_services(
    plain: PlainWalk, case: ConstrainedBlock, gains: Sequence[int], budget: Budget, factor: int
) -> PlainWalk | None:
    """Do the plain walk apart for every set ``m`` of required services that took place.

    Of two sets, as bits of a whole number, the one with more services is the larger and is looked
    at first in an interval, so that nobody serves twice there.  Once a required service can take
    place no more, schedules without it are dropped.  At the end there is one set, all; the plain
    walk of it goes on; where there is no schedule, it has less than any can come to.
    """
    times, tau, n_links = plain.times, plain.tau, len(plain.ending)
    ending: dict[int, list[int | None]] = {0: [*plain.ending]}
    most, settled, n_settled = {0: plain.most}, {0: plain.settled}, plain.n_settled
    reached = deque({0: value} for value in plain.reached[n_settled:])
    (first, end), passed, factor = case.window, 0, factor + case.n_required // 512
    links = chain.from_iterable(case.served[first:end])
    cells_left = zip(links, gains[plain.n_cells :], case.meets[plain.n_cells :], strict=False)
    all_cells, j = list(cells_left), 0
    for a in range(first, end):
        while times[n_settled] < times[a] - tau:
            settled = reached.popleft()
            n_settled += 1
        cells = all_cells[j : j + len(case.served[a])]
        j += len(cells)
        budget.spend(len(ending) * (8 + n_links // 20 + 8 * factor * len(cells)))
        for m in sorted(ending, reverse=True) if len(ending) > 1 else tuple(ending):
            last, came = ending[m], settled.get(m)
            for n, gain, met in cells:
                before = last[n]
                if came is not None and (before is None or came > before):
                    before = came
                if before is None:
                    continue
                value, then = before + gain, m | met
                if then not in ending:
                    ending[then] = [None] * n_links
                into = ending[then]
                old = into[n]
                if old is None or value > old:
                    into[n] = value
                    if then not in most or value > most[then]:
                        most[then] = value
        if a in case.passed:
            passed |= case.passed[a]
            ending = {m: last for m, last in ending.items() if m & passed == passed}
            most = {m: value for m, value in most.items() if m & passed == passed}
        reached.append(most.copy())
        budget.keep(len(ending) * n_links + len(reached) * len(most))
    if passed not in ending:
        return None
    nothing = -1 - 2 * sum(map(abs, gains))
    last_links = [nothing if value is None else value for value in ending[passed]]
    so_far = [nothing] * n_settled + [by_set.get(passed, nothing) for by_set in reached]
    return PlainWalk(
        times,
        tau,
        last_links,
        so_far,
        most=max(last_links),
        settled=settled.get(passed, nothing),
        n_settled=n_settled,
        n_cells=plain.n_cells + j,
    )
