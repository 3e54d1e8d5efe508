"""Strategies where clouds are uncertain: one schedule, its bits in every scenario, and a risk.

What is delivered is listed scenario by scenario, one number for each target, and so are prices of
bits.  The value is the least of all weighted sums of the scenarios' rewards, so any weights that
are allowed bound it.  ``docs/certificates.md`` proves each inequality.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import floor, gcd
from typing import TYPE_CHECKING

from qkdopt.verifier.budget import common_multiple, size_factor
from qkdopt.verifier.forms import refused
from qkdopt.verifier.results import Fractions, a_share
from qkdopt.verifier.strategy import Most, Multipliers, Prices, Strategy, one_part

if TYPE_CHECKING:
    from qkdopt.verifier.claim import Claim


_STEPS_PER_REWARD = 20  # for each target


def _alpha(value: object, where: str) -> Fraction:
    alpha = a_share(value, where)
    if not alpha:
        raise refused(where, value, "above 0")
    return alpha


class InScenarios(Strategy):
    """The reward of a scenario is linear: all bits, at the prices of a strategy."""

    parts = one_part(scenario="scenario")
    settings = (("alpha", _alpha), ("risk_share", a_share))
    result = Fractions()
    listable, by_itself = False, True

    def __init__(self, alone: Strategy) -> None:
        """Take what a scenario alone is worth from a strategy."""
        self.alone, self.unit = alone, alone.unit
        self.needs = (*alone.needs, "probabilities")

    def value(self, claim: Claim) -> Fraction:
        """Return the least weighted sum of rewards."""
        claim.problem.budget.spend(_STEPS_PER_REWARD * len(claim.delivered))
        return claim.scenario_weights.worst(
            [self.reward(claim, bits) for bits in claim.delivered_by_scenario]
        )

    def reward(self, claim: Claim, bits: Sequence[int]) -> Fraction | int:
        """Return what the bits of one scenario are worth, a multiple of the `grid`."""
        return self.alone.worth(claim, "all")(bits) or 0

    def grid(self, claim: Claim) -> Fraction:
        """Return a number that every reward is a multiple of."""
        return Fraction(gcd(*self.prices_alone(claim)) or 1)

    def prices_alone(self, claim: Claim) -> Sequence[int]:
        """Return what a bit of each target gains in a scenario of weight 1."""
        return [int(x) for x in self.alone.prices(claim, "all", {})[0]]

    def weights(self, claim: Claim, by_name: Multipliers) -> Sequence[Fraction]:
        """Return the weights of scenarios; where there are none, what is expected is a bound."""
        return by_name.get("scenario", claim.probabilities)

    def admissible(self, claim: Claim, part: str, by_name: Multipliers) -> bool:
        """Return whether the weights of scenarios are allowed."""
        return claim.scenario_weights.allow(self.weights(claim, by_name))

    def prices(self, claim: Claim, part: str, by_name: Multipliers) -> Prices:
        """Return the prices of bits, scenario by scenario, and the constant."""
        alone = self.prices_alone(claim)
        return [p * x for p in self.weights(claim, by_name) for x in alone], 0

    def bound(self, claim: Claim, most: Most) -> Fraction:
        """Return the bound, rounded down to what values are multiples of.

        All weights of a corner but one are at limits, so all are multiples of their unit.
        """
        found, step = most["all"], self.grid(claim) / claim.scenario_weights.common
        return claim.bound if found is None else floor(found / step) * step


class BalancedInScenarios(InScenarios):
    """t_k <= the sum of lambda q t_k / p_k, where the lambda of a scenario make up its weight p."""

    parts = one_part(target="lambda")
    by_itself = False

    def reward(self, claim: Claim, bits: Sequence[int]) -> Fraction:
        """Return the smallest level of a target."""
        return claim.level(bits)

    def grid(self, claim: Claim) -> Fraction:
        """Return what levels are multiples of, whichever target they are of."""
        budget = claim.problem.budget
        common = common_multiple([w for w in claim.weights if w], budget)
        budget.spend(8 * size_factor((common,)) ** 2)
        return Fraction(sum(claim.weights), common)

    def weights(self, claim: Claim, by_name: Multipliers) -> Sequence[Fraction]:
        """Return what the prices of each scenario make of its weight."""
        price, n, every = by_name["target"], len(claim.weights), sum(claim.weights)
        rows = (price[i : i + n] for i in range(0, len(price), n))
        return [claim.dot(row, claim.weights) / every for row in rows]

    def admissible(self, claim: Claim, part: str, by_name: Multipliers) -> bool:
        """Return whether prices are not negative, and make up weights that are allowed."""
        price, n = by_name["target"], len(claim.weights)
        unweighted = (x for i, w in enumerate(claim.weights) if not w for x in price[i::n])
        return min(price) >= 0 and not any(unweighted) and super().admissible(claim, part, by_name)

    def prices(self, claim: Claim, part: str, by_name: Multipliers) -> Prices:
        """Return the prices of bits, and what the stock is worth."""
        price = by_name["target"]
        return price, claim.dot(price, [*claim.stock] * len(claim.probabilities))


class CappedInScenarios(InScenarios):
    """For 0 <= lambda <= p, p min(E, d) <= lambda E + (p - lambda) d."""

    parts = one_part(scenario="scenario", target="lambda")
    by_itself = False

    def grid(self, claim: Claim) -> Fraction:
        """Return 1: bits are whole."""
        return Fraction(1)

    def admissible(self, claim: Claim, part: str, by_name: Multipliers) -> bool:
        """Return whether no price is above its scenario's weight, and the weights are allowed."""
        price, n = by_name["target"], len(claim.weights)
        most = (p for p in by_name["scenario"] for _ in range(n))
        within = all(0 <= x <= p for x, p in zip(price, most, strict=True))
        return within and super().admissible(claim, part, by_name)

    def prices(self, claim: Claim, part: str, by_name: Multipliers) -> Prices:
        """Return the prices of bits, and what the demand is worth."""
        price, demand = by_name["target"], claim.problem.demand or ()
        return price, sum(demand) - claim.dot(price, [*demand] * len(claim.probabilities))
