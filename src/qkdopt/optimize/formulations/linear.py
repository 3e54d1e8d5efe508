"""What the formulations have in common: objectives, and what schedules deliver."""

from collections.abc import Mapping, Sequence

import numpy as np
import pyomo.environ as pyo

from qkdopt.errors import SolverError
from qkdopt.optimize.formulations.scenarios import add_risk
from qkdopt.optimize.formulations.templates import Row, Terms, linear_sum
from qkdopt.optimize.objectives import objective_of
from qkdopt.optimize.objectives.paired import BMatchingObjective
from qkdopt.optimize.objectives.piecewise_linear import PiecewiseLinearObjective
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.strategies import LinearStrategy, Strategy

_Delivery = tuple[int, int, pyo.Var]

_LARGEST_WHOLE = 2**20  # bits of a target up to which shared bits are whole


def add_objective(
    model: pyo.ConcreteModel, problem: SchedulingProblem, goal: Strategy | PiecewiseLinearObjective
) -> None:
    """Add what is to be maximised.

    Of a linear strategy ``sum c_n K[n, a] x[n, a]``; of a piecewise linear objective
    ``sum_k reward_k y[k]`` with

        use   sum_k consumption[n, k] y[k] <= stock_n + sum of K[m, a] x[m, a] over the links m of n
        floor f[n] <= sum of K[m, a] x[m, a] over the links m of n, f[n] >= l_n

    Of keys in sessions ``F session[n, i, j, d]`` takes the place of ``K[n, a] x[n, a]``; where
    there are cloud scenarios, each has such a reward: see
    :mod:`qkdopt.optimize.formulations.scenarios`.

    Pairwise keys take whole bits of two targets each: there ``y`` is integer, unless bits are so
    many that solvers do not tell halves from wholes.

    Raises
    ------
    SolverError
        When the strategy is neither.
    """
    if problem.probabilities is None or not isinstance(goal, Strategy) or goal.risk is None:
        terms = _reward(model, problem, goal, deliveries(model, problem))
    else:
        model.sky = pyo.Block(range(len(problem.probabilities)))
        skies = [(model.sky[k], problem.scenario(k)) for k in model.sky]
        rewards = [_reward(sky, one, goal, deliveries(model, one)) for sky, one in skies]
        terms = add_risk(model, goal.risk, problem.probabilities, rewards)
    model.delivered = pyo.Objective(expr=linear_sum(terms), sense=pyo.maximize)


def _reward(
    block: pyo.Block,
    problem: SchedulingProblem,
    goal: Strategy | PiecewiseLinearObjective,
    given: list[_Delivery],
) -> Terms:
    """Return the reward of what is delivered; its own variables and rows go into the block."""
    if isinstance(goal, LinearStrategy) and not goal.lower_bounds:
        coefficients = goal.coefficients(problem)
        return [(int(coefficients[n]) * bits, variable) for n, bits, variable in given]
    objective = goal if isinstance(goal, PiecewiseLinearObjective) else _form(problem, goal)
    y = _add_activities(block, problem, objective, given)
    return [(reward, y[k]) for k, reward in enumerate(objective.reward)]


def deliveries(model: pyo.ConcreteModel, problem: SchedulingProblem) -> list[_Delivery]:
    """Return link, bits and variable of all that a schedule can deliver."""
    own = problem.sessions
    if own is None or not len(model.x):
        bits = problem.bits
        return [(n, int(bits[n, a]), x) for (n, a), x in model.x.items() if bits[n, a]]
    n, i, j, _ = np.array(list(model.session)).T
    bits = own.bits[own.place(own.contact[n, i], i, j)]
    return list(zip(n.tolist(), bits.tolist(), model.session.values(), strict=True))


def _form(problem: SchedulingProblem, strategy: Strategy) -> PiecewiseLinearObjective:
    objective = objective_of(problem, strategy)
    if not isinstance(objective, PiecewiseLinearObjective):
        raise SolverError(f"strategy {strategy.name} is not piecewise linear in delivered bits")
    return objective


def _add_activities(
    model: pyo.Block,
    problem: SchedulingProblem,
    objective: PiecewiseLinearObjective,
    given: list[_Delivery],
) -> pyo.Var:
    def limits(model: pyo.Block, k: int) -> tuple[float, int | None]:
        return float(objective.lower[k]), objective.upper[k]

    whole = isinstance(objective, BMatchingObjective) and max(objective.reach) <= _LARGEST_WHOLE
    domain = pyo.NonNegativeIntegers if whole else pyo.Reals
    y = model.y = pyo.Var(range(len(objective.reward)), bounds=limits, domain=domain)
    of_target: dict[int, Terms] = {}
    for n, bits, variable in given:
        of_target.setdefault(problem.link_target[n], []).append((-bits, variable))

    def use(model: pyo.Block, target: int) -> Row:
        taken: Terms = [
            (float(bits[target]), y[k])
            for k, bits in enumerate(objective.consumption)
            if target in bits
        ]
        return linear_sum([*taken, *of_target.get(target, [])]) <= objective.stock[target]

    wanted = sorted({target for bits in objective.consumption for target in bits})
    model.use = pyo.Constraint(wanted, rule=use)
    _add_floors(model, of_target, objective.bounds)
    return y


def _add_floors(model: pyo.Block, of_target: Mapping[int, Terms], floors: Sequence[int]) -> None:
    """Add ``floor``: ``f_n >= l_n`` bits of what target ``n`` gets, which is given negated."""
    asked = [target for target, least in enumerate(floors) if least]
    if not asked:
        return
    least = model.least = pyo.Var(asked, bounds=lambda model, target: (floors[target], None))

    def floor(model: pyo.Block, target: int) -> Row:
        return linear_sum([(1, least[target]), *of_target.get(target, [])]) <= 0

    model.floor = pyo.Constraint(asked, rule=floor)
