"""The Lagrangian bound by column generation, stabilised, and by longest paths in whole numbers."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.deadline import Deadline
from qkdopt.errors import NoScheduleError
from qkdopt.optimize.decomposition.column_walks import ColumnWalks
from qkdopt.optimize.decomposition.restricted_master import MasterSolution, RestrictedMaster
from qkdopt.optimize.domain.blocks import Blocks
from qkdopt.optimize.domain.joint_pricing import pricing_problem
from qkdopt.optimize.domain.pricing import NO_SCHEDULE, LongestPath, PricingProblem
from qkdopt.optimize.exchange.parameters import USUAL, ColumnGenerationParameters
from qkdopt.optimize.objectives.base import ConcaveObjective, Multipliers, RationalMultipliers
from qkdopt.optimize.prices_file import StartingPrices

__all__ = [
    "ColumnGenerationResult",
    "LagrangianBound",
    "column_generation",
    "exact_bound",
    "lagrangian_bound",
]


@dataclass(frozen=True, eq=False)
class ColumnGenerationResult:
    """The least bound found, the multipliers that prove it, and the master's last optimum."""

    least: float
    multipliers: Multipliers
    solution: MasterSolution | None
    lp_value: float
    rounds: int
    converged: bool


@dataclass(frozen=True, eq=False)
class LagrangianBound:
    """The least bound found and what proves it.

    Attributes
    ----------
    value
        No schedule has a larger value; rounded down to what could be attained.
    multipliers, exact
        The multipliers behind it, in floating point and as fractions.
    lp_value
        The best mixture's value: no multipliers go below it.
    delivered
        That mixture's bits by target, shape ``(T,)``.
    scale
        Size of values: that of the longest path at the first multipliers.
    master, pricing
        The linear programme with all columns and cuts, and the longest paths, to go on with.
    """

    value: Fraction
    multipliers: Multipliers
    exact: RationalMultipliers
    lp_value: float
    delivered: Floats
    scale: float
    master: RestrictedMaster
    pricing: PricingProblem
    rounds: int
    seconds: float
    converged: bool

    def priced(self) -> float:
        """Return the bound in floating point, by one more longest path."""
        best = self.multipliers
        return best.bound(self.pricing(best.per_bit, (), best.receiver_price).value)

    def proof(self) -> dict[str, object]:
        """Return the certificate's proof by these multipliers alone."""
        objective = self.multipliers.objective
        own = self.pricing.written(self.exact)
        return {"kind": "prices", **objective.written(self.exact.numbers, self.value), **own}


_SHARE = 0.6  # of the time, where satellites share receivers
_PART = 0.1  # of the gap of multipliers: prices of receivers need not be nearer


def column_generation(
    master: RestrictedMaster,
    pricing: PricingProblem,
    best: Multipliers,
    least: float,
    *,
    stop: Callable[[], bool],
    on_bound: Callable[[float], None],
    on_schedule: Callable[[Integers], object] = lambda _: None,
    walks: ColumnWalks | None = None,
    parameters: ColumnGenerationParameters = USUAL.column_generation,
) -> ColumnGenerationResult:
    """Alternate between the restricted master and the pricing problem (the longest path).

    ``on_schedule`` is given every schedule on the way, so that stopping later never shows fewer.
    """
    usual = parameters.step if walks is None else parameters.short_step
    solution = master.solve()
    rounds, converged, lp_value = 0, least == 0.0, -np.inf
    while rounds < parameters.rounds and not converged and not stop() and solution is not None:
        rounds += 1
        moved = False
        for step in (usual, 1.0):
            trial = best.towards(solution.multipliers, step)
            path = pricing(trial.per_bit, (), best.receiver_price)
            value = trial.bound(path.value)
            on_schedule(path.service)
            new = master.add_columns(path.delivered, path.service)
            if value < least:
                least, best = value, replace(trial, receiver_price=path.receiver_price)
                on_bound(least)
                moved = True
            if new:
                break
        if not (master.cut(solution, trial) or new or moved):
            break  # all further rounds would be the same
        solution = master.solve()
        if walks is not None and solution is not None and rounds % walks.rounds == 0:
            walked = walks.between(best, least, master.rounded(solution))
            if walked is not None:
                on_schedule(walked)
                master.add_columns(master.blocks.delivered(walked), walked)
                solution = master.solve()
            if walks.enough(least):
                break
        if solution is not None:
            if best.receiver_price is not None:
                on_schedule(master.rounded(solution))
            lp_value = solution.lp_value
            near = parameters.tolerance * max(abs(least), master.objective.resolution)
            converged = least - lp_value <= near
    return ColumnGenerationResult(least, best, solution, lp_value, rounds, converged)


def lagrangian_bound(
    objective: ConcaveObjective,
    *,
    deadline: Deadline | None = None,
    on_bound: Callable[[float], None] = lambda _: None,
    on_schedule: Callable[[Integers], object] = lambda _: None,
    prices: StartingPrices | None = None,
    walks: ColumnWalks | None = None,
    parameters: ColumnGenerationParameters = USUAL.column_generation,
) -> LagrangianBound:
    """Return the least bound over all admissible multipliers, to a few parts in 10^7.

    Parameters
    ----------
    objective
        What is maximised, and over which problem.
    deadline
        Asked before each round; the best multipliers so far are as valid as the last ones.
    on_bound
        Called with each new best bound.
    on_schedule
        Called with each schedule on the way, shape ``(A,)``.
    prices
        Where multipliers begin.
    walks
        That come first and between rounds, if any do.
    """
    began = time.perf_counter()
    deadline = deadline or Deadline()
    blocks = Blocks.create(objective.delivery)
    pricing = pricing_problem(blocks, deadline)
    given = _first(objective, prices)
    begun = _begun(given, pricing, walks if prices is None else None, on_schedule)
    first, path = begun.multipliers, begun.path
    dearest = float(first.per_bit.max(initial=0.0)) or 1.0
    master = RestrictedMaster(objective, blocks, max(path.value / dearest, 1.0))
    for service in begun.services:
        master.add_columns(blocks.delivered(service), service)
    # Shared receivers: a longest path takes long, and without walks there are no good schedules.
    part = first.receiver_price is not None and walks is None
    stop = deadline.part(_SHARE).expired if part else deadline.expired
    found = column_generation(
        master, pricing, first, first.bound(path.value), stop=stop, on_bound=on_bound,
        on_schedule=on_schedule, walks=walks, parameters=parameters,
    )  # fmt: skip
    best = found.multipliers
    if best.receiver_price is not None:
        apart = _PART * (found.least - found.lp_value)
        best = _settled(best, apart, pricing, master, on_schedule)
    rational = pricing.rational(objective.rational(best.vector), best.receiver_price)
    exact = pricing.completed(rational)
    solution = found.solution
    return LagrangianBound(
        value=objective.round_down(exact_bound(objective, pricing, exact)),
        multipliers=best,
        exact=exact,
        lp_value=found.lp_value,
        delivered=path.delivered.sum(axis=0) if solution is None else solution.delivered,
        scale=path.value,
        master=master,
        pricing=pricing,
        rounds=found.rounds,
        seconds=time.perf_counter() - began,
        converged=found.converged,
    )


def _first(objective: ConcaveObjective, prices: StartingPrices | None) -> Multipliers:
    """Return admissible multipliers to begin with, near prices if there are any."""
    if prices is None:
        return Multipliers.near(objective, objective.first_multipliers())
    vector, delivery = objective.first_multipliers(), objective.delivery
    if prices.target:
        known = np.zeros(delivery.targets)
        some = delivery.position >= 0
        targets = np.array(delivery.problem.link_target, np.int64)[some]
        known[delivery.position[some]] = np.array(prices.target)[targets]
        vector = objective.multipliers_at(known)
    first = Multipliers.near(objective, vector)
    stated = prices.of_receivers(delivery.problem.receivers)
    return replace(first, receiver_price=None if stated is None else stated / objective.scale)


class _Begun(NamedTuple):
    """The best multipliers to begin with, their longest path, and all schedules met."""

    multipliers: Multipliers
    path: LongestPath
    services: list[Integers]


def _begun(
    given: Multipliers,
    pricing: PricingProblem,
    walks: ColumnWalks | None,
    on_schedule: Callable[[Integers], object],
) -> _Begun:
    """Return the multipliers that a first walk suggests, if there is one, else those given."""
    services, tried = list[Integers](), [given]
    if walks is not None:
        service, suited = walks.begin(pricing.best_service(given.per_bit))
        if service is not None:
            on_schedule(service)
            services, tried = [service], suited
    found = []
    for first in tried:
        path = pricing(first.per_bit, (), first.receiver_price)
        on_schedule(path.service)
        services.append(path.service)
        found.append(_Begun(replace(first, receiver_price=path.receiver_price), path, services))
    return min(found, key=lambda begun: begun.multipliers.bound(begun.path.value))


def _settled(
    best: Multipliers,
    apart: float,
    pricing: PricingProblem,
    master: RestrictedMaster,
    on_schedule: Callable[[Integers], object],
) -> Multipliers:
    """Return the multipliers with the best prices of shared receivers."""
    path = pricing.settled(best.per_bit, best.receiver_price, apart)
    on_schedule(path.service)
    master.add_columns(path.delivered, path.service)
    return replace(best, receiver_price=path.receiver_price)


def exact_bound(
    objective: ConcaveObjective, pricing: PricingProblem, exact: RationalMultipliers
) -> Fraction:
    """Return what no schedule exceeds at rational multipliers, before rounding to a value.

    Where sums at these prices need more than 64 bits, they are rounded up a little.
    """
    longest = pricing.certified(exact)
    if longest is None:
        raise NoScheduleError(NO_SCHEDULE)
    return Fraction(objective.bound(longest, exact.constant, exact.numbers))
