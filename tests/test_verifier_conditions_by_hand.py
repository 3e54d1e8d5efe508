"""What schedules, shared bits and multipliers have to obey, one false claim for each."""

from __future__ import annotations

from fractions import Fraction
from math import floor
from typing import Any

import pytest

from qkdopt import verifier
from qkdopt.errors import InputError
from verifier_by_hand import CAPPED, FLOORS, PAIRED, PAIRS, TD, A, balanced, certificate, spelt

TOO_MUCH = {"floors": {"A": 10}}
NO_PRICES = {"a": spelt(-1, -1), "mu": "0/1", "nu": spelt(0, 0)}
MISSED = {
    "gd": certificate({"name": "gd"} | TOO_MUCH, {"nu": spelt(0, 0)}),
    "pd": certificate({"name": "pd"} | TOO_MUCH, {"nu": spelt(0, 0)}),
    "td": certificate(TD | TOO_MUCH, NO_PRICES),
    "capped": certificate(CAPPED | TOO_MUCH, {"lambda": spelt(1, 1), "nu": spelt(0, 0)}),
    "paired": certificate(
        PAIRED | TOO_MUCH, {"lambda": spelt(1, 1), "nu": spelt(0, 0)}, pairs=PAIRS
    ),
    "balanced": balanced(
        {"lambda": spelt(1, 1), "floors": spelt(0, 0), "nu": spelt(0, 0)}, Fraction(99), 99,
        **TOO_MUCH,
    ),
    "least": certificate(
        {"name": "least", "fraction": "0.5"} | TOO_MUCH,
        {"a": spelt(0, 0), "nu": "0/1", "floors": spelt(0, 0)},
        value="1",
        bound="0",
    ),
}  # fmt: skip


@pytest.mark.parametrize("strategy", MISSED)
def test_a_floor_that_is_missed_by_one_bit(strategy: str) -> None:
    document = MISSED[strategy]
    assert "A gets 9 bits, the lower bound is 10" in verifier.verify(document).findings
    document["strategy"]["floors"] = {"A": 9}
    findings = verifier.verify(document).findings
    assert not any("lower bound" in text for text in findings), findings
    document["strategy"]["floors"] = {"C": 0}
    assert "there is a lower bound for C, which is no target" in verifier.verify(document).findings


TRAFFIC = {
    "not the same both ways": [[0, 12], [13, 0]],
    "less one way": [[0, 12], [11, 0]],
    "with itself": [[1, 12], [12, 0]],
    "below 0": [[0, -1], [-1, 0]],
    "of another size": [[0, 12]],
}
SHARED = {
    "a pair twice": [[0, 1, 4], [0, 1, 5]],
    "the other way round": [[1, 0, 9]],
    "with itself": [[0, 0, 9]],
    "below 0": [[0, 1, -9]],
    "no target": [[0, 2, 9]],
}


@pytest.mark.parametrize("answers", [[[0, 0], 0, 0], [0]])
def test_trees_are_judged_with_operations_on(answers: list[Any]) -> None:
    # A matrix of zeros: every interval gives its best, and A is the best in the first.
    prices = {"kind": "tree", "prices": [{"a": spelt(*A), "mu": "1/2"}], "tree": answers}
    document = certificate(TD, prices)
    document["problem"]["options"] = {"switch_matrix_s": [["0", "0"], ["0", "0"]]}
    assert verifier.verify(document).recomputed_bound == floor(
        5 * Fraction(9, 8) + 6 * Fraction(5, 4) + 7 * Fraction(5, 4) + 9 * Fraction(5, 4)
    )


def paired() -> dict[str, Any]:
    return certificate(PAIRED, {"lambda": spelt(1, 1)}, value=9, pairs=PAIRS)


@pytest.mark.parametrize("kind", TRAFFIC)
def test_traffic_that_is_none(kind: str) -> None:
    document = paired()
    document["problem"]["traffic"] = TRAFFIC[kind]
    with pytest.raises(InputError, match=r"^certificate\.problem\.traffic"):
        verifier.verify(document)


@pytest.mark.parametrize("kind", SHARED)
def test_pairs_that_are_none(kind: str) -> None:
    with pytest.raises(InputError, match=r"^certificate\.pairs"):
        verifier.verify(paired() | {"pairs": SHARED[kind]})


def test_pairs_stand_in_certificates_of_paired_delivery_and_no_others() -> None:
    capped = certificate(CAPPED, {"lambda": spelt(1, 1)}, value=15, pairs=PAIRS)
    with pytest.raises(InputError, match="pairs: got something, expected nothing"):
        verifier.verify(capped)
    without = paired()
    del without["pairs"]
    with pytest.raises(InputError, match="pairs: got nothing, expected a list"):
        verifier.verify(without)


IMPOSSIBLE = {
    "more than is wanted": ([0, 0, -1, 1], 13, "A and B share 13 bits, they want 12"),
    "more than the first has": ([0, 0, -1, 1], 10, "A shares 10 bits with others and has 9"),
    "more than the second has": ([0, 0, -1, -1], 3, "B shares 3 bits with others and has 2"),
}


@pytest.mark.parametrize("kind", IMPOSSIBLE)
def test_shared_bits_that_cannot_be(kind: str) -> None:
    schedule, bits, words = IMPOSSIBLE[kind]
    document = certificate(PAIRED, {"lambda": spelt(1, 1)}, schedule=schedule)
    findings = verifier.verify(document | {"value": bits, "pairs": [[0, 1, bits]]}).findings
    assert words in findings
    if kind != "more than is wanted":
        less = document | {"value": bits - 1, "pairs": [[0, 1, bits - 1]]}
        assert verifier.verify(less).findings == ()


def least(proof: dict[str, Any] | None = None, **claims: Any) -> dict[str, Any]:
    """Return a true claim about all 22 bits going to B: KL = ln 4.

    3/4 exp(-23/10) + 1/4 exp(13/10) = 0.9925 <= 1. (6/5 + 40 - 13/10) 22 < 40 * 22, and what
    delivers fewer bits loses 40 for each and gains at most 6/5 + 23/10 for each of A.
    """
    stated = {"a": spelt(Fraction(-23, 10), Fraction(13, 10)), "nu": "40/1"} | (proof or {})
    usual = {"schedule": [-1, 1, 1, 1], "value": "1.386294361119890619", "bound": "1.2"}
    strategy = {"name": "least", "fraction": claims.pop("fraction", "1")}
    return certificate(strategy, stated, **(usual | claims))


def test_a_least_divergence_by_hand() -> None:
    verdict = verifier.verify(least())
    assert verdict.findings == ()
    assert verdict.recomputed_bound == "1.2"
    assert verdict.value == "1.386294361119890619"  # ...618 8, rounded up
    assert verifier.verify(least(fraction="0.99")).findings == ()  # 21.78 is 22, rounded up


FALSELY_LEAST = {
    "rounded down": (
        least(value="1.386294361119890618"),
        "the claimed divergence is 1.38629436112",
    ),
    "bound above value": (least(value="1.1"), "the claimed divergence is below its claimed bound"),
    "bound above proof": (least(bound="1.31"), "the proof does not show the bound 1.31"),
    "exponentials": (
        least({"a": spelt(-2, Fraction(13, 10))}),  # 1.019
        "the proof does not show the bound 1.2",
    ),
    "one bit too few": (
        least(schedule=[-1, -1, 1, 1], fraction="0.745"),  # 16.39 is 17
        "the schedule delivers 16 bits, the fraction asks for 17",
    ),
    "nothing at all": (
        least(schedule=[-1] * 4, fraction="0"),
        "the schedule delivers 0 bits, the fraction asks for 1",
    ),
    "bits in time for too little": (least({"nu": "1/1"}), "the proof does not show the bound 1.2"),
}


@pytest.mark.parametrize("kind", FALSELY_LEAST)
def test_false_claims_about_the_least_divergence(kind: str) -> None:
    document, words = FALSELY_LEAST[kind]
    findings = verifier.verify(document).findings
    assert any(text.startswith(words) for text in findings), findings


LISTS = {
    "caps": certificate(CAPPED, {"lambda": spelt(1)}),
    "pairs": certificate(PAIRED, {"lambda": spelt(1, 1, 1)}, pairs=PAIRS),
    "least": least({"a": spelt(-1)}),
    "no floors": certificate(CAPPED, {"lambda": spelt(1, 1), "nu": spelt(0, 0)}),
    "least without floors": least({"floors": spelt(0, 0)}),
}


@pytest.mark.parametrize("kind", LISTS)
def test_multipliers_of_other_lengths_and_names_are_unreadable(kind: str) -> None:
    with pytest.raises(InputError, match=r"^certificate\.proof"):
        verifier.verify(LISTS[kind])


@pytest.mark.parametrize("claim", ["value", "bound"])
def test_a_truth_value_is_no_number(claim: str) -> None:
    document = certificate({"name": "gd", "floors": FLOORS}, {"nu": spelt(0, 0)})
    with pytest.raises(InputError, match=rf"^certificate\.{claim}: got true"):
        verifier.verify(document | {claim: True})
    document["strategy"]["floors"]["A"] = True
    with pytest.raises(InputError, match=r"floors\.A: got true"):
        verifier.verify(document)


@pytest.mark.parametrize(
    ("schedule", "claimed", "finding"),
    [
        ([-1, 1, 1, 1], ("96/1", 22), "the claimed t is 96, the schedule reaches 0"),
        ([0, 0, -1, 1], ("13/1", 18), "the claimed t is 13, the schedule reaches 12"),
        ([0, 0, -1, 1], ("11/1", 18), "the claimed t is 11, the schedule reaches 12"),
        ([0, 0, -1, 1], ("12/1", 17), "the claimed total is 17, the schedule reaches 18"),
        ([0, 0, -1, 1], ("12/1", 18), "the claimed t 12 is above its claimed bound 11"),
    ],
)
def test_false_claims_about_balance(
    schedule: list[int], claimed: tuple[str, int], finding: str
) -> None:
    document = balanced({"lambda": spelt(1, 1), "nu": spelt(0, 0)}, Fraction(99), 99)
    document |= {"schedule": schedule, "value": dict(zip(("t", "total"), claimed, strict=True))}
    if "bound" in finding:
        document["bound"]["t"] = "11/1"
    assert finding in verifier.verify(document).findings
