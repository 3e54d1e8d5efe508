"""What a search begins with: a schedule, paths of satellites, or the primal of a relaxation."""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from qkdopt.arrays import Floats
from qkdopt.certificates.paths import service_of
from qkdopt.errors import Described, InputError
from qkdopt.optimize.layout import Layout
from qkdopt.optimize.prices_file import PrimalRun
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.schedule import Schedule

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


def shares_of(
    primal: Sequence[PrimalRun], problem: SchedulingProblem, layout: Layout | None = None
) -> Floats:
    """Return how far each interval of the one satellite that is searched serves each link.

    Intervals that are not active are left out; where runs overlap, the largest counts.

    Returns
    -------
    From 0 to 1, shape ``(A, N)``.
    """
    one = problem if layout is None else layout.problem
    shares = np.zeros((one.interval.size, len(one.links)))
    rows, times = [], []
    for s, satellite in enumerate(problem.satellites):
        own = (
            np.arange(shares.shape[0]) if layout is None else np.flatnonzero(layout.satellite == s)
        )
        global_times = satellite.interval if layout is None else layout.interval[own]
        order = np.argsort(global_times, kind="stable")
        rows.append(own[order])
        times.append(global_times[order])
    column = {n: n for n in range(len(problem.links))}
    if layout is not None:
        column = {int(layout.link[s, n]): int(n) for s, n in np.argwhere(layout.link >= 0)}
    for run in primal:
        s = problem.links[run.link].satellite
        first, end = np.searchsorted(times[s], [run.first, run.last + 1])
        inside = rows[s][first:end], column[run.link]
        shares[inside] = np.maximum(shares[inside], run.share)
    return shares
