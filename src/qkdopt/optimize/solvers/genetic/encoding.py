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

    def mate(self, one: NDArray[Any], other: NDArray[Any]) -> None:
        """Exchange genes, in place."""

    def mutate(self, one: NDArray[Any]) -> None:
        """Change genes, in place."""

    def service(self, one: NDArray[Any]) -> Integers:
        """Return the links that an individual serves, -1 for none, shape ``(A,)``."""
