"""The longest path where operations count intervals and hand-overs: a walk with labels."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from itertools import chain

from qkdopt.verifier.blocks import Case
from qkdopt.verifier.counters import Operations

Values = dict[int, int]  # by label
Cell = tuple[int, int, int]  # link, gain, and the required services that it is, a bit for each


def labelled_walk(
    operations: Operations, case: Case, gains: Sequence[int], factor: int
) -> int | None:
    """Return the maximum over the schedules of a block that obey operations and constraints.

    A label is a whole number: the required services that have taken place, a bit for each, and
    above these bits the number of the counters.
    """
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
        By label: most with each link served last, or with no link served yet.
    turned
        By pool: most of those that left a link and had the time to turn to the pool.
    queues
        Those still turning, by the pool that they left: intervals that must lie between, pools
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
        """Forget the schedules that are still turning."""
        self.turned: list[Values] = [{} for _ in self.operations.turns]
        self.best: list[Values] = [{} for _ in self.operations.turns]
        self.queues: list[list[tuple[int, list[int], deque[tuple[int, Values]]]]] = [
            [(tau, pools, deque()) for tau, pools in turns] for turns in self.operations.turns
        ]

    def serve(self, time: int, cells: list[Cell], *, locked: bool) -> None:
        """Serve one of the cells, or none unless the interval is locked to a link."""
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
                    if same == other:  # they count alike: keep the better one
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
