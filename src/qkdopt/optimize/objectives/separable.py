"""Rewards per target up to a cap, above a lower bound: capped delivery and linear strategies."""

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, ClassVar, Self

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.errors import InputError
from qkdopt.optimize.domain.delivery import Delivery
from qkdopt.optimize.objectives._energy_kernels import Rewards
from qkdopt.optimize.objectives.base import fraction_text
from qkdopt.optimize.objectives.piecewise_linear import PiecewiseLinearObjective
from qkdopt.optimize.problem import SchedulingProblem


class SeparableObjective(PiecewiseLinearObjective):
    """``sum_n c_n min(E_n, cap_n)`` where every ``E_n >= l_n``: activity ``n`` takes its bits."""

    enough_suffices: ClassVar[bool] = True

    @classmethod
    def create(
        cls,
        problem: SchedulingProblem,
        reward: Sequence[int],
        floors: Sequence[int | Fraction],
        caps: Sequence[int | None],
        *,
        linear: bool = False,
    ) -> Self:
        """Return the objective; ``None`` where a target has no cap.

        ``linear`` says that there are neither caps nor lower bounds, not even of 0.

        Raises
        ------
        InputError
            For a lower bound above its cap.
        """
        for floor, cap in zip(floors, caps, strict=True):
            if cap is not None and floor > cap:
                raise InputError("floors", floor, f"at most the demand of {cap}")
        targets = range(len(problem.targets))
        return cls(
            Delivery.to_all(problem),
            tuple(reward),
            tuple(map(Fraction, floors)),
            tuple(caps),
            tuple({n: Fraction(1)} for n in targets),
            (0,) * len(targets),
            linear=linear,
        )

    @property
    def lower_bounds(self) -> tuple[int, ...]:
        """Bits without which nothing is allowed."""
        return tuple(math.ceil(floor) for floor in self.lower)

    @property
    def kernel_data(self) -> Rewards:
        """The objective as compiled searches take it; missing bits cost nothing as yet."""
        zeros, lower = np.zeros(len(self.reward)), np.array(self.lower, float)
        caps = np.array([np.inf if cap is None else cap for cap in self.upper], float)
        earn = np.array(self.reward, float)
        return Rewards(lower, zeros, lower, earn, caps, zeros, np.array(self.stock, float))

    def value(self, delivered: Sequence[int]) -> Fraction | None:
        """Return ``sum_n c_n min(E_n, cap_n)``, ``None`` below a lower bound."""
        if any(e < floor for e, floor in zip(delivered, self.lower, strict=True)):
            return None
        each = zip(self.reward, delivered, self.upper, strict=True)
        return Fraction(sum(c * int(e if cap is None else min(e, cap)) for c, e, cap in each))

    def estimates(self, delivered: Integers) -> Floats:
        """Return the rewards in floating point, shape ``(K,)``."""
        data = self.kernel_data
        allowed = (delivered >= np.array(self.lower_bounds)).all(axis=1)
        reward = np.minimum(delivered, data.cap) @ np.array(self.reward, float)
        return np.where(allowed, reward, -math.inf)

    def needed(self, bound: Fraction) -> tuple[Floats, Fraction]:
        """Return that all bits may be needed for the next larger value, and that value."""
        return np.full(len(self.reward), np.inf), self.round_down(bound) + self.spacing

    def _admissible_of_targets(self, prices: Sequence[Any]) -> tuple[Any, ...]:
        """Return prices of at least ``c_n`` where there is no cap, at most that without bound."""
        result = []
        for price, c, floor, cap in zip(prices, self.reward, self.lower, self.upper, strict=True):
            kept = max(price, 0 if cap is not None else c)
            result.append(kept if floor else min(kept, c))
        return tuple(result)

    def written(self, numbers: Sequence[Fraction], bound: Fraction) -> dict[str, object]:
        """Return ``lambda`` (and ``nu`` of lower bounds) with caps, without them ``nu``.

        Nothing where there are neither: such an objective is linear, its prices are known.
        """
        if self.linear:
            return {}
        if not any(cap is not None for cap in self.upper):
            extra = zip(numbers, self.reward, strict=True)
            return {"nu": [fraction_text(price - c) for price, c in extra]}
        if not any(self.lower):
            return {"lambda": [fraction_text(price) for price in numbers]}
        return {
            "lambda": [fraction_text(min(price, Fraction(1))) for price in numbers],
            "nu": [fraction_text(max(price - 1, Fraction(0))) for price in numbers],
        }
