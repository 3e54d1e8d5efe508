"""Receivers that are taken, and paths of blocks among those that are left; compiled.

Arrays and their shapes are those of :mod:`._joint_kernels`.
"""

import numpy as np

from qkdopt.arrays import Bools, Floats, Integers
from qkdopt.compiled import kernel, kernel_part
from qkdopt.optimize.domain._joint_kernels import Cells, Slots, best_path


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


@kernel_part
def count_busy(cells: Cells, slots: Slots, c: int, by: int, busy: Integers) -> None:
    """Add ``by`` to all slots in whose way a service is."""
    for u in range(cells.use_first[c], cells.use_first[c + 1]):
        _spread(slots, cells.use_slot[u], by, busy)


@kernel_part
def _spread(slots: Slots, k: int, by: int, busy: Integers) -> None:
    if slots.tau[k] == 0:
        busy[k] += by
        return
    for j in range(slots.near_first[k], slots.near_end[k]):
        if slots.satellite[j] != slots.satellite[k]:
            busy[j] += by


@kernel_part
def _recount(
    cells: Cells, slots: Slots, served: Integers, by: int, taken: Integers, busy: Integers
) -> None:
    change_uses(cells, served, by, taken)
    for c in served:
        if c >= 0:
            count_busy(cells, slots, c, by, busy)


@kernel
def insert_blocks(
    cells: Cells, slots: Slots, gain: Floats, begin: Integers, order: Integers, taken: Integers,
    served: Integers,
) -> None:  # fmt: skip
    """Serve one block after another anew, at its best given what all others serve.

    ``taken`` counts the services of each slot, shape ``(S,)``; both arrays are changed.
    """
    held, best = np.empty(gain.size), np.empty(served.size)
    open_, one, busy = np.empty(gain.size), np.uint64(1), np.zeros(taken.size, np.int64)
    for k in range(taken.size):
        if taken[k] > 0:
            _spread(slots, k, taken[k], busy)
    for block in order:
        first, end = begin[block], begin[block + 1]
        _recount(cells, slots, served[first:end], -1, taken, busy)
        for c in range(np.uint64(cells.first[first]), np.uint64(cells.first[end])):
            earned = gain[c]
            for u in range(np.uint64(cells.use_first[c]), np.uint64(cells.use_first[c + one])):
                k = cells.use_slot[u]
                if busy[k] >= slots.receivers[k] and earned > 0.0:
                    one_left = slots.receivers[k] > 1 and _is_free(slots, taken, k)
                    earned = earned if one_left else 0.0
            open_[c] = earned
        best_path(cells, open_, first, end, held, best, served)
        _recount(cells, slots, served[first:end], 1, taken, busy)


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
def change_uses(cells: Cells, served: Integers, by: int, uses: Integers | Floats) -> None:
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
