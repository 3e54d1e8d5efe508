"""Who becomes a parent: the fitter ones, and for S-TD those of them that are nearer."""

from __future__ import annotations

import random
from collections.abc import Sequence

from deap import tools

from qkdopt.optimize.solvers.genetic.individual import Individual

__all__ = ["elite", "fit_and_near"]


def fit_and_near(
    population: Sequence[Individual],
    k: int,
    *,
    kl_max: float,
    tournament: int,
    divergence_tournament: int,
) -> list[Individual]:
    """Return ``k`` parents: winners by fitness, then the nearest of a few such winners.

    The paper: "we compare the KL divergence of these individuals after every fitness-based
    selection [...] the relatively lower-value solutions are more likely to be chosen as a subset
    of the new population". All that are within ``kl_max`` count as equally near.
    """
    fit = tools.selTournament(population, k, tournsize=tournament)
    chosen = []
    for _ in range(k):
        drawn = random.choices(fit, k=divergence_tournament)
        chosen.append(min(drawn, key=lambda one: max(one.divergence, kl_max)))
    return chosen


def elite(population: Sequence[Individual], k: int, kl_max: float | None) -> list[Individual]:
    """Return the ``k`` best: the fittest, or for S-TD the nearest and among those the fittest."""
    if kl_max is None:
        return list(tools.selBest(population, k))
    ranked = sorted(population, key=lambda one: (max(one.divergence, kl_max), -one.value))
    return ranked[:k]
