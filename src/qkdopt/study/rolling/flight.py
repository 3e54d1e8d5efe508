"""One month under one policy: planned with forecasts, flown under the real sky."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from qkdopt.arrays import Integers
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.schedule import IDLE
from qkdopt.study.rolling.issues import Issues


@dataclass(frozen=True)
class State:
    """What is known at an issue, besides its forecast.

    Attributes
    ----------
    issue
        Its number.
    stock
        Whole bits that targets have really got.
    link, interval
        What was served last, and when; -1 for nothing.
    """

    issue: int
    stock: tuple[int, ...]
    link: int = IDLE
    interval: int = 0


@dataclass(frozen=True, eq=False)
class Flight:
    """What was flown, and what it brought.

    Attributes
    ----------
    service
        Link of each active interval, -1 where it idled, shape ``(A,)``.
    stock
        Bits of each target at each issue and at the end, shape ``(I + 1, T)``.
    """

    service: Integers
    stock: Integers


def fly(
    whole: SchedulingProblem,
    issues: Issues,
    real: Integers,
    planned: Callable[[State], Integers | None],
) -> Flight:
    """Return what a policy flies: each plan until the next one; what is flown stays.

    Parameters
    ----------
    whole
        The problem of the whole horizon, with its stock.
    real
        Bits under the real sky, shape ``(N, A)``.
    planned
        Returns the link of each interval that is left, or ``None`` to go on with the last plan.
    """
    target = np.array(whole.link_target)
    service = np.full(whole.interval.size, IDLE, np.int64)
    stock = np.zeros((issues.count + 1, len(whole.targets)), np.int64)
    stock[0] = whole.stock or 0
    state = State(0, tuple(stock[0].tolist()))
    for issue in range(issues.count):
        flown = issues.flown(issue)
        new = planned(state)
        if new is not None:
            service[flown.start :] = new
        at = flown.start + np.flatnonzero(service[flown] != IDLE)
        stock[issue + 1] = stock[issue]
        np.add.at(stock[issue + 1], target[service[at]], real[service[at], at])
        link, interval = state.link, state.interval
        if at.size:
            link, interval = int(service[at[-1]]), int(whole.interval[at[-1]])
        state = State(issue + 1, tuple(stock[issue + 1].tolist()), link, interval)
    return Flight(service, stock)
