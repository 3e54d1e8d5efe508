"""Rows of the timeline of several satellites: when each could be served, and what was."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from qkdopt.arrays import Integers
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.problem.served_runs import ServedRun
from qkdopt.plots.timeline_plan import STRONG
from qkdopt.study.station_use import bits_by_station, busiest, station_uses

_MOST_ROWS = 40


@dataclass(frozen=True, eq=False)
class Panel:
    """Rows of stations or satellites, and what is seen of each.

    Attributes
    ----------
    of
        What a row is.
    names
        Of all of them.
    rows
        Places in ``names`` of those that are drawn.
    reachable, contested
        Global indices of intervals, by place.
    served
        By place, runs with the place in ``others`` of whom they serve, or who serves.
    bits
        Of each, shape ``(names,)``.
    coloured
        Places in ``others`` of those with colours of their own.
    """

    of: str
    names: list[str]
    rows: list[int]
    reachable: list[Integers]
    contested: list[Integers]
    served: list[list[tuple[ServedRun, int]]]
    bits: Integers
    others: list[str]
    coloured: list[int]


def window(problem: SchedulingProblem, runs: Sequence[ServedRun], most_s: float) -> Integers:
    """Return the intervals with key that are drawn: all, or the stretch with the most bits."""
    active = [item.interval[item.bits.any(axis=0)] for item in problem.satellites if item.bits.size]
    interval: Integers = np.unique(np.concatenate(active or [np.zeros(0, np.int64)]))
    most = max(1, int(most_s / float(problem.interval_s)))
    if interval.size <= most:
        return interval
    bits = np.zeros(interval.size)
    for run in runs:
        begin = int(np.searchsorted(interval, run.first))
        bits[begin : begin + run.each.size] += run.each
    until = np.concatenate(([0.0], np.cumsum(bits)))
    begin = int(np.argmax(until[most:] - until[:-most]))
    return interval[begin : begin + most]


def by_station(problem: SchedulingProblem, runs: Sequence[ServedRun]) -> Panel:
    """Return a row for each station; of many, for those with the most bits."""
    uses = station_uses(problem)
    served: list[list[tuple[ServedRun, int]]] = [[] for _ in problem.stations]
    for run in runs:
        for end in problem.links[run.link].stations:
            served[end].append((run, run.satellite))
    bits = bits_by_station(problem, runs)
    return Panel(
        of="station",
        names=[
            item.name + (f" ({item.receivers} receivers)" if item.receivers > 1 else "")
            for item in problem.stations
        ],
        rows=_rows(bits.sum(axis=1)),
        reachable=[use.interval for use in uses],
        contested=[use.interval[use.contested] for use in uses],
        served=served,
        bits=bits.sum(axis=1),
        others=[item.name for item in problem.satellites],
        coloured=busiest(bits.sum(axis=0), len(STRONG)),
    )


def by_satellite(problem: SchedulingProblem, runs: Sequence[ServedRun]) -> Panel:
    """Return a row for each satellite; of many, for those with the most bits."""
    served: list[list[tuple[ServedRun, int]]] = [[] for _ in problem.satellites]
    bits = np.zeros((len(problem.satellites), len(problem.targets)), np.int64)
    for run in runs:
        target = problem.links[run.link].target
        served[run.satellite].append((run, target))
        bits[run.satellite, target] += run.bits
    return Panel(
        of="satellite",
        names=[item.name for item in problem.satellites],
        rows=_rows(bits.sum(axis=1)),
        reachable=[item.interval[item.bits.any(axis=0)] for item in problem.satellites],
        contested=[np.zeros(0, np.int64) for _ in problem.satellites],
        served=served,
        bits=bits.sum(axis=1),
        others=list(problem.targets),
        coloured=busiest(bits.sum(axis=0), len(STRONG)),
    )


def _rows(bits: Integers) -> list[int]:
    """Return which rows are drawn: all, or those with the most bits."""
    return list(range(bits.size)) if bits.size <= _MOST_ROWS else busiest(bits, _MOST_ROWS)


def lanes_of(runs: Sequence[ServedRun]) -> list[int]:
    """Return a lane for each run, so that runs at the same time have different ones."""
    lanes, busy_until = [0] * len(runs), [-1]
    for k in sorted(range(len(runs)), key=lambda k: runs[k].first):
        free = [lane for lane, last in enumerate(busy_until) if last < runs[k].first]
        if not free:
            free = [len(busy_until)]
            busy_until.append(-1)
        lanes[k] = free[0]
        busy_until[free[0]] = runs[k].last
    return lanes
