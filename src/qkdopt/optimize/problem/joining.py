"""The problem of several satellites, from the problems of one each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from qkdopt.errors import Described, InputError
from qkdopt.names import first_repeated
from qkdopt.optimize.problem.model import SchedulingProblem

__all__ = ["joined"]

_COMMON = (
    "stations", "targets", "interval_s", "weights", "stock", "demand", "traffic", "information",
)  # fmt: skip


def joined(parts: Sequence[SchedulingProblem]) -> SchedulingProblem:
    """Return the problem whose satellites are those of ``parts``, in version 2.

    Parameters
    ----------
    parts
        Problems of one satellite each, over the same stations and targets and with the same
        length of an interval. Their links are named ``satellite-link``.

    Raises
    ------
    InputError
        When something that they have to share differs, and for a name that comes twice.
    """
    first = parts[0]
    for part in parts[1:]:
        for member in _COMMON:
            if getattr(part, member) != getattr(first, member):
                came = Described(f"other {member} for satellite {part.satellite.name}")
                raise InputError("several satellites", came, f"the same {member} for all")
    links = [
        replace(link, name=f"{part.satellite.name}-{link.name}", satellite=s)
        for s, part in enumerate(parts)
        for link in part.links
    ]
    satellites = tuple(part.satellite for part in parts)
    for kind, names in (
        ("satellite", [satellite.name for satellite in satellites]),
        ("link", [link.name for link in links]),
    ):
        if (twice := first_repeated(names)) is not None:
            raise InputError("several satellites", Described(f"{kind} {twice} twice"), "once")
    return replace(first, satellites=satellites, links=tuple(links), version=2)
