"""Compiled repair and fitness, DEAP's whole loop with them, and the same loop in plain Python.

Loops run on one core and are counted in CPU seconds, which a busy machine stretches less.
"""

from __future__ import annotations

import random
import time
from statistics import median

import numpy as np
from deap import algorithms, base, tools
from figures import Figure, medians_in_turn

import qkdopt as qo
from qkdopt.library import problem_folder
from qkdopt.optimize.exchange.genetic_settings import GeneticSettings
from qkdopt.optimize.heuristics.genetic.fitness import FitnessFunction
from qkdopt.optimize.heuristics.genetic.interval_genes import IntervalGenes
from qkdopt.optimize.problem_file import read_problem

POPULATION = 400
CORES = 2


def measure(quick: bool) -> list[Figure]:
    """Return the figures of the genetic algorithm on the Micius week."""
    week = read_problem(problem_folder("micius-china-2016") / "problem.json.gz")
    usual, lean, compiled, large = loops(week, 3 if quick else 7)
    return [
        *ratings(week, 20 if quick else 60),
        Figure("genetic, DEAP's whole loop, week, population 50", compiled, "1/s", 10_000, True),
        Figure("  population 200", large, "1/s", 10_000, True),
        Figure("  population 50, lists, Python fitness, DEAP's own copies", usual, "1/s"),
        Figure("    compiled against that", compiled / usual, "x", 10, True),
        Figure("  population 50, lists, Python fitness, copies written for speed", lean, "1/s"),
        Figure("    compiled against that", compiled / lean, "x"),
    ]


def ratings(week: qo.SchedulingProblem, runs: int) -> list[Figure]:
    """Time repair and bits over a whole population, drawn at random and repaired before."""
    goal = FitnessFunction.create(week, qo.GeneralDelivery())
    calls = []
    for threads in (1, CORES):
        rng = np.random.default_rng(0)
        genes = IntervalGenes(week, goal.servable, rng, changes=1.0, run=1, threads=threads)
        fresh = genes.drawn(POPULATION)
        legal = fresh.copy()
        genes.rated(legal)
        spare = fresh.copy()

        def random_ones(genes=genes, fresh=fresh, spare=spare):
            spare[:] = fresh  # a copy takes a fiftieth of the time
            goal.values(genes.rated(spare))

        calls += [random_ones, lambda genes=genes, legal=legal: goal.values(genes.rated(legal))]
    calls.append(lambda: np.copyto(spare, fresh))  # no repair can be faster: genes in, genes out
    one, one_legal, two, two_legal, copy = (POPULATION / s for s in medians_in_turn(calls, runs))
    began = time.process_time()
    for _ in range(runs):
        calls[0]()
    cpu = runs * POPULATION / (time.process_time() - began)
    return [
        Figure("genetic: repair and fitness in a CPU second", cpu, "1/s", 100_000, True),
        Figure("  in a second, random individuals, 1 thread", one, "1/s"),
        Figure("  repaired before", one_legal, "1/s"),
        Figure(f"  random individuals, {CORES} threads", two, "1/s", 200_000, True),
        Figure(f"  repaired before, {CORES} threads", two_legal, "1/s", 200_000, True),
        Figure("  genes copied and nothing else, 1 thread", copy, "1/s"),
        Figure("  CPU time of a gene", 1e9 / (cpu * week.interval.size), "ns"),
    ]


def loops(week: qo.SchedulingProblem, runs: int) -> list[float]:
    """Return individuals rated in a CPU second: Python twice, ours with populations 50 and 200."""
    rates: list[list[float]] = [[], [], [], []]
    qo.solve(week, qo.GeneralDelivery(), solver="genetic", genetic=GeneticSettings(evaluations=99))
    for seed in range(runs):
        rates[0].append(in_python(week, seed, lean=False))
        rates[1].append(in_python(week, seed, lean=True))
        for place, population in ((2, 50), (3, 200)):
            asked = GeneticSettings(population=population, evaluations=10_000)
            began = time.process_time()
            last = qo.solve(
                week, qo.GeneralDelivery(), solver="genetic", seed=seed, genetic=asked
            ).history[-1]
            rates[place].append(last.evaluations / (time.process_time() - began))
    return [median(one) for one in rates]


class Fitness(base.Fitness):
    """More is better."""

    weights = (1.0,)


class Listed(list):
    """An individual as one writes it first: a list of links."""

    def __init__(self, links=()):
        super().__init__(links)
        self.fitness = Fitness()


def in_python(week: qo.SchedulingProblem, seed: int, lean: bool) -> float:
    """Run DEAP's own operators with repair and fitness in Python; return ratings a CPU second.

    DEAP copies individuals by ``deepcopy`` unless ``lean`` changes that.
    """
    bits, times, tau = week.bits.T.tolist(), week.interval.tolist(), week.tau
    choices = [[-1, *(n for n, b in enumerate(row) if b > 0)] for row in bits]
    size = len(times)

    def rate(one):
        link, last, total = -1, -tau - 1, 0
        for a, wanted in enumerate(one):
            if wanted >= 0:
                if wanted == link or times[a] - last > tau:
                    link, last = wanted, times[a]
                    total += bits[a][wanted]
                else:
                    one[a] = -1
        return (total,)

    def mutate(one):
        for _ in range(2):
            a = random.randrange(size)
            one[a] = random.choice(choices[a])
        return (one,)

    def clone(one):
        copy = Listed(one)
        copy.fitness.wvalues = one.fitness.wvalues
        return copy

    toolbox = base.Toolbox()
    if lean:
        toolbox.register("clone", clone)
    toolbox.register("mate", tools.cxTwoPoint)
    toolbox.register("mutate", mutate)
    toolbox.register("select", tools.selTournament, tournsize=3)
    toolbox.register("evaluate", rate)
    random.seed(seed)
    drawn = [Listed([random.choice(c) for c in choices]) for _ in range(50)]
    began = time.process_time()
    _, logbook = algorithms.eaSimple(drawn, toolbox, 0.9, 0.9, 20, verbose=False)
    return sum(logbook.select("nevals")) / (time.process_time() - began)
