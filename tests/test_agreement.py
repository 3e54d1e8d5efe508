"""Enumeration = dynamic programme = HiGHS on every formulation; the verifier confirms each."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qkdopt as qo
from drawing import best_by_enumeration, examples, problem_of, tiny_problems
from qkdopt.optimize.domain.longest_path import longest_value
from qkdopt.optimize.formulations import FORMULATIONS, chosen_formulation, formulation_named
from qkdopt.optimize.operations import Operations
from qkdopt.optimize.solvers.formulation_run import relaxation_value

STRATEGIES = (qo.GeneralDelivery(), qo.PrioritisedDelivery())


def solvers_for(problem):
    yield {"solver": "dynamic"}
    for name in FORMULATIONS:
        if formulation_named(name).refusal(problem) is None:
            yield {"solver": "milp", "formulation": name}


def assert_all_agree(problem):
    for strategy in STRATEGIES:
        optimum = best_by_enumeration(problem, strategy.coefficients(problem))
        for chosen in solvers_for(problem):
            outcome = qo.solve(problem, strategy, **chosen)
            assert (outcome.value, outcome.bound) == (optimum, optimum), chosen
            assert qo.verify(outcome.certificate, problem).optimal, chosen
        baseline = qo.solve(problem, strategy, solver="greedy")
        assert baseline.value <= optimum <= baseline.bound
        assert qo.verify(baseline.certificate, problem).holds


@given(tiny_problems())
@settings(max_examples=examples(40))
def test_every_method_agrees_on_drawn_problems(problem):
    assert_all_agree(problem)


@pytest.mark.parametrize("tau", range(5))
@pytest.mark.parametrize(
    ("bits", "interval"),
    [
        ([[]], []),
        ([[], []], []),
        ([[0, 0], [0, 0]], [3, 4]),
        ([[5]], [0]),
        ([[5, 0, 5, 0]], [0, 1, 2, 9]),
        ([[3, 3, 3, 3], [3, 3, 3, 3]], [0, 1, 2, 3]),
        ([[9, 0, 0, 0, 9], [0, 0, 5, 0, 0]], [0, 1, 2, 3, 4]),
        ([[1, 9, 1, 0], [0, 1, 9, 1], [1, 0, 1, 9]], [0, 2, 3, 7]),
    ],
    ids=["none", "two-none", "zeros", "one", "one-link", "ties", "there-and-back", "gaps"],
)
def test_every_method_agrees_on_the_corner_cases(bits, interval, tau):
    assert_all_agree(problem_of(bits, interval, tau, weights=[2, 1, 0][: len(bits)]))


@given(tiny_problems(most_tau=1))
@settings(max_examples=60)
def test_the_relaxation_of_startup_is_integral(problem):
    for strategy in STRATEGIES:
        optimum = best_by_enumeration(problem, strategy.coefficients(problem))
        assert relaxation_value(problem, strategy, "startup") == pytest.approx(optimum, abs=1e-6)


@given(tiny_problems(most_links=4, most_intervals=12), st.data())
@settings(max_examples=examples(50))
def test_the_relaxation_of_pointing_is_the_longest_path(problem, data):
    # Closed cells leave holes that a service of the same link may span, or not.
    holes = st.tuples(st.integers(0, len(problem.links) - 1), st.integers(0, 30))
    closed = Operations.create(forbidden=data.draw(st.lists(holes, max_size=6)))
    problem = problem.with_satellite(operations=closed)
    for strategy in STRATEGIES:
        longest = longest_value(problem, strategy.coefficients(problem))
        for formulation in ("pointing", "path_flow"):
            relaxed = relaxation_value(problem, strategy, formulation)
            assert relaxed == pytest.approx(longest, abs=1e-6), formulation


@pytest.mark.parametrize(
    ("bits", "interval", "tau", "best"),
    [
        # By hand: B stays pointed at through the idle second interval, 3 + 2 + 3.
        ([[2, 2, 0, 2], [3, 0, 2, 3]], [0, 1, 2, 3], 2, 8),
        # A cannot be kept through the gap (tau = 1): leaving it costs nothing, so 5 + 1 + 5.
        ([[5, 0, 0, 0, 5], [0, 0, 1, 0, 0]], [0, 1, 2, 3, 4], 1, 11),
        # With tau = 2 nothing else fits in between, and A is served twice.
        ([[5, 0, 0, 0, 5], [0, 0, 1, 0, 0]], [0, 1, 2, 3, 4], 2, 10),
        # Intervals 1, 2 are not active: the hand-over uses them, the next one is too short.
        ([[4, 0, 0], [0, 3, 0], [0, 0, 9]], [0, 3, 5], 2, 13),
    ],
    ids=["holds", "comes-back", "too-far", "gap"],
)
def test_the_relaxation_of_pointing_by_hand(bits, interval, tau, best):
    problem = problem_of(bits, interval, tau)
    strategy = qo.GeneralDelivery()
    assert relaxation_value(problem, strategy, "pointing") == pytest.approx(best)
    assert best_by_enumeration(problem, strategy.coefficients(problem)) == best


def test_longer_hand_overs_are_modelled_by_pointing():
    assert chosen_formulation(problem_of([[1]], [0], 2), None) == "pointing"
    assert chosen_formulation(problem_of([[1]], [0], 1), None) == "startup"
    assert chosen_formulation(problem_of([[1]], [0], 2, max_handovers=1), None) == "path_flow"


@given(tiny_problems())
@settings(max_examples=60)
def test_the_relaxation_of_paper_is_a_bound(problem):
    for strategy in STRATEGIES:
        optimum = best_by_enumeration(problem, strategy.coefficients(problem))
        assert relaxation_value(problem, strategy, "paper") >= optimum - 1e-6


def test_the_relaxation_of_paper_is_pinned_where_it_is_fractional():
    # By hand: B and idle each half in the first interval let A and C each take half of the
    # second: 3/2 + 2/2 + 3/2 = 4, while a whole schedule serves B or C alone: 3.
    problem = problem_of([[0, 2], [3, 0], [0, 3]], [0, 1], tau=1)
    strategy = qo.GeneralDelivery()
    assert relaxation_value(problem, strategy, "paper") == pytest.approx(4.0)
    assert relaxation_value(problem, strategy, "startup") == pytest.approx(3.0)
    assert qo.solve(problem, strategy).value == 3


def test_startup_refuses_longer_hand_overs():
    problem = problem_of([[1]], [0], tau=2)
    with pytest.raises(qo.QkdoptError, match="at most one interval; here it takes 2"):
        qo.solve(problem, qo.GeneralDelivery(), solver="milp", formulation="startup")
    assert qo.solve(problem, qo.GeneralDelivery(), solver="milp").value == 1
