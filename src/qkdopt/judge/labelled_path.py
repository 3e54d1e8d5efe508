"""The most that any schedule can be worth when operations are on."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import cache
from typing import NamedTuple

from qkdopt.judge.budget import size_factor
from qkdopt.judge.operations import pass_numbers
from qkdopt.judge.options import Options
from qkdopt.judge.problem import Problem

__all__ = ["longest_labelled_path"]


class Label(NamedTuple):
    """What the rules need to know of a schedule's past; a counter nobody asks for stays 0.

    ``dwell`` counts the intervals of the present service, up to the minimum; ``handovers``
    all hand-overs; ``within`` and ``served`` the hand-overs and the served intervals of the
    present pass (``served`` only up to 1 unless its number is limited).
    """

    dwell: int
    handovers: int
    within: int
    served: int


ANYTHING = (-1,)
Worths = dict[Label, int]
After = Callable[[Label, bool, bool], Label | None]


def longest_labelled_path(problem: Problem, options: Options, worth: Sequence[int]) -> int:
    """Return the maximum over all schedules of the sum of c_n E_n, 0 if there are none.

    Intervals are taken in order of time. The walk keeps, by label, the most that any schedule
    is worth which has served nobody yet (``untouched``), which served link ``n`` last
    (``ending[n]``), or which has left a link and had the time to turn to the links of a pool
    (``turned[q]``). All links share one pool unless the hand-over times depend on them.

    Parameters
    ----------
    problem, options
        Any switching time, any operations.
    worth
        What one bit is worth at each target, ``c``; may be negative or zero.
    """
    demands = options.demands
    if not {time for time, asked in demands.items() if max(asked) >= 0} <= {*problem.interval}:
        return 0  # locked where there is no key
    price = [worth[target] for target in problem.link_targets]
    walk = _Walk(problem, options, size_factor(price))
    for a, time in enumerate(problem.interval):
        walk.arrive(a)
        gains = {n: price[n] * problem.K[n][a] for n in range(len(price)) if problem.servable[n][a]}
        walk.serve(a, gains, idle=max(demands.get(time, ANYTHING)) < 0)
    ends = [*walk.untouched.values()]
    for worths in walk.ending:
        ends.extend(_complete(options, worths).values())
    return max(ends, default=0)


class _Walk:
    """Where the walk stands; its steps are counted before they are taken."""

    def __init__(self, problem: Problem, options: Options, factor: int) -> None:
        links = range(len(problem.K))
        self.problem, self.options, self.factor = problem, options, factor
        self.pool = [0 if options.tau is None else n for n in links]
        self.turns = [_turns(problem, options, n) for n in links]
        self.passes, self.after = pass_numbers(problem.interval), _memory_of(options)
        self.untouched: Worths = {Label(0, 0, 0, 0): 0}
        self.ending: list[Worths] = [{} for _ in links]
        self.turned: list[Worths] = [{} for _ in links]
        self.turning: defaultdict[int, list[tuple[list[int], int, Worths]]] = defaultdict(list)
        self.n_turning = 0

    def arrive(self, a: int) -> None:
        """Let time pass until interval ``a``: passes end, those that turned are free."""
        spend, passes = self.problem.budget.spend, self.passes
        n_labels = sum(map(len, (*self.ending, *self.turned)))
        self.problem.budget.keep(n_labels + self.n_turning)
        spend(6 * len(self.pool))
        if a > 0 and passes[a] != passes[a - 1]:
            spend(8 * n_labels)
            self.ending = list(map(_rested, self.ending))
            self.turned = list(map(_rested, self.turned))
        for pools, began, worths in self.turning.pop(a, ()):
            spend(2 * self.factor * len(worths) * (4 + len(pools)) + len(pools))
            came = worths if began == passes[a] else _rested(worths)
            for q in pools:
                _merge(self.turned[q], came)
            self.n_turning -= len(worths) + 1

    def serve(self, a: int, gains: dict[int, int], *, idle: bool) -> None:
        """Serve one of the links that may be, which gains so much, or nobody if ``idle`` may be."""
        looked_at = [(self.untouched, self.ending[n], self.turned[self.pool[n]]) for n in gains]
        n_labels = sum(len(worths) for three in looked_at for worths in three)
        self.problem.budget.spend(8 * self.factor * (n_labels + 2 * len(gains)))
        served = {
            n: _served(self.after, gains[n], *three)
            for n, three in zip(gains, looked_at, strict=True)
        }
        if not idle:
            self.untouched = {}
            self.ending, self.turned = [{} for _ in self.pool], [{} for _ in self.pool]
            self.turning.clear()
            self.n_turning = 0
        for n, worths in served.items():
            _merge(self.ending[n], worths)
            self._leave(a, n, _complete(self.options, worths))

    def _leave(self, a: int, n: int, worths: Worths) -> None:
        """Turn from link ``n``, served in interval ``a``, to every pool."""
        if not worths:
            return
        interval = self.problem.interval
        self.problem.budget.spend(8 * len(self.turns[n]))
        for tau, pools in self.turns[n].items():
            free = bisect_left(interval, interval[a] + tau + 1, lo=a)
            if free < len(interval):
                self.turning[free].append((pools, self.passes[a], worths))
                self.n_turning += len(worths) + 1


def _turns(problem: Problem, options: Options, n: int) -> dict[int, list[int]]:
    """Return the pools that a schedule can turn to from link ``n``, by the time it takes."""
    if options.tau is None:
        return {problem.tau: [0]}
    pools: dict[int, list[int]] = {}
    for other, tau in enumerate(options.tau[n]):
        if other != n:
            pools.setdefault(tau, []).append(other)
    return pools


def _memory_of(options: Options) -> After:
    """Return the function that says which label follows a label, remembering its answers."""

    @cache
    def after(label: Label, begins: bool, turns: bool) -> Label | None:
        within = turns and label.served > 0 and options.handovers_per_pass is not None
        found = Label(
            dwell=1 if begins else min(label.dwell + 1, options.dwell),
            handovers=label.handovers + (turns and options.handovers is not None),
            within=label.within + within,
            served=_count_served(options, label.served),
        )
        caps = (
            (found.handovers, options.handovers),
            (found.within, options.handovers_per_pass),
            (found.served, options.service_per_pass),
        )
        return found if all(most is None or count <= most for count, most in caps) else None

    return after


def _served(after: After, gain: int, untouched: Worths, ending: Worths, turned: Worths) -> Worths:
    """Return what schedules are worth, by label, once they have served a link in an interval."""
    found: Worths = {}
    for before, begins, turns in (
        (untouched, True, False),
        (ending, False, False),
        (turned, True, True),
    ):
        for label, worth in before.items():
            label_then = after(label, begins, turns)
            value = worth + gain
            if label_then is not None and value > found.get(label_then, value - 1):
                found[label_then] = value
    return found


def _count_served(options: Options, served: int) -> int:
    if options.service_per_pass is not None:
        return served + 1
    return 1 if options.handovers_per_pass is not None else 0


def _complete(options: Options, worths: Worths) -> Worths:
    """Keep the schedules whose present service may end."""
    if options.dwell == 1:
        return worths
    return {label: worth for label, worth in worths.items() if label.dwell >= options.dwell}


def _rested(worths: Worths) -> Worths:
    """Forget the counters of the pass that is over."""
    found: Worths = {}
    for label, worth in worths.items():
        after = label._replace(within=0, served=0)
        found[after] = max(worth, found.get(after, worth))
    return found


def _merge(into: Worths, worths: Worths) -> None:
    for label, worth in worths.items():
        if worth > into.get(label, worth - 1):
            into[label] = worth
