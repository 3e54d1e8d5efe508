"""``milp``: a formulation through Pyomo to HiGHS or another solver, gaps exactly 0."""

from contextlib import suppress

from qkdopt.certificates import Ended
from qkdopt.errors import SolverError
from qkdopt.mip.solvers import check_mip_solver
from qkdopt.optimize.domain.longest_path import longest_value
from qkdopt.optimize.exchange.options import SolverOptions
from qkdopt.optimize.exchange.result import SolverResult
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.solvers.formulation_run import solve_formulation
from qkdopt.optimize.strategies import LinearStrategy, Strategy, is_linear
from qkdopt.versions import version


def solve_by_milp(
    problem: SchedulingProblem, strategy: Strategy, options: SolverOptions
) -> SolverResult:
    """Return what a solver of mixed-integer programs finds for a formulation.

    Errors as in :func:`solve_formulation`.
    """
    if is_linear(strategy) and problem.receivers is None:
        found = _linear(problem, strategy, options)
    else:
        from qkdopt.optimize.solvers.objective_milp import solve_objective_by_milp

        found = solve_objective_by_milp(problem, strategy, options)
    found.details |= through_pyomo(options)
    return found


def through_pyomo(options: SolverOptions) -> dict[str, object]:
    """Return what a certificate states about the solver behind Pyomo and its settings."""
    return {
        "mip_solver": options.mip_solver,
        "mip_solver_version": check_mip_solver(options.mip_solver),
        "seed": options.seed,
        "threads": options.threads,
        "time_limit": str(options.time_limit),
        "pyomo": version("pyomo"),
    }


def _linear(
    problem: SchedulingProblem, strategy: LinearStrategy, options: SolverOptions
) -> SolverResult:
    """Return a solver's schedule under the longest path's bound, in exact integers.

    Where the rules need more memory than the longest path is given, the solver's own bound
    stands, and the verifier decides.
    """
    found = solve_formulation(problem, strategy, options)
    with suppress(SolverError):
        found.bound = longest_value(problem, strategy.coefficients(problem))
    message, found.reason = found.reason, ""
    if found.schedule is None:
        found.reason = f"{options.mip_solver} ended with {message} and no schedule"
        if message == "Infeasible":
            why = f"{options.mip_solver} finds no schedule that obeys all rules"
            return SolverResult.infeasible(why, found.seconds)
    elif not found.schedule.is_legal(problem):
        found.ended, found.schedule = Ended.FAILED, None
        found.reason = f"{options.mip_solver} returned a schedule that breaks the rules"
    return found
