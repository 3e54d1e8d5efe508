"""The bound: cutting planes and column generation, stabilised, priced by the longest path."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from qkdopt.arrays import Floats, Integers
from qkdopt.optimize.domain.pricing import PricingProblem
from qkdopt.optimize.solvers.decomposition.column_master import ColumnMaster, MasterPoint
from qkdopt.optimize.solvers.decomposition.master import Master
from qkdopt.optimize.solvers.decomposition.prices import Prices, RationalPrices, rational
from qkdopt.optimize.solvers.decomposition.shares import Shares

__all__ = ["Bound", "Lowered", "best_bound", "lower"]

_TOLERANCE = 2e-7
_MOST_ROUNDS = 600
_STEP = 0.7  # of the way from the best prices to those of the master


@dataclass(frozen=True, eq=False)
class Bound:
    """The least upper bound found, and what proves it.

    Attributes
    ----------
    value
        Largest total that any allowed schedule can have [bits], whole.
    prices, exact
        The multipliers behind it, in floating point and as the proof's fractions.
    limit
        Total of the best mixture of schedules [bits]: no prices can go below it (up to the
        accuracy of the cuts).
    delivered
        That mixture's bits by target, shape ``(T,)``.
    master
        The linear programme with all columns and cuts, for whoever goes on.
    rounds, seconds
        Work done.
    converged
        Whether value and limit met.
    """

    value: int
    prices: Prices
    exact: RationalPrices
    limit: float
    delivered: Floats
    master: Master
    rounds: int
    seconds: float
    converged: bool


@dataclass(frozen=True, eq=False)
class Lowered:
    """The least value found, the prices that show it, and the master's last optimum.

    Attributes
    ----------
    attained
        Value of the best mixture known: no prices go below it.
    """

    least: float
    prices: Any
    point: MasterPoint | None
    attained: float
    rounds: int
    converged: bool


def lower(
    master: ColumnMaster,
    pricing: PricingProblem,
    best: Any,
    least: float,
    *,
    stop: Callable[[], bool],
    told: Callable[[float], None],
    seen: Callable[[Integers], object] = lambda _: None,
) -> Lowered:
    """Improve prices in turns: the master proposes, the longest path prices, both learn.

    ``seen`` is given every schedule on the way, so that stopping later never shows fewer.
    """
    point = master.solve()
    rounds, converged, attained = 0, least == 0.0, 0.0
    while rounds < _MOST_ROUNDS and not converged and not stop() and point is not None:
        rounds += 1
        for step in (_STEP, 1.0):
            trial = best.towards(point.prices, step).tightened(master.shares)
            path = pricing(trial.per_bit)
            value = path.value + trial.constant
            seen(path.service)
            new = master.add_columns(path.delivered, path.service)
            if value < least:
                least, best = value, trial
                told(least)
            if new:
                break
        master.cut(point, trial)
        point = master.solve()
        if point is not None:
            attained = point.attained
            converged = least - attained <= _TOLERANCE * abs(least)
    return Lowered(least, best, point, attained, rounds, converged)


def best_bound(
    shares: Shares,
    pricing: PricingProblem,
    *,
    stop: Callable[[], bool] = lambda: False,
    told: Callable[[float], None] = lambda _: None,
    seen: Callable[[Integers], object] = lambda _: None,
) -> Bound:
    """Return ``min L(1 - mu a)`` over all allowed multipliers, to a few parts in 10^7.

    Parameters
    ----------
    shares, pricing
        What is asked, and the longest paths of the problem, cut into blocks.
    stop
        Asked before each round; the best prices so far are as valid as the last ones.
    told
        Called with each new best bound [bits].
    seen
        Called with each schedule on the way, shape ``(A,)``.
    """
    began = time.perf_counter()
    best = Prices.none(shares)
    path = pricing(best.per_bit)
    seen(path.service)
    master = Master(shares, pricing.blocks, max(path.value, 1.0))
    master.add_columns(path.delivered, path.service)
    lowered = lower(master, pricing, best, path.value, stop=stop, told=told, seen=seen)
    best, point = lowered.prices, lowered.point
    exact = rational(best, shares)
    whole = pricing.whole_bound(exact.per_bit(shares), exact.owed(shares))
    return Bound(
        value=whole - whole % shares.step,
        prices=best,
        exact=exact,
        limit=lowered.attained,
        delivered=shares.wanted * lowered.least if point is None else point.delivered,
        master=master,
        rounds=lowered.rounds,
        seconds=time.perf_counter() - began,
        converged=lowered.converged,
    )
