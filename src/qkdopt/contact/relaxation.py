"""The linear relaxation with interval cliques over the candidates; its duals are multipliers.

    maximise   sum of value(p, t) y[p, t]
    target     sum_p y[p, t] + slack = 1                      for every kept target t: dual rho
    clique     sum over p in C and t of y[p, t] + slack = 1   for every maximal clique C
    used       sum_t y[p, t] + slack = 1                      for every pass p

``used`` follows from ``clique``; branching tightens it. Values may have twenty digits, doubles
have sixteen, and a proof needs them all. So the duals are refined in rounds: they are rounded to
whole numbers, the *exact* reduced costs, magnified, become the objective of the next solve, and
its duals correct the multipliers (iterative refinement of linear programmes: Gleixner, Steffy
and Wolter 2016).
"""

from dataclasses import dataclass

import highspy
import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.contact.bound import Branch, Multipliers
from qkdopt.contact.candidates import Candidates
from qkdopt.contact.intervals import Exclusions, cliques
from qkdopt.contact.problem import ContactProblem
from qkdopt.deadline import Deadline
from qkdopt.errors import SolverError
from qkdopt.mip.highs_factory import configure_highs, new_highs

_LARGEST_COST = 2.0**20
_MAGNIFIED = 2.0**10
_DENOMINATOR = 2**12
_USED = 1e-9


@dataclass(frozen=True, eq=False)
class Point:
    """An optimum of the relaxation at a node.

    Attributes
    ----------
    value
        In units of value, floating.
    use
        How far each pass is used, shape ``(P,)``.
    y, duals
        Columns, slacks included, and whole numbers over the denominator, one for each row.
    """

    value: float
    use: Floats
    y: Floats
    duals: list[int]


class Relaxation:
    """HiGHS holding the relaxation; each solve starts from the last basis."""

    def __init__(
        self,
        problem: ContactProblem,
        candidates: Candidates,
        exclusions: Exclusions,
        deadline: Deadline | None = None,
    ) -> None:
        self.problem = problem
        self._deadline = deadline or Deadline()
        self._exclusions = exclusions
        self.targets = candidates.targets
        self._value = [value for _, _, value in candidates.pairs]
        self._pass = np.array([p for p, _, _ in candidates.pairs], dtype=np.int64)
        self._build(candidates)
        largest = max(self._value, default=1)
        self._exponent = max(0, largest.bit_length() - int(np.log2(_LARGEST_COST)))
        self._cost = self._scaled([*self._value, *[0] * self._rows], 1.0)

    def _build(self, candidates: Candidates) -> None:
        problem, targets = self.problem, len(self.targets)
        row_of = {t: row for row, t in enumerate(self.targets)}
        found = cliques(problem)
        self._first_used = targets + len(found)
        self._rows = self._first_used + len(problem.start)
        of_pass: list[list[int]] = [[self._first_used + p] for p in range(len(problem.start))]
        for c, members in enumerate(found):
            for p in members:
                of_pass[p].append(targets + c)
        self._rows_of = [[row_of[t], *of_pass[p]] for p, t, _ in candidates.pairs]
        self._rows_of += [[row] for row in range(self._rows)]
        starts = np.cumsum([0, *map(len, self._rows_of)])
        self._columns = len(self._rows_of)
        self._index: Integers = np.concatenate([[], *self._rows_of]).astype(np.int64)
        self._column: Integers = np.repeat(np.arange(self._columns), np.diff(starts))
        lp = highspy.HighsLp()
        lp.num_row_, lp.num_col_ = self._rows, self._columns
        lp.sense_ = highspy.ObjSense.kMaximize
        lp.col_cost_ = np.zeros(self._columns)
        lp.col_lower_ = np.zeros(self._columns)
        lp.col_upper_ = np.full(
            self._columns, highspy.kHighsInf
        )  # an upper bound would take a dual of its own
        lp.row_lower_ = lp.row_upper_ = np.ones(self._rows)
        lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        lp.a_matrix_.num_row_, lp.a_matrix_.num_col_ = self._rows, self._columns
        lp.a_matrix_.start_ = starts
        lp.a_matrix_.index_ = self._index
        lp.a_matrix_.value_ = np.ones(len(self._index))
        self._solver = new_highs(output_flag=False)
        if self._solver.passModel(lp) == highspy.HighsStatus.kError:
            raise SolverError("HiGHS refuses the relaxation of the contact problem")

    def solve(self, branch: Branch) -> Point | None:
        """Return an optimum in ``branch``; ``None`` when infeasible or HiGHS fails."""
        self._enter(branch)
        found = self._optimum(self._cost)
        if found is None:
            return None
        y, duals = found
        unit = 2.0**self._exponent
        use = np.zeros(len(self.problem.start))
        np.add.at(use, self._pass, y[: self._pass.size])
        factor = _DENOMINATOR * 2**self._exponent
        whole = [round(dual * 2**20) * factor >> 20 for dual in duals.tolist()]
        return Point(float(self._cost @ y) * unit, use, y, self._corrected(whole))

    def refined(self, point: Point) -> Point | None:
        """Return the same optimum with more digits in its duals, in the branch of `solve`."""
        reduced = self._reduced(point.duals)
        support = point.y > _USED
        wrong = max(abs(reduced[j]) for j in np.flatnonzero(support).tolist())
        worst = max(wrong, *(r for r, s in zip(reduced, self._open, strict=True) if s), 1)
        found = self._optimum(self._scaled(reduced, _MAGNIFIED / worst))
        if found is None:
            return None
        y, duals = found
        step = [round(dual * 2**20) * worst >> 30 for dual in duals.tolist()]
        whole = [old + new for old, new in zip(point.duals, step, strict=True)]
        return Point(point.value, point.use, y, self._corrected(whole))

    def multipliers(self, point: Point) -> Multipliers:
        """Return the positive multipliers of targets."""
        named = zip(self.targets, point.duals, strict=False)
        return Multipliers(_DENOMINATOR, {t: number for t, number in named if number > 0})

    def _corrected(self, duals: list[int]) -> list[int]:
        """Return the duals without negative ones, which only a pass fixed as used may have."""
        closed = self._forced
        return [d if d > 0 or row in closed else 0 for row, d in enumerate(duals)]

    def _reduced(self, duals: list[int]) -> list[int]:
        values = [*(value * _DENOMINATOR for value in self._value), *[0] * self._rows]
        for j, rows in enumerate(self._rows_of):
            values[j] -= sum(duals[row] for row in rows)
        return values

    def _scaled(self, values: list[int], factor: float) -> Floats:
        """Return costs for HiGHS; without a factor those are ``values / 2 ** exponent``."""
        scale = factor if factor != 1.0 else 2.0**-self._exponent
        return np.maximum(np.array([float(value) for value in values]) * scale, -_LARGEST_COST)

    def _enter(self, branch: Branch) -> None:
        pairs = self._pass.size
        out = np.ones(len(self.problem.start), dtype=bool)
        out[[*(self._exclusions.left(branch.used, branch.unused) or ()), *branch.used]] = False
        upper = np.full(self._columns, highspy.kHighsInf)
        upper[:pairs][out[self._pass]] = 0.0
        self._forced = {self._first_used + p for p in branch.used}
        upper[[pairs + row for row in self._forced]] = 0.0
        self._open = (upper > 0).tolist()
        columns = np.arange(self._columns, dtype=np.int32)
        self._solver.changeColsBounds(self._columns, columns, np.zeros(self._columns), upper)

    def _optimum(self, cost: Floats) -> tuple[Floats, Floats] | None:
        columns = np.arange(self._columns, dtype=np.int32)
        self._solver.changeColsCost(self._columns, columns, cost)
        self._run()
        if self._solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            self._solver.clearSolver()
            self._run()
            if self._solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
                return None
        solution = self._solver.getSolution()
        return np.array(solution.col_value), np.array(solution.row_dual)

    def _run(self) -> None:
        left_s = self._deadline.remaining()
        if left_s < float("inf"):  # HiGHS counts the time of all its runs
            configure_highs(self._solver, time_limit=self._solver.getRunTime() + left_s)
        self._solver.run()
