"""Text from outside into numbers: digits and exponent are counted before anything is computed.

A numeral is a sign, ASCII digits with or without a point, and an exponent of ten. As in Python
and TOML, one underscore may stand between two digits. Words such as ``nan`` and ``inf`` are no
numerals. What is longer than :data:`MOST_DIGITS` digits, or further from 1 than
:data:`LARGEST_EXPONENT` powers of ten, is refused by its length: nothing that a schedule is made
of needs it, and the arithmetic of such numbers takes minutes.
"""

import math
import re
from decimal import Decimal
from fractions import Fraction

from qkdopt.errors import InputError

MOST_DIGITS = 300
"""Digits of a numeral before its exponent, zeros included."""

LARGEST_EXPONENT = 400
"""Powers of ten in an exponent, up or down; a float reaches from -324 to 308."""

_LONGEST_TEXT = 2 * MOST_DIGITS + 20  # with underscores, sign, point and exponent
_SHORT = 20
_MOST_BITS = 1000  # an integer of 300 digits has 997
_DIGITS = r"[0-9]+(?:_[0-9]+)*"
_WHOLE = re.compile(rf"[+-]?{_DIGITS}")
_DECIMAL = re.compile(
    rf"[+-]?(?:{_DIGITS}(?:\.(?:{_DIGITS})?)?|\.{_DIGITS})(?:[eE](?P<exponent>[+-]?{_DIGITS}))?"
)


class NumeralError(ValueError):
    """Text that is not a number, or a number that is too long; the message tells which."""


def read_whole(text: str) -> int:
    """Return the integer that ``text`` states in decimal digits.

    Raises
    ------
    NumeralError
        For anything else, and for more than `MOST_DIGITS` digits.
    """
    if len(text) < _SHORT and text.isascii() and text.isdigit():  # nearly all, in no time
        return int(text)
    return int(_checked(text, _WHOLE, "a whole number"))


def read_decimal(text: str) -> Decimal:
    """Return the number that ``text`` states, with all its digits.

    Raises
    ------
    NumeralError
        For text that is not a numeral, for more than `MOST_DIGITS` digits, and for an exponent
        beyond `LARGEST_EXPONENT`.
    """
    return Decimal(_checked(text, _DECIMAL, "a number"))


def read_float(text: str) -> float:
    """Return the float nearest to the number that ``text`` states, always a finite one.

    Raises
    ------
    NumeralError
        As `read_decimal`, and for numbers beyond the largest float.
    """
    number = float(_checked(text, _DECIMAL, "a number"))
    if math.isinf(number):
        raise NumeralError("a number beyond every float")
    return number


def read_fraction(text: str) -> Fraction:
    """Return the number that ``text`` states, as ``7/3`` or as a numeral.

    Raises
    ------
    NumeralError
        As `read_decimal`, and for a denominator of 0.
    """
    above, slash, below = text.partition("/")
    if not slash:
        return Fraction(read_decimal(text))
    if below != below.lstrip(" +-"):
        raise NumeralError("a signed denominator")
    denominator = read_whole(below)
    if not denominator:
        raise NumeralError("a denominator of 0")
    return Fraction(read_whole(above), denominator)


def exact_decimal(value: object) -> Decimal:
    """Return a number as an exact decimal, however it is stated: text, int, float, Decimal.

    Floats are taken as they print, ``0.1`` for instance.

    Raises
    ------
    NumeralError
        For booleans and other things that are no numbers, for numbers that are not finite, and
        for those that are too long.
    """
    if isinstance(value, bool):
        raise NumeralError("a truth value")
    if isinstance(value, int):
        if value.bit_length() > _MOST_BITS:
            raise NumeralError(f"a whole number of more than {MOST_DIGITS} digits")
        return Decimal(value)
    if isinstance(value, Decimal):
        return _checked_decimal(value)
    return read_decimal(str(value))


def decimal_up_to(most: Decimal | int, value: object, where: str, expected: str) -> Decimal:
    """Return a number from 0 to ``most`` as an exact decimal.

    Raises
    ------
    InputError
        Saying that ``expected`` was expected, for anything else.
    """
    try:
        number = exact_decimal(value)
    except NumeralError as error:
        raise InputError(where, value, expected) from error
    if not 0 <= number <= most:
        raise InputError(where, value, expected)
    return number


def _checked_decimal(value: Decimal) -> Decimal:
    _, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int):
        raise NumeralError("no finite number")
    if len(digits) > MOST_DIGITS:
        raise NumeralError(f"a number of {len(digits):,} digits (at most {MOST_DIGITS})")
    if abs(exponent) > LARGEST_EXPONENT + MOST_DIGITS:
        raise NumeralError(f"an exponent of {exponent:,} (at most {LARGEST_EXPONENT})")
    return value


def _checked(text: str, pattern: re.Pattern[str], what: str) -> str:
    """Return ``text`` without blanks around it, if it is a numeral of bounded length."""
    if len(text) > _LONGEST_TEXT:
        text = text.strip()
    if len(text) > _LONGEST_TEXT:
        raise NumeralError(f"{len(text):,} characters (a number has at most {MOST_DIGITS} digits)")
    text = text.strip()
    match = pattern.fullmatch(text)
    if match is None:
        raise NumeralError(f"not {what}")
    exponent = match.groupdict().get("exponent")
    mantissa = text if exponent is None else text[: match.start("exponent") - 1]
    digits = len(mantissa) if len(mantissa) <= MOST_DIGITS else sum(map(str.isdigit, mantissa))
    if digits > MOST_DIGITS:
        raise NumeralError(f"a number of {digits:,} digits (at most {MOST_DIGITS})")
    if exponent is not None and _too_far(exponent):
        raise NumeralError(f"an exponent of {exponent} (at most {LARGEST_EXPONENT})")
    return text


def _too_far(exponent: str) -> bool:
    return len(exponent) > len(f"+{LARGEST_EXPONENT}") or abs(int(exponent)) > LARGEST_EXPONENT
