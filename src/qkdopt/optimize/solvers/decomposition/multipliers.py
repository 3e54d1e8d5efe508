"""What search and branching need to know about prices, whatever they are prices of."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Self

from qkdopt.arrays import Floats

__all__ = ["Multipliers"]


class Multipliers(ABC):
    """Prices whose bound is ``L(per_bit) + constant``, with ``L`` the longest path."""

    @property
    @abstractmethod
    def per_bit(self) -> Floats:
        """What a bit for each target is worth, shape ``(T,)``."""

    @property
    def constant(self) -> float:
        """What the bound adds to the longest path."""
        return 0.0

    @abstractmethod
    def towards(self, other: Any, step: float) -> Self:
        """Return ``(1 - step)`` of these and ``step`` of ``other``."""

    @abstractmethod
    def tightened(self, shares: Any) -> Self:
        """Return the best prices that cost nothing to find from these."""
