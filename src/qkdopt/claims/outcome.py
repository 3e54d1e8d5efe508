"""What a solver gives back: how it ended, and what it left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from qkdopt.claims.certificate import Certificate

__all__ = ["Ended", "Outcome"]


class Ended(StrEnum):
    """Why a solver stopped; says nothing about what it found."""

    FINISHED = "finished"
    TIME_LIMIT = "time_limit"
    ITERATION_LIMIT = "iteration_limit"
    INTERRUPTED = "interrupted"
    FAILED = "failed"


@dataclass(frozen=True)
class Outcome:
    """How a solve ended and what it left behind.

    Attributes
    ----------
    ended
        Why the solver stopped.
    certificate
        The best schedule with its value and bound, or ``None`` when there is no schedule
        or no bound to state.
    value, bound
        The incumbent's value and the upper bound as integers; ``None`` when there is none.
    seconds
        Wall time by phase [s], for instance ``build``, ``hand_over``, ``solve``.
    reason
        One sentence when there is no certificate, or when it shows that nothing can be
        delivered; otherwise empty.
    """

    ended: Ended
    certificate: Certificate | None
    value: int | None
    bound: int | None
    seconds: Mapping[str, float] = field(default_factory=dict)
    reason: str = ""

    @property
    def optimal(self) -> bool:
        """Whether the incumbent's value equals the bound as integers."""
        return self.value is not None and self.value == self.bound

    @property
    def relative_gap(self) -> float | None:
        """``(bound - value) / max(1, value)``, or ``None`` without incumbent or bound."""
        if self.value is None or self.bound is None:
            return None
        return (self.bound - self.value) / max(1, self.value)
