"""Who serves at receivers that satellites share, while a schedule changes; compiled.

``A`` active intervals, ``C`` cells sorted by interval, ``S`` slots of receivers, as in
:class:`~qkdopt.optimize.problem.receivers.SharedReceivers`; ``R`` is the largest number of them.
"""

from typing import NamedTuple

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.compiled import by_type, kernel_part
from qkdopt.optimize.domain._joint_kernels import Slots
from qkdopt.optimize.domain.delivery import Delivery
from qkdopt.optimize.domain.sparse_cells import SparseCells


class Sharing(NamedTuple):
    """Slots, the cells that use them, and who holds them.

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


class Unshared(NamedTuple):
    """Nothing is shared: kernels are compiled without what obeys receivers."""

    receivers: int = 0


def sharing_of(delivery: Delivery) -> Sharing | Unshared:
    """Return the shared receivers of a problem, held by nobody."""
    if delivery.problem.receivers is None:
        return Unshared()
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


@by_type
def release(sharing: Sharing | Unshared) -> None:
    """Let nobody hold any receiver."""
    raise NotImplementedError(type(sharing).__name__)


@release.register
def _release_none(sharing: Unshared) -> None:
    pass


@release.register
def _release_all(sharing: Sharing) -> None:
    holder = sharing.holder
    for k in range(holder.shape[0]):
        for r in range(holder.shape[1]):
            holder[k, r] = -1


@by_type
def end_of_block(sharing: Sharing | Unshared, low: int, high: int) -> int:
    """Return ``high``, or the end of the satellite's block that ``low`` is in, if sooner."""
    raise NotImplementedError(type(sharing).__name__)


@end_of_block.register
def _same_end(sharing: Unshared, low: int, high: int) -> int:
    return high


@end_of_block.register
def _end_of_satellite(sharing: Sharing, low: int, high: int) -> int:
    return int(min(high, sharing.end[low]))


@by_type
def occupy(sharing: Sharing | Unshared, a: int, link: int, bits: float, place: int) -> None:
    """Let interval ``a`` hold the receivers of a link, in which there is room."""
    raise NotImplementedError(type(sharing).__name__)


@occupy.register
def _occupy_nothing(sharing: Unshared, a: int, link: int, bits: float, place: int) -> None:
    pass


@occupy.register
def _occupy_slots(sharing: Sharing, a: int, link: int, bits: float, place: int) -> None:
    c = cell_of(sharing, a, link)
    if c < 0:
        return
    holder, use_slot, held, target = sharing.holder, sharing.use_slot, sharing.bits, sharing.place
    for u in range(sharing.use_first[c], sharing.use_first[c + 1]):
        k = use_slot[u]
        for r in range(holder.shape[1]):
            if holder[k, r] < 0:
                holder[k, r], held[k, r], target[k, r] = a, bits, place
                break


@kernel_part
def cell_of(sharing: Sharing, a: int, link: int) -> int:
    """Return the number of a cell, -1 where it has no bits that count."""
    column = sharing.column
    for c in range(sharing.first[a], sharing.first[a + 1]):
        if column[c] == link:
            return int(c)
    return -1


@kernel_part
def let_go(sharing: Sharing, a: int, link: int) -> None:
    """Let interval ``a`` no longer hold the receivers of a link."""
    c = cell_of(sharing, a, link) if link >= 0 else -1
    if c < 0:
        return
    use_slot, holder = sharing.use_slot, sharing.holder
    for u in range(sharing.use_first[c], sharing.use_first[c + 1]):
        k = use_slot[u]
        for r in range(holder.shape[1]):
            if holder[k, r] == a:
                holder[k, r] = -1


@kernel_part
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
