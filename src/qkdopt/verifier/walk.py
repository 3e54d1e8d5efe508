"""The recursion of the longest path with labels, where operations have to be remembered.

Operations count intervals and hand-overs, branching constraints require services: a schedule's
*label* holds what they depend on in its past.  Schedules that agree in label and last link can
be continued alike, so only the best of them is kept.  Without operations it is `plain_walk`.
"""

from collections import deque
from collections.abc import Callable, Sequence
from functools import cache
from itertools import islice, repeat

from qkdopt.verifier.blocks import Block
from qkdopt.verifier.operations import Operations, Turn
from qkdopt.verifier.plain_walk import longest_plain_walk, longest_turning_walk

Values = dict[int, int]  # by label
Cell = tuple[int, int, int]  # link, gain, and the required services that it is, a bit for each


def longest_walk(operations: Operations, block: Block, gains: list[int], factor: int) -> int | None:
    """Return the maximum over the schedules of a block that obey operations and constraints.

    ``gains`` are those of the cells, of any sign; arithmetic takes ``factor`` times longer with
    gains of their size.
    """
    if not operations.needed:
        return longest_plain_walk(operations, block, gains, factor)
    if operations.options.only_turns and not block.passed:
        return longest_turning_walk(operations, block, gains, factor)
    return LabelledWalk(operations, block, gains, factor).most()


class LabelledWalk:
    """The walk with labels; its steps are counted before they are taken.

    A label is a whole number: the required services that have taken place, a bit for each, and
    above these bits the number of the counters.  Kept are: most with each link served last, or
    with none served yet (``ending``); by pool most of those that had the time to turn to it
    (``turned``) and of those that left it (``best``); and, by the pool that they left, those still
    turning: when they are over, pools that can be reached then, and the interval from which on they
    can and values of each (``queues``).
    """

    def __init__(
        self, operations: Operations, block: Block, gains: Sequence[int], factor: int
    ) -> None:
        self.operations, self.block = operations, block
        self.cells = zip(block.positions, gains, block.meets or repeat(0), strict=False)
        n_pools = len(operations.turns)  # those of the block's links count
        self.used = {0} if n_pools == 1 else {*block.positions}
        self.n_required = sum(map(int.bit_count, block.passed.values()))
        self.factor = factor + self.n_required // 512
        self.budget, self.pool = operations.budget, operations.pool
        self.known: dict[int, tuple[int | None, int | None]] = {}
        self.passed = self.n_queued = 0  # services that had to take place by now; values in queues
        self.ending: dict[int, list[int | None]] = {0: [0] * len(self.pool)}
        self.clear()

    def most(self) -> int | None:
        """Return the maximum; ``None`` where a locked interval has no cell, or nothing is left."""
        operations, block = self.operations, self.block
        times, served = block.times, block.served
        for a, time in enumerate(times):
            if operations.per_pass and a and time > times[a - 1] + 1:
                self.relabel(self.rested)
            locked = time in operations.locked
            if served[a]:
                self.serve(time, list(islice(self.cells, len(served[a]))), locked=locked)
            elif locked:
                return None
            if a in block.passed:
                self.expire(block.passed[a])
        return max(self.ends(), default=None)

    def clear(self) -> None:
        """Forget the schedules that are still turning."""
        self.turned: list[Values] = [{} for _ in self.operations.turns]
        self.best: list[Values] = [{} for _ in self.operations.turns]
        used = self.used
        self.queues: list[list[tuple[*Turn, deque[tuple[float, Values]]]]] = [
            [
                (over, [*used.intersection(pools)], deque())
                for over, pools in (turns if left in used else ())
                if not used.isdisjoint(pools)
            ]
            for left, turns in enumerate(self.operations.turns)
        ]

    def serve(self, time: int, cells: list[Cell], *, locked: bool) -> None:
        """Serve one of the cells, or none unless the interval is locked to a link."""
        self.arrive(time)
        n_labels, n_links = len(self.ending), len(self.pool)
        per_label = 8 * self.factor * (1 + len(cells)) + n_links // 20 + len(self.turned)
        self.budget.spend(n_labels * per_label + 2 * sum(map(len, self.queues)))
        self.budget.keep(2 * n_labels * n_links + self.n_queued)
        fresh: dict[int, Values] = {}
        turned, so_far = self.turned, [(label, last.copy()) for label, last in self.ending.items()]
        if locked:
            self.ending = {}
            self.clear()
        for label, last in so_far:
            same, other = self.known.get(label) or self.after(label)
            come = [values.get(label) for values in turned]
            for n, gain, met in cells:
                for then, value in (same, last[n]), (other, come[self.pool[n]]):
                    if then is not None and value is not None:
                        self._put(then | met, n, value + gain, fresh)
        for left, values in fresh.items():
            self._turn(time, left, values)

    def _put(self, label: int, n: int, value: int, fresh: dict[int, Values]) -> None:
        """Keep a schedule that serves link ``n`` last, if it is better than those of its label."""
        last = self.ending.get(label)
        if last is None:
            last = self.ending[label] = [None] * len(self.pool)
        elif (before := last[n]) is not None and before >= value:
            return
        last[n] = value
        left = self.pool[n]
        best = self.best[left]
        if label not in best or value > best[label]:
            best[label] = value
            if left not in fresh:
                fresh[left] = {}
            fresh[left][label] = value

    def _turn(self, time: int, left: int, values: Values) -> None:
        """Let schedules turn away that served a link of a pool last in an interval."""
        if self.operations.options.dwell > 1:
            complete = self.operations.complete
            values = {m: v for m, v in values.items() if complete(m >> self.n_required)}
        if values:
            for over, _, queue in self.queues[left]:
                queue.append((over([time])[0], values))
                self.n_queued += len(values)

    def arrive(self, time: int) -> None:
        """Let those serve from now on that have turned by an interval."""
        for queues in self.queues:
            for _, pools, queue in queues:
                while queue and queue[0][0] <= time:
                    values = queue.popleft()[1]
                    self.budget.spend(2 * self.factor * len(values) * (4 + len(pools)) + len(pools))
                    self.n_queued -= len(values)
                    for q in pools:
                        into = self.turned[q]
                        for label, value in values.items():
                            if label not in into or value > into[label]:
                                into[label] = value

    def after(self, label: int) -> tuple[int | None, int | None]:
        """Return the label once an interval more is served, by the same link or another."""
        if label in self.known:
            return self.known[label]
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
        then = cache(then)
        ending: dict[int, list[int | None]] = {}
        for label, last in self.ending.items():
            new = then(label)
            if new is not None:
                old = ending.get(new, last)
                ending[new] = [
                    y if x is None or (y is not None and y > x) else x
                    for x, y in zip(old, last, strict=True)
                ]

        def moved(values: Values) -> Values:
            found: Values = {}
            for label, value in values.items():
                new = then(label)
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
