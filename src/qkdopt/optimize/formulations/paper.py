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
"""

from __future__ import annotations

from typing import Any

import pyomo.environ as pyo

from qkdopt.optimize.formulations.linear import add_objective, require_linear
from qkdopt.optimize.formulations.servable import servable
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.strategies import Strategy

__all__ = ["build", "refusal"]


def refusal(problem: SchedulingProblem) -> str | None:
    """Return why this formulation cannot carry ``problem``: it carries every one."""
    return None


def build(problem: SchedulingProblem, strategy: Strategy) -> Any:
    """Return the :class:`pyomo.environ.ConcreteModel` of a linear strategy."""
    coefficients = require_linear(strategy).coefficients(problem)
    sets = servable(problem)
    model = pyo.ConcreteModel(name="paper")
    x = model.x = pyo.Var(sets.pairs, domain=pyo.Binary)
    idle = model.idle = pyo.Var(range(len(sets.links)), bounds=(0, 1))

    def assign(model: Any, a: int) -> Any:
        return sum(x[n, a] for n in sets.links[a]) + idle[a] == 1

    model.assign = pyo.Constraint(range(len(sets.links)), rule=assign)

    def switch(model: Any, n: int, a: int, b: int) -> Any:
        stays = (x[n, b],) if n in sets.links[b] else ()
        return x[n, a] - sum(stays) - idle[b] <= 0

    model.switch = pyo.Constraint(
        [(n, a, b) for n, a in sets.pairs for _, b in sets.earlier[a]], rule=switch
    )

    add_objective(model, problem, sets.pairs, coefficients)
    return model
