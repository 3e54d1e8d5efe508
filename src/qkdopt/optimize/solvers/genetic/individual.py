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
        One row, shape ``(size,)``.
    fitness
        DEAP's; not valid until the individual is rated.
    value
        Its value, exact.
    divergence
        ``KL(E / S || q)`` [nats], ``inf`` or ``nan`` where it has none.
    """

    __slots__ = ("divergence", "fitness", "genes", "value")

    def __init__(self, genes: NDArray[Any]) -> None:
        """Begin without a fitness."""
        self.genes = genes
        self.fitness = Fitness()
        self.value, self.divergence = 0, float("inf")


def copied(one: Individual) -> Individual:
    """Return an individual that shares nothing with ``one``."""
    copy = Individual(one.genes.copy())
    copy.fitness.wvalues = one.fitness.wvalues
    copy.value, copy.divergence = one.value, one.divergence
    return copy
