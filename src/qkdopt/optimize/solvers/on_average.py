"""Solvers of problems under one sky, run on what cloud scenarios deliver on average."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from qkdopt.optimize.domain.multipliers import fraction_text
from qkdopt.optimize.exchange.options import Progress, SolverOptions
from qkdopt.optimize.exchange.result import SolverResult
from qkdopt.optimize.expectation import expected
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.strategies import Strategy


def solve_on_average(
    function: Callable[[SchedulingProblem, Strategy, SolverOptions], SolverResult],
    problem: SchedulingProblem,
    strategy: Strategy,
    options: SolverOptions,
) -> SolverResult:
    """Return what a solver finds for a linear strategy whose expected value counts.

    The schedule is the same in both problems, and the bound is counted in bits again.

    Raises
    ------
    SolverError
        When expected bits do not fit 64-bit integers, and as the solver does.
    """
    average, unit = expected(problem)
    if options.progress is not None:
        options = replace(options, progress=_in_bits(options.progress, unit))
    found = function(average, strategy, options)
    if found.bound is not None:
        found.bound = fraction_text(Fraction(found.bound, unit))
    found.details["bits_counted_in"] = str(Fraction(1, unit))
    return found


def _in_bits(progress: Progress, unit: int) -> Progress:
    def told(seconds: float, value: float | None, bound: float | None) -> None:
        progress(seconds, *(None if x is None else x / unit for x in (value, bound)))

    return told
