"""Strategies where clouds are uncertain: one schedule, its bits in every scenario, and a risk.

What is delivered is listed scenario by scenario, one number for each target, and so are prices of
bits.  The value is the least of all weighted sums of the scenarios' rewards, so any weights that
are allowed bound it.  ``docs/certificates.md`` proves each inequality.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import floor, gcd
from typing import TYPE_CHECKING, NamedTuple

from qkdopt.verifier.budget import Budget, common_multiple, dot, size_factor, whole_multiples
from qkdopt.verifier.forms import refused
from qkdopt.verifier.results import Fractions, a_share
from qkdopt.verifier.strategy import Most, Multipliers, Prices, Strategy, one_part

if TYPE_CHECKING:
    from qkdopt.verifier.claim import Claim

_STEPS_PER_REWARD = 20  # for each target


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


def _alpha(value: object, where: str) -> Fraction:
    alpha = a_share(value, where)
    if not alpha:
        raise refused(where, value, "above 0")
    return alpha


class _InScenarios(Strategy):
    """The reward of a scenario is linear: all bits, at the prices of a strategy.

    ``reward`` is that of one scenario's bits, a multiple of ``grid``; ``weights`` are those of
    scenarios that belong to multipliers (where there are none, what is expected is a bound).
    """

    parts = one_part(scenario="scenario")
    settings = (("alpha", _alpha), ("risk_share", a_share))
    result = Fractions()
    listable, by_itself = False, True

    def __init__(self, alone: Strategy) -> None:
        """Take what a scenario alone is worth from a strategy."""
        self.alone, self.unit = alone, alone.unit
        self.needs = (*alone.needs, "probabilities")

    def value(self, claim: Claim) -> Fraction:
        claim.problem.budget.spend(_STEPS_PER_REWARD * len(claim.delivered))
        rewards = [self.reward(claim, bits) for bits in claim.delivered_by_scenario]
        return claim.scenario_weights.worst(rewards)

    def reward(self, claim: Claim, bits: Sequence[int]) -> Fraction | int:
        return self.alone.worth(claim, "all")(bits) or 0

    def grid(self, claim: Claim) -> Fraction:
        return Fraction(gcd(*self._prices_alone(claim)) or 1)

    def _prices_alone(self, claim: Claim) -> Sequence[int]:
        return [int(x) for x in self.alone.prices(claim, "all", {})[0]]

    def weights(self, claim: Claim, by_name: Multipliers) -> Sequence[Fraction]:
        return by_name.get("scenario", claim.probabilities)

    def admissible(self, claim: Claim, part: str, by_name: Multipliers) -> bool:
        return claim.scenario_weights.allow(self.weights(claim, by_name))

    def prices(self, claim: Claim, part: str, by_name: Multipliers) -> Prices:
        alone = self._prices_alone(claim)
        return [p * x for p in self.weights(claim, by_name) for x in alone], 0

    def bound(self, claim: Claim, most: Most) -> Fraction:
        """Return the bound, rounded down to what values are multiples of.

        All weights of a corner but one are at limits, so all are multiples of their unit.
        """
        found, step = most["all"], self.grid(claim) / claim.scenario_weights.common
        return claim.bound if found is None else floor(found / step) * step


class _BalancedInScenarios(_InScenarios):
    """t_k <= the sum of lambda q t_k / p_k, where the lambda of a scenario make up its weight p."""

    parts = one_part(target="lambda")
    by_itself = False

    def reward(self, claim: Claim, bits: Sequence[int]) -> Fraction:
        return claim.level(bits)

    def grid(self, claim: Claim) -> Fraction:
        budget = claim.problem.budget
        common = common_multiple([w for w in claim.weights if w], budget)
        budget.spend(8 * size_factor((common,)) ** 2)
        return Fraction(sum(claim.weights), common)  # levels of whichever target are multiples

    def weights(self, claim: Claim, by_name: Multipliers) -> Sequence[Fraction]:
        price, n, every = by_name["target"], len(claim.weights), sum(claim.weights)
        rows = (price[i : i + n] for i in range(0, len(price), n))
        return [claim.dot(row, claim.weights) / every for row in rows]

    def admissible(self, claim: Claim, part: str, by_name: Multipliers) -> bool:
        price, n = by_name["target"], len(claim.weights)
        unweighted = (x for i, w in enumerate(claim.weights) if not w for x in price[i::n])
        return min(price) >= 0 and not any(unweighted) and super().admissible(claim, part, by_name)

    def prices(self, claim: Claim, part: str, by_name: Multipliers) -> Prices:
        price = by_name["target"]
        return price, claim.dot(price, [*claim.stock] * len(claim.probabilities))


class _CappedInScenarios(_InScenarios):
    """For 0 <= lambda <= p, p min(E, d) <= lambda E + (p - lambda) d."""

    parts = one_part(scenario="scenario", target="lambda")
    by_itself = False

    def grid(self, claim: Claim) -> Fraction:
        return Fraction(1)  # bits are whole

    def admissible(self, claim: Claim, part: str, by_name: Multipliers) -> bool:
        price, n = by_name["target"], len(claim.weights)
        most = (p for p in by_name["scenario"] for _ in range(n))
        within = all(0 <= x <= p for x, p in zip(price, most, strict=True))
        return within and super().admissible(claim, part, by_name)

    def prices(self, claim: Claim, part: str, by_name: Multipliers) -> Prices:
        price, demand = by_name["target"], claim.problem.demand or ()
        return price, sum(demand) - claim.dot(price, [*demand] * len(claim.probabilities))


linear, balanced, capped = _InScenarios, _BalancedInScenarios, _CappedInScenarios
