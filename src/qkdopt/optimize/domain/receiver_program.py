"""Linear programmes of one component of satellites that share receivers: rows and duals of slots.

Rows of set-up times, and of paths without rules, have the form ``pointing``
(docs/formulations.md): who is pointed at, serving or idle, and when that ends.
"""

import math
from abc import ABC, abstractmethod
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import highspy
import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.deadline import Deadline
from qkdopt.mip.highs_factory import Highs, new_highs, stop_highs
from qkdopt.optimize.domain.sparse_cells import SparseCells

_INFINITE = highspy.kHighsInf
_WHOLE = 1e-6
_COST_BITS = 12


@dataclass(frozen=True, eq=False)
class ProgramSolution:
    """What HiGHS found.

    Attributes
    ----------
    chosen
        Numbers of the cells that are served where all are whole, else ``None``.
    mixed
        Numbers of the cells that are served in part, those nearest a half first.
    price
        Duals of slots by their number; empty for a schedule.
    """

    chosen: Integers | None
    mixed: Integers
    price: dict[int, float]

    def prices(self, slots: int) -> Floats:
        """Return the duals of all slots, 0 of those that have none, shape ``(S,)``."""
        return np.array([self.price.get(k, 0.0) for k in range(slots)])


@dataclass
class _Rows:
    """Rows of a programme as they are added."""

    upper: list[float] = field(default_factory=list)
    row: list[int] = field(default_factory=list)
    column: list[int] = field(default_factory=list)
    value: list[float] = field(default_factory=list)

    def add(self, columns: list[int], values: list[float], upper: float) -> int:
        number = len(self.upper)
        self.upper.append(upper)
        self.row += [number] * len(columns)
        self.column += columns
        self.value += values
        return number


class ReceiverProgram(ABC):
    """A programme whose first columns serve cells, and use their receivers.

    ``reward`` is what each of these columns gains. ``deadline`` is that of the last HiGHS.
    """

    deadline = Deadline()

    def __init__(self, sparse: SparseCells, reward: Floats) -> None:
        self._sparse = sparse
        largest = float(np.abs(reward).max(initial=0.0)) or 1.0
        self._unit = 2.0 ** (math.floor(math.log2(largest)) - _COST_BITS)  # figures are moderate
        self._cost = (reward / self._unit).tolist()
        self._fixed: list[int] = []
        self._served = reward.size
        self._rows = _Rows()
        self._slot_rows: dict[int, list[int]] = defaultdict(list)

    def _new(self) -> int:
        self._cost.append(0.0)
        return len(self._cost) - 1

    def _add_receivers(self, cells: Sequence[tuple[int, int]]) -> None:
        """Let no slot be used more often than it has receivers.

        ``cells`` are pairs of a column and a cell that it serves.
        """
        own, shared = self._sparse.cells, self._sparse.shared
        users: dict[int, list[int]] = defaultdict(list)
        for column, cell in cells:
            for u in range(own.use_first[cell], own.use_first[cell + 1]):
                users[int(own.use_slot[u])].append(column)
        stations: dict[int, list[int]] = defaultdict(list)
        for k in sorted(users):
            if shared.tau[k]:
                stations[int(shared.station[k])].append(k)
            elif len(users[k]) > shared.receivers[k]:
                most = float(shared.receivers[k])
                counts = Counter(users[k])
                row = self._rows.add([*counts], [float(n) for n in counts.values()], most)
                self._slot_rows[k].append(row)
        for slots in stations.values():
            times = sorted({int(shared.interval[k]) for k in slots})
            place = {t: i for i, t in enumerate(times)}
            by_satellite: dict[int, list[tuple[int, list[int]]]] = defaultdict(list)
            for k in slots:
                where = place[int(shared.interval[k])]
                by_satellite[int(shared.satellite[k])].append((where, users[k]))
            held = self._add_pointing(
                by_satellite, 0, times, int(shared.tau[slots[0]]), float(shared.receivers[slots[0]])
            )
            for k in slots:
                at = int(shared.satellite[k]), place[int(shared.interval[k])]
                self._slot_rows[k].append(held[at])

    def _add_pointing(
        self,
        users: dict[int, list[tuple[int, list[int]]]],
        first: int,
        times: list[int],
        tau: int,
        most: float,
    ) -> dict[tuple[int, int], int]:
        """Add rows of the pointing form; return the row of ``x <= h`` by who and place.

        Parameters
        ----------
        users
            For each link (satellite) its places, rising, and the columns of its services there.
        first, times
            Number of the first place, and the times of all.
        most
            How many may be pointed at.
        """
        rows, held = self._rows, dict[tuple[int, int], int]()
        pointed: list[list[int]] = [[] for _ in times]
        leaving: list[list[int]] = [[] for _ in times]
        for who, places in users.items():
            begin, end = places[0][0], places[-1][0]
            hold = [self._new() for _ in range(begin, end + 1)]
            for place, columns in places:
                values = [1.0] * len(columns) + [-1.0]
                held[who, place] = rows.add([*columns, hold[place - begin]], values, 0.0)
            for i, h in enumerate(hold):
                at = begin + i - first
                pointed[at].append(h)
                if tau:
                    left = self._new()
                    leaving[at].append(left)
                    later = hold[i + 1 : i + 2]
                    rows.add([h, *later, left], [1.0, *([-1.0] * len(later)), -1.0], 0.0)
        earliest = 0
        for a, t in enumerate(times):
            while t - times[earliest] > tau:
                earliest += 1
            columns = pointed[a] + [x for b in range(earliest, a) for x in leaving[b]]
            if pointed[a] and len(columns) > most:
                rows.add(columns, [1.0] * len(columns), most)
        return held

    def relaxed(self, time_limit: float) -> ProgramSolution | None:
        """Return the optimum of the relaxation, ``None`` if there is none in time."""
        return self._solved(time_limit, whole=False)

    def schedule(self, time_limit: float) -> ProgramSolution | None:
        """Return the best schedule found in time, ``None`` without any."""
        return self._solved(time_limit, whole=True)

    @abstractmethod
    def _solved(self, time_limit: float, *, whole: bool) -> ProgramSolution | None:
        """Return the optimum, of whole columns or of the relaxation, ``None`` if there is none."""

    def _optimum(self, time_limit: float, *, whole: bool) -> tuple[Floats, dict[int, float]] | None:
        """Return the columns and the duals of slots, ``None`` where there is no solution in time.

        Of whole ones the best found, without duals.
        """
        solver = self.solver(time_limit, presolve="on" if whole else "off")
        lp = self.model()
        if whole:
            lp.integrality_ = [highspy.HighsVarType.kInteger] * lp.num_col_
        solver.passModel(lp)
        solver.run()
        solution = solver.getSolution()
        optimal = solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
        if not solution.value_valid or not (whole or optimal):
            return None
        price: dict[int, float] = {}
        if not whole:
            dual = np.abs(np.array(solution.row_dual)) * self._unit
            price = {k: float(sum(dual[r] for r in at)) for k, at in self._slot_rows.items()}
        return np.array(solution.col_value), price

    def solver(self, time_limit: float, presolve: str = "off") -> Highs:
        """Return HiGHS without a model; it stops ``time_limit`` seconds from now."""
        self.deadline = Deadline(time_limit)
        solver = new_highs(
            log_to_console=False, threads=1, mip_rel_gap=0.0, mip_abs_gap=0.0, presolve=presolve,
            mip_detect_symmetry=False, dual_feasibility_tolerance=1e-10,
        )  # fmt: skip
        stop_highs(solver, lambda: self.deadline.expired())
        return solver

    def model(self) -> highspy.HighsLp:
        """Return the relaxation."""
        rows, columns = self._rows, len(self._cost)
        order = np.argsort(np.array(rows.row, np.int64), kind="stable")
        lp = highspy.HighsLp()
        lp.num_row_, lp.num_col_ = len(rows.upper), columns
        lp.sense_ = highspy.ObjSense.kMaximize
        lp.col_cost_ = np.array(self._cost)
        lower, upper = np.zeros(columns), np.full(columns, _INFINITE)
        lower[self._fixed] = 1.0
        upper[: self._served] = 1.0  # some have no row
        lp.col_lower_, lp.col_upper_ = lower, upper
        lp.row_lower_ = np.full(len(rows.upper), -_INFINITE)
        lp.row_upper_ = np.array(rows.upper)
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.num_row_, lp.a_matrix_.num_col_ = len(rows.upper), columns
        counts = np.bincount(rows.row, minlength=len(rows.upper))
        lp.a_matrix_.start_ = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
        lp.a_matrix_.index_ = np.array(rows.column, np.int32)[order]
        lp.a_matrix_.value_ = np.array(rows.value)[order]
        return lp

    def _solution(self, cells: Integers, x: Floats, price: dict[int, float]) -> ProgramSolution:
        """Return a solution, given how much each of some cells is served."""
        near = np.abs(x - np.round(x)) <= _WHOLE
        chosen = cells[x > 1.0 - 2 * _WHOLE] if near.all() else None
        half = np.argsort(np.abs(x - 0.5), kind="stable")
        return ProgramSolution(chosen, cells[half[~near[half]]], price)
