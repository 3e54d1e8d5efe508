"""The recursion of the longest path where only the last link, its time and required services count.

Services that branching constraints require are a schedule's *label*: those that have taken place,
a bit for each.  Schedules of one label walk together, and go over to another label where they serve
what was required.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from math import inf

from qkdopt.verifier.blocks import Block
from qkdopt.verifier.operations import Operations

_STEPS = 4  # of a cell and another link of its block


class PlainWalk:
    """The walk where nothing counts but the switching time; it can stop and go on.

    A schedule that serves link ``n`` in interval ``a`` served before that either no link, or ``n``
    last (at any time), or any link last at a time of at most ``t[a] - tau - 1``; and each of these
    may be followed by ``n`` in ``a``.
    """

    def __init__(self, times: Sequence[int], tau: int, n_links: int) -> None:
        self.times, self.tau = times, tau
        self.ending = [0] * n_links  # most with each link served last, or with none served yet
        self.reached: list[int] = []  # by interval: most with the last service there or before
        self.most = self.settled = 0  # most of all, and with the last service at t - tau - 1
        self.n_settled = 0  # how many intervals are so early

    def go(self, served: Sequence[Sequence[int]], gains: Sequence[int]) -> int:
        """Walk through the next intervals, given links and gains of cells; return the most."""
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

    def value(self, n: int) -> int:
        """Return the most with which link ``n`` may be served in the last interval."""
        return max(self.ending[n], self.settled)

    def put(self, n: int, value: int) -> None:
        """Let a schedule join that serves link ``n`` in the last interval."""
        if value > self.ending[n]:
            self.ending[n] = value
            self.most = self.reached[-1] = max(value, self.most)

    def beside(self, nothing: int) -> PlainWalk:
        """Return a walk as far as this one, without a schedule; ``nothing`` is less than any."""
        walk = PlainWalk(self.times, self.tau, 0)
        walk.ending, walk.n_settled = [nothing] * len(self.ending), self.n_settled
        walk.reached, walk.most, walk.settled = [nothing] * len(self.reached), nothing, nothing
        return walk


def longest_plain_walk(
    operations: Operations, block: Block, gains: list[int], factor: int
) -> int | None:
    """Return the maximum over the schedules of a block that obey the constraints about it.

    Before the first interval of required services there is one label, and one after the last.
    ``gains`` are those of the cells; arithmetic takes ``factor`` times longer with their size.
    """
    served, (first, end), budget = block.served, block.window, operations.budget
    n_links, least, passed = len(operations.pool), -sum(map(abs, gains)), 0
    walks = {0: PlainWalk(block.times, operations.tau, n_links)}
    walks[0].go(served[:first], gains)
    i, j = (sum(map(len, served[:a])) for a in (first, end))
    cells_left = zip(block.positions[i:j], gains[i:j], block.meets[i:j], strict=True)
    for a in range(first, end):
        cells, n_labels = [*islice(cells_left, len(served[a]))], len(walks)
        budget.spend(n_labels * (8 * factor * (1 + len(cells)) + n_links // 20 + 1))
        for label in sorted(walks, reverse=True):  # no link is served twice
            walk = walks[label]
            own = [cell for cell in cells if not cell[2] & ~label]
            walk.go([[n for n, _, _ in own]], [gain for _, gain, _ in own])
            for n, gain, met in cells:
                if met & ~label and (value := walk.value(n) + gain) >= least:
                    if label | met not in walks:
                        walks[label | met] = walk.beside(2 * least - 1)
                    walks[label | met].put(n, value)
        budget.spend((len(walks) - n_labels) * (n_links + a // 20))
        budget.keep(len(walks) * (2 * n_links + a // 10))
        passed |= block.passed.get(a, 0)
        walks = {label: walk for label, walk in walks.items() if label & passed == passed}
    return walks[passed].go(served[end:], gains[j:]) if walks else None


def longest_turning_walk(
    operations: Operations, block: Block, gains: list[int], factor: int
) -> int:
    """Return the maximum over the schedules of a block.

    A schedule that serves link ``n`` at a time served before that either no link, or ``n``, or last
    a link ``m`` so early that there was time to turn.  Whoever leaves later does not arrive sooner,
    so of the cells of ``m`` these are the first ones, and more of them as time goes on: ``ready``
    counts them.  ``ends[m]`` is, for each cell of ``m``, the most with ``m`` served last, there
    or before.
    """
    cells: dict[int, list[int]] = {}
    for time, here in zip(block.times, block.served, strict=True):
        for n in here:
            cells.setdefault(n, []).append(time)
    operations.budget.spend(_STEPS * factor * len(block.positions) * len(cells))
    soonest, ends = operations.satellite.soonest, dict[int, list[int]]({n: [] for n in cells})
    sources: dict[int, list[tuple[int, list[int], list[float]]]] = {
        n: [(i, ends[m], [*soonest(m, n, cells[m]), inf]) for i, m in enumerate(cells) if m != n]
        for n in cells
    }
    ready = {n: [0] * len(cells) for n in cells}
    ending, most, j = dict.fromkeys(cells, 0), 0, 0
    for time, here in zip(block.times, block.served, strict=True):
        for n in here:
            value, counts = ending[n], ready[n]
            for i, end, soon in sources[n]:
                if end and end[-1] > value:
                    k = counts[i]
                    while soon[k] <= time:
                        k += 1
                    counts[i] = k
                    if k and end[k - 1] > value:
                        value = end[k - 1]
            value += gains[j]
            j += 1
            if value > ending[n]:
                ending[n] = value
                most = max(most, value)
            ends[n].append(ending[n])
    return most
