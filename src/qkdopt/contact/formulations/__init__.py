"""Mixed-integer formulations of the contact problem, written in Pyomo.

Each module is a sheet of mathematics and its transcription: ``build(problem)`` returns a model
with variables ``y[p, t]``. No solver, no file.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from qkdopt.contact.problem import ContactProblem

__all__ = ["build_formulation"]


def build_formulation(problem: ContactProblem, name: str) -> Any:
    """Return the :class:`pyomo.environ.ConcreteModel` of formulation ``cliques`` or ``big_m``."""
    return import_module(f"qkdopt.contact.formulations.{name}").build(problem)
