"""Mixed-integer formulations of the scheduling problem, written in Pyomo.

Each module is a sheet of mathematics and its transcription: ``build(problem, strategy)``
returns a model, ``refusal(problem)`` says why it cannot; ``read_schedule`` is the inverse of
``build``. No solver, no file.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Protocol

import numpy as np

from qkdopt.errors import SolverError
from qkdopt.optimize.objectives.piecewise_linear import PiecewiseLinearObjective
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.schedule import IDLE, Schedule
from qkdopt.optimize.strategies import Strategy

if TYPE_CHECKING:  # pyomo takes a second to load
    import pyomo.environ as pyo

__all__ = [
    "FORMULATIONS",
    "Formulation",
    "chosen_formulation",
    "formulation_named",
    "read_schedule",
]

FORMULATIONS = ("paper", "startup", "pointing", "path_flow")
_TIGHTEST_FIRST = ("startup", "pointing", "paper", "path_flow")
_SERVED = 0.5


class Formulation(Protocol):
    """A module that writes scheduling problems as Pyomo models."""

    def refusal(self, problem: SchedulingProblem) -> str | None:
        """Return why the formulation cannot carry ``problem``, or ``None``."""

    def build(
        self, problem: SchedulingProblem, strategy: Strategy | PiecewiseLinearObjective
    ) -> pyo.ConcreteModel:
        """Return the :class:`pyomo.environ.ConcreteModel`."""


def formulation_named(name: str) -> Formulation:
    """Return the formulation with this name.

    Raises
    ------
    SolverError
        When there is none.
    """
    if name not in FORMULATIONS:
        raise SolverError(f"formulation: got {name}, expected one of {', '.join(FORMULATIONS)}")
    return import_module(f"qkdopt.optimize.formulations.{name}")


def chosen_formulation(problem: SchedulingProblem, wanted: str | None) -> str:
    """Return the name of the formulation to use.

    Raises
    ------
    SolverError
        When ``wanted`` is unknown or refuses the problem.
    """
    if wanted is None:
        return next(
            name for name in _TIGHTEST_FIRST if formulation_named(name).refusal(problem) is None
        )
    refusal = formulation_named(wanted).refusal(problem)
    if refusal is not None:
        raise SolverError(refusal)
    return wanted


def read_schedule(problem: SchedulingProblem, model: pyo.ConcreteModel) -> Schedule:
    """Return the schedule that the values of a built model's variables state.

    Values are rounded at one half; variables that the solver never saw count as 0.
    """
    service = np.full(problem.interval.size, IDLE, dtype=np.int64)
    for (n, a), variable in model.x.items():
        if variable.value is not None and variable.value > _SERVED:
            service[a] = n
    return Schedule(service)
