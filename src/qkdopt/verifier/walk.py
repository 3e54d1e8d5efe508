"""The recursion of the longest path: without labels, and where more has to be remembered.

Operations count intervals and hand-overs, branching constraints ask for services: a schedule's
*label* holds what they need to know of its past.  Schedules that agree in label and last link can
be continued alike, so only the best of them is kept.  Where nothing has to be remembered there is
one label, and the recursion is that of `plain_walk`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import chain

from qkdopt.verifier.blocks import Case
from qkdopt.verifier.counters import Operations
from qkdopt.verifier.operations import pass_numbers

__all__ = ["labelled_walk", "plain_walk"]

Values = dict[int, int]  # by label
Cell = tuple[int, int, int]  # link, gain, and the required services that it is, a bit for each


def plain_walk(
    times: Sequence[int],
    tau: int,
    n_links: int,
    served: Sequence[Sequence[int]],
    gains: Sequence[int],
) -> int:
    """Return the maximum over the schedules where nothing counts but the switching time.

    Intervals are taken in order of time.  A schedule that serves link ``n`` in interval ``a``
    served before that either nobody, or ``n`` last (at any time), or anybody last at a time
    of at most ``t[a] - tau - 1``; and each of these may be followed by ``n`` in ``a``.

    Parameters
    ----------
    served
        The links of the cells in each interval.
    gains
        Of each cell, in order; of any sign.
    """
    ending = [0] * n_links  # most with a link served last, or with nobody served yet
    reached: list[int] = []  # most with the last service in an interval or before
    most = settled = n_settled = j = 0  # settled: most with the last service early enough
    for a, here in enumerate(served):
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
    return most


def labelled_walk(
    operations: Operations, case: Case, gains: Sequence[int], factor: int
) -> int | None:
    """Return the maximum over the schedules of a block that obey operations and constraints.

    A label is a whole number: the required services that have taken place, a bit for each, and
    above these bits the number of the counters.  Intervals are taken in order of time.  The walk
    keeps by label what the best schedules have gained that served nobody or link ``n`` last
    (``ending``), and those that left a link and had the time to turn to a pool (``turned``).

    Parameters
    ----------
    gains
        Of each cell that may be served; of any sign.
    factor
        How much longer arithmetic takes with gains of their size.
    """
    walk = _Walk(operations, case, factor + case.n_required // 512)
    cells, j = list(zip(chain.from_iterable(case.served), gains, case.meets, strict=True)), 0
    for a, here in enumerate(case.served):
        if a in walk.begins:
            walk.rest()
        if a in walk.turning:
            walk.arrive(a)
        if here:
            walk.serve(a, cells[j : j + len(here)])
            j += len(here)
        elif case.times[a] in operations.locked:
            return None
        if a in case.passed:
            walk.expire(case.passed[a])
    return max(walk.ends(), default=None)


class _Walk:
    """Where the walk stands; its steps are counted before they are taken."""

    def __init__(self, operations: Operations, case: Case, factor: int) -> None:
        self.operations, self.factor, self.budget = operations, factor, operations.budget
        self.times, self.n_required = case.times, case.n_required
        self.passes = pass_numbers(self.times) if operations.per_pass else [0] * len(self.times)
        self.begins = {a for a in range(1, len(self.times)) if self.passes[a] > self.passes[a - 1]}
        self.pool = operations.pool
        self.ending: dict[int, list[int | None]] = {0: [0] * len(self.pool)}
        self.turned: list[Values] = [{} for _ in {*self.pool}]
        self.turning: defaultdict[int, list[tuple[list[int], int, Values]]] = defaultdict(list)
        self.n_turning = 0
        self.passed = 0  # required services that had to take place by now
        self.best: defaultdict[int, Values] = defaultdict(dict)  # of those turning, by pool left
        self.known: dict[int, tuple[int | None, int | None]] = {}

    def arrive(self, a: int) -> None:
        """Let those serve from interval ``a`` on that have turned."""
        passed, now = self.passed, self.passes[a]
        for pools, began, came in self.turning.pop(a):
            n_steps = 2 * self.factor * len(came) * (4 + len(pools)) + len(pools)
            self.budget.spend(n_steps)
            self.n_turning -= len(came) + 1
            for label, value in (came if began == now else self._rested(came)).items():
                if label & passed == passed:
                    for q in pools:
                        into = self.turned[q]
                        if label not in into or value > into[label]:
                            into[label] = value

    def serve(self, a: int, cells: list[Cell]) -> None:
        """Serve one of the cells, or nobody unless the interval is locked to a link."""
        pool, ending, n_labels = self.pool, self.ending, len(self.ending)
        n_turned = sum(map(len, self.turned))
        self.budget.keep(2 * n_labels * len(pool) + n_turned + self.n_turning)
        self.budget.spend(n_labels * (8 * self.factor * (1 + len(cells)) + len(pool) // 20))
        served = self._served(cells)
        if self.times[a] in self.operations.locked:
            ending = self.ending = {}
            self.turned = [{} for _ in self.turned]
            self.turning.clear()
            self.best.clear()
            self.n_turning = 0
        fresh: dict[int, Values] = {}
        for label, n, value in served:
            last = ending.get(label)
            if last is None:
                last = ending[label] = [None] * len(pool)
            before = last[n]
            if before is None or value > before:
                last[n] = value
                best = self.best[pool[n]]
                if label not in best or value > best[label]:
                    best[label] = value
                    fresh.setdefault(n, {})[label] = value
        for n, values in fresh.items():
            self._turn(a, n, values)

    def _served(self, cells: list[Cell]) -> list[tuple[int, int, int]]:
        """Return label, link and gain of every schedule that goes on with one of the cells."""
        found, known, pool, turned = [], self.known, self.pool, self.turned
        for label, last in self.ending.items():
            same, other = known.get(label) or self._after(label)
            for n, gain, met in cells:
                before, came = last[n], turned[pool[n]].get(label)
                if same == other and came is not None:  # they count alike: the better will do
                    before = came if before is None or came > before else before
                elif came is not None and other is not None:
                    found.append((other | met, n, came + gain))
                if before is not None and same is not None:
                    found.append((same | met, n, before + gain))
        return found

    def expire(self, services: int) -> None:
        """Drop the schedules without the services that had to take place until now."""
        passed = self.passed = self.passed | services
        self.ending = {m: last for m, last in self.ending.items() if m & passed == passed}
        self.turned = [
            {m: value for m, value in values.items() if m & passed == passed}
            for values in self.turned
        ]

    def ends(self) -> Iterator[int]:
        """Yield what the schedules have gained that may end here."""
        full = (1 << self.n_required) - 1
        for label, last in self.ending.items():
            if label & full == full and self.operations.complete(label >> self.n_required):
                yield from (value for value in last if value is not None)

    def _turn(self, a: int, n: int, values: Values) -> None:
        """Let schedules that served link ``n`` in interval ``a`` turn to other links.

        Where one pool is all links, the best of them is enough.
        """
        if self.operations.options.dwell > 1:
            complete = self.operations.complete
            values = {m: v for m, v in values.items() if complete(m >> self.n_required)}
        turns = self.operations.turns[n] if values else []
        self.budget.spend(8 * len(turns))
        for tau, pools in turns:
            free = bisect_left(self.times, self.times[a] + tau + 1, lo=a)
            if free < len(self.times):
                self.turning[free].append((pools, self.passes[a], values))
                self.n_turning += len(values) + 1

    def _after(self, label: int) -> tuple[int | None, int | None]:
        """Return the label once an interval more is served, by the same link or another."""
        width = self.n_required
        met = label & ((1 << width) - 1)
        same, other = self.operations.after(label >> width)
        self.known[label] = (
            None if same is None else same << width | met,
            None if other is None else other << width | met,
        )
        return self.known[label]

    def rest(self) -> None:
        """Forget the counters of the pass that is over."""
        n_turned = sum(map(len, self.turned))
        n_steps = len(self.ending) * (1 + len(self.pool)) + n_turned
        self.budget.spend(8 * n_steps)
        self.best.clear()
        self.turned = list(map(self._rested, self.turned))
        ending: dict[int, list[int | None]] = {}
        for label, last in self.ending.items():
            label_then = self._rested_label(label)
            if label_then not in ending:
                ending[label_then] = last
                continue
            ending[label_then] = [
                y if x is None or (y is not None and y > x) else x
                for x, y in zip(ending[label_then], last, strict=True)
            ]
        self.ending = ending

    def _rested(self, values: Values) -> Values:
        found: Values = {}
        for label, value in values.items():
            label_then = self._rested_label(label)
            found[label_then] = max(value, found.get(label_then, value))
        return found

    def _rested_label(self, label: int) -> int:
        met = label & ((1 << self.n_required) - 1)
        return self.operations.rested(label >> self.n_required) << self.n_required | met
