"""Decimal arithmetic that errs on one side only: upwards.

`decimal` rounds every operation as its context says and computes `ln` and `exp` to within half
a unit of the last digit, so the next larger number is an upper bound.  Both grow with their
argument, so an argument that was rounded up keeps the result an upper bound.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import MAX_EMAX, MIN_EMIN, ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from fractions import Fraction

__all__ = ["DIGITS", "exp_up", "ln_up", "sum_of_products_up"]

DIGITS = 60
"""Digits kept; sums of bits take about ten, a claim is decided by far fewer than fifty."""

_UP = Context(prec=DIGITS, rounding=ROUND_CEILING, Emax=MAX_EMAX, Emin=MIN_EMIN)
_DOWN = Context(prec=DIGITS, rounding=ROUND_FLOOR, Emax=MAX_EMAX, Emin=MIN_EMIN)


def exp_up(x: Fraction) -> Decimal:
    """Return a decimal that is at least e to the power of ``x``, and hardly more."""
    return _UP.next_plus(_UP.exp(_rounded_up(x)))


def ln_up(x: Fraction) -> Decimal:
    """Return a decimal that is at least the natural logarithm of ``x`` > 0, and hardly more."""
    above = _rounded_up(x)
    if above == 1:
        return Decimal(0)  # exact; the next larger number has 10^18 zeros behind its point
    return _UP.next_plus(_UP.ln(above))


def sum_of_products_up(pairs: Iterable[tuple[int, Decimal]]) -> Decimal:
    """Return at least the sum of ``n * x`` over pairs of a whole ``n`` >= 0 and a decimal.

    A whole number of more digits than are kept is rounded towards the larger product.
    """
    total = Decimal(0)
    for n, x in pairs:
        whole = (_UP if x > 0 else _DOWN).create_decimal(n)
        total = _UP.add(total, _UP.multiply(whole, x))
    return total


def _rounded_up(x: Fraction) -> Decimal:
    """Return at least ``x``.

    Long whole numbers are rounded before they are divided, numerator up and denominator down
    in size for ``x`` > 0 and the other way round below 0.
    """
    larger = _UP.create_decimal(x.numerator)
    denominator = (_DOWN if x > 0 else _UP).create_decimal(x.denominator)
    return _UP.divide(larger, denominator)
