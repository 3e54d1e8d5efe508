"""What DEAP moves about: one row of genes with its fitness."""

from __future__ import annotations

from typing import Any

from deap import base
from numpy.typing import NDArray

__all__ = ["Fitness", "Individual", "copied"]


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
