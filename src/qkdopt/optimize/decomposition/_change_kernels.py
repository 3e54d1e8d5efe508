"""Change windows of a schedule and take changes back, compiled; ``A`` active intervals."""

from typing import NamedTuple

import numpy as np

from qkdopt.arrays import Bools, Floats, Integers
from qkdopt.compiled import by_type, kernel_part
from qkdopt.optimize.decomposition.sharing import (
    Sharing,
    Unshared,
    cell_of,
    in_the_way,
    let_go,
    occupy,
    release,
)
from qkdopt.optimize.decomposition.window_path import Cells, WindowPaths, deliver, window_path

_MOST_OTHERS = 64


class Changes(NamedTuple):
    """What a step changes, and what was changed since the best schedule was written down.

    Attributes
    ----------
    row, link
        Intervals, and what they served before the step, shape ``(A,)``.
    later, noted
        Intervals that differ from the best schedule or did, and whether each is among them.
    others
        Buffer for intervals in the way.
    """

    row: Integers
    link: Integers
    later: Integers
    noted: Bools
    others: Integers


@kernel_part
def room_for_changes(active: int) -> Changes:
    """Return room for changes, with all intervals as those of the first step."""
    numbers = np.empty((3, active), np.int64)
    for a in range(active):
        numbers[0, a] = a
    noted, others = np.zeros(active, np.bool_), np.empty(_MOST_OTHERS, np.int64)
    return Changes(numbers[0], numbers[1], numbers[2], noted, others)


@kernel_part
def note(changed: Changes, count: int, known: int) -> int:
    """Note the intervals of a step; return how many are noted."""
    for i in range(count):
        a = changed.row[i]
        if not changed.noted[a]:
            changed.noted[a] = True
            changed.later[known] = a
            known += 1
    return known


@kernel_part
def write_down(changed: Changes, known: int, service: Integers, best: Integers) -> None:
    """Bring the best schedule up to date, and forget what was noted."""
    for i in range(known):
        a = changed.later[i]
        best[a], changed.noted[a] = service[a], False


@kernel_part
def begin(cells: Cells, service: Integers, bits: Floats) -> None:
    """Fill the bits of each target, shape ``(T,)``, and who holds receivers."""
    release(cells.sharing)
    each, place = cells.bits, cells.place
    for n in range(bits.size):
        bits[n] = 0.0
    for a in range(service.size):
        link = service[a]
        if link >= 0 and place[link] >= 0:
            deliver(cells.counted, cells, a, link, 1, bits)
            occupy(cells.sharing, a, link, each[a, link], place[link])


@kernel_part
def change_window(
    cells: Cells, price: Floats, low: int, high: int, service: Integers, bits: Floats,
    paths: WindowPaths, changed: Changes,
) -> int:  # fmt: skip
    """Serve a window at its best; return how many intervals differ from before.

    Receivers are taken from others whose services are worth less, which serve nothing then.
    """
    window_path(cells, price, low, high, service, paths, changed.others)
    counted, place, found = cells.counted, cells.place, paths.found
    row, link, count = changed.row, changed.link, int(np.int64(0))  # 0 would compile twice
    for a in range(low, high):
        old, new = service[a], found[a - low]
        if old != new:
            row[count], link[count] = a, old
            count += 1
            if old >= 0 and place[old] >= 0:
                deliver(counted, cells, a, old, -1, bits)
            if new >= 0:
                deliver(counted, cells, a, new, 1, bits)
    own = count
    count = _make_room(cells.sharing, cells, price, own, low, service, found, bits, changed)
    for i in range(own):
        service[row[i]] = found[row[i] - low]
    return count


@by_type
def _make_room(
    sharing: Sharing | Unshared, cells: Cells, price: Floats, own: int, low: int,
    service: Integers, found: Integers, bits: Floats, changed: Changes,
) -> int:  # fmt: skip
    """Let the first ``own`` intervals hold what they need; return how many have changed in all."""
    raise NotImplementedError(type(sharing).__name__)


@_make_room.register
def _nothing_to_take(
    sharing: Unshared, cells: Cells, price: Floats, own: int, low: int,
    service: Integers, found: Integers, bits: Floats, changed: Changes,
) -> int:  # fmt: skip
    return own


@_make_room.register
def _take_over(
    sharing: Sharing, cells: Cells, price: Floats, own: int, low: int,
    service: Integers, found: Integers, bits: Floats, changed: Changes,
) -> int:  # fmt: skip
    each, place, row, others, count = cells.bits, cells.place, changed.row, changed.others, own
    use_first, use_slot = sharing.use_first, sharing.use_slot
    for i in range(own):
        let_go(sharing, row[i], service[row[i]])
    for i in range(own):
        a = row[i]
        link = found[a - low]
        if link < 0:
            continue
        c = cell_of(sharing, a, link)
        for u in range(use_first[c], use_first[c + 1]):
            some, _ = in_the_way(sharing, price, use_slot[u], others)
            for j in range(some):
                v = others[j]
                row[count], changed.link[count] = v, service[v]
                deliver(cells.counted, cells, v, service[v], -1, bits)
                let_go(sharing, v, service[v])
                service[v] = -1
                count += 1
        occupy(sharing, a, link, each[a, link], place[link])
    return count


@by_type
def undo(
    sharing: Sharing | Unshared, cells: Cells, service: Integers, changed: Changes, count: int
) -> None:
    """Serve again what was served before a step."""
    raise NotImplementedError(type(sharing).__name__)


@undo.register
def _undo_services(
    sharing: Unshared, cells: Cells, service: Integers, changed: Changes, count: int
) -> None:
    row, link = changed.row, changed.link
    for i in range(count):
        service[row[i]] = link[i]


@undo.register
def _undo_sharing(
    sharing: Sharing, cells: Cells, service: Integers, changed: Changes, count: int
) -> None:
    row, link, each, place = changed.row, changed.link, cells.bits, cells.place
    for i in range(count):
        let_go(sharing, row[i], service[row[i]])
    for i in range(count):
        a, n = row[i], link[i]
        service[a] = n
        if n >= 0 and place[n] >= 0:
            occupy(sharing, a, n, each[a, n], place[n])
