"""From what a solver left to an outcome with its certificate."""

from __future__ import annotations

from fractions import Fraction
from importlib.metadata import version

from qkdopt.certificates import Outcome
from qkdopt.certificates.proof_names import proof_in_version
from qkdopt.errors import SolverError
from qkdopt.optimize import strategies
from qkdopt.optimize.certified import certificate_of
from qkdopt.optimize.exchange.result import SolverResult
from qkdopt.optimize.layout import Layout
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.schedule import Schedule

__all__ = ["certified"]


def certified(
    problem: SchedulingProblem,
    strategy: strategies.Strategy,
    solver: str,
    found: SolverResult,
    layout: Layout | None = None,
) -> Outcome:
    """Return the outcome; it has a certificate where there is a schedule and a bound.

    ``layout`` says how several satellites were laid out as the one of ``problem``.
    """
    if found.schedule is None:
        return Outcome(found.ended, None, None, found.bound, found.seconds, found.reason)
    value = _value(problem, strategy, found.schedule)
    if found.bound is None:
        reason = "the solver stopped before it had a bound"
        return Outcome(found.ended, None, value, None, found.seconds, reason)
    certificate = certificate_of(
        problem if layout is None else layout.stated,
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
        further=_witness(problem, strategy, found, layout),
        layout=layout,
    )
    return Outcome(
        found.ended, certificate, value, found.bound, found.seconds, found.reason, found.history
    )


def _witness(
    problem: SchedulingProblem,
    strategy: strategies.Strategy,
    found: SolverResult,
    layout: Layout | None,
) -> dict[str, object]:
    """Return what shows the value besides the schedule.

    Of paired delivery the shared bits of each pair; of least divergence, where it was solved for,
    the largest total.
    """
    most = found.most
    if most is not None and most.schedule is not None and layout is not None:
        paths = layout.paths(most.schedule.service)
        proof = proof_in_version(most.proof, 2, strategy.refers_to, layout=layout)
        claim = {"paths": paths, "value": most.value, "bound": most.bound, "proof": proof}
        return {"most": claim}
    if found.schedule is None or strategy.name != strategies.PairedDelivery.name:
        return {}
    from qkdopt.optimize.objectives import objective_of
    from qkdopt.optimize.objectives.paired import BMatchingObjective

    objective = objective_of(problem, strategy)
    if not isinstance(objective, BMatchingObjective):
        return {}
    pairs = objective.pairing(found.schedule.delivered(problem)).bits
    return {"pairs": [[i, j, bits] for (i, j), bits in pairs.items()]}


def _value(problem: SchedulingProblem, strategy: strategies.Strategy, schedule: Schedule) -> object:
    """Return the value of the schedule, as certificates write it."""
    if strategies.is_linear(strategy):
        return schedule.value(problem, strategy.coefficients(problem))
    from qkdopt.optimize.objectives import objective_of

    objective = objective_of(problem, strategy)
    delivered = objective.delivered(schedule)
    value = objective.value(delivered.tolist())
    floors = strategy.floors(problem)
    if any(e < least for e, least in zip(schedule.delivered(problem), floors, strict=False)) or (
        value is None and not isinstance(strategy, strategies.TargetedDelivery)
    ):
        raise SolverError("the schedule delivers less than the lower bounds ask")
    if isinstance(strategy, strategies.BalancedDelivery):
        return {"t": objective.written_value(value or Fraction(0)), "total": int(delivered.sum())}
    return int(delivered.sum()) if value is None else objective.written_value(value)
