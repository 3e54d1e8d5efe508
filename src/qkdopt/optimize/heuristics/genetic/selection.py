"""Who becomes a parent: the fitter ones, and for S-TD those of them that are nearer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.optimize.heuristics.genetic.individual import Individual

__all__ = ["Tournaments", "elite"]


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
