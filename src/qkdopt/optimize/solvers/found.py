"""What a solver hands over before it is made a certificate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from qkdopt.certificates import Ended, Generation
from qkdopt.optimize.schedule import Schedule

__all__ = ["Found", "Search", "infeasible"]


class Search(Protocol):
    """What the searches of this package leave in their own classes."""

    @property
    def ended(self) -> Ended:
        """How it ended."""

    @property
    def schedule(self) -> Schedule | None:
        """The best schedule, if there is one."""

    @property
    def bound(self) -> Any:
        """What no schedule exceeds, if that is known."""

    @property
    def seconds(self) -> Mapping[str, float]:
        """Time of each part [s]."""

    @property
    def reason(self) -> str:
        """Why there is no schedule, if so."""

    @property
    def proof(self) -> Mapping[str, Any] | None:
        """What shows the bound."""


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

    @classmethod
    def of(cls, search: Search, made_by: Mapping[str, Any]) -> Found:
        """Return what a search left, as it is."""
        return cls(
            ended=search.ended,
            schedule=search.schedule,
            bound=search.bound,
            seconds=search.seconds,
            made_by=made_by,
            reason=search.reason,
            proof=search.proof or {},
        )


def infeasible(why: str, seconds: Mapping[str, float]) -> Found:
    """Return what is left when no schedule obeys the operations."""
    return Found(Ended.FINISHED, None, None, seconds, reason=f"infeasible: {why}")
