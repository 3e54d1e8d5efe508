"""Who shares what: when stations could be served by how many satellites, and which bits they got.

A station is *contested* while more satellites could deliver key to it than it has receivers.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from qkdopt.arrays import Bools, Floats, Integers
from qkdopt.optimize.problem import SchedulingProblem, Station
from qkdopt.optimize.problem.served_runs import ServedRun, served_runs
from qkdopt.plain_text import csv_line

_MINUTE_S = 60.0


@dataclass(frozen=True, eq=False)
class StationUse:
    """How many satellites could deliver key to a station, interval by interval.

    Attributes
    ----------
    interval
        Global indices in which some satellite could, increasing, shape ``(T,)``.
    satellites
        How many could, at least 1, shape ``(T,)``.
    """

    station: Station
    interval: Integers
    satellites: Integers

    @property
    def contested(self) -> Bools:
        """Whether more satellites could than there are receivers, shape ``(T,)``."""
        return self.satellites > self.station.receivers


def station_uses(problem: SchedulingProblem) -> list[StationUse]:
    """Return for each station of the problem how many satellites could deliver key to it."""
    found: list[list[Integers]] = [[] for _ in problem.stations]
    for s, satellite in enumerate(problem.satellites):
        seen: dict[int, Bools] = {}
        for row, n in enumerate(problem.links_of(s)):
            for end in problem.links[n].stations:
                seen[end] = seen.get(end, False) | (satellite.bits[row] > 0)
        for end, active in seen.items():
            found[end].append(satellite.interval[active])
    none = [np.zeros(0, np.int64)]
    return [
        StationUse(station, *np.unique(np.concatenate(parts or none), return_counts=True))
        for station, parts in zip(problem.stations, found, strict=True)
    ]


def bits_by_station(problem: SchedulingProblem, runs: Iterable[ServedRun]) -> Integers:
    """Return the bits that each satellite delivered to each station, shape ``(stations, S)``.

    The bits of a link to a pair of stations count at both of them.
    """
    bits = np.zeros((len(problem.stations), len(problem.satellites)), np.int64)
    for run in runs:
        for end in problem.links[run.link].stations:
            bits[end, run.satellite] += run.bits
    return bits


def minutes_by_station(problem: SchedulingProblem, runs: Iterable[ServedRun]) -> Floats:
    """Return how long each satellite serves each station [min], shape ``(stations, S)``."""
    found = np.zeros((len(problem.stations), len(problem.satellites)))
    for run in runs:
        for end in problem.links[run.link].stations:
            found[end, run.satellite] += minutes(problem, run.each.size)
    return found


def station_table(problem: SchedulingProblem, paths: Sequence[Sequence[Sequence[int]]]) -> str:
    """Return who shares what as CSV text: a row for each station and satellite.

    Bits and minutes of service are of the satellite there; minutes in reach of some satellite, and
    contested, are of the station.

    Parameters
    ----------
    paths
        The runs ``[link, first, last]`` of each satellite, as ``Certificate.paths`` has them.
    """
    runs = list(served_runs(problem, paths))
    bits, served = bits_by_station(problem, runs), minutes_by_station(problem, runs)
    lines = ["station,satellite,bits,served_min,receivers,reachable_min,contested_min"]
    for n, use in enumerate(station_uses(problem)):
        times = use.interval.size, int(use.contested.sum())
        facts = [use.station.receivers, *(f"{minutes(problem, count):.3f}" for count in times)]
        for s, satellite in enumerate(problem.satellites):
            own = [int(bits[n, s]), f"{served[n, s]:.3f}"]
            lines.append(csv_line([use.station.name, satellite.name, *own, *facts]))
    return "\n".join(lines) + "\n"


def minutes(problem: SchedulingProblem, intervals: int) -> float:
    """Return the length of some intervals [min]."""
    return intervals * float(problem.interval_s) / _MINUTE_S


def busiest(bits: Integers, most: int) -> list[int]:
    """Return the places of the largest numbers > 0, at most ``most`` of them, in their order.

    Of equal numbers the first count as larger.
    """
    order = np.argsort(-bits, kind="stable")[:most]
    return sorted(int(place) for place in order if bits[place] > 0)
