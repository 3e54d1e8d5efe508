"""Rewards in uncertain cloud scenarios, by expectation and worst cases: one concave objective.

With ``y_k`` delivered in scenario ``k`` and a concave reward ``R`` of it,

    U(y) = min over p in P of sum_k p_k R(y_k)      (:mod:`qkdopt.optimize.risk`)

so for any ``p`` in ``P`` and any prices ``c_k`` of bits in scenario ``k``

    U(y) <= sum_k c_k . y_k + sum_k sup over y of (p_k R(y) - c_k . y)

The rewards are three: a weighted total, ``c_k = p_k``; the largest common level, whose prices
say themselves what ``p`` is; and totals up to a demand. Lower bounds hold in every scenario and
have prices ``nu_kn >= 0`` of their own, which are added to ``c_kn``.
"""

import math
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from operator import mul

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.optimize.domain.scenario_delivery import ScenarioDelivery
from qkdopt.optimize.objectives._risk_kernels import RiskRewards
from qkdopt.optimize.objectives._risk_rows import RewardRows, risk_rows
from qkdopt.optimize.objectives.base import ConcaveObjective, RationalMultipliers, fraction_text
from qkdopt.optimize.objectives.master_rows import MasterDuals, MasterRows
from qkdopt.optimize.objectives.scenario_weights import ScenarioWeights

_NEARLY = 1e-12  # relative: a value so little above another is none
_SHORT = 1e-6  # of a lower bound: linear programmes miss it by no more


@dataclass(frozen=True, eq=False)
class RiskObjective(ConcaveObjective):
    """The form above. Multipliers are those of the reward, then prices of lower bounds.

    Attributes
    ----------
    delivery
        ``M`` scenarios of ``G`` groups.
    weights
        ``P``.
    bounds
        Least bits of each group in every scenario; empty without any.
    """

    delivery: ScenarioDelivery
    weights: ScenarioWeights
    bounds: tuple[int, ...] = ()
    listable = False

    @property
    def shape(self) -> tuple[int, int]:
        """``(M, G)``."""
        return len(self.weights.probability), self.delivery.groups

    @property
    def lower_bounds(self) -> tuple[int, ...]:
        """Bits without which nothing is allowed, by scenario and group."""
        return self.bounds * self.shape[0]

    @cached_property
    def _least(self) -> Floats:
        return np.array(self.lower_bounds, float)

    # Rewards

    @abstractmethod
    def reward(self, delivered: Sequence[int]) -> Fraction | int:
        """Return ``R`` of what is delivered in one scenario, ``(G,)``."""

    @abstractmethod
    def rewards(self, delivered: Floats) -> Floats:
        """Return ``R`` of all scenarios, ``(..., M, G)`` to ``(..., M)``."""

    @property
    @abstractmethod
    def step(self) -> Fraction:
        """What rewards are multiples of."""

    def value(self, delivered: Sequence[int]) -> Fraction | None:
        """Return ``U(y)``, ``None`` below a lower bound."""
        if any(y < least for y, least in zip(delivered, self.lower_bounds, strict=False)):
            return None
        scenarios, groups = self.shape
        each = [self.reward(delivered[k * groups : (k + 1) * groups]) for k in range(scenarios)]
        return self.weights.risk.value(each, self.weights.probability)

    def estimates(self, delivered: Integers) -> Floats:
        """Return ``U(y)`` in floating point, shape ``(K,)``."""
        rewards = self.rewards(np.asarray(delivered, float).reshape(-1, *self.shape))
        values = np.array([self.weights.worst(row) @ row for row in rewards])
        if not self.bounds:
            return values
        return np.where((delivered >= self._least).all(axis=1), values, -math.inf)

    @cached_property
    def _grid(self) -> Fraction:
        """What values are multiples of: ``U`` is the least mean over the corners of ``P``."""
        return self.step / self.weights.grid

    def round_down(self, bound: Fraction) -> Fraction:
        """Return the largest value on the grid that is not above ``bound``."""
        return math.floor(bound / self._grid) * self._grid

    def pruning_value(self, value: Fraction | None) -> float:
        """Return the bound at or below which a node holds nothing better."""
        if value is None:
            return super().pruning_value(value)
        following = float(value + self._grid) * (1.0 - _NEARLY)
        return max(float(value) * (1.0 + _NEARLY), following)

    def written_value(self, value: Fraction) -> str:
        """Return the exact fraction."""
        return fraction_text(value)

    @property
    @abstractmethod
    def rates(self) -> tuple[Floats, Floats, Floats, Floats]:
        """What each group earns up to which cap; or share and stock of a level; ``(4, G)``."""

    def kernel_data(self, level: Floats | float) -> RiskRewards:
        """Return the objective as compiled searches take it, that seek a level, also ``(M,)``."""
        scenarios, groups = self.shape
        earn, cap, share, stock = self.rates
        lower = np.array(self.bounds or np.zeros(groups), float)
        dear = 2.0 * max(1.0, float(earn.max(initial=0.0)))
        weights = self.weights
        return RiskRewards(
            earn, cap, share, stock, np.full(scenarios, level), lower, np.full(groups, dear),
            weights.lower, weights.upper - weights.lower,
        )  # fmt: skip

    # Multipliers

    @abstractmethod
    def of_reward(self, vector: Floats) -> Floats:
        """Return admissible multipliers of the reward near some that need not be."""

    @abstractmethod
    def reward_prices(self, vector: Floats) -> Floats:
        """Return prices ``c`` without those of lower bounds, shape ``(M, G)``."""

    @abstractmethod
    def reward_constant(self, vector: Floats) -> float:
        """Return ``sum_k sup p_k R - c_k y``."""

    @abstractmethod
    def exact_reward(self, vector: Floats) -> tuple[tuple[Fraction, ...], list[Fraction], Fraction]:
        """Return exact multipliers, prices ``(M G,)`` and constant of the reward."""

    @abstractmethod
    def tight(self, weights: Floats, delivered: Floats) -> Floats:
        """Return multipliers of the reward that are tight at ``(M, G)``, given tight weights."""

    @abstractmethod
    def written_reward(self, numbers: Sequence[Fraction]) -> dict[str, object]:
        """Return how a proof writes the multipliers of the reward."""

    def supergradient(self, delivered: Sequence[int]) -> Floats:
        """Return multipliers that are tight at allowed bits."""
        bits = np.asarray(delivered, float).reshape(self.shape)
        own = self.tight(self.weights.worst(self.rewards(bits)), bits)
        return self.project(np.concatenate([own, np.zeros(self._least.size)]))

    def first_multipliers(self) -> Floats:
        """Return the probabilities of scenarios, and prices that are the same in all of them."""
        probability = np.array(self.weights.probability, float)
        own = self.tight(probability, np.full(self.shape, -1.0))
        return self.project(np.concatenate([own, np.zeros(self._least.size)]))

    def _parts(self, vector: Floats) -> tuple[Floats, Floats]:
        """Return the multipliers of the reward, and of lower bounds."""
        own = vector.size - self._least.size
        return vector[:own], vector[own:]

    def project(self, vector: Floats) -> Floats:
        """Return admissible multipliers near some."""
        own, nu = self._parts(vector)
        return np.concatenate([self.of_reward(own), np.maximum(nu, 0.0)])

    def prices(self, vector: Floats) -> Floats:
        """Return ``c + nu``, shape ``(M G,)``."""
        own, nu = self._parts(vector)
        prices = self.reward_prices(own).ravel()
        return prices + nu if self.bounds else prices

    def conjugate(self, vector: Floats) -> float:
        """Return what the bound adds to the longest path."""
        own, nu = self._parts(vector)
        return self.reward_constant(own) - float(nu @ self._least)

    def rational(self, vector: Floats) -> RationalMultipliers:
        """Return exactly admissible multipliers next to some, on a grid of ``P``'s corners."""
        own, nu = self._parts(vector)
        numbers, prices, constant = self.exact_reward(own)
        unit = self.weights.unit
        exact_nu = [Fraction(max(0, round(Fraction(x) * unit)), unit) for x in nu.tolist()]
        if exact_nu:
            prices = [c + x for c, x in zip(prices, exact_nu, strict=True)]
            constant -= sum(map(mul, exact_nu, self.lower_bounds), Fraction(0))
        return RationalMultipliers(tuple(prices), constant, (*numbers, *exact_nu), few_digits=True)

    def by_scenario(self, numbers: Sequence[Fraction]) -> list[list[str]]:
        """Return numbers ``(M G,)`` as proofs write them: a list for each scenario."""
        texts, groups = [fraction_text(x) for x in numbers], self.shape[1]
        return [texts[k : k + groups] for k in range(0, len(texts), groups)]

    def written(self, numbers: Sequence[Fraction], bound: Fraction) -> dict[str, object]:
        """Return the multipliers of the reward, and ``nu`` of lower bounds."""
        own = len(numbers) - self._least.size
        result = self.written_reward(numbers[:own])
        if self.bounds:
            result["nu"] = self.by_scenario(numbers[own:])
        return result

    # The restricted master

    @abstractmethod
    def reward_rows(self, unit: float) -> RewardRows:
        """Return what ties rewards to what is delivered."""

    def master_rows(self, unit: float) -> MasterRows:
        """Return ``r``, then ``eta`` and ``s``, then bits that lower bounds lack."""
        return risk_rows(self.reward_rows(unit), self.weights, self._least / unit, unit)

    @abstractmethod
    def from_duals(self, weights: Floats, rows: Floats) -> Floats:
        """Return multipliers of the reward from weights and the duals of its rows."""

    def multipliers(self, duals: MasterDuals) -> Floats:
        """Return admissible multipliers from the duals of a restricted master."""
        scenarios, missing = self.shape[0], self._least.size
        risky = scenarios if self.weights.risky else 0
        weights = self.weights.lower.copy()
        weights[:risky] += duals.rows[:risky]
        rows = duals.rows[risky : duals.rows.size - missing]
        nu = duals.rows[duals.rows.size - missing :]
        return self.project(np.concatenate([self.from_duals(weights, rows), nu]))

    def lp_value(self, promised: float, delivered: Floats, vector: Floats) -> float:
        """Return what was promised, or ``-inf`` where a lower bound is missed."""
        return -math.inf if self._missing(delivered).any() else promised

    def sharpened(self, vector: Floats, delivered: Floats) -> list[Floats]:
        """Return prices of missed lower bounds so high that nothing can make up for them."""
        missing = self._missing(delivered)
        if not missing.any():
            return []
        own, _ = self._parts(vector)
        none = np.concatenate([own, np.zeros(missing.size)])
        most = self.conjugate(none)
        most += self.problem.sum_of_best * self.delivery.dearest(self.prices(none))
        short = missing > 0.0
        nu = np.zeros(missing.size)
        nu[short] = 2.0 * most / missing[short]
        return [self.project(np.concatenate([own, nu]))]

    def _missing(self, delivered: Floats) -> Floats:
        """Return how many bits lower bounds lack; of none without any."""
        missing = self._least - delivered[: self._least.size]
        return np.where(missing > _SHORT * self._least, missing, 0.0)
