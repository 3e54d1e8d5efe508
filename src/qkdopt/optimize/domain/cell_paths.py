"""The paths of satellites that share receivers, at gains of cells: the longest, and one by one.

Where a satellite has no rules, each of its blocks is a path of its own; otherwise the
satellite is one, and labels hold the counters of its rules.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

import numpy as np

from qkdopt.arrays import Bools, Floats, Integers
from qkdopt.optimize.domain import _joint_kernels as kernels
from qkdopt.optimize.domain.trellis._kernels import forward
from qkdopt.optimize.domain.trellis._trace import best_of_runs
from qkdopt.optimize.domain.trellis.graph import DEAD, Graph, check_size, graph_of_rows
from qkdopt.optimize.limits import limits_of

if TYPE_CHECKING:
    from qkdopt.optimize.domain.sparse_cells import SparseCells

__all__ = ["CellPaths", "cell_paths"]

_SUM_BITS = 60  # bits that whole sums may take in 64-bit integers
_UP = 2.0**-50  # of a gain: covers the rounding of its scaling


class CellPaths(Protocol):
    """Longest paths at gains of ``C`` cells, which have any sign.

    Attributes
    ----------
    idle
        Whether all may idle in each component, shape ``(K,)``.
    begun
        Cells that have to be served, each in its interval, else -1; shape ``(A,)``.
    """

    idle: Bools
    begun: Integers

    def best(self, gain: Floats) -> tuple[Floats, Integers]:
        """Return the most that paths of each component gain, and the cells of such paths."""

    def insert(
        self, gain: Floats, random: np.random.Generator, taken: Integers, served: Integers
    ) -> Bools:
        """Serve one path after another anew, at its best given the receivers that are left.

        ``taken`` counts the services of each slot; both arrays are changed. Returns the
        components of which every path was found.
        """

    def split(self, served: Integers) -> list[Integers]:
        """Return the cells of each path of a schedule, a list as long as there are paths."""


def cell_paths(sparse: SparseCells) -> CellPaths:
    """Return the paths of a problem's satellites, or of those of a component."""
    return LabelledCellPaths(sparse) if sparse.problem.rules else PlainCellPaths(sparse)


class PlainCellPaths:
    """Paths of satellites without rules: one in each block."""

    def __init__(self, sparse: SparseCells) -> None:
        self._sparse = sparse
        self.idle = np.ones(sparse.components, bool)
        self.begun = np.full(sparse.cells.interval.size, -1, np.int64)

    def best(self, gain: Floats) -> tuple[Floats, Integers]:
        """See :class:`CellPaths`."""
        worth, served = np.empty(self._sparse.components), np.empty(self.begun.size, np.int64)
        kernels.best_paths(self._sparse.cells, gain, self._sparse.shared.begin, worth, served)
        return worth, served

    def insert(
        self, gain: Floats, random: np.random.Generator, taken: Integers, served: Integers
    ) -> Bools:
        """See :class:`CellPaths`."""
        sparse = self._sparse
        order = random.permutation(sparse.begin.size - 1)
        kernels.insert_blocks(sparse.cells, sparse.slots, gain, sparse.begin, order, taken, served)
        return self.idle

    def split(self, served: Integers) -> list[Integers]:
        """See :class:`CellPaths`."""
        begin = self._sparse.begin
        return [part[part >= 0] for part in np.split(served, begin[1:-1])]


@dataclass(frozen=True, eq=False)
class _SatelliteGraph:
    """The graph of one satellite, in runs of active intervals that do not depend on one another.

    Attributes
    ----------
    rows
        Numbers of its active intervals.
    cell
        Number of each node's cell, -1 for none; shape ``(M,)``.
    first, barrier
        Of each run: see :func:`best_of_runs`.
    components
        In which it has intervals.
    """

    rows: Integers
    graph: Graph
    cell: Integers
    first: Integers
    barrier: Integers
    components: Integers

    @classmethod
    def create(
        cls, sparse: SparseCells, graph: Graph, rows: Integers, run: Integers
    ) -> _SatelliteGraph:
        """Return the graph, in which nothing leads from one run to another.

        ``run`` is the number of each interval's run, rising.
        """
        link, interval = graph.node[:2]
        begin = np.flatnonzero(np.diff(run, prepend=-1))
        ends = graph.barrier[np.append(begin[1:], rows.size)]
        start = np.repeat(begin, np.diff(np.append(begin, rows.size)))
        of_node = run[interval]
        inside = (graph.source >= 0) & (of_node[graph.source] == of_node[:, np.newaxis])
        own = replace(
            graph, barrier=np.append(_within(graph.barrier[:-1], start), graph.barrier[-1])
        )
        own.__dict__["source"] = np.where(inside, graph.source, np.int32(-1))
        return cls(
            rows=rows,
            graph=own,
            cell=sparse.cells_at(rows[interval], link),
            first=np.append(np.searchsorted(interval, begin), interval.size),
            barrier=_within(ends, begin),
            components=np.unique(sparse.component_of_row[rows]),
        )

    def path(self, gain: Integers) -> Integers | None:
        """Return the cells of a best path, ``None`` where none obeys the rules."""
        check_size(self.graph, tables=2)
        sweep = self.graph.changed(gain=np.append(gain, DEAD)[self.cell]).sweep()
        served, last = self.graph.table(), self.graph.table()
        forward(sweep, served, last)
        service = np.full(self.rows.size, -1, np.int64)
        if not best_of_runs(sweep, self.first, self.barrier, served, last, service):
            return None
        link, interval = self.graph.node[:2]
        cells: Integers = self.cell[service[interval] == link]
        return cells


def _within(barrier: Integers, start: Integers) -> Integers:
    """Return barriers of runs without those that are before the run."""
    return np.where(barrier >= start, barrier, -1)


class LabelledCellPaths:
    """Paths of satellites with rules: one for each satellite."""

    def __init__(self, sparse: SparseCells) -> None:
        self._sparse, problem = sparse, sparse.problem
        begin, active = sparse.offset, sparse.cells.interval.size
        limits, runs = limits_of(problem), begin + sparse.begin
        self._graphs = []
        for own in limits.satellites:
            rows = own.rows[(own.rows >= begin) & (own.rows < begin + active)]
            if rows.size:
                graph = graph_of_rows(problem, own, rows)
                run = np.searchsorted(runs, rows, side="right")
                self._graphs.append(_SatelliteGraph.create(sparse, graph, rows - begin, run))
        lock = limits.lock[begin : begin + active]
        held = np.flatnonzero(lock >= 0)
        self.begun = np.full(active, -1, np.int64)
        self.begun[held] = sparse.cells_at(held, lock[held])
        self.idle = np.ones(sparse.components, bool)
        self.idle[sparse.component_of_row[held]] = False

    def best(self, gain: Floats) -> tuple[Floats, Integers]:
        """See :class:`CellPaths`; what they gain is rounded up."""
        sparse, units, scale = self._sparse, *self._in_units(gain)
        served = np.full(self.begun.size, -1, np.int64)
        worth = np.zeros(sparse.components)
        for satellite in self._graphs:
            path = satellite.path(units)
            if path is None:
                worth[satellite.components] = -math.inf
            else:
                served[sparse.cells.row[path]] = path
        total = np.zeros(sparse.components, np.int64)
        rows = np.flatnonzero(served >= 0)
        np.add.at(total, sparse.component_of_row[rows], units[served[rows]])
        return worth + np.where(total == 0, 0.0, np.nextafter(total * scale, math.inf)), served

    def _in_units(self, gain: Floats) -> tuple[Integers, float]:
        """Return gains rounded up to whole numbers, and what one is worth."""
        largest = np.zeros(self.begun.size)
        np.maximum.at(largest, self._sparse.cells.row, np.abs(gain))
        scale = 2.0 ** (math.ceil(math.log2(2.0 * max(float(largest.sum()), 1e-200))) - _SUM_BITS)
        return np.ceil((gain + np.abs(gain) * _UP) / scale).astype(np.int64), scale

    def insert(
        self, gain: Floats, random: np.random.Generator, taken: Integers, served: Integers
    ) -> Bools:
        """See :class:`CellPaths`."""
        sparse, units = self._sparse, self._in_units(gain)[0]
        found = np.ones(sparse.components, bool)
        for number in random.permutation(len(self._graphs)).tolist():
            satellite = self._graphs[number]
            before = served[satellite.rows]
            kernels.change_uses(sparse.cells, before, -1, taken)
            own = satellite.cell[satellite.cell >= 0]
            free = np.empty(own.size, bool)
            kernels.free_cells(sparse.cells, sparse.slots, own, taken, free)
            open_ = np.full(units.size, DEAD)
            open_[own[free]] = units[own[free]]
            path = satellite.path(open_)
            if path is None:
                found[satellite.components] = False
            else:
                served[satellite.rows] = -1
                served[sparse.cells.row[path]] = path
            kernels.change_uses(sparse.cells, served[satellite.rows], 1, taken)
        return found

    def split(self, served: Integers) -> list[Integers]:
        """See :class:`CellPaths`."""
        parts = (served[satellite.rows] for satellite in self._graphs)
        return [part[part >= 0] for part in parts]
