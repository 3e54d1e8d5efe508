"""Proportionally fair delivery: by hand, enumerated, with rules and lower bounds, verified."""

import json
import math
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qkdopt as qo
from drawing import (
    every_schedule,
    examples,
    operated_problems,
    problem_of,
    tiny_problems,
)
from qkdopt.optimize.objectives import objective_of
from qkdopt.optimize.strategies import with_floors


def utility(delivered, weights):
    """Return the sum of logarithms, in floats; minus infinity where somebody gets nothing."""
    pairs = [(w, e) for w, e in zip(weights, delivered, strict=True) if w]
    return sum(w * math.log(e) for w, e in pairs) if all(e for _, e in pairs) else -math.inf


def best_of(problem, floors=()):
    floors = floors or (0,) * len(problem.targets)
    found = (qo.Schedule.create(s).delivered(problem) for s in every_schedule(problem))
    enough = (e for e in found if all(x >= y for x, y in zip(e, floors, strict=True)))
    return max((utility(e, problem.weights) for e in enough), default=-math.inf)


def check(problem, strategy, optimum):
    """Solve, verify, and compare with the enumerated optimum."""
    outcome = qo.solve(problem, strategy, time_limit=20)
    if math.isinf(optimum):
        assert outcome.certificate is None
        assert outcome.reason.startswith("infeasible"), outcome.reason
        return
    assert float(outcome.value) == pytest.approx(optimum, rel=1e-11, abs=1e-11)
    assert float(outcome.bound) >= optimum - 1e-11 * max(1.0, optimum)
    verdict = qo.verify(json.loads(outcome.certificate.to_json()))
    assert verdict.holds, verdict.findings
    assert verdict.optimal, verdict.statement
    assert outcome.optimal


def test_by_hand():
    # tau = 1, weights 3 and 1. Serving A, A, idle, B gives 9 and 9: 4 ln 9 = 8.789. Serving B for
    # three intervals gives A nothing; A, idle, B, B gives 5 and 16: 3 ln 5 + ln 16 = 7.60.
    problem = problem_of([[5, 4, 0, 2], [0, 6, 7, 9]], [1, 2, 3, 5], 1, [3, 1])
    outcome = qo.solve(problem, qo.FairDelivery())
    assert float(outcome.value) == pytest.approx(4 * math.log(9), rel=1e-14)
    assert outcome.optimal
    assert qo.verify(outcome.certificate).optimal
    assert outcome.certificate.document["strategy"] == {"name": "fair"}


@given(tiny_problems())
@settings(max_examples=examples(14))
def test_tiny_optima_are_proved(problem):
    check(problem, qo.FairDelivery(), best_of(problem))


@given(operated_problems())
@settings(max_examples=examples(9))
def test_under_every_operation(problem):
    check(problem, qo.FairDelivery(), best_of(problem))


@given(tiny_problems(), st.lists(st.integers(0, 30), min_size=3, max_size=3))
@settings(max_examples=examples(9))
def test_with_lower_bounds(problem, least):
    floors = dict(zip(problem.targets, least, strict=False))
    check(
        problem,
        with_floors(qo.FairDelivery(), floors),
        best_of(problem, tuple(floors.values())),
    )


def test_a_target_that_is_never_served_is_named():
    problem = problem_of([[5, 4], [0, 0]], [1, 2], 0, [1, 1])
    outcome = qo.solve(problem, qo.FairDelivery())
    assert outcome.certificate is None
    assert outcome.reason == f"infeasible: {problem.targets[1]} can never be served"


def test_targets_of_weight_0_need_nothing():
    problem = problem_of([[5, 4], [9, 9]], [1, 2], 0, [1, 0])
    outcome = qo.solve(problem, qo.FairDelivery())
    assert float(outcome.value) == pytest.approx(math.log(9))
    assert outcome.optimal


def test_weights_are_needed():
    problem = problem_of([[5, 4], [9, 9]], [1, 2], 0)
    with pytest.raises(qo.QkdoptError, match="a weight for every target"):
        qo.solve(problem, qo.FairDelivery())


def test_the_conjugate_bounds_every_delivery_and_is_tight_at_its_gradient():
    problem = problem_of([[5, 4, 0, 2], [0, 6, 7, 9]], [1, 2, 3, 5], 1, [3, 1])
    objective = objective_of(problem, qo.FairDelivery())
    deliveries = [(a, b) for a in range(1, 12) for b in range(1, 23)]
    value = {delivery: objective.value(delivery) for delivery in deliveries}
    for tight in deliveries:
        vector = objective.supergradient(tight)
        exact = objective.rational(vector)
        for other in deliveries:
            least = sum(c * e for c, e in zip(exact.per_bit, other, strict=True)) + exact.constant
            assert least >= value[other]
        at = sum(c * e for c, e in zip(exact.per_bit, tight, strict=True)) + exact.constant
        assert float(at) == pytest.approx(float(value[tight]), abs=1e-12)


@pytest.mark.slow
def test_the_week_is_proved_and_shares_follow_the_weights_where_view_allows():
    from qkdopt.library import problem_folder

    problem = qo.load_problem(problem_folder("micius-china-2016") / "problem.json.gz")
    outcome = qo.solve(problem, qo.FairDelivery(), time_limit=60)
    assert outcome.optimal
    assert qo.verify(outcome.certificate).optimal


def test_larger_weight_never_gets_less_where_links_are_alike():
    problem = problem_of([[4] * 12] * 3, range(12), 0, [1, 2, 4])
    outcome = qo.solve(problem, qo.FairDelivery())
    delivered = outcome.certificate and qo.verify(outcome.certificate).delivered
    assert all(x <= y for x, y in pairwise(delivered))
