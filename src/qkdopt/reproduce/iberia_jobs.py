"""Variants of the Iberian month, and the work on them that is spread over processes."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from fractions import Fraction
from typing import Literal

from qkdopt.errors import SolverError
from qkdopt.physics import Scenario, compute_keys, load_scenario, pair_passes
from qkdopt.physics.orbit import circular
from qkdopt.reproduce.jobs import CAPPED, GD
from qkdopt.tensor import KeyTensor

PROBLEM = "iberia-2025"
KEY_BITS = 256
_ALTITUDE_KM, _INCLINATION_DEG, _EPOCH = 400.0, 42.0, datetime(2025, 6, 1, tzinfo=UTC)
SUCCESS_FIXED = {"Madrid-Bilbao": 0.22, "Madrid-Barcelona": 0.39, "Madrid-Lisbon": 0.225}
"""The paper's successful passes without the best beam; it says 20 to 25 % of Lisbon's."""


@dataclass(frozen=True)
class Variant:
    """The published problem with some of its settings replaced.

    Attributes
    ----------
    success
        The paper's success fractions with the best beam (``optimised``), without
        (``fixed``), or ``none``: clear sky.
    node_deg
        Right ascension of the node of the constructed orbit.
    """

    pair_rate_hz: float = 5.9e6
    counts: Literal["attempts", "pairs"] = "attempts"
    waist_m: float | Literal["optimised"] = "optimised"
    success: Literal["optimised", "fixed", "none"] = "optimised"
    node_deg: float = 0.0
    darkness: str = "station-night"

    def of(self, scenario: Scenario) -> Scenario:
        """Return the scenario of this variant."""
        found = scenario.entanglement
        if found is None:
            raise SolverError(f"{scenario.name} has no pairs")
        source = {"pair_rate_hz": self.pair_rate_hz, "pair_rate_counts": self.counts}
        devices = replace(
            found,
            source=found.source.model_copy(update=source),
            optics=found.optics.model_copy(update={"waist_m": self.waist_m}),
        )
        orbit = circular(_ALTITUDE_KM, _INCLINATION_DEG, _EPOCH, node_deg=self.node_deg)
        rules = scenario.visibility.model_copy(update={"darkness": (self.darkness,)})
        return replace(
            scenario,
            entanglement=devices,
            satellites=(replace(scenario.satellite, elements=orbit),),
            visibility=rules,
            links=tuple(
                link.model_copy(update=self._success(link.name)) for link in scenario.pair_links
            ),
        )

    def _success(self, name: str) -> dict[str, object]:
        if self.success == "none":
            return {"success_fraction": None}
        return {"success_fraction": SUCCESS_FIXED[name]} if self.success == "fixed" else {}


@dataclass(frozen=True)
class AloneJob:
    """Each pair as if it had the satellite for itself."""

    variant: Variant


@dataclass(frozen=True)
class Alone:
    """Bits of each link's passes, by link name; ``seconds`` both were accessible, all passes."""

    variant: Variant
    by_pass: dict[str, tuple[int, ...]]
    seconds: dict[str, int]
    longest_wait_s: dict[str, int]
    shared_optimum: int

    def bits(self, link: str) -> int:
        """Return the bits of a link in the month."""
        return sum(self.by_pass[link])


@dataclass(frozen=True)
class SharedJob:
    """One satellite for all pairs: ``gd``, ``td``, ``balanced`` or ``capped``."""

    variant: Variant
    strategy: str
    seconds: float = 20.0
    demand: dict[str, int] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Shared:
    """A certified schedule in numbers; value and bound of balanced delivery are its ``t``."""

    job: SharedJob
    delivered: dict[str, int]
    value: Fraction
    bound: Fraction
    verified: bool


def work(job: AloneJob | SharedJob) -> Alone | Shared:
    """Do one job; at the top level, so that any process can."""
    scenario = job.variant.of(load_scenario(PROBLEM))
    keys = compute_keys(scenario, workers=1)
    return _shared(job, keys) if isinstance(job, SharedJob) else _alone(job, scenario, keys)


def _alone(job: AloneJob, scenario: Scenario, keys: KeyTensor) -> Alone:
    from qkdopt.optimize.problem import SchedulingProblem
    from qkdopt.optimize.solvers import solve
    from qkdopt.optimize.strategy_names import default_strategy

    found = pair_passes(scenario, workers=1)
    step = scenario.grid.interval_s
    by_pass: dict[str, tuple[int, ...]] = {}
    waits: dict[str, int] = {}
    for row, name in enumerate(keys.links):
        own = [item for item in found if item.link == name]
        sums, last, longest = [], 0, 0
        for item in own:
            inside = (keys.interval >= item.start_s // step) & (
                keys.interval <= (item.end_s - 1) // step
            )
            sums.append(int(keys.bits[row, inside].sum()))
            if sums[-1]:
                longest, last = max(longest, item.start_s - last), item.end_s
        by_pass[name] = tuple(sums)
        waits[name] = max(longest, scenario.grid.duration_s - last)
    seconds = {n: sum(p.duration_s for p in found if p.link == n) for n in keys.links}
    best = solve(SchedulingProblem.from_keys(keys), default_strategy()).uninterrupted()
    return Alone(job.variant, by_pass, seconds, waits, int(best.value or 0))


def _shared(job: SharedJob, keys: KeyTensor) -> Shared:
    from qkdopt.optimize.problem import SchedulingProblem
    from qkdopt.optimize.solvers import solve
    from qkdopt.optimize.strategy_names import strategy_named
    from qkdopt.study import verify

    problem = SchedulingProblem.from_keys(keys)
    if job.strategy == CAPPED:
        problem = problem.having(demand=job.demand)
    limit = None if job.strategy == GD else job.seconds
    outcome = solve(problem, strategy_named(job.strategy), time_limit=limit).uninterrupted()
    if outcome.certificate is None:
        raise SolverError(f"{job.strategy}: {outcome.reason}")
    verdict = verify(outcome.certificate)
    value, bound = outcome.certificate.value, outcome.certificate.bound
    if isinstance(value, dict):
        value, bound = value["t"], bound["t"]
    delivered = dict(zip(problem.targets, verdict.delivered, strict=True))
    return Shared(job, delivered, Fraction(value), Fraction(bound), bool(verdict))
