"""What a decomposition has found so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from qkdopt.certificates import Ended
from qkdopt.optimize.schedule import Schedule

__all__ = ["Decomposition"]


@dataclass(eq=False)
class Decomposition:
    """What there is so far; complete at every moment, so that it can be stopped at any.

    Attributes
    ----------
    schedule, value
        The incumbent: at first the schedule that serves nobody, which is always allowed; with
        floors at first none, and a value below all that meet them.
    bound, proof
        The proved bound and what proves it, or ``None`` before there is one.
    ended
        How it ended.
    reason
        Why nothing can be delivered that close, if so.
    """

    schedule: Schedule | None
    value: int = 0
    bound: int | None = None
    proof: dict[str, Any] | None = None
    ended: Ended = Ended.FINISHED
    reason: str = ""
    seconds: dict[str, float] = field(default_factory=dict)
    made_by: dict[str, Any] = field(default_factory=dict)
