"""Search for one best schedule through the potentials of a forward sweep."""

import numpy as np

from qkdopt.arrays import Indices, Integers
from qkdopt.compiled import kernel, kernel_part
from qkdopt.optimize.domain.trellis._kernels import DEAD, IDLES, Sweep, due


def best_end(sweep: Sweep, latest: Indices, last: Integers) -> tuple[int, int, int]:
    """Return value, cell and state of the best schedule that serves a link.

    ``latest`` has the last cell of each link; a schedule whose last service is before
    the last barrier, or that lacks a required service, is none. Returns ``(DEAD, -1, -1)`` if
    no schedule serves any link.
    """
    intervals, closes = sweep.cell[1], sweep.closes
    cells = latest[latest >= 0]
    cells = cells[intervals[cells] >= sweep.barrier[-1]]
    slots, state = np.arange(closes.shape[1]), np.arange(last.shape[1])
    over = ((closes[intervals[cells]] < closes.shape[0]) << slots).sum(axis=1, keepdims=True)
    ends = sweep.final[state >> slots.size] & (state & over == over)
    values = np.where(ends, last[cells], DEAD)
    if not cells.size or values.max() == DEAD:
        return DEAD, -1, -1
    at, best = divmod(int(values.argmax()), state.size)
    return int(values[at, best]), int(cells[at]), best


@kernel_part
def _reached_from(
    sweep: Sweep, values: Integers, j: int, c: int, step: int, wanted: tuple[int, int]
) -> int:
    """Return the state in cell ``j`` from which serving ``c`` next leads to a state, or -1.

    ``wanted`` is the value in ``values``, and the state; ``step`` as in the forward sweep.
    """
    cell, tables = sweep.cell, sweep.tables
    states = 1 << sweep.closes.shape[1]
    over = due(sweep.closes, cell[1, j], cell[1, c])
    for before in range(values.size):
        bits = before % states
        if values[before] != wanted[0] or bits & over != over:
            continue
        label, bits = before // states, bits & ~over
        if cell[2, j] != cell[2, c]:
            label = tables[2, label]
        if step != IDLES:
            label, bits = tables[step, label], bits | cell[4, c]
        if label >= 0 and label * states + bits == wanted[1]:
            return before
    return -1


@kernel
def trace_back(
    sweep: Sweep, served: Integers, last: Integers, c: int, state: int, service: Integers
) -> None:
    """Fill ``service[a]`` with the links of the schedule behind ``last[c, state]``."""
    gain, node, cell, source = sweep.gain, sweep.node, sweep.cell, sweep.source
    barrier, continues = sweep.barrier, sweep.continues
    start = sweep.first * (1 << sweep.closes.shape[1])
    while c >= 0:
        value, own, j = last[c, state], cell[0, c], cell[5, c]
        k = node[c]
        while k < node[c + 1] and served[k, state] != value:
            k += 1
        if k == node[c + 1]:  # its link was served before
            c, state = j, _reached_from(sweep, last[j], j, c, IDLES, (value, state))
            continue
        service[cell[1, c]] = own
        while continues[k] >= 0:
            value -= gain[k]
            k, j = continues[k], cell[5, c]
            state = _reached_from(sweep, served[k], j, c, 0, (value, state))
            c = j
            service[cell[1, c]] = own
        value -= gain[k]
        if state == start + cell[4, c] and value == 0 and barrier[cell[1, c]] < 0:
            return
        found, found_state = -1, -1
        for n in range(source.shape[1]):
            j = source[c, n]
            if j < 0 or cell[1, j] < barrier[cell[1, c]]:
                continue
            before = _reached_from(sweep, last[j], j, c, 0 if n == own else 1, (value, state))
            if before >= 0:
                found, found_state = j, before
        c, state = found, found_state
