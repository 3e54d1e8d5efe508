"""External schedules: the rules that they break, what they deliver, their certified gap."""

from dataclasses import dataclass
from fractions import Fraction

from qkdopt.certificates import Certificate, Ended
from qkdopt.certificates.paths import path_of
from qkdopt.errors import SolverError
from qkdopt.optimize.certified import certificate_of
from qkdopt.optimize.domain.multipliers import fraction_text
from qkdopt.optimize.objectives.scenario_value import scenario_value
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.schedule import IDLE, Schedule
from qkdopt.optimize.solvers import solve
from qkdopt.optimize.strategy import LinearStrategy
from qkdopt.study.evaluation import Evaluation, evaluate_in
from qkdopt.study.schedule_file import ScheduleRows
from qkdopt.study.usual import linear_strategies
from qkdopt.study.verification import verify


@dataclass(frozen=True)
class Forecast:
    """How many intervals of a schedule made for other keys deliver nothing.

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
    """Distance of a schedule from the optimum of one strategy.

    Attributes
    ----------
    value, optimum
        Value of the schedule, and of the best legal schedule; in cloud scenarios the mean.
    ended
        How the solve for the optimum ended.
    verified
        Whether the optimum is verified.
    """

    value: Fraction
    optimum: Fraction
    ended: Ended
    verified: bool

    @property
    def gap(self) -> float:
        """Relative optimality gap; 0 when the optimum is 0."""
        return float((self.optimum - self.value) / self.optimum) if self.optimum else 0.0


@dataclass(frozen=True)
class ExternalEvaluation:
    """What a given schedule breaks, delivers and misses.

    Attributes
    ----------
    findings
        Each broken rule in one sentence; empty for a legal schedule.
    evaluation
        What the schedule delivers, services without key counting nothing.
    gaps
        By strategy.
    forecast
        How many services count as idle; ``None`` unless ``forecast`` is set.
    """

    findings: tuple[str, ...]
    evaluation: Evaluation
    gaps: dict[str, OptimalityGap]
    forecast: Forecast | None = None

    @property
    def legal(self) -> bool:
        """Whether every rule is kept."""
        return not self.findings

    @property
    def verified(self) -> bool:
        """Whether every optimum is verified."""
        return all(gap.verified for gap in self.gaps.values())


def evaluate_schedule(
    problem: SchedulingProblem, rows: ScheduleRows, *, forecast: bool = False
) -> ExternalEvaluation:
    """Return the rules that a schedule breaks, and its gap to the optimum of each strategy.

    Parameters
    ----------
    problem
        The problem that the schedule was made for or, with ``forecast``, the actual one.
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
    counts = None
    if forecast:
        rows, counts = emptied(problem, rows)
    schedule = Schedule.create(rows.service)
    path = path_of(schedule.to_list(), problem.interval.tolist())
    delivered = (
        schedule.delivered_by_scenario(problem).tolist()
        if problem.in_scenarios
        else schedule.delivered(problem)
    )
    evaluation = evaluate_in(problem, delivered, [path])
    gaps: dict[str, OptimalityGap] = {}
    position = {link.name: n for n, link in enumerate(problem.links)}
    findings = [
        f"interval {index} is given to link {position[name]} ({name}), which has no key there"
        for index, name in rows.strays
    ]
    for strategy in linear_strategies(problem):
        best = solve(problem, strategy).uninterrupted()
        if best.certificate is None:
            raise SolverError(best.reason)
        value = _value(problem, strategy, schedule)
        verdict = verify(best.certificate, problem)
        optimum = Fraction(verdict.recomputed_bound)
        if not gaps:  # rules are the same for every strategy
            findings += broken_rules(problem, strategy, schedule, optimum)
        gaps[strategy.name] = OptimalityGap(
            value, optimum, best.ended, verdict.optimal and Fraction(verdict.value) == optimum
        )
    return ExternalEvaluation(tuple(findings), evaluation, gaps, counts)


def emptied(problem: SchedulingProblem, rows: ScheduleRows) -> tuple[ScheduleRows, Forecast]:
    """Return the schedule without the services that deliver nothing, and their number."""
    kept = tuple(
        n if n != IDLE and problem.bits[n, a] > 0 else IDLE for a, n in enumerate(rows.service)
    )
    served, left = (sum(n != IDLE for n in service) for service in (rows.service, kept))
    strays = len(rows.strays)
    return ScheduleRows(kept, ()), Forecast(served + strays, served - left, strays)


def broken_rules(
    problem: SchedulingProblem, strategy: LinearStrategy, schedule: Schedule, optimum: Fraction
) -> tuple[str, ...]:
    """Return the rules that a schedule breaks, each in one sentence of the verifier."""
    value = _value(problem, strategy, schedule)
    claim = _claim(problem, strategy.document(problem), schedule, value, max(value, optimum))
    return tuple(verify(claim, problem).findings)


def _value(problem: SchedulingProblem, strategy: LinearStrategy, schedule: Schedule) -> Fraction:
    """Return what a schedule is worth, in cloud scenarios on average."""
    if problem.in_scenarios:
        return scenario_value(problem, strategy, schedule) or Fraction(0)
    return Fraction(schedule.value(problem, strategy.coefficients(problem)))


def _claim(
    problem: SchedulingProblem,
    strategy: dict[str, object],
    schedule: Schedule,
    value: Fraction,
    bound: Fraction,
) -> Certificate:
    """Return a certificate with correct numbers, so that only broken rules are findings."""
    written = fraction_text if problem.in_scenarios else int
    return certificate_of(
        problem,
        strategy,
        schedule,
        value=written(value),
        bound=written(bound),
        proof={"kind": "path"},
        made_by={"solver": "external"},
    )
