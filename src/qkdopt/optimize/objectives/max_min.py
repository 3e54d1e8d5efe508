"""The largest level that all targets reach in proportion: balanced delivery's first objective."""

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, ClassVar, Self

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.optimize.domain.delivery import Delivery
from qkdopt.optimize.objectives._energy_kernels import Rewards
from qkdopt.optimize.objectives.base import fraction_text
from qkdopt.optimize.objectives.piecewise_linear import PiecewiseLinearObjective
from qkdopt.optimize.objectives.separable import SeparableObjective
from qkdopt.optimize.problem import SchedulingProblem

_NEARLY = 1e-12  # relative: a level so little above the incumbent's, or below the next, is none


class MaxMinObjective(PiecewiseLinearObjective):
    """One activity that takes bits of all targets in proportion to shares ``q``."""

    of_bounds: ClassVar[str] = "floors"
    enough_suffices: ClassVar[bool] = True

    @classmethod
    def create(cls, problem: SchedulingProblem, floors: Sequence[int] = ()) -> Self:
        """Return ``t = min (b_n + E_n) W / w_n`` over the targets of weight > 0."""
        weights = problem.weights or (1,) * len(problem.targets)
        total = sum(weights)
        shares = {n: Fraction(w, total) for n, w in enumerate(weights) if w}
        stock = problem.stock or (0,) * len(problem.targets)
        return cls._of(problem, shares, stock, tuple(floors) if any(floors) else ())

    @classmethod
    def towards(cls, problem: SchedulingProblem, goals: Sequence[int]) -> Self:
        """Return ``min E_n / g_n`` over the goals above 0: 1 where all are met."""
        shares = {n: Fraction(bits) for n, bits in enumerate(goals) if bits}
        return cls._of(problem, shares, (0,) * len(goals), ())

    @classmethod
    def _of(
        cls,
        problem: SchedulingProblem,
        shares: dict[int, Fraction],
        stock: tuple[int, ...],
        bounds: tuple[int, ...],
    ) -> Self:
        delivery = Delivery.to_all(problem)
        return cls(delivery, (1,), (Fraction(0),), (None,), (shares,), stock, bounds)

    @property
    def shares(self) -> dict[int, Fraction]:
        """The share ``q`` of each target that has one, by its index."""
        return self.consumption[0]

    @property
    def kernel_data(self) -> Rewards:
        """The objective as compiled searches take it; missing bits cost nothing as yet."""
        zeros, shares = np.zeros((2, len(self.stock)))
        for n, share in self.shares.items():
            shares[n] = float(share)
        lower, stock = np.array(self.bounds or zeros, float), np.array(self.stock, float)
        return Rewards(lower, zeros, lower, zeros, np.full(zeros.size, np.inf), shares, stock)

    def value(self, delivered: Sequence[int]) -> Fraction | None:
        """Return ``t``, ``None`` below a lower bound."""
        if not self.meets_bounds(delivered):
            return None
        return min((self.stock[n] + int(delivered[n])) / q for n, q in self.shares.items())

    def estimates(self, delivered: Integers) -> Floats:
        """Return ``t`` in floating point, shape ``(K,)``."""
        served, shares = list(self.shares), [float(q) for q in self.shares.values()]
        stock = np.array(self.stock, float)
        level = ((stock + delivered)[:, served] / shares).min(axis=1)
        allowed = (delivered >= np.array(self.bounds or 0)).all(axis=1)
        return np.where(allowed, level, -math.inf)

    def needed(self, bound: Fraction) -> tuple[Floats, Fraction]:
        """Return the bits of each target at the next larger level, and that level."""
        bits = list(self.bounds or (0,) * len(self.stock))
        for n, share in self.shares.items():
            bits[n] = max(bits[n], math.floor(bound * share) - self.stock[n] + 1)
        level = min((self.stock[n] + bits[n]) / q for n, q in self.shares.items())
        return np.array(bits, float), level

    def least_bits(self, limit: float) -> Floats:
        """Return the bits of the next larger level, or the lower bounds."""
        if math.isinf(limit):
            return super().least_bits(limit)
        return self.needed(Fraction(limit - 2.0 * _NEARLY * abs(limit)))[0]

    def round_down(self, bound: Fraction) -> Fraction:
        """Return the largest multiple of some ``1 / q_n`` that is not above ``bound``."""
        return max(math.floor(bound * share) / share for share in self.shares.values())

    def pruning_value(self, value: Fraction | None) -> float:
        """Return the bound at or below which a node holds nothing better."""
        if value is None:
            return super().pruning_value(value)
        following = min(Fraction(math.floor(value * q) + 1) / q for q in self.shares.values())
        return max(float(value) * (1.0 + _NEARLY), float(following) * (1.0 - _NEARLY))

    def written_value(self, value: Fraction) -> str:
        """Return the exact fraction."""
        return fraction_text(value)

    def claimed(self, value: Fraction, total: int) -> dict[str, object]:
        """Return both parts of the value."""
        return {"t": self.written_value(value), "total": total}

    def _admissible_of_targets(self, prices: Sequence[Any]) -> tuple[Any, ...]:
        """Return the prices scaled so that the activity consumes exactly what it earns."""
        kept = [max(p, 0) if n in self.shares else 0 for n, p in enumerate(prices)]
        total = sum(kept[n] * share for n, share in self.shares.items())
        if not total:
            return tuple(int(n in self.shares) for n in range(len(prices)))
        return tuple(price / total for price in kept)


def balanced_total(common: MaxMinObjective, reached: Fraction) -> SeparableObjective:
    """Return balanced delivery's second objective: bits, with ``t`` no smaller than reached."""
    targets = len(common.stock)
    floors = [
        max(Fraction(0), reached * common.shares.get(n, Fraction(0)) - common.stock[n])
        for n in range(targets)
    ]
    if common.bounds:
        floors = [max(pair) for pair in zip(floors, map(Fraction, common.bounds), strict=True)]
    return SeparableObjective.create(common.problem, [1] * targets, floors, [None] * targets)
