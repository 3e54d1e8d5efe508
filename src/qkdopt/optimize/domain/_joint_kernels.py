"""Paths of satellites that share receivers, compiled.

Arrays in, arrays out; ``A`` active intervals, ``C`` cells sorted by interval, ``B`` blocks,
``S`` slots of receivers.

first
    First cell of each interval, then ``C``; shape ``(A + 1,)``.
row, column
    Interval and link of each cell, shape ``(C,)``.
gain
    What serving each cell earns, any sign, shape ``(C,)``.
use_first, use_slot
    The slots that each cell uses: those from ``use_first[c]`` up to ``use_first[c + 1]``.
served
    The cell that each interval serves, or -1; shape ``(A,)``.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from qkdopt.arrays import Bools, Floats, Integers
from qkdopt.compiled import kernel

__all__ = [
    "Cells",
    "Slots",
    "best_paths",
    "change_uses",
    "free_cells",
    "insert_blocks",
    "keep_possible",
    "price_uses",
    "values_through",
]


class Cells(NamedTuple):
    """Cells that may be served, and the time axis; see above."""

    first: Integers
    row: Integers
    column: Integers
    use_first: Integers
    use_slot: Integers
    interval: Integers
    tau: int
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
def price_uses(cells: Cells, gain: Floats, price: Floats, priced: Floats) -> None:
    """Fill the gains of cells less the prices of the slots that they use."""
    for c in range(gain.size):
        value = gain[c]
        for u in range(cells.use_first[c], cells.use_first[c + 1]):
            value -= price[cells.use_slot[u]]
        priced[c] = value


@kernel
def _block_path(
    cells: Cells, gain: Floats, open_: Bools, begin: int, end: int, came: Integers,
    reached: Floats, reached_at: Integers, ending: Floats,
) -> tuple[float, int]:  # fmt: skip
    """Return the largest gain of a path from ``begin`` to ``end``, and its last cell or -1.

    ``open_`` says which cells may be served, all where it is empty. ``came`` gets the cell served
    before each cell of the path.
    """
    ending_at = np.empty(cells.links, np.int64)
    ending[:], ending_at[:] = 0.0, -1
    most, most_at, settled, settled_at = 0.0, -1, 0.0, -1
    departure = begin
    for a in range(begin, end):
        while cells.interval[a] - cells.interval[departure] > cells.tau:
            settled, settled_at = reached[departure], reached_at[departure]
            departure += 1
        for c in range(cells.first[a], cells.first[a + 1]):
            if open_.size and not open_[c]:
                continue
            n = cells.column[c]
            before, at = ending[n], ending_at[n]
            if settled > before:
                before, at = settled, settled_at
            value = before + gain[c]
            if value > ending[n]:
                ending[n], ending_at[n], came[c] = value, c, at
                if value > most:
                    most, most_at = value, c
        reached[a], reached_at[a] = most, most_at
    return most, most_at


@kernel
def best_paths(
    cells: Cells, gain: Floats, begin: Integers, worth: Floats, served: Integers
) -> None:
    """Fill the largest gain of a path in each block ``(B,)``, and the cells that it serves."""
    active = cells.interval.size
    came = np.empty(gain.size, np.int64)
    reached, reached_at = np.empty(active), np.empty(active, np.int64)
    ending = np.empty(cells.links)
    every = np.empty(0, np.bool_)
    served[:] = -1
    for block in range(begin.size - 1):
        worth[block], c = _block_path(
            cells, gain, every, begin[block], begin[block + 1], came, reached, reached_at, ending
        )
        while c >= 0:
            served[cells.row[c]] = c
            c = came[c]


@kernel
def values_through(cells: Cells, gain: Floats, begin: Integers, through: Floats) -> None:
    """Fill the largest gain of a path of its block that serves each cell, shape ``(C,)``."""
    active = cells.interval.size
    reached = np.empty(active)
    ending = np.empty(cells.links)
    for block in range(begin.size - 1):
        first, end = begin[block], begin[block + 1]
        ending[:] = 0.0
        most, settled, departure = 0.0, 0.0, first
        for a in range(first, end):
            while cells.interval[a] - cells.interval[departure] > cells.tau:
                settled = reached[departure]
                departure += 1
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
            while cells.interval[departure] - cells.interval[a] > cells.tau:
                settled = reached[departure]
                departure -= 1
            for c in range(cells.first[a], cells.first[a + 1]):
                n = cells.column[c]
                value = max(ending[n], settled) + gain[c]
                through[c] += value - gain[c]
                ending[n] = max(ending[n], value)
                most = max(most, value)
            reached[a] = most


@kernel
def _is_free(slots: Slots, taken: Integers, k: int) -> bool:
    """Say whether a slot can take one more satellite; with set-up times a sufficient test."""
    if slots.tau[k] == 0:
        return bool(taken[k] < slots.receivers[k])
    others = 0
    for j in range(slots.near_first[k], slots.near_end[k]):
        if taken[j] > 0 and slots.satellite[j] != slots.satellite[k]:
            new = True
            for i in range(slots.near_first[k], j):
                if taken[i] > 0 and slots.satellite[i] == slots.satellite[j]:
                    new = False
                    break
            others += new
    return bool(others < slots.receivers[k])


@kernel
def insert_blocks(
    cells: Cells, slots: Slots, gain: Floats, begin: Integers, order: Integers, taken: Integers,
    served: Integers,
) -> None:  # fmt: skip
    """Serve one block after another anew, at its best given what all others serve.

    ``taken`` counts the services of each slot, shape ``(S,)``; both arrays are changed.
    """
    active = cells.interval.size
    came = np.empty(gain.size, np.int64)
    reached, reached_at = np.empty(active), np.empty(active, np.int64)
    ending = np.empty(cells.links)
    open_ = np.zeros(gain.size, np.bool_)
    for block in order:
        for a in range(begin[block], begin[block + 1]):
            c = served[a]
            if c >= 0:
                for u in range(cells.use_first[c], cells.use_first[c + 1]):
                    taken[cells.use_slot[u]] -= 1
                served[a] = -1
        for c in range(cells.first[begin[block]], cells.first[begin[block + 1]]):
            free = gain[c] > 0.0
            for u in range(cells.use_first[c], cells.use_first[c + 1]):
                free = free and _is_free(slots, taken, cells.use_slot[u])
            open_[c] = free
        _, c = _block_path(
            cells, gain, open_, begin[block], begin[block + 1], came, reached, reached_at, ending
        )
        while c >= 0:
            served[cells.row[c]] = c
            for u in range(cells.use_first[c], cells.use_first[c + 1]):
                taken[cells.use_slot[u]] += 1
            c = came[c]


@kernel
def keep_possible(
    cells: Cells, slots: Slots, served: Integers, rows: Integers, taken: Integers, left: Integers
) -> None:
    """Fill ``left`` with the services of ``rows``, in this order, for which slots are free."""
    for a in rows:
        c = served[a]
        free = True
        for u in range(cells.use_first[c], cells.use_first[c + 1]):
            free = free and _is_free(slots, taken, cells.use_slot[u])
        if free:
            left[a] = c
            for u in range(cells.use_first[c], cells.use_first[c + 1]):
                taken[cells.use_slot[u]] += 1


@kernel
def change_uses(cells: Cells, served: Integers, by: int, uses: Integers) -> None:
    """Add ``by`` to each slot for every service that uses it."""
    for c in served:
        if c >= 0:
            for u in range(cells.use_first[c], cells.use_first[c + 1]):
                uses[cells.use_slot[u]] += by


@kernel
def free_cells(cells: Cells, slots: Slots, some: Integers, taken: Integers, free: Bools) -> None:
    """Fill for some cells whether all slots that they use can take one more satellite."""
    for i in range(some.size):
        free[i] = True
        for u in range(cells.use_first[some[i]], cells.use_first[some[i] + 1]):
            free[i] = free[i] and _is_free(slots, taken, cells.use_slot[u])
