"""What both formulations share: pairs, the value, each pass and each target at most once.

Sets        pairs (p, t) of a pass and a target of its node, with volume where a key is needed
Variables   y[p, t] in {0, 1}    pass p is given to target t

    maximise  sum value(p, t) y[p, t]
    once      sum_t y[p, t] <= 1    for every p
    target    sum_p y[p, t] <= 1    for every t

Values are whole numbers with up to twenty digits; they are divided by ``10 ** decimals``, the
unit of the input, and the verifier recomputes the schedule exactly.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyomo.environ as pyo
from pyomo.core.expr.numeric_expr import LinearExpression

from qkdopt.contact.problem import ContactProblem

__all__ = ["assignment_model", "every_pair", "use_of"]


def every_pair(problem: ContactProblem) -> Iterator[tuple[int, int, int]]:
    """Yield (pass, target, value) of every possible pair."""
    for passes, targets in zip(problem.node_passes, problem.node_targets, strict=True):
        for p in passes:
            for t in targets:
                value = problem.value(p, t)
                if value is not None:
                    yield p, t, value


def assignment_model(
    problem: ContactProblem, name: str, pairs: Iterable[tuple[int, int, int]]
) -> tuple[pyo.ConcreteModel, dict[int, list[pyo.Var]]]:
    """Return the model without any rule of time, and the variables of each pass."""
    values = {(p, t): value for p, t, value in pairs}
    model = pyo.ConcreteModel(name=name)
    model.y = pyo.Var(list(values), domain=pyo.Binary)
    of_pass: dict[int, list[object]] = {}
    of_target: dict[int, list[object]] = {}
    for p, t in values:
        of_pass.setdefault(p, []).append(model.y[p, t])
        of_target.setdefault(t, []).append(model.y[p, t])
    model.once = pyo.Constraint(list(of_pass), rule=lambda m, p: use_of(of_pass[p]) <= 1)
    model.target = pyo.Constraint(list(of_target), rule=lambda m, t: use_of(of_target[t]) <= 1)
    unit = 10**problem.decimals
    model.worth = pyo.Objective(
        expr=LinearExpression(
            linear_coefs=[value / unit for value in values.values()],
            linear_vars=[model.y[pair] for pair in values],
        ),
        sense=pyo.maximize,
    )
    return model, of_pass


def use_of(variables: Iterable[object], times: float = 1.0) -> LinearExpression:
    """Return the sum of variables, times a factor, as one expression."""
    found = list(variables)
    return LinearExpression(linear_coefs=[times] * len(found), linear_vars=found)
