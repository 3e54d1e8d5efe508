"""With operations on: enumeration = dynamic programme = HiGHS on each formulation = verifier."""

import json
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qkdopt as qo
from drawing import (
    best_by_enumeration,
    every_schedule,
    examples,
    obeys_operations,
    obeys_switching,
    operated_problems,
)
from qkdopt import verifier
from qkdopt.optimize.domain.longest_path import optimum
from qkdopt.optimize.formulations import FORMULATIONS, formulation_named
from qkdopt.optimize.schedule import Schedule
from qkdopt.optimize.solvers.formulation_run import relaxation_value
from qkdopt.verifier.problem import read_problem
from qkdopt.verifier.rules import violations
from verifier_by_hand import longest

GENERAL = qo.GeneralDelivery()
PRIORITISED = qo.PrioritisedDelivery()


def judged(problem):
    return read_problem(json.loads(json.dumps(problem.document())), "problem")


def ways_to_solve(problem):
    yield {"solver": "dynamic"}
    for name in FORMULATIONS:
        if formulation_named(name).refusal(problem) is None:
            yield {"solver": "milp", "formulation": name}


def assert_all_agree(problem, strategy):
    best = best_by_enumeration(problem, strategy.coefficients(problem))
    for chosen in ways_to_solve(problem):
        outcome = qo.solve(problem, strategy, **chosen)
        assert outcome.ended is qo.Ended.FINISHED
        if best is None:
            assert outcome.certificate is None, chosen
            assert outcome.reason.startswith("infeasible: "), (chosen, outcome.reason)
            continue
        assert (outcome.value, outcome.bound) == (best, best), chosen
        assert verifier.verify(outcome.certificate.document, problem.document()).optimal, chosen


@given(operated_problems(most_intervals=7))
@settings(max_examples=examples(60))
def test_dynamic_and_judge_find_the_enumerated_optimum(problem):
    coefficients = PRIORITISED.coefficients(problem)
    best = best_by_enumeration(problem, coefficients)
    found = optimum(problem, coefficients)
    assert longest(judged(problem), problem.weights) == best
    assert (found is None) == (best is None)
    if found is not None:
        schedule, value = found
        assert value == best == schedule.value(problem, coefficients)
        assert schedule.is_legal(problem)
        services = tuple(schedule.to_list())
        assert obeys_switching(problem, services)
        assert obeys_operations(problem, services)


@given(operated_problems(), st.sampled_from([GENERAL, PRIORITISED]))
@settings(max_examples=examples(60))
def test_every_method_agrees_on_drawn_problems(problem, strategy):
    assert_all_agree(problem, strategy)


@given(operated_problems(most_intervals=5), st.data())
@settings(max_examples=examples(60))
def test_makers_and_judge_know_the_same_rules(problem, data):
    # Zero bits are not served here: the oracle leaves that rule to the enumeration.
    services = tuple(
        data.draw(st.sampled_from([-1, *np.flatnonzero(problem.bits[:, a] > 0).tolist()]))
        for a in range(problem.interval.size)
    )
    legal = obeys_switching(problem, services) and obeys_operations(problem, services)
    assert Schedule.create(services).is_legal(problem) == legal
    read = judged(problem)
    path = read.satellites[0].path((a, n) for a, n in enumerate(services) if n >= 0)
    assert (not list(violations(read, [path]))) == legal


@given(operated_problems(most_intervals=5))
@settings(max_examples=examples(120))
def test_all_that_is_legal_is_enumerated(problem):
    able = [[-1, *np.flatnonzero(column).tolist()] for column in problem.bits.T]
    legal = [path for path in product(*able) if Schedule.create(path).is_legal(problem)]
    assert legal == list(every_schedule(problem))


@given(operated_problems(), st.lists(st.integers(-3, 3), min_size=3, max_size=3))
@settings(max_examples=examples(60))
def test_the_judge_is_right_at_prices_of_any_sign(problem, prices):
    prices = prices[: len(problem.links)]
    assert longest(judged(problem), prices) == best_by_enumeration(problem, prices)


@given(operated_problems())
@settings(max_examples=examples(60))
def test_path_flow_is_integral_without_rows_across_the_network(problem):
    rules = replace(
        problem.operations,
        locked=(),
        max_handovers=None,
        max_handovers_per_pass=None,
        max_service_s_per_pass=None,
    )
    problem = problem.with_satellite(operations=rules)
    best = best_by_enumeration(problem, PRIORITISED.coefficients(problem))
    assert relaxation_value(problem, PRIORITISED, "path_flow") == pytest.approx(best, abs=1e-6)
