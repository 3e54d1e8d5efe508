"""What the page shows in detail: passes of all satellites, and their active intervals in a row."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np

from qkdopt.arrays import Integers
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.plots.compressed_time import CompressedTime, compressed_time

MOST_CELLS = 40_000
"""Interval-link cells that the page can show in detail; a week of eleven cities has 5,000."""


@dataclass(frozen=True)
class PassRows:
    """One pass of a satellite: positions of its intervals in that satellite's, both included."""

    satellite: int
    first: int
    last: int


@dataclass(frozen=True, eq=False)
class Rows:
    """The active intervals of the passes that are shown, by satellite, then time; ``R`` rows.

    Attributes
    ----------
    problem
        Of one satellite or of several.
    axis
        Time on which the passes of all satellites stand side by side.
    passes
        Those that are shown: as many of the first ones as have :data:`MOST_CELLS` cells together.
    all_passes
        How many there are.
    """

    problem: SchedulingProblem
    axis: CompressedTime
    passes: tuple[PassRows, ...]
    all_passes: int

    @classmethod
    def of(cls, problem: SchedulingProblem) -> Self:
        """Return the rows of a problem."""
        active = [item.interval for item in problem.satellites]
        axis = compressed_time(np.unique(np.concatenate(active)), float(problem.interval_s))
        found: list[tuple[int, int, PassRows]] = []
        for s, satellite in enumerate(problem.satellites):
            cells = np.concatenate(([0], np.cumsum((satellite.bits > 0).sum(axis=0))))
            own = compressed_time(satellite.interval, float(problem.interval_s))
            for first, last in own.passes:
                begins, size = int(satellite.interval[first]), int(cells[last + 1] - cells[first])
                found.append((begins, size, PassRows(s, first, last)))
        found.sort(key=lambda item: (item[0], item[2].satellite))
        until = np.cumsum([size for _, size, _ in found])
        count = max(1, int(np.searchsorted(until, MOST_CELLS, side="right"))) if found else 0
        shown = sorted((item[2] for item in found[:count]), key=lambda p: (p.satellite, p.first))
        return cls(problem, axis, tuple(shown), len(found))

    @cached_property
    def satellite(self) -> Integers:
        """Whose each row is, shape ``(R,)``."""
        return self._joined([np.full(p.last - p.first + 1, p.satellite) for p in self.passes])

    @cached_property
    def position(self) -> Integers:
        """Position of each row in its satellite's active intervals, shape ``(R,)``."""
        return self._joined([np.arange(p.first, p.last + 1) for p in self.passes])

    @cached_property
    def interval(self) -> Integers:
        """Global index of each row, shape ``(R,)``."""
        found = [self.problem.satellites[p.satellite].interval for p in self.passes]
        return self._joined(
            [own[p.first : p.last + 1] for p, own in zip(self.passes, found, strict=True)]
        )

    def cells(self) -> tuple[Integers, Integers, Integers]:
        """Return row, link and bits of each cell with key, by row, then link; shape ``(C,)``."""
        rows, links, bits = [], [], []
        for s, satellite in enumerate(self.problem.satellites):
            own = np.flatnonzero(self.satellite == s)
            some = satellite.bits[:, self.position[own]]
            a, n = np.nonzero(some.T)
            rows.append(own[a])
            links.append(np.array(self.problem.links_of(s), np.int64)[n])
            bits.append(some[n, a])
        return self._joined(rows), self._joined(links), self._joined(bits)

    def service(self, paths: Sequence[Sequence[Sequence[int]]]) -> list[int]:
        """Return the link that each row serves, -1 where none is."""
        service = np.full(self.interval.size, -1, np.int64)
        for s, runs in enumerate(paths):
            own = np.flatnonzero(self.satellite == s)
            for link, first, last in runs:
                a, b = np.searchsorted(self.interval[own], [first, last + 1])
                service[own[a:b]] = link
        return service.tolist()

    def document(self) -> dict[str, object]:
        """Return the axis as the page has it; passes by the positions of their rows."""
        ends = np.cumsum([p.last - p.first + 1 for p in self.passes]).tolist()
        begins = [0, *ends[:-1]] if ends else []
        common = np.unique(np.concatenate([item.interval for item in self.problem.satellites]))
        left = self.axis.left[np.searchsorted(common, self.interval)]
        whole = len(self.passes) == self.all_passes
        document: dict[str, object] = {
            "interval": self.interval.tolist(),
            "left": left.tolist(),
            "passes": [[a, b - 1] for a, b in zip(begins, ends, strict=True)],
            "all_passes": self.all_passes,
            "length": self.axis.length if whole else float(left.max()) + 1.0,
        }
        if len(self.problem.satellites) > 1:
            document["satellite"] = [p.satellite for p in self.passes]
        return document

    @staticmethod
    def _joined(parts: Sequence[Integers]) -> Integers:
        return np.concatenate([np.zeros(0, np.int64), *parts])
