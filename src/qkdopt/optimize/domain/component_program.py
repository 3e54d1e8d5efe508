"""One component of satellites that share receivers as a linear programme, for prices and schedules.

Only some cells are in the programme, so its optimum bounds nothing by itself: its duals are prices
of receivers whose bound is computed over all cells, and its solutions are schedules. The form
is ``pointing``, of stations with a set-up time over their satellites.
"""

from collections import defaultdict
from itertools import pairwise

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.optimize.domain.receiver_program import ProgramSolution, ReceiverProgram
from qkdopt.optimize.domain.sparse_cells import SparseCells


class ComponentProgram(ReceiverProgram):
    """The programme over some cells of one component.

    Parameters
    ----------
    cells
        Numbers of the cells that are in it, rising.
    gain
        Of all cells, shape ``(C,)``.
    fixed
        Cells that have to be served.
    """

    def __init__(self, sparse: SparseCells, cells: Integers, gain: Floats, fixed: Integers) -> None:
        held = np.isin(cells, fixed)
        super().__init__(sparse, gain[cells] * ~held)
        self._cells, self._fixed = cells, np.flatnonzero(held).tolist()
        self._add_paths()
        self._add_receivers(list(enumerate(cells.tolist())))

    def _add_paths(self) -> None:
        """Add each satellite's block: at most one link is pointed at, turns taken into account."""
        own, cells = self._sparse.cells, self._cells
        row = own.row[cells]
        edges = np.searchsorted(row, self._sparse.begin)
        for first, end in pairwise(edges.tolist()):
            if first == end:
                continue
            by_link: dict[int, list[tuple[int, list[int]]]] = defaultdict(list)
            for c in range(first, end):
                by_link[int(own.column[cells[c]])].append((int(row[c]), [c]))
            a, b = int(row[first]), int(row[end - 1])
            times = own.interval[a : b + 1].tolist()
            self._add_pointing(by_link, a, times, self._sparse.problem.tau, 1.0)

    def _solved(self, time_limit: float, *, whole: bool) -> ProgramSolution | None:
        found = self._optimum(time_limit, whole=whole)
        return found and self._solution(self._cells, found[0][: self._cells.size], found[1])
