"""``dynamic``: the longest path in exact integers; proves the optimum of any linear objective."""

import time

from qkdopt.optimize.domain.longest_path import optimum
from qkdopt.optimize.exchange.options import SolverOptions
from qkdopt.optimize.exchange.result import SolverResult
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.strategies import LinearStrategy


def solve_by_longest_path(
    problem: SchedulingProblem, strategy: LinearStrategy, options: SolverOptions
) -> SolverResult:
    """Return the optimum under every operation.

    Raises
    ------
    SolverError
        When values do not fit 64-bit integers.
    """
    began = time.perf_counter()
    best = optimum(problem, strategy.coefficients(problem))
    seconds = {"solve": time.perf_counter() - began}
    if best is None:
        why = "no schedule obeys all locks, caps and hand-over times"
        return SolverResult.infeasible(why, seconds)
    schedule, value = best
    return SolverResult(schedule=schedule, value=value, bound=value, seconds=seconds)
