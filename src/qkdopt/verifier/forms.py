"""Forms of parsed JSON: functions of a value and its JSON path that return it or refuse it.

Types are compared with ``type(x) is``, so that ``true`` is no integer and nothing that merely
behaves like a list or an integer gets past the gate.
"""

import re
from collections.abc import Callable, Iterable
from fractions import Fraction
from math import gcd
from typing import Any, TypeVar

from qkdopt.errors import Described, InputError

T = TypeVar("T")

LARGEST_INPUT = 10**100
"""Key bits, weights and interval indices stay below this."""

LARGEST_RESULT = 10**300
"""Claimed values, bounds and link indices stay below this, and above its negative."""

_WHOLE = "a whole number >= 0 and below 10^100"
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


def refused(where: str, value: object, expected: str) -> InputError:
    """Return the error about a value; plain words about it are `Described`."""
    return InputError(where, describe(value), expected)


class Members:
    """A JSON object that has every required member and none that is unknown.

    Called with a name, a form and the form's further arguments it returns what the form reads.
    """

    def __init__(
        self, value: object, where: str, required: Iterable[str], optional: Iterable[str] = ()
    ) -> None:
        if type(value) is not dict:
            raise refused(where, value, "a JSON object")
        required = tuple(required)
        known = (*required, *optional)
        for key in value:
            if key not in known:
                raise refused(where, key, f"no members but {', '.join(known)}")
        for key in required:
            if key not in value:
                raise refused(f"{where}.{key}", Described("nothing"), "this member")
        self.stated, self.where = value, where

    def __contains__(self, name: str) -> bool:
        """Return whether an optional member is there."""
        return name in self.stated

    def __call__(self, name: str, form: Callable[..., T], *args: Any, **words: Any) -> T:
        """Return what a form reads in a member."""
        return form(self.stated[name], f"{self.where}.{name}", *args, **words)


def a_dict(
    value: object, where: str, expected: str = "a JSON object", *, some: bool = False
) -> dict[str, Any]:
    """Return a JSON object of any members; ``some``: it is not empty."""
    if type(value) is not dict or (some and not value):
        raise refused(where, value, expected)
    return value


def text(value: object, where: str) -> str:
    """Return a string that is not empty and can be written as UTF-8."""
    if type(value) is not str or not value:
        raise refused(where, value, "a string that is not empty")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        raise refused(where, value, "a string without lone surrogates") from error
    return value


def a_list(
    value: object, where: str, length: int | None = None, what: str = "", *, some: bool = False
) -> list[Any]:
    """Return a list, of ``length`` members unless that is ``None``; ``some``: it is not empty."""
    if type(value) is not list or (length is not None and len(value) != length):
        number = "" if length is None else f" of {length:,}"
        raise refused(where, value, f"a list{number}{what}")
    if some and not value:
        raise refused(where, value, f"a list{what}, not empty")
    return value


def list_of(value: object, where: str, form: Callable[..., T], *args: Any, **kind: Any) -> list[T]:
    """Return a list as in `a_list` (``kind``) of what a form reads in its members."""
    return [form(x, f"{where}[{i}]", *args) for i, x in enumerate(a_list(value, where, **kind))]


def names(value: object, where: str) -> tuple[str, ...]:
    """Return a list of texts, each once."""
    found: dict[str, None] = {}
    for i, name in enumerate(list_of(value, where, text, what=" of names")):
        if name in found:
            raise refused(f"{where}[{i}]", name, "each target once")
        found[name] = None
    return tuple(found)


def decimal(value: object, where: str, expected: str, below: int | None = None) -> Fraction:
    """Return a plain decimal string, 40 signs at most, as an exact number."""
    if type(value) is str and len(value) <= _LONGEST_DECIMAL and _DECIMAL.fullmatch(value):
        number = Fraction(value)
        if below is None or number < below:
            return number
    raise refused(where, value, expected)


def seconds(value: object, where: str) -> Fraction:
    """Return seconds."""
    return decimal(value, where, 'seconds as a plain decimal string like "10"')


def rational(value: object, where: str, limited: bool = False) -> Fraction:
    """Return a fraction such as ``-3/4``, 120 signs at most; ``limited``: it is not below 0."""
    parts = None
    if type(value) is str and len(value) <= _LONGEST_RATIONAL:
        parts = _RATIONAL.fullmatch(value)
    if parts is None:
        expected = f'a fraction like "-3/4", {_LONGEST_RATIONAL} signs'
        raise refused(where, value, expected)
    number = Fraction(int(parts[1]), int(parts[2]))
    if limited and number < 0:
        raise refused(where, value, "a fraction that is not negative")
    return number


def lowest_terms(value: object, where: str, below: int = LARGEST_INPUT) -> Fraction:
    """Return a fraction >= 0 such as ``3/4``, of whole numbers below ``below``."""
    form = f'a fraction in lowest terms like "3/4", of numbers below 10^{len(str(below)) - 1}'
    parts = _RATIONAL.fullmatch(value) if type(value) is str and len(value) < 10**3 else None
    numerator, denominator = map(int, parts.groups()) if parts else (-1, 1)
    if not 0 <= numerator < below or denominator >= below or gcd(numerator, denominator) > 1:
        raise refused(where, value, form)
    return Fraction(numerator, denominator)


def whole(value: object, where: str, least: int, below: int, expected: str) -> int:
    """Return an integer with ``least <= value < below``; ``expected`` says so in words."""
    if type(value) is not int or not least <= value < below:
        raise refused(where, value, expected)
    return value


def whole_numbers(
    value: object, where: str, least: int, below: int, expected: str, length: int | None = None
) -> tuple[int, ...]:
    """Return a list of integers, each as in `whole`; ``length`` is ``None`` where it is free."""
    numbers = a_list(value, where, length)
    if {*map(type, numbers)} == {int} and least <= min(numbers) and max(numbers) < below:
        return tuple(numbers)
    return tuple(list_of(numbers, where, whole, least, below, expected))


def count(value: object, where: str) -> int:
    """Return a whole number >= 0."""
    return whole(value, where, 0, LARGEST_INPUT, _WHOLE)


def counts(value: object, where: str, length: int | None = None) -> tuple[int, ...]:
    """Return whole numbers >= 0, ``length`` of them unless that is ``None``."""
    return whole_numbers(value, where, 0, LARGEST_INPUT, _WHOLE, length)
