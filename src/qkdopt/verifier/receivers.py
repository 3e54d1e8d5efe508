"""The bound for satellites that share stations, at prices (multipliers) of receivers.

Let p >= 0 be a price for each satellite, station and interval.  A schedule gains as much as
its paths gain where every service pays the prices of its stations, plus what it pays.  The first
is at most the sum of the satellites' own longest paths.  Of the second, a station with c
receivers gets what c plans of one receiver pay, since ``tau + 1`` consecutive intervals serve at
most c satellites: such services can be dealt to c receivers, each of which keeps more than ``tau``
intervals from one satellite to another.  So it is at most c times the best plan of one receiver,
which is the longest path over the prices with satellites as links (with ``tau`` = 0, the sum
over the intervals of the largest price).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from qkdopt.verifier.budget import size_factor
from qkdopt.verifier.model import Problem
from qkdopt.verifier.plain_walk import PlainWalk

_BITS_KEPT = 400  # that a result kept stands for, of some 100 bytes and once more for links


class Charge(NamedTuple):
    """The price of a receiver of a station in a range of intervals, for one satellite or each."""

    station: int
    satellite: int | None
    first: int
    last: int
    price: Fraction


def charge(
    problem: Problem, charges: Sequence[Charge], common: int
) -> tuple[Mapping[tuple[int, int], int], int]:
    """Return what services pay, by link and interval, and what stations get at most.

    Both are in units of ``1 / common``.  A price is charged where the satellite has a link to the
    station with bits, and nowhere else in its range.
    """
    prices: dict[int, dict[int, dict[int, int]]] = {}  # by station, satellite and interval
    seen, budget = _seen(problem, {x.station for x in charges}), problem.budget
    factor, length, n_priced = size_factor((common,)), 1 + common.bit_length() // _BITS_KEPT, 0
    for x in charges:
        price = x.price.numerator * (common // x.price.denominator)
        times, satellites = seen[x.station]
        own = prices.setdefault(x.station, {})
        for time in times[bisect_left(times, x.first) : bisect_right(times, x.last)]:
            here = satellites[time] if x.satellite is None else [x.satellite]
            budget.spend(factor * (4 * len(here) + 4))
            for s in here:
                if s in satellites[time]:
                    at = own.setdefault(s, {})
                    n_priced += time not in at
                    at[time] = at.get(time, 0) + price
            budget.keep(n_priced * length)
        budget.spend(8 * factor)
    paid: dict[tuple[int, int], int] = {}
    for n, link in enumerate(problem.links):
        for station in link.stations:
            priced = prices.get(station, {}).get(link.satellite, {})
            budget.spend(factor * (4 * len(priced) + 4))
            for time, price in priced.items():
                paid[n, time] = paid.get((n, time), 0) + price
    most = sum(
        problem.stations[station].receivers
        * _best_plan(problem, own, problem.stations[station].tau, factor)
        for station, own in prices.items()
    )
    return paid, most


def _seen(
    problem: Problem, stations: set[int]
) -> dict[int, tuple[list[int], dict[int, list[int]]]]:
    """Return when each station sees any satellite, rising, and which ones in each interval."""
    seen: dict[int, dict[int, list[int]]] = {station: {} for station in stations}
    for (station, s), times in problem.visible.items():
        problem.budget.spend(1 + 2 * len(times) * (station in seen))
        for time in times if station in seen else ():
            seen[station].setdefault(time, []).append(s)
    return {station: (sorted(at), at) for station, at in seen.items()}


def _best_plan(
    problem: Problem, own: Mapping[int, Mapping[int, int]], tau: int, factor: int
) -> int:
    """Return the most that one receiver can be paid, by prices of satellites and intervals."""
    cells = sorted((time, s, price) for s, at in own.items() for time, price in at.items())
    served: dict[int, list[int]] = {}
    for time, s, _ in cells:
        served.setdefault(time, []).append(s)
    problem.budget.spend(8 * factor * len(cells))
    walk = PlainWalk([*served], tau, len(problem.satellites))
    return walk.go([*served.values()], [price for *_, price in cells])
