"""Exact decimals between limits, as settings of strategies are stated."""

from decimal import Decimal

from qkdopt.errors import InputError
from qkdopt.numerals import decimal_up_to
from qkdopt.timegrid import plain_decimal

_MOST_DECIMALS = 30


def plain_decimal_up_to(most: Decimal, value: object, where: str, expected: str) -> Decimal:
    """Return a number between 0 and ``most`` as an exact decimal in its one plain spelling.

    Raises
    ------
    InputError
        For anything else, and for more than 30 decimals.
    """
    plain = plain_decimal(decimal_up_to(most, value, where, expected))
    if len(plain.partition(".")[2]) > _MOST_DECIMALS:
        raise InputError(where, value, expected)
    return Decimal(plain)
