"""What every solver hands over: how it ended, what it left, and what shows the bound."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from qkdopt.certificates import Ended, Generation
from qkdopt.optimize.schedule import Schedule


@dataclass(eq=False, kw_only=True)
class SolverResult:
    """What a solver left; a search may fill it as it goes, so that it can stop at any moment.

    Attributes
    ----------
    ended
        Why the solver stopped; it says nothing about what it found.
    schedule
        The incumbent, or ``None`` without one.
    value, bound
        The incumbent's value and what no schedule exceeds (``least``: what none undercuts), as
        certificates write them; ``None`` where there is none. ``solve`` computes the value anew
        from the schedule.
    proof
        What shows the bound, as certificates write it; ``{"kind": "path"}`` is what the verifier
        computes by itself.
    reason
        Why there is no schedule, or why it delivers nothing; otherwise empty.
    seconds
        Wall time of each phase [s].
    details
        What a certificate's ``made_by`` says beside the solver's name: settings, versions, counts.
    history
        For solvers that keep a population, one line for each generation.
    most
        What is known of the largest total of any schedule, where the strategy refers to it and
        the verifier cannot compute it: schedule, value, bound and proof of S-GD.
    """

    ended: Ended = Ended.FINISHED
    schedule: Schedule | None = None
    value: Any = None
    bound: Any = None
    proof: dict[str, Any] = field(default_factory=lambda: {"kind": "path"})
    reason: str = ""
    seconds: dict[str, float] = field(default_factory=dict)
    details: dict[str, Any] = field(default_factory=dict)
    history: tuple[Generation, ...] = ()
    most: SolverResult | None = None

    @classmethod
    def infeasible(cls, why: str, seconds: Mapping[str, float] | None = None) -> SolverResult:
        """Return what is left when it is proved that no schedule obeys the rules."""
        return cls(reason=f"infeasible: {why}", seconds=dict(seconds or {}))
