"""The k best schedules and all optimal ones, against a list of every schedule."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qkdopt as qo
from drawing import every_schedule, operated_problems, problem_of, tiny_problems, worth
from qkdopt.optimize.k_best import OptimalSchedules, best_schedules

GENERAL = qo.GeneralDelivery()
PRIORITISED = qo.PrioritisedDelivery()


def test_worked_by_hand():
    # tau = 1: 15 by A, idle, B, B; 14 by A, A, idle, B and by idle, B, B, B.
    problem = problem_of([[4, 4, 1, 0], [0, 3, 5, 6]], [0, 1, 2, 3], tau=1)
    best = [(schedule.to_list(), value) for schedule, value in best_schedules(problem, GENERAL, 3)]
    assert best[0] == ([0, -1, 1, 1], 15)
    assert sorted(best[1:]) == [([-1, 1, 1, 1], 14), ([0, 0, -1, 1], 14)]
    assert OptimalSchedules(problem, GENERAL).count == 1


@given(st.one_of(tiny_problems(most_intervals=5), operated_problems()), st.integers(1, 40))
@settings(max_examples=200)
def test_the_best_of_all(problem, k):
    coefficients = PRIORITISED.coefficients(problem)
    values = {s: worth(problem, coefficients, s) for s in every_schedule(problem)}
    found = best_schedules(problem, PRIORITISED, k)
    different = {tuple(schedule.to_list()) for schedule, _ in found}
    assert len(different) == len(found) == min(k, len(values))
    assert [value for _, value in found] == sorted(values.values(), reverse=True)[:k]
    assert all(values[tuple(schedule.to_list())] == value for schedule, value in found)


@given(st.one_of(tiny_problems(), operated_problems()))
@settings(max_examples=150)
def test_all_optimal_schedules_are_counted(problem):
    coefficients = PRIORITISED.coefficients(problem)
    values = {s: worth(problem, coefficients, s) for s in every_schedule(problem)}
    optimal = OptimalSchedules(problem, PRIORITISED)
    if not values:
        assert (optimal.value, optimal.count) == (None, 0)
        return
    best = [s for s, value in values.items() if value == max(values.values())]
    assert (optimal.value, optimal.count) == (max(values.values()), len(best))
    assert tuple(optimal.sample(np.random.default_rng(1)).to_list()) in best


def test_samples_are_uniform():
    problem = problem_of([[1, 1, 1, 2], [1, 1, 1, 2]], [0, 1, 2, 3], tau=0)
    optimal = OptimalSchedules(problem, GENERAL)
    assert optimal.count == 16
    rng = np.random.default_rng(7)
    drawn = Counter(tuple(optimal.sample(rng).to_list()) for _ in range(3200))
    assert len(drawn) == 16
    # 200 expected each, standard deviation 13.7.
    assert all(abs(times - 200) < 5 * 13.7 for times in drawn.values())


def test_counts_beyond_64_bits_are_exact():
    problem = problem_of([[1] * 100, [1] * 100], range(100), tau=0)
    optimal = OptimalSchedules(problem, GENERAL)
    assert optimal.count == 2**100
    assert optimal.sample(np.random.default_rng(3)).delivered(problem) != (100, 0)


def test_what_cannot_be_is_said():
    impossible = problem_of([[1]], [0], 1, locked=[(0, 5)])
    assert best_schedules(impossible, GENERAL, 3) == []
    with pytest.raises(qo.QkdoptError, match="no schedule obeys the rules"):
        OptimalSchedules(impossible, GENERAL).sample(np.random.default_rng(1))
    with pytest.raises(qo.QkdoptError, match="k: got 0, expected at least 1"):
        best_schedules(impossible, GENERAL, 0)
