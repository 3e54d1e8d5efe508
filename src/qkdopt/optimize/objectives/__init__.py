"""Objectives: each strategy as a function of delivered bits, one file each, one protocol.

A further objective is a file with a :class:`~qkdopt.optimize.objectives.base.ConcaveObjective` and
a line in :data:`OBJECTIVES`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from qkdopt.errors import InputError, SolverError
from qkdopt.optimize import strategies
from qkdopt.optimize.objectives.base import ConcaveObjective
from qkdopt.optimize.objectives.fair import FairObjective
from qkdopt.optimize.objectives.in_scenarios import in_scenarios
from qkdopt.optimize.objectives.least_divergence import LeastDivergenceObjective
from qkdopt.optimize.objectives.max_min import MaxMinObjective
from qkdopt.optimize.objectives.paired import BMatchingObjective
from qkdopt.optimize.objectives.separable import SeparableObjective
from qkdopt.optimize.objectives.targeted import TargetedObjective
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.strategy import Strategy

__all__ = ["OBJECTIVES", "objective_of"]

_Floors = Sequence[int]


def _general(problem: SchedulingProblem, strategy: Any, floors: _Floors) -> SeparableObjective:
    targets = len(problem.targets)
    no_caps, linear = [None] * targets, not any(floors)
    return SeparableObjective.create(problem, [1] * targets, floors, no_caps, linear=linear)


def _prioritised(problem: SchedulingProblem, strategy: Any, floors: _Floors) -> SeparableObjective:
    strategy.coefficients(problem)
    no_caps = [None] * len(problem.targets)
    linear, weights = not any(floors), problem.weights or ()
    return SeparableObjective.create(problem, weights, floors, no_caps, linear=linear)


def _capped(problem: SchedulingProblem, strategy: Any, floors: _Floors) -> SeparableObjective:
    caps = strategy.caps(problem)
    return SeparableObjective.create(problem, [1] * len(caps), floors, caps)


def _balanced(problem: SchedulingProblem, strategy: Any, floors: _Floors) -> MaxMinObjective:
    if problem.weights is None:
        raise InputError("weights", "none", "a weight for every target (strategy balanced)")
    return MaxMinObjective.create(problem, floors)


OBJECTIVES: Mapping[type[Strategy], Callable[[SchedulingProblem, Any, _Floors], ConcaveObjective]]
OBJECTIVES = {
    strategies.GeneralDelivery: _general,
    strategies.PrioritisedDelivery: _prioritised,
    strategies.TargetedDelivery: TargetedObjective.create,
    strategies.LeastDivergence: LeastDivergenceObjective.of_strategy,
    strategies.BalancedDelivery: _balanced,
    strategies.CappedDelivery: _capped,
    strategies.PairedDelivery: lambda problem, strategy, floors: BMatchingObjective.create(
        problem, strategy.matrix(problem), floors
    ),
    strategies.FairDelivery: FairObjective.create,
}


def objective_of(problem: SchedulingProblem, strategy: Strategy) -> ConcaveObjective:
    """Return the objective of ``strategy``; of balanced delivery the first one.

    Raises
    ------
    InputError
        When the problem lacks weights, demand or traffic that the strategy needs, or has no
        target that a lower bound names.
    SolverError
        For a strategy that is none of this package's own.
    """
    floors = strategy.floors(problem)
    for kind, create in OBJECTIVES.items():
        if isinstance(strategy, kind):
            found = create(problem, strategy, floors)
            scenarios, risk = problem.scenarios, strategy.risk
            if scenarios is None or risk is None:
                return found
            return in_scenarios(found, scenarios, risk)
    raise SolverError(f"strategy {strategy.name} has no concave objective")
