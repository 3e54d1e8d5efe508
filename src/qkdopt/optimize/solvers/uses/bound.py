"""The bound on uses of bits: column generation priced by the longest path, then exact."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from qkdopt.arrays import Floats, Integers
from qkdopt.optimize.domain.blocks import Blocks
from qkdopt.optimize.domain.pricing import PricingProblem
from qkdopt.optimize.solvers.decomposition.bound import lower
from qkdopt.optimize.solvers.uses.master import UsesMaster
from qkdopt.optimize.solvers.uses.wants import BitPrices, Wants, rational_prices
from qkdopt.optimize.uses import Uses

__all__ = ["UsesBound", "uses_bound"]


@dataclass(frozen=True, eq=False)
class UsesBound:
    """The least bound found and what proves it.

    Attributes
    ----------
    value
        No schedule is worth more; a worth that some schedule could have.
    exact
        The prices behind it, as fractions.
    prices, delivered, master
        For whoever goes on: prices in floating point, the best mixture's bits, the columns.
    limit
        The best mixture's worth: no prices go below it.
    """

    value: Fraction
    exact: tuple[Fraction, ...]
    prices: BitPrices
    delivered: Floats
    limit: float
    master: UsesMaster
    rounds: int
    seconds: float


def uses_bound(
    uses: Uses,
    *,
    stop: Callable[[], bool] = lambda: False,
    told: Callable[[float], None] = lambda _: None,
    seen: Callable[[Integers], object] = lambda _: None,
) -> UsesBound:
    """Return the least bound that prices show, to a few parts in 10^7; see ``uses``.

    ``stop`` is asked on the way; ``told`` is given every better bound, ``seen`` every schedule.
    """
    began = time.perf_counter()
    wants = Wants.create(uses)
    pricing = PricingProblem(Blocks.create(wants.delivery))
    targets = len(uses.problem.targets)
    best = wants.prices([float(max(uses.cost))] * targets + [0.0] * len(uses.floors))
    path = pricing(best.per_bit)
    dearest = float(best.per_bit.max(initial=0.0)) or 1.0
    seen(path.service)
    master = UsesMaster(wants, pricing.blocks, max(path.value / dearest, 1.0))
    master.add_columns(path.delivered, path.service)
    lowered = lower(
        master, pricing, best, path.value + best.constant, stop=stop, told=told, seen=seen
    )
    exact = rational_prices(lowered.prices)
    value = pricing.exact_value(uses.per_bit(exact)) + uses.constant(exact)
    point = lowered.point
    return UsesBound(
        value=uses.whole(value),
        exact=exact,
        prices=lowered.prices,
        delivered=path.delivered.sum(axis=0) if point is None else point.delivered,
        limit=lowered.attained,
        master=master,
        rounds=lowered.rounds,
        seconds=time.perf_counter() - began,
    )
