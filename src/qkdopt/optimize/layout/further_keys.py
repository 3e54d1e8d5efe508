"""Keys of sessions, and under several skies, of satellites that are laid out as one."""

from collections.abc import Sequence
from typing import TypeAlias

from qkdopt.arrays import Integers
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.tensor import Scenarios, Sessions

_Cells: TypeAlias = Sequence[tuple[Integers, Integers]]
"""Places of the links and the intervals of each satellite in the one."""


def joined_sessions(
    parts: Sequence[SchedulingProblem], cells: _Cells, shape: tuple[int, int]
) -> Sessions | None:
    """Return the sessions of all satellites, ``None`` where they have none."""
    each = [(p.sessions, *at) for p, at in zip(parts, cells, strict=True) if p.sessions is not None]
    return Sessions.joined(shape, each) if each else None


def joined_scenarios(
    parts: Sequence[SchedulingProblem], cells: _Cells, shape: tuple[int, int]
) -> Scenarios | None:
    """Return the scenarios of all satellites, ``None`` where they have none."""
    pairs = zip(parts, cells, strict=True)
    each = [(p.scenarios, *at) for p, at in pairs if p.scenarios is not None]
    return Scenarios.joined(shape, each) if each else None
