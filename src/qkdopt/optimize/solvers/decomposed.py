"""``decomposition``: branch and price; the bound is proved."""

from __future__ import annotations

from qkdopt.mip.solvers import check_mip_solver
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.solvers.options import SolverOptions
from qkdopt.optimize.solvers.result import SolverResult
from qkdopt.optimize.strategies import Strategy

__all__ = ["no_schedule", "solve_by_decomposition"]


def solve_by_decomposition(
    problem: SchedulingProblem, strategy: Strategy, options: SolverOptions
) -> SolverResult:
    """Return what branch and price finds."""
    from qkdopt.optimize.decomposition import solve_strategy

    if why := no_schedule(problem, strategy):
        return SolverResult.infeasible(why)
    found = solve_strategy(
        problem, strategy, options.running, seed=options.seed, start=options.start,
        progress=options.progress,
    )  # fmt: skip
    return SolverResult(
        ended=found.ended,
        schedule=found.schedule,
        bound=found.bound,
        proof=found.proof,
        reason=found.reason,
        seconds=found.seconds,
        details={
            "seed": options.seed,
            "time_limit": str(options.time_limit),
            "highs": check_mip_solver("highs"),
            **found.made_by,
        },
    )


def no_schedule(problem: SchedulingProblem, strategy: Strategy) -> str:
    """Return why operations leave a strategy no schedule at all, or nothing."""
    if not problem.operations:
        return ""
    from qkdopt.optimize.domain.blocks import Blocks
    from qkdopt.optimize.domain.delivery import Delivery
    from qkdopt.optimize.domain.pricing import NO_SCHEDULE, PricingProblem
    from qkdopt.optimize.objectives import objective_of

    delivery = Delivery.to_all(problem)
    if PricingProblem(Blocks.create(delivery)).feasible:
        delivery = objective_of(problem, strategy).delivery
    return "" if PricingProblem(Blocks.create(delivery)).feasible else NO_SCHEDULE
