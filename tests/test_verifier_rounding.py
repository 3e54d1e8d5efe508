"""The verifier's decimals err upwards only, however long the numbers are."""

from __future__ import annotations

import math
from decimal import ROUND_FLOOR, Context, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qkdopt.verifier.logarithms import divergence_up, exp_up, ln_up, sum_of_products_up

FINE = Context(prec=200, rounding=ROUND_FLOOR)
"""Carries so many more digits that its own rounding does not matter."""

long_wholes = st.integers(10**60, 10**95)
arguments = st.builds(Fraction, st.integers(-(10**98), 10**98), long_wholes).filter(
    lambda x: -5000 < x < 5000
)


def nearly(x: Fraction) -> Decimal:
    return FINE.divide(Decimal(x.numerator), Decimal(x.denominator))


@given(arguments)
def test_exponentials_are_above_and_hardly(x: Fraction) -> None:
    exact, up = Fraction(FINE.exp(nearly(x))), Fraction(exp_up(x))
    assert exact < up < exact * (1 + Fraction(1, 10**54))


@given(st.builds(Fraction, long_wholes, long_wholes))
def test_logarithms_are_above_and_hardly(x: Fraction) -> None:
    exact, up = Fraction(FINE.ln(nearly(x))), Fraction(ln_up(x))
    assert exact < up < exact + Fraction(1, 10**54) or exact == up == 0


LONG = 10**95 // 3  # 3333...: cut off after sixty digits it is smaller


@pytest.mark.parametrize(
    "x",
    [Fraction(-1, 3), Fraction(1, 3), Fraction(-2, 7), Fraction(10, 7)]
    + [Fraction(sign * 10**98, LONG) for sign in (-1, 1)]
    + [Fraction(sign * LONG, 10**92 + 10**20) for sign in (-1, 1)],
)
def test_fractions_are_rounded_up_before_they_are_used(x: Fraction) -> None:
    assert Fraction(exp_up(x)) > Fraction(FINE.exp(nearly(x)))


@given(st.lists(st.tuples(long_wholes, st.decimals(-9, 9, places=5)), min_size=1, max_size=4))
def test_sums_of_products_are_above_and_hardly(pairs: list[tuple[int, Decimal]]) -> None:
    exact = sum((n * Fraction(x) for n, x in pairs), Fraction(0))
    size = sum((n * abs(Fraction(x)) for n, x in pairs), Fraction(1))
    assert exact <= sum_of_products_up(pairs) <= exact + size / 10**57


def test_a_long_number_of_bits_below_its_share() -> None:
    # 10^80 + 1 needs 81 digits; rounded up it would make the negative term too small.
    assert sum_of_products_up([(10**80 + 1, Decimal(-1))]) >= -(10**80 + 1)


def test_the_divergence_of_long_shares_is_not_below_the_true_one() -> None:
    delivered, weights = [10**80 + 1, 10**81 + 3], [3, 1]
    S, W = sum(delivered), sum(weights)
    exact = sum(
        Fraction(e, S) * Fraction(FINE.ln(nearly(Fraction(e * W, w * S))))
        for e, w in zip(delivered, weights, strict=True)
    )
    assert exact <= divergence_up(delivered, weights) <= exact + Fraction(1, 10**55)
    assert float(exact) == pytest.approx(
        math.log(4 / 33) / 11 + 10 / 11 * math.log(40 / 11), rel=1e-12
    )
