"""Regrets: worked by hand, and equal to solving again with the decision forced."""

import numpy as np
import pytest
from hypothesis import given, settings

import qkdopt as qo
from drawing import best_by_enumeration, operated_problems, problem_of, tiny_problems
from qkdopt.optimize.domain.longest_path import optimum
from qkdopt.optimize.operations import Operations
from qkdopt.optimize.regrets import IMPOSSIBLE, regrets
from qkdopt.optimize.strategy import Strategy

GENERAL = qo.GeneralDelivery()
PRIORITISED = qo.PrioritisedDelivery()


def test_worked_by_hand():
    # tau = 1: best is A, idle, B, B = 4 + 5 + 6. A in the second interval costs at least its
    # turn: A, A, idle, B = 4 + 4 + 6 = 14. B there: -, B, B, B = 14. Only A first: A, A, A = 9.
    problem = problem_of([[4, 4, 1, 0], [0, 3, 5, 6]], [0, 1, 2, 3], tau=1)
    found = regrets(problem, GENERAL)
    assert found.optimum == 15
    assert found.serving.tolist() == [[0, 1, 6, IMPOSSIBLE], [IMPOSSIBLE, 1, 0, 0]]
    assert found.sparing.tolist() == [[1, 0, 0, 0], [0, 0, 1, 6]]
    assert found.idling.tolist() == [1, 0, 1, 6]


def with_more(problem, **rules):
    """Return the problem with pairs added to ``forbidden`` or ``locked``."""
    old = problem.operations
    more = {name: (*getattr(old, name), *pairs) for name, pairs in rules.items()}
    merged = Operations.create(**{**old.__dict__, **more})
    return problem.with_satellite(operations=merged)


def assert_regrets_are_resolved(problem, best):
    coefficients = PRIORITISED.coefficients(problem)
    found = regrets(problem, PRIORITISED)
    reference = best(problem, coefficients)
    if found is None:
        assert reference is None
        return
    assert found.optimum == reference

    def loss(**rules):
        value = best(with_more(problem, **rules), coefficients)
        return IMPOSSIBLE if value is None else reference - value

    for a, t in enumerate(problem.interval.tolist()):
        assert found.idling[a] == loss(locked=[(-1, t)])
        for n in range(len(problem.links)):
            assert found.serving[n, a] == loss(locked=[(n, t)]), (n, a)
            assert found.sparing[n, a] == loss(forbidden=[(n, t)]), (n, a)


@given(tiny_problems(most_intervals=5))
@settings(max_examples=100)
def test_plain_problems_against_enumeration(problem):
    assert_regrets_are_resolved(problem, best_by_enumeration)


def by_dynamic_programme(problem, coefficients):
    found = optimum(problem, coefficients)
    return None if found is None else found[1]


@given(operated_problems(most_intervals=7))
@settings(max_examples=150)
def test_any_operations_against_solving_again(problem):
    assert_regrets_are_resolved(problem, by_dynamic_programme)


@given(tiny_problems(most_links=4, most_intervals=10))
@settings(max_examples=100)
def test_laws(problem):
    found = regrets(problem, GENERAL)
    possible = np.where(found.serving == IMPOSSIBLE, 2**40, found.serving)
    assert (found.sparing >= 0).all()
    assert (found.idling >= 0).all()
    # In each interval some decision is optimal, and what must not be left out is served.
    assert (np.minimum(possible.min(axis=0, initial=2**40), found.idling) == 0).all()
    assert (possible[found.sparing > 0] == 0).all()


def test_strategies_without_a_linear_objective_are_refused():
    class Other(Strategy):
        name = "other"

    with pytest.raises(qo.QkdoptError, match="strategy other has no linear objective"):
        regrets(problem_of([[1]], [0], 1), Other())
    assert regrets(problem_of([[]], [], 1), GENERAL).optimum == 0
    assert regrets(problem_of([[1]], [0], 1, locked=[(0, 5)]), GENERAL) is None
