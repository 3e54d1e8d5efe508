"""Mixed-integer formulations of the contact problem, written in Pyomo.

Each module is a sheet of mathematics and its transcription: ``build(problem)`` returns a model
with variables ``y[p, t]``. No solver, no file.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from qkdopt.contact.problem import ContactProblem

if TYPE_CHECKING:  # pyomo takes a second to load
    import pyomo.environ as pyo

__all__ = ["build_formulation"]


def build_formulation(problem: ContactProblem, name: str) -> pyo.ConcreteModel:
    """Return the :class:`pyomo.environ.ConcreteModel` of formulation ``cliques`` or ``big_m``."""
    return import_module(f"qkdopt.contact.formulations.{name}").build(problem)
