"""A schedule as a list of services with a beginning and an end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.problem.served_runs import served_runs


@dataclass(frozen=True)
class Service:
    """Uninterrupted service of one link.

    Attributes
    ----------
    link
        Name of the link.
    begin_utc, end_utc
        First instant, and first instant after.
    bits
        Secret bits delivered.
    satellite
        Name of the satellite; empty where there is only one.
    stations
        Names of the station, or the two, at which the link ends.
    """

    link: str
    begin_utc: datetime
    end_utc: datetime
    bits: int
    satellite: str
    stations: tuple[str, ...]


def services_of(
    problem: SchedulingProblem, paths: Sequence[Sequence[Sequence[int]]], start_utc: datetime
) -> list[Service]:
    """Return the services of all satellites in order of time, then of satellites.

    Parameters
    ----------
    paths
        The runs ``[link, first, last]`` of each satellite, as ``Certificate.paths`` has them.
    start_utc
        Instant at which interval 0 begins.
    """

    def instant(index: int) -> datetime:
        return start_utc + timedelta(seconds=float(index * problem.interval_s))

    several = len(problem.satellites) > 1
    runs = sorted(served_runs(problem, paths), key=lambda run: (run.first, run.satellite))
    return [
        Service(
            link=problem.links[run.link].name,
            begin_utc=instant(run.first),
            end_utc=instant(run.last + 1),
            bits=run.bits,
            satellite=problem.satellites[run.satellite].name if several else "",
            stations=tuple(problem.stations[n].name for n in problem.links[run.link].stations),
        )
        for run in runs
    ]
