"""A bound on the value of any strategy, for schedules whose maker proves nothing."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from qkdopt.errors import SolverError
from qkdopt.optimize.floors import base_of, floors_of
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.schedule import Schedule
from qkdopt.optimize.solvers.options import SolverOptions
from qkdopt.optimize.strategies import (
    BalancedDelivery,
    LeastDivergence,
    LinearStrategy,
    Strategy,
    TargetedDelivery,
)

__all__ = ["independent_bound"]


def independent_bound(
    problem: SchedulingProblem, strategy: Strategy, schedule: Schedule, options: SolverOptions
) -> tuple[Any, dict[str, Any]]:
    """Return a bound as certificates write it, and its proof.

    For linear strategies it is the optimum, by the dynamic programme; for all others the best
    that prices show. It owes nothing to the schedule, but for balanced delivery, whose second
    aim begins where the schedule's first one ends.

    Raises
    ------
    SolverError
        When the schedule is legal but misses what the strategy demands: too far from the
        weights, too few bits, less than a floor.
    """
    if isinstance(strategy, LinearStrategy):
        from qkdopt.optimize.domain.longest_path import optimum

        best = optimum(problem, strategy.coefficients(problem))
        return (0 if best is None else best[1]), {"kind": "path"}
    base, stop = base_of(strategy), options.running().expired
    if isinstance(base, TargetedDelivery):
        return _targeted(problem, base, schedule, floors_of(problem, strategy), stop)
    if isinstance(base, LeastDivergence):
        return _least(problem, base, schedule, floors_of(problem, strategy), options)
    if isinstance(base, BalancedDelivery):
        return _balanced(problem, strategy, schedule, stop)
    from qkdopt.optimize.solvers.uses.outcomes import price_proof

    return price_proof(problem, strategy, stop)


def _targeted(
    problem: SchedulingProblem,
    strategy: TargetedDelivery,
    schedule: Schedule,
    floors: tuple[int, ...],
    stop: Callable[[], bool],
) -> tuple[int, dict[str, object]]:
    from qkdopt.optimize.domain.blocks import Blocks
    from qkdopt.optimize.domain.pricing import PricingProblem
    from qkdopt.optimize.solvers.decomposition.bound import best_bound
    from qkdopt.optimize.solvers.decomposition.shares import Shares

    shares = Shares.create(problem, strategy, floors)
    delivered = np.array(schedule.delivered(problem), np.int64)
    _refuse_unwanted(problem, delivered.tolist())
    if delivered.any() and not shares.allows(delivered[shares.target]):
        raise SolverError(f"the schedule's shares are farther than KL = {strategy.kl_max}")
    pricing = PricingProblem(Blocks.create(shares.delivery))
    bound = best_bound(shares, pricing, stop=stop)
    return bound.value, bound.exact.proof()


def _least(
    problem: SchedulingProblem,
    strategy: LeastDivergence,
    schedule: Schedule,
    floors: tuple[int, ...],
    options: SolverOptions,
) -> tuple[str, dict[str, object]]:
    from qkdopt.optimize.solvers.least_divergence import find_least

    found = find_least(problem, strategy, options, floors, improve=lambda run: None)
    delivered = schedule.delivered(problem)
    _refuse_unwanted(problem, delivered)
    if sum(delivered) < found.wanted:
        raise SolverError(
            f"the schedule delivers {sum(delivered):,} bits, the strategy asks for {found.wanted:,}"
        )
    return found.bound, found.proof


def _balanced(
    problem: SchedulingProblem, strategy: Strategy, schedule: Schedule, stop: Callable[[], bool]
) -> tuple[dict[str, object], dict[str, object]]:
    from qkdopt.optimize.solvers.uses.bound import uses_bound
    from qkdopt.optimize.solvers.uses.outcomes import balanced_total, stated_for
    from qkdopt.optimize.solvers.uses.proof import proof_by_prices
    from qkdopt.optimize.uses import uses_of

    uses = uses_of(problem, strategy)
    delivered = schedule.delivered(problem)
    reached = uses.worth(delivered)
    if reached is None:
        raise SolverError("the schedule delivers less than the floors ask")
    first = uses_bound(uses, stop=stop)
    further, stated = balanced_total(problem, uses, reached)
    second = uses_bound(further, stop=stop)
    proof = {
        **proof_by_prices(first.exact, stated_for(problem, strategy)),
        **proof_by_prices(second.exact, stated),
    }
    t = max(first.value, reached)
    total = max(math.floor(second.value), sum(delivered))
    return {"t": f"{t.numerator}/{t.denominator}", "total": total}, proof


def _refuse_unwanted(problem: SchedulingProblem, delivered: list[int] | tuple[int, ...]) -> None:
    weights = problem.weights or (1,) * len(problem.targets)
    for name, bits, weight in zip(problem.targets, delivered, weights, strict=True):
        if bits and not weight:
            raise SolverError(f"the schedule delivers {bits:,} bits to {name}, whose weight is 0")
