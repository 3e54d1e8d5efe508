"""Runs of the genetic algorithm: seeds, history, when it stops, what it refuses."""

import random

import numpy as np
import pytest
from hypothesis import given

import qkdopt as qo
from drawing import (
    best_by_enumeration,
    operated_problems,
    problem_of,
)
from qkdopt.optimize.exchange.genetic_settings import GeneticSettings
from qkdopt.optimize.heuristics.genetic.individual import Individual, Tournaments, elite
from qkdopt.optimize.schedule import Schedule
from test_genetic import BRIEF, middling_problem


def story(outcome):
    return [(line.evaluations, line.best, line.mean, line.divergence) for line in outcome.history]


@pytest.mark.parametrize("strategy", [qo.GeneralDelivery(), qo.TargetedDelivery("0.05")])
def test_a_seed_gives_the_same_run_and_another_gives_another(strategy):
    problem, settings = middling_problem(), GeneticSettings(evaluations=1500)
    first, second, other = (
        qo.solve(problem, strategy, solver="genetic", seed=seed, genetic=settings)
        for seed in (4, 4, 5)
    )
    assert first.certificate.to_json() == second.certificate.to_json()
    assert story(first) == story(second)
    assert story(first) != story(other)


def test_the_callers_generators_do_not_move():
    random.seed(11)
    before = random.getstate(), np.random.get_state()[1].tolist()  # noqa: NPY002
    drawn_inside = []
    qo.solve(
        middling_problem(),
        qo.GeneralDelivery(),
        solver="genetic",
        genetic=GeneticSettings(evaluations=1000),
        progress=lambda *_: drawn_inside.append(random.random()),
    )
    assert np.random.get_state()[1].tolist() == before[1]  # noqa: NPY002
    after = random.getstate()
    random.setstate(before[0])
    assert drawn_inside == [random.random() for _ in drawn_inside]
    assert drawn_inside
    assert random.getstate() == after


def test_no_class_is_left_in_deaps_creator():
    from deap import creator

    before = set(vars(creator))
    qo.solve(middling_problem(), qo.GeneralDelivery(), solver="genetic", genetic=BRIEF)
    assert set(vars(creator)) == before


def rated(value, divergence):
    one = Individual(np.zeros(1, np.int16))
    one.value, one.divergence = value, divergence
    one.fitness.wvalues = (value,)
    return one


def test_of_the_fitter_the_nearer_become_parents():
    # Far and heavy, near and light, and both: selection by fitness alone keeps the heavy ones.
    population = [rated(100, 0.9), rated(98, 0.02), rated(97, 0.01), rated(5, 0.0)] * 10
    rng = np.random.default_rng(0)
    by_fitness = Tournaments(rng, 3, 5, None)(population, 400)
    nearer = Tournaments(rng, 3, 5, 0.05)(population, 400)
    far = [sum(one.divergence > 0.5 for one in chosen) for chosen in (by_fitness, nearer)]
    light = [sum(one.value < 50 for one in chosen) for chosen in (by_fitness, nearer)]
    assert far[0] > 150
    assert far[1] < 50
    assert light[1] < 100
    assert {one.value for one in elite(population, 10, 0.05)} == {98}
    assert {one.value for one in elite(population, 10, None)} == {100}


def test_history_tells_best_mean_and_divergence():
    problem = middling_problem()
    outcome = qo.solve(
        problem, qo.GeneralDelivery(), solver="genetic", genetic=GeneticSettings(evaluations=3000)
    )
    best = [line.best for line in outcome.history]
    assert best == sorted(best)
    assert best[-1] == outcome.value
    assert outcome.history[0].mean < outcome.history[-1].mean <= outcome.value
    delivered = Schedule.create(outcome.certificate.schedule).delivered(problem)
    shares = np.array(delivered) / sum(delivered)
    weights = np.array(problem.weights) / sum(problem.weights)
    divergence = float((shares * np.log(shares / weights)).sum())
    assert outcome.history[-1].divergence == pytest.approx(divergence, rel=1e-12)
    assert outcome.history[-1].evaluations >= 3000


def test_stops_at_evaluations_time_and_target():
    problem, gd = middling_problem(), qo.GeneralDelivery()
    few = qo.solve(problem, gd, solver="genetic", genetic=GeneticSettings(evaluations=200))
    assert few.ended == "iteration_limit"
    assert 200 <= few.history[-1].evaluations < 250
    timed = qo.solve(problem, gd, solver="genetic", time_limit=0.3)
    assert timed.ended == "time_limit"
    target = GeneticSettings(evaluations=50_000, target=few.value)
    aimed = qo.solve(problem, gd, solver="genetic", seed=1, genetic=target)
    assert aimed.ended == "finished"
    assert aimed.value >= few.value
    assert aimed.history[-2].best < few.value


def test_an_interrupt_keeps_the_best_so_far():
    told = []

    def interrupt(seconds, value, bound):
        told.append(value)
        if len(told) == 5:
            raise KeyboardInterrupt

    problem = middling_problem()
    outcome = qo.solve(problem, qo.GeneralDelivery(), solver="genetic", progress=interrupt)
    assert outcome.ended == "interrupted"
    assert outcome.value == told[-1] == max(told)
    assert qo.verify(outcome.certificate, problem)


def test_nothing_near_enough_is_a_result_with_its_reason():
    problem = problem_of([[9, 9, 9], [0, 0, 0]], [0, 1, 2], 1, [1, 1])
    outcome = qo.solve(problem, qo.TargetedDelivery("0.1"), solver="genetic", genetic=BRIEF)
    assert (outcome.value, outcome.reason) == (
        0,
        "no schedule comes nearer than KL = 0.6931: B can never be served",
    )
    problem = problem_of([[9, 9, 9], [0, 0, 1]], [0, 1, 2], 1, [1, 1])
    outcome = qo.solve(problem, qo.TargetedDelivery("0.1"), solver="genetic", genetic=BRIEF)
    assert outcome.value == 0
    assert outcome.reason.startswith("no individual came within KL = 0.1: the nearest of ")
    assert qo.verify(outcome.certificate, problem)


@given(operated_problems())
def test_operations_are_carried_or_refused_by_name(problem):
    gd = qo.GeneralDelivery()
    rules = problem.operations
    closing = ["forbidden", *(["locked"] if all(link < 0 for link, _ in rules.locked) else [])]
    refused = [rule for rule in rules.names if rule not in closing]
    if refused:
        names = f"solver genetic cannot carry operations: {', '.join(refused)} [(]dynamic, milp"
        with pytest.raises(qo.QkdoptError, match=names):
            qo.solve(problem, gd, solver="genetic", genetic=BRIEF)
        return
    outcome = qo.solve(problem, gd, solver="genetic", genetic=BRIEF)
    assert outcome.value <= best_by_enumeration(problem, gd.coefficients(problem))
    assert qo.verify(outcome.certificate, problem)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"population": 3}, "genetic: population: got 3, expected an integer from 4 to 100,000"),
        ({"crossover": 1.5}, "genetic: crossover: got 1.5, expected a probability"),
        ({"changes": 0}, "genetic: changes: got 0"),
        ({"elite": 50}, "genetic: elite: got 50, expected fewer than the population"),
        ({"evaluations": 0}, "genetic: evaluations: got 0"),
        ({"decode": "magic"}, "genetic: decode: got magic, expected one of columns"),
    ],
)
def test_bad_settings_are_one_clear_line(setting, message):
    with pytest.raises(qo.QkdoptError) as caught:
        GeneticSettings(**setting)
    assert message in str(caught.value)
