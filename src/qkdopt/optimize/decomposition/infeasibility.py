"""Whether operations, or multipliers, prove that no schedule is allowed."""

from __future__ import annotations

from fractions import Fraction

from qkdopt.deadline import Deadline
from qkdopt.optimize.decomposition.column_generation import lagrangian_bound
from qkdopt.optimize.domain.blocks import Blocks
from qkdopt.optimize.domain.pricing import NO_SCHEDULE, PricingProblem
from qkdopt.optimize.objectives import objective_of
from qkdopt.optimize.objectives.base import ConcaveObjective
from qkdopt.optimize.objectives.max_min import MaxMinObjective
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.strategies import Strategy

__all__ = ["no_schedule", "proves_infeasible"]


def proves_infeasible(objective: ConcaveObjective, bound: Fraction, deadline: Deadline) -> bool:
    """Say whether no schedule has enough value, or none meets lower bounds: ``min E_n / l_n < 1``.

    Lower bounds may be unattainable although no multipliers prove it: intervals are indivisible.
    """
    if bound < objective.least_value:
        return True
    least = objective.lower_bounds
    if not any(least):
        return False
    served = MaxMinObjective.towards(objective.problem, least)
    return lagrangian_bound(served, deadline=deadline).value < 1


def no_schedule(problem: SchedulingProblem, strategy: Strategy) -> str:
    """Return why operations leave a strategy no schedule at all, or nothing."""
    if not problem.rules:
        return ""
    delivery = objective_of(problem, strategy).delivery
    if PricingProblem(Blocks.create(delivery)).feasible:
        return ""
    unserved = ", with no service of targets of weight 0" if (delivery.position < 0).any() else ""
    return NO_SCHEDULE + unserved
