"""``dynamic``: the longest path in exact integers; proves the optimum of any linear objective."""

from __future__ import annotations

import numpy as np

from qkdopt.arrays import Integers
from qkdopt.errors import SolverError
from qkdopt.optimize.closures import without_closures
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.schedule import Schedule
from qkdopt.optimize.solvers import _path_kernels as kernels

__all__ = ["best_schedule", "interval_gains", "optimum", "sum_of_best"]

_LARGEST_SUM = 2**62


def optimum(problem: SchedulingProblem, coefficients: Integers) -> tuple[Schedule, int] | None:
    """Return a schedule that maximises ``sum_n c_n E_n`` under every operation, and its value.

    ``None`` when no schedule obeys the operations. Arguments and errors as in
    :func:`best_schedule`, which does the work when all operations are off.
    """
    problem = without_closures(problem)
    if not problem.operations:
        return best_schedule(problem, coefficients)
    from qkdopt.optimize.trellis.best import best_under_operations

    return best_under_operations(problem, interval_gains(problem, coefficients))


def best_schedule(problem: SchedulingProblem, coefficients: Integers) -> tuple[Schedule, int]:
    """Return a schedule that maximises ``sum_n c_n E_n``, and that maximum.

    Exact, in ``O(N A)`` time and ``8 N A`` bytes beyond the problem (``16 N A`` when some
    ``c_n`` is not 1).

    Parameters
    ----------
    problem
        Any switching time; no operations (:func:`optimum` knows them).
    coefficients
        ``c_n >= 0`` by link, int64, shape ``(N,)``.

    Raises
    ------
    SolverError
        When the sums could pass 2^62, and for problems with operations.
    """
    if problem.operations:
        raise SolverError("the plain dynamic programme cannot carry operations")
    gain = interval_gains(problem, coefficients)
    active, links = gain.shape
    pointed = np.empty((active + 1, links), np.int64)
    pointed[0] = 0
    best = np.empty(active, np.int64)
    service = np.empty(active, np.int64)
    kernels.longest_path(gain, problem.interval, problem.tau, pointed, best, service)
    return Schedule(service), int(best[-1]) if active else 0


def interval_gains(problem: SchedulingProblem, coefficients: Integers) -> Integers:
    """Return ``c_n K[n, a]`` as an ``(A, N)`` array whose rows are contiguous.

    Raises
    ------
    SolverError
        When the best interval gains could add up to more than 2^62.
    """
    largest = int(coefficients.max())
    if problem.sum_of_best * largest > _LARGEST_SUM:
        exact = sum_of_best(problem, coefficients)
        if exact > _LARGEST_SUM:
            raise SolverError(
                f"values up to {exact:,} do not fit 64-bit integers: use smaller weights"
            )
    by_interval = problem.bits.T
    if largest == 1 and coefficients.min() == 1:
        return by_interval
    return by_interval * coefficients


def sum_of_best(problem: SchedulingProblem, coefficients: Integers) -> int:
    """Return ``sum_a max_n c_n K[n, a]``: a bound that ignores switching, in exact integers."""
    if problem.sum_of_best * int(coefficients.max()) <= _LARGEST_SUM:
        return int((problem.bits.T * coefficients).max(axis=1, initial=0).sum())
    exact = problem.bits.astype(object) * coefficients.astype(object)[:, np.newaxis]
    return int(sum(exact.max(axis=0)))
