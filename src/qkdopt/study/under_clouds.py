"""How honest a value in cloud scenarios is, and what scenarios and forecasts are worth.

The schedule was chosen on the scenarios in which its value is claimed, so it claims too much;
fresh scenarios say what it keeps. The *value of the stochastic solution* (Birge 1982) is what it
brings more than the schedule for mean bits. The *expected value of perfect information* is what
knowing the clouds would bring: the same risk value of each scenario's own optimum, less its own.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from qkdopt.deadline import Deadline
from qkdopt.optimize.decomposition.column_generation import lagrangian_bound
from qkdopt.optimize.layout import laid_out
from qkdopt.optimize.objectives import objective_of
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.risk import EXPECTATION
from qkdopt.optimize.schedule import Schedule
from qkdopt.optimize.solvers import solve
from qkdopt.optimize.start import Paths
from qkdopt.optimize.strategy import Strategy, is_linear
from qkdopt.optimize.strategy_names import with_risk
from qkdopt.study.estimates import Estimate, risk_terms
from qkdopt.study.fresh import CloudEvaluation, evaluate_fresh, in_one_sky
from qkdopt.study.mean_clouds import in_mean_clouds

_Notify = Callable[[str, float], None]
_SURE = 2.0  # standard errors


@dataclass(frozen=True, eq=False)
class HonestValue:
    """What a schedule for cloud scenarios claims, what it keeps, and what others would bring.

    Attributes
    ----------
    claimed, fresh
        The schedule in the scenarios that it was made for, and in others.
    mean_claimed, mean_fresh
        The best schedule found for mean bits in the same; ``None`` where there is none.
    own
        No less than the optimum of each scenario that the schedule was made for, shape ``(M,)``.
        ``None`` under operations, where a scenario alone is another problem.
    own_by
        What that number is.
    linear
        Whether rewards add up over intervals, so that mean bits say all about the expectation.
    """

    claimed: CloudEvaluation
    fresh: CloudEvaluation
    mean_claimed: CloudEvaluation | None
    mean_fresh: CloudEvaluation | None
    own: tuple[Fraction, ...] | None
    own_by: str
    linear: bool

    @property
    def vss_claimed(self) -> float | None:
        """Value of the stochastic solution in the scenarios that the schedule was made for."""
        other = self.mean_claimed
        return None if other is None else float(self.claimed.exact - other.exact)

    @property
    def vss(self) -> Estimate | None:
        """Value of the stochastic solution in fresh scenarios, with a paired standard error."""
        other = self.mean_fresh
        if other is None:
            return None
        return Estimate.of(self.fresh.terms - other.terms, self.fresh.probability)

    @property
    def evpi(self) -> Estimate | None:
        """Expected value of perfect information, at most; with a paired standard error."""
        if self.own is None:
            return None
        known, claimed = self.claimed.probability, self.claimed
        return Estimate.of(risk_terms(self.own, known, claimed.risk) - claimed.terms, known)

    @property
    def loss(self) -> Estimate:
        """What is claimed and not kept in fresh scenarios; negative where these bring more."""
        kept = self.fresh.value
        return Estimate(float(self.claimed.exact) - kept.value, kept.error)

    def notes(self) -> tuple[str, ...]:
        """Return what a reader should know about the figures, each in one sentence."""
        risk, count = self.claimed.risk, len(self.claimed.probability)
        found = []
        if not risk.is_linear:
            worst = math.ceil(risk.alpha * count)
            found.append(
                "CVaR of few scenarios overfits, it claims more than it keeps: this one rests on "
                f"the worst {worst:,} of {count:,}. {self._kept()}."
            )
        elif self.linear:
            found.append(
                "An expected total is one longest path on mean bits: it needs no scenarios, and "
                "the schedule for mean clouds is as good."
            )
        if risk.is_linear and self.loss.value > _SURE * (self.loss.error or math.inf):
            found.append(f"More is claimed than kept: it takes more scenarios. {self._kept()}.")
        vss = self.vss
        if vss is not None and vss.value < -_SURE * (vss.error or math.inf):
            more = Estimate(-vss.value, vss.error).words
            found.append(f"In fresh scenarios the schedule for mean clouds brings {more} more.")
        if self.own is None:
            found.append("No EVPI: under operations each scenario alone is another problem.")
        return tuple(found)

    def _kept(self) -> str:
        claimed = Estimate(float(self.claimed.exact), None)
        return f"Claimed {claimed.words}, kept {self.fresh.value.words} in fresh scenarios"

    def document(self) -> dict[str, object]:
        """Return ``fresh``, ``vss``, ``evpi`` and notes for a JSON file."""
        vss, evpi = self.vss, self.evpi
        return {
            "fresh": {"claimed": float(self.claimed.exact), **self.fresh.document()},
            "vss": None if vss is None else {"claimed": self.vss_claimed, "fresh": vss.document()},
            "evpi": None if evpi is None else {**evpi.document(), "own_optima_by": self.own_by},
            "cloud_notes": list(self.notes()),
        }


def honest_value(
    problem: SchedulingProblem,
    strategy: Strategy,
    schedule: Schedule | Paths,
    fresh: SchedulingProblem,
    *,
    mean: Paths | None = None,
    time_limit: float | None = None,
    seed: int = 0,
    notify: _Notify = lambda step, done: None,
) -> HonestValue:
    """Return a schedule's value in fresh scenarios beside what it claims.

    Parameters
    ----------
    problem, strategy, schedule, fresh
        As :func:`evaluate_fresh` takes them.
    mean
        The schedule for mean bits, if it is known; searched for unless it is given.
    time_limit
        Wall time for that search [s]; ``None`` until it is proved.
    notify
        Called with the name of a step and the part of it that is done.

    Raises
    ------
    InputError
        As :func:`evaluate_fresh`.
    SolverError
        When the schedule of mean bits cannot be searched for.
    """
    claimed = evaluate_fresh(problem, strategy, schedule)
    kept = evaluate_fresh(problem, strategy, schedule, fresh)
    other = mean
    if mean is None:
        notify("mean clouds", 0.0)
        plain = with_risk(strategy, EXPECTATION)
        outcome = solve(in_mean_clouds(problem), plain, time_limit=time_limit, seed=seed)
        certificate = outcome.uninterrupted().certificate
        notify("mean clouds", 1.0)
        other = None if certificate is None else certificate.paths
    linear = is_linear(strategy)
    return HonestValue(
        claimed,
        kept,
        None if other is None else evaluate_fresh(problem, strategy, other),
        None if other is None else evaluate_fresh(problem, strategy, other, fresh),
        own_optima(problem, strategy, notify),
        "longest path" if linear and len(problem.satellites) == 1 else "Lagrangian bound",
        linear,
    )


def own_optima(
    problem: SchedulingProblem, strategy: Strategy, notify: _Notify = lambda step, done: None
) -> tuple[Fraction, ...] | None:
    """Return a number that the optimum of each scenario does not exceed, shape ``(M,)``.

    ``None`` where operations make a scenario alone another problem.
    """
    if set(problem.rules) - {"scenarios"}:
        return None
    found, plain, step = [], in_one_sky(strategy), "each scenario's own optimum"
    count = len(problem.probabilities or ())
    for k in range(count):
        sky = strategy.stated_in(problem.scenario(k))
        sky = sky if len(sky.satellites) == 1 else laid_out(sky).problem
        found.append(lagrangian_bound(objective_of(sky, plain), deadline=Deadline()).value)
        notify(step, (k + 1) / count)
    return tuple(found)
