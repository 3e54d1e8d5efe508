"""Proportionally fair delivery: by hand, by enumeration, and false claims that are caught."""

from __future__ import annotations

import copy
import math
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drawing import every_schedule, tiny_problems
from qkdopt import verifier
from qkdopt.errors import InputError
from verifier_by_hand import certificate, spelt
from verifier_version_2 import certificate_2

# A has 5, 4, 0, 2 and B 0, 6, 7, 9 in 51, 52, 53, 55 with weights 3 and 1 and tau = 1.  Of the
# deliveries (9, 9), (5, 16), (11, 0), (0, 22), (5, 9), ... the best is (9, 9): 4 ln 9.
# Prices c = w / E = 1/3, 1/9: longest path of gains 5/3, 4/3, 0, 2/3 and 0, 6/9, 7/9, 1: A in 51
# and 52, B in 55 = 4 (or 5/3 + 7/9 + 1 = 31/9); constants 3 (ln 9 - 1) + ln 9 - 1 = 4 ln 9 - 4.
FOUR_LN_9 = 4 * math.log(9)
BELOW, ABOVE = "8.788898309344877", "8.788898309344878"  # 4 ln 9 = 8.788898309344877531161...


TANGENT = spelt(Fraction(1, 3), Fraction(1, 9))


def fair(price: Any = TANGENT, **claims: Any) -> dict[str, Any]:
    return certificate(
        {"name": "fair"}, {"lambda": price}, **{"value": BELOW, "bound": ABOVE, **claims}
    )


def test_by_hand() -> None:
    verdict = verifier.verify(fair())
    assert verdict.findings == ()
    assert verdict.optimal
    assert verdict.statement == "holds: sum of w ln E = 8.78889830934, optimal to 1e-12"
    assert verdict.value == "8.788898309344877531"
    assert verdict.recomputed_bound == "8.788898309344877532"
    assert verifier.verify(certificate_2(fair())).optimal


def test_a_weaker_claim_holds_and_is_not_optimal() -> None:
    verdict = verifier.verify(fair(value="8", bound="8.9"))
    assert (verdict.holds, verdict.optimal) == (True, False)
    assert verdict.statement == "holds: sum of w ln E = 8.78889830934, at most 8.9"
    # At c = 1/2, 1/4: A's 9/2 and B's 9/4, or 5/2 + 4; 3 (ln 6 - 1) + ln 4 - 1 + 27/4.
    other = verifier.verify(fair(spelt(Fraction(1, 2), Fraction(1, 4)), bound="9.6"))
    expected = 3 * math.log(6) + math.log(4) - 4 + 27 / 4
    assert float(other.recomputed_bound) == pytest.approx(expected, abs=1e-12)


FALSE = {
    "value": (fair(value="8.788898309344878"), "the claimed value is 8.78889830934488, it is"),
    "bound": (fair(bound="8.788898309344877"), "the proof does not show the bound 8.788898309"),
    "value above bound": (fair(bound="8.7"), "the claimed value is above its claimed bound"),
    "no price": (fair(spelt(Fraction(1, 3), 0)), "the multipliers of the proof are not allowed"),
    "negative": (fair(spelt(-1, 1)), "the multipliers of the proof are not allowed"),
    "other prices": (
        fair(spelt(1, Fraction(1, 9)), bound="8.79"),
        "the proof does not show the bound",
    ),
    "unserved": (fair(schedule=[-1, 1, 1, 1], value="0"), "A has weight 3 and gets nothing"),
}


@pytest.mark.parametrize("kind", FALSE)
def test_false_claims(kind: str) -> None:
    document, words = FALSE[kind]
    for version in (document, certificate_2(document)):
        findings = verifier.verify(version).findings
        assert any(words in finding for finding in findings), findings


@pytest.mark.parametrize("value", [8, 8.7, "-1", "8.0", "1e1", None, "8/1"])
def test_values_are_plain_decimals(value: object) -> None:
    with pytest.raises(InputError, match=r'certificate\.value: .*a plain decimal like "24.5537"'):
        verifier.verify(fair(value=value))


def test_weights_are_needed() -> None:
    document = fair()
    del document["problem"]["weights"]
    with pytest.raises(InputError, match="the weights that strategy fair needs"):
        verifier.verify(document)


def test_lower_bounds_by_hand() -> None:
    # B with 16 at least: A's 5 and B's 7 + 9 (53 is two after 51): 3 ln 5 + ln 16.  c = 3/5, 1/16;
    # phi = 1/4 on B.  A in 51, 52 and B in 55 gain 27/5 + 45/16, A in 51, B in 53, 55 3 + 5 = 8.
    # The first is the larger: 8.2125.
    document = fair(
        spelt(Fraction(3, 5), Fraction(1, 16)),
        schedule=[0, -1, 1, 1],
        value="7.6",
        bound="7.9",
    )
    document["strategy"]["floors"] = {"B": 16}
    document["proof"]["nu"] = spelt(0, Fraction(1, 4))
    verdict = verifier.verify(document)
    assert verdict.holds, verdict.findings
    expected = 3 * math.log(5) + math.log(16) - 4 + 27 / 5 + 45 / 16 - 4
    assert float(verdict.recomputed_bound) == pytest.approx(expected, abs=1e-12)
    low = copy.deepcopy(document) | {"schedule": [0, 0, -1, 1], "value": "8.7"}
    assert any("the lower bound is 16" in x for x in verifier.verify(low).findings)


def test_trees_close_what_prices_leave_open() -> None:
    # One interval and one target more would leave a gap; here each leaf has its own prices.
    third, ninth = Fraction(1, 3), Fraction(1, 9)
    leaves = [{"lambda": spelt(third, ninth)}, {"lambda": spelt(Fraction(3, 5), Fraction(1, 16))}]
    document = fair()
    document["proof"] = {"kind": "tree", "prices": leaves, "tree": [[1, 0], 0, 1]}
    verdict = verifier.verify(document)
    assert verdict.optimal, verdict.findings
    # Without A in 52 the second leaf has 3 ln 5 + ln 16 = 7.6 or so, below 4 ln 9.
    document["proof"]["tree"] = [[1, 0], 1, 0]
    assert not verifier.verify(document).holds


def best_of(problem: Any) -> float | None:
    """Return the largest sum of w ln(E) over all schedules that serve every weighted target."""
    targets, weights = [link.target for link in problem.links], problem.weights
    values = []
    for schedule in every_schedule(problem):
        bits = [0] * len(weights)
        for a, n in enumerate(schedule):
            if n >= 0:
                bits[targets[n]] += int(problem.bits[n, a])
        if all(e for e, w in zip(bits, weights, strict=True) if w):
            values.append(
                math.fsum(w * math.log(e) for e, w in zip(bits, weights, strict=True) if w)
            )
    return max(values, default=None)


@given(tiny_problems(), st.lists(st.integers(1, 12), min_size=3, max_size=3))
@settings(max_examples=100, deadline=None)
def test_bounds_hold_for_every_schedule(problem: Any, prices: list[int]) -> None:
    best, document = best_of(problem), problem.document()
    n = len(document["targets"])
    claim = {
        "format": "qkdopt-certificate",
        "version": 1,
        "problem": document,
        "problem_sha256": verifier.problem_sha256(document),
        "strategy": {"name": "fair"},
        "schedule": [-1] * len(document["interval"]),
        "value": "0",
        "bound": "0",
        "proof": {"kind": "prices", "lambda": [f"{x}/6" for x in prices[:n]]},
        "made_by": {},
    }
    verdict = verifier.verify(claim)
    if best is not None:
        assert float(verdict.recomputed_bound) >= best - 1e-9
    assert not verdict.holds
