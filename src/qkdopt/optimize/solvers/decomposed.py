"""``decomposition``: branch and price; the bound is proved."""

from qkdopt.mip.solvers import check_mip_solver
from qkdopt.optimize.exchange.options import SolverOptions
from qkdopt.optimize.exchange.result import SolverResult
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.strategies import Strategy


def solve_by_decomposition(
    problem: SchedulingProblem, strategy: Strategy, options: SolverOptions
) -> SolverResult:
    """Return what branch and price finds."""
    from qkdopt.optimize.decomposition import solve_strategy
    from qkdopt.optimize.decomposition.infeasibility import no_schedule

    if why := no_schedule(problem, strategy):
        return SolverResult.infeasible(why)
    found = solve_strategy(
        problem, strategy, options.running, seed=options.seed, start=options.start,
        progress=options.progress, parameters=options.parameters, prices=options.prices,
    )  # fmt: skip
    found.details |= {
        "seed": options.seed,
        "time_limit": str(options.time_limit),
        "highs": check_mip_solver("highs"),
    }
    return found
