"""The work that is spread over processes: one schedule, or one orbit's table, at a time."""

from dataclasses import dataclass, field

from qkdopt.errors import SolverError
from qkdopt.physics import Scenario, compute_keys, load_scenario
from qkdopt.study import orbits

GD, PD, TD, BALANCED, CAPPED = "gd", "pd", "td", "balanced", "capped"
"""Strategies of which both papers have rows and figures; TD is at 0.01 unless said."""


@dataclass(frozen=True)
class ScheduleJob:
    """One strategy on one problem, ``TD`` with its ``kl_max``."""

    problem: str
    strategy: str
    kl_max: str = ""
    case: orbits.OrbitCase = field(default_factory=orbits.OrbitCase)
    seconds: float = 20.0


@dataclass(frozen=True)
class Delivery:
    """A certified schedule in numbers.

    Attributes
    ----------
    delivered
        Bits by target, in the order of ``targets``.
    bound
        No schedule of the strategy has a larger value.
    verified
        Whether every claim is verified.
    """

    job: ScheduleJob
    targets: tuple[str, ...]
    weight_shares: tuple[float, ...]
    delivered: tuple[int, ...]
    value: int
    bound: int
    divergence: float | None
    utilisation: float | None
    verified: bool

    @property
    def total(self) -> int:
        """All bits."""
        return sum(self.delivered)

    @property
    def gap(self) -> float:
        """How far the value can lie below the optimum, as a part of the bound."""
        return (self.bound - self.value) / self.bound if self.bound else 0.0

    @property
    def standing(self) -> str:
        """The certified status of the value, in words."""
        if self.value == self.bound:
            return "proved optimal"
        return f"gap {self.gap:.1e}, certified"


@dataclass(frozen=True)
class TableJob:
    """Durations and losses of one orbit, for several divergences [urad]."""

    problem: str
    case: orbits.OrbitCase
    divergences_urad: tuple[float, ...]


@dataclass(frozen=True)
class OrbitTable:
    """Seconds available by darkness rule, and the range of losses by divergence."""

    case: orbits.OrbitCase
    available_s: dict[str, int]
    losses: dict[float, orbits.LossRange | None]


def work(job: ScheduleJob | TableJob) -> Delivery | OrbitTable:
    """Do one job; at the top level, so that any process can."""
    return _table(job) if isinstance(job, TableJob) else _schedule(job)


def _table(job: TableJob) -> OrbitTable:
    scenario = orbits.from_orbit(load_scenario(job.problem), job.case.altitude)
    losses = {
        urad: orbits.loss_range(
            orbits.with_optics(
                scenario, divergence_urad=urad, receiver_diameter_m=job.case.receiver_diameter_m
            )
        )
        for urad in job.divergences_urad
    }
    return OrbitTable(job.case, orbits.available_by_rule(scenario, orbits.DARKNESS_RULES), losses)


def _schedule(job: ScheduleJob) -> Delivery:
    from qkdopt.optimize.problem import SchedulingProblem
    from qkdopt.optimize.solvers import solve
    from qkdopt.optimize.strategy_names import strategy_named
    from qkdopt.study import evaluate, verify

    scenario: Scenario = job.case.of(load_scenario(job.problem))
    problem = SchedulingProblem.from_keys(compute_keys(scenario, workers=1))
    strategy = strategy_named(job.strategy, job.kl_max or None)
    if job.strategy == TD:
        outcome = solve(problem, strategy, solver="decomposition", time_limit=job.seconds)
    else:
        outcome = solve(problem, strategy)
    outcome = outcome.uninterrupted()
    if outcome.certificate is None:
        raise SolverError(f"{job.problem}, {job.strategy}: {outcome.reason}")
    verdict = verify(outcome.certificate, problem)
    found = evaluate(problem.targets, problem.weights, verdict.delivered)
    return Delivery(
        job=job,
        targets=problem.targets,
        weight_shares=found.weight_shares or (),
        delivered=tuple(found.delivered),
        value=outcome.certificate.value,
        bound=outcome.certificate.bound,
        divergence=found.divergence,
        utilisation=found.utilisation,
        verified=bool(verdict),
    )
