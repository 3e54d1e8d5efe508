"""The longest path when more has to be remembered than the link served last.

Operations count intervals and hand-overs, branching constraints ask for services: a schedule's
*label* holds what they need to know of its past.  Schedules that agree in label and last link can
be continued alike, so only the best of them is kept.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import chain

from qkdopt.verifier.blocks import ConstrainedBlock
from qkdopt.verifier.operations import pass_numbers
from qkdopt.verifier.resources import Resources

__all__ = ["longest_resource_path"]

Ending = dict[int, list[int | None]]  # by label: most with each link served last
Values = dict[int, int]  # by label
Cell = tuple[int, int, int]  # link, gain, and the required services that it is, a bit for each


def longest_resource_path(
    resources: Resources, case: ConstrainedBlock, gains: Sequence[int], factor: int
) -> int | None:
    """Return the maximum over the schedules of a block that obey its constraints.

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
    walk = _Walk(resources, case, factor + case.n_required // 512)
    links = chain.from_iterable(case.served)
    all_cells, j = list(zip(links, gains, case.meets, strict=True)), 0
    for a, here in enumerate(case.served):
        if a in walk.begins:
            walk.rest()
        if a in walk.turning:
            walk.arrive(a)
        if here:
            walk.serve(a, all_cells[j : j + len(here)])
            j += len(here)
        elif case.times[a] in resources.locked:
            return None
        if a in case.passed:
            walk.expire(case.passed[a])
    return max(walk.ends(), default=None)


class _Walk:
    """Where the walk stands; its steps are counted before they are taken."""

    def __init__(self, resources: Resources, case: ConstrainedBlock, factor: int) -> None:
        self.resources, self.factor = resources, factor
        self.times, self.n_required = case.times, case.n_required
        self.passes = pass_numbers(self.times) if resources.per_pass else [0] * len(self.times)
        self.begins = {a for a in range(1, len(self.times)) if self.passes[a] > self.passes[a - 1]}
        self.ending: Ending = {0: [0] * max(1, resources.n_links)}
        self.turned: list[Values] = [{} for _ in {*resources.pool, 0}]
        self.turning: defaultdict[int, list[tuple[list[int], int, Values]]] = defaultdict(list)
        self.n_turning = 0
        self.passed = 0  # required services that had to take place by now
        self.best: defaultdict[int, Values] = defaultdict(dict)  # of those turning, by pool left
        self.after: dict[int, tuple[int | None, int | None]] = {}

    def arrive(self, a: int) -> None:
        """Let those serve from interval ``a`` on that have turned."""
        passed, now = self.passed, self.passes[a]
        for pools, began, came in self.turning.pop(a):
            n_steps = 2 * self.factor * len(came) * (4 + len(pools)) + len(pools)
            self.resources.budget.spend(n_steps)
            self.n_turning -= len(came) + 1
            for label, value in (came if began == now else self._rested(came)).items():
                if label & passed == passed:
                    for q in pools:
                        into = self.turned[q]
                        if label not in into or value > into[label]:
                            into[label] = value

    def serve(self, a: int, cells: list[Cell]) -> None:
        """Serve one of the cells, or nobody unless the interval is locked to a link."""
        pool, budget = self.resources.pool, self.resources.budget
        n_labels, n_turned = len(self.ending), sum(map(len, self.turned))
        n_looked_at = n_labels * (1 + len(cells))
        n_looked_at += sum(len(self.turned[pool[n]]) for n, _, _ in cells)
        budget.keep(2 * n_labels * len(pool) + n_turned + self.n_turning)
        budget.spend(8 * self.factor * n_looked_at + n_labels * (len(pool) // 20))
        served = [*self._going_on(cells), *self._turning(cells)]
        if self.times[a] in self.resources.locked:
            self.ending, self.turned = {}, [{} for _ in self.turned]
            self.turning.clear()
            self.best.clear()
            self.n_turning = 0
        fresh: dict[int, Values] = {}
        for label, n, value in served:
            if self._improves(label, n, value):
                known = self.best[pool[n]]
                if label not in known or value > known[label]:
                    known[label] = value
                    fresh.setdefault(pool[n], {})[label] = value
        for n, values in fresh.items():
            self._turn(a, n, values)

    def _going_on(self, cells: list[Cell]) -> Iterator[tuple[int, int, int]]:
        """Yield label, link and gain of the schedules that serve their link, or the first one."""
        for label, last in self.ending.items():
            then, _ = self._after(label)
            if then is not None:
                for n, gain, met in cells:
                    before = last[n]
                    if before is not None:
                        yield then | met, n, before + gain

    def _turning(self, cells: list[Cell]) -> Iterator[tuple[int, int, int]]:
        """Yield the same of the schedules that have turned to a cell's link."""
        for n, gain, met in cells:
            for label, value in self.turned[self.resources.pool[n]].items():
                _, then = self._after(label)
                if then is not None:
                    yield then | met, n, value + gain

    def _improves(self, label: int, n: int, value: int) -> bool:
        """Return whether a schedule is better than those of its label and link, and keep it."""
        last = self._ending(label)
        before = last[n]
        if before is None or value > before:
            last[n] = value
            return True
        return False

    def _ending(self, label: int) -> list[int | None]:
        last = self.ending.get(label)
        if last is None:
            last = self.ending[label] = [None] * len(self.resources.pool)
        return last

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
            if label & full == full and self.resources.complete(label >> self.n_required):
                yield from (value for value in last if value is not None)

    def _turn(self, a: int, n: int, values: Values) -> None:
        """Let schedules that served link ``n`` in interval ``a`` turn to other links.

        Where one pool is all links, the best of them is enough.
        """
        if self.resources.options.dwell > 1:
            complete = self.resources.complete
            values = {m: v for m, v in values.items() if complete(m >> self.n_required)}
        turns = self.resources.turns[n] if values else []
        self.resources.budget.spend(8 * len(turns))
        for tau, pools in turns:
            free = bisect_left(self.times, self.times[a] + tau + 1, lo=a)
            if free < len(self.times):
                self.turning[free].append((pools, self.passes[a], values))
                self.n_turning += len(values) + 1

    def _after(self, label: int) -> tuple[int | None, int | None]:
        """Return the label once an interval more is served, by the same link or another."""
        if label not in self.after:
            width = self.n_required
            met = label & ((1 << width) - 1)
            same, other = self.resources.after(label >> width)
            self.after[label] = (
                None if same is None else same << width | met,
                None if other is None else other << width | met,
            )
        return self.after[label]

    def rest(self) -> None:
        """Forget the counters of the pass that is over."""
        n_turned = sum(map(len, self.turned))
        n_steps = len(self.ending) * (1 + len(self.resources.pool)) + n_turned
        self.resources.budget.spend(8 * n_steps)
        self.best.clear()
        self.turned = list(map(self._rested, self.turned))
        ending: Ending = {}
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
        return self.resources.rested(label >> self.n_required) << self.n_required | met
