"""Which services exist, and which pairs of intervals a hand-over could join too soon."""

from dataclasses import dataclass

import numpy as np

from qkdopt.optimize.limits import limits_of
from qkdopt.optimize.problem import SchedulingProblem


@dataclass(frozen=True)
class Servable:
    """Index sets of the formulations.

    Attributes
    ----------
    pairs
        ``(n, a)`` with ``K[n, a] > 0`` that no rule forbids, ordered by interval, then link.
    links
        For each active interval the links of its pairs.
    earlier
        For each active interval ``a`` the pairs ``(k, b)`` with ``t[b] = t[a] - k`` active
        and ``1 <= k <= tau``, the longest tau of any pair of links.
    """

    pairs: list[tuple[int, int]]
    links: list[list[int]]
    earlier: list[list[tuple[int, int]]]


def servable(problem: SchedulingProblem) -> Servable:
    """Return the index sets of ``problem``."""
    intervals = range(problem.interval.size)
    pairs = [(int(n), int(a)) for a, n in np.argwhere(limits_of(problem).servable.T)]
    links: list[list[int]] = [[] for _ in intervals]
    for n, a in pairs:
        links[a].append(n)
    longest = limits_of(problem).longest_tau
    times = problem.interval.tolist()
    first = np.searchsorted(problem.interval, problem.interval - longest).tolist()
    earlier = [
        [(time - times[b], b) for b in range(a - 1, first[a] - 1, -1)]
        for a, time in enumerate(times)
    ]
    return Servable(pairs, links, earlier)
