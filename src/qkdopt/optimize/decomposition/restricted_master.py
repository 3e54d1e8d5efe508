"""The restricted master of column generation: mixtures of known schedules, as a small LP."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import highspy
import numpy as np

from qkdopt.arrays import Bools, Floats, Integers
from qkdopt.errors import SolverError
from qkdopt.mip.highs_factory import new_highs
from qkdopt.optimize.decomposition.column_pool import ColumnPool
from qkdopt.optimize.domain.blocks import Blocks
from qkdopt.optimize.domain.branching import BranchingDecision
from qkdopt.optimize.objectives.base import ConcaveObjective, Multipliers
from qkdopt.optimize.objectives.master_rows import MasterDuals, MasterRows

_INFINITE = highspy.kHighsInf
_NONE = np.array([], np.int32), np.array([], float)
_SETTINGS: dict[str, bool | float | str] = {
    "output_flag": False,
    "threads": 1,
    "presolve": "off",
    "primal_feasibility_tolerance": 1e-10,
    "dual_feasibility_tolerance": 1e-10,
}
_MOST_CUTS, _CUTS_OF_TARGET = 60, 10  # kept whatever their age; the larger number of both
_OLD = 12  # solves since the dual of a cut was last positive


@dataclass(frozen=True, eq=False)
class MasterSolution:
    """An optimum of the restricted master.

    Attributes
    ----------
    lp_value
        Its value, less the overestimate due to missing cuts.
    delivered
        ``E`` [bits], shape ``(T,)``.
    multipliers
        Admissible multipliers from its duals.
    weight
        How much of each column is taken, shape ``(columns,)``.
    """

    lp_value: float
    delivered: Floats
    multipliers: Multipliers
    weight: Floats


class RestrictedMaster:
    """Maximise a concave objective over mixtures of the known schedules of each block.

    Rows        linking     E_n - sum_{b, j} E_bj,n x_bj = 0     value c_n per bit, every target
                convexity   sum_j x_bj = 1                       for every block
                then the objective's own, then its cuts
    Columns     E_n free, the objective's own, then x_bj >= 0; bits counted in ``unit`` so that
                figures are near one. The first column of a block serves no link, unless a lock
                requires a service there.

    Columns are only ever added, so the simplex method starts from its last basis. Cuts without a
    price are dropped after a while.

    Attributes
    ----------
    columns
        Per block its columns' numbers.
    delivered, service
        Per column the bits by target ``(T,)`` and the link of each of its block's intervals.
    """

    def __init__(self, objective: ConcaveObjective, blocks: Blocks, unit: float) -> None:
        self.objective, self.blocks, self.unit = objective, blocks, unit
        self._targets = objective.delivery.targets
        self.columns: list[list[int]] = [[] for _ in range(blocks.count)]
        self.delivered: list[Floats] = []
        self.service: list[Integers] = []
        self._stacked: list[Integers] = [np.zeros((0, 0), np.int64) for _ in self.columns]
        self._seen: set[tuple[int, bytes]] = set()
        self._cuts: list[Floats] = []
        self._age: list[int] = []
        self._rows = objective.master_rows(unit)
        self._first = self._targets + self._rows.reward.size
        self._solver = new_highs(**_SETTINGS)
        self._solver.changeObjectiveSense(highspy.ObjSense.kMaximize)
        self._build(self._rows)
        for b in np.flatnonzero(blocks.may_idle).tolist():
            idle = np.full(blocks.begin[b + 1] - blocks.begin[b], -1)
            self.add_column(b, np.zeros(self._targets), idle)

    def _build(self, rows: MasterRows) -> None:
        """Add the rows without columns, then the columns that are no schedules."""
        from scipy.sparse import csc_array, eye_array, vstack

        solver, blocks = self._solver, self.blocks.count
        self._whole = whole = 1.0 if rows.shrinking is None else 0.0
        lower = np.concatenate([np.zeros(self._targets), np.full(blocks, whole), rows.row_lower])
        upper = np.concatenate([np.zeros(self._targets), np.full(blocks, whole), rows.row_upper])
        for low, high in zip(lower.tolist(), upper.tolist(), strict=True):
            solver.addRow(low, high, 0, *_NONE)
        convexity = np.zeros((blocks, self._first))
        if rows.shrinking is not None:
            convexity[:, self._targets + rows.shrinking] = -1.0
        linking = eye_array(self._targets, self._first)
        matrix = vstack([linking, csc_array(convexity), csc_array(rows.matrix)], format="csc")
        free = np.full(self._targets, _INFINITE)
        for reward, low, high, (begin, end) in zip(
            np.append(rows.bit_reward, rows.reward).tolist(),
            np.append(-free, rows.lower).tolist(),
            np.append(free, rows.upper).tolist(),
            pairwise(matrix.indptr.tolist()),
            strict=True,
        ):
            some = matrix.indices[begin:end].astype(np.int32)
            solver.addCol(reward, low, high, end - begin, some, matrix.data[begin:end])

    @property
    def _first_cut(self) -> int:
        """The row of the first cut."""
        return self._targets + self.blocks.count + self._rows.row_lower.size

    def add_columns(self, delivered: Floats, service: Integers) -> int:
        """Add a schedule's part in each block; return how many of them were new.

        ``delivered`` has shape ``(B, T)``, ``service`` ``(A,)``.
        """
        begin = self.blocks.begin
        return sum(
            self.add_column(b, delivered[b], service[begin[b] : begin[b + 1]])
            for b in range(self.blocks.count)
        )

    def add_column(self, block: int, delivered: Floats, service: Integers) -> bool:
        """Add a schedule of a block, given bits ``(T,)`` and links; say if it is new."""
        key = (block, service.tobytes())
        if key in self._seen:
            return False
        self._seen.add(key)
        some = np.flatnonzero(delivered)
        rows = np.append(some, self._targets + block).astype(np.int32)
        values = np.append(-delivered[some] / self.unit, 1.0)
        added = self._solver.addCol(0.0, 0.0, _INFINITE, rows.size, rows, values)
        if added == highspy.HighsStatus.kError:
            raise SolverError("HiGHS refuses a column of the master (numbers out of range)")
        self.columns[block].append(len(self.service))
        self.delivered.append(delivered.copy())
        self.service.append(service.copy())
        return True

    def cut(self, solution: MasterSolution, trial: Multipliers) -> bool:
        """Add the objective's cuts at a solution and at multipliers; say if there were any."""
        found = self.objective.cuts(solution.delivered, trial.vector, self.unit)
        for row, limit in found:
            columns = np.flatnonzero(row).astype(np.int32)
            self._solver.addRow(-_INFINITE, limit, columns.size, columns, row[columns])
            self._cuts.append(row)
            self._age.append(0)
        return bool(found)

    def _drop_old_cuts(self) -> None:
        if len(self._age) <= max(_MOST_CUTS, _CUTS_OF_TARGET * self._targets):
            return
        old = [i for i, age in enumerate(self._age) if age > _OLD]
        if old:
            rows = np.array([self._first_cut + i for i in old], np.int32)
            self._solver.deleteRows(rows.size, rows)
            keep = [i for i, age in enumerate(self._age) if age <= _OLD]
            self._cuts = [self._cuts[i] for i in keep]
            self._age = [self._age[i] for i in keep]

    def solve(self) -> MasterSolution | None:
        """Solve to optimality from the last basis; ``None`` when HiGHS gives up."""
        self._drop_old_cuts()
        found = self._optimum()
        if found is None:
            return None
        value, dual = found
        cuts = np.maximum(dual[self._first_cut :], 0.0)
        self._age = [0 if used else age + 1 for age, used in zip(self._age, cuts > 0, strict=True)]
        per_bit = self._rows.scale / self.unit
        duals = MasterDuals(
            bits=dual[: self._targets] * per_bit,
            rows=dual[self._targets + self.blocks.count : self._first_cut] * per_bit,
            cuts=cuts * per_bit,
            cut_rows=np.array(self._cuts).reshape(len(self._cuts), self._first),
        )
        vector = self.objective.multipliers(duals)
        delivered = value[: self._targets] * self.unit
        objective = float(self._solver.getObjectiveValue())
        promised = self._rows.offset + self._rows.scale * objective
        return MasterSolution(
            lp_value=self.objective.lp_value(promised, delivered, vector),
            delivered=delivered,
            multipliers=Multipliers(vector, self.objective),
            weight=value[self._first :],
        )

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

    def begin_with(self, delivered: Floats, done: Bools) -> None:
        """Add bits, shape ``(T,)``, to every mixture, in which blocks that are ``done`` are not.

        From then on bits may be left out of a mixture, so that no price is negative.
        """
        whole = np.where(done, 0.0, self._whole)
        upper = np.append(delivered / self.unit, whole)
        lower = np.append(np.full(self._targets, -_INFINITE), whole)
        rows = np.arange(upper.size, dtype=np.int32)
        self._solver.changeRowsBounds(rows.size, rows, lower, upper)

    def restrict(self, decisions: Sequence[BranchingDecision]) -> None:
        """Let only columns that obey be used from now on."""
        upper = np.where(self.disobeying(decisions), 0.0, _INFINITE)
        numbers = np.arange(self._first, self._first + upper.size, dtype=np.int32)
        self._solver.changeColsBounds(upper.size, numbers, np.zeros(upper.size), upper)

    def disobeying(self, decisions: Sequence[BranchingDecision]) -> Bools:
        """Return which columns disobey, shape ``(columns,)``."""
        begin = self.blocks.begin
        result = np.zeros(len(self.service), bool)
        for decision in decisions:
            block = self.blocks.of(decision.first)
            first, last = (int(x - begin[block]) for x in (decision.first, decision.last))
            serves = (self._services(block)[:, first : last + 1] == decision.link).any(axis=1)
            result[self.columns[block]] |= serves != decision.served
        return result

    def pool(self, prices: Floats) -> ColumnPool:
        """Return all columns, with their losses at prices per bit, shape ``(T,)``."""
        columns = [
            (np.array([self.delivered[j] for j in own]), self._services(b))
            for b, own in enumerate(self.columns)
        ]
        return ColumnPool.of(self.blocks, prices, columns)

    def schedules(self, most: int = 400) -> tuple[Integers, ...]:
        """Return up to ``most`` schedules in which the last columns of all blocks occur."""
        count = min(most, max(map(len, self.columns), default=0))
        return tuple(
            np.concatenate([self.service[own[-1 - k % len(own)]] for own in self.columns])
            for k in range(count)
        )

    def _services(self, block: int) -> Integers:
        """Return the links that each column of a block serves, shape ``(columns, intervals)``."""
        numbers = self.columns[block]
        if self._stacked[block].shape[0] != len(numbers):
            self._stacked[block] = np.array([self.service[j] for j in numbers])
        return self._stacked[block]

    def rounded(self, solution: MasterSolution) -> Integers:
        """Return the schedule of each block's most used column, shape ``(A,)``."""
        weight = solution.weight
        known = [[j for j in numbers if j < weight.size] for numbers in self.columns]
        chosen = [max(numbers, key=weight.__getitem__) for numbers in known]
        return np.concatenate([np.zeros(0, np.int64), *(self.service[j] for j in chosen)])
