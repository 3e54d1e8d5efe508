"""The table of passes: each maximal run of accessible seconds over one station."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np

from qkdopt.physics.orbit.access import Access, Block, Sight
from qkdopt.physics.scenario import Scenario

__all__ = ["Pass", "passes"]


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
    runs: list[list[_Run]] = [[] for _ in scenario.stations]
    for found in Access(scenario).over_blocks(_runs, workers=workers):
        for run in found:
            own = runs[run.station]
            # A run that a block's edge has cut goes on in the next block.
            if own and own[-1].end_s == run.start_s:
                own[-1] = own[-1].joined(run)
            else:
                own.append(run)
    ordered = sorted((run for own in runs for run in own), key=lambda r: (r.start_s, r.station))
    return tuple(_pass(run, scenario) for run in ordered)


class _Run(NamedTuple):
    station: int
    start_s: int
    end_s: int
    maximum_elevation_rad: float
    minimum_range_m: float

    def joined(self, later: _Run) -> _Run:
        """Return this run and the one that follows without a gap as one."""
        return _Run(
            self.station,
            self.start_s,
            later.end_s,
            max(self.maximum_elevation_rad, later.maximum_elevation_rad),
            min(self.minimum_range_m, later.minimum_range_m),
        )


def _runs(sight: Sight, block: Block) -> list[_Run]:
    """Return the runs of one block, by station and then time."""
    order = np.lexsort((sight.second, sight.station))
    second, station = sight.second[order], sight.station[order]
    first = np.flatnonzero((np.diff(second, prepend=-1) != 1) | (np.diff(station, prepend=-1) != 0))
    if not first.size:
        return []
    last = np.append(first[1:], second.size) - 1
    elevation = np.maximum.reduceat(sight.elevation_rad[order], first)
    range_m = np.minimum.reduceat(sight.range_m[order], first)
    columns = (station[first], second[first], second[last] + 1, elevation, range_m)
    return [_Run(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]


def _pass(run: _Run, scenario: Scenario) -> Pass:
    start_utc = scenario.grid.start_utc
    return Pass(
        station=scenario.stations[run.station].name,
        start_s=run.start_s,
        end_s=run.end_s,
        start_utc=start_utc + timedelta(seconds=run.start_s),
        end_utc=start_utc + timedelta(seconds=run.end_s),
        maximum_elevation_rad=run.maximum_elevation_rad,
        minimum_range_m=run.minimum_range_m,
    )
