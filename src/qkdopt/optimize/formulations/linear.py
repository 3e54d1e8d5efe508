"""What the formulations have in common: objectives, and schedules read back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyomo.environ as pyo
from pyomo.core.expr.numeric_expr import LinearExpression

from qkdopt.errors import SolverError
from qkdopt.optimize.formulations.templates import Row
from qkdopt.optimize.objectives import objective_of
from qkdopt.optimize.objectives.paired import BMatchingObjective
from qkdopt.optimize.objectives.piecewise_linear import PiecewiseLinearObjective
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.schedule import IDLE, Schedule
from qkdopt.optimize.strategies import Strategy, is_linear

__all__ = ["add_objective", "deliveries", "read_schedule"]

_LARGEST_WHOLE = 2**20  # bits of a target up to which shared bits are whole
_SERVED = 0.5


def add_objective(
    model: pyo.ConcreteModel,
    problem: SchedulingProblem,
    goal: Strategy | PiecewiseLinearObjective,
) -> None:
    """Add what is to be maximised.

    Of a linear strategy ``sum c_n K[n, a] x[n, a]``; of a piecewise linear objective
    ``sum_k reward_k y[k]`` with

        use   sum_k consumption[n, k] y[k] <= stock_n + sum of K[m, a] x[m, a] over the links m of n
        floor f[n] <= sum of K[m, a] x[m, a] over the links m of n, f[n] >= l_n

    Of keys in sessions ``F session[n, i, j, d]`` takes the place of ``K[n, a] x[n, a]``.

    Pairwise keys take whole bits of two targets each: there ``y`` is integer, unless bits are so
    many that solvers do not tell halves from wholes.

    Raises
    ------
    SolverError
        When the strategy is neither.
    """
    if is_linear(goal):
        coefficients = goal.coefficients(problem)
        given = deliveries(model, problem)
        gain = [int(coefficients[n]) * bits for n, bits, _ in given]
        variables = [variable for *_, variable in given]
    else:
        objective = goal if isinstance(goal, PiecewiseLinearObjective) else _form(problem, goal)
        y = _add_activities(model, problem, objective)
        gain, variables = list(objective.reward), [y[k] for k in range(len(objective.reward))]
    model.delivered = pyo.Objective(
        expr=LinearExpression(linear_coefs=gain, linear_vars=variables), sense=pyo.maximize
    )


def deliveries(
    model: pyo.ConcreteModel, problem: SchedulingProblem
) -> list[tuple[int, int, pyo.Var]]:
    """Return link, bits and variable of all that a schedule can deliver."""
    own = problem.sessions
    if own is None or not len(model.x):
        return [(n, int(problem.bits[n, a]), x) for (n, a), x in model.x.items()]
    n, i, j, _ = np.array(list(model.session)).T
    bits = own.bits[own.place(own.contact[n, i], i, j)]
    return list(zip(n.tolist(), bits.tolist(), model.session.values(), strict=True))


def _form(problem: SchedulingProblem, strategy: Strategy) -> PiecewiseLinearObjective:
    objective = objective_of(problem, strategy)
    if not isinstance(objective, PiecewiseLinearObjective):
        raise SolverError(f"strategy {strategy.name} is not piecewise linear in delivered bits")
    return objective


def _add_activities(
    model: pyo.ConcreteModel,
    problem: SchedulingProblem,
    objective: PiecewiseLinearObjective,
) -> pyo.Var:
    def limits(model: pyo.ConcreteModel, k: int) -> tuple[float, int | None]:
        return float(objective.lower[k]), objective.upper[k]

    whole = isinstance(objective, BMatchingObjective) and max(objective.reach) <= _LARGEST_WHOLE
    domain = pyo.NonNegativeIntegers if whole else pyo.Reals
    y = model.y = pyo.Var(range(len(objective.reward)), bounds=limits, domain=domain)
    of_target: dict[int, list[tuple[int, pyo.Var]]] = {}
    for n, bits, variable in deliveries(model, problem):
        of_target.setdefault(problem.link_target[n], []).append((-bits, variable))

    def use(model: pyo.ConcreteModel, target: int) -> Row:
        taken = [
            (float(bits[target]), y[k])
            for k, bits in enumerate(objective.consumption)
            if target in bits
        ]
        numbers, variables = zip(*taken, *of_target.get(target, []), strict=True)
        expression = LinearExpression(linear_coefs=list(numbers), linear_vars=list(variables))
        return expression <= objective.stock[target]

    wanted = sorted({target for bits in objective.consumption for target in bits})
    model.use = pyo.Constraint(wanted, rule=use)
    _add_floors(model, of_target, objective.bounds)
    return y


def _add_floors(
    model: pyo.ConcreteModel,
    of_target: Mapping[int, list[tuple[int, pyo.Var]]],
    floors: Sequence[int],
) -> None:
    """Add ``floor``: ``f_n >= l_n`` bits of what target ``n`` gets, which is given negated."""
    asked = [target for target, least in enumerate(floors) if least]
    if not asked:
        return
    least = model.least = pyo.Var(asked, bounds=lambda model, target: (floors[target], None))

    def floor(model: pyo.ConcreteModel, target: int) -> Row:
        numbers, variables = zip((1, least[target]), *of_target.get(target, []), strict=True)
        return LinearExpression(linear_coefs=list(numbers), linear_vars=list(variables)) <= 0

    model.floor = pyo.Constraint(asked, rule=floor)


def read_schedule(problem: SchedulingProblem, model: pyo.ConcreteModel) -> Schedule:
    """Return the schedule that the values of ``model.x`` state.

    Values are rounded at one half; variables that the solver never saw count as 0.
    """
    service = np.full(problem.interval.size, IDLE, dtype=np.int64)
    for (n, a), variable in model.x.items():
        if variable.value is not None and variable.value > _SERVED:
            service[a] = n
    return Schedule(service)
