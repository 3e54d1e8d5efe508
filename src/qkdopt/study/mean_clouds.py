"""Problems and tensors of mean bits, where there are several in cloud scenarios."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qkdopt.optimize.problem import SchedulingProblem
    from qkdopt.tensor import KeyTensor


def in_mean_clouds(problem: SchedulingProblem) -> SchedulingProblem:
    """Return the problem of the mean bits over all scenarios, rounded up to whole ones.

    So it has a link wherever some scenario has it.
    """
    satellites = (
        one if one.scenarios is None else replace(one, bits=one.scenarios.mean, scenarios=None)
        for one in problem.satellites
    )
    return replace(problem, satellites=tuple(satellites))


def keys_in_mean_clouds(keys: KeyTensor) -> KeyTensor:
    """Return a tensor with mean bits, as :func:`in_mean_clouds` a problem."""
    own = keys.scenarios
    return keys if own is None else replace(keys, bits=own.mean, scenarios=None)
