"""Whether operations, or multipliers, prove that no schedule is allowed."""

from fractions import Fraction
from functools import singledispatch

import numpy as np

from qkdopt.arrays import Bools
from qkdopt.deadline import Deadline
from qkdopt.errors import SolverError
from qkdopt.optimize.decomposition.column_generation import lagrangian_bound
from qkdopt.optimize.domain.blocks import Blocks
from qkdopt.optimize.domain.delivery import Delivery
from qkdopt.optimize.domain.pricing import NO_SCHEDULE, PricingProblem
from qkdopt.optimize.objectives import objective_of
from qkdopt.optimize.objectives.base import ConcaveObjective
from qkdopt.optimize.objectives.in_scenarios import worst_part
from qkdopt.optimize.objectives.max_min import MaxMinObjective
from qkdopt.optimize.objectives.risk import RiskObjective
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.strategies import Strategy


def proves_infeasible(objective: ConcaveObjective, bound: Fraction, deadline: Deadline) -> bool:
    """Say whether no schedule has enough value, or none meets lower bounds: ``min E_n / l_n < 1``.

    Lower bounds may be unattainable although no multipliers prove it: intervals are indivisible.
    """
    if bound < objective.least_value:
        return True
    if not any(objective.lower_bounds):
        return False
    served, enough = _towards_bounds(objective)
    return lagrangian_bound(served, deadline=deadline).value < enough


@singledispatch
def _towards_bounds(objective: ConcaveObjective) -> tuple[ConcaveObjective, Fraction]:
    """Return the part of lower bounds that is met, and what it is where all are."""
    return MaxMinObjective.towards(objective.problem, objective.lower_bounds), Fraction(1)


@_towards_bounds.register
def _(objective: RiskObjective) -> tuple[ConcaveObjective, Fraction]:
    return worst_part(objective)


def no_schedule(problem: SchedulingProblem, strategy: Strategy) -> str:
    """Return why operations leave a strategy no schedule at all, or nothing.

    Raises
    ------
    SolverError
        Where it hangs on sessions without key for targets of weight 0, which nothing here serves.
    """
    if not problem.rules:
        return ""
    delivery = objective_of(problem, strategy).delivery
    if PricingProblem(Blocks.create(delivery)).feasible:
        return ""
    unserved = delivery.position < 0
    if not unserved.any():
        return NO_SCHEDULE
    every = PricingProblem(Blocks.create(Delivery.to_all(problem)))
    if _some_without_key(problem, unserved) and every.feasible:
        raise SolverError(
            "locks ask for services of targets of weight 0; whether sessions of them without key "
            "leave a schedule is not decided"
        )
    return f"{NO_SCHEDULE}, with no service of targets of weight 0"


def _some_without_key(problem: SchedulingProblem, links: Bools) -> bool:
    """Say whether some session of some links, ``(N,)``, has no key."""
    sessions = problem.sessions
    if sessions is None:
        return False
    without = np.flatnonzero(sessions.bits == 0)
    contact = np.searchsorted(sessions.offset, without, side="right") - 1
    return bool(links[sessions.link[contact]].any())
