"""What an algorithm by generations must know about the genes that it moves about."""

from typing import Any, Protocol, TypeAlias

from numpy.typing import NDArray

from qkdopt.arrays import Integers

Genes: TypeAlias = NDArray[Any]
"""Individuals, one in a row: of whole numbers or floats, as an encoding writes them."""


class Encoding(Protocol):
    """How schedules are written as rows of genes."""

    def drawn(self, count: int) -> Genes:
        """Return random individuals, one in a row."""

    def rated(self, genes: Genes) -> Integers:
        """Make individuals legal, in place; return their bits by target, shape ``(P, T)``."""

    def mate(self, genes: Genes, pairs: Integers) -> None:
        """Let pairs of rows, shape ``(M, 2)``, exchange genes, in place."""

    def mutate(self, genes: Genes, rows: Integers) -> None:
        """Change genes of some rows, shape ``(M,)``, in place."""

    def service(self, one: Genes) -> Integers:
        """Return the links that an individual serves, -1 for none, shape ``(A,)``."""
