"""The paths of satellites that share receivers, at gains of cells: the longest, and one by one.

Where a satellite has no rules, each of its blocks is a path of its own; otherwise the
satellite is one, and labels hold the counters of its rules.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from qkdopt.arrays import Bools, Floats, Integers
from qkdopt.optimize.domain import _joint_kernels as kernels
from qkdopt.optimize.domain.trellis.best import best_of_graph
from qkdopt.optimize.domain.trellis.graph import DEAD, Graph, graph_of_rows
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
    """The graph of one satellite; ``cell`` has the number of each node's cell, -1 for none."""

    rows: Integers
    graph: Graph
    cell: Integers
    components: Integers

    def path(self, gain: Integers) -> Integers | None:
        """Return the cells of a best path, ``None`` where none obeys the rules."""
        best = best_of_graph(self.graph.changed(gain=np.append(gain, DEAD)[self.cell]))
        if best is None:
            return None
        link, interval = self.graph.node[:2]
        served: Integers = self.cell[best[0].service[interval] == link]
        return served


class LabelledCellPaths:
    """Paths of satellites with rules: one for each satellite."""

    def __init__(self, sparse: SparseCells) -> None:
        self._sparse, problem = sparse, sparse.problem
        begin, active = sparse.offset, sparse.cells.interval.size
        limits = limits_of(problem)
        self._graphs = []
        for own in limits.satellites:
            rows = own.rows[(own.rows >= begin) & (own.rows < begin + active)]
            if rows.size:
                graph, rows = graph_of_rows(problem, own, rows), rows - begin
                link, interval = graph.node[:2]
                cell = sparse.cells_at(rows[interval], link)
                components = np.unique(sparse.component_of_row[rows])
                self._graphs.append(_SatelliteGraph(rows, graph, cell, components))
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
