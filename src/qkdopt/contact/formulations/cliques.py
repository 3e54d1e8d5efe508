"""Formulation ``cliques``: of passes that exclude each other pairwise, at most one is used.

Besides ``once`` and ``target`` (see ``assignment``)

    clique    sum over p in C and t of y[p, t] <= 1    for every maximal clique C of passes

A pass keeps the satellite busy from its start until the gap after its end. Pairwise meeting
intervals have an instant in common, so there are at most P maximal cliques, and with one row
for each the passes alone (no targets) have an integral relaxation: the matrix has the consecutive
ones property. What is left fractional comes from targets that several passes could serve.

Only targets that can matter have variables, see ``candidates``: thousands instead of ten thousands.
"""

from __future__ import annotations

import pyomo.environ as pyo

from qkdopt.contact.candidates import candidates_of
from qkdopt.contact.formulations.assignment import assignment_model, use_of
from qkdopt.contact.intervals import cliques
from qkdopt.contact.problem import ContactProblem

__all__ = ["build"]


def build(problem: ContactProblem) -> pyo.ConcreteModel:
    """Return the :class:`pyomo.environ.ConcreteModel`."""
    model, of_pass = assignment_model(problem, "cliques", candidates_of(problem).pairs)
    found = [[v for p in members for v in of_pass.get(p, [])] for members in cliques(problem)]
    found = [variables for variables in found if variables]
    model.clique = pyo.Constraint(range(len(found)), rule=lambda m, c: use_of(found[c]) <= 1)
    return model
