"""The table of delivered keys at 80 columns: names and numbers in one piece."""

import io

import pytest
from rich.console import Console

from qkdopt.cli.table import Column, delivery_table, number_words, verdict_words
from qkdopt.study import evaluate
from qkdopt.verifier import Verdict

NAMES = ("Nanshan-Urumqi station", "Lhasa", "San Sebastián", "Guangzhou")
EVALUATION = evaluate(NAMES, (25, 12, 1, 2), (919_802, 2_453_437, 1_550_812, 2_087_637))
LONG = (
    ("value", "t 1,234,567.5, total 8,036,892"),
    ("verdict", "holds, gap of t 24.5 %"),
    ("second solver", "milp: time limit"),
)
SHORT = (("value", "1,010,320,877,546"), ("verdict", "proved optimal"))


def lines(columns, width):
    out = io.StringIO()
    console = Console(width=width, file=out, highlight=False, markup=False, emoji=False)
    console.print(delivery_table(console, columns))
    found = out.getvalue().splitlines()
    assert max(map(len, found)) <= width
    return found


@pytest.mark.parametrize(("claims", "count"), [(LONG, 1), (LONG, 2), (SHORT, 2)])
def test_a_long_verdict_breaks_between_words_and_no_name_breaks(claims, count):
    found = lines([Column("balanced", EVALUATION, claims)] * count, 80)
    for name, bits in zip(NAMES, ("920", "2,453", "1,551", "2,088"), strict=True):
        (line,) = [line for line in found if line.startswith(f" {name} ")]
        assert line.count(f" {bits} ") == count
    text = " ".join(" ".join(found).split())
    for words in ("second solver" if claims is LONG else "verdict", "KL mismatch [nats]"):
        assert words in text
    assert "8,036,892" in text or claims is SHORT


def test_three_strategies_fit_with_whole_numbers_and_words():
    found = lines([Column("S-GD", EVALUATION, SHORT)] * 3, 80)
    text = "\n".join(found)
    for words in ("San Sebastián", "Guangzhou", "utilisation", "KL mismatch"):
        assert words in text
    assert text.count("1,010,320,877,546") == 3
    assert text.count("2,453  35.0 %") == 3


def test_a_terminal_that_is_far_too_narrow_still_shows_something():
    assert len(lines([Column("S-GD", EVALUATION, LONG)] * 4, 60)) > len(NAMES)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (1234567, "1,234,567"),
        ({"t": "63/2", "total": 34}, "t 31.5, total 34"),
        ("0.339016083912", "0.339016083912"),
        ("18786464.344777037475953069", "18,786,464.3448"),
    ],
)
def test_values_are_short_enough_to_read(number, words):
    assert number_words(number) == words


def test_nats_are_optimal_to_1e_12_and_have_no_negative_gap():
    # Of fair delivery the value is below its bound, of divergence above.
    def words(value, bound, optimal=False):
        return verdict_words(Verdict(True, optimal, value, bound, (), bound, (), "nats"))

    assert words("8.5", "8.5", optimal=True) == "optimal to 1e-12"
    assert words("8.5", "8.75") == words("8.75", "8.5") == "holds, gap 0.25 nats"
