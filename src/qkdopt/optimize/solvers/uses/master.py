"""The restricted master for uses of bits: mixtures of columns, and what they are used for."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from qkdopt.arrays import Integers
from qkdopt.optimize.domain.blocks import Blocks
from qkdopt.optimize.solvers.decomposition.column_master import (
    EMPTY,
    INFINITE,
    ColumnMaster,
    MasterPoint,
)
from qkdopt.optimize.solvers.uses.wants import Wants
from qkdopt.optimize.uses import Uses

__all__ = ["UsesMaster"]

_DEAR = 1000.0  # times the largest cost: what a bit below a floor costs
_MANY = 2.0**20  # bits that a unit of a use takes


class UsesMaster(ColumnMaster):
    """Maximise ``sum_k cost_k y_k - D sum_n z_n`` over mixtures of each block's schedules.

    Rows        deliver   sum_k need[n, k] y_k - z_n - sum_{b, j} E_bj,n x_bj <= stock_n
                choose    sum_j x_bj = 1                       for every block
                floor     -z_n - sum_{b, j} E_bj,n x_bj <= -l_n    where the uses have floors
    Columns     y_k between its limits, z_n >= 0 (bits that a floor lacks, dear), then x_bj.

    The dual of ``deliver`` is the price of target ``n``, that of ``floor`` the price of its floor.
    A use that takes very many bits is counted in smaller units: HiGHS refuses large numbers.
    """

    def __init__(self, wants: Wants, blocks: Blocks, unit: float) -> None:
        self._uses: Uses = wants.uses
        self._taken = [_taken(max(need.values(), default=1)) for need in self._uses.need]
        each = zip(self._uses.cost, self._taken, strict=True)
        self._scale = max((cost / taken for cost, taken in each), default=1.0)
        super().__init__(wants, blocks, unit)

    def _frame(self) -> int:
        solver, uses = self._solver, self._uses
        for stock in uses.stock:
            solver.addRow(-INFINITE, stock / self.unit, 0, *EMPTY)
        self._choose_rows()
        for least in uses.floors:
            solver.addRow(-INFINITE, -least / self.unit, 0, *EMPTY)
        columns = 0
        for row in range(uses.rows - len(uses.floors), uses.rows):
            place = np.array([row + self.blocks.count], np.int32)
            solver.addCol(-_DEAR, 0.0, INFINITE, 1, place, -np.ones(1))
            columns += 1
        for cost, lower, upper, need, taken in zip(
            uses.cost, uses.lower, uses.upper, uses.need, self._taken, strict=True
        ):
            rows, unit = np.array(list(need), np.int32), self.unit / taken
            values = np.array([float(bits) / taken for bits in need.values()])
            high = INFINITE if upper is None else upper / unit
            earned = cost / taken / self._scale
            solver.addCol(earned, lower / unit, high, rows.size, rows, values)
            columns += 1
            if lower:
                solver.addCol(-_DEAR, 0.0, INFINITE, rows.size, rows, -values)
                columns += 1
        return columns

    def _column_rows(self, block: int, some: Integers) -> tuple[Integers, Integers]:
        targets = self.shares.target.size
        floor_rows = some + targets + self.blocks.count
        rows = np.concatenate([some, floor_rows]) if self._uses.floors else some
        return np.append(rows, targets + block), rows % (targets + self.blocks.count)

    def solve(self) -> MasterPoint | None:
        """Solve to optimality from the last basis; ``None`` when HiGHS gives up."""
        found = self._optimum()
        if found is None:
            return None
        value, dual = found
        total = float(self._solver.getObjectiveValue()) * self.unit * self._scale
        weight = value[self._first :]
        delivered = weight @ np.array(self.delivered).reshape(weight.size, self.shares.target.size)
        targets = self.shares.target.size
        each = np.append(dual[:targets], dual[targets + self.blocks.count :])
        prices = self.shares.prices((each * self._scale).tolist())
        return MasterPoint(total, total, delivered, prices, weight)


def _taken(bits: Fraction | int) -> float:
    """Return the power of two near the bits that a use takes where they are many, else 1."""
    return 2.0 ** math.floor(math.log2(bits)) if bits > _MANY else 1.0
