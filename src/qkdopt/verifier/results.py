"""Kinds of values and bounds: how certificates write them, and what is false about claimed ones."""

from collections.abc import Iterator
from fractions import Fraction
from math import ceil, floor
from typing import Any, NamedTuple

from qkdopt.verifier.forms import (
    LARGEST_RESULT,
    Members,
    decimal,
    lowest_terms,
    rational,
    refused,
    whole,
)

_RESULT = "a whole number of at most 300 digits"
_DIGITS = 10**18
_CLOSE = Fraction(1, 10**12)


def limited_decimal(stated: object, where: str, what: str) -> Fraction:
    """Return a plain decimal such as ``0.01``, below 1000."""
    return decimal(stated, where, f'{what} below 1000 as a plain decimal like "0.01"', 1000)


def nats(stated: object, where: str) -> Fraction:
    """Return a divergence."""
    return limited_decimal(stated, where, "nats")


def a_share(stated: object, where: str) -> Fraction:
    """Return a share, from 0 to 1."""
    share = limited_decimal(stated, where, "a share")
    if share > 1:
        raise refused(where, stated, "at most 1")
    return share


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
        return number

    def meet(self, value: Any, bound: Any) -> bool:
        """Return whether nothing is between value and bound."""
        return bool(value == bound)

    def false(
        self, value: Any, bound: Any, reached: Any, most: Any, *, attained: bool
    ) -> Iterator[str]:
        """Yield what is false about a claimed value and bound.

        ``reached`` is what the schedule reaches, ``most`` what the proof shows (``None`` for
        nothing), ``attained`` whether a schedule reaches that, as far as is known.
        """
        if value != reached:
            yield f"the claimed value is {value:,}, the schedule reaches {reached:,}"
        if value > bound:
            yield f"the claimed value {value:,} is above the claimed bound {bound:,}"
        if most > bound:
            shown = "a schedule can reach" if attained else "the proof shows only"
            yield f"the claimed bound is {bound:,}, {shown} {most:,}"


class Fractions(Whole):
    """Fractions, the larger the better."""

    def read(self, stated: object, where: str) -> Fraction:
        """Return a fraction."""
        return lowest_terms(stated, where, LARGEST_RESULT)

    def written(self, number: Fraction, *, up: bool) -> object:
        """Return a fraction as text, rounded outward where it is longer than can be claimed."""
        if number.denominator >= LARGEST_RESULT:
            number = Fraction((ceil if up else floor)(number * _DIGITS), _DIGITS)
        return f"{number.numerator}/{number.denominator}"

    def false(self, *numbers: Fraction, attained: bool) -> Iterator[str]:
        """Yield what is false about a claimed fraction."""
        yield from _false_number("value", *numbers)


def _false_number(
    name: str, value: Fraction, bound: Fraction, reached: Fraction, most: Fraction
) -> Iterator[str]:
    if value != reached:
        yield f"the claimed {name} is {value}, the schedule reaches {_words(reached)}"
    if value > bound:
        yield f"the claimed {name} {value} is above its claimed bound {bound}"
    if most > bound:
        yield f"the claimed bound of {name} is {bound}, the proof shows only {_words(most)}"


def _words(number: Fraction) -> str:
    return str(number) if number.denominator < LARGEST_RESULT else f"about {float(number):.12g}"


class Balanced(NamedTuple):
    """The two numbers of balanced delivery: first ``t``, then the total [bits]."""

    t: Fraction
    total: int


class TwoNumbers(Whole):
    """The two numbers of balanced delivery."""

    def read(self, stated: object, where: str) -> Balanced:
        """Return the two numbers."""
        found = Members(stated, where, Balanced._fields)
        total = found("total", whole, 0, LARGEST_RESULT, _RESULT)
        return Balanced(found("t", rational), total)

    def written(self, number: Balanced, *, up: bool) -> object:
        """Return the two numbers as an object."""
        return {"t": f"{number.t.numerator}/{number.t.denominator}", "total": number.total}

    def false(self, *numbers: Balanced, attained: bool) -> Iterator[str]:
        """Yield what is false about either number."""
        columns = zip(*numbers, strict=True)
        for name, column in zip(Balanced._fields, columns, strict=True):
            yield from _false_number(name, *column)


class Logarithms(Whole):
    """Decimal numbers that are rounded outward: the larger the better, or (``sign`` -1) worse."""

    name, side, digits, sign = "value", "above", 15, 1
    outward = True

    def read(self, stated: object, where: str) -> Fraction:
        """Return a decimal number."""
        return decimal(stated, where, 'a plain decimal like "24.5537"')

    def written(self, number: Fraction | None, *, up: bool) -> object:
        """Return decimal text of 18 digits at most behind the point, rounded outward."""
        scaled = (number or Fraction(0)) * _DIGITS
        units = ceil(scaled) if up == (self.sign > 0) else floor(scaled)
        whole, rest = divmod(abs(units), _DIGITS)
        return f"{'-' * (units < 0)}{whole}.{rest:018d}".rstrip("0").rstrip(".")

    def meet(self, value: Fraction, bound: Fraction) -> bool:
        """Return whether both are equal to 1e-12 (relative above 1, else absolute)."""
        return abs(value - bound) <= max(value, Fraction(1)) * _CLOSE

    def false(
        self, value: Any, bound: Any, reached: Any, most: Any, *, attained: bool
    ) -> Iterator[str]:
        """Yield what is false; a value worse than the one reached is true, only weaker."""
        sign, n = self.sign, self.digits
        if sign * value > sign * reached:
            yield f"the claimed {self.name} is {float(value):.{n}g}, it is {float(reached):.{n}g}"
        if sign * value > sign * bound:
            yield f"the claimed {self.name} is {self.side} its claimed bound"
        if most is None or sign * most > sign * bound:
            yield f"the proof does not show the bound {float(bound):.{n}g}"


class Divergence(Logarithms):
    """Divergences [nats], the smaller the better."""

    name, side, digits, sign = "divergence", "below", 12, -1

    def read(self, stated: object, where: str) -> Fraction:
        """Return nats."""
        return nats(stated, where)
