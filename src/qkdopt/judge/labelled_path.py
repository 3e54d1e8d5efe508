"""The most that any schedule can be worth when operations are on."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from functools import cache
from typing import NamedTuple

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
    price = [worth[target] for target in problem.link_targets]
    links = range(len(price))
    pool = [0 if options.tau is None else n for n in links]
    turns = [_turns(problem, options, n) for n in links]
    passes, after, demands = pass_numbers(problem.interval), _memory_of(options), options.demands
    if not {time for time, asked in demands.items() if max(asked) >= 0} <= {*problem.interval}:
        return 0  # locked where there is no key
    untouched: Worths = {Label(0, 0, 0, 0): 0}
    ending: list[Worths] = [{} for _ in links]
    turned: list[Worths] = [{} for _ in links]
    turning: list[list[tuple[list[int], int, Worths]]] = [[] for _ in problem.interval]
    for a, time in enumerate(problem.interval):
        if a > 0 and passes[a] != passes[a - 1]:
            ending, turned = list(map(_rested, ending)), list(map(_rested, turned))
        for pools, began, worths in turning[a]:
            came = worths if began == passes[a] else _rested(worths)
            for q in pools:
                _merge(turned[q], came)
        turning[a] = []
        served = {
            n: _served(after, price[n] * problem.K[n][a], untouched, ending[n], turned[pool[n]])
            for n in links
            if problem.servable[n][a]
        }
        if max(demands.get(time, ANYTHING)) >= 0:  # idling here is no schedule
            untouched, ending, turned = {}, [{} for _ in links], [{} for _ in links]
            turning = [[] for _ in problem.interval]
        for n, worths in served.items():
            _merge(ending[n], worths)
            complete = _complete(options, worths)
            for tau, pools in turns[n].items() if complete else ():
                free = bisect_left(problem.interval, time + tau + 1, lo=a)
                if free < len(turning):
                    turning[free].append((pools, passes[a], complete))
    ends = [*untouched.values()]
    for worths in ending:
        ends.extend(_complete(options, worths).values())
    return max(ends, default=0)


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
