"""Problems of several satellites with one satellite or receiver more or less, and their paths."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from qkdopt.errors import Described, InputError
from qkdopt.optimize.layout import laid_out
from qkdopt.optimize.problem import SchedulingProblem


def with_receiver(problem: SchedulingProblem, station: int) -> SchedulingProblem:
    """Return the problem with one more receiver at a station."""
    stations = list(problem.stations)
    stations[station] = replace(stations[station], receivers=stations[station].receivers + 1)
    return replace(problem, stations=tuple(stations))


def without_satellite(problem: SchedulingProblem, satellite: int) -> SchedulingProblem:
    """Return the problem without a satellite and its links; stations and targets stay."""
    kept = [s for s in range(len(problem.satellites)) if s != satellite]
    place = {s: new for new, s in enumerate(kept)}
    return replace(
        problem,
        satellites=tuple(problem.satellites[s] for s in kept),
        links=tuple(
            replace(link, satellite=place[link.satellite])
            for link in problem.links
            if link.satellite != satellite
        ),
    )


def path_of_part(
    problem: SchedulingProblem, paths: Sequence[Sequence[Sequence[int]]], satellite: int
) -> list[list[list[int]]]:
    """Return the paths of all satellites but one, with links as :func:`without_satellite` has them.

    ``paths`` are runs ``[link, first, last]`` of each satellite.
    """
    own = [n for n, link in enumerate(problem.links) if link.satellite != satellite]
    number = {n: new for new, n in enumerate(own)}
    return [
        [[number[link], first, last] for link, first, last in path]
        for s, path in enumerate(paths)
        if s != satellite
    ]


def contested_intervals(problem: SchedulingProblem) -> Mapping[int, int]:
    """Return in how many intervals of each station receivers may not suffice, where in any.

    At every other station one more receiver allows no further schedule.
    """
    shared = laid_out(problem).problem.receivers if len(problem.satellites) > 1 else None
    if shared is None:
        return {}
    slots = np.unique(np.stack([shared.station, shared.interval]), axis=1)
    return Counter(slots[0].tolist())


def check_extends(problem: SchedulingProblem, more: SchedulingProblem) -> None:
    """Check that ``more`` is the problem with further satellites.

    Raises
    ------
    InputError
        When ``more`` has none, misses one, or differs in anything else.
    """
    place = {satellite.name: s for s, satellite in enumerate(more.satellites)}
    for attribute in ("interval_s", "stations", "targets", "weights", "stock", "demand", "traffic"):
        if getattr(problem, attribute) != getattr(more, attribute):
            raise InputError("more", Described(f"other {attribute}"), "only more satellites")
    for s, satellite in enumerate(problem.satellites):
        if satellite.name not in place:
            came = Described(f"no satellite {satellite.name}")
            raise InputError("more", came, "all satellites of the problem, and more")
        if not _same(problem, s, more, place[satellite.name]):
            came = Described(f"another satellite {satellite.name}")
            raise InputError("more", came, "the same as in the problem")
    if len(more.satellites) == len(problem.satellites):
        raise InputError("more", Described("no further satellite"), "at least one")


def _same(problem: SchedulingProblem, s: int, more: SchedulingProblem, other: int) -> bool:
    one, two = problem.satellites[s], more.satellites[other]
    links = [
        [(link.name, link.target, link.stations) for link in (given.links[n] for n in numbers)]
        for given, numbers in ((problem, problem.links_of(s)), (more, more.links_of(other)))
    ]
    return (
        links[0] == links[1]
        and (one.switch_s, one.operations) == (two.switch_s, two.operations)
        and one.has_keys_of(two)
    )
