"""Rows for operations that every formulation can carry, and refusals for those it cannot."""

from collections.abc import Collection

import numpy as np
import pyomo.environ as pyo

from qkdopt.errors import SolverError
from qkdopt.optimize.formulations.receivers import add_receivers
from qkdopt.optimize.formulations.servable import Servable
from qkdopt.optimize.formulations.templates import Row
from qkdopt.optimize.limits import contradiction, limits_of
from qkdopt.optimize.problem import SchedulingProblem

# Forbidden services have no variable, locks and duty are rows of x alone.
_ALWAYS = ("forbidden", "locked", "max_service_s_per_pass")


def refused_operation(
    problem: SchedulingProblem, formulation: str, carried: Collection[str] = ()
) -> str | None:
    """Return the refusal of the first rule that a formulation cannot carry, or ``None``."""
    for rule in problem.rules:
        if rule not in (*_ALWAYS, *carried):
            return f"formulation {formulation} cannot carry {rule} (use path_flow)"
    return None


def add_operations(model: pyo.ConcreteModel, problem: SchedulingProblem, sets: Servable) -> None:
    """Add ``lock``, ``duty`` and the rows of shared receivers to a model with ``x[n, a]``.

    Raises
    ------
    SolverError
        When the locks contradict other rules at first sight.
    """
    if why := contradiction(problem):
        raise SolverError(f"infeasible: {why}")
    if problem.receivers is not None:
        add_receivers(model, problem.receivers, sets)
    limits = limits_of(problem)
    locked = [(n, a) for a, n in enumerate(limits.lock.tolist()) if n >= 0]
    if locked:
        model.lock = pyo.Constraint(locked, rule=lambda model, n, a: model.x[n, a] == 1)
    most = {
        int(number): own.pass_service
        for own in limits.satellites
        if own.pass_service is not None
        for number in np.unique(limits.passes[own.rows])
    }
    by_pass: dict[int, list[pyo.Var]] = {}
    for n, a in sets.pairs:
        if (number := int(limits.passes[a])) in most:
            by_pass.setdefault(number, []).append(model.x[n, a])

    def duty(model: pyo.ConcreteModel, number: int) -> Row:
        return sum(by_pass[number]) <= most[number]

    if by_pass:
        model.duty = pyo.Constraint(sorted(by_pass), rule=duty)
