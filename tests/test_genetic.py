"""The genetic algorithm: never above the optimum, always legal, repeatable, a polite guest."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import qkdopt as qo
from drawing import (
    best_by_enumeration,
    every_schedule,
    operated_problems,
    problem_of,
    tiny_problems,
)
from qkdopt.optimize.exchange.genetic_settings import GeneticSettings
from qkdopt.optimize.heuristics.genetic.fitness import FitnessFunction
from qkdopt.optimize.heuristics.genetic.individual import Individual, Tournaments, elite
from qkdopt.optimize.heuristics.genetic.interval_genes import IntervalGenes
from qkdopt.optimize.objectives.targeted import TargetedObjective
from qkdopt.optimize.schedule import Schedule

BRIEF = GeneticSettings(population=8, evaluations=60)


def middling_problem(intervals=120, links=5):
    rng = np.random.default_rng(3)
    bits = rng.integers(1, 900, (links, intervals)) * (rng.random((links, intervals)) < 0.6)
    times = np.cumsum(rng.choice([1, 1, 1, 1, 9], intervals))
    return problem_of(bits, times.tolist(), 1, [3, 1, 2, 5, 4][:links])


def best_allowed(problem, strategy):
    objective = TargetedObjective.create(problem, strategy)
    return max(
        sum(bits)
        for schedule in every_schedule(problem)
        for bits in [Schedule.create(schedule).delivered(problem)]
        if sum(bits) == sum(bits[n] for n in objective.shares.target)
        and (not sum(bits) or objective.allows(np.array(bits)[objective.shares.target]))
    )


@given(tiny_problems(), st.integers(0, 3))
def test_never_above_the_optimum_and_always_confirmed_by_the_judge(problem, seed):
    strategies = [qo.GeneralDelivery(), qo.PrioritisedDelivery(), qo.TargetedDelivery("0.1")]
    for strategy in strategies:
        outcome = qo.solve(problem, strategy, solver="genetic", seed=seed, genetic=BRIEF)
        if strategy.name == "td":
            optimum = best_allowed(problem, strategy)
        else:
            optimum = best_by_enumeration(problem, strategy.coefficients(problem))
        assert 0 <= outcome.value <= optimum <= outcome.bound
        assert qo.verify(outcome.certificate, problem).holds


def test_it_finds_the_optimum_of_a_small_problem():
    problem = problem_of([[4, 4, 1, 0], [0, 3, 5, 6]], [0, 1, 2, 3], 1, [1, 2])
    for strategy in (qo.GeneralDelivery(), qo.PrioritisedDelivery()):
        bred = qo.solve(
            problem, strategy, solver="genetic", genetic=GeneticSettings(evaluations=2000)
        )
        assert bred.value == qo.solve(problem, strategy).value


@given(tiny_problems(most_links=4, most_intervals=12), st.integers(0, 5))
def test_every_repaired_individual_is_legal_and_its_bits_are_right(problem, seed):
    goal = FitnessFunction.create(problem, qo.PrioritisedDelivery())
    if not problem.interval.size:
        return
    rng = np.random.default_rng(seed)
    genes = IntervalGenes(problem, goal.servable, rng, changes=2.0, run=3)
    drawn = genes.drawn(6)
    genes.mate(drawn, np.array([[0, 1], [2, 3]]))
    genes.mutate(drawn, np.arange(5))
    delivered = genes.rated(drawn)
    again = drawn.copy()
    assert (genes.rated(again) == delivered).all()
    assert (again == drawn).all()
    coefficients = qo.PrioritisedDelivery().coefficients(problem)
    for one, bits, value in zip(drawn, delivered, goal.values(delivered), strict=True):
        schedule = Schedule(genes.service(one))
        assert schedule.is_legal(problem)
        assert tuple(bits) == schedule.delivered(problem)
        assert value == schedule.value(problem, coefficients)


def test_repair_worked_by_hand():
    # tau = 1: A at 0, B at 1 comes too soon, B at 2 is in time, A at 3 is not; at 9 there was time.
    problem = problem_of([[5, 5, 5, 5, 5], [7, 7, 7, 7, 7]], [0, 1, 2, 3, 9], 1)
    genes = IntervalGenes(problem, problem.bits > 0, np.random.default_rng(0), changes=1.0, run=1)
    row = np.array([[1, 2, 2, 1, 1]], np.int16)
    assert genes.rated(row).tolist() == [[10, 7]]
    assert row.tolist() == [[1, 0, 2, 0, 1]]


def test_threads_change_nothing():
    problem = middling_problem()
    goal = FitnessFunction.create(problem, qo.GeneralDelivery())
    rated = []
    for threads in (1, 3):
        rng = np.random.default_rng(1)
        with IntervalGenes(
            problem, goal.servable, rng, changes=1.0, run=1, threads=threads
        ) as genes:
            rated.append(genes.rated(genes.drawn(500)))
    assert (rated[0] == rated[1]).all()


def repaired_one_by_one(problem, genes):
    """Read each individual forwards, interval by interval, in Python integers."""
    delivered = []
    for row in genes:
        link, last, bits = 0, None, [0] * len(problem.targets)
        for a, time in enumerate(problem.interval.tolist()):
            gene = int(row[a])
            if gene and (gene == link or last is None or time - last > problem.tau):
                link, last = gene, time
                bits[problem.link_target[gene - 1]] += int(problem.bits[gene - 1, a])
            else:
                row[a] = 0
        delivered.append(bits)
    return delivered


@pytest.mark.parametrize("intervals", [1, 127, 128, 129, 300])
@pytest.mark.parametrize("people", [1, 31, 32, 33, 70])
def test_compiled_repair_equals_a_reading_in_plain_python(people, intervals):
    # Tiles hold 32 individuals and 128 intervals: fewer, as many, one more, several with a rest.
    problem = middling_problem(intervals)
    genes = IntervalGenes(problem, problem.bits > 0, np.random.default_rng(2), changes=1.0, run=1)
    drawn = genes.drawn(people)
    expected = drawn.copy()
    bits = repaired_one_by_one(problem, expected)
    assert genes.rated(drawn).tolist() == bits
    assert drawn.tolist() == expected.tolist()
    assert people * intervals < 100 or (expected == 0).any(axis=1).all()


@given(tiny_problems(most_links=4, most_intervals=12), st.integers(0, 5))
def test_compiled_repair_equals_plain_python_on_drawn_problems(problem, seed):
    if not problem.interval.size:
        return
    genes = IntervalGenes(
        problem, problem.bits > 0, np.random.default_rng(seed), changes=1.0, run=1
    )
    drawn = genes.drawn(5)
    expected = drawn.copy()
    bits = repaired_one_by_one(problem, expected)
    assert genes.rated(drawn).tolist() == bits
    assert drawn.tolist() == expected.tolist()


def test_repair_adds_up_large_numbers_exactly():
    large = 2**54 + 1  # no double is equal to it
    problem = problem_of([[large, large]], [0, 5], 1)
    genes = IntervalGenes(problem, problem.bits > 0, np.random.default_rng(0), changes=1.0, run=1)
    assert genes.rated(np.array([[1, 1]], np.int16)).tolist() == [[2 * large]]


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
