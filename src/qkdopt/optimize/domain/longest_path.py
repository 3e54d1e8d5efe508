"""``dynamic``: the longest path in exact integers; proves the optimum of any linear objective."""

from collections.abc import Callable

import numpy as np

from qkdopt.arrays import Integers, read_only
from qkdopt.errors import SolverError
from qkdopt.optimize.closures import without_closures
from qkdopt.optimize.domain import _path_kernels as kernels
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.schedule import Schedule

_LARGEST_SUM = 2**62


def optimum(problem: SchedulingProblem, coefficients: Integers) -> tuple[Schedule, int] | None:
    """Return a schedule that maximises ``sum_n c_n E_n`` under every operation, and its value.

    ``None`` when no schedule obeys the operations. Arguments and errors as in
    :func:`best_schedule`, which does the work when all operations are off.
    """
    problem = without_closures(problem)
    if not problem.rules:
        return best_schedule(problem, coefficients)
    from qkdopt.optimize.domain.trellis.best import best_under_operations

    check_one_sky(problem)
    check_sums(problem, coefficients)
    return best_under_operations(problem, coefficients)


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

    Sums that could pass 2^62 are added in Python's integers, some hundred times slower.

    Raises
    ------
    SolverError
        For problems with operations.
    """
    if problem.rules:
        raise SolverError("the plain dynamic programme cannot carry operations")
    check_one_sky(problem)
    large = max(int(coefficients.max(initial=0)), sum_of_best(problem, coefficients)) > _LARGEST_SUM
    gain: Integers
    if large:
        gain = problem.bits.T.astype(object) * coefficients.astype(object)
    else:
        gain = interval_gains(problem, coefficients.astype(np.int64))
    active, links = gain.shape
    pointed = np.empty((active + 1, links), gain.dtype)
    pointed[0] = 0
    best = np.empty(active, gain.dtype)
    service = np.empty(active, np.int64)
    if large:
        _plain(kernels.forward)(gain, problem.interval, problem.tau, pointed, best)
        _plain(kernels.trace_back)(gain, problem.interval, problem.tau, pointed, best, service)
    else:
        kernels.longest_path(read_only(gain), problem.interval, problem.tau, pointed, best, service)
    return Schedule(service), int(best[-1]) if active else 0


def _plain(kernel: Callable[..., None]) -> Callable[..., None]:
    """Return a kernel as Python runs it, for integers of any size."""
    return getattr(kernel, "py_func", kernel)


def longest_value(problem: SchedulingProblem, coefficients: Integers) -> int | None:
    """Return the maximum of ``sum_n c_n E_n``, ``None`` when no schedule obeys the operations.

    Exact, but for operations with sums that could pass 2^62: then rounded up, by less than one
    part in 10^15 for each active interval.

    Parameters
    ----------
    coefficients
        ``c_n >= 0`` by link, integers of any size, shape ``(N,)``.
    """
    if not problem.rules:
        return best_schedule(problem, coefficients)[1]
    check_one_sky(problem)
    from qkdopt.optimize.domain.trellis.best import best_under_operations

    exact = coefficients.astype(object)
    extra = sum_of_best(problem, exact).bit_length() - _LARGEST_SUM.bit_length() + 2
    unit = 2 ** max(0, extra)
    best = best_under_operations(problem, exact, unit=unit)
    return None if best is None else best[1] * unit


def interval_gains(problem: SchedulingProblem, coefficients: Integers) -> Integers:
    """Return ``c_n K[n, a]`` as an ``(A, N)`` array whose rows are contiguous.

    Raises
    ------
    SolverError
        When the best interval gains could add up to more than 2^62.
    """
    check_sums(problem, coefficients)
    by_interval = problem.bits.T
    if coefficients.max(initial=0) == 1 and coefficients.min(initial=1) == 1:
        return by_interval
    return by_interval * coefficients


def check_sums(problem: SchedulingProblem, coefficients: Integers) -> None:
    """Refuse coefficients with which values of schedules could pass 2^62.

    Raises
    ------
    SolverError
        Naming the sum of the best interval gains.
    """
    if problem.sum_of_best * int(coefficients.max(initial=0)) <= _LARGEST_SUM:
        return
    if (exact := sum_of_best(problem, coefficients)) > _LARGEST_SUM:
        raise SolverError(f"values up to {exact:,} do not fit 64-bit integers: use smaller weights")


def check_one_sky(problem: SchedulingProblem) -> None:
    """Refuse cloud scenarios, of whose bits only the most would count.

    Raises
    ------
    SolverError
        When there are any.
    """
    if problem.in_scenarios:
        raise SolverError("a longest path counts bits under one sky; here are cloud scenarios")


def sum_of_best(problem: SchedulingProblem, coefficients: Integers) -> int:
    """Return ``sum_a max_n c_n K[n, a]``: a bound that ignores switching, in exact integers.

    Of sessions, all bits that intervals can bring at the largest coefficient.
    """
    if problem.in_sessions:
        return problem.sum_of_best * int(max(coefficients.tolist(), default=0))
    if problem.sum_of_best * int(coefficients.max(initial=0)) <= _LARGEST_SUM:
        return int((problem.bits.T * coefficients).max(axis=1, initial=0).sum())
    exact = problem.bits.astype(object) * coefficients.astype(object)[:, np.newaxis]
    return int(sum(exact.max(axis=0)))
