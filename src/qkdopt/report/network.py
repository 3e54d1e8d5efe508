"""The part of a report about several satellites: who shares which receivers, and when."""

from collections.abc import Sequence

from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.problem.parts import runs_of
from qkdopt.optimize.problem.served_runs import served_runs
from qkdopt.study.station_use import bits_by_station, minutes, minutes_by_station, station_uses


def network_document(problem: SchedulingProblem) -> dict[str, object]:
    """Return satellites and stations, and when they could serve and be served.

    Runs ``[first, last]`` of intervals, both ends included; lengths in minutes.
    """
    return {
        "link_satellite": [link.satellite for link in problem.links],
        "link_stations": [list(link.stations) for link in problem.links],
        "satellites": [
            {
                "name": item.name,
                "switch_s": float(item.switch_s),
                "reachable": runs_of(item.interval[item.bits.any(axis=0)]),
            }
            for item in problem.satellites
        ],
        "stations": [
            {
                "name": use.station.name,
                "receivers": use.station.receivers,
                "switch_s": float(use.station.switch_s),
                "reachable": runs_of(use.interval),
                "contested": runs_of(use.interval[use.contested]),
                "reachable_min": minutes(problem, use.interval.size),
                "contested_min": minutes(problem, int(use.contested.sum())),
                "most_at_once": int(use.satellites.max(initial=0)),
            }
            for use in station_uses(problem)
        ],
    }


def services_document(
    problem: SchedulingProblem, paths: Sequence[Sequence[Sequence[int]]]
) -> dict[str, object]:
    """Return the services of a schedule in columns."""
    runs = list(served_runs(problem, paths))
    document: dict[str, object] = {
        "link": [run.link for run in runs],
        "first": [run.first for run in runs],
        "last": [run.last for run in runs],
        "bits": [run.bits for run in runs],
    }
    if problem.in_sessions:
        document["asymptotic_bits"] = [run.asymptotic_bits for run in runs]
    return document


def stations_document(
    problem: SchedulingProblem, paths: Sequence[Sequence[Sequence[int]]]
) -> dict[str, object]:
    """Return how long a schedule serves each station, and the bits by station and satellite."""
    runs = list(served_runs(problem, paths))
    return {
        "served_min": minutes_by_station(problem, runs).sum(axis=1).tolist(),
        "by_station": bits_by_station(problem, runs).tolist(),
    }
