"""Objectives in cloud scenarios: bounds, optima and proofs against enumeration."""

from dataclasses import replace
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qkdopt as qo
from drawing import examples
from qkdopt.errors import InputError
from qkdopt.optimize.decomposition.branch_and_price import BranchAndPrice
from qkdopt.optimize.decomposition.column_generation import lagrangian_bound
from qkdopt.optimize.decomposition.risk_heuristics import RiskLNS
from qkdopt.optimize.domain.scenario_delivery import ScenarioDelivery
from qkdopt.optimize.layout import laid_out
from qkdopt.optimize.objectives import objective_of
from qkdopt.optimize.objectives.scenario_weights import ScenarioWeights
from qkdopt.optimize.operations import Operations
from qkdopt.optimize.risk import Risk
from qkdopt.optimize.schedule import Schedule
from qkdopt.optimize.strategies import (
    BalancedDelivery,
    CappedDelivery,
    GeneralDelivery,
    PrioritisedDelivery,
)
from scenario_drawing import (
    best_in_scenarios,
    drawn_floors,
    drawn_risk,
    probabilities,
    reward,
    scenario_problem,
    value_of_rewards,
)

KINDS = GeneralDelivery, PrioritisedDelivery, BalancedDelivery, CappedDelivery
RULES = (
    Operations.create(max_handovers=1),
    Operations.create(minimum_dwell_s=20),
    Operations.create(max_service_s_per_pass=20, max_handovers_per_pass=1),
)


def solved(problem, strategy):
    """Return the exact optimum and bound of branch and price."""
    run = BranchAndPrice(objective_of(problem, strategy))
    run.solve()
    run.finish()
    return run.incumbent.value, run.bound


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=examples(25), deadline=None)
@given(seed=st.integers(0, 10**6))
def test_optimum_is_that_of_enumeration(kind, seed):
    rng = np.random.default_rng(seed)
    problem, risk = scenario_problem(seed), drawn_risk(rng)
    floors = drawn_floors(problem, rng) if rng.random() < 1 / 3 else {}
    best = best_in_scenarios(problem, kind.name, risk, floors)
    assert solved(problem, kind(risk=risk, lower_bounds=floors)) == (best, best)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=examples(8), deadline=None)
@given(seed=st.integers(0, 10**6))
def test_rules_are_kept(kind, seed):
    rng = np.random.default_rng(seed)
    problem = scenario_problem(seed, operations=RULES[seed % len(RULES)])
    risk = drawn_risk(rng)
    best = best_in_scenarios(problem, kind.name, risk)
    assert solved(problem, kind(risk=risk)) == (best, best)


def two_satellites(seed):
    """Return a drawn problem of two satellites above the same stations, in scenarios."""
    rng = np.random.default_rng([seed, 5])
    shares = probabilities(rng, int(rng.integers(1, 4)))
    keys = {}
    for name in "AB":
        links, active = int(rng.integers(1, 3)), int(rng.integers(1, 4))
        bits = rng.integers(0, 10, (len(shares), links, active))
        bits[rng.random(bits.shape) < 1 / 3] = 0
        keys[name] = qo.KeyTensor.create(
            np.zeros((links, active), int), np.cumsum(rng.choice([1, 1, 2], active)),
            ["X", "Y"][:links], interval_s=10, switch_s=10 * int(rng.integers(2)),
        ).in_scenarios(bits, shares)  # fmt: skip
    rules = dict.fromkeys(keys, RULES[0]) if rng.random() < 1 / 3 else {}
    cities = {link for tensor in keys.values() for link in tensor.links}
    problem = qo.SchedulingProblem.from_satellites(
        keys, operations=rules, weights={city: int(rng.integers(1, 4)) for city in cities}
    )
    return problem.having(demand={city: int(rng.integers(20)) for city in problem.targets}), rng


def delivered_jointly(one):
    """Return what all legal schedules of satellites that are laid out as one deliver."""
    bits, found = one.scenarios.bits, set()
    choices = ([-1, *np.flatnonzero(one.bits[:, a]).tolist()] for a in range(one.interval.size))
    for services in product(*choices):
        if Schedule(np.array(services, np.int64)).is_legal(one):
            total = np.zeros((len(bits), len(one.targets)), np.int64)
            for a, link in enumerate(services):
                if link >= 0:
                    total[:, one.link_target[link]] += bits[:, link, a]
            found.add(tuple(map(tuple, total.tolist())))
    return found


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=examples(4), deadline=None)
@given(seed=st.integers(0, 10**6))
def test_satellites_share_receivers_in_all_scenarios(kind, seed):
    problem, rng = two_satellites(seed)
    risk = drawn_risk(rng)
    best = max(
        value_of_rewards([reward(kind.name, problem, row) for row in skies], problem, risk)
        for skies in delivered_jointly(laid_out(problem).problem)
    )
    outcome = qo.solve(problem, kind(risk=risk))
    assert (Fraction(outcome.value), Fraction(outcome.bound)) == (best, best)


@settings(max_examples=examples(50), deadline=None)
@given(seed=st.integers(0, 10**6))
def test_multipliers_are_exactly_admissible_and_bound_every_delivery(seed):
    rng = np.random.default_rng(seed)
    problem, risk = scenario_problem(seed), drawn_risk(rng)
    kind = KINDS[seed % len(KINDS)]
    objective = objective_of(problem, kind(risk=risk, lower_bounds=drawn_floors(problem, rng)))
    drawn = objective.project(rng.normal(size=objective.first_multipliers().size))
    exact = objective.rational(drawn)
    written = objective.written(exact.numbers, Fraction(0))
    lower, upper = risk.limits(problem.probabilities)
    shares = [Fraction(w, sum(problem.weights)) for w in problem.weights]
    if kind is BalancedDelivery:
        weights = [
            sum(Fraction(x) * q for x, q in zip(row, shares, strict=True))
            for row in written["lambda"]
        ]
    else:
        weights = [Fraction(p) for p in written["scenario"]]
    assert sum(weights) == 1
    assert all(a <= p <= b for a, p, b in zip(lower, weights, upper, strict=True))
    assert min(exact.per_bit) >= 0
    for _ in range(20):
        bits = rng.integers(0, 30, objective.delivery.targets).tolist()
        value = objective.value(bits)
        bound = sum(c * y for c, y in zip(exact.per_bit, bits, strict=True)) + exact.constant
        assert value is None or value <= bound


def test_prices_of_targets_are_shared_by_probability():
    keys = qo.KeyTensor.create([[1], [1]], [0], ["A", "B"])
    shares = [Fraction(1, 4), Fraction(3, 4)]
    problem = qo.SchedulingProblem.from_keys(keys.in_scenarios([[[3], [1]], [[1], [2]]], shares))
    delivery = ScenarioDelivery.to_targets(problem, problem.scenarios)
    assert delivery.at_targets(np.array([8.0, 4.0])).tolist() == [2, 1, 6, 3]


def test_gains_are_never_below_the_exact_sums():
    problem = scenario_problem(7, most_bits=10**9)
    for kind in KINDS:
        delivery = objective_of(problem, kind()).delivery
        prices = np.random.default_rng(0).random(delivery.targets)
        exact = [Fraction(price) for price in prices.tolist()]
        unit = 2**60
        whole = np.array([int(price * unit) for price in exact], object)
        sums = delivery.whole_gains(whole)
        above = [
            Fraction(gain) >= Fraction(int(x), unit)
            for gain, x in zip(delivery.gains(prices).ravel(), sums.ravel(), strict=True)
        ]
        assert all(above)


@pytest.mark.parametrize("alpha", ["1", "0.3", "0.05"])
def test_nearest_weights_are_those_given_where_these_are_admissible(alpha):
    weights = ScenarioWeights(Risk(alpha, "0.5"), tuple([Fraction(1, 7)] * 7))
    for rewards in np.random.default_rng(0).random((20, 7)):
        worst = weights.worst(rewards)
        assert weights.near(worst) == pytest.approx(worst, abs=1e-15)
        exact = weights.risk.worst(rewards.tolist(), weights.probability)
        assert worst == pytest.approx(np.array(exact, float), abs=1e-15)
        assert sum(weights.exact(worst)) == 1


def walked(objective, seed):
    """Return a short walk from the best mixture."""
    root = lagrangian_bound(objective)
    prices = root.multipliers.per_bit
    start = root.pricing.best_service(prices)
    walk = RiskLNS(objective, prices, root.delivered, float(root.value), start)
    walk.run(np.random.default_rng(seed))
    return walk, root


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=examples(10), deadline=None)
@given(seed=st.integers(0, 10**6))
def test_a_walk_is_legal_and_worth_what_it_says(kind, seed):
    rng = np.random.default_rng(seed)
    problem, risk = scenario_problem(seed), drawn_risk(rng)
    floors = drawn_floors(problem, rng) if rng.random() < 1 / 2 else {}
    objective = objective_of(problem, kind(risk=risk, lower_bounds=floors))
    walk, root = walked(objective, seed)
    if walk.value < 0:
        return
    schedule = Schedule(walk.best)
    assert schedule.is_legal(problem)
    value = objective.value(objective.delivered(schedule).tolist())
    assert float(value) == pytest.approx(walk.value)
    assert value <= root.value
    assert np.array_equal(walked(objective, seed)[0].best, walk.best)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=examples(4), deadline=None)
@given(seed=st.integers(0, 10**6))
def test_walks_of_satellites_share_receivers(kind, seed):
    problem, rng = two_satellites(seed)
    one = laid_out(problem).problem
    objective = objective_of(one, kind(risk=drawn_risk(rng)))
    if one.receivers is None or one.rules:
        return
    walk, _ = walked(objective, seed)
    schedule = Schedule(walk.best)
    assert schedule.is_legal(one)
    delivered = objective.delivered(schedule).tolist()
    assert walk.value <= 0 or float(objective.value(delivered)) == pytest.approx(walk.value)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", [3, 11, 19])
def test_a_scenario_may_be_stated_twice(kind, seed):
    problem = scenario_problem(seed)
    first, *others = problem.probabilities
    twice = replace(
        problem.scenarios,
        bits=np.concatenate([problem.scenarios.bits[:1], problem.scenarios.bits]),
        probability=(first / 3, 2 * first / 3, *others),
    )
    same = problem.with_satellite(scenarios=twice)
    strategy = kind(risk=Risk("0.3", "0.5"))
    assert solved(same, strategy) == solved(problem, strategy)


@pytest.mark.parametrize("kind", KINDS)
def test_however_rare_the_worst_case_is_the_worst(kind):
    problem = scenario_problem(4)
    least = min(problem.probabilities)
    alphas = ["1e-30", "0.333333333333333333333333333333", str(float(least) * 0.9)]
    for alpha in alphas:
        risk = Risk(alpha, 1)
        best = best_in_scenarios(problem, kind.name, risk)
        value, bound = solved(problem, kind(risk=risk))
        assert value == best
        assert best <= bound <= best + Fraction(1, 10**11)  # the grid of values is as fine as alpha


@pytest.mark.parametrize("kind", KINDS)
def test_without_any_key_the_value_is_nothing(kind):
    keys = qo.KeyTensor.create(np.zeros((1, 2), int), [3, 4], ["A"], weights={"A": 1})
    none = keys.in_scenarios(np.zeros((3, 1, 2), int))
    problem = qo.SchedulingProblem.from_keys(none).having(demand={"A": 5})
    assert solved(problem, kind(risk=Risk("0.5", 1))) == (0, 0)
    both = qo.SchedulingProblem.from_satellites({"X": none, "Y": none})
    outcome = qo.solve(both.having(demand={"A": 5}), kind(risk=Risk("0.5", 1)))
    assert (outcome.value, outcome.bound) == ("0/1", "0/1")


def test_hundreds_of_scenarios_need_no_large_matrices():
    bits = np.random.default_rng(0).integers(0, 9, (600, 3, 12))
    keys = qo.KeyTensor.create(
        np.zeros((3, 12), int), range(12), "ABC", weights={"A": 1, "B": 2, "C": 3}
    )
    problem = qo.SchedulingProblem.from_keys(keys.in_scenarios(bits))
    rows = objective_of(problem, BalancedDelivery(risk=Risk("0.1", 1))).master_rows(1.0)
    assert rows.matrix.nnz < 20 * 600


def test_weights_longer_than_certificates_hold_are_refused():
    weights = ScenarioWeights(Risk("0." + "0" * 29 + "1", "0." + "0" * 29 + "1"), (Fraction(1),))
    assert weights.exact(weights.near(np.ones(1))) == (1,)
    share = Fraction(1, 10**30 + 57)
    weights = ScenarioWeights(Risk("0.5", "0." + "0" * 29 + "1"), (share, 1 - share))
    with pytest.raises(InputError, match="fewer digits"):
        weights.exact(weights.near(np.array([0.5, 0.5])))
