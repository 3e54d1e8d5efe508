"""Plans for uncertain clouds against enumeration by definition, and their proofs forged."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import HealthCheck, assume, given, settings

import qkdopt as qo
from qkdopt import verifier
from qkdopt.optimize.problem_file import problem_from_document
from qkdopt.optimize.strategies import with_floors
from test_verifier_scenarios import cases, changed, inner, put
from verifier_scenarios import by_hand, text, value
from verifier_version_2 import sha256

STRATEGIES = {
    "gd": qo.GeneralDelivery,
    "pd": qo.PrioritisedDelivery,
    "balanced": qo.BalancedDelivery,
    "capped": qo.CappedDelivery,
}


def agree(case):
    """Solve a drawn problem; compare with enumeration; change every weight of the proof."""
    problem, stated, schedules, _ = case
    assume(problem["contacts"])
    strategy = STRATEGIES[stated["name"]](risk=qo.Risk(stated["alpha"], stated["risk_share"]))
    if "min_bits" in stated:
        assume(stated["name"] != "capped")  # no more than the demand
        strategy = with_floors(strategy, stated["min_bits"])
    document = qo.solve(problem_from_document(problem), strategy).certificate.to_dict()
    verdict = verifier.verify(document)
    assert verdict, verdict.findings
    best = max(value(problem, stated, x) for x in schedules)
    assert verdict.optimal
    assert Fraction(verdict.value) == Fraction(verdict.recomputed_bound) == best
    name = "target" if stated["name"] == "balanced" else "scenario"
    ways = [[i] for i in range(len(document["proof"].get("leaves", ())))]
    for way in [["leaves", *way] for way in ways] or [[]]:
        leaf = inner(document["proof"], way)
        for further, x in changed({name: leaf.get(name, ())}):
            for step in (Fraction(1, 10**12), Fraction(-1, 10**12)):
                other = text(Fraction(x) + step)
                assert not verifier.verify(put(document, ["proof", *way, *further], other))


@given(cases())
@settings(max_examples=60, deadline=None)
def test_plans_are_the_best_and_no_weight_can_be_changed(case):
    agree(case)


@pytest.mark.slow
@given(cases())
@settings(max_examples=2000, deadline=None, suppress_health_check=list(HealthCheck))
def test_two_thousand_plans(case):
    agree(case)


def test_weighted_bits_are_rounded_to_what_all_weights_share():
    # Corners of P are quarters, every reward is a multiple of 6: values are multiples of 3/2.
    old = by_hand()
    targets = [x | {"weight": w} for x, w in zip(old["problem"]["targets"], (12, 6), strict=True)]
    problem = old["problem"] | {"targets": targets}
    claim = old | {"problem": problem, "problem_sha256": sha256(problem)}
    claim |= {"strategy": old["strategy"] | {"name": "pd"}}
    for p in ("3/7", "5/11", "50/99"):
        weights = [p, str(1 - Fraction(p))]
        proof = {"kind": "multipliers", "scenario": weights}
        shown = verifier.verify(claim | {"proof": proof}).recomputed_bound
        assert (Fraction(shown) / Fraction(3, 2)).denominator == 1
