"""Which strategies whole studies solve, and with which solvers: the only place that says so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from qkdopt.optimize import strategies
from qkdopt.optimize.strategies import LinearStrategy, Strategy, TargetedDelivery

if TYPE_CHECKING:
    from qkdopt.optimize.problem import SchedulingProblem

__all__ = [
    "RUN_SOLVERS",
    "compared",
    "compared_by_pairs",
    "linear_strategies",
    "linear_values",
    "run_strategies",
]

RUN_SOLVERS = {"gd": ("dynamic", "milp"), "pd": ("dynamic", "milp"), "td": ("decomposition",)}
"""Solvers of each strategy of a run by its short name; the schedule of the first is shown."""


def linear_strategies(problem: SchedulingProblem) -> tuple[LinearStrategy, ...]:
    """Return S-GD, and S-PD where the problem has weights."""
    if problem.weights is None:
        return (strategies.GeneralDelivery(),)
    return strategies.GeneralDelivery(), strategies.PrioritisedDelivery()


def linear_values(weights: Sequence[int] | None, delivered: Sequence[int]) -> dict[str, int]:
    """Return what bits by target are worth to those strategies, by their short names."""
    values = {strategies.GeneralDelivery.name: sum(delivered)}
    if weights is not None:
        worth = sum(w * bits for w, bits in zip(weights, delivered, strict=True))
        values[strategies.PrioritisedDelivery.name] = worth
    return values


def run_strategies(problem: SchedulingProblem | None = None) -> tuple[Strategy, ...]:
    """Return what ``qkdopt run`` solves for a problem; without one, all that it ever does."""
    targeted = TargetedDelivery.usual()
    if problem is None:
        return strategies.GeneralDelivery(), strategies.PrioritisedDelivery(), targeted
    linear = linear_strategies(problem)
    return linear if problem.weights is None else (*linear, targeted)


def compared() -> tuple[Strategy, ...]:
    """Return the strategies that a front is compared with."""
    return *run_strategies(), strategies.BalancedDelivery()


def compared_by_pairs() -> tuple[Strategy, ...]:
    """Return strategies to be compared by pairwise keys; the last one looks at the traffic."""
    return *compared(), strategies.PairedDelivery()
