"""The tables of passes: maximal runs of accessible seconds over one station, or over a pair."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.physics.orbit.access import Access, AccessSamples, Block
from qkdopt.physics.orbit.pair_access import pair_access, station_pairs
from qkdopt.physics.scenario import Scenario


@dataclass(frozen=True)
class Pass:
    """A maximal run of seconds in which one station is accessible.

    Attributes
    ----------
    start_s, end_s
        First second and first second after, counted from the start of the horizon.
    start_utc, end_utc
        The same as instants.
    maximum_elevation_rad, minimum_range_m
        Over the samples in the middle of each second.
    """

    station: str
    start_s: int
    end_s: int
    start_utc: datetime
    end_utc: datetime
    maximum_elevation_rad: float
    minimum_range_m: float

    @property
    def duration_s(self) -> int:
        """Length [s]."""
        return self.end_s - self.start_s


def passes(scenario: Scenario, *, workers: int | None = None) -> tuple[Pass, ...]:
    """Return all passes under the scenario's visibility rules, by start and then station.

    A pass that darkness cuts into two is two.

    Raises
    ------
    InputError
        When the orbit cannot be propagated over the horizon.
    """
    found = Access(scenario).over_blocks(_of_stations, workers=workers)
    return tuple(_pass(run, scenario) for run in _joined(found, len(scenario.stations)))


@dataclass(frozen=True)
class PairPass:
    """A maximal run of seconds in which both stations of a pair are accessible.

    Attributes
    ----------
    link
        Name of the link.
    start_s, end_s
        First second and first second after, counted from the start of the horizon.
    highest_lower_elevation_rad
        Of the lower of both stations' elevations, the greatest.
    least_longer_range_m
        Of the longer of both ranges, the least.
    """

    link: str
    start_s: int
    end_s: int
    highest_lower_elevation_rad: float
    least_longer_range_m: float

    @property
    def duration_s(self) -> int:
        """Length [s]."""
        return self.end_s - self.start_s


def pair_passes(scenario: Scenario, *, workers: int | None = None) -> tuple[PairPass, ...]:
    """Return all passes over the pairs of a scenario's links, by start and then link.

    Raises
    ------
    InputError
        When the orbit cannot be propagated over the horizon.
    """
    links = scenario.pair_links
    pairs = station_pairs([scenario.positions(link) for link in links])
    count = len(scenario.stations)

    def of_pairs(samples: AccessSamples, block: Block) -> list[_Run]:
        both = pair_access(samples, block, pairs, count)
        one, two = both.first, both.second
        lower = np.minimum(samples.elevation_rad[one], samples.elevation_rad[two])
        longer = np.maximum(samples.range_m[one], samples.range_m[two])
        return _runs(both.pair, samples.second[one], lower, longer)

    found = Access(scenario).over_blocks(of_pairs, workers=workers)
    return tuple(PairPass(links[run[0]].name, *run[1:]) for run in _joined(found, len(links)))


class _Run(NamedTuple):
    place: int
    start_s: int
    end_s: int
    maximum_elevation_rad: float
    minimum_range_m: float

    def joined(self, later: _Run) -> _Run:
        """Return this run and the one that follows without a gap as one."""
        return _Run(
            self.place,
            self.start_s,
            later.end_s,
            max(self.maximum_elevation_rad, later.maximum_elevation_rad),
            min(self.minimum_range_m, later.minimum_range_m),
        )


def _of_stations(samples: AccessSamples, block: Block) -> list[_Run]:
    order = np.lexsort((samples.second, samples.station))
    place, second = samples.station[order], samples.second[order]
    return _runs(place, second, samples.elevation_rad[order], samples.range_m[order])


def _runs(place: Integers, second: Integers, elevation: Floats, range_m: Floats) -> list[_Run]:
    """Return the runs of one block of samples that are ordered by place and then time."""
    first = np.flatnonzero((np.diff(second, prepend=-1) != 1) | (np.diff(place, prepend=-1) != 0))
    if not first.size:
        return []
    last = np.append(first[1:], second.size) - 1
    highest = np.maximum.reduceat(elevation, first)
    nearest = np.minimum.reduceat(range_m, first)
    columns = (place[first], second[first], second[last] + 1, highest, nearest)
    return [_Run(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]


def _joined(blocks: Iterable[list[_Run]], places: int) -> list[_Run]:
    """Return the runs of all blocks in order of time, those that a block's edge cut as one."""
    runs: list[list[_Run]] = [[] for _ in range(places)]
    for found in blocks:
        for run in found:
            own = runs[run.place]
            if own and own[-1].end_s == run.start_s:
                own[-1] = own[-1].joined(run)
            else:
                own.append(run)
    return sorted((run for own in runs for run in own), key=lambda r: (r.start_s, r.place))


def _pass(run: _Run, scenario: Scenario) -> Pass:
    start_utc = scenario.grid.start_utc
    return Pass(
        station=scenario.stations[run.place].name,
        start_s=run.start_s,
        end_s=run.end_s,
        start_utc=start_utc + timedelta(seconds=run.start_s),
        end_utc=start_utc + timedelta(seconds=run.end_s),
        maximum_elevation_rad=run.maximum_elevation_rad,
        minimum_range_m=run.minimum_range_m,
    )
