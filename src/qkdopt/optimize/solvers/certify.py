"""From what a solver left to an outcome with its certificate."""

from __future__ import annotations

from importlib.metadata import version

from qkdopt.certificates import Outcome
from qkdopt.errors import SolverError
from qkdopt.optimize.certified import certificate_of
from qkdopt.optimize.floors import FlooredDelivery, base_of, floors_of
from qkdopt.optimize.pair_uses import PairUses
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.schedule import Schedule
from qkdopt.optimize.solvers.result import SolverResult
from qkdopt.optimize.strategies import (
    BalancedDelivery,
    LeastDivergence,
    LinearStrategy,
    PairedDelivery,
    Strategy,
    TargetedDelivery,
    certifiable,
)
from qkdopt.optimize.uses import uses_of

__all__ = ["certified", "stated"]


def stated(problem: SchedulingProblem, strategy: Strategy) -> Strategy:
    """Return the strategy in a form that a certificate can state.

    Raises
    ------
    InputError
        For a strategy that has no such form.
    SolverError
        For floors with a linear strategy that is not this package's own.
    """
    if not isinstance(strategy, FlooredDelivery):
        return certifiable(problem, strategy)
    if certifiable(problem, strategy.base) is not strategy.base:
        raise SolverError("floors with a linear strategy of your own cannot be certified")
    return strategy


def certified(
    problem: SchedulingProblem, strategy: Strategy, solver: str, found: SolverResult
) -> Outcome:
    """Return the outcome; it has a certificate where there is a schedule and a bound."""
    if found.schedule is None:
        return Outcome(found.ended, None, None, found.bound, found.seconds, found.reason)
    value = _value(problem, strategy, found.schedule)
    if found.bound is None:
        reason = "the solver stopped before it had a bound"
        return Outcome(found.ended, None, value, None, found.seconds, reason)
    certificate = certificate_of(
        problem,
        strategy.document(),
        found.schedule,
        value=value,
        bound=found.bound,
        proof=found.proof,
        made_by={
            "solver": solver,
            "ended": str(found.ended),
            "qkdopt": version("qkdopt"),
            **found.details,
        },
        pairs=_witness(problem, strategy, found.schedule),
    )
    return Outcome(
        found.ended, certificate, value, found.bound, found.seconds, found.reason, found.history
    )


def _witness(
    problem: SchedulingProblem, strategy: Strategy, schedule: Schedule
) -> list[list[int]] | None:
    """Return what shows the value of paired delivery: the shared bits of each pair."""
    uses = uses_of(problem, strategy) if strategy.name == PairedDelivery.name else None
    if not isinstance(uses, PairUses):
        return None
    pairs = uses.pairing(schedule.delivered(problem)).bits
    return [[i, j, bits] for (i, j), bits in pairs.items()]


def _value(problem: SchedulingProblem, strategy: Strategy, schedule: Schedule) -> object:
    """Return what the schedule is worth, as certificates write it."""
    if isinstance(strategy, LinearStrategy):
        return schedule.value(problem, strategy.coefficients(problem))
    delivered = schedule.delivered(problem)
    floors = floors_of(problem, strategy)
    if any(e < least for e, least in zip(delivered, floors, strict=False)):
        raise SolverError("the schedule delivers less than the floors ask")
    base = base_of(strategy)
    if isinstance(base, TargetedDelivery):
        return sum(delivered)
    if isinstance(base, LeastDivergence):
        from qkdopt.optimize.solvers.least_run import divergence_text

        return divergence_text(delivered, problem.weights or ())
    worth = uses_of(problem, strategy).worth(delivered)
    if worth is None:
        raise SolverError("the schedule delivers less than the floors ask")
    if isinstance(base, BalancedDelivery):
        return {"t": f"{worth.numerator}/{worth.denominator}", "total": sum(delivered)}
    return int(worth)
