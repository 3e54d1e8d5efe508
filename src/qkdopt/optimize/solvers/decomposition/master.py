"""The restricted master: columns of blocks and cuts on the divergence, as a small LP."""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np

from qkdopt.arrays import Bools, Floats, Integers
from qkdopt.optimize.solvers.decomposition._tilt_kernels import boundary_tilt
from qkdopt.optimize.solvers.decomposition.blocks import Blocks
from qkdopt.optimize.solvers.decomposition.prices import Prices

__all__ = ["Master", "MasterPoint"]

_INFINITE = highspy.kHighsInf
_LARGEST_MU = 200.0
_MOST_CUTS = 300
_OLD = 100  # solves since a cut last had a price
_FLAT = 1e-12
_EMPTY = np.array([], np.int32), np.array([], float)


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
        Multipliers of the cuts, mixed into one set of prices.
    weight
        How much of each column is taken, shape ``(columns,)``.
    """

    total: float
    attained: float
    delivered: Floats
    prices: Prices
    weight: Floats


class Master:
    """Maximise ``sum_n E_n`` over mixtures of the known schedules of each block.

    Rows        deliver   E_n - sum_{b, j} E_bj,n x_bj = 0       price c_n, for every target
                choose    sum_j x_bj = 1                         for every block
                cut       sum_n (ln(p_n / q_n) - kl_max) E_n <= z   for every cut point p
    Columns     E_n free, x_bj >= 0, z >= 0 at a high cost; bits counted in ``unit`` so that
                figures are near one. The first column of a block serves nobody.

    With ``kl_max`` = 0 there are no cuts, and ``E_n = q_n S`` holds by construction: one free
    column ``S`` stands for all of ``E``. Columns are only ever added and cuts without a price
    are dropped after a while, so the simplex method starts from its last basis.

    Attributes
    ----------
    columns
        Per block its columns' numbers.
    delivered, service
        Per column the bits by target ``(T,)`` and the link of each of its block's intervals.
    """

    def __init__(self, blocks: Blocks, unit: float) -> None:
        self.blocks, self.shares, self.unit = blocks, blocks.shares, unit
        self.columns: list[list[int]] = [[] for _ in range(blocks.count)]
        self.delivered: list[Floats] = []
        self.service: list[Integers] = []
        self.cuts_made = 0
        self._stacked: list[Integers] = [np.zeros((0, 0), np.int64) for _ in self.columns]
        self._slopes: list[Floats] = []
        self._age: list[int] = []
        self._seen: set[tuple[int, bytes]] = set()
        self._solver = highspy.Highs()
        settings = {"output_flag": False, "threads": 1, "presolve": "off"}
        for name, value in settings.items():
            self._solver.setOptionValue(name, value)
        for name in ("primal_feasibility_tolerance", "dual_feasibility_tolerance"):
            self._solver.setOptionValue(name, 1e-10)
        self._solver.changeObjectiveSense(highspy.ObjSense.kMaximize)
        self._frame()

    def _frame(self) -> None:
        solver, targets = self._solver, self.shares.target.size
        for _ in range(targets):
            solver.addRow(0.0, 0.0, 0, *_EMPTY)
        for _ in range(self.blocks.count):
            solver.addRow(1.0, 1.0, 0, *_EMPTY)
        rows = np.arange(targets, dtype=np.int32)
        if self.shares.exact:
            solver.addCol(1.0, -_INFINITE, _INFINITE, targets, rows, self.shares.wanted)
        else:
            for n in range(targets):
                solver.addCol(1.0, -_INFINITE, _INFINITE, 1, rows[n : n + 1], np.ones(1))
        solver.addCol(-_LARGEST_MU, 0.0, _INFINITE, 0, *_EMPTY)
        self._first = 2 if self.shares.exact else targets + 1
        for b in range(self.blocks.count):
            idle = np.full(self.blocks.begin[b + 1] - self.blocks.begin[b], -1)
            self._add_column(b, np.zeros(targets), idle)

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
        some = np.flatnonzero(delivered)
        rows = np.append(some, self.shares.target.size + block).astype(np.int32)
        values = np.append(-delivered[some] / self.unit, 1.0)
        self._solver.addCol(0.0, 0.0, _INFINITE, rows.size, rows, values)
        self.columns[block].append(len(self.service))
        self.delivered.append(delivered.copy())
        self.service.append(service.copy())
        return True

    def services(self, block: int) -> Integers:
        """Return the links that each column of a block serves, shape ``(columns, intervals)``."""
        numbers = self.columns[block]
        if self._stacked[block].shape[0] != len(numbers):
            self._stacked[block] = np.array([self.service[j] for j in numbers])
        return self._stacked[block]

    def forbid(self, forbidden: Bools) -> None:
        """Let only the other columns be used from now on, shape ``(columns,)``."""
        upper = np.where(forbidden, 0.0, _INFINITE)
        numbers = np.arange(self._first, self._first + upper.size, dtype=np.int32)
        self._solver.changeColsBounds(upper.size, numbers, np.zeros(upper.size), upper)

    def add_cut(self, shares: Floats) -> None:
        """Add the gradient cut on the boundary, on the way from ``q`` to ``shares`` ``(T,)``."""
        if self.shares.exact:
            return
        wanted, kl_max = self.shares.wanted, float(self.shares.kl_max)
        slope = np.log(np.maximum(shares / shares.sum(), 1e-9 * wanted) / wanted)
        if np.ptp(slope) < _FLAT:
            return
        slope *= boundary_tilt(slope, wanted, kl_max, 1.0)
        top = slope.max()
        slope -= top + np.log(wanted @ np.exp(slope - top)) + kl_max
        self.cuts_made += 1
        self._slopes.append(slope)
        self._age.append(0)
        columns = np.arange(slope.size + 1, dtype=np.int32)
        self._solver.addRow(-_INFINITE, 0.0, columns.size, columns, np.append(slope, -1.0))

    def solve(self) -> MasterPoint | None:
        """Solve to optimality from the last basis; ``None`` when HiGHS gives up."""
        self._drop_old_cuts()
        self._solver.run()
        if self._solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            self._solver.clearSolver()
            self._solver.run()
            if self._solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
                return None
        solution = self._solver.getSolution()
        targets = self.shares.target.size
        value, dual = np.array(solution.col_value), np.array(solution.row_dual)
        if self.shares.exact:
            delivered = float(value[0]) * self.shares.wanted
            price = dual[:targets] if dual[:targets] @ self.shares.wanted > 0 else -dual[:targets]
            prices = Prices(1.0, 1.0 - price).tightened(self.shares)
        else:
            delivered = value[:targets]
            prices = self._mixed(np.maximum(dual[targets + self.blocks.count :], 0.0))
        total = float(delivered.sum()) * self.unit
        excess = max(0.0, self.shares.excess(delivered * self.unit))
        return MasterPoint(
            total=total,
            attained=total - max(1.0, prices.mu) * excess,
            delivered=delivered * self.unit,
            prices=prices,
            weight=value[self._first :],
        )

    def _mixed(self, multipliers: Floats) -> Prices:
        self._age = [
            0 if used else age + 1 for age, used in zip(self._age, multipliers > 0, strict=True)
        ]
        mu = float(multipliers.sum())
        if mu <= 0:
            return Prices.none(self.shares)
        return Prices(mu, multipliers @ np.array(self._slopes) / mu).tightened(self.shares)

    def _drop_old_cuts(self) -> None:
        if len(self._age) <= _MOST_CUTS:
            return
        old = [i for i, age in enumerate(self._age) if age > _OLD]
        offset = self.shares.target.size + self.blocks.count
        rows = np.array([offset + i for i in old], np.int32)
        if rows.size:
            self._solver.deleteRows(rows.size, rows)
            keep = [i for i, age in enumerate(self._age) if age <= _OLD]
            self._slopes = [self._slopes[i] for i in keep]
            self._age = [self._age[i] for i in keep]
