"""Intervals in which no link has key: active where listed, part of their pass, never served."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qkdopt as qo
from drawing import (
    best_by_enumeration,
    every_schedule,
    examples,
    problem_of,
    problems_with_empty_intervals,
    with_empty_intervals,
)
from qkdopt.optimize.exchange.genetic_settings import GeneticSettings
from qkdopt.optimize.formulations import FORMULATIONS, formulation_named
from qkdopt.optimize.operations import Operations
from qkdopt.optimize.problem_file import problem_from_document, read_problem
from qkdopt.optimize.regrets import regrets
from qkdopt.optimize.solvers.registry import SOLVERS
from qkdopt.verifier.problem import read_problem as read_as_judge
from qkdopt.verifier.rules import violations
from verifier_by_hand import longest

FILE = Path(__file__).parent / "data" / "interval-without-key.json"
GENERAL = qo.GeneralDelivery()
BRIEF = GeneticSettings(population=8, evaluations=60)


def exact_ways(problem):
    yield {"solver": "dynamic"}
    for name in FORMULATIONS:
        if formulation_named(name).refusal(problem) is None:
            yield {"solver": "milp", "formulation": name}


def strategies_for(problem):
    targets = problem.targets
    pairs = {a: {b: 3 * (a != b) for b in targets} for a in targets}
    return (
        GENERAL,
        qo.PrioritisedDelivery(),
        qo.TargetedDelivery("0.1"),
        qo.BalancedDelivery(),
        qo.CappedDelivery(dict.fromkeys(targets, 4)),
        *([qo.PairedDelivery(pairs)] if len(targets) > 1 else []),
    )


def ways(problem):
    for strategy in strategies_for(problem):
        for name, method in SOLVERS.items():
            if name != "nsga2" and method.carries(strategy):
                yield (
                    strategy,
                    {"solver": name, **({"genetic": BRIEF} if method.population else {})},
                )


def test_a_pass_goes_on_through_an_interval_without_key():
    # By hand: one pass of three intervals, no hand-over within it: A alone gives 5 + 1, B 1 + 5.
    # With the middle interval left out, both ends would be passes of their own, 5 + 5.
    document = json.loads(FILE.read_text())
    problem = read_problem(FILE)
    assert problem.document() == document
    assert best_by_enumeration(problem, (1, 1)) == 6
    for chosen in exact_ways(problem):
        outcome = qo.solve(problem, GENERAL, **chosen)
        assert (outcome.value, outcome.bound) == (6, 6), chosen
        assert outcome.certificate.document["problem"] == document
        assert qo.verify(outcome.certificate, FILE).optimal


def test_keys_are_cut_where_no_link_has_any_and_files_are_not():
    keys = qo.KeyTensor.create([[5, 0, 1], [1, 0, 5]], [0, 1, 2], ["A", "B"], switch_s=0)
    assert qo.SchedulingProblem.from_keys(keys).interval.tolist() == [0, 2]
    assert read_problem(FILE).interval.tolist() == [0, 1, 2]


@given(problems_with_empty_intervals(operated=False))
@settings(max_examples=examples(6))
def test_without_rules_about_passes_nothing_changes(pair):
    plain, filled = pair
    assert filled.interval.size > plain.interval.size
    for strategy, chosen in ways(plain):
        if not SOLVERS[chosen["solver"]].population and chosen["solver"] != "greedy":
            before, after = (qo.solve(p, strategy, **chosen) for p in pair)
            assert before.value == after.value, (strategy, chosen)
            if strategy.name in ("gd", "pd"):
                assert before.bound == after.bound == after.value, (strategy, chosen)


@given(problems_with_empty_intervals(operated=False))
@settings(max_examples=examples(6))
def test_every_solver_claims_the_truth_about_the_problem_given(pair):
    _, problem = pair
    for strategy, chosen in ways(problem):
        outcome = qo.solve(problem, strategy, **chosen)
        if outcome.certificate is not None:
            stated = strategy.stated_in(problem)
            assert outcome.certificate.document["problem_sha256"] == stated.sha256
            assert qo.verify(outcome.certificate, stated).holds, (strategy, chosen)


@given(problems_with_empty_intervals(most_intervals=5))
@settings(max_examples=examples(50))
def test_enumeration_dynamic_milp_and_judge_agree(pair):
    _, problem = pair
    best = best_by_enumeration(problem, (1,) * len(problem.links))
    judged = read_as_judge(problem.document(), "problem")
    assert longest(judged, (1,) * len(problem.targets)) == best
    for chosen in exact_ways(problem):
        outcome = qo.solve(problem, GENERAL, **chosen)
        if best is None:
            assert outcome.certificate is None, chosen
        else:
            assert (outcome.value, outcome.bound) == (best, best), chosen
            assert qo.verify(outcome.certificate, problem).optimal, chosen
    loss = regrets(problem, GENERAL)
    assert (loss is None) == (best is None)
    assert loss is None or loss.optimum == best


def test_least_divergence_claims_the_truth_about_the_problem_given():
    problem = problem_of([[0, 0, 2, 5], [1, 4, 0, 0]], [0, 2, 5, 9], 1, weights=[1, 2])
    filled = with_empty_intervals(problem, [1, 4, 6])
    outcome = qo.solve(filled, qo.LeastDivergence("0.5"), time_limit=1)
    assert outcome.certificate.document["problem_sha256"] == filled.sha256
    assert qo.verify(outcome.certificate, filled).holds


@given(
    problems_with_empty_intervals(operated=False, most_intervals=5),
    st.none() | st.integers(0, 2),
    st.none() | st.integers(0, 35).map(str),
)
@settings(max_examples=examples(40))
def test_uses_of_bits_obey_rules_about_passes(pair, handovers, seconds):
    rules = Operations.create(max_handovers_per_pass=handovers, max_service_s_per_pass=seconds)
    problem = pair[1].with_satellite(operations=rules)
    delivered = [qo.Schedule.create(s).delivered(problem) for s in every_schedule(problem)]
    strategy = qo.CappedDelivery(dict.fromkeys(problem.targets, 4))
    best = max(sum(min(4, bits) for bits in each) for each in delivered)
    outcome = qo.solve(problem, strategy, solver="milp")
    assert outcome.value == best
    assert qo.verify(outcome.certificate, strategy.stated_in(problem)).holds


@given(problems_with_empty_intervals(most_intervals=4), st.data())
@settings(max_examples=examples(60))
def test_a_file_keeps_the_problem_and_nobody_is_served_without_key(pair, data):
    _, problem = pair
    again = problem_from_document(json.loads(json.dumps(problem.document())))
    assert again.sha256 == problem.sha256
    empty = np.flatnonzero(~problem.bits.any(axis=0))
    service = np.full(problem.interval.size, -1)
    service[data.draw(st.sampled_from(empty.tolist()))] = data.draw(
        st.integers(0, len(problem.links) - 1)
    )
    assert not qo.Schedule.create(service).is_legal(problem)
    read = read_as_judge(problem.document(), "problem")
    path = read.satellites[0].path((a, n) for a, n in enumerate(service.tolist()) if n >= 0)
    broken = list(violations(read, [path]))
    assert any("has no key there" in sentence for sentence in broken)


@pytest.mark.parametrize("tau", range(3))
def test_a_problem_of_empty_intervals_delivers_nothing(tau):
    problem = with_empty_intervals(problem_of([[], []], [], tau, weights=[1, 2]), [0, 1, 4])
    for strategy, chosen in (*ways(problem), (qo.LeastDivergence("0.5"), {})):
        outcome = qo.solve(problem, strategy, **chosen)
        assert outcome.certificate is None or qo.verify(outcome.certificate).holds
    assert qo.solve(problem, GENERAL).value == 0
