"""What DEAP moves about, one row of genes with its fitness, and who of them becomes a parent."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from deap import base
from numpy.typing import NDArray

from qkdopt.arrays import Floats, Integers


class Fitness(base.Fitness):  # type: ignore[misc]
    """One number, the larger the better.

    A class of this module: DEAP's ``creator``, which registers classes globally, is not used.
    """

    weights = (1,)

    def __init__(self) -> None:
        """Begin without a value; DEAP's own checks of ``weights`` take longer than the rest."""


class Individual:
    """Genes, fitness and divergence.

    Attributes
    ----------
    genes
        One row, shape ``(size,)``; shared between copies and never changed: children get rows of
        their own when they are rated.
    place
        Its row in the matrix that is being rated.
    fitness
        DEAP's; not valid until the individual is rated.
    value
        Its value, exact.
    divergence
        ``KL(E / S || q)`` [nats], ``inf`` or ``nan`` where it has none.
    """

    __slots__ = ("divergence", "fitness", "genes", "place", "value")

    def __init__(self, genes: NDArray[Any]) -> None:
        """Begin without a fitness."""
        self.genes = genes
        self.fitness = Fitness()
        self.value, self.divergence, self.place = 0, float("inf"), -1


def copied(one: Individual) -> Individual:
    """Return another individual with the same genes and fitness."""
    copy = Individual(one.genes)
    copy.fitness.wvalues = one.fitness.wvalues
    copy.value, copy.divergence = one.value, one.divergence
    return copy


class Tournaments:
    """Selection for DEAP's toolbox, all tournaments of a generation at once.

    Each parent is the fittest of a few individuals drawn at random. For S-TD these winners hold
    tournaments among themselves, which the nearest wins. The paper: "we compare the KL divergence
    of these individuals after every fitness-based selection [...] the relatively lower-value
    solutions are more likely to be chosen as a subset of the new population". All that are
    within ``kl_max`` count as equally near.
    """

    def __init__(
        self, rng: np.random.Generator, size: int, near_size: int, kl_max: float | None
    ) -> None:
        """Say how many take part in each; without ``kl_max`` divergence does not count."""
        self._rng, self._size, self._near_size, self._kl_max = rng, size, near_size, kl_max

    def __call__(self, population: Sequence[Individual], k: int) -> list[Individual]:
        """Return ``k`` parents; who wins often is there often."""
        fitness = np.array([one.fitness.wvalues[0] for one in population])
        chosen = self._winners(fitness, k, self._size)
        if self._kl_max is not None:
            far = np.maximum([population[i].divergence for i in chosen.tolist()], self._kl_max)
            chosen = chosen[self._winners(-far, k, self._near_size)]
        return [population[i] for i in chosen.tolist()]

    def _winners(self, merit: Integers | Floats, k: int, size: int) -> Integers:
        drawn = self._rng.integers(merit.size, size=(k, size))
        best = np.argmax(merit[drawn], axis=1)
        return np.asarray(drawn[np.arange(k), best])


def elite(population: Sequence[Individual], k: int, kl_max: float | None) -> list[Individual]:
    """Return the ``k`` best: the fittest, or for S-TD the nearest and among those the fittest."""
    if kl_max is None:
        ranked = sorted(population, key=lambda one: one.fitness.wvalues[0], reverse=True)
        return ranked[:k]
    ranked = sorted(population, key=lambda one: (max(one.divergence, kl_max), -one.value))
    return ranked[:k]
