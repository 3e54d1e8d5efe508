"""The paths of satellites that share receivers, at gains of cells: the longest, and one by one.

Each block of a satellite is a path of its own. Without rules that is a path of
:mod:`~qkdopt.optimize.domain._joint_kernels`; otherwise labels hold the counters of the rules.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import numpy as np

from qkdopt.arrays import Bools, Floats, Integers
from qkdopt.optimize.domain import _joint_kernels as plain
from qkdopt.optimize.domain import _receiver_kernels as receivers
from qkdopt.optimize.domain import _rule_kernels as kernels
from qkdopt.optimize.domain.trellis.graph import check_size
from qkdopt.optimize.domain.trellis.labels import labels_of
from qkdopt.optimize.handover_times import HandoverTimes
from qkdopt.optimize.limits import contradiction, limits_of

if TYPE_CHECKING:
    from qkdopt.optimize.domain.sparse_cells import SparseCells


class CellPaths(ABC):
    """Longest paths at gains of ``M`` nodes, which have any sign; see :mod:`.sparse_cells`.

    Attributes
    ----------
    idle
        Whether all may idle in each component, shape ``(K,)``.
    begun
        Cells that have to be served, each in its interval, else -1; shape ``(A,)``.
    """

    idle: Bools
    begun: Integers

    def __init__(self, sparse: SparseCells) -> None:
        self._sparse = sparse

    @abstractmethod
    def best(self, gain: Floats) -> tuple[Floats, Integers]:
        """Return the most that paths of each component gain, and the cells of such paths."""

    @abstractmethod
    def insert(
        self, gain: Floats, random: np.random.Generator, taken: Integers, served: Integers,
        open_: Bools,
    ) -> Bools:  # fmt: skip
        """Serve one path after another anew, at its best given the receivers that are left.

        Paths that are in none of the components ``open_`` may stay. ``taken`` counts the services
        of each slot; both arrays are changed. Returns the components of which every path was found.
        """

    def split(self, served: Integers) -> list[Integers]:
        """Return the cells of each path of a schedule: those served in each block."""
        return [part[part >= 0] for part in np.split(served, self._sparse.begin[1:-1])]


def cell_paths(sparse: SparseCells) -> CellPaths:
    """Return the paths of a problem's satellites, or of those of a component."""
    return LabelledCellPaths(sparse) if sparse.problem.rules else PlainCellPaths(sparse)


class PlainCellPaths(CellPaths):
    """Paths of satellites without rules: one in each block."""

    def __init__(self, sparse: SparseCells) -> None:
        super().__init__(sparse)
        self.idle = np.ones(sparse.components, bool)
        self.begun = np.full(sparse.cells.interval.size, -1, np.int64)

    def best(self, gain: Floats) -> tuple[Floats, Integers]:
        """See :class:`CellPaths`."""
        worth, served = np.empty(self._sparse.components), np.empty(self.begun.size, np.int64)
        plain.best_paths(self._sparse.cells, gain, self._sparse.shared.begin, worth, served)
        return worth, served

    def insert(
        self, gain: Floats, random: np.random.Generator, taken: Integers, served: Integers,
        open_: Bools,
    ) -> Bools:  # fmt: skip
        """See :class:`CellPaths`."""
        sparse = self._sparse
        order = random.permutation(np.flatnonzero(open_[sparse.component_of_block]))
        receivers.insert_blocks(
            sparse.cells, sparse.slots, gain, sparse.begin, order, taken, served
        )
        return self.idle


class LabelledCellPaths(CellPaths):
    """Paths of satellites with rules: one in each run, labels hold the counters of the rules."""

    def __init__(self, sparse: SparseCells) -> None:
        super().__init__(sparse)
        problem, cells = sparse.problem, sparse.cells
        inside = slice(sparse.offset, sparse.offset + cells.interval.size)
        lock = limits_of(problem).lock[inside]
        held = np.flatnonzero(lock >= 0)
        self._rules = _rules_of(sparse)
        self._possible = contradiction(problem) is None
        self._component = sparse.component_of_row[self._rules.begin[:-1]]
        self.begun = np.full(lock.size, -1, np.int64)
        self.begun[held] = sparse.cells_at(held, lock[held])
        self.idle = np.ones(sparse.components, bool)
        self.idle[sparse.component_of_row[held]] = False

    def best(self, gain: Floats) -> tuple[Floats, Integers]:
        """See :class:`CellPaths`."""
        served = np.full(self.begun.size, -1, np.int64)
        every, free = np.arange(self._component.size), np.empty(0, np.int64)
        worth = self._serve(gain, every, free, served)
        total = np.zeros(self._sparse.components)
        np.add.at(total, self._component, worth)
        return total, served

    def _serve(self, gain: Floats, order: Integers, taken: Integers, served: Integers) -> Floats:
        """Serve runs anew, and return what each gains, ``-inf`` where none obeys the rules."""
        worth = np.full(order.size, -math.inf)
        if self._possible:
            cells, slots = self._sparse.cells, self._sparse.slots
            kernels.serve_runs(cells, slots, self._rules, gain, order, taken, served, worth)
        return worth

    def insert(
        self, gain: Floats, random: np.random.Generator, taken: Integers, served: Integers,
        open_: Bools,
    ) -> Bools:  # fmt: skip
        """See :class:`CellPaths`."""
        worth = self._serve(gain, random.permutation(self._component.size), taken, served)
        missing = self._component[np.isneginf(worth)]
        found: Bools = np.bincount(missing, minlength=self._sparse.components) == 0
        return found


def _rules_of(sparse: SparseCells) -> kernels.Rules:
    """Return the rules of the satellites that have intervals in a problem, or a component."""
    limits, cells, begin = limits_of(sparse.problem), sparse.cells, sparse.begin
    rows = np.arange(sparse.offset, sparse.offset + cells.interval.size)
    passes = np.array(limits.passes[rows])
    run, number = np.searchsorted(begin, np.arange(rows.size), side="right") - 1, 0
    satellite = np.full(begin.size - 1, -1, np.int64)
    labels, tau, sources = [], [], _Sources(sparse, run)
    for own in limits.satellites:
        inside = np.flatnonzero(np.isin(rows, own.rows))
        if not inside.size:
            continue
        satellite[run[inside]] = number
        labels.append(labels_of(own, passes[inside]))
        tau.append(int(own.turns.tau.max(initial=0)))
        sources.add(own.turns, inside)
        number += 1
    start = np.cumsum([0, *(each.size for each in labels)])
    nodes = np.diff(sparse.node[cells.first[begin]])
    states = max(nodes * np.diff(start)[satellite], default=0)
    check_size(int(states), tables=3)
    source_first, source = sources.sorted()
    return kernels.Rules(
        begin=begin, satellite=satellite, tau=np.array(tau, np.int64), start=start,
        first=np.array([each.first for each in labels], np.int64),
        stay=np.concatenate([each.stay for each in labels]),
        turn=np.concatenate([[each.turn, each.turn[each.rest]] for each in labels], axis=1),
        rest=np.concatenate([each.rest for each in labels]),
        final=np.concatenate([each.final for each in labels]),
        node=sparse.node,
        allowed=np.ascontiguousarray(limits.servable[cells.column, rows[cells.row]]),
        held=limits.lock[rows] >= 0, passes=passes, source_first=source_first, source=source,
    )  # fmt: skip


class _Sources:
    """The last cells of other links from which cells are reached sooner than by the longest turn.

    ``run`` is the number of each interval's run: nothing leads from one to another.
    """

    def __init__(self, sparse: SparseCells, run: Integers) -> None:
        self._cells, self._run = sparse.cells, run
        self._found: list[tuple[Integers, Integers]] = []

    def add(self, turns: HandoverTimes, rows: Integers) -> None:
        """Add those of a satellite with intervals ``rows``."""
        cells, longest = self._cells, int(turns.tau.max(initial=0))
        own = np.flatnonzero(np.isin(cells.row, rows))
        by_link = {n: own[cells.column[own] == n] for n in np.unique(cells.column[own]).tolist()}
        for n, before in by_link.items():
            for m, after in by_link.items():
                if m != n and (turns.tau[n, m] < longest or (n, m) in turns.pairs):
                    self._add(turns.soonest(n, m, self._time(before)), before, after, longest)

    def _add(self, soonest: Integers, before: Integers, after: Integers, longest: int) -> None:
        time = self._time(after)
        ready = np.append(before, -1)[np.searchsorted(soonest, time, side="right") - 1]
        near = (ready >= 0) & (time - self._time(ready) <= longest)
        near &= self._run[self._cells.row[ready]] == self._run[self._cells.row[after]]
        self._found.append((after[near], ready[near]))

    def _time(self, cells: Integers) -> Integers:
        return self._cells.interval[self._cells.row[cells]]

    def sorted(self) -> tuple[Integers, Integers]:
        """Return where the sources of each cell begin, then their number, and the sources."""
        empty = np.zeros(0, np.int64)
        cell, source = (np.concatenate(x) for x in zip((empty, empty), *self._found, strict=True))
        order = np.argsort(cell, kind="stable")
        return np.searchsorted(cell[order], np.arange(self._cells.row.size + 1)), source[order]
