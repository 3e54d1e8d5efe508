"""The recursion of the longest path: without labels, and where more has to be remembered.

Operations count intervals and hand-overs, branching constraints require services: a schedule's
*label* holds what they depend on in its past.  Schedules that agree in label and last link can
be continued alike, so only the best of them is kept.  Where nothing has to be remembered there is
one label, and the recursion is that of `PlainWalk`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import chain

from qkdopt.verifier.blocks import Case
from qkdopt.verifier.budget import Budget
from qkdopt.verifier.counters import Operations
from qkdopt.verifier.labelled_walk import labelled_walk

Cell = tuple[int, int, int]  # link, gain, and the required services that it is, a bit for each


class PlainWalk:
    """The walk where nothing counts but the switching time; it can stop and go on.

    A schedule that serves link ``n`` in interval ``a`` served before that either no link, or ``n``
    last (at any time), or any link last at a time of at most ``t[a] - tau - 1``; and each of these
    may be followed by ``n`` in ``a``.

    Attributes
    ----------
    ending
        Most with each link served last, or with no link served yet.
    times, reached
        Intervals, and for all that are over: most with the last service there or before.
    most
        The largest of these.
    settled, n_settled
        Most with the last service at ``t[a] - tau - 1`` or before, and how many these are.
    """

    def __init__(self, times: Sequence[int], tau: int, n_links: int) -> None:
        self.times, self.tau, self.ending = times, tau, [0] * n_links
        self.reached: list[int] = []
        self.most = self.settled = self.n_settled = 0

    def go(self, served: Sequence[Sequence[int]], gains: Sequence[int]) -> int:
        """Walk through the next intervals and return the most so far.

        Parameters
        ----------
        served
            The links of the cells in each interval.
        gains
            Of each cell, in order; of any sign.
        """
        times, tau, ending, reached = self.times, self.tau, self.ending, self.reached
        most, settled, n_settled, j = self.most, self.settled, self.n_settled, 0
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
        self.most, self.settled, self.n_settled = most, settled, n_settled
        return most


def longest_walk(
    operations: Operations, case: Case, gains: Sequence[int], factor: int
) -> int | None:
    """Return the maximum over the schedules of a block that obey operations and constraints.

    Intervals are taken in order of time.  Without operations there is one label before the first
    interval of required services, and one after the last.

    Parameters
    ----------
    gains
        Of each cell that may be served; of any sign.
    factor
        How much longer arithmetic takes with gains of their size.
    """
    if operations.needed:
        return labelled_walk(operations, case, gains, factor)
    (first, end), served = case.window, case.served
    plain = PlainWalk(case.times, operations.tau, len(operations.pool))
    plain.go(served[:first], gains)
    if first == end:
        return plain.most
    i, j = (sum(map(len, served[:a])) for a in (first, end))
    cells = list(zip(chain(*served[first:end]), gains[i:j], case.meets[i:j], strict=True))
    nothing = -1 - 2 * sum(map(abs, gains))
    if not _walk_services(plain, case, cells, operations.budget, factor, nothing):
        return None
    return plain.go(served[end:], gains[j:])


def _walk_services(
    plain: PlainWalk, case: Case, all_cells: list[Cell], budget: Budget, factor: int, nothing: int
) -> bool:
    """Do the plain walk apart for every set ``m`` of required services that took place.

    Of two sets, as bits of a whole number, the one with more services is the larger and is treated
    first in an interval, so that no link is served twice there.  Once a required service can take
    place no more, schedules without it are dropped.  At the end there is one set, all, and the
    plain walk goes on with it, or none; where there is no schedule it has ``nothing``, which is
    less than any can come to.
    """
    times, tau, n_links, (first, end) = plain.times, plain.tau, len(plain.ending), case.window
    ending: dict[int, list[int | None]] = {0: [*plain.ending]}
    most, settled, n_settled = {0: plain.most}, {0: plain.settled}, plain.n_settled
    reached = deque({0: value} for value in plain.reached[n_settled:])
    passed, factor, j = 0, factor + case.n_required // 512, 0
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
        return False
    plain.ending = [nothing if value is None else value for value in ending[passed]]
    so_far = [values.get(passed, nothing) for values in reached]
    plain.reached = [nothing] * n_settled + so_far
    plain.most, plain.settled = max(plain.ending), settled.get(passed, nothing)
    plain.n_settled = n_settled
    return True
