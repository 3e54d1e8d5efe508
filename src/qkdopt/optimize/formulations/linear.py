"""What the formulations of a linear strategy have in common."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.environ as pyo
from pyomo.core.expr.numeric_expr import LinearExpression

from qkdopt.arrays import Integers
from qkdopt.errors import SolverError
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.schedule import IDLE, Schedule
from qkdopt.optimize.strategies import LinearStrategy, Strategy

__all__ = ["add_objective", "read_schedule", "require_linear"]

_SERVED = 0.5


def require_linear(strategy: Strategy) -> LinearStrategy:
    """Return ``strategy`` if its objective is linear in the delivered bits.

    Raises
    ------
    SolverError
        When it is not.
    """
    if not isinstance(strategy, LinearStrategy):
        raise SolverError(f"strategy {strategy.name} has no linear objective")
    return strategy


def add_objective(
    model: Any,
    problem: SchedulingProblem,
    pairs: list[tuple[int, int]],
    coefficients: Integers,
) -> None:
    """Add ``model.delivered``: maximise ``sum c_n K[n, a] x[n, a]``."""
    gain = [int(coefficients[n]) * int(problem.bits[n, a]) for n, a in pairs]
    variables = [model.x[pair] for pair in pairs]
    model.delivered = pyo.Objective(
        expr=LinearExpression(linear_coefs=gain, linear_vars=variables), sense=pyo.maximize
    )


def read_schedule(problem: SchedulingProblem, model: Any) -> Schedule:
    """Return the schedule that the values of ``model.x`` state.

    Values are rounded at one half; variables that the solver never saw count as 0.
    """
    service = np.full(problem.interval.size, IDLE, dtype=np.int64)
    for (n, a), variable in model.x.items():
        if variable.value is not None and variable.value > _SERVED:
            service[a] = n
    return Schedule(service)
