"""``genetic``: from a problem to the best individual; it proves nothing."""

from qkdopt.optimize.exchange.options import SolverOptions
from qkdopt.optimize.exchange.result import SolverResult
from qkdopt.optimize.heuristics.genetic.run import compile_kernels, find_by_genes
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.strategy import Strategy


def solve_by_genes(
    problem: SchedulingProblem, strategy: Strategy, options: SolverOptions
) -> SolverResult:
    """Return the best schedule that the genetic algorithm finds.

    The bound is what could be had if hand-overs took no time and divergence did not matter.

    Raises
    ------
    InputError
        When the strategy needs weights and there are none.
    SolverError
        When values do not fit 64-bit integers.
    """
    compile_kernels()
    return find_by_genes(problem, strategy, options)
