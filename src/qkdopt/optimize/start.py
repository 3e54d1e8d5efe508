"""The schedule that a search begins with, given as services or as paths of satellites."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from qkdopt.certificates.paths import service_of
from qkdopt.errors import Described, InputError
from qkdopt.optimize.layout import Layout
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.schedule import Schedule

__all__ = ["Paths", "starting_schedule"]

Paths: TypeAlias = Sequence[Sequence[Sequence[int]]]
"""The runs ``[link, first, last]`` of each satellite, as certificates of version 2 state them."""


def starting_schedule(
    start: Schedule | Paths, problem: SchedulingProblem, layout: Layout | None = None
) -> Schedule:
    """Return a start as the schedule of the one satellite that is searched.

    Parameters
    ----------
    start
        A schedule of that satellite, or paths of ``problem``, which need not obey the rules.
    layout
        How several satellites are laid out as one; ``None`` for one.

    Raises
    ------
    InputError
        For paths of more or fewer satellites, and runs of links that the satellite does not have
        or of intervals that are not active.
    """
    if isinstance(start, Schedule):
        return start
    if len(start) != len(problem.satellites):
        came = Described(f"paths of {len(start)} satellites")
        raise InputError("start", came, f"{len(problem.satellites)}, one of each satellite")
    services = []
    for s, (satellite, path) in enumerate(zip(problem.satellites, start, strict=True)):
        services.append(service_of(path, satellite.interval.tolist()))
        own = set(problem.links_of(s))
        for link, *_ in path:
            if link not in own:
                expected = f"a link of satellite {satellite.name}"
                raise InputError("start", Described(f"link {link}"), expected)
    if layout is None:
        return Schedule.create(services[0])
    return Schedule(layout.service(start))
