"""Formulation ``paper``: paper 1, equation (5), for any switching time.

Sets        n in 1..N links, a active intervals at global indices t[a]
Variables   x[n, a] in {0, 1}    interval a serves link n; exists where K[n, a] > 0
            idle[a] in [0, 1]    interval a serves nobody; the paper's x[0, m]

    maximise  sum_{n, a} c_n K[n, a] x[n, a]
    assign    sum_n x[n, a] + idle[a] = 1                  for every a
    switch    x[n, a] <= x[n, b] + idle[b]                 for t[b] = t[a] - k, 1 <= k <= tau

``switch`` with k = 1 is the paper's second inequality: interval a serves n only if b served
the same link or nobody. Through ``assign`` it reads ``x[n, a] + sum_{n' != n} x[n', b] <= 1``.
Asking it of *every* pair within tau forbids no legal schedule: of two services of different
links at most tau apart, some two consecutive ones between them are of different links and at
most tau apart. Intervals that are not active serve nobody, so they need no row.

``idle`` is whole wherever all x are, by ``assign``.

With pair-dependent hand-overs tau[n', n], ``switch`` reads ``x[n, a] <= idle[b] + sum of x[n', b]
over n' = n and over all n' with tau[n', n] < k``. It is right only if a detour cannot be quicker:
``tau[i, k] <= tau[i, j] + tau[j, k] + 1`` for all different i, j, k; otherwise it would forbid
i, j, k in quick succession, and the formulation refuses the problem. (If i and k are served at
most tau[i, k] apart with others between, induction over their number gives two consecutive
ones that are too close.) Forbidden services have no variable; ``lock`` and ``duty`` are rows
of x (see ``path_flow``). A minimum dwell and hand-over caps need to know which link was served
last, which x alone does not say.
"""

import numpy as np
import pyomo.environ as pyo

from qkdopt.optimize.formulations.linear import add_objective
from qkdopt.optimize.formulations.operations import add_operations, refused_operation
from qkdopt.optimize.formulations.servable import Servable, servable
from qkdopt.optimize.formulations.templates import Row, add_assignment, add_rows
from qkdopt.optimize.limits import limits_of
from qkdopt.optimize.objectives.piecewise_linear import PiecewiseLinearObjective
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.strategies import Strategy

_NEVER = 2**62


def refusal(problem: SchedulingProblem) -> str | None:
    """Return why this formulation cannot carry ``problem``, or ``None``."""
    if "switch_matrix_s" in problem.rules:
        if problem.joined is not None:
            return "formulation paper cannot carry switch_matrix_s of several satellites"
        (own,) = limits_of(problem).satellites
        tau = own.turns.tau
        detour = (tau[:, :, None] + tau[None, :, :] + 1).min(axis=1, initial=_NEVER)
        for i, k in np.argwhere(tau > detour).tolist():
            return (
                f"formulation paper cannot carry switch_matrix_s: from {problem.links[i].name} "
                f"to {problem.links[k].name} a detour is quicker (use path_flow)"
            )
    return refused_operation(problem, "paper", ("switch_matrix_s",))


def build(
    problem: SchedulingProblem, strategy: Strategy | PiecewiseLinearObjective
) -> pyo.ConcreteModel:
    """Return the :class:`pyomo.environ.ConcreteModel` of a (piecewise) linear objective."""
    sets = servable(problem)
    model = pyo.ConcreteModel(name="paper")
    add_assignment(model, sets)
    if "switch_matrix_s" not in problem.rules:
        _add_switches(model, sets)
    else:
        _add_switches_by_pair(model, problem, sets)
    add_operations(model, problem, sets)
    add_objective(model, problem, strategy)
    return model


def _add_switches(model: pyo.ConcreteModel, sets: Servable) -> None:
    """Add ``switch`` where b could serve n, too, and ``switch_new`` where it could not."""
    known = set(sets.pairs)
    rows = [(n, a, b) for n, a in sets.pairs for _, b in sets.earlier[a]]

    def switch(model: pyo.ConcreteModel, n: int, a: int, b: int) -> Row:
        return model.x[n, a] - model.x[n, b] - model.idle[b] <= 0

    def switch_new(model: pyo.ConcreteModel, n: int, a: int, b: int) -> Row:
        return model.x[n, a] - model.idle[b] <= 0

    new = [row for row in rows if (row[0], row[2]) not in known]
    add_rows(model, "switch", [row for row in rows if (row[0], row[2]) in known], switch)
    add_rows(model, "switch_new", new, switch_new)


def _add_switches_by_pair(
    model: pyo.ConcreteModel, problem: SchedulingProblem, sets: Servable
) -> None:
    """Add ``switch`` for hand-overs that take different times."""
    (own,) = limits_of(problem).satellites
    tau = own.turns.tau

    def switch(model: pyo.ConcreteModel, n: int, a: int, k: int, b: int) -> Row:
        before = [model.x[m, b] for m in sets.links[b] if tau[m, n] < k]
        return model.x[n, a] - sum(before) - model.idle[b] <= 0

    model.switch = pyo.Constraint(
        [(n, a, k, b) for n, a in sets.pairs for k, b in sets.earlier[a] if k <= tau[:, n].max()],
        rule=switch,
    )
