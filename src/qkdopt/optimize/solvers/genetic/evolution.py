"""The loop of generations, in DEAP: select, cross, mutate, repair and rate, keep the best."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from deap import algorithms, base
from numpy.typing import NDArray

from qkdopt.arrays import Floats, Integers
from qkdopt.claims import Ended, Generation
from qkdopt.optimize.solvers.genetic.goal import Goal
from qkdopt.optimize.solvers.genetic.individual import Individual, copied
from qkdopt.optimize.solvers.genetic.randomness import Fence
from qkdopt.optimize.solvers.genetic.selection import Tournaments, elite
from qkdopt.optimize.solvers.genetic.settings import USUAL_EVALUATIONS, GeneticSettings
from qkdopt.optimize.solvers.options import SolverOptions

__all__ = ["Encoding", "Evolution", "evolve"]


class Encoding(Protocol):
    """How schedules are written as rows of genes."""

    def drawn(self, count: int) -> NDArray[Any]:
        """Return random individuals, one in a row."""

    def rated(self, genes: NDArray[Any]) -> Integers:
        """Make individuals legal, in place; return their bits by target, shape ``(P, T)``."""

    def mate(self, one: NDArray[Any], other: NDArray[Any]) -> None:
        """Exchange genes, in place."""

    def mutate(self, one: NDArray[Any]) -> None:
        """Change genes, in place."""

    def service(self, one: NDArray[Any]) -> Integers:
        """Return the links that an individual serves, -1 for none, shape ``(A,)``."""


@dataclass(eq=False)
class Evolution:
    """What there is so far; complete at every moment, so that it can be stopped at any.

    Attributes
    ----------
    best
        Genes of the best allowed individual, or ``None``.
    value, divergence
        Its value, 0 without one, and its ``KL(E / S || q)`` [nats].
    leader
        Genes of the fittest individual of the last generation.
    nearest
        Least divergence of any individual that delivers something [nats].
    evaluations
        Individuals rated.
    history
        One line for each generation.
    """

    best: NDArray[Any] | None = None
    value: int = 0
    divergence: float = float("inf")
    leader: NDArray[Any] | None = None
    nearest: float = float("inf")
    evaluations: int = 0
    ended: Ended = Ended.FINISHED
    history: list[Generation] = field(default_factory=list)


def evolve(
    encoding: Encoding,
    goal: Goal,
    settings: GeneticSettings,
    options: SolverOptions,
    *,
    began: float,
    bound: int | None = None,
    seeds: NDArray[Any] | None = None,
) -> Evolution:
    """Run generations until one of the limits is reached, or the user interrupts.

    Parameters
    ----------
    encoding, goal
        What individuals are, and what makes them fit.
    settings, options
        Sizes, rates, limits; ``options.seed`` seeds DEAP's draws.
    began
        ``time.perf_counter()`` at the start of the time limit [s].
    bound
        No schedule is worth more; told to ``options.progress``.
    seeds
        Individuals of the first generation, the others are drawn; shape ``(at most P, size)``.
    """
    run = _Run(encoding, goal, settings, options, began, bound)
    try:
        run.go(seeds)
    except KeyboardInterrupt:
        run.found.ended = Ended.INTERRUPTED
    return run.found


class _Run:
    """One run: DEAP's toolbox, the population and the limits."""

    def __init__(
        self,
        encoding: Encoding,
        goal: Goal,
        settings: GeneticSettings,
        options: SolverOptions,
        began: float,
        bound: int | None,
    ) -> None:
        self.encoding, self.goal, self.settings, self.options = encoding, goal, settings, options
        self.began, self.bound, self.found = began, bound, Evolution()
        self.near = None if goal.penalty else goal.kl_max
        self.fence = Fence(options.seed)
        self.most = settings.evaluations
        if self.most is None and options.time_limit is None:
            self.most = USUAL_EVALUATIONS
        self.toolbox = toolbox = base.Toolbox()
        toolbox.register("clone", copied)
        toolbox.register("mate", self._mate)
        toolbox.register("mutate", self._mutate)
        toolbox.register("evaluate", encoding.rated)
        select = Tournaments(
            np.random.default_rng([options.seed, 1]),
            settings.tournament,
            settings.divergence_tournament,
            self.near,
        )
        toolbox.register("select", select)

    def go(self, seeds: NDArray[Any] | None) -> None:
        """Draw the first generation and improve it."""
        genes = self.encoding.drawn(self.settings.population)
        if seeds is not None:
            genes[: len(seeds)] = seeds
        population = [Individual(row) for row in genes]
        self._rate(population)
        self._note(population)
        settings = self.settings
        while not self._over():
            kept = [copied(one) for one in elite(population, settings.elite, self.near)]
            with self.fence.lent():
                parents = self.toolbox.select(population, settings.population - len(kept))
                children = algorithms.varAnd(
                    parents, self.toolbox, settings.crossover, settings.mutation
                )
            self._rate([child for child in children if not child.fitness.valid])
            population = kept + children
            self._note(population)

    def _mate(self, one: Individual, other: Individual) -> tuple[Individual, Individual]:
        self.encoding.mate(one.genes, other.genes)
        return one, other

    def _mutate(self, one: Individual) -> tuple[Individual]:
        self.encoding.mutate(one.genes)
        return (one,)

    def _rate(self, individuals: Sequence[Individual]) -> None:
        """Repair and rate individuals, all in one matrix, and remember the best."""
        if not individuals:
            return
        genes = np.stack([one.genes for one in individuals])
        delivered = self.toolbox.evaluate(genes)
        values, divergences = self.goal.values(delivered), self.goal.divergences(delivered)
        fitness = self.goal.fitness(values, divergences)
        for one, row, value, divergence, fit in zip(
            individuals, genes, values.tolist(), divergences.tolist(), fitness.tolist(), strict=True
        ):
            one.genes, one.value, one.divergence = row, value, divergence
            one.fitness.wvalues = (fit,)
        self.found.evaluations += len(individuals)
        self._remember(genes, delivered, values, divergences)

    def _remember(
        self, genes: NDArray[Any], delivered: Integers, values: Integers, divergences: Floats
    ) -> None:
        found = self.found
        if self.goal.wanted is not None:
            found.nearest = min(found.nearest, float(divergences.min()))
        better = np.flatnonzero(self.goal.near(divergences) & (values > found.value))
        for place in better[np.argsort(-values[better], kind="stable")].tolist():
            if self.goal.allows(delivered[place]):
                found.best, found.value = genes[place].copy(), int(values[place])
                found.divergence = float(divergences[place])
                if self.options.progress is not None:
                    seconds = time.perf_counter() - self.began
                    told = None if self.bound is None else float(self.bound)
                    self.options.progress(seconds, float(found.value), told)
                return

    def _note(self, population: Sequence[Individual]) -> None:
        values = np.array([one.value for one in population], float)
        least = min(one.divergence for one in population)
        found = self.found
        found.leader = max(population, key=lambda one: one.fitness.wvalues).genes
        found.history.append(
            Generation(
                evaluations=found.evaluations,
                seconds=time.perf_counter() - self.began,
                best=found.value,
                divergence=_finite(found.divergence),
                mean=float(values.mean()),
                least_divergence=_finite(least),
            )
        )

    def _over(self) -> bool:
        """Say whether a limit is reached, and which."""
        found, limit = self.found, self.options.time_limit
        enough = [goal for goal in (self.settings.target, self.bound) if goal is not None]
        if found.best is not None and found.value >= min(enough, default=np.inf):
            found.ended = Ended.FINISHED
        elif limit is not None and time.perf_counter() - self.began >= limit:
            found.ended = Ended.TIME_LIMIT
        elif self.most is not None and found.evaluations >= self.most:
            found.ended = Ended.ITERATION_LIMIT
        else:
            return False
        return True


def _finite(number: float) -> float | None:
    return number if np.isfinite(number) else None
