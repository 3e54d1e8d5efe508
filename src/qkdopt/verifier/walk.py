"""The recursion of the longest path: without labels, and where more has to be remembered.

Operations count intervals and hand-overs, branching constraints ask for services: a schedule's
*label* holds what they need to know of its past.  Schedules that agree in label and last link can
be continued alike, so only the best of them is kept.  Where nothing has to be remembered there is
one label, and the recursion is that of `PlainWalk`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from itertools import chain

from qkdopt.verifier.blocks import Case
from qkdopt.verifier.budget import Budget
from qkdopt.verifier.counters import Operations

__all__ = ["PlainWalk", "longest_walk"]

Values = dict[int, int]  # by label
Cell = tuple[int, int, int]  # link, gain, and the required services that it is, a bit for each


class PlainWalk:
    """The walk where nothing counts but the switching time; it can stop and go on.

    A schedule that serves link ``n`` in interval ``a`` served before that either nobody, or ``n``
    last (at any time), or anybody last at a time of at most ``t[a] - tau - 1``; and each of these
    may be followed by ``n`` in ``a``.

    Attributes
    ----------
    ending
        Most with each link served last, or with nobody served yet.
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

    A label is a whole number: the required services that have taken place, a bit for each, and
    above these bits the number of the counters.  Intervals are taken in order of time.  Without
    operations there is one label before the first interval that required services are about,
    and one after the last.

    Parameters
    ----------
    gains
        Of each cell that may be served; of any sign.
    factor
        How much longer arithmetic takes with gains of their size.
    """
    if operations.needed:
        return _labelled(operations, case, gains, factor)
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

    Of two sets, as bits of a whole number, the one with more services is the larger and is looked
    at first in an interval, so that nobody serves twice there.  Once a required service can take
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


def _labelled(operations: Operations, case: Case, gains: Sequence[int], factor: int) -> int | None:
    """Return the maximum where operations count."""
    walk = _Walk(operations, case.n_required, factor + case.n_required // 512)
    cells = list(zip(chain(*case.served), gains, case.meets, strict=True))
    i = before = 0
    for a, (time, here) in enumerate(zip(case.times, case.served, strict=True)):
        if operations.per_pass and a and time > before + 1:
            walk.relabel(walk.rested)
        locked, before = time in operations.locked, time
        if here:
            walk.serve(time, cells[i : i + len(here)], locked=locked)
            i += len(here)
        elif locked:
            return None
        if a in case.passed:
            walk.expire(case.passed[a])
    return max(walk.ends(), default=None)


class _Walk:
    """Where the walk stands; its steps are counted before they are taken.

    Attributes
    ----------
    ending
        By label: most with each link served last, or with nobody served yet.
    turned
        By pool: most of those that left a link and had the time to turn to the pool.
    queues
        Those who still turn, by the pool that they left: intervals that must lie between, pools
        that can be reached then, and the interval and values of each.
    best
        By pool: most of those that left it.
    """

    def __init__(self, operations: Operations, n_required: int, factor: int) -> None:
        self.operations, self.n_required, self.factor = operations, n_required, factor
        self.budget, self.pool = operations.budget, operations.pool
        self.known: dict[int, tuple[int | None, int | None]] = {}
        self.passed = self.n_queued = 0  # services that had to take place by now; values in queues
        self.ending: dict[int, list[int | None]] = {0: [0] * len(self.pool)}
        self.clear()

    def clear(self) -> None:
        """Let nobody be turning."""
        self.turned: list[Values] = [{} for _ in self.operations.turns]
        self.best: list[Values] = [{} for _ in self.operations.turns]
        self.queues: list[list[tuple[int, list[int], deque[tuple[int, Values]]]]] = [
            [(tau, pools, deque()) for tau, pools in turns] for turns in self.operations.turns
        ]

    def serve(self, time: int, cells: list[Cell], *, locked: bool) -> None:
        """Serve one of the cells, or nobody unless the interval is locked to a link."""
        self.budget.spend(2 * sum(map(len, self.queues)))
        for queues in self.queues:
            for tau, pools, queue in queues:
                while queue and queue[0][0] + tau < time:
                    self._arrive(pools, queue.popleft()[1])
        n_labels, pool, turned = len(self.ending), self.pool, self.turned
        self.budget.spend(n_labels * (8 * self.factor * (1 + len(cells)) + len(pool) // 20))
        self.budget.keep(2 * n_labels * len(pool) + self.n_queued)
        so_far = [(label, last.copy()) for label, last in self.ending.items()]
        if locked:
            self.ending = {}
            self.clear()
        known, put, fresh = self.known, self._put, dict[int, Values]()
        for label, last in so_far:
            same, other = known.get(label) or self._after(label)
            for n, gain, met in cells:
                before, came = last[n], turned[pool[n]].get(label)
                if came is not None:
                    if same == other:  # they count alike: the better will do
                        if before is None or came > before:
                            before = came
                    elif other is not None:
                        put(other | met, n, came + gain, fresh)
                if before is not None and same is not None:
                    put(same | met, n, before + gain, fresh)
        for left, values in fresh.items():
            self._turn(time, left, values)

    def _put(self, label: int, n: int, value: int, fresh: dict[int, Values]) -> None:
        """Keep a schedule that serves link ``n`` last, if it is better than those of its label."""
        last = self.ending.get(label)
        if last is None:
            last = self.ending[label] = [None] * len(self.pool)
        before = last[n]
        if before is None or value > before:
            last[n] = value
            left = self.pool[n]
            best = self.best[left]
            if label not in best or value > best[label]:
                best[label] = value
                fresh.setdefault(left, {})[label] = value

    def _turn(self, time: int, left: int, values: Values) -> None:
        """Let schedules turn away that served a link of a pool last in an interval."""
        if self.operations.options.dwell > 1:
            complete = self.operations.complete
            values = {m: v for m, v in values.items() if complete(m >> self.n_required)}
        if values:
            for _, _, queue in self.queues[left]:
                queue.append((time, values))
                self.n_queued += len(values)

    def _arrive(self, pools: list[int], values: Values) -> None:
        """Let those serve from now on that have turned."""
        self.budget.spend(2 * self.factor * len(values) * (4 + len(pools)) + len(pools))
        self.n_queued -= len(values)
        for q in pools:
            into = self.turned[q]
            for label, value in values.items():
                if label not in into or value > into[label]:
                    into[label] = value

    def _after(self, label: int) -> tuple[int | None, int | None]:
        """Return the label once an interval more is served, by the same link or another."""
        width, met = self.n_required, label & ((1 << self.n_required) - 1)
        same, other = (
            None if number is None else number << width | met
            for number in self.operations.after(label >> width)
        )
        self.known[label] = same, other
        return same, other

    def rested(self, label: int) -> int:
        """Return the label after the pass is over."""
        met = label & ((1 << self.n_required) - 1)
        return self.operations.rested(label >> self.n_required) << self.n_required | met

    def expire(self, services: int) -> None:
        """Drop the schedules without the services that had to take place until now."""
        passed = self.passed = self.passed | services
        self.relabel(lambda label: label if label & passed == passed else None)

    def relabel(self, then: Callable[[int], int | None]) -> None:
        """Give all schedules other labels; drop those that get none."""
        n_values = len(self.ending) * (1 + len(self.pool)) + sum(map(len, self.turned))
        self.budget.spend(8 * (n_values + self.n_queued))
        labels = {label: then(label) for label in self.ending}
        ending: dict[int, list[int | None]] = {}
        for label, last in self.ending.items():
            new = labels[label]
            if new is not None:
                old = ending.get(new, last)
                ending[new] = [
                    y if x is None or (y is not None and y > x) else x
                    for x, y in zip(old, last, strict=True)
                ]

        def moved(values: Values) -> Values:
            found: Values = {}
            for label, value in values.items():
                new = labels[label]
                if new is not None:
                    found[new] = max(value, found.get(new, value))
            return found

        self.ending, self.n_queued = ending, 0
        self.turned, self.best = list(map(moved, self.turned)), list(map(moved, self.best))
        for queue in (queue for queues in self.queues for _, _, queue in queues):
            for i, (time, values) in enumerate(queue):
                queue[i] = time, moved(values)
                self.n_queued += len(values)

    def ends(self) -> list[int]:
        """Return what the schedules have gained that may end here."""
        full, complete = (1 << self.n_required) - 1, self.operations.complete
        return [
            value
            for label, last in self.ending.items()
            if label & full == full and complete(label >> self.n_required)
            for value in last
            if value is not None
        ]
