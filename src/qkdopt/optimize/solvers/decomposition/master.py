"""The restricted master: columns of blocks and cuts on the divergence, as a small LP."""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np

from qkdopt.arrays import Floats
from qkdopt.errors import SolverError
from qkdopt.optimize.solvers.decomposition.blocks import Blocks
from qkdopt.optimize.solvers.decomposition.prices import Prices

__all__ = ["Master", "MasterPoint"]


@dataclass(frozen=True, eq=False)
class MasterPoint:
    """An optimum of the restricted master.

    Attributes
    ----------
    total
        Its objective [bits].
    delivered
        ``E`` [bits], shape ``(T,)``.
    prices
        Multipliers of the cuts, mixed into one set of prices.
    """

    total: float
    delivered: Floats
    prices: Prices


class Master:
    """Maximise ``sum_n E_n`` over mixtures of the known schedules of each block.

    Rows        deliver   E_n - sum_{b, j} E_bj,n x_bj = 0       price c_n, for every target
                choose    sum_j x_bj <= 1                        for every block
                cut       sum_n (ln(p_n / q_n) - kl_max) E_n <= 0   for every cut point p
    Columns     E_n free, x_bj >= 0; bits counted in ``unit`` so that figures are near one.

    With ``kl_max`` = 0 there are no cuts, and ``E_n = q_n S`` holds by construction: one free
    column ``S`` stands for all of ``E``. Columns and rows are only ever added, so the simplex
    method starts from its last basis.
    """

    def __init__(self, blocks: Blocks, unit: float) -> None:
        self.blocks = blocks
        self.shares = blocks.shares
        self.unit = unit
        self.slopes: list[Floats] = []
        self.columns = 0
        self._seen: set[tuple[int, bytes]] = set()
        self._solver = highspy.Highs()
        self._solver.setOptionValue("output_flag", False)
        self._solver.setOptionValue("threads", 1)
        self._solver.setOptionValue("presolve", "off")
        self._solver.setOptionValue("primal_feasibility_tolerance", 1e-10)
        self._solver.setOptionValue("dual_feasibility_tolerance", 1e-10)
        self._solver.changeObjectiveSense(highspy.ObjSense.kMaximize)
        self._rows()

    def _rows(self) -> None:
        solver, targets = self._solver, self.shares.target.size
        empty = np.array([], np.int32), np.array([], float)
        for _ in range(targets):
            solver.addRow(0.0, 0.0, 0, *empty)
        for _ in range(self.blocks.count):
            solver.addRow(-highspy.kHighsInf, 1.0, 0, *empty)
        infinite = highspy.kHighsInf
        if self.shares.exact:
            rows = np.arange(targets, dtype=np.int32)
            solver.addCol(1.0, -infinite, infinite, targets, rows, self.shares.wanted)
            return
        for n in range(targets):
            row = np.array([n], np.int32)
            solver.addCol(1.0, -infinite, infinite, 1, row, np.ones(1))

    def add_columns(self, delivered: Floats) -> int:
        """Add one column for each block, shape ``(B, T)``; return how many were new."""
        new = 0
        targets = self.shares.target.size
        for block in np.flatnonzero(delivered.any(axis=1)).tolist():
            key = (block, delivered[block].tobytes())
            if key in self._seen:
                continue
            self._seen.add(key)
            new += 1
            some = np.flatnonzero(delivered[block])
            rows = np.append(some, targets + block).astype(np.int32)
            values = np.append(-delivered[block, some] / self.unit, 1.0)
            self._solver.addCol(0.0, 0.0, highspy.kHighsInf, rows.size, rows, values)
        self.columns += new
        return new

    def add_cut(self, shares: Floats) -> None:
        """Add the gradient cut at shares ``p``, kept positive, shape ``(T,)``."""
        if self.shares.exact:
            return
        wanted = self.shares.wanted
        point = np.maximum(shares, 1e-9 * wanted)
        point = point / point.sum()
        slope = np.log(point / wanted) - float(self.shares.kl_max)
        self.slopes.append(slope)
        columns = np.arange(slope.size, dtype=np.int32)
        self._solver.addRow(-highspy.kHighsInf, 0.0, slope.size, columns, slope)

    def solve(self) -> MasterPoint:
        """Solve to optimality from the last basis.

        Raises
        ------
        SolverError
            When HiGHS does not finish.
        """
        self._solver.run()
        status = self._solver.getModelStatus()
        if status != highspy.HighsModelStatus.kOptimal:
            message = self._solver.modelStatusToString(status)
            raise SolverError(f"HiGHS did not solve the restricted master: {message}")
        solution = self._solver.getSolution()
        targets = self.shares.target.size
        value = np.array(solution.col_value)
        dual = np.array(solution.row_dual)
        if self.shares.exact:
            total = float(value[0])
            delivered = total * self.shares.wanted
            prices = Prices(1.0, 1.0 - _positive_side(dual[:targets], self.shares.wanted))
        else:
            delivered = value[:targets]
            total = float(delivered.sum())
            prices = self._mixed(np.maximum(dual[targets + self.blocks.count :], 0.0))
        return MasterPoint(total * self.unit, delivered * self.unit, prices)

    def _mixed(self, multipliers: Floats) -> Prices:
        mu = float(multipliers.sum())
        if mu <= 0:
            return Prices.none(self.shares)
        return Prices(mu, multipliers @ np.array(self.slopes) / mu).tightened(self.shares)


def _positive_side(dual: Floats, wanted: Floats) -> Floats:
    """Return duals with the sign for which ``sum q c = 1``."""
    return dual if dual @ wanted > 0 else -dual
