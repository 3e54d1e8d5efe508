"""A bound on the value of any strategy, for schedules whose maker proves nothing."""

from fractions import Fraction

from qkdopt.arrays import Integers
from qkdopt.errors import SolverError
from qkdopt.optimize.domain.longest_path import optimum
from qkdopt.optimize.exchange.options import SolverOptions
from qkdopt.optimize.expectation import expected
from qkdopt.optimize.objectives import objective_of
from qkdopt.optimize.objectives.base import ConcaveObjective, fraction_text
from qkdopt.optimize.objectives.least_divergence import LeastDivergenceObjective
from qkdopt.optimize.objectives.max_min import MaxMinObjective, balanced_total
from qkdopt.optimize.objectives.targeted import TargetedObjective
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.schedule import Schedule
from qkdopt.optimize.strategies import Strategy, is_linear


def independent_bound(
    problem: SchedulingProblem, strategy: Strategy, schedule: Schedule, options: SolverOptions
) -> tuple[object, dict[str, object]]:
    """Return a bound as certificates write it, and its proof.

    For linear strategies it is the optimum, by the dynamic programme; for all others the best
    Lagrangian bound. It does not depend on the schedule, except for balanced delivery, whose
    second objective begins at the value that the schedule has for the first.

    Raises
    ------
    SolverError
        When the schedule is legal but misses what the strategy demands: too far from the
        weights, too few bits, less than a lower bound.
    """
    if is_linear(strategy):
        average, unit = expected(problem) if problem.in_scenarios else (problem, 1)
        best = optimum(average, strategy.coefficients(problem))
        bound = Fraction(0 if best is None else best[1], unit)
        return (fraction_text(bound) if problem.in_scenarios else int(bound)), {"kind": "path"}
    from qkdopt.optimize.decomposition.column_generation import lagrangian_bound
    from qkdopt.optimize.decomposition.strategies import balanced_proof

    deadline = options.running()
    objective = objective_of(problem, strategy)
    _refuse_unwanted(problem, objective, schedule)
    delivered = objective.delivered(schedule)
    value = objective.value(delivered.tolist())
    if value is None and (delivered.any() or any(strategy.floors(problem))):
        raise SolverError(f"the schedule {_missed(objective, delivered)}")
    root = lagrangian_bound(objective, deadline=deadline)
    if not isinstance(objective, MaxMinObjective):
        return objective.written_bound(root.value), root.proof()
    reached = value or Fraction(0)
    second = lagrangian_bound(balanced_total(objective, reached), deadline=deadline)
    proof = balanced_proof(root.proof(), second.proof())
    total = max(int(second.value), int(delivered.sum()))
    return {"t": objective.written_bound(max(root.value, reached)), "total": total}, proof


def _missed(objective: ConcaveObjective, delivered: Integers) -> str:
    """Return what a schedule misses that is not allowed."""
    if isinstance(objective, TargetedObjective) and not (delivered < objective.bounds).any():
        return f"has shares that are farther than KL = {objective.kl_max}"
    if isinstance(objective, LeastDivergenceObjective):
        total, wanted = int(delivered.sum()), objective.wanted_total
        if total < wanted:
            return f"delivers {total:,} bits, the strategy asks for {wanted:,}"
    return "delivers less than the lower bounds ask"


def _refuse_unwanted(
    problem: SchedulingProblem, objective: ConcaveObjective, schedule: Schedule
) -> None:
    """Refuse bits for targets that do not count."""
    position = objective.delivery.position
    left_out = {t for t, place in zip(problem.link_target, position, strict=True) if place < 0}
    delivered = schedule.delivered(problem) if left_out else ()
    for n in sorted(left_out):
        if bits := delivered[n]:
            name = problem.targets[n]
            raise SolverError(f"the schedule delivers {bits:,} bits to {name}, whose weight is 0")
