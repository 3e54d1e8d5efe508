"""The judge's only optimisation: the most that any schedule can be worth."""

from __future__ import annotations

from collections.abc import Sequence

from qkdopt.judge.budget import size_factor
from qkdopt.judge.labelled_path import longest_labelled_path
from qkdopt.judge.problem import Problem

__all__ = ["longest_path"]


def longest_path(problem: Problem, worth: Sequence[int]) -> int:
    """Return L(c), the maximum over all schedules of the sum of c_n E_n.

    Intervals are taken in order of time.  A schedule that serves link ``n`` in interval ``a``
    served before that either nobody, or ``n`` last (at any time), or anybody last at a time
    of at most ``t[a] - tau - 1``; and each of these may be followed by ``n`` in ``a``.

    Parameters
    ----------
    problem
        Any switching time, ``tau = 0`` included; gaps in time count as idle. Problems with
        operations that do more than close links are handed to `longest_labelled_path`.
    worth
        What one bit is worth at each target, ``c``; may be negative or zero.

    Returns
    -------
    int
        Exact, at least 0 (serving nobody is a schedule) unless intervals are locked.
    """
    if problem.options is not None and not problem.options.only_close:
        return longest_labelled_path(problem, problem.options, worth)
    price = [worth[target] for target in problem.link_targets]
    problem.budget.spend(2 * (len(price) + 1) * len(problem.interval) * size_factor(price))
    ending = [0] * len(price)  # most with n served last, or with nobody served yet
    reached: list[int] = []  # most with the last service in active interval a or before
    most = 0
    settled = 0  # most with the last service at t[a] - tau - 1 or before
    n_settled = 0
    for time, bits in zip(problem.interval, zip(*problem.servable, strict=True), strict=False):
        while problem.interval[n_settled] < time - problem.tau:
            settled = reached[n_settled]
            n_settled += 1
        for n, k in enumerate(bits):
            if k > 0:
                value = price[n] * k + max(ending[n], settled)
                ending[n] = max(ending[n], value)
                most = max(most, value)
        reached.append(most)
    return most
