"""Passes as intervals of time: conflicts, cliques, and the best compatible subset."""

from bisect import bisect_right
from collections.abc import Collection, Sequence
from typing import TypeVar

from qkdopt.contact.problem import ContactProblem

_Number = TypeVar("_Number", int, float)


def conflicts(problem: ContactProblem) -> list[tuple[int, int]]:
    """Return every pair of passes that exclude each other, the earlier start first."""
    order = problem.in_time(range(len(problem.start)))
    pairs = []
    for place, p in enumerate(order):
        for q in order[place + 1 :]:
            if problem.start[q] >= problem.busy_until[p]:
                break
            pairs.append((p, q))
    return pairs


class Exclusions:
    """Which passes exclude which; sets of passes are whole numbers, bit ``p`` for pass ``p``."""

    def __init__(self, problem: ContactProblem) -> None:
        self.by_pass = [0] * len(problem.start)
        for p, q in conflicts(problem):
            self.by_pass[p] |= 1 << q
            self.by_pass[q] |= 1 << p

    def left(self, used: Collection[int], unused: Collection[int]) -> list[int] | None:
        """Return the passes that are in neither set and excluded by none that is used.

        ``None`` when the used ones exclude each other, or some are in both sets.
        """
        excluded, demanded = 0, 0
        for p in used:
            excluded |= self.by_pass[p]
            demanded |= 1 << p
        for p in unused:
            excluded |= 1 << p
        if excluded & demanded:
            return None
        shut = excluded | demanded
        return [p for p in range(len(self.by_pass)) if not shut >> p & 1]


def cliques(problem: ContactProblem) -> list[list[int]]:
    """Return the maximal sets of passes that exclude each other pairwise, in order of time.

    A pass keeps the satellite busy in ``[start, busy_until)``. Intervals that meet pairwise
    have an instant in common, and the latest of their starts is one; so the sets of intervals
    that hold a start are all cliques that matter. One is maximal if some pass of it ends before
    the next one that adds a pass begins.
    """
    order = problem.in_time(range(len(problem.start)))
    found: list[list[int]] = []
    active: list[int] = []
    grown = False
    for p in order:
        staying = [q for q in active if problem.busy_until[q] > problem.start[p]]
        if len(staying) < len(active) and grown:
            found.append(active)
            grown = False
        active = [*staying, p]
        grown = True
    return [*found, active] if active else found


def best_compatible(
    problem: ContactProblem, values: Sequence[_Number], allowed: Collection[int]
) -> tuple[_Number, list[int]]:
    """Return the largest total value of compatible passes among ``allowed``, and the passes.

    Weighted interval scheduling. With the passes in order of ``busy_until``, the best of the
    first i is the better of the best of the first i - 1, and ``values`` of the i-th with the best
    of those that are over when it starts; of equal ``busy_until`` a pass of no length (without a
    gap) comes last. Exact when ``values`` are whole; passes of no value are left out.
    """
    start, busy_until = problem.start, problem.busy_until
    order = sorted((p for p in allowed if values[p] > 0), key=lambda p: (busy_until[p], start[p]))
    ends = [problem.busy_until[p] for p in order]
    zero = values[0] * 0 if len(values) else 0
    best: list[_Number] = [zero]
    before = []
    for i, p in enumerate(order):
        before.append(bisect_right(ends, problem.start[p], 0, i))
        best.append(max(best[i], values[p] + best[before[i]]))
    used = []
    i = len(order)
    while i:
        if best[i] == best[i - 1]:
            i -= 1
        else:
            used.append(order[i - 1])
            i = before[i - 1]
    return best[-1], used[::-1]
