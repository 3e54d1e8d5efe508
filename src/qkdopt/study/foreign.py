"""What a schedule from elsewhere is worth: which rules it breaks, and its certified gap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qkdopt.claims import Certificate, Ended
from qkdopt.errors import SolverError
from qkdopt.optimize.schedule import Schedule
from qkdopt.optimize.solvers import solve
from qkdopt.optimize.strategies import GeneralDelivery, LinearStrategy, PrioritisedDelivery
from qkdopt.study.evaluation import Evaluation, evaluate_in
from qkdopt.study.schedule_file import ScheduleRows
from qkdopt.study.verification import verify

if TYPE_CHECKING:
    from qkdopt.optimize.problem import SchedulingProblem

__all__ = ["ForeignEvaluation", "Standing", "evaluate_foreign", "strategies_of"]


@dataclass(frozen=True)
class Standing:
    """A schedule beside the optimum of one strategy.

    Attributes
    ----------
    value, optimum
        What the schedule is worth, and the most that any legal schedule is worth.
    ended
        How the solve for the optimum ended.
    verified
        Whether the judge confirms the optimum.
    """

    value: int
    optimum: int
    ended: Ended
    verified: bool

    @property
    def gap(self) -> float:
        """Part of the optimum that the schedule misses; 0 when the optimum is 0."""
        return (self.optimum - self.value) / self.optimum if self.optimum else 0.0


@dataclass(frozen=True)
class ForeignEvaluation:
    """The standing of a finished schedule.

    Attributes
    ----------
    findings
        Each broken rule in one sentence; empty for a legal schedule.
    evaluation
        What the schedule delivers, services without key counting nothing.
    standings
        By strategy.
    """

    findings: tuple[str, ...]
    evaluation: Evaluation
    standings: dict[str, Standing]

    @property
    def legal(self) -> bool:
        """Whether every rule is kept."""
        return not self.findings

    @property
    def verified(self) -> bool:
        """Whether the judge confirms every optimum."""
        return all(standing.verified for standing in self.standings.values())


def strategies_of(problem: SchedulingProblem) -> tuple[LinearStrategy, ...]:
    """Return the built strategies that the problem can be asked: S-PD needs weights."""
    if problem.weights is None:
        return (GeneralDelivery(),)
    return GeneralDelivery(), PrioritisedDelivery()


def evaluate_foreign(problem: SchedulingProblem, rows: ScheduleRows) -> ForeignEvaluation:
    """Return what the judge finds about a schedule, beside each strategy's optimum.

    Raises
    ------
    SolverError
        When the problem's operations contradict each other.
    """
    schedule = Schedule.create(rows.service)
    evaluation = evaluate_in(problem, schedule.delivered(problem))
    standings: dict[str, Standing] = {}
    findings = [
        f"interval {index} is given to {name}, but nobody has key there"
        for index, name in rows.strays
    ]
    for strategy in strategies_of(problem):
        best = solve(problem, strategy)
        if best.certificate is None:
            raise SolverError(best.reason)
        value = schedule.value(problem, strategy.coefficients(problem))
        verdict = verify(best.certificate, problem)
        optimum = verdict.recomputed_bound
        standings[strategy.name] = Standing(
            value, optimum, best.ended, verdict.optimal and verdict.value == optimum
        )
        if strategy.name == GeneralDelivery.name:
            claim = _claim(problem, strategy.document(), schedule, value, max(value, optimum))
            findings += verify(claim, problem).findings
    return ForeignEvaluation(tuple(findings), evaluation, standings)


def _claim(
    problem: SchedulingProblem, strategy: dict[str, Any], schedule: Schedule, value: int, bound: int
) -> Certificate:
    """Return a claim whose numbers are right, so that only broken rules are found false."""
    return Certificate.create(
        problem=problem.document(),
        strategy=strategy,
        schedule=schedule.to_list(),
        value=value,
        bound=bound,
        proof={"kind": "path"},
        made_by={"solver": "elsewhere"},
    )
