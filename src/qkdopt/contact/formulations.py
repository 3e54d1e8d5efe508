"""Mixed-integer formulations of the contact problem, written in Pyomo: ``big_m`` and ``cliques``.

Sets        pairs (p, t) of a pass and a target of its node, with volume where a key is needed
Variables   y[p, t] in {0, 1}    pass p is given to target t

    maximise  sum value(p, t) y[p, t]
    once      sum_t y[p, t] <= 1    for every p
    target    sum_p y[p, t] <= 1    for every t

Values are whole numbers with up to twenty digits; they are divided by ``10 ** decimals``, the
unit of the input, and the verifier recomputes the schedule exactly.

``big_m``, as published with the data: for every two passes i, j that exclude each other, i the one
that starts earlier, times in seconds

    apart     end_i + gap <= start_j + (2 - sum_t y[i, t] - sum_t y[j, t]) M,    M = 99,999

M is that of the published model; where the horizon needs more, it is the longest distance. In
the relaxation the row is almost void: both passes may be used almost fully.

``cliques``: of passes that exclude each other pairwise, at most one is used

    clique    sum over p in C and t of y[p, t] <= 1    for every maximal clique C of passes

A pass keeps the satellite busy from its start until the gap after its end. Pairwise meeting
intervals have an instant in common, so there are at most P maximal cliques, and with one row
for each the passes alone (no targets) have an integral relaxation: the matrix has the consecutive
ones property. What is left fractional comes from targets that several passes could serve.
Only targets that can matter have variables, see ``candidates``: thousands instead of ten thousands.
"""

from collections.abc import Iterable, Iterator

import pyomo.environ as pyo
from pyomo.core.expr.numeric_expr import LinearExpression
from pyomo.core.expr.relational_expr import RelationalExpression

from qkdopt.contact.candidates import candidates_of
from qkdopt.contact.intervals import cliques, conflicts
from qkdopt.contact.problem import ContactProblem

_PUBLISHED_M = 99_999.0


def build_formulation(problem: ContactProblem, name: str) -> pyo.ConcreteModel:
    """Return the :class:`pyomo.environ.ConcreteModel` of formulation ``cliques`` or ``big_m``."""
    return {"cliques": _by_cliques, "big_m": _big_m}[name](problem)


def _big_m(problem: ContactProblem) -> pyo.ConcreteModel:
    """Return the published formulation."""
    model, of_pass = _assignment_model(problem, "big_m", _every_pair(problem))
    rows = [(i, j) for i, j in conflicts(problem) if i in of_pass and j in of_pass]
    late = {(i, j): _overlap_s(problem, i, j) for i, j in rows}
    big = max(_PUBLISHED_M, *late.values(), 0.0)

    def apart(model: object, i: int, j: int) -> RelationalExpression:
        return _use_of([*of_pass[i], *of_pass[j]], big) <= 2 * big - late[i, j]

    model.apart = pyo.Constraint(rows, rule=apart)
    return model


def _overlap_s(problem: ContactProblem, i: int, j: int) -> float:
    passes = problem.passes
    return float(passes.end_s[i] + problem.gap_s - passes.start_s[j])


def _by_cliques(problem: ContactProblem) -> pyo.ConcreteModel:
    """Return the formulation with a row for each clique of passes."""
    model, of_pass = _assignment_model(problem, "cliques", candidates_of(problem).pairs)
    found = [[v for p in members for v in of_pass.get(p, [])] for members in cliques(problem)]
    found = [variables for variables in found if variables]
    model.clique = pyo.Constraint(range(len(found)), rule=lambda m, c: _use_of(found[c]) <= 1)
    return model


def _every_pair(problem: ContactProblem) -> Iterator[tuple[int, int, int]]:
    """Yield (pass, target, value) of every possible pair."""
    for passes, targets in zip(problem.node_passes, problem.node_targets, strict=True):
        for p in passes:
            for t in targets:
                value = problem.value(p, t)
                if value is not None:
                    yield p, t, value


def _assignment_model(
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
    model.once = pyo.Constraint(list(of_pass), rule=lambda m, p: _use_of(of_pass[p]) <= 1)
    model.target = pyo.Constraint(list(of_target), rule=lambda m, t: _use_of(of_target[t]) <= 1)
    unit = 10**problem.decimals
    model.worth = pyo.Objective(
        expr=LinearExpression(
            linear_coefs=[value / unit for value in values.values()],
            linear_vars=[model.y[pair] for pair in values],
        ),
        sense=pyo.maximize,
    )
    return model, of_pass


def _use_of(variables: Iterable[object], times: float = 1.0) -> LinearExpression:
    """Return the sum of variables, times a factor, as one expression."""
    found = list(variables)
    return LinearExpression(linear_coefs=[times] * len(found), linear_vars=found)
