"""Numbers on the command line: read as everywhere, and within limits that are stated."""

from collections.abc import Callable

import typer

from qkdopt.effort import LONGEST_SECONDS
from qkdopt.errors import quote
from qkdopt.numerals import NumeralError, exact_decimal


def whole(least: int, most: int) -> Callable[[str], int]:
    """Return what reads a whole number from ``least`` to ``most``.

    The reader raises `typer.BadParameter` for anything else.
    """
    expected = f"a whole number, {least:,} to {most:,}"

    def read(text: str) -> int:
        try:
            number = exact_decimal(text)
        except NumeralError as error:
            raise _refused(text, expected) from error
        if not least <= number <= most or number != number.to_integral_value():
            raise _refused(text, expected)
        return int(number)

    read.__name__ = "whole number"
    return read


def seconds(text: str) -> float:
    """Return a time in seconds, above 0 and at most a year.

    Raises
    ------
    typer.BadParameter
        For anything else.
    """
    expected = f"a number of seconds > 0, at most {LONGEST_SECONDS:,}"
    try:
        number = exact_decimal(text)
    except NumeralError as error:
        raise _refused(text, expected) from error
    if not 0 < number <= LONGEST_SECONDS:
        raise _refused(text, expected)
    return float(number)


def _refused(text: str, expected: str) -> typer.BadParameter:
    return typer.BadParameter(f"got {quote(str(text))}, expected {expected}")
