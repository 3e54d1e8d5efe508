"""The strategy of a certificate, checked member by member: what the schedule is to be good at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from qkdopt.errors import InputError
from qkdopt.verifier.fields import (
    LARGEST_INPUT,
    WHOLE,
    decimal,
    describe,
    members,
    text,
    whole,
    whole_numbers,
)
from qkdopt.verifier.strategies import STRATEGIES

__all__ = ["Settings", "read_decimal", "read_settings"]

_LARGEST_DIVERGENCE = 1000


@dataclass(frozen=True)
class Settings:
    """A strategy's name and what else it is about.

    Attributes
    ----------
    kl_max
        Largest divergence that ``td`` allows [nats], otherwise 0.
    fraction
        Share of the most bits that ``least`` has to deliver, otherwise 0.
    floors
        Least bits by target name; empty where there are none.
    coefficients
        What a bit of each link is worth to ``linear``, otherwise empty.
    """

    name: str
    kl_max: Fraction = Fraction(0)
    fraction: Fraction = Fraction(0)
    floors: Mapping[str, int] = field(default_factory=dict)
    coefficients: tuple[int, ...] = ()


def read_settings(value: object, where: str) -> Settings:
    """Return the strategy that a certificate states.

    Raises
    ------
    InputError
        For an unknown strategy, and settings that it does not have or that are malformed.
    """
    if type(value) is not dict or "name" not in value:
        raise InputError(where, describe(value), 'an object with a "name"')
    name = text(value["name"], f"{where}.name")
    if name not in STRATEGIES:
        raise InputError(f"{where}.name", describe(name), f"one of {', '.join(STRATEGIES)}")
    optional = () if STRATEGIES[name].per_link else ("floors",)
    found = members(value, where, ("name", *STRATEGIES[name].settings), optional)
    if "coefficients" in found:
        stated = found["coefficients"]
        numbers = whole_numbers(stated, f"{where}.coefficients", None, 0, LARGEST_INPUT, WHOLE)
        return Settings(name, coefficients=numbers)
    floors = _floors(found, f"{where}.floors")
    if "kl_max" in found:
        kl_max = read_decimal(found["kl_max"], f"{where}.kl_max", "nats")
        return Settings(name, kl_max=kl_max, floors=floors)
    if "fraction" in found:
        fraction = read_decimal(found["fraction"], f"{where}.fraction", "a share")
        if fraction > 1:
            raise InputError(f"{where}.fraction", describe(found["fraction"]), "at most 1")
        return Settings(name, fraction=fraction, floors=floors)
    return Settings(name, floors=floors)


def _floors(found: dict[str, object], where: str) -> dict[str, int]:
    if "floors" not in found:
        return {}
    floors = found["floors"]
    if type(floors) is not dict or not floors:
        raise InputError(where, describe(floors), "an object with a floor by target name")
    return {
        name: whole(bits, f"{where}.{name}", 0, LARGEST_INPUT, WHOLE)
        for name, bits in floors.items()
    }


def read_decimal(value: object, where: str, what: str) -> Fraction:
    """Return a plain decimal such as ``0.01``, below 1000."""
    expected = f'{what} below 1000 as a plain decimal like "0.01"'
    number = decimal(value, where, expected)
    if number < _LARGEST_DIVERGENCE:
        return number
    raise InputError(where, describe(value), expected)
