"""Whether multipliers prove that no schedule is allowed."""

from __future__ import annotations

from fractions import Fraction

from qkdopt.deadline import Deadline
from qkdopt.optimize.decomposition.column_generation import lagrangian_bound
from qkdopt.optimize.objectives.base import ConcaveObjective
from qkdopt.optimize.objectives.max_min import MaxMinObjective

__all__ = ["proves_infeasible"]


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
