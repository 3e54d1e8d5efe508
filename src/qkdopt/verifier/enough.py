"""Bounds in which a service counts for no more bits than are enough for more than the claim.

A *service* serves one link in intervals with no other link served between.  Whatever is worth more
than the claim has a part, in real numbers, of so few bits at each target, and is worth ``least``
at the least, so at prices of 0 or more the services of a schedule, each counted so far, gain
enough for that.  Where none do, nothing is worth more than the claim.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from qkdopt.verifier.budget import size_factor, whole_multiples
from qkdopt.verifier.claim import Claim
from qkdopt.verifier.model import Problem, Satellite

_STEPS = 4  # for each interval of each service, and each cell


def most_if_enough(
    claim: Claim, part: str, prices: Sequence[Fraction | int], constant: Fraction | int
) -> Fraction | None:
    """Return the claimed bound, in the terms of `Most`, ``None`` where this does not show it."""
    strategy, problem = claim.settings.strategy, claim.problem
    enough = strategy.enough(claim, part)
    if enough is None:
        return None
    bits, least = enough
    whole, common = whole_multiples([max(x, 0) for x in prices], problem.budget)
    gained = sum(most_of_services(problem, x, whole, bits) for x in problem.satellites)
    shown = Fraction(gained, common) + constant < least
    return strategy.claimed(claim, part)[0] if shown else None


def most_of_services(
    problem: Problem, satellite: Satellite, prices: Sequence[int], enough: Sequence[int]
) -> int:
    """Return what the services of a satellite gain at most, its operations ignored.

    ``most[a]`` is that of services before the interval of number ``a``.  Services that reach over
    a gap in which any link can be turned to count as two.
    """
    times, options = satellite.times, satellite.options
    tau = satellite.tau if options.tau is None and not options.slew else 0
    ends = [a for a, (x, y) in enumerate(pairwise(times), start=1) if y - x > tau]
    ends = [len(times), *reversed(ends)]
    budget, factor = problem.budget, size_factor([*prices, *enough])
    budget.spend(_STEPS * (len(times) + len(satellite.bits)))
    cells: list[dict[int, int]] = [{} for _ in satellite.links]  # bits by interval
    for a, here in enumerate(satellite.served):
        for i, bits in zip(here, satellite.bits[slice(*satellite.starts[a : a + 2])], strict=True):
            cells[i][a] = bits
    most, free, end = [0] * (len(times) + 1), 0, 0
    targets = [problem.links[n].target for n in satellite.links]
    for begin, here in enumerate(satellite.served):
        if begin == end:
            end = ends.pop()
        most[begin] = max(most[begin], most[begin - 1] if begin else 0)
        while times[begin] - times[free] > tau:
            free += 1
        before = most[free]
        for i in here:
            price, left = prices[targets[i]], enough[targets[i]]
            if not price:
                continue
            budget.spend(_STEPS * factor * (end - begin))
            value, own = before, cells[i]
            for a in range(begin, end):
                counted = min(own.get(a, 0), left)
                if counted:
                    left -= counted
                    value += price * counted
                    if value > most[a + 1]:
                        most[a + 1] = value
                    if not left:
                        break
    return max(most[-1], most[-2]) if times else 0
