"""Formulation ``startup``: start variables instead of pairwise rows, for tau <= 1.

Variables   x[n, a], idle[a] as in ``paper``
            start[n, a] >= 0     link n is served in a but was not in the interval before

    maximise  sum_{n, a} c_n K[n, a] x[n, a]
    assign    sum_n x[n, a] + idle[a] = 1                  for every a
    begin     start[n, a] >= x[n, a] - x[n, b]             for t[b] = t[a] - 1
    turn      sum_n start[n, a] <= idle[b]                 for t[b] = t[a] - 1

(x[n, b] is 0 where K[n, b] = 0.) The relaxation is integral: in the flow formulation of the
same schedules let y[n] be the flow from "serve n in b" to "serve n in a". Given x and start,
y[n] = min(x[n, a], x[n, b]) completes a feasible flow, because all that begins in a,
``sum_n (x[n, a] - y[n])`` = ``sum_n max(0, x[n, a] - x[n, b])``, comes out of ``idle[b]``.
So the projections on x agree, and path polytopes are integral.

For tau >= 2 the same idea with ``idle[b]`` for each of the tau intervals before is neither
integral nor right (it forbids serving n again after a short idling), so it is refused.

Forbidden services have no variable; ``lock`` and ``duty`` are rows of x (see ``path_flow``).
"""

import pyomo.environ as pyo

from qkdopt.optimize.formulations.linear import add_objective
from qkdopt.optimize.formulations.operations import add_operations, refused_operation
from qkdopt.optimize.formulations.servable import Servable, servable
from qkdopt.optimize.formulations.templates import Row, add_assignment, add_rows
from qkdopt.optimize.objectives.piecewise_linear import PiecewiseLinearObjective
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.strategies import Strategy


def refusal(problem: SchedulingProblem) -> str | None:
    """Return why this formulation cannot carry ``problem``, or ``None``."""
    if problem.tau > 1:
        return (
            f"formulation startup needs a hand-over of at most one interval; here it takes "
            f"{problem.tau} (use pointing or path_flow)"
        )
    return refused_operation(problem, "startup")


def build(
    problem: SchedulingProblem, strategy: Strategy | PiecewiseLinearObjective
) -> pyo.ConcreteModel:
    """Return the :class:`pyomo.environ.ConcreteModel` of a (piecewise) linear objective."""
    sets = servable(problem)
    model = pyo.ConcreteModel(name="startup")
    add_assignment(model, sets)
    _add_starts(model, sets)
    add_operations(model, problem, sets)
    add_objective(model, problem, strategy)
    return model


def _add_starts(model: pyo.ConcreteModel, sets: Servable) -> None:
    """Add ``begin`` where b could serve n, too, ``begin_new`` where it could not, and ``turn``."""
    before = {a: earlier[0][1] for a, earlier in enumerate(sets.earlier) if earlier}
    known = set(sets.pairs)
    rows = [(n, a, before[a]) for n, a in sets.pairs if a in before]
    model.start = pyo.Var([(n, a) for n, a, _ in rows], bounds=(0, 1))

    def begin(model: pyo.ConcreteModel, n: int, a: int, b: int) -> Row:
        return model.start[n, a] - model.x[n, a] + model.x[n, b] >= 0

    def begin_new(model: pyo.ConcreteModel, n: int, a: int, b: int) -> Row:
        return model.start[n, a] - model.x[n, a] >= 0

    def turn(model: pyo.ConcreteModel, a: int, b: int) -> Row:
        return sum(model.start[n, a] for n in model.links[a]) - model.idle[b] <= 0

    new = [row for row in rows if (row[0], row[2]) not in known]
    add_rows(model, "begin", [row for row in rows if (row[0], row[2]) in known], begin)
    add_rows(model, "begin_new", new, begin_new)
    add_rows(model, "turn", sorted(before.items()), turn)
