"""What a solver hands over before it is made a certificate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from qkdopt.claims import Ended, Generation
from qkdopt.optimize.schedule import Schedule

__all__ = ["Found", "infeasible"]


@dataclass(frozen=True)
class Found:
    """What a solver left: a schedule and a bound (or ``None``), and what made them."""

    ended: Ended
    schedule: Schedule | None
    bound: Any
    seconds: Mapping[str, float]
    made_by: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    proof: Mapping[str, Any] = field(default_factory=lambda: {"kind": "path"})
    history: tuple[Generation, ...] = ()


def infeasible(why: str, seconds: Mapping[str, float]) -> Found:
    """Return what is left when no schedule obeys the operations."""
    return Found(Ended.FINISHED, None, None, seconds, reason=f"infeasible: {why}")
