"""Formulation ``big_m``: two passes that are too close, as published with the data.

Besides ``once`` and ``target`` (see ``assignment``), for every two passes i, j that exclude each
other, i the one that starts earlier, times in seconds

    apart     end_i + gap <= start_j + (2 - sum_t y[i, t] - sum_t y[j, t]) M,    M = 99,999

M is that of the published model; where the horizon needs more, it is the longest distance. In
the relaxation the row is almost void: both passes may be used almost fully.
"""

from __future__ import annotations

import pyomo.environ as pyo
from pyomo.core.expr.relational_expr import RelationalExpression

from qkdopt.contact.formulations.assignment import assignment_model, every_pair, use_of
from qkdopt.contact.intervals import conflicts
from qkdopt.contact.problem import ContactProblem

__all__ = ["PUBLISHED_M", "build"]

PUBLISHED_M = 99_999.0


def build(problem: ContactProblem) -> pyo.ConcreteModel:
    """Return the :class:`pyomo.environ.ConcreteModel`."""
    model, of_pass = assignment_model(problem, "big_m", every_pair(problem))
    rows = [(i, j) for i, j in conflicts(problem) if i in of_pass and j in of_pass]
    late = {(i, j): _overlap_s(problem, i, j) for i, j in rows}
    big = max(PUBLISHED_M, *late.values(), 0.0)

    def apart(model: object, i: int, j: int) -> RelationalExpression:
        return use_of([*of_pass[i], *of_pass[j]], big) <= 2 * big - late[i, j]

    model.apart = pyo.Constraint(rows, rule=apart)
    return model


def _overlap_s(problem: ContactProblem, i: int, j: int) -> float:
    passes = problem.passes
    return float(passes.end_s[i] + problem.gap_s - passes.start_s[j])
