"""What every restricted master shares: columns of blocks in a small LP that only grows."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np

from qkdopt.arrays import Bools, Floats, Integers
from qkdopt.errors import SolverError
from qkdopt.mip.highs_factory import new_highs
from qkdopt.optimize.domain.blocks import Blocks
from qkdopt.optimize.domain.branching import BranchingDecision

__all__ = ["EMPTY", "INFINITE", "ColumnMaster", "MasterPoint", "forbidden_columns"]

INFINITE = highspy.kHighsInf
EMPTY = np.array([], np.int32), np.array([], float)


@dataclass(frozen=True, eq=False)
class MasterPoint:
    """An optimum of the restricted master.

    Attributes
    ----------
    total
        Its objective [bits], which the violation of missing cuts may flatter.
    attained
        The objective less what the violation is worth [bits].
    delivered
        ``E`` [bits], shape ``(T,)``.
    prices
        Multipliers, of the kind that the master's question is bounded by.
    weight
        How much of each column is taken, shape ``(columns,)``.
    """

    total: float
    attained: float
    delivered: Floats
    prices: Any
    weight: Floats


class ColumnMaster(ABC):
    """Mixtures of the known schedules of each block; whoever inherits says what for.

    Rows        deliver   ... - sum_{b, j} E_bj,n x_bj         for every target
                choose    sum_j x_bj = 1                       for every block
    Columns     first those of :meth:`_frame`, then x_bj >= 0; bits counted in ``unit`` so that
                figures are near one. The first column of a block serves nobody,
                unless a lock asks for a service there.

    Columns are only ever added, so the simplex method starts from its last basis.

    Attributes
    ----------
    columns
        Per block its columns' numbers.
    delivered, service
        Per column the bits by target ``(T,)`` and the link of each of its block's intervals.
    """

    def __init__(self, shares: Any, blocks: Blocks, unit: float) -> None:
        self.blocks, self.shares, self.unit = blocks, shares, unit
        self.columns: list[list[int]] = [[] for _ in range(blocks.count)]
        self.delivered: list[Floats] = []
        self.service: list[Integers] = []
        self._stacked: list[Integers] = [np.zeros((0, 0), np.int64) for _ in self.columns]
        self._seen: set[tuple[int, bytes]] = set()
        self._solver = new_highs()
        settings = {"output_flag": False, "threads": 1, "presolve": "off"}
        for name, value in settings.items():
            self._solver.setOptionValue(name, value)
        for name in ("primal_feasibility_tolerance", "dual_feasibility_tolerance"):
            self._solver.setOptionValue(name, 1e-10)
        self._solver.changeObjectiveSense(highspy.ObjSense.kMaximize)
        self._first = self._frame()
        for b in np.flatnonzero(self.blocks.may_idle).tolist():
            idle = np.full(self.blocks.begin[b + 1] - self.blocks.begin[b], -1)
            self._add_column(b, np.zeros(self.shares.target.size), idle)

    @abstractmethod
    def _frame(self) -> int:
        """Add the rows of targets and blocks and the first columns; return how many columns."""

    def _choose_rows(self) -> None:
        for _ in range(self.blocks.count):
            self._solver.addRow(1.0, 1.0, 0, *EMPTY)

    @abstractmethod
    def solve(self) -> MasterPoint | None:
        """Solve to optimality from the last basis; ``None`` when HiGHS gives up."""

    def cut(self, point: MasterPoint, trial: Any) -> bool:
        """Cut off the point where it flatters; ``trial`` are prices; say if there was need."""
        return False

    def add_columns(self, delivered: Floats, service: Integers) -> int:
        """Add a schedule's part in each block; return how many of them were new.

        ``delivered`` has shape ``(B, T)``, ``service`` ``(A,)``.
        """
        begin = self.blocks.begin
        return sum(
            self._add_column(b, delivered[b], service[begin[b] : begin[b + 1]])
            for b in range(self.blocks.count)
        )

    def _add_column(self, block: int, delivered: Floats, service: Integers) -> bool:
        key = (block, service.tobytes())
        if key in self._seen:
            return False
        self._seen.add(key)
        rows, target = self._column_rows(block, np.flatnonzero(delivered))
        values = np.append(-delivered[target] / self.unit, 1.0)
        added = self._solver.addCol(0.0, 0.0, INFINITE, rows.size, rows.astype(np.int32), values)
        if added == highspy.HighsStatus.kError:
            raise SolverError("HiGHS refuses a column of the master (numbers out of range)")
        self.columns[block].append(len(self.service))
        self.delivered.append(delivered.copy())
        self.service.append(service.copy())
        return True

    def _column_rows(self, block: int, some: Integers) -> tuple[Integers, Integers]:
        """Return a column's rows, the block's last, and the targets of those before."""
        return np.append(some, self.shares.target.size + block), some

    def services(self, block: int) -> Integers:
        """Return the links that each column of a block serves, shape ``(columns, intervals)``."""
        numbers = self.columns[block]
        if self._stacked[block].shape[0] != len(numbers):
            self._stacked[block] = np.array([self.service[j] for j in numbers])
        return self._stacked[block]

    def forbid(self, forbidden: Bools) -> None:
        """Let only the other columns be used from now on, shape ``(columns,)``."""
        upper = np.where(forbidden, 0.0, INFINITE)
        numbers = np.arange(self._first, self._first + upper.size, dtype=np.int32)
        self._solver.changeColsBounds(upper.size, numbers, np.zeros(upper.size), upper)

    def _optimum(self) -> tuple[Floats, Floats] | None:
        """Return column values and row duals, ``None`` when HiGHS gives up."""
        self._solver.run()
        if self._solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            self._solver.clearSolver()
            self._solver.run()
            if self._solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
                return None
        solution = self._solver.getSolution()
        return np.array(solution.col_value), np.array(solution.row_dual)


def forbidden_columns(master: ColumnMaster, decisions: Sequence[BranchingDecision]) -> Bools:
    """Return which of the master's columns disobey, shape ``(columns,)``."""
    begin = master.blocks.begin
    result = np.zeros(len(master.service), bool)
    for decision in decisions:
        block = master.blocks.of(decision.first)
        inside = slice(decision.first - int(begin[block]), decision.last + 1 - int(begin[block]))
        serves = (master.services(block)[:, inside] == decision.link).any(axis=1)
        result[master.columns[block]] |= serves != decision.served
    return result
