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
    problem: Problem, charges: Sequence[Charge], common: int, paid: list[dict[int, int]]
) -> int:
    """Add what services pay, for each link by interval, and return what stations get at most.

    Both are in units of ``1 / common``.  A price is charged where the satellite has a link to the
    station with bits, and nowhere else in its range.
    """
    budget, visible = problem.budget, problem.visible
    factor, length, n_priced = size_factor((common,)), 1 + common.bit_length() // _BITS_KEPT, 0
    times = {n: [*visible.get(n, ())] for n in {x.station for x in charges}}
    budget.spend(sum(map(len, times.values())))
    prices: dict[int, dict[int, dict[int, int]]] = {n: {} for n in times}  # by satellite, interval
    for x in charges:
        price = x.price.numerator * (common // x.price.denominator)
        known, own, at = times[x.station], prices[x.station], visible.get(x.station, {})
        inside = known[bisect_left(known, x.first) : bisect_right(known, x.last)]
        n_cells = len(inside) if x.satellite is not None else sum(len(at[t]) for t in inside)
        budget.keep((n_priced + n_cells) * length)
        budget.spend(4 * factor * (2 + len(inside) + n_cells))
        for time in inside:
            for s in at[time] if x.satellite is None else {x.satellite}.intersection(at[time]):
                into = own.setdefault(s, {})
                n_priced += time not in into
                into[time] = into.get(time, 0) + price
    for n, link in enumerate(problem.links):
        for station in link.stations:
            priced, so_far = prices.get(station, {}).get(link.satellite, {}), paid[n]
            budget.spend(4 * factor * (1 + len(priced) + len(so_far)))
            paid[n] = {**priced, **{t: x + priced.get(t, 0) for t, x in so_far.items()}}
    return sum(
        problem.stations[station].receivers
        * _best_plan(problem, own, problem.stations[station].tau, factor)
        for station, own in prices.items()
    )


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
