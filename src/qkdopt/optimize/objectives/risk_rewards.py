"""Rewards in uncertain cloud scenarios: weighted totals, common levels, totals up to demands."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from operator import mul

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.optimize.objectives._risk_rows import RewardRows, repeated
from qkdopt.optimize.objectives.base import fraction_text
from qkdopt.optimize.objectives.risk import RiskObjective

_SAFELY = 1.0 - 2.0**-45  # prices in floating point are not so wrong


@dataclass(frozen=True, eq=False)
class TotalRisk(RiskObjective):
    """``R = sum_g c_g y_g``; multipliers are the weights ``p``, prices ``p_k c_g``.

    Attributes
    ----------
    coefficients
        ``c``, shape ``(G,)``.
    """

    coefficients: tuple[int, ...] = (1,)
    step = Fraction(1)

    @cached_property
    def _reward(self) -> Floats:
        return np.array(self.coefficients, float)

    def reward(self, delivered: Sequence[int]) -> int:
        """Return the weighted total of one scenario."""
        return sum(map(mul, map(int, delivered), self.coefficients))

    def rewards(self, delivered: Floats) -> Floats:
        """Return the weighted totals of all scenarios."""
        return np.asarray(delivered @ self._reward)

    @property
    def rates(self) -> tuple[Floats, Floats, Floats, Floats]:
        """Every number earns its coefficient."""
        zeros = np.zeros(self._reward.size)
        return self._reward, np.full(zeros.size, math.inf), zeros, zeros

    def of_reward(self, vector: Floats) -> Floats:
        """Return weights in ``P``."""
        return self.weights.near(vector)

    def reward_prices(self, vector: Floats) -> Floats:
        """Return ``p_k c_g``."""
        return np.outer(vector, self._reward)

    def reward_constant(self, vector: Floats) -> float:
        """Return 0."""
        return 0.0

    def tight(self, weights: Floats, delivered: Floats) -> Floats:
        """Return the weights."""
        return weights

    def exact_reward(self, vector: Floats) -> tuple[tuple[Fraction, ...], list[Fraction], Fraction]:
        """Return exact weights and prices, and 0."""
        weights = self.weights.exact(vector)
        return weights, [p * c for p in weights for c in self.coefficients], Fraction(0)

    def written_reward(self, numbers: Sequence[Fraction]) -> dict[str, object]:
        """Return ``scenario``: the weights."""
        return {"scenario": [fraction_text(p) for p in numbers]}

    def reward_rows(self, unit: float) -> RewardRows:
        """Return ``r_k <= sum_g c_g y_kg``."""
        scenarios = self.shape[0]
        of_bits = repeated(-self._reward[np.newaxis], scenarios)
        most = np.full(scenarios, math.inf)
        return RewardRows(of_bits, repeated(np.eye(1), scenarios), np.zeros(scenarios), most)

    def from_duals(self, weights: Floats, rows: Floats) -> Floats:
        """Return the weights."""
        return weights


@dataclass(frozen=True, eq=False)
class LevelRisk(RiskObjective):
    """``R = min_n (b_n + y_n) W / w_n`` over the targets of weight > 0.

    Multipliers are the prices themselves, ``lambda_kn >= 0`` with weights
    ``p_k = sum_n lambda_kn w_n / W``.

    Attributes
    ----------
    share, stock
        ``w`` and ``b`` by target, whole.
    """

    share: tuple[int, ...] = ()
    stock: tuple[int, ...] = ()

    @cached_property
    def _whole(self) -> int:
        return sum(self.share)

    @cached_property
    def _shares(self) -> Floats:
        """``w / W``, shape ``(G,)``."""
        return np.array(self.share) / float(self._whole)

    @property
    def _served(self) -> Integers:
        return np.flatnonzero(self.share)

    @property
    def step(self) -> Fraction:
        """What all ``W / w_n`` are multiples of."""
        return Fraction(self._whole, math.lcm(*(w for w in self.share if w)))

    def reward(self, delivered: Sequence[int]) -> Fraction:
        """Return the level of one scenario."""
        every = zip(self.stock, delivered, self.share, strict=True)
        return min(Fraction((b + int(y)) * self._whole, w) for b, y, w in every if w)

    def rewards(self, delivered: Floats) -> Floats:
        """Return the levels of all scenarios."""
        some = self._served
        level = (delivered[..., some] + np.array(self.stock)[some]) / self._shares[some]
        return np.asarray(level.min(axis=-1))

    @property
    def rates(self) -> tuple[Floats, Floats, Floats, Floats]:
        """The shares and the stock."""
        zeros = np.zeros(len(self.share))
        return zeros, zeros, self._shares, np.array(self.stock, float)

    def of_reward(self, vector: Floats) -> Floats:
        """Return prices scaled so that their weights are in ``P``."""
        price = np.maximum(vector.reshape(self.shape), 0.0) * (self._shares > 0.0)
        weights = price @ self._shares
        wanted = self.weights.near(weights)
        factor = np.divide(wanted, weights, out=np.zeros_like(wanted), where=weights > 0.0)
        found = price * factor[:, np.newaxis]
        none = weights <= 0.0
        found[none] = np.outer(wanted[none], self._shares > 0.0)
        return np.asarray(found.ravel())

    def reward_prices(self, vector: Floats) -> Floats:
        """Return the prices."""
        return vector.reshape(self.shape)

    def reward_constant(self, vector: Floats) -> float:
        """Return what the stock is worth."""
        return float(vector.reshape(self.shape).sum(axis=0) @ np.array(self.stock, float))

    def tight(self, weights: Floats, delivered: Floats) -> Floats:
        """Return prices of the targets that have least; of all targets before anything is known."""
        some, least = self._served, np.zeros(self.shape)
        level = (delivered + np.array(self.stock))[:, some] / self._shares[some]
        least[:, some] = level == level.min(axis=1, keepdims=True)
        if (delivered < 0.0).all():
            least[:, some] = 1.0
        each = weights / (least @ self._shares)
        return np.asarray((least * each[:, np.newaxis]).ravel())

    def exact_reward(self, vector: Floats) -> tuple[tuple[Fraction, ...], list[Fraction], Fraction]:
        """Return exact prices; that of the least share takes what rounding leaves of a weight."""
        price = vector.reshape(self.shape)
        near = price @ self._shares
        weights = self.weights.exact(near)
        unit, whole = self.weights.unit, self._whole
        last = min(self._served.tolist(), key=self.share.__getitem__)
        exact: list[Fraction] = []
        for p, row, weight in zip(weights, price.tolist(), near.tolist(), strict=True):
            factor = Fraction(float(p) / weight * _SAFELY) * unit if weight > 0.0 else Fraction(0)
            units = [math.floor(Fraction(x) * factor) for x in row]
            rest = p * unit * whole - sum(map(mul, units, self.share))
            own = [Fraction(x, unit) for x in units]
            own[last] += Fraction(rest, unit * self.share[last])
            exact += own
        constant = sum(map(mul, exact, self.stock * self.shape[0]), Fraction(0))
        return tuple(exact), exact, constant

    def written_reward(self, numbers: Sequence[Fraction]) -> dict[str, object]:
        """Return ``lambda``: the prices by scenario."""
        return {"lambda": self.by_scenario(numbers)}

    def reward_rows(self, unit: float) -> RewardRows:
        """Return ``w_n / W r_k - y_kn <= b_n``."""
        scenarios, some = self.shape[0], self._served
        of_bits = repeated(-np.eye(self.shape[1])[some], scenarios)
        of_own = repeated(self._shares[some, np.newaxis], scenarios)
        limit = np.tile(np.array(self.stock, float)[some] / unit, scenarios)
        return RewardRows(of_bits, of_own, limit, np.full(scenarios, math.inf))

    def from_duals(self, weights: Floats, rows: Floats) -> Floats:
        """Return the prices of rows."""
        prices = np.zeros(self.shape)
        prices[:, self._served] = rows.reshape(self.shape[0], -1)
        return prices.ravel()


@dataclass(frozen=True, eq=False)
class CappedRisk(RiskObjective):
    """``R = sum_n min(y_n, d_n)``; multipliers are weights ``p``, prices ``0 <= lambda_kn <= p_k``.

    Attributes
    ----------
    demand
        ``d`` by target.
    """

    demand: tuple[int, ...] = ()
    step = Fraction(1)

    def reward(self, delivered: Sequence[int]) -> int:
        """Return what is delivered up to the demand in one scenario."""
        return sum(map(min, map(int, delivered), self.demand))

    def rewards(self, delivered: Floats) -> Floats:
        """Return what is delivered up to the demand in all scenarios."""
        return np.asarray(np.minimum(delivered, np.array(self.demand, float)).sum(axis=-1))

    @property
    def rates(self) -> tuple[Floats, Floats, Floats, Floats]:
        """Every number earns itself up to the demand."""
        zeros = np.zeros(len(self.demand))
        return np.ones(zeros.size), np.array(self.demand, float), zeros, zeros

    def _split(self, vector: Floats) -> tuple[Floats, Floats]:
        scenarios = self.shape[0]
        return vector[:scenarios], vector[scenarios:].reshape(self.shape)

    def of_reward(self, vector: Floats) -> Floats:
        """Return weights in ``P``, and prices up to them."""
        weights, price = self._split(vector)
        weights = self.weights.near(weights)
        kept = np.clip(price, 0.0, weights[:, np.newaxis])
        return np.concatenate([weights, kept.ravel()])

    def reward_prices(self, vector: Floats) -> Floats:
        """Return the prices."""
        return self._split(vector)[1]

    def reward_constant(self, vector: Floats) -> float:
        """Return what demands are worth beyond their prices."""
        weights, price = self._split(vector)
        return float((weights[:, np.newaxis] - price).sum(axis=0) @ np.array(self.demand, float))

    def tight(self, weights: Floats, delivered: Floats) -> Floats:
        """Return weights, which are the prices of what is below its demand."""
        price = weights[:, np.newaxis] * (delivered < np.array(self.demand))
        return np.concatenate([weights, price.ravel()])

    def exact_reward(self, vector: Floats) -> tuple[tuple[Fraction, ...], list[Fraction], Fraction]:
        """Return exact weights and prices, and what demands are worth beyond these."""
        near, price = self._split(vector)
        weights, unit = self.weights.exact(near), self.weights.unit
        exact = [
            min(Fraction(round(Fraction(max(x, 0.0)) * unit), unit), p)
            for p, row in zip(weights, price.tolist(), strict=True)
            for x in row
        ]
        worth = sum(weights) * sum(self.demand)
        constant = worth - sum(map(mul, exact, self.demand * self.shape[0]), Fraction(0))
        return (*weights, *exact), exact, Fraction(constant)

    def written_reward(self, numbers: Sequence[Fraction]) -> dict[str, object]:
        """Return ``scenario``, the weights, and ``lambda``, the prices by scenario."""
        scenarios = self.shape[0]
        texts = [fraction_text(p) for p in numbers[:scenarios]]
        return {"scenario": texts, "lambda": self.by_scenario(numbers[scenarios:])}

    def reward_rows(self, unit: float) -> RewardRows:
        """Return ``z_kn <= y_kn``, ``z_kn <= d_n``."""
        each = self.delivery.targets
        most = np.tile(np.array(self.demand) / unit, self.shape[0])
        one = np.eye(1)
        return RewardRows(repeated(-one, each), repeated(one, each), np.zeros(each), most)

    def from_duals(self, weights: Floats, rows: Floats) -> Floats:
        """Return the weights, and the prices of rows."""
        return np.concatenate([weights, rows])
