"""Longest paths over sessions agree with enumeration: every tau, table, rule and decision."""

from dataclasses import replace

import networkx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qkdopt as qo
from drawing import examples
from qkdopt.interop.conversions import to_networkx
from qkdopt.optimize.domain.blocks import Blocks
from qkdopt.optimize.domain.branching import BranchingDecision
from qkdopt.optimize.domain.delivery import Delivery
from qkdopt.optimize.domain.longest_path import longest_value, optimum
from qkdopt.optimize.domain.pricing import PricingProblem
from qkdopt.optimize.k_best import OptimalSchedules, best_schedules
from qkdopt.optimize.operations import Operations
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.regrets import IMPOSSIBLE, regrets
from qkdopt.optimize.schedule import Schedule
from qkdopt.optimize.strategies import GeneralDelivery
from session_drawing import every_schedule, session_problem

GD = GeneralDelivery()
seeds = st.integers(0, 10**9)


def drawn_rules(rng, problem):
    """Return drawn operations, often several at once."""
    links, times = len(problem.links), problem.interval.tolist()
    n, t = int(rng.integers(0, links)), int(rng.choice(times))
    able = np.argwhere(problem.bits > 0)
    held, a = able[rng.integers(0, len(able))].tolist()
    every = {
        "minimum_dwell_s": 10 * int(rng.integers(2, 4)),
        "max_handovers": int(rng.integers(0, 3)),
        "max_handovers_per_pass": int(rng.integers(0, 2)),
        "max_service_s_per_pass": 10 * int(rng.integers(1, 4)),
        "switch_matrix_s": [
            [0 if i == j else 10 * int(rng.integers(0, 4)) for j in range(links)]
            for i in range(links)
        ],
        "forbidden": [(n, t)],
        "locked": [(held, times[a])],
    }
    chosen = rng.choice(list(every), rng.integers(0, 4), replace=False)
    return Operations.create(**{name: every[name] for name in chosen})


def drawn(seed, **sizes):
    rng = np.random.default_rng(seed)
    problem = session_problem(seed, links=int(rng.integers(1, 4)), intervals=6, **sizes)
    return rng, problem.with_satellite(operations=drawn_rules(rng, problem))


@given(seed=seeds)
@settings(max_examples=examples(40))
def test_the_longest_path_is_that_of_enumeration(seed):
    rng, problem = drawn(seed)
    coefficients = rng.integers(0, 5, len(problem.links))
    values = [schedule.value(problem, coefficients) for schedule in every_schedule(problem)]
    best = optimum(problem, coefficients)
    if not values:
        assert best is None
        return
    schedule, value = best
    assert value == max(values) == schedule.value(problem, coefficients)
    assert schedule.is_legal(problem)
    large = coefficients.astype(object) * 10**30
    assert 0 <= longest_value(problem, large) - value * 10**30 < 10**18


@given(seed=seeds)
def test_prices_of_any_sign_are_bounded_and_reached(seed):
    rng, problem = drawn(seed)
    delivery = Delivery.to_all(problem)
    pricing = PricingProblem(Blocks.create(delivery))
    prices = rng.normal(size=len(problem.targets))
    rows = [delivery.totals(schedule.service) for schedule in every_schedule(problem)]
    found = pricing(prices)
    if not rows:
        assert found.value == -np.inf
        return
    most = max(float(row @ prices) for row in rows)
    assert most <= found.value <= most + 1e-6
    assert found.delivered.sum(axis=0) @ prices == pytest.approx(most)


@given(seed=seeds)
def test_decisions_hold(seed):
    rng, problem = drawn(seed)
    pricing = PricingProblem(Blocks.create(Delivery.to_all(problem)))
    decisions = []
    for _ in range(rng.integers(1, 4)):
        first, last = sorted(rng.integers(0, problem.interval.size, 2).tolist())
        link = int(rng.integers(0, len(problem.links)))
        decisions.append(BranchingDecision(first, last, link, bool(rng.random() < 0.5)))
    prices = rng.normal(size=len(problem.targets)) + 0.5
    able = [
        schedule
        for schedule in every_schedule(problem)
        if all(
            bool((schedule.service[d.first : d.last + 1] == d.link).any()) == d.served
            for d in decisions
        )
    ]
    found = pricing(prices, tuple(decisions))
    if not able:
        return  # some required services may be left out: then the bound is only larger
    most = max(float(pricing.blocks.delivery.totals(s.service) @ prices) for s in able)
    assert found.value >= most
    if not any(d.served and d.first < d.last for d in decisions):
        assert found.value <= most + 1e-6


@given(seed=seeds)
@settings(max_examples=examples(40))
def test_all_schedules_are_listed_in_order(seed):
    _, problem = drawn(seed)
    strategy = GD
    every = list(every_schedule(problem))
    values = sorted((sum(s.delivered(problem)) for s in every), reverse=True)
    listed = best_schedules(problem, strategy, len(every) + 1)
    assert [value for _, value in listed] == values
    assert len({tuple(schedule.to_list()) for schedule, _ in listed}) == len(every)
    best = OptimalSchedules(problem, strategy)
    assert best.count == sum(value == values[0] for value in values) if values else not best.count


@given(seed=seeds)
@settings(max_examples=examples(40))
def test_regrets_are_those_of_enumeration(seed):
    _, problem = drawn(seed)
    found = regrets(problem, GD)
    every = [(s.service, sum(s.delivered(problem))) for s in every_schedule(problem)]
    if not every:
        assert found is None
        return
    best = max(value for _, value in every)
    for a in range(problem.interval.size):
        idle = [value for service, value in every if service[a] == -1]
        assert found.idling[a] == (best - max(idle) if idle else IMPOSSIBLE)
        for n in range(len(problem.links)):
            serving = [value for service, value in every if service[a] == n]
            sparing = [value for service, value in every if service[a] != n]
            assert found.serving[n, a] == (best - max(serving) if serving else IMPOSSIBLE)
            assert found.sparing[n, a] == (best - max(sparing) if sparing else IMPOSSIBLE)


def test_one_interval_of_a_pass_is_a_session_of_one_interval():
    keys = qo.KeyTensor.create([[5, 4, 3]], [1, 2, 3], ["Graz"])
    keys = keys.in_sessions([[1, 90, 99, 2, 90, 1]])
    rules = Operations.create(max_service_s_per_pass=10)
    found = qo.solve(SchedulingProblem.from_keys(keys, operations=rules), GD)
    assert found.value == found.bound == 2


@pytest.mark.parametrize("tau", range(4))
@pytest.mark.parametrize("superadditive", [False, True])
def test_solved_and_verified(tau, superadditive):
    problem = session_problem(tau, tau=tau, superadditive=superadditive, intervals=8)
    most = max(sum(schedule.delivered(problem)) for schedule in every_schedule(problem))
    outcome = qo.solve(problem, GD)
    assert outcome.value == outcome.bound == most


@given(seed=seeds)
def test_no_session_without_key_is_served_for_nothing(seed):
    problem = session_problem(seed)
    found = qo.solve(problem, GD)
    served = problem.sessions.served(Schedule.create(found.certificate.schedule).service)
    assert served.bits.all()


def test_a_session_without_key_stays_where_a_rule_wants_it():
    keys = qo.KeyTensor.create([[5, 4]], [1, 2], ["Graz"]).in_sessions([[0, 0, 3]])
    rules = Operations.create(locked=[(0, 1)], forbidden=[(0, 2)])
    problem = SchedulingProblem.from_keys(keys, operations=rules)
    assert qo.solve(problem, GD).certificate.schedule == (0, -1)
    free = SchedulingProblem.from_keys(keys, operations=Operations.create(forbidden=[(0, 2)]))
    assert qo.solve(free, GD).certificate.schedule == (-1, -1)


@given(seed=seeds)
def test_the_graph_has_the_same_longest_path(seed):
    problem = session_problem(seed)
    graph = to_networkx(problem)
    assert networkx.is_directed_acyclic_graph(graph)
    ones = np.ones(len(problem.links), np.int64)
    longest = networkx.dag_longest_path_length(graph, "bits")
    assert longest == optimum(problem, ones)[1]


def test_a_satellite_can_be_cut_and_compared():
    satellite = session_problem(3, intervals=9).satellite
    cut = satellite.beginning(5)
    assert cut.sessions.contact.shape == cut.bits.shape == (2, 5)
    assert cut.has_keys_of(satellite.beginning(5))
    assert not cut.has_keys_of(replace(cut, sessions=None))
    other = cut.sessions.bits + 1
    assert not cut.has_keys_of(replace(cut, sessions=replace(cut.sessions, bits=other)))
