"""Prices of proportion, the numbers of a proof, and the bound that they show."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

from qkdopt.errors import InputError
from qkdopt.judge.answering_path import Answer, Pieces
from qkdopt.judge.fields import describe
from qkdopt.judge.longest_path import longest_path

__all__ = ["Prices", "priced_bound", "read_prices", "read_rational"]

_RATIONAL = re.compile(r"(0|-?[1-9][0-9]*)/([1-9][0-9]*)")
_LONGEST_RATIONAL = 120


@dataclass(frozen=True)
class Prices:
    """``a`` for each target and ``mu`` >= 0; whether they are allowed is not checked here.

    ``nu`` >= 0 are those of the floors, one for each target; 0 where there are none.
    """

    a: tuple[Fraction, ...]
    mu: Fraction
    nu: tuple[Fraction, ...]


def read_prices(proof: dict[str, object], where: str, n_targets: int) -> Prices:
    """Return the prices of a proof of kind ``prices``.

    Raises
    ------
    InputError
        For anything but one fraction per target in ``a`` (and in ``nu``, where there are floors)
        and one in ``mu``, those of ``mu`` and ``nu`` not negative.
    """
    a = _by_target(proof["a"], f"{where}.a", n_targets)
    mu = _not_negative(read_rational(proof["mu"], f"{where}.mu"), f"{where}.mu")
    nu = (Fraction(0),) * n_targets
    if "nu" in proof:
        nu = _by_target(proof["nu"], f"{where}.nu", n_targets)
        nu = tuple(_not_negative(x, f"{where}.nu[{i}]") for i, x in enumerate(nu))
    return Prices(a, mu, nu)


def _by_target(values: object, where: str, n_targets: int) -> tuple[Fraction, ...]:
    if type(values) is not list or len(values) != n_targets:
        raise InputError(where, describe(values), f"a list of {n_targets:,}")
    return tuple(read_rational(value, f"{where}[{i}]") for i, value in enumerate(values))


def _not_negative(number: Fraction, where: str) -> Fraction:
    if number < 0:
        came = f"{number.numerator}/{number.denominator}"
        raise InputError(where, came, "a fraction that is not negative")
    return number


def priced_bound(
    pieces: Pieces,
    prices: Prices,
    weights: Sequence[int],
    floors: Sequence[int],
    answers: Sequence[Answer] = (),
) -> int | None:
    """Return floor(L(1 - mu a + nu) - sum nu l) over the schedules that give ``answers``.

    ``None``: there are no such schedules.

    ``pieces`` are those of the problem; they remember what they were asked before.

    Targets of weight 0 earn nothing instead of being left out: every schedule that leaves them
    out is among those looked at, so the bound is right (and where nothing is asked it is as
    tight, because a service that earns nothing may be taken out of a schedule).
    """
    common = lcm(
        prices.mu.denominator * lcm(*(a.denominator for a in prices.a)),
        *(x.denominator for x in prices.nu),
    )
    worth = tuple(
        int(common * (1 - prices.mu * a + x)) if w else 0
        for a, x, w in zip(prices.a, prices.nu, weights, strict=True)
    )
    owed = int(common * sum((x * b for x, b in zip(prices.nu, floors, strict=True)), Fraction(0)))
    if not answers:
        return (longest_path(pieces.problem, worth) - owed) // common
    most = pieces.longest(worth, answers)
    return None if most is None else (most - owed) // common


def read_rational(value: object, where: str) -> Fraction:
    """Return a fraction such as ``-3/4``."""
    if type(value) is str and len(value) <= _LONGEST_RATIONAL and _RATIONAL.fullmatch(value):
        return Fraction(value)
    raise InputError(where, describe(value), f'a fraction like "-3/4", {_LONGEST_RATIONAL} signs')
