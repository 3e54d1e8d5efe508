"""Kinds of values and bounds: how certificates write them, and what is false about claimed ones."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import ceil, floor
from typing import Any, NamedTuple

from qkdopt.errors import InputError
from qkdopt.verifier.fields import decimal, describe, members, rational, whole

__all__ = [
    "LARGEST_RESULT",
    "Balanced",
    "Divergence",
    "Logarithms",
    "TwoNumbers",
    "Whole",
    "read_limited_decimal",
]

LARGEST_RESULT = 10**300
"""Claimed values, bounds and link indices stay below this, and above its negative."""

_RESULT = "a whole number of at most 300 digits"
_DIGITS = 10**18
_CLOSE = Fraction(1, 10**12)
_LARGEST_DIVERGENCE = 1000

Two = tuple[Any, Any]  # a value and a bound


def read_limited_decimal(stated: object, where: str, what: str) -> Fraction:
    """Return a plain decimal such as ``0.01``, below 1000."""
    expected = f'{what} below 1000 as a plain decimal like "0.01"'
    number = decimal(stated, where, expected)
    if number < _LARGEST_DIVERGENCE:
        return number
    raise InputError(where, describe(stated), expected)


class Whole:
    """Whole numbers, the larger the better.

    ``outward``: numbers are rounded, so one that is a little worse may be claimed.
    """

    outward = False

    def read(self, stated: object, where: str) -> Any:
        """Return a value or bound that a certificate states."""
        return whole(stated, where, 1 - LARGEST_RESULT, LARGEST_RESULT, _RESULT)

    def written(self, number: Any, *, up: bool) -> object:
        """Return a value, or (``up``) a bound, as certificates write it."""
        del up
        return number

    def meet(self, value: Any, bound: Any) -> bool:
        """Return whether nothing is between value and bound."""
        return bool(value == bound)

    def false(self, said: Two, found: Two, *, attained: bool) -> Iterator[str]:
        """Yield what is false about a claimed value and bound.

        Parameters
        ----------
        found
            What the schedule reaches, and what the proof shows, ``None`` for nothing.
        attained
            Whether a schedule reaches the bound, as far as is known.
        """
        (value, bound), (reached, most) = said, found
        if value != reached:
            yield f"the claimed value is {value:,}, the schedule reaches {reached:,}"
        if value > bound:
            yield f"the claimed value {value:,} is above the claimed bound {bound:,}"
        if most > bound:
            shown = "a schedule can reach" if attained else "the proof shows only"
            yield f"the claimed bound is {bound:,}, {shown} {most:,}"


class Balanced(NamedTuple):
    """The two numbers of balanced delivery: first ``t``, then the total [bits]."""

    t: Fraction
    total: int


class TwoNumbers(Whole):
    """The two numbers of balanced delivery."""

    def read(self, stated: object, where: str) -> Balanced:
        """Return the two numbers."""
        found = members(stated, where, Balanced._fields)
        total = whole(found["total"], f"{where}.total", 0, LARGEST_RESULT, _RESULT)
        return Balanced(rational(found["t"], f"{where}.t"), total)

    def written(self, number: Balanced, *, up: bool) -> object:
        """Return the two numbers as an object."""
        del up
        return {"t": f"{number.t.numerator}/{number.t.denominator}", "total": number.total}

    def false(self, said: Two, found: Two, *, attained: bool) -> Iterator[str]:
        """Yield what is false about either number."""
        del attained
        for name, value, bound, reached, most in zip(Balanced._fields, *said, *found, strict=True):
            if value != reached:
                yield f"the claimed {name} is {value}, the schedule reaches {reached}"
            if value > bound:
                yield f"the claimed {name} {value} is above its claimed bound {bound}"
            if most > bound:
                yield f"the claimed bound of {name} is {bound}, the proof shows only {most}"


class Logarithms(Whole):
    """Decimal numbers that are rounded outward, the larger the better."""

    name, side, digits = "value", "above", 15
    outward = True

    def read(self, stated: object, where: str) -> Fraction:
        """Return a decimal number."""
        return decimal(stated, where, 'a plain decimal like "24.5537"')

    def written(self, number: Fraction | None, *, up: bool) -> object:
        """Return decimal text of 18 digits at most behind the point."""
        scaled = (number or Fraction(0)) * _DIGITS
        units = ceil(scaled) if up else floor(scaled)
        whole, rest = divmod(abs(units), _DIGITS)
        return f"{'-' * (units < 0)}{whole}.{rest:018d}".rstrip("0").rstrip(".")

    def meet(self, value: Fraction, bound: Fraction) -> bool:
        """Return whether both are equal to 1e-12 (relative above 1, else absolute)."""
        return abs(value - bound) <= max(value, Fraction(1)) * _CLOSE

    def better(self, x: Fraction, y: Fraction) -> bool:
        """Return whether one is better than the other."""
        return x > y

    def false(self, said: Two, found: Two, *, attained: bool) -> Iterator[str]:
        """Yield what is false; a value worse than the one reached is true, only weaker."""
        del attained
        (value, bound), (reached, most), n = said, found, self.digits
        if self.better(value, reached):
            yield f"the claimed {self.name} is {float(value):.{n}g}, it is {float(reached):.{n}g}"
        if self.better(value, bound):
            yield f"the claimed {self.name} is {self.side} its claimed bound"
        if most is None or self.better(most, bound):
            yield f"the proof does not show the bound {float(bound):.{n}g}"


class Divergence(Logarithms):
    """Divergences [nats], the smaller the better."""

    name, side, digits = "divergence", "below", 12

    def read(self, stated: object, where: str) -> Fraction:
        """Return nats."""
        return read_limited_decimal(stated, where, "nats")

    def written(self, number: Fraction | None, *, up: bool) -> object:
        """Return decimal text, a value rounded up and a bound down."""
        return super().written(number, up=not up)

    def better(self, x: Fraction, y: Fraction) -> bool:
        """Return whether one is smaller."""
        return x < y
