"""The most that any schedule can be worth when operations are on."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
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


Worths = dict[Label, int]


def longest_labelled_path(problem: Problem, options: Options, worth: Sequence[int]) -> int:
    """Return the maximum over all schedules of the sum of c_n E_n, 0 if there are none.

    Intervals are taken in order of time. For each link the walk keeps the most that any
    schedule is worth, by label, which served the link last (``ending``), or which served
    another link last and has had the time to turn to this one (``turned``).

    Parameters
    ----------
    problem, options
        Any switching time, any operations.
    worth
        What one bit is worth at each target, ``c``; may be negative or zero.
    """
    price = [worth[target] for target in problem.link_targets]
    links = range(len(price))
    passes = pass_numbers(problem.interval)
    untouched: Worths = {Label(0, 0, 0, 0): 0}  # the schedule that has served nobody yet
    ending: list[Worths] = [{} for _ in links]
    turned: list[Worths] = [{} for _ in links]
    turning: list[list[tuple[int, int, Worths]]] = [[] for _ in problem.interval]
    for a, time in enumerate(problem.interval):
        if a > 0 and passes[a] != passes[a - 1]:
            ending, turned = list(map(_rested, ending)), list(map(_rested, turned))
        for n, began, worths in turning[a]:
            _merge(turned[n], worths if began == passes[a] else _rested(worths))
        turning[a] = []
        served = {
            n: _served(options, price[n] * problem.K[n][a], untouched, ending[n], turned[n])
            for n in links
            if problem.K[n][a] > 0 and _may_serve(options, n, time)
        }
        if _must_serve(options, time):  # idling here is no schedule
            untouched, ending, turned = {}, [{} for _ in links], [{} for _ in links]
            turning = [[] for _ in problem.interval]
        for n, worths in served.items():
            _merge(ending[n], worths)
            complete = _complete(options, worths)
            for other in links if complete else ():
                free = bisect_left(problem.interval, time + _tau(problem, options, n, other) + 1)
                if other != n and free < len(turning):
                    turning[free].append((other, passes[a], complete))
    if any(n >= 0 and time not in set(problem.interval) for n, time in options.locked):
        return 0  # locked where there is no key
    ends = [*untouched.values()]
    for worths in ending:
        ends.extend(_complete(options, worths).values())
    return max(ends, default=0)


def _served(
    options: Options, gain: int, untouched: Worths, ending: Worths, turned: Worths
) -> Worths:
    """Return what schedules are worth, by label, once they have served a link in an interval."""
    found: Worths = {}
    for before, fresh, turn in ((untouched, 1, 0), (ending, 0, 0), (turned, 1, 1)):
        for label, worth in before.items():
            after = Label(
                dwell=1 if fresh else min(label.dwell + 1, options.dwell),
                handovers=label.handovers + (turn and options.handovers is not None),
                within=label.within
                + (turn and label.served > 0 and options.handovers_per_pass is not None),
                served=_count_served(options, label.served),
            )
            if _allowed(options, after):
                found[after] = max(worth + gain, found.get(after, worth + gain))
    return found


def _count_served(options: Options, served: int) -> int:
    if options.service_per_pass is not None:
        return served + 1
    return 1 if options.handovers_per_pass is not None else 0


def _allowed(options: Options, label: Label) -> bool:
    caps = (
        (label.handovers, options.handovers),
        (label.within, options.handovers_per_pass),
        (label.served, options.service_per_pass),
    )
    return all(most is None or count <= most for count, most in caps)


def _complete(options: Options, worths: Worths) -> Worths:
    """Keep the schedules whose present service may end."""
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
        into[label] = max(worth, into.get(label, worth))


def _may_serve(options: Options, n: int, time: int) -> bool:
    if (n, time) in options.forbidden or (-1, time) in options.forbidden:
        return False
    return all(link == n for link, locked in options.locked if locked == time)


def _must_serve(options: Options, time: int) -> bool:
    return any(link >= 0 for link, locked in options.locked if locked == time)


def _tau(problem: Problem, options: Options, n: int, other: int) -> int:
    return problem.tau if options.tau is None else options.tau[n][other]
