"""The loop of generations, in DEAP: select, cross, mutate, repair and rate, keep the best."""

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
from deap import algorithms, base

from qkdopt.certificates import ended_by
from qkdopt.deadline import Deadline
from qkdopt.optimize.exchange.genetic_settings import GeneticSettings
from qkdopt.optimize.exchange.options import SolverOptions
from qkdopt.optimize.heuristics.genetic.encoding import Encoding, Genes
from qkdopt.optimize.heuristics.genetic.fitness import FitnessFunction
from qkdopt.optimize.heuristics.genetic.individual import Individual, Tournaments, copied, elite
from qkdopt.optimize.heuristics.genetic.record import Evolution, Record


class RandomStateGuard:
    """Python's global generator, lent to DEAP and given back.

    DEAP draws from the module ``random``. Within :meth:`borrowed` that is our own stream; outside,
    and in whatever the caller's callbacks do, it is the caller's, exactly as it was.
    """

    def __init__(self, seed: int) -> None:
        """Seed our stream."""
        self._ours = random.Random(seed).getstate()

    @contextmanager
    def borrowed(self) -> Iterator[None]:
        """Let DEAP draw from our stream inside the block."""
        callers = random.getstate()
        random.setstate(self._ours)
        try:
            yield
        finally:
            self._ours = random.getstate()
            random.setstate(callers)


def evolve(
    encoding: Encoding,
    goal: FitnessFunction,
    settings: GeneticSettings,
    options: SolverOptions,
    *,
    deadline: Deadline,
    bound: int | None = None,
    seeds: Genes | None = None,
) -> Evolution:
    """Run generations until one of the limits is reached, or the user interrupts.

    Parameters
    ----------
    encoding, goal
        What individuals are, and what makes them fit.
    settings, options
        Sizes, rates, limits; ``options.seed`` seeds DEAP's draws.
    deadline
        When generations end.
    bound
        No schedule is worth more; told to ``options.progress``.
    seeds
        Individuals of the first generation, the others are drawn; shape ``(at most P, size)``.
    """
    record = Record(goal, settings, options, deadline, bound)
    try:
        _Run(encoding, goal, settings, options.seed, record).go(seeds)
    except KeyboardInterrupt as stopped:
        record.found.ended = ended_by(stopped, deadline)
    return record.found


class _Run:
    """One run: DEAP's toolbox and the population."""

    def __init__(
        self,
        encoding: Encoding,
        goal: FitnessFunction,
        settings: GeneticSettings,
        seed: int,
        record: Record,
    ) -> None:
        self.encoding, self.goal, self.settings, self.record = encoding, goal, settings, record
        self.near = None if goal.penalty else goal.kl_max
        self.guard = RandomStateGuard(seed)
        select = Tournaments(
            np.random.default_rng([seed, 1]),
            settings.tournament,
            settings.divergence_tournament,
            self.near,
        )
        self.pairs: list[tuple[Individual, Individual]] = []
        self.mutants: list[Individual] = []
        self.toolbox = base.Toolbox()
        self.toolbox.register("clone", copied)
        self.toolbox.register("mate", self._mate)
        self.toolbox.register("mutate", self._mutate)
        self.toolbox.register("evaluate", encoding.rated)
        self.toolbox.register("select", select)

    def go(self, seeds: Genes | None) -> None:
        """Draw the first generation and improve it."""
        genes = self.encoding.drawn(self.settings.population)
        if seeds is not None:
            genes[: len(seeds)] = seeds
        population = [Individual(row) for row in genes]
        self._rate(population)
        self._note(population)
        settings = self.settings
        while not self.record.over():
            kept = [copied(one) for one in elite(population, settings.elite, self.near)]
            with self.guard.borrowed():
                parents = self.toolbox.select(population, settings.population - len(kept))
                children = algorithms.varAnd(
                    parents, self.toolbox, settings.crossover, settings.mutation
                )
            self._rate([child for child in children if not child.fitness.valid])
            population = kept + children
            self._note(population)

    def _mate(self, one: Individual, other: Individual) -> tuple[Individual, Individual]:
        self.pairs.append((one, other))
        return one, other

    def _mutate(self, one: Individual) -> tuple[Individual]:
        self.mutants.append(one)
        return (one,)

    def _rate(self, individuals: Sequence[Individual]) -> None:
        """Cross, mutate, repair and rate individuals, all in one matrix."""
        if not individuals:
            return
        genes = np.stack([one.genes for one in individuals])
        self._vary(individuals, genes)
        delivered = self.toolbox.evaluate(genes)
        values, divergences = self.goal.values(delivered), self.goal.divergences(delivered)
        fitness = self.goal.fitness(values, divergences)
        for one, row, value, divergence, fit in zip(
            individuals, genes, values.tolist(), divergences.tolist(), fitness.tolist(), strict=True
        ):
            one.genes, one.value, one.divergence = row, value, divergence
            one.fitness.wvalues = (fit,)
        self.record.remember(genes, delivered, values, divergences)

    def _vary(self, individuals: Sequence[Individual], genes: Genes) -> None:
        """Do what DEAP asked for: first all crossings, then all mutations, as ``varAnd`` does."""
        for place, one in enumerate(individuals):
            one.place = place
        pairs = [(one.place, other.place) for one, other in self.pairs]
        if pairs:
            self.encoding.mate(genes, np.array(pairs, np.int64))
        if self.mutants:
            self.encoding.mutate(genes, np.array([one.place for one in self.mutants], np.int64))
        self.pairs.clear()
        self.mutants.clear()

    def _note(self, population: Sequence[Individual]) -> None:
        values = np.array([one.value for one in population], float)
        divergences = np.array([one.divergence for one in population])
        leader = max(population, key=lambda one: one.fitness.wvalues[0])
        self.record.note(values, divergences, leader.genes)
