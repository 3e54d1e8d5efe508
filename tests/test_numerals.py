"""Numbers from text: what is read agrees with exact fractions, the rest is refused by length."""

import math
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpu_time import at_most
from qkdopt.numerals import (
    LARGEST_EXPONENT,
    MOST_DIGITS,
    NumeralError,
    exact_decimal,
    read_decimal,
    read_float,
    read_fraction,
    read_whole,
)

READERS = [read_decimal, read_float, read_fraction, read_whole, exact_decimal]
DIGITS = st.text("0123456789", min_size=1, max_size=140)
WHOLE = st.builds(lambda sign, digits: sign + digits, st.sampled_from(["", "+", "-"]), DIGITS)
EXPONENT = st.integers(-LARGEST_EXPONENT, LARGEST_EXPONENT)
NUMERALS = st.one_of(
    WHOLE,
    st.builds("{}.{}".format, WHOLE, DIGITS),
    st.builds("{}.".format, WHOLE),
    st.builds(".{}".format, DIGITS),
    st.builds("{}e{}".format, WHOLE, EXPONENT),
    st.builds("{}.{}E{:+d}".format, WHOLE, DIGITS, EXPONENT),
    st.builds(" {}_{}\n".format, WHOLE, DIGITS),
)
BOMBS = [
    "1e-999999999", "1e999999999", "-1E+999999999", "1e401", "1e-401", "1e0000000000001",
    "1e" + "9" * 10**6, "9" * 301, "9" * 4301, "9" * 10**7, "0." + "0" * 10**7 + "1",
    "0" * 10**6 + "1", "1" + "_1" * 400, " " * 10**6 + "9" * 301,
]  # fmt: skip
NO_NUMBERS = [
    "", " ", "nan", "NaN", "inf", "-inf", "Infinity", "sNaN1", "0x10", "0b1", "1__0", "_1", "1_",
    "1e", "e5", ".", "+", "--1", "1 0", "1,0", "\u0661", "\uff11", "1e\u0661", "1\0", "1j", "True",
    "1e1.5",
]  # fmt: skip


@given(NUMERALS)
def test_what_is_read_is_the_exact_number(text):
    assert Fraction(read_decimal(text)) == Fraction(text)
    assert read_fraction(text) == Fraction(text)
    assert exact_decimal(text) == read_decimal(text)
    if math.isfinite(float(text)):
        assert read_float(text) == float(text)
    else:
        with pytest.raises(NumeralError, match="beyond every float"):
            read_float(text)


@given(WHOLE)
def test_whole_numbers(text):
    assert read_whole(text) == int(text)


@given(WHOLE, DIGITS)
def test_fractions(above, below):
    text = f"{above}/{below}"
    if int(below):
        assert read_fraction(text) == Fraction(text)
    else:
        with pytest.raises(NumeralError, match="denominator of 0"):
            read_fraction(text)


@given(st.text(max_size=12) | st.text("0123456789eE+-._ /", max_size=12))
def test_any_text_is_read_as_python_reads_it_or_refused(text):
    for read, python in ((read_decimal, Fraction), (read_whole, int), (read_fraction, Fraction)):
        try:
            found = read(text)
        except NumeralError:
            continue
        assert found == python(text)


@pytest.mark.parametrize("text", BOMBS, ids=lambda text: f"{text[:12].strip()}..{len(text)}")
@pytest.mark.parametrize(
    "read", [read_decimal, read_float, read_fraction, read_whole, exact_decimal]
)
def test_long_numbers_are_refused_at_once(read, text):
    with at_most(0.5), pytest.raises(NumeralError) as caught:
        read(text)
    assert len(str(caught.value)) < 100


@pytest.mark.parametrize("text", NO_NUMBERS)
@pytest.mark.parametrize(
    "read", [read_decimal, read_float, read_fraction, read_whole, exact_decimal]
)
def test_what_is_no_number(read, text):
    with pytest.raises(NumeralError):
        read(text)


@pytest.mark.parametrize("text", ["1/0", "1/-2", "1/ 2", "1/2/3", "1.5/2", "/2", "1/", "1e5/3"])
def test_what_is_no_fraction(text):
    with pytest.raises(NumeralError):
        read_fraction(text)


def test_limits_are_reached():
    assert read_whole("-" + "9" * MOST_DIGITS) == -(10**MOST_DIGITS) + 1
    assert read_decimal("1e400") == Decimal("1e400")
    assert read_decimal("1e-400") == Decimal("1e-400")
    assert read_float("1e-400") == 0.0


def test_numbers_of_every_type():
    assert exact_decimal(0.1) == Decimal("0.1")
    assert exact_decimal(-7) == -7
    assert exact_decimal(10**MOST_DIGITS - 1) == 10**MOST_DIGITS - 1
    assert exact_decimal(Decimal("2.50")) == Decimal("2.5")


@pytest.mark.parametrize(
    "value",
    [True, None, [], math.nan, math.inf, Decimal("nan"), Decimal("-inf"), 10**5000, 1 << 10**8,
     Decimal("1e-999999999"), Decimal("1e999999999"), Decimal("1" * 301)],
    ids=range(12),
)  # fmt: skip
def test_values_that_are_no_numbers_or_too_long(value):
    with pytest.raises(NumeralError):
        exact_decimal(value)
