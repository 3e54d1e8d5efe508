"""The Lagrangian bound by column generation, stabilised, and by longest paths in whole numbers."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.deadline import Deadline
from qkdopt.errors import NoScheduleError
from qkdopt.optimize.decomposition.beginning import beginning, first_multipliers
from qkdopt.optimize.decomposition.column_walks import ColumnWalks
from qkdopt.optimize.decomposition.restricted_master import MasterSolution, RestrictedMaster
from qkdopt.optimize.domain.blocks import Blocks
from qkdopt.optimize.domain.joint_pricing import pricing_problem
from qkdopt.optimize.domain.pricing import NO_SCHEDULE, LongestPath, PricingProblem
from qkdopt.optimize.exchange.parameters import USUAL, ColumnGenerationParameters, SolverParameters
from qkdopt.optimize.objectives.base import ConcaveObjective, Multipliers, RationalMultipliers
from qkdopt.optimize.prices_file import StartingPrices


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
_CUTS = 4  # times that the master is cut anew before the next path
_PART = 0.1  # of the gap of multipliers: prices of receivers need not be nearer


def column_generation(
    master: RestrictedMaster,
    pricing: Callable[..., LongestPath],
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
    offer = on_schedule if walks is None else _unless(stop, on_schedule)
    solution = master.solve()
    rounds, converged, lp_value = 0, least == 0.0, -np.inf
    while rounds < parameters.rounds and not converged and not stop() and solution is not None:
        rounds += 1
        moved = False
        for step in (usual, 1.0):
            trial = best.towards(solution.multipliers, step)
            path = pricing(trial.per_bit, (), best.receiver_price)
            value = trial.bound(path.value)
            offer(path.service)
            new = master.add_columns(path.delivered, path.service)
            if value < least:
                least, best = value, replace(trial, receiver_price=path.receiver_price)
                on_bound(least)
                moved = True
            if new:
                break
        if not (master.cut(solution, trial) or new or moved):
            break  # all further rounds would be the same
        solution = _cut_often(master, trial) if walks is not None else master.solve()
        if walks is not None and solution is not None and rounds % walks.rounds == 0 and not stop():
            walked = walks.between(best, least, master.rounded(solution))
            if walked is not None:
                on_schedule(walked)
                master.add_columns(master.blocks.delivered(walked), walked)
                solution = master.solve()
            if walks.enough(least):
                break
        if solution is not None:
            if best.receiver_price is not None:
                offer(master.rounded(solution))
            lp_value = solution.lp_value
            near = parameters.tolerance * max(abs(least), master.objective.resolution)
            converged = least - lp_value <= near
    return ColumnGenerationResult(least, best, solution, lp_value, rounds, converged)


def _cut_often(master: RestrictedMaster, trial: Multipliers) -> MasterSolution | None:
    """Return the master's optimum, cut some times: where a longest path takes longer than that."""
    solution = master.solve()
    for _ in range(_CUTS):
        if solution is None or not master.cut(solution, trial):
            break
        solution = master.solve()
    return solution


def _unless(
    stop: Callable[[], bool], on_schedule: Callable[[Integers], object]
) -> Callable[[Integers], object]:
    """Return what takes no schedule of a search that was cut short: a longer one has another."""
    return lambda service: None if stop() else on_schedule(service)


def lagrangian_bound(
    objective: ConcaveObjective,
    *,
    deadline: Deadline | None = None,
    on_bound: Callable[[float], None] = lambda _: None,
    on_schedule: Callable[[Integers], object] = lambda _: None,
    prices: StartingPrices | None = None,
    walks: ColumnWalks | None = None,
    parameters: SolverParameters = USUAL,
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
    pricing = pricing_problem(blocks, deadline, parameters.receiver_prices)
    offer = on_schedule if walks is None else _unless(deadline.expired, on_schedule)
    given = first_multipliers(objective, prices)
    begun = beginning(given, pricing, walks, on_schedule, offer, walked=prices is None)
    first, path = begun.multipliers, begun.path
    dearest = objective.delivery.dearest(first.per_bit) or 1.0
    master = RestrictedMaster(objective, blocks, max(path.value / dearest, 1.0))
    for service in begun.services:
        master.add_columns(blocks.delivered(service), service)
    # Shared receivers: a longest path takes long, and without walks there are no good schedules.
    part = first.receiver_price is not None and walks is None
    stop = deadline.part(_SHARE).expired if part else deadline.expired
    found = column_generation(
        master, pricing, first, first.bound(path.value), stop=stop, on_bound=on_bound,
        on_schedule=on_schedule, walks=walks, parameters=parameters.column_generation,
    )  # fmt: skip
    best = found.multipliers
    if best.receiver_price is not None:
        apart = _PART * (found.least - found.lp_value)
        best = _settled(best, apart, pricing, master, offer)
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
