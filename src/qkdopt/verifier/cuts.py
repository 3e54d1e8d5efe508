"""Cuts of a component: half the sum of several rows, rounded down.

A row is some services, of which a schedule has at most ``c``.  Of one satellite it is one where any
two exclude each other: they are less than a hand-over apart and all of one link in one interval.
Of one station it is as many as it has receivers, where services are no more than its set-up time
apart and all of one satellite in one interval.  An earlier cut is a row, too.  A schedule has at
most as many services as the rows allow together, each counted once for every row that it is in; so
if it is counted n times, n // 2 times in all at most half of that, and such sums are whole.
So prices of cuts are prices of receivers: services pay them, and the cut gets its most.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from qkdopt.verifier.budget import Budget, size_factor
from qkdopt.verifier.forms import LARGEST_INPUT, Members, a_list, list_of, refused, whole
from qkdopt.verifier.model import Problem

_STEPS_PER_SERVICE = 20
_KEPT = 3  # results that a service of a row stands for
_PAIR = 2


class Cut(NamedTuple):
    """No schedule has more than ``most`` of these services, by link and interval, counted so."""

    counts: Mapping[tuple[int, int], int]
    most: int


class CutPrice(NamedTuple):
    """The price of a cut."""

    cut: Cut
    price: Fraction


def read_cuts(value: object, where: str, problem: Problem) -> list[Cut]:
    """Return the cuts of a component, each of rows of its own and of earlier cuts."""
    cuts, kept, earlier = list[Cut](), 0, "the index of an earlier cut"
    for i, item in enumerate(a_list(value, where, what=" of cuts", some=True)):
        own = Members(item, f"{where}[{i}]", ("rows",), ("cuts",))
        total: Counter[tuple[int, int]] = Counter()
        most = 0
        for row in own("rows", list_of, _services, problem, what=" of rows"):
            most += _most_of(row, problem, own.where)
            total.update(row)
        if "cuts" in own:
            for k in own("cuts", list_of, whole, 0, len(cuts), earlier, what=" of earlier cuts"):
                problem.budget.spend(_STEPS_PER_SERVICE * len(cuts[k].counts))
                total.update(cuts[k].counts)
                most += cuts[k].most
        cuts.append(Cut({service: n // 2 for service, n in total.items() if n > 1}, most // 2))
        kept += _KEPT * (1 + len(total))
        problem.budget.keep(kept)
    return cuts


def charge_cuts(
    prices: Sequence[CutPrice], common: int, paid: Sequence[dict[int, int]], budget: Budget
) -> int:
    """Add what services pay for cuts, for each link by interval, and return what these get at most.

    Both are in units of ``1 / common``.
    """
    most, factor = 0, size_factor((common,))
    for (counts, limit), price in prices:
        budget.spend(4 * factor * (1 + len(counts)))
        each = price.numerator * (common // price.denominator)
        most += each * limit
        for (link, time), n in counts.items():
            paid[link][time] = paid[link].get(time, 0) + n * each
    return most


def _services(item: object, where: str, problem: Problem) -> list[tuple[int, int]]:
    return problem.budget.list_of(
        _STEPS_PER_SERVICE, item, where, _service, problem, what=" of services", some=True
    )


def _service(item: object, where: str, problem: Problem) -> tuple[int, int]:
    link, time = a_list(item, where, _PAIR, ": a link and an interval")
    n = whole(link, f"{where}[0]", 0, len(problem.links), "a link's index")
    return n, whole(time, f"{where}[1]", 0, LARGEST_INPUT, "an interval")


def _most_of(row: Sequence[tuple[int, int]], problem: Problem, where: str) -> int:
    """Return how many services of a row a schedule has at most."""
    links, times = [problem.links[n] for n, _ in row], [time for _, time in row]
    span = max(times) - min(times)
    satellites = {link.satellite for link in links}
    if len({*row}) < len(row):
        raise refused(where, [list(service) for service in row], "each service once in a row")
    if len(satellites) == 1:
        own = problem.satellites[satellites.pop()]
        gap = own.least_tau
        if span <= gap and len({n for n, _ in row}) == len(row):
            return 1
    shared = {*links[0].stations}.intersection(*(link.stations for link in links))
    once = len({(x.satellite, t) for x, t in zip(links, times, strict=True)}) == len(
        {x.satellite for x in links}
    )
    able = [problem.stations[n] for n in shared if once and span <= problem.stations[n].tau]
    if not able:
        expected = "rows of services that exclude each other at one satellite or station"
        raise refused(where, [list(service) for service in row], expected)
    return min(station.receivers for station in able)
