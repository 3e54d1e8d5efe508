"""Access times: a coarse search over the horizon, then every second of what it finds.

The cost grows with the time in view, not with the horizon; memory does not grow with either,
since the horizon is cut into blocks of at most about 4,096 s.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from typing import TypeVar

import numpy as np

from qkdopt.arrays import Bools, Floats, Integers
from qkdopt.errors import InputError
from qkdopt.physics.orbit import _access_kernels, propagation
from qkdopt.physics.orbit.acquisition import acquired
from qkdopt.physics.orbit.frames import station_frames
from qkdopt.physics.orbit.limits import access_limits
from qkdopt.physics.scenario import Scenario

Block = tuple[int, int]
"""First second and first second after, both on a boundary of an interval."""

_BLOCK_S = 4096
_COARSE_SAMPLES = 8192
# A coarse step lets the satellite move by about this angle; it decides the speed of the
# search, not its result.
_COARSE_TURN_RAD = 0.06
_SHORTEST_STEP_S, _LONGEST_STEP_S = 10, 600
_Result = TypeVar("_Result")


@dataclass(frozen=True)
class AccessSamples:
    """Every (second, station) of a block at which all rules are fulfilled, ``S`` of them.

    In order of time, and of stations within a second.

    Attributes
    ----------
    second
        Seconds after the start; the sample was taken in its middle. Shape ``(S,)``.
    station
        Position in ``scenario.stations``, shape ``(S,)``.
    elevation_rad, range_m
        Geometric elevation and slant range, shape ``(S,)``.
    """

    second: Integers
    station: Integers
    elevation_rad: Floats
    range_m: Floats

    def where(self, chosen: Bools | Integers) -> AccessSamples:
        """Return the samples that are ``chosen``, shape ``(S,)``, or at chosen positions."""
        return AccessSamples(*(getattr(self, item.name)[chosen] for item in fields(self)))


class Access:
    """The geometry of one scenario, prepared once."""

    def __init__(self, scenario: Scenario) -> None:
        self._grid = scenario.grid
        self._ut1_minus_utc_s = scenario.ut1_minus_utc_s
        satellite = scenario.satellite
        self._where = f"{scenario.origin}: {satellite.name}"
        self._satrec = satellite.elements.satrec(self._where)
        propagation.check_orbit(scenario)
        self._stations, self._axes = station_frames(scenario.stations)
        waits = [scenario.at(item).visibility.acquisition_s for item in scenario.stations]
        self._acquisition_s = np.ceil(waits).astype(np.int64)
        self._limits = access_limits(scenario)

    def blocks(self) -> list[Block]:
        """Return blocks that hold every accessible second, in order of time.

        Raises
        ------
        InputError
            When the orbit cannot be propagated over the horizon.
        """
        step_s = self._coarse_step_s()
        interval_s = self._grid.interval_s
        length_s = max(_BLOCK_S // interval_s, 1) * interval_s
        found: list[Block] = []
        for start, end in self._windows(step_s):
            first = start // interval_s * interval_s
            last = min(-(-end // interval_s) * interval_s, self._grid.duration_s)
            first = max(first, found[-1][1]) if found else first
            found += [(s, min(s + length_s, last)) for s in range(first, last, length_s)]
        return found

    def samples(self, block: Block) -> AccessSamples:
        """Return what is accessible in ``block``, sampled in the middle of each second.

        Where stations need time for acquisition, contacts are followed from before the block.
        """
        longest_s = int(self._acquisition_s.max(initial=0))
        lead_s = -(-longest_s // propagation.NODE_STEP_S) * propagation.NODE_STEP_S
        begin = max(block[0] - lead_s, 0)
        position_m, fractions = propagation.propagate_each_second(
            self._satrec, self._grid, begin, block[1], self._where
        )
        day, _ = self._grid.start_julian_date
        sample, station, elevation_rad, range_m = _access_kernels.accessible(
            position_m,
            day,
            fractions,
            self._ut1_minus_utc_s,
            self._stations,
            self._axes,
            self._limits,
        )
        found = AccessSamples(sample + begin, station, elevation_rad, range_m)
        if not lead_s:
            return found
        return found.where(acquired(found.second, station, self._acquisition_s, block[0]))

    def over_blocks(
        self,
        work: Callable[[AccessSamples, Block], _Result],
        *,
        workers: int | None = None,
        progress: Callable[[float], None] | None = None,
        only: Integers | None = None,
    ) -> Iterator[_Result]:
        """Yield ``work(samples, block)`` in order of time; the result is that of one worker.

        Parameters
        ----------
        workers
            Threads; all cores by default.
        progress
            Called in this thread with the share that is done, from 0 to 1.
        only
            Global indices of intervals, increasing: only blocks with one of them.
        """
        if workers is not None and workers < 1:
            raise InputError("workers", workers, "at least 1 thread")
        blocks = self.blocks() if only is None else self._blocks_of(only)
        with ThreadPoolExecutor(max_workers=workers or os.cpu_count()) as pool:
            results = pool.map(lambda block: work(self.samples(block), block), blocks)
            for done, result in enumerate(results, start=1):
                yield result
                if progress is not None:
                    progress(done / len(blocks))
        if progress is not None and not blocks:
            progress(1.0)

    def _blocks_of(self, intervals: Integers) -> list[Block]:
        """Return the blocks that hold one of these intervals."""
        blocks = np.array(self.blocks(), dtype=np.int64).reshape(-1, 2)
        begins, ends = np.searchsorted(intervals * self._grid.interval_s, blocks.T)
        return [(begin, end) for begin, end in blocks[begins < ends].tolist()]

    def _coarse_step_s(self) -> int:
        rate_rad_per_s = self._satrec.no_kozai / 60.0
        eccentricity = self._satrec.ecco
        at_perigee = rate_rad_per_s * math.sqrt(1 + eccentricity) / (1 - eccentricity) ** 1.5
        step_s = int(_COARSE_TURN_RAD / at_perigee)
        return min(max(step_s, _SHORTEST_STEP_S), _LONGEST_STEP_S)

    def _windows(self, step_s: int) -> Iterator[Block]:
        """Yield runs of seconds in which something may be accessible."""
        duration_s = self._grid.duration_s
        steps = -(-duration_s // step_s)
        day, _ = self._grid.start_julian_date
        begin: int | None = None
        for first in range(0, steps, _COARSE_SAMPLES):
            indices = np.arange(first, min(first + _COARSE_SAMPLES, steps))
            middles = (indices + 0.5) * step_s
            position_m, velocity_m_per_s, fractions = propagation.propagate(
                self._satrec,
                self._grid,
                np.minimum(middles, duration_s, dtype=np.float64),
                self._where,
            )
            marks = _access_kernels.may_be_accessible(
                position_m,
                velocity_m_per_s,
                day,
                fractions,
                0.5 * step_s,
                self._stations,
                self._axes,
                self._limits,
            )
            changes = np.flatnonzero(np.diff(marks, prepend=begin is not None)) + first
            for index in changes.tolist():
                if begin is None:
                    begin = index * step_s
                else:
                    yield begin, index * step_s
                    begin = None
        if begin is not None:
            yield begin, duration_s
