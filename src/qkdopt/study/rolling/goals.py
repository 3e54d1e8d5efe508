"""What a back-test is after: a value, plans for it by counted work, and bounds on any policy."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import floor
from typing import NamedTuple, Protocol

import numpy as np

from qkdopt.arrays import Floats, Integers, read_only
from qkdopt.errors import Described, InputError
from qkdopt.optimize.decomposition.column_generation import lagrangian_bound
from qkdopt.optimize.decomposition.reward_lns import RewardLNS
from qkdopt.optimize.decomposition.risk_heuristics import RiskLNS
from qkdopt.optimize.decomposition.rounding import rounded
from qkdopt.optimize.domain.longest_path import optimum
from qkdopt.optimize.objectives import objective_of
from qkdopt.optimize.objectives.in_scenarios import in_scenarios
from qkdopt.optimize.objectives.max_min import MaxMinObjective
from qkdopt.optimize.objectives.risk import RiskObjective
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.risk import EXPECTATION
from qkdopt.optimize.schedule import IDLE
from qkdopt.optimize.strategy import LinearStrategy, Strategy, is_linear
from qkdopt.study.rolling.bounds import Cuts, LeastBound, least_bound
from qkdopt.study.rolling.flight import State
from qkdopt.tensor import Scenarios

_FALL = 3  # power of a city's level by which its price falls, for who looks no farther
_FIRST = 0.1  # of the mean level: added to every level, so that no price is without end
_PRICE_UNITS = 10**6


class Members(NamedTuple):
    """Whole bits under possible skies, shapes ``(M, N, A)``: to plan for, and to choose by."""

    planned: Integers
    chosen_by: Integers


class Goal(Protocol):
    """A value of delivered bits, and how to plan for it."""

    def value(self, whole: SchedulingProblem, stock: Sequence[int]) -> int:
        """Return the value in whole bits, rounded down."""

    def plan(self, problem: SchedulingProblem, random: np.random.Generator) -> Integers:
        """Return the link of each interval, -1 where it idles, shape ``(A,)``."""

    def plan_on_members(
        self, problem: SchedulingProblem, members: Members, random: np.random.Generator
    ) -> Integers:
        """Return a plan for several skies; ``problem`` has their mean."""

    def greedy_plan(self, problem: SchedulingProblem) -> Integers:
        """Return a plan that leaves the time after the problem's out of account."""

    def bound(self, whole: SchedulingProblem, bits: Integers, extra: Floats) -> LeastBound:
        """Return what no schedule exceeds with these bits and extra gains, ``(N, A)`` each."""


def goal_of(strategy: Strategy, whole: SchedulingProblem) -> Goal:
    """Return the goal of a strategy.

    Raises
    ------
    InputError
        For a strategy other than gd, pd and balanced, and one whose weights are missing.
    """
    if is_linear(strategy):
        return _Sum(strategy, tuple(strategy.whole_coefficients(whole).tolist()))
    objective = objective_of(whole, strategy)
    if not isinstance(objective, MaxMinObjective) or strategy.lower_bounds:
        came = f"{strategy.name}{' with lower bounds' if strategy.lower_bounds else ''}"
        raise InputError("strategy", Described(came), "balanced, gd or pd, without lower bounds")
    shares = [objective.shares.get(n, Fraction(0)) for n in range(len(whole.targets))]
    return _Level(strategy, tuple(shares))


def in_time(
    whole: SchedulingProblem, begin: int, state: State, bits: Floats | Integers
) -> Floats | Integers:
    """Return bits ``(..., N, A)``, 0 where the hand-over from the last service takes longer."""
    if state.link == IDLE:
        return bits
    soon = whole.interval[begin:] - state.interval <= whole.tau
    other = np.arange(len(whole.links)) != state.link
    return np.where(other[:, None] & soon, 0, bits)


def rest_of(
    whole: SchedulingProblem, begin: int, state: State, bits: Floats | Integers
) -> SchedulingProblem:
    """Return the problem of the intervals from ``begin`` on.

    Parameters
    ----------
    whole
        The problem of the whole horizon, ``N`` links.
    state
        What targets have got, and what was served last: other links need a hand-over first.
    bits
        What is expected, whole, shape ``(N, A)``.
    """
    bits = np.array(in_time(whole, begin, state, bits), np.int64, order="F")
    rest = whole.with_satellite(bits=read_only(bits), interval=whole.interval[begin:])
    return replace(rest, stock=state.stock)


@dataclass(frozen=True)
class _Sum:
    """A sum of bits: plans for the mean are optimal at every issue, and passes separate."""

    strategy: LinearStrategy
    coefficients: tuple[int, ...]

    def value(self, whole: SchedulingProblem, stock: Sequence[int]) -> int:
        pairs = zip(self.coefficients, whole.link_target, strict=True)
        return sum(c * int(stock[target]) for c, target in pairs)

    def plan(self, problem: SchedulingProblem, random: np.random.Generator) -> Integers:
        return self.greedy_plan(problem)

    def plan_on_members(
        self, problem: SchedulingProblem, members: Members, random: np.random.Generator
    ) -> Integers:
        return self.greedy_plan(problem)  # the mean says all

    def greedy_plan(self, problem: SchedulingProblem) -> Integers:
        return _longest(problem, np.array(self.coefficients, np.int64))

    def bound(self, whole: SchedulingProblem, bits: Integers, extra: Floats) -> LeastBound:
        return Cuts(whole, bits, extra).priced(np.array(self.coefficients, float))


@dataclass(frozen=True)
class _Level:
    """The level ``t = min_n (b_n + E_n) / q_n`` of balanced delivery."""

    strategy: Strategy
    shares: tuple[Fraction, ...]

    def value(self, whole: SchedulingProblem, stock: Sequence[int]) -> int:
        pairs = zip(stock, self.shares, strict=True)
        return min(floor(int(bits) / share) for bits, share in pairs if share)

    def plan(self, problem: SchedulingProblem, random: np.random.Generator) -> Integers:
        """Return a plan within about 1 % of the bound over a month.

        The root bound by column generation, then one walk of the large-neighbourhood search from
        the master's schedule; what is left of the time serves whatever brings most.
        """
        if not problem.bits.any():
            return np.full(problem.interval.size, IDLE, np.int64)
        service = _walked_from_root(MaxMinObjective.create(problem), random)
        served = service[:, None] == np.arange(len(problem.links))
        filled = rounded(problem, self.strategy, served.astype(float))
        return service if filled is None else filled.service

    def plan_on_members(
        self, problem: SchedulingProblem, members: Members, random: np.random.Generator
    ) -> Integers:
        """Return the better of two plans under skies that neither of them was made for.

        One is the plan for the mean. The other maximises the mean level over the members to plan
        for: the root bound of the problem in scenarios, then a walk from its master's schedule.
        """
        plans, servable = [self.plan(problem, random)], members.planned.max(axis=0)
        if servable.any():
            scenarios = Scenarios.create(members.planned)
            servable = read_only(np.asfortranarray(servable))
            uncertain = problem.with_satellite(bits=servable, scenarios=scenarios)
            level = MaxMinObjective.create(replace(uncertain, version=2))
            plans.append(_walked_from_root(in_scenarios(level, scenarios, EXPECTATION), random))
        return max(plans, key=lambda plan: self._mean(problem, plan, members.chosen_by))

    def _mean(self, problem: SchedulingProblem, plan: Integers, bits: Integers) -> float:
        """Return the mean level of a plan under skies."""
        at = np.flatnonzero(plan != IDLE)
        target = np.array(problem.link_target)[plan[at]]
        counted = [n for n, share in enumerate(self.shares) if share]
        got = np.zeros((len(bits), len(self.shares)))
        for n in counted:
            own = at[target == n]
            got[:, n] = bits[:, plan[own], own].sum(axis=1)
        level = (got + np.array(problem.stock))[:, counted] / np.array(self.shares, float)[counted]
        return float(level.min(axis=1).mean())

    def greedy_plan(self, problem: SchedulingProblem) -> Integers:
        """Return the longest path at prices that fall with the level that a city has."""
        shares, stock = np.array(self.shares, float), np.array(problem.stock, float)
        weighted = shares > 0.0
        usual = np.where(weighted, shares, 1.0)
        level = stock / usual
        level += max(_FIRST * float(level[weighted].mean()), 1.0)
        prices = np.where(weighted, level.min() / level, 0.0) ** _FALL / usual
        whole = np.rint(_PRICE_UNITS * prices / prices.max()).astype(np.int64)
        return _longest(problem, whole[np.array(problem.link_target)])

    def bound(self, whole: SchedulingProblem, bits: Integers, extra: Floats) -> LeastBound:
        return least_bound(Cuts(whole, bits, extra), np.array(self.shares, float))


def _longest(problem: SchedulingProblem, coefficients: Integers) -> Integers:
    best = optimum(problem, coefficients)
    return np.full(problem.interval.size, IDLE, np.int64) if best is None else best[0].service


def _walked_from_root(
    objective: MaxMinObjective | RiskObjective, random: np.random.Generator
) -> Integers:
    """Return the master's schedule at the root bound, or what one walk from it finds."""
    root = lagrangian_bound(objective)
    prices, solution = root.multipliers.per_bit, root.master.solve()
    service = root.pricing.best_service(prices)
    if solution is not None:
        service = root.master.rounded(solution)
    bound = float(root.value)
    search: RewardLNS
    if isinstance(objective, RiskObjective):
        search = RiskLNS(objective, prices, root.delivered, bound, service)
    else:
        search = RewardLNS(objective, prices, bound, service)
    return search.best if search.run(random) else service
