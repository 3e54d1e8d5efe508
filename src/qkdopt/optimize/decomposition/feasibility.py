"""Whether the operations leave any schedule at all."""

from __future__ import annotations

import numpy as np

from qkdopt.optimize.domain.blocks import Blocks
from qkdopt.optimize.domain.longest_path import optimum
from qkdopt.optimize.domain.pricing import NO_SCHEDULE, PricingProblem
from qkdopt.optimize.objectives import objective_of
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.strategies import Strategy

__all__ = ["no_schedule"]


def no_schedule(problem: SchedulingProblem, strategy: Strategy) -> str:
    """Return why operations leave a strategy no schedule at all, or nothing."""
    if not problem.operations:
        return ""
    if optimum(problem, np.ones(len(problem.links), np.int64)) is None:
        return NO_SCHEDULE
    delivery = objective_of(problem, strategy).delivery
    return "" if PricingProblem(Blocks.create(delivery)).feasible else NO_SCHEDULE
