"""Better schedules of satellites that share receivers, by ruin and recreate with cooling."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.optimize.domain._ruin_kernels import Anew, Contest, Ruins, ruin_and_recreate
from qkdopt.optimize.domain.sparse_cells import SparseCells

_USUAL = Ruins()  # between two looks at the clock
_FIRST_MOVES, _MOST_MOVES = 20_000, 640_000  # of a walk; each one is twice as long


class RuinAndRecreate:
    """Walks from schedule to schedule of a component whose satellites have no rules."""

    def __init__(self, sparse: SparseCells, moves: int = _FIRST_MOVES) -> None:
        """Prepare the tables; ``moves`` are those of the first walk."""
        self._sparse = sparse
        cells = sparse.cells
        using = np.repeat(np.arange(cells.row.size), np.diff(cells.use_first))
        order = np.argsort(cells.use_slot, kind="stable")
        begin = np.array(sparse.begin, np.int64)
        self._contest = Contest(
            cells=cells, slots=sparse.slots, begin=begin,
            block=np.repeat(np.arange(begin.size - 1), np.diff(begin)),
            time=common_times(sparse),
            user_first=np.searchsorted(
                cells.use_slot[order], np.arange(sparse.shared.station.size + 1)
            ),
            user=using[order],
        )  # fmt: skip
        self._random = np.random.default_rng(0)
        self.moves = moves

    def improved(
        self,
        gain: Floats,
        price: Floats,
        served: Integers,
        stop: Callable[[], bool] = lambda: False,
    ) -> Integers:
        """Return a schedule that gains no less; the next walk is twice as long.

        Parameters
        ----------
        gain, price
            Of each cell, and of each slot: shapes ``(C,)``, ``(S,)``.
        served
            The cell that each interval serves, or -1; shape ``(A,)``.
        stop
            Ends the walk.
        """
        top = served.copy()
        earned = gain[served[served >= 0]]
        usual = float(earned.mean()) if earned.size else float(np.maximum(gain, 0.0).max())
        if usual <= 0.0:
            return top
        legs = max(self.moves // _USUAL.moves, 1)
        heat = usual * np.geomspace(_USUAL.hot, _USUAL.cold, legs + 1)
        self.moves = min(2 * self.moves, _MOST_MOVES)
        windows = np.zeros((3, _USUAL.satellites), np.int64)
        anew = Anew(
            gain=gain, price=price, hold=2.0 * _USUAL.longest * float(gain.max()),
            served=served.copy(), before=served.copy(),
            busy=np.zeros(price.size, np.int64), open=np.empty(gain.size),
            held=np.empty(gain.size), best=np.empty(served.size),
            low=windows[0], high=windows[1], chosen=windows[2],
        )  # fmt: skip
        behind = 0.0  # by how much the walk is behind the best schedule
        for hot, cold in pairwise(heat.tolist()):
            if stop():
                break
            ruins = _USUAL._replace(hot=hot, cold=cold)
            behind = ruin_and_recreate(self._contest, ruins, anew, top, behind, self._random)
        return top


def common_times(sparse: SparseCells) -> Integers:
    """Return when each interval is, as far as the receivers that it may use say; ``(A,)``.

    Intervals that use none are as late as the one before in their block that does, or else as
    the first that does.
    """
    cells, begin = sparse.cells, sparse.begin
    time = np.full(cells.interval.size, -1, np.int64)
    using = np.repeat(cells.row, np.diff(cells.use_first))
    time[using] = sparse.shared.interval[cells.use_slot]
    for first, end in zip(begin[:-1].tolist(), begin[1:].tolist(), strict=True):
        own = time[first:end]
        known = own[own >= 0]
        own[: np.argmax(own >= 0)] = known[0] if known.size else 0
        time[first:end] = np.maximum.accumulate(own)
    return time
