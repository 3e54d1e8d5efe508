"""Sums of fractions whose work is counted."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import lcm

from qkdopt.verifier.budget import Budget, size_factor

__all__ = ["common_multiple", "dot"]


def common_multiple(denominators: Sequence[int], budget: Budget) -> int:
    """Return the least common multiple; a long one is counted while it grows."""
    common = 1
    for denominator in set(denominators):
        common = lcm(common, denominator)
        budget.spend(1 + common.bit_length() // 500)
    return common


def dot(xs: Sequence[Fraction], ys: Sequence[Fraction | int], budget: Budget) -> Fraction:
    """Return the sum of the products."""
    products = [x * y for x, y in zip(xs, ys, strict=True)]
    common = common_multiple([x.denominator for x in products], budget)
    budget.spend(len(products) * size_factor((common,)) + (common.bit_length() // 500) ** 2)
    return Fraction(sum(x.numerator * (common // x.denominator) for x in products), common)
