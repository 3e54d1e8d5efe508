"""Branching constraints: what the leaves of a proof's tree demand of the services."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

__all__ = ["BranchingConstraint", "required_services"]


class BranchingConstraint(NamedTuple):
    """Some active interval from ``first`` to ``last`` serves ``link``, or none of them does."""

    first: int
    last: int
    link: int
    served: bool


def required_services(constraints: Iterable[BranchingConstraint]) -> list[BranchingConstraint]:
    """Return the constraints that ask for a service, without those that others of them imply."""
    asked = sorted({x for x in constraints if x.served}, key=lambda x: (-x.first, x.last))
    soonest: dict[int, int] = {}  # the last interval of those that begin no earlier, by link
    kept: list[BranchingConstraint] = []
    for x in asked:
        if x.link not in soonest or x.last < soonest[x.link]:
            soonest[x.link] = x.last
            kept.append(x)
    return kept
