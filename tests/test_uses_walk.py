"""Walks over schedules, and trees that begin with the questions of another aim."""

import json
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import qkdopt as qo
from drawing import every_schedule, problem_of, tiny_problems
from qkdopt import verifier
from qkdopt.optimize.decomposition.branch_and_bound import BranchAndBound
from qkdopt.optimize.decomposition.column_generation import lagrangian_bound
from qkdopt.optimize.decomposition.reward_lns import RewardLNS
from qkdopt.optimize.objectives import objective_of
from qkdopt.optimize.strategies import with_floors
from qkdopt.optimize.trim import trimmed


def walked(objective, seed, turns=1):
    root = lagrangian_bound(objective)
    prices = root.multipliers.per_bit
    walk = RewardLNS(objective, prices, float(root.value), root.pricing.best_service(prices))
    random = np.random.default_rng(seed)
    for _ in range(turns):
        walk.run(random)
    return walk


def strategies(problem):
    demand = dict.fromkeys(problem.targets, 4)
    return (
        qo.BalancedDelivery(),
        qo.CappedDelivery(demand),
        with_floors(qo.PrioritisedDelivery(), {problem.targets[0]: 2}),
    )


@given(tiny_problems(), st.integers(0, 9), st.integers(0, 2))
@settings(max_examples=40)
def test_a_walk_is_legal_and_worth_what_it_says(problem, seed, which):
    assume(problem.interval.size > 0)
    objective = objective_of(problem, strategies(problem)[which])
    walk = walked(objective, seed)
    if walk.value < 0:
        return
    schedule = qo.Schedule(walk.best)
    assert schedule.is_legal(problem)
    assert float(objective.value(schedule.delivered(problem))) == pytest.approx(walk.value)
    worths = [
        objective.value(qo.Schedule.create(served).delivered(problem))
        for served in every_schedule(problem)
    ]
    assert walk.value <= float(max(w for w in worths if w is not None)) * (1 + 1e-12)


def test_a_walk_repeats_itself_and_leaves_the_global_stream_alone():
    rng = np.random.default_rng(3)
    problem = problem_of(rng.integers(0, 90, (3, 40)).tolist(), list(range(40)), 1, [3, 2, 5])
    objective = objective_of(problem, qo.BalancedDelivery())
    before = np.random.get_state()[1].tolist()  # noqa: NPY002 - the stream nobody may touch
    one, two = walked(objective, 7), walked(objective, 7)
    assert np.array_equal(one.best, two.best)
    assert one.value == two.value
    assert np.random.get_state()[1].tolist() == before  # noqa: NPY002


@given(tiny_problems(), st.integers(0, 3))
@settings(max_examples=25)
def test_a_tree_warm_started_from_another_bounds_every_schedule(problem, grown):
    objective = objective_of(problem, qo.BalancedDelivery())
    root = lagrangian_bound(objective)
    value = float(root.value) + 1.0
    first = BranchAndBound(root.master, root.pricing, root.multipliers, value, value)
    for _ in range(grown):
        if not first.exhausted:
            first.expand(-1.0)
    second = BranchAndBound(root.master, root.pricing, root.multipliers, value, value)
    second.warm_start_from(first.root, -1.0)
    assert second.expanded <= first.expanded
    best = max(
        objective.value(qo.Schedule.create(served).delivered(problem))
        for served in every_schedule(problem)
    )
    assert second.bound >= float(best) - 1e-9


def test_two_aims_share_their_questions_and_the_judge_agrees():
    rng = np.random.default_rng(11)
    bits = rng.integers(0, 60, (4, 24)).tolist()
    problem = problem_of(bits, [t + 3 * (t // 8) for t in range(24)], 1, [5, 3, 4, 2])
    outcome = qo.solve(problem, qo.BalancedDelivery(), time_limit=3)
    verdict = verifier.verify(json.loads(outcome.certificate.to_json()))
    assert verdict.holds, verdict.findings
    assert Fraction(outcome.value["t"]) <= Fraction(outcome.bound["t"])
    assert outcome.value["total"] <= outcome.bound["total"]


@given(tiny_problems(), st.integers(0, 200))
@settings(max_examples=40)
def test_trimming_keeps_the_consumption_and_never_adds(problem, number):
    known = list(every_schedule(problem))
    schedule = qo.Schedule.create(known[number % len(known)])
    less = trimmed(problem, schedule)
    assert less.is_legal(problem)
    kept = less.service == schedule.service
    assert all(less.service[~kept] == -1)
    objective = objective_of(problem.having(stock={}), qo.BalancedDelivery())
    assert objective.value(less.delivered(problem)) == objective.value(schedule.delivered(problem))
    unwanted = [e for e, w in zip(less.delivered(problem), problem.weights, strict=True) if not w]
    assert not any(unwanted)


def test_trimming_by_hand():
    # E = (11, 15), w = (3, 1): t = 44 / 3, so B needs 11 / 3 bits: 9 may go, then 6 may not.
    problem = problem_of([[5, 6, 0, 0], [0, 0, 6, 9]], [1, 2, 4, 5], 1, [3, 1])
    less = trimmed(problem, qo.Schedule.create([0, 0, 1, 1]))
    assert less.service.tolist() == [0, 0, 1, -1]
