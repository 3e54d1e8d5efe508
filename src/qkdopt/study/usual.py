"""Which strategies whole studies solve, and with which solvers: the only place that says so."""

from collections.abc import Sequence

from qkdopt.optimize import strategies
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.risk import EXPECTATION, Risk
from qkdopt.optimize.strategies import LinearStrategy, Strategy, TargetedDelivery, is_linear
from qkdopt.optimize.strategy_names import with_risk


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


def run_strategies(
    problem: SchedulingProblem | None = None, risk: Risk = EXPECTATION
) -> tuple[Strategy, ...]:
    """Return what ``qkdopt run`` solves for a problem; without one, all that it ever does.

    In cloud scenarios, which count by ``risk``, it is balanced instead of targeted delivery.
    """
    targeted, balanced = TargetedDelivery.usual(), strategies.BalancedDelivery()
    if problem is None:
        linear = strategies.GeneralDelivery(), strategies.PrioritisedDelivery()
        return *linear, targeted, balanced
    found: tuple[Strategy, ...] = linear_strategies(problem)
    if problem.weights is not None:
        found = (*found, balanced if problem.in_scenarios else targeted)
    return tuple(with_risk(one, risk) for one in found) if problem.in_scenarios else found


def solvers_of(strategy: Strategy, problem: SchedulingProblem) -> tuple[str, ...]:
    """Return the solvers of a strategy of a run; the schedule of the first is shown."""
    if is_linear(strategy) and len(problem.satellites) == 1:
        return "dynamic", "milp"
    return ("decomposition",)


def compared() -> tuple[Strategy, ...]:
    """Return the strategies that a front is compared with."""
    return run_strategies()


def compared_by_pairs() -> tuple[Strategy, ...]:
    """Return strategies to be compared by pairwise keys; the last one looks at the traffic."""
    return *compared(), strategies.PairedDelivery()
