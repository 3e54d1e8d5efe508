"""Who serves at receivers that satellites share, while a schedule changes; compiled.

``A`` active intervals, ``C`` cells sorted by interval, ``S`` slots of receivers, as in
:class:`~qkdopt.optimize.problem.receivers.SharedReceivers`; ``R`` is the largest number of them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.compiled import kernel
from qkdopt.optimize.domain._joint_kernels import Slots
from qkdopt.optimize.domain.delivery import Delivery
from qkdopt.optimize.domain.sparse_cells import SparseCells

__all__ = ["Sharing", "in_the_way", "occupy", "sharing_of"]


class Sharing(NamedTuple):
    """Slots, the cells that use them, and who holds them; arrays are empty where none is shared.

    Attributes
    ----------
    begin, end
        The block of one satellite that each interval is in, shape ``(A,)``.
    first, column
        The cells with bits that count of each interval, and their links: ``(A + 1,)``, ``(C,)``.
    use_first, use_slot
        The slots that each cell uses: those from ``use_first[c]`` up to ``use_first[c + 1]``.
    slots
        As other kernels take them.
    holder
        Interval that serves at each receiver of a slot, -1 for none; shape ``(S, R)``.
    bits, place
        What its service delivers, and to which target; shape ``(S, R)``.
    """

    begin: Integers
    end: Integers
    first: Integers
    column: Integers
    use_first: Integers
    use_slot: Integers
    slots: Slots
    holder: Integers
    bits: Floats
    place: Integers


def sharing_of(delivery: Delivery) -> Sharing:
    """Return the shared receivers of a problem, held by nobody."""
    none = np.zeros(0, np.int64)
    if delivery.problem.receivers is None:
        slots, nobody = Slots(none, none, none, none, none), none.reshape(0, 0)
        return Sharing(
            none, none, none, none, none, none, slots, nobody, nobody.astype(float), nobody
        )
    sparse = SparseCells.create(delivery)
    shared, edges, cells = sparse.shared, sparse.begin, sparse.cells
    size = shared.station.size, int(shared.receivers.max(initial=1))
    return Sharing(
        begin=np.repeat(edges[:-1], np.diff(edges)),
        end=np.repeat(edges[1:], np.diff(edges)),
        first=cells.first,
        column=cells.column,
        use_first=cells.use_first,
        use_slot=cells.use_slot,
        slots=sparse.slots,
        holder=np.full(size, -1, np.int64),
        bits=np.zeros(size),
        place=np.zeros(size, np.int64),
    )


@kernel
def in_the_way(sharing: Sharing, price: Floats, k: int, others: Integers) -> tuple[int, float]:
    """Find who must give up slot ``k`` for one more service; return how many, and their worth.

    ``others`` gets them. The worth, at prices of a bit of each target, is infinite where there is
    no room for them in it, and where a station with a set-up time has several receivers and none
    left.
    """
    slots, holder = sharing.slots, sharing.holder
    receivers = slots.receivers[k]
    if slots.tau[k] == 0:
        least = np.inf
        for r in range(receivers):
            if holder[k, r] < 0:
                return 0, 0.0
            worth = max(sharing.bits[k, r] * price[sharing.place[k, r]], 0.0)
            if worth < least:
                least, others[0] = worth, holder[k, r]
        return 1, least
    count, worth = 0, 0.0
    for j in range(slots.near_first[k], slots.near_end[k]):
        v = holder[j, 0]
        if v < 0 or slots.satellite[j] == slots.satellite[k]:
            continue
        if count == others.size:
            return count, np.inf
        others[count] = v
        count += 1
        worth += max(sharing.bits[j, 0] * price[sharing.place[j, 0]], 0.0)
    if receivers == 1:
        return count, worth
    distinct = 0
    for i in range(count):
        new = True
        for j in range(i):
            if sharing.begin[others[i]] == sharing.begin[others[j]]:
                new = False
        distinct += new
    return (0, 0.0) if distinct < receivers else (count, np.inf)


@kernel
def occupy(sharing: Sharing, a: int, c: int, bits: float, place: int) -> None:
    """Let interval ``a`` hold the slots of its cell, in which there is room."""
    if c < 0:
        return
    holder, use_slot = sharing.holder, sharing.use_slot
    for u in range(sharing.use_first[c], sharing.use_first[c + 1]):
        k = use_slot[u]
        for r in range(holder.shape[1]):
            if holder[k, r] < 0:
                holder[k, r], sharing.bits[k, r], sharing.place[k, r] = a, bits, place
                break
