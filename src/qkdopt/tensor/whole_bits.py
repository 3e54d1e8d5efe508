"""Bits by target from user input: stock, demand, lower bounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from qkdopt.errors import InputError
from qkdopt.numerals import NumeralError, exact_decimal

__all__ = ["whole_bits", "whole_number"]

_MOST = 2**62


def whole_bits(
    given: Mapping[str, object], targets: Sequence[str], where: str, *, everyone: bool = False
) -> tuple[int, ...]:
    """Return whole bits for every target, in the order of ``targets``.

    Parameters
    ----------
    given
        Whole numbers >= 0 by target name, as integers, decimals or text.
    where
        What it is, for the error.
    everyone
        Whether every target must be named; otherwise those that are not get 0.

    Raises
    ------
    InputError
        For an unknown target, a missing one, and anything but whole numbers >= 0.
    """
    known = set(targets)
    for name in given:
        if name not in known:
            raise InputError(where, name, f"targets among {', '.join(targets)}")
    missing = [name for name in targets if name not in given]
    if missing and everyone:
        raise InputError(where, f"nothing for {', '.join(missing)}", "bits for every target")
    return tuple(whole_number(given.get(name, 0), f"{where}: {name}") for name in targets)


def whole_number(value: object, where: str) -> int:
    """Return a whole number of bits, as an integer, a decimal or text states it.

    Raises
    ------
    InputError
        For anything but a whole number from 0 to 2^62.
    """
    expected = f"a whole number of bits, 0 to {_MOST}"
    try:
        number = exact_decimal(value)
    except NumeralError as error:
        raise InputError(where, value, expected) from error
    if not 0 <= number <= _MOST or number != number.to_integral_value():
        raise InputError(where, value, expected)
    return int(number)
