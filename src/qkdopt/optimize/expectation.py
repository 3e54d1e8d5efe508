"""Cloud scenarios as one sky: what links deliver on average, in whole numbers."""

from dataclasses import replace
from math import lcm

import numpy as np

from qkdopt.arrays import Integers, read_only
from qkdopt.errors import SolverError
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.tensor import Scenarios

_LARGEST = 2**62


def expected(problem: SchedulingProblem) -> tuple[SchedulingProblem, int]:
    """Return the problem with expected bits times a whole number, and that number.

    The number is the least by which all probabilities are whole. Same intervals, same services:
    a link has expected bits where some scenario has bits. What is linear in the bits of all
    scenarios, on average, has the same value in it, so many times larger.

    Raises
    ------
    SolverError
        When such bits do not fit 64-bit integers.
    """
    unit = lcm(*(share.denominator for share in problem.probabilities or ()))
    satellites = tuple(
        replace(one, bits=_sums(one.scenarios, unit), scenarios=None)
        for one in problem.satellites
        if one.scenarios is not None
    )
    return replace(problem, satellites=satellites), unit


def _sums(scenarios: Scenarios, unit: int) -> Integers:
    """Return ``unit`` times the expected bits, shape ``(N, A)``."""
    if (largest := unit * int(scenarios.most.max(initial=0))) > _LARGEST:
        raise SolverError(
            f"expected bits of up to {largest:,} {unit}-ths do not fit 64-bit integers: use "
            "probabilities with a smaller common denominator"
        )
    weights = np.array([int(share * unit) for share in scenarios.probability], np.int64)
    return read_only(np.asfortranarray(np.tensordot(weights, scenarios.bits, axes=1)))
