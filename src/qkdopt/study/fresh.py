"""What a schedule brings in cloud scenarios, above all in those that it was not made for."""

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.certificates.paths import path_of
from qkdopt.errors import Described, InputError
from qkdopt.optimize.objectives import objective_of
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.risk import EXPECTATION, Risk
from qkdopt.optimize.schedule import Schedule
from qkdopt.optimize.start import Paths
from qkdopt.optimize.strategy import Strategy, with_floors
from qkdopt.optimize.strategy_names import with_risk
from qkdopt.study.estimates import METHOD, Estimate, risk_terms


@dataclass(frozen=True)
class TargetInClouds:
    """The bits of one target over all scenarios.

    Attributes
    ----------
    mean
        Expected bits.
    fewest, most
        In any scenario.
    meets_demand, meets_min_bits
        Share of scenarios that bring as much; ``None`` where nothing is asked.
    """

    mean: Estimate
    fewest: int
    most: int
    meets_demand: Estimate | None
    meets_min_bits: Estimate | None

    def document(self) -> dict[str, object]:
        """Return the figures for a JSON file."""
        asked = {"meets_demand": self.meets_demand, "meets_min_bits": self.meets_min_bits}
        shares = {name: share.document() for name, share in asked.items() if share is not None}
        return {"mean": self.mean.document(), "fewest": self.fewest, "most": self.most, **shares}


@dataclass(frozen=True, eq=False)
class CloudEvaluation:
    """One schedule in ``M`` cloud scenarios, by one strategy.

    Attributes
    ----------
    targets
        Names of the ``T`` targets.
    delivered
        Bits in each scenario, shape ``(M, T)``.
    rewards
        What these are worth to the strategy, shape ``(M,)``.
    probability
        Of the scenarios.
    risk
        How much the worst scenarios count.
    demand, min_bits
        Bits that each target asks for, ``None`` or 0 where it does not.
    """

    targets: tuple[str, ...]
    delivered: Integers
    rewards: tuple[Fraction, ...]
    probability: tuple[Fraction, ...]
    risk: Risk
    demand: tuple[int, ...] | None
    min_bits: tuple[int, ...]

    @cached_property
    def terms(self) -> Floats:
        """Numbers whose mean is the value, see :func:`risk_terms`; shape ``(M,)``."""
        return risk_terms(self.rewards, self.probability, self.risk)

    @property
    def exact(self) -> Fraction:
        """The value as a fraction."""
        return self.risk.value(self.rewards, self.probability)

    @property
    def value(self) -> Estimate:
        """Expectation and worst cases together, as the strategy weighs them."""
        return Estimate.of(self.terms, self.probability)

    @property
    def expectation(self) -> Estimate:
        """Mean reward."""
        return self._valued(EXPECTATION)

    @property
    def cvar(self) -> Estimate:
        """Mean reward of the worst share ``alpha`` of scenarios."""
        return self._valued(Risk(self.risk.alpha, 1))

    @property
    def total(self) -> TargetInClouds:
        """The bits of all targets together."""
        return self._spread(self.delivered.sum(axis=1), None, None)

    @property
    def by_target(self) -> dict[str, TargetInClouds]:
        """The bits of each target."""
        return {
            name: self._spread(
                self.delivered[:, n],
                None if self.demand is None else self.demand[n],
                self.min_bits[n] or None,
            )
            for n, name in enumerate(self.targets)
        }

    def _valued(self, risk: Risk) -> Estimate:
        return Estimate.of(risk_terms(self.rewards, self.probability, risk), self.probability)

    def _spread(self, bits: Integers, demand: int | None, floor: int | None) -> TargetInClouds:
        shares = [
            None if asked is None else Estimate.of((bits >= asked).astype(float), self.probability)
            for asked in (demand, floor)
        ]
        mean = Estimate.of(bits.astype(float), self.probability)
        return TargetInClouds(mean, int(bits.min()), int(bits.max()), *shares)

    def document(self) -> dict[str, object]:
        """Return the figures for a JSON file; ``cvar`` where the worst cases count."""
        tail = {} if self.risk.is_linear else {"cvar": self.cvar.document()}
        return {
            "scenarios": len(self.probability),
            "standard_errors_by": METHOD,
            "value": self.value.document(),
            "expectation": self.expectation.document(),
            **tail,
            "total": self.total.document(),
            "targets": {name: target.document() for name, target in self.by_target.items()},
        }


def evaluate_fresh(
    problem: SchedulingProblem,
    strategy: Strategy,
    schedule: Schedule | Paths,
    fresh: SchedulingProblem | None = None,
) -> CloudEvaluation:
    """Return what a schedule brings in cloud scenarios that it was not made for.

    Standard errors are by the delta method: see :mod:`qkdopt.study.estimates`. They hold for
    scenarios that were drawn independently, and not on those that the schedule was made for.

    Parameters
    ----------
    problem
        What the schedule was made for; says weights, stock, demand and hand-overs.
    strategy
        ``gd``, ``pd``, ``balanced`` or ``capped``, with its risk. Lower bounds are no condition
        here: the share of scenarios that meet them is counted.
    schedule
        Legal in ``problem``; or the runs ``[link, first, last]`` of each satellite.
    fresh
        The same links in other scenarios, or under one sky. What is served while nothing can be
        delivered there brings nothing. ``None`` takes the scenarios of ``problem`` itself.

    Raises
    ------
    InputError
        For other links or intervals, and a strategy that has no value in scenarios.
    """
    other = problem if fresh is None else with_bits_of(problem, fresh)
    if isinstance(schedule, Schedule):
        schedule = [path_of(schedule.to_list(), problem.interval.tolist())]
    delivered = delivered_by_scenario(other, schedule)
    return CloudEvaluation(
        problem.targets,
        delivered,
        rewards_of(problem, strategy, delivered),
        other.probabilities or (Fraction(1),),
        strategy.risk or EXPECTATION,
        strategy.stated_in(problem).demand,
        strategy.floors(problem),
    )


def with_bits_of(problem: SchedulingProblem, other: SchedulingProblem) -> SchedulingProblem:
    """Return a problem with the bits and intervals of another one of the same links.

    Raises
    ------
    InputError
        For another list of links or satellites, and intervals of another length.
    """
    for what, given in (("links", problem.links), ("satellites", problem.satellites)):
        names = [item.name for item in getattr(other, what)]
        expected = [item.name for item in given]
        if names != expected:
            came = ", ".join(names)
            raise InputError(f"fresh scenarios: {what}", came, ", ".join(expected))
    if other.interval_s != problem.interval_s:
        long = Described(f"{other.interval_s} s")
        raise InputError("fresh scenarios: interval", long, f"{problem.interval_s} s")
    satellites = zip(problem.satellites, other.satellites, strict=True)
    return replace(
        problem,
        satellites=tuple(
            replace(own, bits=new.bits, interval=new.interval, scenarios=new.scenarios)
            for own, new in satellites
        ),
    )


def delivered_by_scenario(problem: SchedulingProblem, paths: Paths) -> Integers:
    """Return the bits of each target in each scenario, int64, shape ``(M, T)``.

    Parameters
    ----------
    problem
        With ``M`` scenarios, or under one sky.
    paths
        The runs ``[link, first, last]`` of each satellite. Intervals in which nothing can be
        delivered bring nothing.
    """
    scenarios = len(problem.probabilities or (1,))
    delivered = np.zeros((scenarios, len(problem.targets)), np.int64)
    for s, (satellite, runs) in enumerate(zip(problem.satellites, paths, strict=True)):
        own = satellite.scenarios
        table = satellite.bits[np.newaxis] if own is None else own.bits
        row_of = {n: row for row, n in enumerate(problem.links_of(s))}
        for n, first, last in runs:
            begin, end = np.searchsorted(satellite.interval, (first, last + 1))
            served = table[:, row_of[n], begin:end]
            delivered[:, problem.links[n].target] += served.sum(axis=1)
    return delivered


def rewards_of(
    problem: SchedulingProblem, strategy: Strategy, delivered: Integers
) -> tuple[Fraction, ...]:
    """Return what bits by target are worth to a strategy, row by row of ``(M, T)``.

    Raises
    ------
    InputError
        For a strategy that has no value in scenarios, or needs what the problem lacks.
    """
    sky = problem if problem.probabilities is None else problem.scenario(0)
    alone = strategy.stated_in(sky).of_satellite(0)  # the function of bits is the same
    objective = objective_of(alone, in_one_sky(strategy))
    return tuple(objective.value(row) or Fraction(0) for row in delivered.tolist())


def in_one_sky(strategy: Strategy) -> Strategy:
    """Return the strategy as it is where clouds are known: without risk and lower bounds."""
    return with_floors(with_risk(strategy, EXPECTATION), {})
