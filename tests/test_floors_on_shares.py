"""Floors on targeted and least-divergence delivery against enumeration; the verifier refuses."""

import json
import math
from dataclasses import replace
from fractions import Fraction
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qkdopt as qo
from drawing import every_schedule, problem_of, tiny_problems
from qkdopt import verifier
from qkdopt.errors import InputError
from qkdopt.optimize.strategies import with_floors
from test_targeted_delivery import divergence

FLOORS = st.lists(st.sampled_from([0, 0, 1, 2, 4, 8]), min_size=3, max_size=3)
ROUNDING = 1e-11


def kept_deliveries(problem, floors):
    found = {qo.Schedule.create(s).delivered(problem) for s in every_schedule(problem)}
    return [e for e in found if all(a >= b for a, b in zip(e, floors, strict=False))]


def floored(strategy, problem, floors):
    return with_floors(strategy, dict(zip(problem.targets, floors, strict=False)))


def judged(outcome):
    verdict = verifier.verify(json.loads(outcome.certificate.to_json()))
    assert verdict.holds, verdict.findings
    return verdict


@pytest.mark.parametrize(
    ("make", "settings_stated"),
    [
        (qo.GeneralDelivery, {"name": "gd"}),
        (partial(qo.TargetedDelivery, "0.10"), {"name": "td", "kl_max": "0.1"}),
        (partial(qo.LeastDivergence, "0.5"), {"name": "least", "fraction": "0.5"}),
        (qo.BalancedDelivery, {"name": "balanced"}),
    ],
)
def test_every_strategy_has_a_field_for_lower_bounds(make, settings_stated):
    strategy = make(lower_bounds={"A": "5", "B": 0})
    assert strategy.document() == {**settings_stated, "floors": {"A": 5}}
    assert strategy == with_floors(make(), {"A": 5}) == replace(strategy)
    assert strategy != make()
    assert make().document() == settings_stated
    for wrong in (-1, 0.5, "many"):
        with pytest.raises(InputError, match="floors: A"):
            make(lower_bounds={"A": wrong})
    for wrong in (5, [1], "A=5"):
        with pytest.raises(InputError, match=r"floors: got .*, expected bits by target name"):
            make(lower_bounds=wrong)
    assert make(lower_bounds=None) == make()


@given(tiny_problems(), FLOORS, st.sampled_from(["0", "0.05", "0.4"]))
@settings(max_examples=40)
def test_targeted_delivery(problem, floors, kl_max):
    outcome = qo.solve(problem, floored(qo.TargetedDelivery(kl_max), problem, floors))
    far = float(kl_max)
    distances = [(divergence(e, problem.weights), sum(e)) for e in kept_deliveries(problem, floors)]
    surely = [total for distance, total in distances if distance < far - ROUNDING or not distance]
    perhaps = [total for distance, total in distances if distance < far + ROUNDING]
    if not any(floors[: len(problem.targets)]):
        surely, perhaps = [*surely, 0], [*perhaps, 0]
    if outcome.certificate is None:
        assert not surely
        assert "lower bounds" in outcome.reason
        return
    assert perhaps
    assert max(surely, default=0) <= outcome.value <= max(perhaps)
    assert judged(outcome).recomputed_bound >= max(surely, default=0)


@pytest.mark.slow
@given(tiny_problems(), FLOORS, st.sampled_from(["0", "0.5", "0.9"]))
@settings(max_examples=5)
def test_least_divergence(problem, floors, fraction):
    outcome = qo.solve(problem, floored(qo.LeastDivergence(fraction), problem, floors))
    most = max(sum(e) for e in kept_deliveries(problem, (0, 0, 0)))
    wanted = max(1, math.ceil(Fraction(fraction) * most))
    enough = [
        divergence(e, problem.weights) for e in kept_deliveries(problem, floors) if sum(e) >= wanted
    ]
    optimum = min(enough, default=math.inf)
    if math.isinf(optimum):
        assert outcome.certificate is None
        assert outcome.reason.startswith("infeasible")
        return
    assert float(outcome.bound) - ROUNDING <= optimum <= float(outcome.value) + ROUNDING
    judged(outcome)


def two_cities():
    return problem_of([[5, 4, 0, 2], [0, 6, 7, 9]], [1, 2, 3, 5], 1, [3, 1])


def test_by_hand():
    # q = (3/4, 1/4). Within 0.3 nats: A in 1 and 2, B in 5: 18 bits, KL = ln(4/3) / 2; A alone:
    # 11 bits, KL = ln(4/3). With ten bits for A only the latter is left.
    free = qo.solve(two_cities(), qo.TargetedDelivery("0.3"))
    assert free.value == free.bound == 18
    outcome = qo.solve(two_cities(), with_floors(qo.TargetedDelivery("0.3"), {"A": 10}))
    assert outcome.value == outcome.bound == 11
    assert judged(outcome).optimal


@pytest.mark.parametrize(
    ("strategy", "floors"),
    [
        (qo.TargetedDelivery("0.3"), {"A": 12}),
        (qo.TargetedDelivery("0.01"), {"A": 11}),
        (qo.LeastDivergence("0.5"), {"A": 6, "B": 16}),
        (qo.BalancedDelivery(), {"A": 12}),
        (qo.PairedDelivery({"A": {"A": 0, "B": 1}, "B": {"A": 1, "B": 0}}), {"B": 23}),
    ],
)
def test_floors_beyond_reach_are_named(strategy, floors):
    outcome = qo.solve(two_cities(), with_floors(strategy, floors))
    assert outcome.certificate is None
    assert outcome.reason.startswith("infeasible: ")
    assert "lower bounds" in outcome.reason


def test_a_floor_for_a_target_of_weight_zero_cannot_be_met_near_the_weights():
    problem = problem_of([[5, 4], [6, 7]], [1, 2], 0, [1, 0])
    outcome = qo.solve(problem, with_floors(qo.TargetedDelivery("0.5"), {"B": 1}))
    assert outcome.reason == (
        "infeasible: B has a lower bound, but weight 0, which the lower bounds do not allow"
    )


@pytest.mark.parametrize("strategy", [qo.TargetedDelivery("0.3"), qo.LeastDivergence("0.5")])
@pytest.mark.parametrize(
    ("change", "finding"),
    [
        (lambda d: d["strategy"]["floors"].update(A=12), "A gets 11 bits, the lower bound is 12"),
        (lambda d: d["strategy"]["floors"].update(C=1), "a lower bound for C, which is no target"),
    ],
)
def test_missed_floors_are_refused(strategy, change, finding):
    document = qo.solve(two_cities(), with_floors(strategy, {"A": 11})).certificate.to_dict()
    change(document)
    verdict = verifier.verify(document)
    assert not verdict.holds
    assert any(finding in text for text in verdict.findings), verdict.findings


def test_negative_prices_of_floors_are_refused():
    strategy = with_floors(qo.TargetedDelivery("0.3"), {"A": 10})
    document = qo.solve(two_cities(), strategy).certificate.to_dict()
    document["proof"] = {
        "kind": "prices",
        "a": ["-1/1", "-1/1"],
        "mu": "0/1",
        "nu": ["-1/1", "0/1"],
    }
    with pytest.raises(qo.QkdoptError, match=r"nu\[0\]: got .-1/1., expected .* not negative"):
        verifier.verify(document)
    strategy = with_floors(qo.LeastDivergence("0.5"), {"A": 11})
    document = qo.solve(two_cities(), strategy).certificate.to_dict()
    document["proof"]["floors"] = ["-1/1", "0/1"]
    document["bound"] = "0.01"
    assert any("does not show" in text for text in verifier.verify(document).findings)


@given(tiny_problems(most_intervals=5), FLOORS, st.sampled_from(["0.05", "0.4"]))
@settings(max_examples=10)
def test_outer_approximation_of_targeted_delivery(problem, floors, kl_max):
    strategy = floored(qo.TargetedDelivery(kl_max), problem, floors)
    outcome = qo.solve(problem, strategy, solver="outer_approximation")
    other = qo.solve(problem, strategy)
    if outcome.certificate is None:
        assert other.certificate is None
        assert outcome.reason.startswith("infeasible")
        return
    assert outcome.value == other.value
    judged(outcome)


@pytest.mark.slow
@given(tiny_problems(most_intervals=5), FLOORS, st.sampled_from(["0", "0.5", "0.9"]))
@settings(max_examples=8)
def test_outer_approximation_of_least_divergence(problem, floors, fraction):
    strategy = floored(qo.LeastDivergence(fraction), problem, floors)
    outcome = qo.solve(problem, strategy, solver="outer_approximation")
    most = max(sum(e) for e in kept_deliveries(problem, (0, 0, 0)))
    wanted = max(1, math.ceil(Fraction(fraction) * most))
    enough = [
        divergence(e, problem.weights) for e in kept_deliveries(problem, floors) if sum(e) >= wanted
    ]
    optimum = min(enough, default=math.inf)
    if math.isinf(optimum):
        assert outcome.certificate is None
        return
    assert float(outcome.value) == pytest.approx(optimum, abs=1e-7)
    judged(outcome)
