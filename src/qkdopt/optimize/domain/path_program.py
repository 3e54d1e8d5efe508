"""One component of satellites with rules as a linear programme over some paths of their blocks.

Rules of all kinds are in the paths, so columns need to know none of them (Dantzig-Wolfe). The
duals of receivers are prices; paths that are longer at these join.
"""

from collections.abc import Sequence

import numpy as np

from qkdopt.arrays import Floats
from qkdopt.optimize.domain.receiver_program import ProgramSolution, ReceiverProgram
from qkdopt.optimize.domain.sparse_cells import SparseCells

_NO_PATH = 64.0  # times all gains: what a block without a path costs


class PathProgram(ReceiverProgram):
    """The programme that chooses one path of each block of a satellite.

    Parameters
    ----------
    paths
        Blocks, numbered from 0, and the cells of a path of each; some of each block.
    gain
        Of all nodes, shape ``(M,)``.
    """

    def __init__(
        self, sparse: SparseCells, paths: Sequence[tuple[int, tuple[int, ...]]], gain: Floats
    ) -> None:
        missing = -_NO_PATH * (float(np.abs(gain).sum()) + 1.0)
        count = 1 + max((s for s, _ in paths), default=-1)
        each = (sparse.nodes(np.array(path, np.int64)) for _, path in paths)
        worth = [float(gain[nodes].sum()) for nodes in each]
        super().__init__(sparse, np.array(worth + [missing] * count))
        self._paths = paths
        for s in range(count):
            columns = [j for j, (own, _) in enumerate(paths) if own == s] + [len(paths) + s]
            self._rows.add(columns, [1.0] * len(columns), 1.0)
            self._rows.add(columns, [-1.0] * len(columns), -1.0)
        self._add_receivers([(j, c) for j, (_, path) in enumerate(paths) for c in path])

    def _solved(self, time_limit: float, *, whole: bool) -> ProgramSolution | None:
        found = self._optimum(time_limit, whole=whole)
        if found is None:
            return None
        share = np.zeros(self._sparse.cells.row.size)
        for (_, path), x in zip(self._paths, found[0], strict=False):
            share[list(path)] += x
        cells = np.flatnonzero(share)
        return self._solution(cells, share[cells], found[1])
