"""What uses of bits look like to blocks, longest paths and masters; and prices for them."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm
from typing import Any, Self

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.optimize.domain.delivery import Delivery
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.solvers.decomposition.multipliers import Multipliers
from qkdopt.optimize.uses import Uses

__all__ = ["BitPrices", "Wants", "rational_prices"]

_PRICE_BITS = 40
_LEAST_BITS = 20
_SUM_BITS = 58  # room for whole sums in 64-bit integers


@dataclass(frozen=True, eq=False)
class Wants:
    """Uses of the bits of ``T`` targets, every one of which counts.

    Attributes
    ----------
    target, position
        All targets, shape ``(T,)``; the target of each link, shape ``(N,)``.
    """

    uses: Uses
    target: Integers
    position: Integers

    @classmethod
    def create(cls, uses: Uses) -> Wants:
        """Return them in arrays."""
        problem = uses.problem
        return cls(
            uses,
            np.arange(len(problem.targets)),
            np.array(problem.link_target, np.int64),
        )

    @property
    def problem(self) -> SchedulingProblem:
        """What there is to schedule."""
        return self.uses.problem

    @property
    def delivery(self) -> Delivery:
        """What schedules deliver to the targets."""
        return Delivery.to_all(self.problem)

    def prices(self, per_bit: Any) -> BitPrices:
        """Return allowed prices near some that may not be allowed, shape ``(rows,)``."""
        numbers = [float(price) for price in self.uses.allowed(list(per_bit))]
        return BitPrices(np.array(numbers), self)


@dataclass(frozen=True, eq=False)
class BitPrices(Multipliers):
    """Allowed prices ``lambda`` per bit, then those of floors; see :mod:`qkdopt.optimize.uses`.

    Attributes
    ----------
    each
        Shape ``(T,)``, ``(2 T,)`` where floors have prices of their own.
    """

    each: Floats
    wants: Wants

    @property
    def per_bit(self) -> Floats:
        """What a bit of each target is worth, shape ``(T,)``."""
        targets = self.wants.target.size
        if self.each.size == targets:
            return self.each
        return np.asarray(self.each[:targets] + self.each[targets:])

    @property
    def constant(self) -> float:
        """What the bound adds to the longest path."""
        return float(self.wants.uses.constant(self.each.tolist()))

    def towards(self, other: BitPrices, step: float) -> Self:
        """Return prices between these and others: allowed again, for the set is convex."""
        return type(self)((1.0 - step) * self.each + step * other.each, self.wants)

    def tightened(self, shares: Any) -> Self:
        """Return the prices themselves, corrected for rounding."""
        return type(self)(self.wants.prices(self.each.tolist()).each, self.wants)


def rational_prices(prices: BitPrices) -> tuple[Fraction, ...]:
    """Return allowed fractions next to the prices, coarse enough for whole sums in 64 bits.

    Where these would be too coarse to prove much, sums are added in longer integers.
    """
    uses = prices.wants.uses
    largest = max(1.0, float(prices.per_bit.max(initial=0.0)))
    room = _SUM_BITS - int(max(1, uses.problem.sum_of_best) * largest).bit_length()
    grid = 2 ** (_PRICE_BITS if room < _LEAST_BITS else min(_PRICE_BITS, room))
    fractions = [Fraction(round(price * grid), grid) for price in prices.each.tolist()]
    exact = uses.allowed(fractions)
    return _on_one_grid(exact, len(uses.stock), grid) if uses.floors else exact


def _on_one_grid(exact: tuple[Fraction, ...], targets: int, grid: int) -> tuple[Fraction, ...]:
    """Return the prices with those of floors on the grid of the targets', or finer.

    Prices of a common use are scaled to what it earns, which takes them off the first grid:
    sums of both kinds would need larger numbers than either.
    """
    common = lcm(*(price.denominator for price in exact[:targets]))
    unit = Fraction(gcd(*(int(price * common) for price in exact[:targets])) or 1, common)
    while unit * grid > 1:
        unit /= 2
    return (*exact[:targets], *(round(price / unit) * unit for price in exact[targets:]))
