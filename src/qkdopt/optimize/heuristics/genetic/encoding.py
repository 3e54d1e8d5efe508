"""What an algorithm by generations must know about the genes that it moves about."""

from __future__ import annotations

from typing import Any, Protocol

from numpy.typing import NDArray

from qkdopt.arrays import Integers

__all__ = ["Encoding"]


class Encoding(Protocol):
    """How schedules are written as rows of genes."""

    def drawn(self, count: int) -> NDArray[Any]:
        """Return random individuals, one in a row."""

    def rated(self, genes: NDArray[Any]) -> Integers:
        """Make individuals legal, in place; return their bits by target, shape ``(P, T)``."""

    def mate(self, genes: NDArray[Any], pairs: Integers) -> None:
        """Let pairs of rows, shape ``(M, 2)``, exchange genes, in place."""

    def mutate(self, genes: NDArray[Any], rows: Integers) -> None:
        """Change genes of some rows, shape ``(M,)``, in place."""

    def service(self, one: NDArray[Any]) -> Integers:
        """Return the links that an individual serves, -1 for none, shape ``(A,)``."""
