"""Change windows of a schedule and take changes back, compiled; ``A`` active intervals."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from qkdopt.arrays import Bools, Floats, Integers
from qkdopt.compiled import kernel
from qkdopt.optimize.decomposition.sharing import in_the_way, occupy
from qkdopt.optimize.decomposition.window_path import Cells, WindowPaths, window_path

__all__ = ["Changes", "begin", "change_window", "note", "room_for_changes", "undo", "write_down"]

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


@kernel
def room_for_changes(active: int) -> Changes:
    """Return room for changes, with all intervals as those of the first step."""
    numbers = np.empty((3, active), np.int64)
    for a in range(active):
        numbers[0, a] = a
    noted, others = np.zeros(active, np.bool_), np.empty(_MOST_OTHERS, np.int64)
    return Changes(numbers[0], numbers[1], numbers[2], noted, others)


@kernel
def note(changed: Changes, count: int, known: int) -> int:
    """Note the intervals of a step; return how many are noted."""
    for i in range(count):
        a = changed.row[i]
        if not changed.noted[a]:
            changed.noted[a] = True
            changed.later[known] = a
            known += 1
    return known


@kernel
def write_down(changed: Changes, known: int, service: Integers, best: Integers) -> None:
    """Bring the best schedule up to date, and forget what was noted."""
    for i in range(known):
        a = changed.later[i]
        best[a], changed.noted[a] = service[a], False


@kernel
def _cell(first: Integers, column: Integers, a: int, link: int) -> int:
    """Return the number of a cell, -1 where it has no bits that count."""
    for c in range(first[a], first[a + 1]):
        if column[c] == link:
            return int(c)
    return -1


@kernel
def begin(cells: Cells, service: Integers, bits: Floats) -> None:
    """Fill the bits of each target, shape ``(T,)``, and who holds receivers."""
    bits[:], cells.sharing.holder[:] = 0.0, -1
    each, place, first, column = cells.bits, cells.place, cells.sharing.first, cells.sharing.column
    for a in range(service.size):
        link = service[a]
        if link >= 0 and place[link] >= 0:
            bits[place[link]] += each[a, link]
            if cells.sharing.begin.size:
                c = _cell(first, column, a, link)
                occupy(cells.sharing, a, c, each[a, link], place[link])


@kernel
def _put(cells: Cells, rows: Integers, links: Integers, count: int) -> None:
    """Let intervals that serve nothing hold the receivers of links, as far as there are any."""
    each, place, first, column = cells.bits, cells.place, cells.sharing.first, cells.sharing.column
    for i in range(count):
        a, link = rows[i], links[i]
        if link >= 0 and place[link] >= 0:
            c = _cell(first, column, a, link)
            occupy(cells.sharing, a, c, each[a, link], place[link])


@kernel
def _let_go(cells: Cells, rows: Integers, begin: int, end: int, service: Integers) -> None:
    """Let intervals no longer hold the receivers of what they serve."""
    first, column = cells.sharing.first, cells.sharing.column
    use_first, use_slot, holder = (
        cells.sharing.use_first, cells.sharing.use_slot, cells.sharing.holder,
    )  # fmt: skip
    for i in range(begin, end):
        a = rows[i]
        if service[a] < 0:
            continue
        c = _cell(first, column, a, service[a])
        if c < 0:
            continue
        for u in range(use_first[c], use_first[c + 1]):
            k = use_slot[u]
            for r in range(holder.shape[1]):
                if holder[k, r] == a:
                    holder[k, r] = -1


@kernel
def _take_over(
    cells: Cells, price: Floats, own: int, service: Integers, found: Integers, low: int,
    bits: Floats, changed: Changes,
) -> int:  # fmt: skip
    """Let the first ``own`` intervals hold what they need; return how many have changed in all."""
    sharing, each, place = cells.sharing, cells.bits, cells.place
    first, column, row, count = sharing.first, sharing.column, changed.row, own
    use_first, use_slot = sharing.use_first, sharing.use_slot
    for i in range(own):
        a = row[i]
        link = found[a - low]
        if link < 0:
            continue
        c = _cell(first, column, a, link)
        for u in range(use_first[c], use_first[c + 1]):
            some, _ = in_the_way(sharing, price, use_slot[u], changed.others)
            for j in range(some):
                v = changed.others[j]
                row[count], changed.link[count] = v, service[v]
                bits[place[service[v]]] -= each[v, service[v]]
                _let_go(cells, row, count, count + 1, service)
                service[v] = -1
                count += 1
        occupy(sharing, a, c, each[a, link], place[link])
    return count


@kernel
def change_window(
    cells: Cells, price: Floats, low: int, high: int, service: Integers, bits: Floats,
    paths: WindowPaths, changed: Changes,
) -> int:  # fmt: skip
    """Serve a window at its best; return how many intervals differ from before.

    Receivers are taken from others whose services are worth less, which serve nothing then.
    """
    window_path(cells, price, low, high, service, paths, changed.others)
    each, place, found, count = cells.bits, cells.place, paths.found, 0
    row, link, shared = changed.row, changed.link, cells.sharing.begin.size > 0
    for a in range(low, high):
        old, new = service[a], found[a - low]
        if old != new:
            row[count], link[count] = a, old
            count += 1
            if old >= 0 and place[old] >= 0:
                bits[place[old]] -= each[a, old]
            if new >= 0:
                bits[place[new]] += each[a, new]
            if not shared:
                service[a] = new
    if not shared:
        return count
    own = count
    _let_go(cells, row, 0, own, service)
    count = _take_over(cells, price, own, service, found, low, bits, changed)
    for i in range(own):
        service[row[i]] = found[row[i] - low]
    return count


@kernel
def undo(cells: Cells, service: Integers, changed: Changes, count: int) -> None:
    """Serve again what was served before a step."""
    row, link, shared = changed.row, changed.link, cells.sharing.begin.size > 0
    if shared:
        _let_go(cells, row, 0, count, service)
    for i in range(count):
        service[row[i]] = link[i]
    if shared:
        _put(cells, row, link, count)
