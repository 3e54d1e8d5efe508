"""Paths of satellites that share receivers, compiled.

Arrays in, arrays out; ``A`` active intervals, ``C`` cells sorted by interval, ``B`` blocks,
``S`` slots of receivers.

gain
    What serving each cell earns, any sign, shape ``(C,)``.
served
    The cell that each interval serves, or -1; shape ``(A,)``.
held, best
    The largest gain of a path that points at the link of each cell after it, shape ``(C,)``, and
    of any path up to each interval, shape ``(A,)``. A satellite may turn early and idle, so
    values never fall and no other state is needed; see :mod:`._path_kernels`.

Indices are unsigned inside, which saves the check for negative ones.
"""

from typing import NamedTuple

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.compiled import kernel


class Cells(NamedTuple):
    """Cells that may be served, and the time axis.

    Attributes
    ----------
    first
        First cell of each interval, then ``C``; shape ``(A + 1,)``.
    row, column
        Interval and link of each cell, shape ``(C,)``.
    before
        The cell of the same link before each cell, or -1; shape ``(C,)``.
    use_first, use_slot
        The slots that each cell uses: those from ``use_first[c]`` up to ``use_first[c + 1]``.
    interval
        Index of each active interval, shape ``(A,)``.
    ready
        A hand-over leads to each interval from those below this one, shape ``(A,)``.
    links
        How many columns there are.
    """

    first: Integers
    row: Integers
    column: Integers
    before: Integers
    use_first: Integers
    use_slot: Integers
    interval: Integers
    ready: Integers
    links: int


class Slots(NamedTuple):
    """Slots of receivers: how many there are, and for set-up times whose they are and when.

    ``near_first`` up to ``near_end`` are the slots of the station within ``tau`` intervals.
    """

    receivers: Integers
    tau: Integers
    satellite: Integers
    near_first: Integers
    near_end: Integers


@kernel
def price_cells(
    cells: Cells, gain: Floats, price: Floats, begin: int, end: int, priced: Floats
) -> None:
    """Fill the gains of cells ``begin`` up to ``end`` less the prices of the slots they use."""
    for c in range(np.uint64(begin), np.uint64(end)):
        value = gain[c]
        for u in range(np.uint64(cells.use_first[c]), np.uint64(cells.use_first[c + np.uint64(1)])):
            value -= price[np.uint64(cells.use_slot[u])]
        priced[c] = value


@kernel
def price_uses(cells: Cells, gain: Floats, price: Floats, priced: Floats) -> None:
    """Fill the gains of all cells less the prices of the slots that they use."""
    price_cells(cells, gain, price, 0, gain.size, priced)


@kernel
def _sweep(cells: Cells, gain: Floats, begin: int, end: int, held: Floats, best: Floats) -> float:
    """Fill ``held`` and ``best`` of intervals ``begin`` up to ``end``; return the largest gain."""
    ending, most, one = np.zeros(cells.links), 0.0, np.uint64(1)
    for a in range(np.uint64(begin), np.uint64(end)):
        free = best[np.uint64(cells.ready[a]) - one] if cells.ready[a] > begin else 0.0
        for c in range(np.uint64(cells.first[a]), np.uint64(cells.first[a + one])):
            n = np.uint64(cells.column[c])
            value, earned = ending[n], gain[c]
            value = value if value > free else free
            value = value + earned if earned > 0.0 else value
            ending[n] = held[c] = value
            most = value if value > most else most
        best[a] = most
    return most


@kernel
def _trace(
    cells: Cells, gain: Floats, begin: int, end: int, held: Floats, best: Floats, served: Integers
) -> None:  # fmt: skip
    """Fill the cells of a path of intervals ``begin`` up to ``end`` with the largest gain."""
    served[begin:end] = -1
    a = end - 1
    while a >= begin and best[a] > 0.0:
        while a > begin and best[a - 1] == best[a]:
            a -= 1
        c = cells.first[a]
        while held[c] != best[a]:
            c += 1
        while c >= 0:
            a = cells.row[c]
            if gain[c] > 0.0:
                served[a] = c
            ready, c = cells.ready[a], cells.before[c]
            free = best[ready - 1] if ready > begin else 0.0
            if c < cells.first[begin] or held[c] <= free:
                c, a = -1, ready - 1


@kernel
def best_path(
    cells: Cells, gain: Floats, begin: int, end: int, held: Floats, best: Floats, served: Integers
) -> float:  # fmt: skip
    """Fill the cells of a path of intervals ``begin`` up to ``end``; return the largest gain."""
    worth = _sweep(cells, gain, begin, end, held, best)
    _trace(cells, gain, begin, end, held, best, served)
    return worth


@kernel
def best_paths(
    cells: Cells, gain: Floats, begin: Integers, worth: Floats, served: Integers
) -> None:
    """Fill the largest gain of a path in each block ``(B,)``, and the cells that it serves."""
    held, best = np.empty(gain.size), np.empty(served.size)
    served[:] = -1
    for block in range(begin.size - 1):
        worth[block] = best_path(cells, gain, begin[block], begin[block + 1], held, best, served)


@kernel
def values_through(cells: Cells, gain: Floats, begin: Integers, through: Floats) -> None:
    """Fill the largest gain of a path of its block that serves each cell, shape ``(C,)``."""
    reached = np.empty(cells.ready.size)
    ending = np.empty(cells.links)
    for block in range(begin.size - 1):
        first, end = begin[block], begin[block + 1]
        ending[:] = 0.0
        most = 0.0
        for a in range(first, end):
            settled = reached[cells.ready[a] - 1] if cells.ready[a] > first else 0.0
            for c in range(cells.first[a], cells.first[a + 1]):
                n = cells.column[c]
                value = max(ending[n], settled) + gain[c]
                through[c] = value
                ending[n] = max(ending[n], value)
                most = max(most, value)
            reached[a] = most
        ending[:] = 0.0
        most, settled, departure = 0.0, 0.0, end - 1
        for a in range(end - 1, first - 1, -1):
            while cells.ready[departure] > a:
                settled = reached[departure]
                departure -= 1
            for c in range(cells.first[a], cells.first[a + 1]):
                n = cells.column[c]
                value = max(ending[n], settled) + gain[c]
                through[c] += value - gain[c]
                ending[n] = max(ending[n], value)
                most = max(most, value)
            reached[a] = most
