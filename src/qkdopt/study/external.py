"""What a schedule from elsewhere is worth: which rules it breaks, and its certified gap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qkdopt.certificates import Certificate, Ended
from qkdopt.errors import SolverError
from qkdopt.optimize.certified import certificate_of
from qkdopt.optimize.schedule import IDLE, Schedule
from qkdopt.optimize.solvers import solve
from qkdopt.optimize.strategies import GeneralDelivery, LinearStrategy, PrioritisedDelivery
from qkdopt.study.evaluation import Evaluation, evaluate_in
from qkdopt.study.schedule_file import ScheduleRows
from qkdopt.study.verification import verify

if TYPE_CHECKING:
    from qkdopt.optimize.problem import SchedulingProblem

__all__ = ["ExternalEvaluation", "Forecast", "OptimalityGap", "evaluate_schedule", "strategies_of"]


@dataclass(frozen=True)
class Forecast:
    """How many services of a schedule made for other keys deliver nothing.

    Attributes
    ----------
    services
        Intervals that the schedule serves.
    without_bits
        Those of them in which the link has no bits, though another link may have.
    not_active
        Those of them that are none of the problem's intervals.
    """

    services: int
    without_bits: int
    not_active: int

    @property
    def empty(self) -> int:
        """Services that deliver nothing and count as idle."""
        return self.without_bits + self.not_active


@dataclass(frozen=True)
class OptimalityGap:
    """A schedule beside the optimum of one strategy.

    Attributes
    ----------
    value, optimum
        What the schedule is worth, and the most that any legal schedule is worth.
    ended
        How the solve for the optimum ended.
    verified
        Whether the verifier confirms the optimum.
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
class ExternalEvaluation:
    """The standing of a finished schedule.

    Attributes
    ----------
    findings
        Each broken rule in one sentence; empty for a legal schedule.
    evaluation
        What the schedule delivers, services without key counting nothing.
    standings
        By strategy.
    forecast
        How many services were counted as idle; ``None`` where that was not asked for.
    """

    findings: tuple[str, ...]
    evaluation: Evaluation
    standings: dict[str, OptimalityGap]
    forecast: Forecast | None = None

    @property
    def legal(self) -> bool:
        """Whether every rule is kept."""
        return not self.findings

    @property
    def verified(self) -> bool:
        """Whether the verifier confirms every optimum."""
        return all(standing.verified for standing in self.standings.values())


def strategies_of(problem: SchedulingProblem) -> tuple[LinearStrategy, ...]:
    """Return the built strategies that the problem can be asked: S-PD needs weights."""
    if problem.weights is None:
        return (GeneralDelivery(),)
    return GeneralDelivery(), PrioritisedDelivery()


def evaluate_schedule(
    problem: SchedulingProblem, rows: ScheduleRows, *, forecast: bool = False
) -> ExternalEvaluation:
    """Return what the verifier finds about a schedule, beside each strategy's optimum.

    Parameters
    ----------
    problem
        What the schedule is for, or, with ``forecast``, what it meets.
    rows
        The schedule.
    forecast
        Whether the schedule was made for other keys, such as those of older elements: services
        without bits then count as idle instead of breaking a rule.

    Raises
    ------
    SolverError
        When the problem's operations contradict each other.
    """
    told = None
    if forecast:
        rows, told = _emptied(problem, rows)
    schedule = Schedule.create(rows.service)
    evaluation = evaluate_in(problem, schedule.delivered(problem))
    standings: dict[str, OptimalityGap] = {}
    findings = [
        f"interval {index} is given to {name}, but nobody has key there"
        for index, name in rows.strays
    ]
    for strategy in strategies_of(problem):
        best = solve(problem, strategy).uninterrupted()
        if best.certificate is None:
            raise SolverError(best.reason)
        value = schedule.value(problem, strategy.coefficients(problem))
        verdict = verify(best.certificate, problem)
        optimum = verdict.recomputed_bound
        standings[strategy.name] = OptimalityGap(
            value, optimum, best.ended, verdict.optimal and verdict.value == optimum
        )
        if strategy.name == GeneralDelivery.name:
            claim = _claim(problem, strategy.document(), schedule, value, max(value, optimum))
            findings += verify(claim, problem).findings
    return ExternalEvaluation(tuple(findings), evaluation, standings, told)


def _emptied(problem: SchedulingProblem, rows: ScheduleRows) -> tuple[ScheduleRows, Forecast]:
    """Return the schedule without the services that deliver nothing, and their number."""
    kept = tuple(
        n if n != IDLE and problem.bits[n, a] > 0 else IDLE for a, n in enumerate(rows.service)
    )
    served, left = (sum(n != IDLE for n in service) for service in (rows.service, kept))
    strays = len(rows.strays)
    return ScheduleRows(kept, ()), Forecast(served + strays, served - left, strays)


def _claim(
    problem: SchedulingProblem, strategy: dict[str, Any], schedule: Schedule, value: int, bound: int
) -> Certificate:
    """Return a claim whose numbers are right, so that only broken rules are found false."""
    return certificate_of(
        problem,
        strategy,
        schedule,
        value=value,
        bound=bound,
        proof={"kind": "path"},
        made_by={"solver": "elsewhere"},
    )
