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
from verifier_scenarios import text, value

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
