"""Proofs with multipliers chosen by hand: the verifier shows just what their formula says."""

from __future__ import annotations

from fractions import Fraction
from math import floor
from typing import Any

import pytest

from qkdopt import verifier
from verifier_by_hand import (
    CAPPED,
    FLOORS,
    HALF,
    PAIRED,
    PAIRS,
    QUARTER,
    TD,
    THIRD,
    A,
    balanced,
    certificate,
    most,
    spelt,
)

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
    verdict = verifier.verify(document | {"bound": bound})
    assert verdict.findings == ()
    assert verdict.recomputed_bound == bound
    below = verifier.verify(document | {"bound": bound - 1})
    assert f"the claimed bound is {bound - 1}, the proof shows only {bound}" in below.findings


@pytest.mark.parametrize("floors", [{}, {"floors": FLOORS}])
def test_both_bounds_of_balanced_delivery(floors: dict[str, Any]) -> None:
    # Reached: t = min(9 * 4/3, (9 + 2) * 4) = 12. A may get 11 at t = 12 + ... of the grid 4/3.
    phi = (QUARTER, THIRD) if floors else (Fraction(0), Fraction(0))
    price, nu = (Fraction(5, 4), QUARTER), (HALF, 3 * QUARTER)  # 3 * 5/4 + 1/4 = 4
    exact = most(price[0] + phi[0], price[1] + phi[1]) + QUARTER * 2 - phi[0] * 4 - phi[1] * 3
    t = max(floor(exact * w / 4) * Fraction(4, w) for w in (3, 1))
    # B has stock for q t = 3, or owes 1 bit of it; its floor asks for 3.
    spare_b = -3 if floors else -1
    total = floor(most(1 + nu[0], 1 + nu[1]) - nu[0] * 9 + nu[1] * spare_b)
    proof: dict[str, Any] = {"lambda": spelt(*price), "nu": spelt(*nu)}
    if floors:
        proof["floors"] = spelt(*phi)
    verdict = verifier.verify(balanced(proof, t, total, **floors))
    assert verdict.findings == ()
    assert verdict.recomputed_bound == {"t": spelt(t)[0], "total": total}
    for lower_t, lower_total, words in (
        (t - Fraction(1, 1000), total, "the claimed bound of t is"),
        (t, total - 1, "the claimed bound of total is"),
    ):
        findings = verifier.verify(balanced(proof, lower_t, lower_total, **floors)).findings
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
    findings = verifier.verify(CHEATS[kind]).findings
    assert any("they would prove too much" in text for text in findings), findings


def test_a_price_of_t_for_a_target_that_asks_for_nothing() -> None:
    document = balanced({"lambda": spelt(1, 1), "nu": spelt(0, 0)}, Fraction(99), 99)
    document["problem"]["weights"] = [1, 0]
    assert any("they would prove too much" in text for text in verifier.verify(document).findings)
    document["proof"]["lambda"] = spelt(1, 0)
    assert not any("too much" in text for text in verifier.verify(document).findings)


# [1, 1] asks whether B is served in 52: then B gets up to 22 bits, else all get at most 21.
# [0, 0] asks whether A is served in 51: then all get at most 21 bits, else B gets up to 22.
LARGER_FIRST, LARGER_LAST = [[1, 1], 0, 1], [[0, 0], 1, 0]
OF_TREES = {
    "td": (TD, {"a": spelt(-1, -1), "mu": "0/1"}, {}),
    "capped": (CAPPED, {"lambda": spelt(1, 1)}, {"value": 15}),
    "paired": (PAIRED, {"lambda": spelt(1, 1)}, {"value": 9, "pairs": PAIRS}),
}


@pytest.mark.parametrize("tree", [LARGER_FIRST, LARGER_LAST])
@pytest.mark.parametrize("strategy", OF_TREES)
def test_a_tree_shows_the_largest_of_its_leaves(strategy: str, tree: list[Any]) -> None:
    stated, prices, claims = OF_TREES[strategy]
    proof = {"kind": "tree", "prices": [prices, prices], "tree": tree}
    most_of_all = 24 if strategy == "paired" else 22  # with the stock
    document = certificate(stated, proof, **claims)
    assert verifier.verify(document | {"bound": most_of_all}).findings == ()
    below = verifier.verify(document | {"bound": most_of_all - 1}).findings
    assert below == (f"the claimed bound is {most_of_all - 1}, the proof shows only {most_of_all}",)


@pytest.mark.parametrize("tree", [LARGER_FIRST, LARGER_LAST])
def test_trees_of_balanced_delivery(tree: list[Any]) -> None:
    def part(name: str) -> dict[str, Any]:
        prices = {name: spelt(*((1, 1) if name == "lambda" else (0, 0)))}
        return {"prices": [prices, prices], "tree": tree}

    proof = {"kind": "tree", "t": part("lambda"), "total": part("nu")}
    assert verifier.verify(balanced(proof, Fraction(24), 22)).findings == ()
    findings = verifier.verify(balanced(proof, Fraction(23), 21)).findings
    assert [text.partition(" is ")[0] for text in findings] == [
        "the claimed bound of t",
        "the claimed bound of total",
    ]
