"""Prices of proportion, the numbers of a proof, and the bound that they show."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

from qkdopt.errors import InputError
from qkdopt.judge.answering_path import Pieces
from qkdopt.judge.fields import describe
from qkdopt.judge.longest_path import longest_path

__all__ = ["Prices", "priced_bound", "read_prices", "read_rational"]

_RATIONAL = re.compile(r"(0|-?[1-9][0-9]*)/([1-9][0-9]*)")
_LONGEST_RATIONAL = 120


@dataclass(frozen=True)
class Prices:
    """``a`` for each target and ``mu`` >= 0; whether they are allowed is not checked here."""

    a: tuple[Fraction, ...]
    mu: Fraction


def read_prices(proof: dict[str, object], where: str, n_targets: int) -> Prices:
    """Return the prices of a proof of kind ``prices``.

    Raises
    ------
    InputError
        For anything but one fraction per target in ``a`` and one that is not negative in ``mu``.
    """
    values = proof["a"]
    if type(values) is not list or len(values) != n_targets:
        raise InputError(f"{where}.a", describe(values), f"a list of {n_targets:,}")
    a = tuple(read_rational(value, f"{where}.a[{i}]") for i, value in enumerate(values))
    mu = read_rational(proof["mu"], f"{where}.mu")
    if mu < 0:
        raise InputError(f"{where}.mu", describe(proof["mu"]), "a fraction that is not negative")
    return Prices(a, mu)


def priced_bound(
    pieces: Pieces,
    prices: Prices,
    weights: Sequence[int],
    answers: Sequence[tuple[int, int, bool]] = (),
) -> int | None:
    """Return floor(L(1 - mu a)) over the schedules that give ``answers``; ``None``: no such.

    ``pieces`` are those of the problem; they remember what they were asked before.

    Targets of weight 0 earn nothing instead of being left out: every schedule that leaves them
    out is among those looked at, so the bound is right (and where nothing is asked it is as
    tight, because a service that earns nothing may be taken out of a schedule).
    """
    common = prices.mu.denominator * lcm(*(a.denominator for a in prices.a))
    worth = tuple(
        int(common * (1 - prices.mu * a)) if w else 0
        for a, w in zip(prices.a, weights, strict=True)
    )
    if not answers:
        return longest_path(pieces.problem, worth) // common
    most = pieces.longest(worth, answers)
    return None if most is None else most // common


def read_rational(value: object, where: str) -> Fraction:
    """Return a fraction such as ``-3/4``."""
    if type(value) is str and len(value) <= _LONGEST_RATIONAL and _RATIONAL.fullmatch(value):
        return Fraction(value)
    raise InputError(where, describe(value), f'a fraction like "-3/4", {_LONGEST_RATIONAL} signs')
