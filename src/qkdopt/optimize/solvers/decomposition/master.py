"""The restricted master: columns of blocks and cuts on the divergence, as a small LP."""

from __future__ import annotations

import numpy as np

from qkdopt.arrays import Floats
from qkdopt.optimize.domain.blocks import Blocks
from qkdopt.optimize.solvers.decomposition._tilt_kernels import boundary_tilt
from qkdopt.optimize.solvers.decomposition.column_master import (
    EMPTY,
    INFINITE,
    ColumnMaster,
    MasterPoint,
)
from qkdopt.optimize.solvers.decomposition.prices import Prices
from qkdopt.optimize.solvers.decomposition.shares import Shares

__all__ = ["Master", "MasterPoint"]

_LARGEST_MU = 200.0
_LARGEST_NU = 1000.0  # what a bit below a floor costs
_MOST_CUTS = 60
_OLD = 12  # solves since a cut last had a price
_FLAT = 1e-12
_NO_EXCESS = 1e-9  # of the unit


class Master(ColumnMaster):
    """Maximise ``sum_n E_n`` over mixtures of the known schedules of each block.

    Rows        deliver   E_n - sum_{b, j} E_bj,n x_bj = 0       price c_n, for every target
                choose    sum_j x_bj = 1                         for every block
                floor     -E_n - z_n <= -l_n                     where there are floors
                cut       sum_n (ln(p_n / q_n) - kl_max) E_n <= z   for every cut point p
    Columns     E_n free, z >= 0 and z_n >= 0 at a high cost, then x_bj.

    With ``kl_max`` = 0 there are no cuts, and ``E_n = q_n S`` holds by construction: one free
    column ``S`` stands for all of ``E``, and floors are left to the caller, for they only say how
    large ``S`` has to be. Cuts without a price are dropped after a while.
    """

    def __init__(self, shares: Shares, blocks: Blocks, unit: float) -> None:
        self.cuts_made = 0
        self._slopes: list[Floats] = []
        self._age: list[int] = []
        super().__init__(shares, blocks, unit)

    def _frame(self) -> int:
        solver, targets = self._solver, self.shares.target.size
        for _ in range(targets):
            solver.addRow(0.0, 0.0, 0, *EMPTY)
        self._choose_rows()
        self._floored = 0 if self.shares.exact or not self.shares.floors.any() else targets
        for least in self.shares.floors[: self._floored].tolist():
            solver.addRow(-INFINITE, -least / self.unit, 0, *EMPTY)
        rows = np.arange(targets, dtype=np.int32)
        if self.shares.exact:
            solver.addCol(1.0, -INFINITE, INFINITE, targets, rows, self.shares.wanted)
        else:
            for n in range(targets):
                own = np.array([n, self._floor_row(n)][: 2 if self._floored else 1], np.int32)
                signs = np.array([1.0, -1.0])[: own.size]
                solver.addCol(1.0, -INFINITE, INFINITE, own.size, own, signs)
        solver.addCol(-_LARGEST_MU, 0.0, INFINITE, 0, *EMPTY)
        for n in range(self._floored):
            row = np.array([self._floor_row(n)], np.int32)
            solver.addCol(-_LARGEST_NU, 0.0, INFINITE, 1, row, -np.ones(1))
        return 2 if self.shares.exact else targets + 1 + self._floored

    def _floor_row(self, n: int) -> int:
        return int(self.shares.target.size) + self.blocks.count + n

    @property
    def _first_cut(self) -> int:
        """The row of the first cut."""
        return self._floor_row(self._floored)

    def cut(self, point: MasterPoint, trial: Prices) -> bool:
        """Add the gradient cuts at the point's shares and at those of the prices, if needed."""
        if point.total - point.attained <= _NO_EXCESS * self.unit:
            return False
        self.add_cut(np.maximum(point.delivered, 0.0))
        self.add_cut(trial.shares(self.shares))
        return True

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
        self._solver.addRow(-INFINITE, 0.0, columns.size, columns, np.append(slope, -1.0))

    def solve(self) -> MasterPoint | None:
        """Solve to optimality from the last basis; ``None`` when HiGHS gives up."""
        self._drop_old_cuts()
        found = self._optimum()
        if found is None:
            return None
        value, dual = found
        targets = self.shares.target.size
        if self.shares.exact:
            delivered = float(value[0]) * self.shares.wanted
            price = dual[:targets] if dual[:targets] @ self.shares.wanted > 0 else -dual[:targets]
            prices = Prices(1.0, 1.0 - price).tightened(self.shares)
        else:
            delivered = value[:targets]
            prices = self._mixed(np.maximum(dual[self._first_cut :], 0.0))
        lacking = 0.0
        if self._floored:
            nu = np.maximum(dual[self._floor_row(0) : self._first_cut], 0.0)
            prices = prices.with_floors(nu, self.shares.floors)
            lacking = _LARGEST_NU * float(value[targets + 1 : self._first].sum())
        total = (float(delivered.sum()) - lacking) * self.unit
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
        rows = np.array([self._first_cut + i for i in old], np.int32)
        if rows.size:
            self._solver.deleteRows(rows.size, rows)
            keep = [i for i, age in enumerate(self._age) if age <= _OLD]
            self._slopes = [self._slopes[i] for i in keep]
            self._age = [self._age[i] for i in keep]
