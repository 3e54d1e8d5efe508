"""Weights of cloud scenarios, and what rewards are worth at the worst of them."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from qkdopt.verifier.budget import Budget, dot, size_factor, whole_multiples


class ScenarioWeights(NamedTuple):
    """All weights of scenarios between limits that add up to 1.

    The limits count in units of ``1 / common``: ``least`` are ``(1 - share) pi``, and ``most`` are
    ``share pi / alpha`` more, so the least sum of weighted rewards is ``1 - share`` times their
    expectation plus ``share`` times the mean of the worst ``alpha`` of them (CVaR).
    """

    least: Sequence[int]
    most: Sequence[int]
    common: int
    budget: Budget

    @classmethod
    def of(
        cls, probabilities: Sequence[Fraction], alpha: Fraction, share: Fraction, budget: Budget
    ) -> ScenarioWeights:
        """Return the weights that belong to a risk."""
        limits = [(1 - share) * x for x in probabilities]
        limits += [x + share * pi / alpha for x, pi in zip(limits, probabilities, strict=True)]
        whole, common = whole_multiples(limits, budget)
        n = len(probabilities)
        return cls(whole[:n], whole[n:], common, budget)

    def allow(self, weights: Sequence[Fraction]) -> bool:
        """Return whether these are such weights, exactly."""
        self.budget.spend(8 * len(weights) * size_factor((self.common,)))
        rows = zip(self.least, weights, self.most, strict=True)
        inside = all(low <= x * self.common <= high for low, x, high in rows)
        return inside and dot(weights, (1,) * len(weights), self.budget) == 1

    def worst(self, rewards: Sequence[Fraction | int]) -> Fraction:
        """Return the least sum of weighted rewards: what is left goes to the smallest ones."""
        whole, common = whole_multiples(rewards, self.budget)
        self.budget.spend(8 * len(whole) * size_factor((self.common, *whole)) ** 2)
        total, left = 0, self.common - sum(self.least)
        for reward, low, high in sorted(zip(whole, self.least, self.most, strict=True)):
            more = min(left, high - low)
            total += reward * (low + more)
            left -= more
        return Fraction(total, common * self.common)
