"""The genetic algorithm: never above the optimum, always legal, repeatable, a polite guest."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import qkdopt as qo
from drawing import (
    best_by_enumeration,
    every_schedule,
    problem_of,
    tiny_problems,
)
from qkdopt.optimize.exchange.genetic_settings import GeneticSettings
from qkdopt.optimize.heuristics.genetic.fitness import FitnessFunction
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
