"""``hybrid``: prices first, then generations, then local search."""

import time
from functools import cache

import numpy as np

from qkdopt.certificates import ended_by
from qkdopt.errors import SolverError
from qkdopt.optimize.domain.longest_path import optimum
from qkdopt.optimize.exchange.genetic_settings import GeneticSettings
from qkdopt.optimize.exchange.options import SolverOptions
from qkdopt.optimize.exchange.result import SolverResult
from qkdopt.optimize.form import Form
from qkdopt.optimize.heuristics.hybrid.run import HybridRun
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.strategy import LinearStrategy, Strategy
from qkdopt.optimize.strategy_names import strategy_of_form
from qkdopt.tensor import KeyTensor


def solve_by_hybrid(
    problem: SchedulingProblem, strategy: Strategy, options: SolverOptions
) -> SolverResult:
    """Return the best schedule that the hybrid finds; the bound is that of the relaxation.

    S-GD and S-PD: at the true prices the dynamic programme decodes an individual into the
    optimum, so there is nothing to breed. S-TD: prices of the relaxation, individuals that the
    dynamic programme decodes, local search from the best of them. S-TD with ``kl_max`` 0: no
    individual ever matches exactly and none is a better start, so nothing is bred; a search for
    exact matches begins at the relaxation's schedule.

    Raises
    ------
    InputError
        When the strategy needs weights and there are none.
    SolverError
        When values do not fit 64-bit integers.
    """
    if isinstance(strategy, LinearStrategy):  # it carries no lower bounds
        return _decoded_optimum(problem, strategy)
    compile_kernels()
    return _find(problem, strategy, options)


def _decoded_optimum(problem: SchedulingProblem, strategy: LinearStrategy) -> SolverResult:
    began = time.perf_counter()
    best = optimum(problem, strategy.coefficients(problem))
    if best is None:
        raise SolverError("no schedule obeys the rules")
    seconds = {"solve": time.perf_counter() - began}
    schedule, value = best
    return SolverResult(schedule=schedule, bound=value, seconds=seconds, details={"evaluations": 1})


def _find(problem: SchedulingProblem, strategy: Strategy, options: SolverOptions) -> SolverResult:
    run = HybridRun(problem, strategy, options)
    try:
        run.go()
    except KeyboardInterrupt as stopped:
        run.ended = ended_by(stopped, run.deadline)
    return run.result()


@cache
def compile_kernels() -> None:
    """Run small problems once in a process, before any clock starts."""
    bits = np.arange(36).reshape(3, 12) % 7
    keys = KeyTensor.create(bits, np.arange(12) * 2 // 3 + np.arange(12), ["A", "B", "C"])
    problem = SchedulingProblem.from_keys(keys, weights={"A": 1, "B": 2, "C": 1})
    for decode in ("columns", "prices", "intervals"):
        settings = GeneticSettings(population=4, evaluations=20, decode=decode, polish=1)
        _find(problem, strategy_of_form(Form.TARGETED), SolverOptions(genetic=settings))
    _find(problem, strategy_of_form(Form.TARGETED, "0"), SolverOptions(time_limit=0.1))
