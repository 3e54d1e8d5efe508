"""Proofs with multipliers chosen by hand: the judge shows just what their formula says."""

from __future__ import annotations

import copy
import hashlib
import json
from fractions import Fraction
from math import floor
from typing import Any

import pytest

from drawing import every_schedule, problem_of
from qkdopt import judge
from qkdopt.errors import InputError, NotBuiltYetError

PROBLEM = {
    "format": "qkdopt-problem",
    "version": 1,
    "interval_s": "10",
    "switch_s": "10",
    "targets": ["A", "B"],
    "weights": [3, 1],
    "stock": [0, 2],
    "demand": [6, 20],
    "traffic": [[0, 12], [12, 0]],
    "links": [{"name": "A", "target": 0}, {"name": "B", "target": 1}],
    "interval": [51, 52, 53, 55],
    "K": [[5, 4, 0, 2], [0, 6, 7, 9]],
}
SAME = problem_of(PROBLEM["K"], PROBLEM["interval"], 1)
DELIVERIES = {
    tuple(sum(row[a] for a, n in enumerate(s) if n == link) for link, row in enumerate(SAME.bits))
    for s in every_schedule(SAME)
}
HALF, THIRD, QUARTER = Fraction(1, 2), Fraction(1, 3), Fraction(1, 4)


def most(*worth: Fraction | int) -> Fraction:
    """Return L(worth) by trying every schedule."""
    return max(
        sum((c * int(e) for c, e in zip(worth, bits, strict=True)), Fraction(0))
        for bits in DELIVERIES
    )


def spelt(*numbers: Fraction | int) -> list[str]:
    return [f"{Fraction(x).numerator}/{Fraction(x).denominator}" for x in numbers]


def certificate(strategy: dict[str, Any], proof: dict[str, Any], **claims: Any) -> dict[str, Any]:
    """Return the claim of A in 51 and 52, B in 55: 9 bits each."""
    text = json.dumps(PROBLEM, sort_keys=True, separators=(",", ":"))
    return copy.deepcopy({
        "format": "qkdopt-certificate",
        "version": 1,
        "problem": PROBLEM,
        "problem_sha256": hashlib.sha256(text.encode()).hexdigest(),
        "strategy": strategy,
        "schedule": [0, 0, -1, 1],
        "value": 18,
        "bound": 99,
        "proof": {"kind": "prices", **proof},
        "made_by": {},
        **claims,
    })  # fmt: skip


CAPPED = {"name": "capped"}
PAIRED = {"name": "paired"}
TD = {"name": "td", "kl_max": "0.2"}
FLOORS = {"A": 4, "B": 3}
PAIRS = [[0, 1, 9]]
# 3/4 exp(-1/20) + 1/4 exp(-3/10) = 0.899 <= 1
A = (-QUARTER, -HALF)
BOUNDS = {
    "caps": (
        certificate(CAPPED, {"lambda": spelt(HALF, 1)}, value=15),
        most(HALF, 1) + HALF * 6,
    ),
    "caps that cost most": (
        certificate(CAPPED, {"lambda": spelt(0, 0)}, value=15),
        Fraction(6 + 20),
    ),
    "caps and floors": (
        certificate(
            CAPPED | {"floors": FLOORS},
            {"lambda": spelt(HALF, 1), "nu": spelt(QUARTER, THIRD)},
            value=15,
        ),
        most(HALF + QUARTER, 1 + THIRD) + HALF * 6 - QUARTER * 4 - THIRD * 3,
    ),
    "floors": (
        certificate({"name": "gd", "floors": FLOORS}, {"nu": spelt(QUARTER, THIRD)}),
        most(1 + QUARTER, 1 + THIRD) - QUARTER * 4 - THIRD * 3,
    ),
    "weights and floors": (
        certificate({"name": "pd", "floors": FLOORS}, {"nu": spelt(QUARTER, THIRD)}, value=36),
        most(3 + QUARTER, 1 + THIRD) - QUARTER * 4 - THIRD * 3,
    ),
    "shares": (
        certificate(TD, {"a": spelt(*A), "mu": "1/2"}),
        most(*(1 - HALF * x for x in A)),
    ),
    "shares and floors": (
        certificate(
            TD | {"floors": FLOORS}, {"a": spelt(*A), "mu": "1/2", "nu": spelt(QUARTER, THIRD)}
        ),
        most(1 - HALF * A[0] + QUARTER, 1 - HALF * A[1] + THIRD) - QUARTER * 4 - THIRD * 3,
    ),
    # a pair's bits cost max(0, 1 - lambda - lambda')
    "pairs": (
        certificate(PAIRED, {"lambda": spelt(HALF, QUARTER)}, value=9, pairs=PAIRS),
        most(HALF, QUARTER) + QUARTER * 2 + QUARTER * 12,
    ),
    "pairs at high prices": (
        certificate(PAIRED, {"lambda": spelt(1, 1)}, value=9, pairs=PAIRS),
        most(1, 1) + 2,
    ),
    "pairs and floors": (
        certificate(
            PAIRED | {"floors": FLOORS},
            {"lambda": spelt(HALF, QUARTER), "nu": spelt(QUARTER, THIRD)},
            value=9,
            pairs=PAIRS,
        ),
        most(HALF + QUARTER, QUARTER + THIRD)
        + QUARTER * 2 + QUARTER * 12 - QUARTER * 4 - THIRD * 3,
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", BOUNDS)
def test_the_bound_is_that_of_the_formula(kind: str) -> None:
    document, exact = BOUNDS[kind]
    bound = floor(exact)
    verdict = judge.verify(document | {"bound": bound})
    assert verdict.findings == ()
    assert verdict.recomputed_bound == bound
    below = judge.verify(document | {"bound": bound - 1})
    assert f"the claimed bound is {bound - 1}, the proof shows only {bound}" in below.findings


def balanced(proof: dict[str, Any], t: Fraction, total: int, **more: Any) -> dict[str, Any]:
    return certificate(
        {"name": "balanced", **more},
        proof,
        value={"t": "12/1", "total": 18},
        bound={"t": spelt(t)[0], "total": total},
    )


@pytest.mark.parametrize("floors", [{}, {"floors": FLOORS}])
def test_both_bounds_of_balanced_delivery(floors: dict[str, Any]) -> None:
    # Reached: t = min(9 * 4/3, (9 + 2) * 4) = 12. A may get 11 at t = 12 + ... of the grid 4/3.
    phi = (QUARTER, THIRD) if floors else (Fraction(0), Fraction(0))
    price, nu = (Fraction(5, 4), QUARTER), (HALF, QUARTER)  # 3 * 5/4 + 1/4 = 4
    exact = most(price[0] + phi[0], price[1] + phi[1]) + QUARTER * 2 - phi[0] * 4 - phi[1] * 3
    t = max(floor(exact * w / 4) * Fraction(4, w) for w in (3, 1))
    # B has stock for q t = 3, or owes 1 bit of it; its floor asks for 3.
    spare_b = -3 if floors else -1
    total = floor(most(1 + nu[0], 1 + nu[1]) - nu[0] * 9 + nu[1] * spare_b)
    proof: dict[str, Any] = {"lambda": spelt(*price), "nu": spelt(*nu)}
    if floors:
        proof["floors"] = spelt(*phi)
    verdict = judge.verify(balanced(proof, t, total, **floors))
    assert verdict.findings == ()
    assert verdict.recomputed_bound == {"t": spelt(t)[0], "total": total}
    for lower_t, lower_total, words in (
        (t - Fraction(1, 1000), total, "the claimed bound of t is"),
        (t, total - 1, "the claimed bound of total is"),
    ):
        findings = judge.verify(balanced(proof, lower_t, lower_total, **floors)).findings
        assert [text[: len(words)] for text in findings] == [words]


MINUS = spelt(0, Fraction(-1, 10**6))
CHEATS = {
    "a negative price of a cap": certificate(CAPPED, {"lambda": MINUS}),
    "a price of a cap above 1": certificate(CAPPED, {"lambda": spelt(1, 1 + Fraction(1, 10**6))}),
    "a negative price of a floor": certificate(
        {"name": "gd", "floors": FLOORS}, {"nu": MINUS}
    ),
    "a negative price of a floor under caps": certificate(
        CAPPED | {"floors": FLOORS}, {"lambda": spelt(1, 1), "nu": MINUS}
    ),
    "a negative price of a pair's end": certificate(PAIRED, {"lambda": MINUS}, pairs=PAIRS),
    "a negative price of a floor of pairs": certificate(
        PAIRED | {"floors": FLOORS}, {"lambda": spelt(1, 1), "nu": MINUS}, pairs=PAIRS
    ),
    "prices of t that add up to less": balanced(
        {"lambda": spelt(1, 1 - Fraction(1, 10**6)), "nu": spelt(0, 0)}, Fraction(99), 99
    ),
    "a negative price of t": balanced(
        {"lambda": spelt(Fraction(5, 3), -1), "nu": spelt(0, 0)}, Fraction(99), 99
    ),
    "a negative price of the total": balanced(
        {"lambda": spelt(1, 1), "nu": MINUS}, Fraction(99), 99
    ),
    "a negative price of a floor of t": balanced(
        {"lambda": spelt(1, 1), "floors": MINUS, "nu": spelt(0, 0)}, Fraction(99), 99,
        floors=FLOORS,
    ),
    "shares that add up to more than 1": certificate(
        TD, {"a": spelt(-QUARTER, Fraction(1, 9)), "mu": "0/1"}
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", CHEATS)
def test_multipliers_that_would_prove_too_much(kind: str) -> None:
    findings = judge.verify(CHEATS[kind]).findings
    assert any("they would prove too much" in text for text in findings), findings


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
    assert "A gets 9 bits, the floor is 10" in judge.verify(document).findings
    document["strategy"]["floors"] = {"A": 9}
    findings = judge.verify(document).findings
    assert not any("floor" in text for text in findings), findings
    document["strategy"]["floors"] = {"C": 0}
    assert "there is a floor for C, which is no target" in judge.verify(document).findings


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
def test_trees_are_not_judged_with_operations_on(answers: list[Any]) -> None:
    # A tree's leaves are bounded by the problem's own hand-over time, a matrix may have shorter.
    prices = {"kind": "tree", "prices": [{"a": spelt(*A), "mu": "1/2"}], "tree": answers}
    document = certificate(TD, prices)
    document["problem"]["options"] = {"switch_matrix_s": [["0", "0"], ["0", "0"]]}
    if len(answers) > 1:
        with pytest.raises(NotBuiltYetError, match="trees cannot be judged with options"):
            judge.verify(document)
    else:  # no question asked: prices for all schedules
        assert judge.verify(document).recomputed_bound == floor(
            5 * Fraction(9, 8) + 6 * Fraction(5, 4) + 7 * Fraction(5, 4) + 9 * Fraction(5, 4)
        )


def paired() -> dict[str, Any]:
    return certificate(PAIRED, {"lambda": spelt(1, 1)}, value=9, pairs=PAIRS)


@pytest.mark.parametrize("kind", TRAFFIC)
def test_traffic_that_is_none(kind: str) -> None:
    document = paired()
    document["problem"]["traffic"] = TRAFFIC[kind]
    with pytest.raises(InputError, match=r"^certificate\.problem\.traffic"):
        judge.verify(document)


@pytest.mark.parametrize("kind", SHARED)
def test_pairs_that_are_none(kind: str) -> None:
    with pytest.raises(InputError, match=r"^certificate\.pairs"):
        judge.verify(paired() | {"pairs": SHARED[kind]})


def test_pairs_stand_in_certificates_of_paired_delivery_and_no_others() -> None:
    capped = certificate(CAPPED, {"lambda": spelt(1, 1)}, value=15, pairs=PAIRS)
    with pytest.raises(InputError, match="pairs: got something, expected nothing"):
        judge.verify(capped)
    without = paired()
    del without["pairs"]
    with pytest.raises(InputError, match="pairs: got nothing, expected a list"):
        judge.verify(without)


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
    verdict = judge.verify(least())
    assert verdict.findings == ()
    assert verdict.recomputed_bound == "1.2"
    assert judge.verify(least(fraction="0.99")).findings == ()  # 21.78 is 22, rounded up


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
    findings = judge.verify(document).findings
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
        judge.verify(LISTS[kind])


IMPOSSIBLE = {
    "more than is wanted": ([0, 0, -1, 1], 13, "A and B share 13 bits, they want 12"),
    "more than the first has": ([0, 0, -1, 1], 10, "A shares 10 bits with others and has 9"),
    "more than the second has": ([0, 0, -1, -1], 3, "B shares 3 bits with others and has 2"),
}


@pytest.mark.parametrize("kind", IMPOSSIBLE)
def test_shared_bits_that_cannot_be(kind: str) -> None:
    schedule, bits, words = IMPOSSIBLE[kind]
    document = certificate(PAIRED, {"lambda": spelt(1, 1)}, schedule=schedule)
    findings = judge.verify(document | {"value": bits, "pairs": [[0, 1, bits]]}).findings
    assert words in findings
    if kind != "more than is wanted":
        less = document | {"value": bits - 1, "pairs": [[0, 1, bits - 1]]}
        assert judge.verify(less).findings == ()
