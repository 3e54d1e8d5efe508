"""Concave and piecewise linear objectives: rewards of activities that consume bits.

One form covers capped, balanced and paired delivery, and lower bounds. ``T`` targets, ``U``
activities:

    maximise    sum_k reward_k y_k                            lower_k <= y_k <= upper_k
    subject to  sum_k consumption[n, k] y_k <= stock_n + E_n    price lambda_n >= 0, all targets

For any such prices ``sum_n lambda_n (stock_n + E_n - sum_k consumption[n, k] y_k)`` is not
negative, so no schedule's value exceeds

    L(lambda) + sum_n lambda_n stock_n + sum_k max over y_k of rest_k y_k

where ``L`` is the longest path and ``rest_k = reward_k - sum_n lambda_n consumption[n, k]``, which
must not be positive where an activity has no upper limit.

Lower bounds ``E_n >= l_n`` that no activity expresses have prices ``nu_n >= 0`` of their own,
which follow those of the targets in a vector of multipliers: the longest path is that of
``lambda + nu``, and ``sum nu_n l_n`` is subtracted.
"""

import math
from abc import abstractmethod
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import gcd, lcm
from typing import Any, ClassVar, Self

import numpy as np

from qkdopt.arrays import Floats
from qkdopt.optimize.domain.delivery import Delivery
from qkdopt.optimize.objectives.base import ConcaveObjective, RationalMultipliers, fraction_text
from qkdopt.optimize.objectives.master_rows import MasterDuals, MasterRows

_DEAR = 1000.0  # times the largest reward: penalty of a missing bit in the restricted master
_MANY = 2.0**20  # bits that a unit of an activity takes; HiGHS refuses large numbers
_PRICE_BITS = 40
_LEAST_BITS = 20
_SUM_BITS = 58  # room for whole sums in 64-bit integers
_SHORT = 1e-6  # of a lower bound: linear programmes miss it by no more


@dataclass(frozen=True, eq=False)
class PiecewiseLinearObjective(ConcaveObjective):
    """The form above, in exact numbers. All targets count.

    Attributes
    ----------
    reward, lower, upper
        By activity; ``None`` where there is no upper limit.
    consumption
        By activity: bits of each target that one unit takes, by the target's index.
    stock
        Bits that each target has before the first interval.
    bounds
        Lower bounds of targets besides those that activities express; empty where there are none.
    linear
        Whether every bit has its reward and there is nothing else.
    of_bounds
        What proofs call the prices of lower bounds.
    """

    delivery: Delivery
    reward: tuple[int, ...]
    lower: tuple[Fraction, ...]
    upper: tuple[int | None, ...]
    consumption: tuple[dict[int, Fraction], ...]
    stock: tuple[int, ...]
    bounds: tuple[int, ...] = ()
    linear: bool = False
    of_bounds: ClassVar[str] = "nu"

    @property
    def lower_bounds(self) -> tuple[int, ...]:
        """Bits without which nothing is allowed."""
        return self.bounds

    def meets_bounds(self, delivered: Sequence[int]) -> bool:
        """Say whether every target gets its least bits."""
        return not self.bounds or all(
            e >= least for e, least in zip(delivered, self.bounds, strict=True)
        )

    def first_multipliers(self) -> Floats:
        """Return the largest reward for every target, nothing for lower bounds."""
        dearest = [float(max(self.reward, default=1))] * len(self.stock)
        return self.project(np.array(dearest + [0.0] * len(self.bounds)))

    def project(self, vector: Floats) -> Floats:
        """Return the nearest admissible prices."""
        return np.array(self._in_floats.admissible(vector.tolist()), float)

    def prices(self, vector: Floats) -> Floats:
        """Return ``lambda + nu``, shape ``(T,)``."""
        targets = len(self.stock)
        return np.asarray(vector[:targets] + vector[targets:]) if self.bounds else vector

    def conjugate(self, vector: Floats) -> float:
        """Return what the bound adds to the longest path."""
        return float(self._in_floats.dual_constant(vector.tolist()))

    @cached_property
    def _in_floats(self) -> Self:
        """The same with numbers that are quick to add: only exact prices need fractions."""
        consumed = tuple({n: float(x) for n, x in each.items()} for each in self.consumption)
        quick = copy(self)
        vars(quick).update(lower=tuple(map(float, self.lower)), consumption=consumed)
        return quick

    def dual_constant(self, prices: Sequence[Any]) -> Any:
        """Return what bounds add to the longest path, exactly for exact admissible prices."""
        beforehand = (*self.stock, *(-least for least in self.bounds))
        total = sum(p * b for p, b in zip(prices, beforehand, strict=True))
        for reward, lower, upper, consumed in zip(
            self.reward, self.lower, self.upper, self.consumption, strict=True
        ):
            rest = reward - sum(prices[n] * bits for n, bits in consumed.items())
            total += rest * lower if rest <= 0 or upper is None else rest * upper
        return total

    def admissible(self, prices: Sequence[Any]) -> tuple[Any, ...]:
        """Return admissible prices near the given ones, floats or fractions."""
        targets = len(self.stock)
        of_bounds = (max(price, 0) for price in prices[targets:])
        return (*self._admissible_of_targets(prices[:targets]), *of_bounds)

    @abstractmethod
    def _admissible_of_targets(self, prices: Sequence[Any]) -> tuple[Any, ...]:
        """Return admissible prices of the targets near the given ones."""

    def written(self, numbers: Sequence[Fraction], bound: Fraction) -> dict[str, object]:
        """Return ``lambda``, and prices of lower bounds if there are any."""
        texts, targets = [fraction_text(price) for price in numbers], len(self.stock)
        of_bounds = {self.of_bounds: texts[targets:]} if self.bounds else {}
        return {"lambda": texts[:targets], **of_bounds}

    def rational(self, vector: Floats) -> RationalMultipliers:
        """Return admissible fractions next to the prices, coarse enough for sums in 64 bits.

        Where these would be too coarse to prove much, sums take longer integers.
        """
        largest = max(1.0, float(self.prices(vector).max(initial=0.0)))
        room = _SUM_BITS - int(max(1, self.problem.sum_of_best) * largest).bit_length()
        grid = 2 ** (_PRICE_BITS if room < _LEAST_BITS else min(_PRICE_BITS, room))
        near = [Fraction(round(price * grid), grid) for price in vector.tolist()]
        exact = tuple(map(Fraction, self.admissible(near)))
        targets = len(self.stock)
        if self.bounds:
            exact = _on_one_grid(exact, targets, grid)
        per_bit = exact[:targets]
        if self.bounds:
            per_bit = tuple(x + y for x, y in zip(per_bit, exact[targets:], strict=True))
        constant = Fraction(self.dual_constant(exact))
        return RationalMultipliers(per_bit, constant, exact, few_digits=True)

    def master_rows(self, unit: float) -> MasterRows:
        """Return activities, then bits that they lack, then bits that lower bounds lack.

        An activity that takes very many bits is counted in smaller units.
        """
        targets, activities = len(self.stock), len(self.reward)
        many = [_power_of_two(max(consumed.values(), default=1)) for consumed in self.consumption]
        earned = np.array([c / m for c, m in zip(self.reward, many, strict=True)])
        scale = float(earned.max(initial=0.0)) or 1.0
        use = np.zeros((targets, activities))
        for k, consumed in enumerate(self.consumption):
            for n, bits in consumed.items():
                use[n, k] = float(bits) / many[k]
        forced = [k for k, low in enumerate(self.lower) if low]
        short, missing = -use[:, forced], np.zeros((targets, len(self.bounds)))
        rows = [np.hstack([-np.eye(targets), use, short, missing])]
        limits = [np.array(self.stock) / unit]
        if self.bounds:
            own = np.zeros((targets, activities + len(forced)))
            rows.append(np.hstack([-np.eye(targets), own, -np.eye(targets)]))
            limits.append(-np.array(self.bounds) / unit)
        further = len(forced) + len(self.bounds)
        top = [
            math.inf if high is None else high * m / unit
            for high, m in zip(self.upper, many, strict=True)
        ]
        low = [float(x) * m / unit for x, m in zip(self.lower, many, strict=True)]
        return MasterRows(
            bit_reward=np.zeros(targets),
            reward=np.append(earned / scale, np.full(further, -_DEAR)),
            lower=np.append(low, np.zeros(further)),
            upper=np.append(top, np.full(further, math.inf)),
            matrix=np.vstack(rows),
            row_lower=np.full(len(rows) * targets, -math.inf),
            row_upper=np.concatenate(limits),
            scale=scale * unit,
        )

    def multipliers(self, duals: MasterDuals) -> Floats:
        """Return the duals of consumption, then of lower bounds."""
        return self.project(duals.rows)

    def lp_value(self, promised: float, delivered: Floats, vector: Floats) -> float:
        """Return what was promised, or ``-inf`` where a lower bound is missed."""
        return -math.inf if self._missing(delivered).any() else promised

    def sharpened(self, vector: Floats, delivered: Floats) -> list[Floats]:
        """Return prices of missed lower bounds so high that nothing can make up for them."""
        missing, targets = self._missing(delivered), len(self.stock)
        if not missing.any():
            return []
        result = vector.copy()
        result[targets:] = 0.0
        most = self.conjugate(result) + self.problem.sum_of_best * float(self.prices(result).max())
        short = missing > 0.0
        result[targets:][short] = 2.0 * most / missing[short]
        return [self.project(result)]

    def _missing(self, delivered: Floats) -> Floats:
        """Return how many bits lower bounds lack, by target; of none without any."""
        least = np.array(self.bounds, float)
        missing = least - delivered[: least.size]
        return np.where(missing > _SHORT * least, missing, 0.0)


def _power_of_two(bits: Fraction | int) -> float:
    """Return the power of two near the bits that an activity takes where they are many, else 1."""
    return 2.0 ** math.floor(math.log2(bits)) if bits > _MANY else 1.0


def _on_one_grid(exact: tuple[Fraction, ...], targets: int, grid: int) -> tuple[Fraction, ...]:
    """Return the prices with those of lower bounds on the grid of the targets', or finer.

    Prices that are scaled to what an activity earns are off the first grid: sums of both kinds
    would need larger numbers than either.
    """
    common = lcm(*(price.denominator for price in exact[:targets]))
    unit = Fraction(gcd(*(int(price * common) for price in exact[:targets])) or 1, common)
    while unit * grid > 1:
        unit /= 2
    return (*exact[:targets], *(round(price / unit) * unit for price in exact[targets:]))
