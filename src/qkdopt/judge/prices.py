"""The bound that the multipliers of a proof show."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import lcm
from typing import TYPE_CHECKING, TypeAlias

from qkdopt.judge.budget import Budget, size_factor
from qkdopt.judge.cases import Case, Multipliers

if TYPE_CHECKING:
    from qkdopt.judge.claim import Claim

__all__ = ["Priced", "common_multiple", "dot", "most_of_cases"]

Priced: TypeAlias = tuple[Sequence[Fraction], Fraction]
"""What one bit is worth at each target, and what is added to the worth of all."""

_STEPS_PER_TARGET = 40


def most_of_cases(
    claim: Claim, part: str, price: Callable[[Multipliers], Priced | None]
) -> tuple[Fraction | None, bool]:
    """Return the largest bound of the cases of a part of the proof, and whether all are allowed.

    Parameters
    ----------
    price
        Says what multipliers make of the problem: the bound of a case is L(worth) + added over
        its schedules. ``None`` where they are not allowed; such cases are passed over.

    Returns
    -------
    Fraction or None, bool
        ``None`` where no case has a schedule.
    """
    most: Fraction | None = None
    known: dict[int, Priced | None] = {}
    for case in claim.cases[part]:
        key = id(case.by_name)  # cases may share them
        if key not in known:
            claim.problem.budget.spend(_STEPS_PER_TARGET * len(claim.problem.targets))
            known[key] = price(case.by_name)
        priced = known[key]
        found = None if priced is None else _most_of_case(claim, case, *priced)
        if found is not None and (most is None or found > most):
            most = found
    return most, None not in known.values()


def _most_of_case(
    claim: Claim, case: Case, worth: Sequence[Fraction], added: Fraction
) -> Fraction | None:
    budget = claim.problem.budget
    common = common_multiple([x.denominator for x in worth], budget)
    budget.spend(len(worth) * size_factor((common,)) + (common.bit_length() // 500) ** 2)
    whole = tuple(x.numerator * (common // x.denominator) for x in worth)
    most = claim.most(whole, () if case.way is None else case.way.answers())
    return None if most is None else Fraction(most, common) + added


def common_multiple(denominators: Sequence[int], budget: Budget) -> int:
    """Return the least common multiple; a long one is counted while it grows."""
    common = 1
    for denominator in set(denominators):
        common = lcm(common, denominator)
        budget.spend(1 + common.bit_length() // 500)
    return common


def dot(xs: Sequence[Fraction], ys: Sequence[Fraction | int], budget: Budget) -> Fraction:
    """Return the sum of the products."""
    products = [x * y for x, y in zip(xs, ys, strict=True)]
    common = common_multiple([x.denominator for x in products], budget)
    budget.spend(len(products) * size_factor((common,)) + (common.bit_length() // 500) ** 2)
    return Fraction(sum(x.numerator * (common // x.denominator) for x in products), common)
