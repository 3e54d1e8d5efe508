"""Take typed members out of parsed JSON; refuse what does not fit, naming its JSON path.

Types are compared with ``type(x) is``, so that ``true`` is no integer and nothing that merely
behaves like a list or an integer gets past the gate.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from qkdopt.errors import Described, InputError

__all__ = [
    "LARGEST_INPUT",
    "Described",
    "count",
    "counts",
    "decimal",
    "describe",
    "list_of",
    "members",
    "names",
    "rational",
    "seconds",
    "text",
    "whole",
    "whole_numbers",
]

LARGEST_INPUT = 10**100
"""Key bits, weights and interval indices stay below this."""

WHOLE = "a whole number >= 0 and below 10^100"

_DECIMAL = re.compile(r"(0|[1-9][0-9]*)(\.[0-9]*[1-9])?")
_LONGEST_DECIMAL = 40
_RATIONAL = re.compile(r"(0|-?[1-9][0-9]*)/([1-9][0-9]*)")
_LONGEST_RATIONAL = 120

_LONGEST_NUMBER_BITS = 256
_LONGEST_TEXT = 200


def describe(value: object) -> object:
    """Return ``value``, or words in its place where its ``repr`` is long or not JSON."""
    if isinstance(value, Described):
        return value
    if value is None or type(value) is bool:
        return Described({None: "null", True: "true", False: "false"}[value])
    if type(value) is int and value.bit_length() > _LONGEST_NUMBER_BITS:
        return Described(f"an integer of {value.bit_length():,} bits")
    if type(value) is str:
        return value[:_LONGEST_TEXT]
    if type(value) is list:
        return Described(f"a list of {len(value):,}")
    if type(value) is dict:
        return Described("an object")
    return value if type(value) in (int, float) else Described(f"a {type(value).__name__}")


def members(
    value: object, where: str, required: Iterable[str], optional: Iterable[str] = ()
) -> dict[str, Any]:
    """Return a JSON object that has every required member and none that is unknown."""
    if type(value) is not dict:
        raise InputError(where, describe(value), "a JSON object")
    required = tuple(required)
    known = (*required, *optional)
    for key in value:
        if key not in known:
            raise InputError(where, describe(key), f"no members but {', '.join(known)}")
    for key in required:
        if key not in value:
            raise InputError(f"{where}.{key}", Described("nothing"), "this member")
    return value


def text(value: object, where: str) -> str:
    """Return a string that is not empty and can be written as UTF-8."""
    if type(value) is not str or not value:
        raise InputError(where, describe(value), "a string that is not empty")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InputError(where, describe(value), "a string without lone surrogates") from error
    return value


def list_of(
    value: object, where: str, length: int | None = None, what: str = "", *, some: bool = False
) -> list[Any]:
    """Return a list, of ``length`` members unless that is ``None``; ``some``: it is not empty."""
    if type(value) is not list or (length is not None and len(value) != length):
        number = "" if length is None else f" of {length:,}"
        raise InputError(where, describe(value), f"a list{number}{what}")
    if some and not value:
        raise InputError(where, describe(value), f"a list{what}, not empty")
    return value


def names(value: object, where: str, length: int | None = None) -> tuple[str, ...]:
    """Return a list of texts, each once."""
    found: dict[str, None] = {}
    for i, name in enumerate(list_of(value, where, length, " of names")):
        if text(name, f"{where}[{i}]") in found:
            raise InputError(f"{where}[{i}]", describe(name), "each target once")
        found[name] = None
    return tuple(found)


def seconds(value: object, where: str) -> Fraction:
    """Return seconds of a plain decimal string as an exact number."""
    return decimal(value, where, 'seconds as a plain decimal string like "10"')


def decimal(value: object, where: str, expected: str) -> Fraction:
    """Return a plain decimal string, 40 signs at most, as an exact number."""
    if type(value) is str and len(value) <= _LONGEST_DECIMAL and _DECIMAL.fullmatch(value):
        return Fraction(value)
    raise InputError(where, describe(value), expected)


def rational(value: object, where: str) -> Fraction:
    """Return a fraction such as ``-3/4``, 120 signs at most."""
    if type(value) is str and len(value) <= _LONGEST_RATIONAL and _RATIONAL.fullmatch(value):
        return Fraction(value)
    raise InputError(where, describe(value), f'a fraction like "-3/4", {_LONGEST_RATIONAL} signs')


def whole(value: object, where: str, least: int, below: int, expected: str) -> int:
    """Return an integer with ``least <= value < below``; ``expected`` says so in words."""
    if type(value) is not int or not least <= value < below:
        raise InputError(where, describe(value), expected)
    return value


def whole_numbers(
    value: object, where: str, length: int | None, least: int, below: int, expected: str
) -> tuple[int, ...]:
    """Return a list of integers, each as in `whole`; ``length`` is ``None`` where it is free."""
    numbers = list_of(value, where, length)
    if {*map(type, numbers)} == {int} and least <= min(numbers) and max(numbers) < below:
        return tuple(numbers)
    for i, number in enumerate(numbers):
        if type(number) is not int or not least <= number < below:
            raise InputError(f"{where}[{i}]", describe(number), expected)
    return tuple(numbers)


def count(value: object, where: str) -> int:
    """Return a whole number >= 0."""
    return whole(value, where, 0, LARGEST_INPUT, WHOLE)


def counts(value: object, where: str, length: int | None = None) -> tuple[int, ...]:
    """Return whole numbers >= 0, ``length`` of them unless that is ``None``."""
    return whole_numbers(value, where, length, 0, LARGEST_INPUT, WHOLE)
