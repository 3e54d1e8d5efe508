"""Least divergence at a wanted share against enumeration; the verifier confirms and refuses."""

import json
import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qkdopt as qo
from drawing import every_schedule, examples, problem_of, tiny_problems
from qkdopt import verifier
from test_targeted_delivery import divergence

FRACTIONS = st.sampled_from(["0", "0.5", "0.75", "0.9", "1"])


def least_by_enumeration(problem, fraction):
    found = [qo.Schedule.create(s).delivered(problem) for s in every_schedule(problem)]
    wanted = max(1, math.ceil(Fraction(fraction) * max(map(sum, found))))
    enough = [divergence(e, problem.weights) for e in found if sum(e) >= wanted]
    return min(enough, default=math.inf)


@given(tiny_problems(), FRACTIONS)
@settings(max_examples=examples(15))
def test_value_and_bound_enclose_the_enumerated_optimum(problem, fraction):
    optimum = least_by_enumeration(problem, fraction)
    outcome = qo.solve(problem, qo.LeastDivergence(fraction))
    if math.isinf(optimum):
        assert outcome.certificate is None
        assert outcome.reason.startswith("infeasible: the targets of positive weight get at most")
        return
    assert float(outcome.bound) - 1e-11 <= optimum <= float(outcome.value) + 1e-11
    verdict = verifier.verify(json.loads(outcome.certificate.to_json()))
    assert verdict.holds, verdict.findings
    assert float(verdict.value) == pytest.approx(float(outcome.value), abs=1e-11)


@given(tiny_problems(), FRACTIONS)
@settings(max_examples=examples(30))
def test_tiny_optima_are_proved(problem, fraction):
    optimum = least_by_enumeration(problem, fraction)
    if math.isinf(optimum):
        return
    outcome = qo.solve(problem, qo.LeastDivergence(fraction))
    assert float(outcome.value) == pytest.approx(optimum, abs=1e-11)
    verdict = verifier.verify(json.loads(outcome.certificate.to_json()))
    assert verdict.holds, verdict.findings
    assert verdict.optimal, verdict.statement


@pytest.mark.parametrize("weights", [[1, 1], [2, 7], [10**6, 3]])
def test_one_interval_and_two_links_are_proved(weights):
    # Whoever is served gets everything: KL = -ln q, so the better one is that of larger weight.
    problem = problem_of([[5], [7]], [0], 1, weights)
    outcome = qo.solve(problem, qo.LeastDivergence("0.5"))
    expected = -math.log(max(weights) / sum(weights))
    assert float(outcome.value) == pytest.approx(expected, abs=1e-12)
    assert verifier.verify(json.loads(outcome.certificate.to_json())).optimal


NOTHING_SHOWN = {"kind": "prices", "a": ["0/1", "0/1"], "nu": "0/1"}


def two_cities():
    return problem_of([[5, 4, 0, 2], [0, 6, 7, 9]], [1, 2, 3, 5], 1, [3, 1])


def test_by_hand():
    # Most bits: 22, all to B. Half of that: A in 1 and 2, B in 5: 9 and 9, KL = ln(4/3) / 2;
    # A in 1, 2 and 5: 11 bits, all to A: KL = ln(4/3).
    outcome = qo.solve(two_cities(), qo.LeastDivergence("0.75"))
    assert float(outcome.value) == pytest.approx(0.5 * math.log(4 / 3), abs=1e-11)
    assert outcome.relative_gap >= 0
    assert outcome.ended == "finished"
    verdict = verifier.verify(json.loads(outcome.certificate.to_json()))
    assert verdict.optimal  # with a tree: multipliers alone cannot show it
    assert verdict.statement == "holds: KL = 0.143841 nats, optimal to 1e-12"


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        (lambda d: d.update(value="0.1"), "the claimed divergence is 0.1, it is 0.1438"),
        (lambda d: d.update(value="0.01", bound="0.02"), "below its claimed bound"),
        (
            lambda d: d.update(bound="0.14384", proof=NOTHING_SHOWN),
            "the proof does not show the bound",
        ),
        (lambda d: d["strategy"].update(fraction="1"), "the fraction asks for 22"),
    ],
)
def test_false_claims_are_refused(change, finding):
    document = qo.solve(two_cities(), qo.LeastDivergence("0.75")).certificate.to_dict()
    change(document)
    verdict = verifier.verify(document)
    assert not verdict.holds
    assert any(finding in text for text in verdict.findings)


def test_proofs_that_cheat_are_refused():
    document = qo.solve(two_cities(), qo.LeastDivergence("0.75")).certificate.to_dict()
    document["proof"] = {"kind": "prices", "a": ["1/1", "1/1"], "nu": "1/1"}
    document["bound"] = "0.1"
    assert "the proof does not show the bound 0.1" in verifier.verify(document).findings


@pytest.mark.parametrize("value", ["1.01", -0.1, "nan", "most", True])
def test_fractions_that_are_none_are_refused_in_one_line(value):
    with pytest.raises(qo.QkdoptError, match="expected a decimal number, 0 <= fraction <= 1"):
        qo.LeastDivergence(value)
