"""Bits in several cloud scenarios: how problems state them, and what cells gain in all."""

from collections.abc import Sequence
from fractions import Fraction
from math import lcm
from operator import itemgetter, mul

from qkdopt.errors import Described
from qkdopt.verifier.budget import Budget, size_factor
from qkdopt.verifier.forms import LARGEST_INPUT, Members, counts, list_of, lowest_terms, refused
from qkdopt.verifier.model import Problem

_STEPS = 4  # for each cell
_STEPS_PER_SCENARIO = 150


def read_probabilities(
    value: object, where: str, n_targets: int, budget: Budget
) -> tuple[Fraction, ...]:
    """Return the probability of each scenario: above 0, in lowest terms, adding up to 1."""
    found = Members(value, where, ("probabilities",))
    shares = found("probabilities", list_of, lowest_terms, what=" of fractions", some=True)
    budget.keep(n_targets * len(shares))
    budget.spend(_STEPS_PER_SCENARIO * len(shares))
    common = 1
    for x in shares:
        common = lcm(common, x.denominator)
        if common >= LARGEST_INPUT:
            came = Described("others")
            expected = "fractions with a common denominator below 10^100"
            raise refused(f"{where}.probabilities", came, expected)
    if not all(shares) or sum(x.numerator * (common // x.denominator) for x in shares) != common:
        expected = "fractions above 0 that add up to 1"
        raise refused(f"{where}.probabilities", Described("others"), expected)
    return tuple(shares)


def bits_by_interval(contact: Members, n_scenarios: int) -> list[tuple[int, ...]]:
    """Return the bits of every scenario, for each interval of a contact."""
    where, what = f"{contact.where}.bits", ", one for each scenario"
    rows = contact("bits", list_of, counts, length=n_scenarios, what=what)
    if len({*map(len, rows)}) > 1:
        raise refused(where, Described("lists of different lengths"), "lists of one length")
    by_interval = list(zip(*rows, strict=True))
    if not all(map(any, by_interval)):
        expected = "some scenario with bits in each interval"
        raise refused(where, Described("an interval of nothing but zeros"), expected)
    return by_interval


def charge_scenarios(
    problem: Problem, prices: Sequence[int], paid: Sequence[dict[int, int]]
) -> None:
    """Take what bits gain off what services pay, for each link by interval.

    ``prices`` of bits are listed scenario by scenario, one for each target.  So scenarios enter
    the longest path as prices of receivers do: as one table, whatever their number.
    """
    n_targets, budget = len(problem.targets), problem.budget
    budget.spend(len(prices))
    priced = []  # by target: scenarios that count, two at least, their prices, and steps
    for target in range(n_targets):
        own = prices[target::n_targets]
        which = [0, 0, *filter(own.__getitem__, range(len(own)))]
        counted = [0, 0, *filter(None, own)]
        steps = _STEPS + len(counted) * size_factor(counted) // 2
        priced.append((itemgetter(*which), counted, steps))
    for satellite in problem.satellites:
        for time, here in zip(satellite.times, satellite.served, strict=True):
            for n in map(satellite.links.__getitem__, here):
                of, own, steps = priced[problem.links[n].target]
                budget.spend(steps)
                gained = sum(map(mul, own, of(satellite.scenarios[n, time])))
                paid[n][time] = paid[n].get(time, 0) - gained
