"""From what a solver left to an outcome with its certificate."""

from qkdopt.certificates import Outcome
from qkdopt.certificates.proof_names import proof_in_version
from qkdopt.errors import SolverError
from qkdopt.optimize.certified import certificate_of
from qkdopt.optimize.domain.multipliers import fraction_text
from qkdopt.optimize.exchange.result import SolverResult
from qkdopt.optimize.form import Form
from qkdopt.optimize.layout import Layout
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.schedule import Schedule
from qkdopt.optimize.strategy import Strategy, is_linear
from qkdopt.versions import version

_TOO_LITTLE = "the schedule delivers less than the lower bounds ask"


def certified(
    problem: SchedulingProblem,
    strategy: Strategy,
    solver: str,
    found: SolverResult,
    layout: Layout | None = None,
) -> Outcome:
    """Return the outcome; it has a certificate where there is a schedule and a bound.

    ``layout`` says how several satellites were laid out as the one of ``problem``.
    """
    if found.schedule is None:
        return Outcome(found.ended, None, None, found.bound, found.seconds, found.reason)
    schedule = found.schedule.without_empty_sessions(problem)
    value, witness = _claims(problem, strategy, schedule)
    if found.bound is None:
        reason = "the solver stopped before it had a bound"
        return Outcome(found.ended, None, value, None, found.seconds, reason)
    certificate = certificate_of(
        problem if layout is None else layout.stated,
        strategy.document(problem),
        schedule,
        value=value,
        bound=found.bound,
        proof=found.proof,
        made_by={
            "solver": solver,
            "ended": str(found.ended),
            "qkdopt": version("qkdopt"),
            **found.details,
        },
        further=witness | _largest_total(strategy, found.most, layout),
        layout=layout,
    )
    return Outcome(
        found.ended, certificate, value, found.bound, found.seconds, found.reason, found.history
    )


def _largest_total(
    strategy: Strategy, most: SolverResult | None, layout: Layout | None
) -> dict[str, object]:
    """Return the largest total, where a strategy refers to it and it was solved for."""
    if most is None or most.schedule is None or layout is None:
        return {}
    paths = layout.paths(most.schedule.service)
    proof = proof_in_version(most.proof, 2, strategy.refers_to, layout=layout)
    return {"most": {"paths": paths, "value": most.value, "bound": most.bound, "proof": proof}}


def _claims(
    problem: SchedulingProblem, strategy: Strategy, schedule: Schedule
) -> tuple[object, dict[str, object]]:
    """Return the value of the schedule, as certificates write it, and what shows it."""
    if problem.in_scenarios:
        from qkdopt.optimize.objectives.scenario_value import scenario_value

        if (worth := scenario_value(problem, strategy, schedule)) is None:
            raise SolverError(_TOO_LITTLE)
        return fraction_text(worth), {}
    if is_linear(strategy):
        return schedule.value(problem, strategy.coefficients(problem)), {}
    from qkdopt.optimize.objectives import objective_of

    objective = objective_of(problem, strategy)
    delivered, all_bits = objective.delivered(schedule), schedule.delivered(problem)
    value, total = objective.value(delivered.tolist()), int(delivered.sum())
    floors = strategy.floors(problem)
    if any(e < least for e, least in zip(all_bits, floors, strict=False)) or (
        value is None and strategy.form is not Form.TARGETED
    ):
        raise SolverError(_TOO_LITTLE)
    return total if value is None else objective.claimed(value, total), objective.witness(all_bits)
