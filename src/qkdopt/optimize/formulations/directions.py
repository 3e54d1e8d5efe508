"""Which directions exist in each interval, for rows about who points at whom."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from qkdopt.arrays import Integers


@dataclass(frozen=True)
class Directions:
    """What can be pointed at in each interval.

    Attributes
    ----------
    cells
        For each interval the directions that exist.
    staying, ending
        For each interval the directions that exist in the next one as well, and the others;
        both are empty where the next one is more than ``tau`` later.
    earlier
        For each interval those before it, at most ``tau`` earlier, after which one can leave.
    """

    cells: list[list[int]]
    staying: list[list[int]]
    ending: list[list[int]]
    earlier: list[list[int]]


def directions(visits: Iterable[tuple[int, int]], time: Integers, tau: Integers) -> Directions:
    """Return visits, and what lies between two of one direction that are at most tau apart.

    Parameters
    ----------
    visits
        ``(n, a)``: direction ``n`` may be served in interval ``a``; ``a`` never falls.
    time, tau
        Of each interval: its index in time, rising, and the intervals that a turn takes, shape
        ``(A,)``; intervals with different ``tau`` are farther apart than that.
    """
    times, taus = time.tolist(), tau.tolist()
    cells: list[list[int]] = [[] for _ in times]
    last: dict[int, int] = {}
    for n, a in visits:
        b = last.get(n, a)
        between = range(b + 1, a) if times[a] - times[b] <= taus[a] else ()
        for c in (*between, a):
            cells[c].append(n)
        last[n] = a
    staying: list[list[int]] = [[] for _ in times]
    ending: list[list[int]] = [[] for _ in times]
    for a, (before, after) in enumerate(pairwise(times)):
        if after - before <= taus[a + 1]:
            here, there = cells[a], set(cells[a + 1])
            staying[a] = [n for n in here if n in there]
            ending[a] = [n for n in here if n not in there]
    first = np.searchsorted(time, time - tau).tolist()
    earlier = [
        [b for b in range(begin, a) if staying[b] or ending[b]] for a, begin in enumerate(first)
    ]
    return Directions(cells, staying, ending, earlier)
