"""What the judge finds in place of the numbers that a certificate claims."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["Recount"]


@dataclass(frozen=True)
class Recount:
    """What the judge finds in place of the claimed value and bound.

    Attributes
    ----------
    value
        What the schedule reaches, in the type that the claim has.
    bound
        What no schedule exceeds, as far as the proof shows.
    unit
        What both are counted in.
    findings
        What is false about the strategy's own conditions, one sentence each; where value and
        bound are not whole numbers, also what is false about them.
    attained
        Whether some schedule has exactly ``bound``; otherwise it is only what is proved.
    """

    value: Any
    bound: Any
    unit: str
    findings: tuple[str, ...] = ()
    attained: bool = True
