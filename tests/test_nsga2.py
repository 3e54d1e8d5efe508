"""pymoo's NSGA-II over our individuals: fronts of legal schedules, never above the optimum."""

import random

import numpy as np
import pytest
from hypothesis import given, settings

import qkdopt as qo
from drawing import tiny_problems
from qkdopt.optimize.exchange.genetic_settings import GeneticSettings
from qkdopt.optimize.objectives.targeted import TargetedObjective
from qkdopt.optimize.solvers import SolverOptions
from test_genetic import best_allowed, middling_problem
from test_genetic_runs import story

pytest.importorskip("pymoo")
BRIEF = GeneticSettings(population=10, evaluations=200, run=5)
STRATEGY = qo.TargetedDelivery("0.1")


@given(tiny_problems())
@settings(max_examples=15)
def test_never_above_the_optimum_and_always_confirmed_by_the_judge(problem):
    outcome = qo.solve(problem, STRATEGY, solver="nsga2", genetic=BRIEF)
    assert 0 <= outcome.value <= best_allowed(problem, STRATEGY) <= outcome.bound
    assert qo.verify(outcome.certificate, problem).holds


def test_a_front_rises_and_each_schedule_is_worth_what_it_says():
    from qkdopt.optimize.heuristics.nsga2.solver import find_front

    problem = middling_problem()
    front = find_front(problem, SolverOptions(seed=3, genetic=BRIEF))
    assert len(front) > 3
    totals = [point.total for point in front]
    assert totals == sorted(set(totals))
    objective = TargetedObjective.create(problem, STRATEGY)
    for point in front:
        assert point.schedule.is_legal(problem)
        delivered = objective.delivered(point.schedule)
        assert point.total == delivered.sum()
        assert point.divergence == pytest.approx(objective.shares.divergence(delivered), abs=1e-12)


def test_a_seed_gives_the_same_run_and_the_callers_generators_do_not_move():
    problem = middling_problem()
    before = random.getstate(), np.random.get_state()[1].tolist()  # noqa: NPY002
    first, second = (
        qo.solve(problem, STRATEGY, solver="nsga2", seed=1, genetic=BRIEF) for _ in range(2)
    )
    assert first.certificate.to_json() == second.certificate.to_json()
    assert story(first) == story(second)
    assert random.getstate() == before[0]
    assert np.random.get_state()[1].tolist() == before[1]  # noqa: NPY002


def test_an_interrupt_keeps_the_best_so_far():
    def interrupt(seconds, value, bound):
        raise KeyboardInterrupt

    problem = middling_problem()
    outcome = qo.solve(problem, STRATEGY, solver="nsga2", progress=interrupt)
    assert outcome.ended == "interrupted"
    assert outcome.value > 0
    assert qo.verify(outcome.certificate, problem)


def test_without_pymoo_there_is_one_line_that_says_how_to_install_it(monkeypatch):
    monkeypatch.setattr("qkdopt.optimize.solvers.entry.find_spec", lambda name: None)
    with pytest.raises(qo.QkdoptError, match="needs pymoo: python -m pip install pymoo"):
        qo.solve(middling_problem(), STRATEGY, solver="nsga2", genetic=BRIEF)
