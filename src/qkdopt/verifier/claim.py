"""What a certificate says about its problem, and what its numbers are made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from math import ceil
from typing import Any

from qkdopt.verifier.blocks import Gains
from qkdopt.verifier.budget import dot
from qkdopt.verifier.in_scenarios import ScenarioWeights
from qkdopt.verifier.longest_path import LongestPath
from qkdopt.verifier.model import Path, Problem
from qkdopt.verifier.rules import delivered_bits
from qkdopt.verifier.strategies import IN_SCENARIOS, STRATEGIES
from qkdopt.verifier.strategy import Strategy
from qkdopt.verifier.trees import Leaf


@dataclass(frozen=True)
class Settings:
    """A strategy's name, and its settings and lower bounds as certificates call them."""

    name: str
    kl_max: Fraction = Fraction(0)
    fraction: Fraction = Fraction(0)
    min_bits: Mapping[str, int] = field(default_factory=dict)
    coefficients: tuple[int, ...] = ()
    alpha: Fraction | None = None  # that and the share: where there are cloud scenarios
    risk_share: Fraction = Fraction(0)

    @property
    def strategy(self) -> Strategy:
        """What is known of the strategy."""
        return (STRATEGIES if self.alpha is None else IN_SCENARIOS)[self.name]


@dataclass(frozen=True)
class Claim:
    """What a certificate says; nothing here has been checked for truth.

    Value and bound are of the type that the strategy's ``result`` reads.
    """

    problem: Problem
    problem_sha256: str
    settings: Settings
    leaves: Mapping[str, Sequence[Leaf]]  # by part of the proof; none without multipliers
    paths: Sequence[Path]  # what each satellite serves; links may be any
    malformed: Sequence[str]  # what is false about the form of the schedule
    value: Any
    bound: Any
    pairs: Sequence[tuple[int, int, int]]  # of paired: two targets and the bits that they share
    most: Claim | None = None  # of S-GD, where a strategy needs the most bits of all schedules

    @cached_property
    def longest_path(self) -> LongestPath:
        """The longest paths of the problem, which remember earlier results."""
        return LongestPath(self.problem)

    @cached_property
    def delivered(self) -> tuple[int, ...]:
        """E: the bits that each target receives, scenario by scenario."""
        return delivered_bits(self.problem, self.paths)

    @cached_property
    def delivered_by_scenario(self) -> tuple[tuple[int, ...], ...]:
        """The bits that each target receives in each cloud scenario."""
        bits, n = self.delivered, len(self.problem.targets)
        return tuple(bits[k * n : (k + 1) * n] for k in range(len(self.probabilities)))

    @property
    def probabilities(self) -> tuple[Fraction, ...]:
        """Those of cloud scenarios, none without."""
        return self.problem.probabilities or ()

    @cached_property
    def scenario_weights(self) -> ScenarioWeights:
        """The weights of scenarios that count for the risk."""
        alpha, share = self.settings.alpha or Fraction(1), self.settings.risk_share
        return ScenarioWeights.of(self.probabilities, alpha, share, self.problem.budget)

    @property
    def weights(self) -> Sequence[int]:
        """Weight of each target, 0 where the problem has none."""
        return self.problem.weights or (0,) * len(self.problem.targets)

    @property
    def in_order(self) -> Iterable[tuple[str, int, int]]:
        """Name, bits and weight of each target."""
        return zip(self.problem.targets, self.delivered, self.weights, strict=True)

    @property
    def stock(self) -> Sequence[int]:
        """Bits that each target has beforehand."""
        return self.problem.stock or (0,) * len(self.problem.targets)

    @cached_property
    def min_bits(self) -> list[int]:
        """The lower bound of every target, 0 where there is none, scenario by scenario."""
        least = [self.settings.min_bits.get(name, 0) for name in self.problem.targets]
        return least * len(self.probabilities or (1,))

    @cached_property
    def wanted(self) -> tuple[int, int]:
        """What F is at least and at most: a fraction of the most bits, rounded up, at least 1.

        The most bits of any schedule are computed, or lie between the value and the bound of the
        claim about them, which is verified elsewhere.
        """
        if self.most is None:
            most = self.longest_path.most(Gains((1,) * len(self.problem.links))) or 0
            ends = most, most
        else:
            ends = self.most.value, self.most.bound
        least, largest = (max(1, ceil(self.settings.fraction * bits)) for bits in ends)
        return least, largest

    @cached_property
    def t(self) -> Fraction:
        """The smallest (b + E) / q over targets of weight above 0."""
        return self.level(self.delivered)

    def level(self, bits: Sequence[int]) -> Fraction:
        """Return the smallest (b + E) / q over targets of weight above 0, at any bits E."""
        rows, whole = zip(self.stock, bits, self.weights, strict=True), sum(self.weights)
        return min(Fraction((b + e) * whole, w) for b, e, w in rows if w)

    def dot(self, xs: Sequence[Fraction], ys: Sequence[Fraction | int]) -> Fraction:
        """Return the sum of the products."""
        return dot(xs, ys, self.problem.budget)
