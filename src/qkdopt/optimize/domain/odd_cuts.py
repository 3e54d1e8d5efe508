"""Odd cuts: half the sum of an odd number of rows, rounded down, over cells of a component.

A *row* is some services of which few can take place: a satellite serves one cell of ``tau + 1``
intervals, taken one for each link; a station with ``c`` receivers serves ``c`` of the cells of
``tau' + 1`` intervals, taken one for each satellite. A schedule obeys each row, so it obeys half
the sum of some of them, and there fractions may be left out: they are less than 1 in all.
Where cells are served by halves, which rows to add up follows from elimination modulo 2.
Source: Caprara and Fischetti, {0, 1/2}-Chvatal-Gomory cuts, Mathematical Programming 74 (1996).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import NamedTuple

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.optimize.domain.sparse_cells import SparseCells

_TINY = 1e-7
_SERVED = 1e-6
_TRIALS = 4
_LEAST_VIOLATION = 0.02
_MOST_ODD, _MOST_LEFT = 12, 0.9  # cells served an odd number of times, and their services
_MOST_ROWS, _MOST_CELLS = 80, 500


@dataclass(frozen=True, eq=False)
class OddCut:
    """No schedule serves the cells more than ``most`` times in all, each counted so many times.

    Attributes
    ----------
    rows
        Cells of each row; those that do not count are left out.
    cuts
        Numbers of earlier cuts, which are rows, too.
    counts
        How often the service of each cell counts.
    """

    rows: tuple[tuple[int, ...], ...]
    cuts: tuple[int, ...]
    counts: dict[int, int]
    most: int


class _Owner(NamedTuple):
    """A satellite's block or a station: its cells by interval, each with its link or satellite."""

    tau: int
    most: int
    cells: dict[int, list[tuple[int, int]]]


class _Row(NamedTuple):
    """A row modulo 2: when it is, its cells as bits, and how many may be served.

    It is an earlier cut, or the row of an owner from a first interval on, or what changes that
    when one of its cells is exchanged for another.
    """

    time: int
    odd: int
    most: int
    window: tuple[int, int] = (-1, -1)
    cut: int | None = None
    exchange: tuple[int, int] | None = None


class OddCuts:
    """Finds cuts that fractions of services violate."""

    def __init__(self, sparse: SparseCells, time: Integers) -> None:
        self._time = time[sparse.cells.row]
        self._owners, self._windows = _owners(sparse)
        self._random = np.random.default_rng(0)

    def violated(self, x: Floats, known: Sequence[OddCut], most: int) -> list[OddCut]:
        """Return cuts that services ``x`` violate, shape ``(C,)``, at most so many."""
        served = np.flatnonzero(x > _SERVED)
        order = served[np.argsort(self._time[served], kind="stable")]
        bit = {int(cell): 1 << i for i, cell in enumerate(order.tolist())}
        rows = [*self._tight(x, served, bit), *self._tight_cuts(x, known, bit)]
        best: dict[frozenset[tuple[int, int]], tuple[float, OddCut]] = {}
        for combination in self._combinations(rows, x[order].tolist()):
            cut = self._cut([rows[i] for i in _bits(combination)], x, known)
            if cut is None:
                continue
            over = sum(count * float(x[c]) for c, count in cut.counts.items()) - cut.most
            depth = over / sqrt(sum(count * count for count in cut.counts.values()))
            key = frozenset(cut.counts.items())
            if over > _LEAST_VIOLATION and (key not in best or depth > best[key][0]):
                best[key] = depth, cut
        ranked = sorted(best.values(), key=lambda found: -found[0])
        return [cut for _, cut in ranked[:most]]

    def _tight(self, x: Floats, served: Integers, bit: dict[int, int]) -> Iterable[_Row]:
        """Yield rows that services fill, and what exchanging a cell of one for another changes."""
        windows = sorted({window for c in served.tolist() for window in self._windows[c]})
        for i, first in windows:
            owner, chosen = self._owners[i], self._chosen(i, first, x)
            used = [c for c in chosen.values() if c in bit]
            if abs(sum(float(x[c]) for c in used) - owner.most) > _TINY:
                continue
            time = int(self._time[used[0]])
            yield _Row(time, sum(bit[c] for c in used), owner.most, (i, first))
            for c, other in self._exchanges(i, first, x, chosen):
                yield _Row(time, bit[c] ^ bit[other], 0, (i, first), exchange=(c, other))

    def _chosen(self, i: int, first: int, x: Floats) -> dict[int, int]:
        """Return the cells of a row from an interval on: for each key the one served most."""
        owner, chosen = self._owners[i], dict[int, int]()
        for time in range(first, first + owner.tau + 1):
            for key, cell in owner.cells.get(time, ()):
                if key not in chosen or x[cell] > x[chosen[key]] + _TINY:
                    chosen[key] = cell
        return chosen

    def _exchanges(
        self, i: int, first: int, x: Floats, chosen: dict[int, int]
    ) -> Iterable[tuple[int, int]]:
        """Yield cells of a row, and others of the same key that are served as much."""
        owner = self._owners[i]
        for time in range(first, first + owner.tau + 1) if owner.tau else ():
            for key, cell in owner.cells.get(time, ()):
                own = chosen[key]
                if cell != own and x[own] > _SERVED and abs(x[cell] - x[own]) <= _TINY:
                    yield own, cell

    def _tight_cuts(
        self, x: Floats, known: Sequence[OddCut], bit: dict[int, int]
    ) -> Iterable[_Row]:
        for number, cut in enumerate(known):
            filled = sum(count * float(x[c]) for c, count in cut.counts.items())
            if abs(filled - cut.most) <= _TINY:
                odd = sum(bit[c] for c, count in cut.counts.items() if count % 2 and c in bit)
                time = min(int(self._time[c]) for c in cut.counts)
                yield _Row(time, odd, cut.most, cut=number)

    def _combinations(self, rows: list[_Row], x: list[float]) -> dict[int, None]:
        """Return sets of rows (as bits) that may be served oddly, but whose cells are not."""
        found: dict[int, None] = {}
        for trial in range(_TRIALS):
            spread = 10.0 * self._random.random(len(rows)) * (trial > 0)
            order = np.argsort([row.time for row in rows] + spread, kind="stable")
            known: dict[int, tuple[int, int, int]] = {}
            for i in order.tolist():
                odd, most, combined = rows[i].odd, rows[i].most % 2, 1 << i
                while True:
                    few = most and odd.bit_count() <= _MOST_ODD
                    if few and sum(x[k] for k in _bits(odd)) < _MOST_LEFT:
                        found[combined] = None
                    if not odd:
                        break
                    lowest = odd & -odd
                    if lowest not in known:
                        known[lowest] = odd, most, combined
                        break
                    other = known[lowest]
                    odd, most, combined = odd ^ other[0], most ^ other[1], combined ^ other[2]
        return found

    def _cut(self, rows: list[_Row], x: Floats, known: Sequence[OddCut]) -> OddCut | None:
        """Return half the sum of some rows, rounded down; ``None`` where that has no form."""
        cuts = tuple(row.cut for row in rows if row.cut is not None)
        made: dict[tuple[int, int], list[dict[int, int]]] = defaultdict(list)
        exchanged: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
        for row in rows:
            if row.exchange is not None:
                exchanged[row.window].append(row.exchange)
            elif row.cut is None:
                made[row.window].append({})
        for window, pairs in exchanged.items():
            if len({cell for cell, _ in pairs}) < len(pairs):
                return None
            if window not in made:  # as it is, and with the cells exchanged
                made[window] = [{}, {}]
            made[window][-1].update(pairs)
        every, most = list[list[int]](), sum(known[number].most for number in cuts)
        for (i, first), copies in made.items():
            chosen = self._chosen(i, first, x).values()
            most += self._owners[i].most * len(copies)
            every += [[changed.get(c, c) for c in chosen] for changed in copies]
        if len(every) > _MOST_ROWS:
            return None
        total = Counter(c for row in every for c in row)
        for number in cuts:
            total.update(known[number].counts)
        counts = {c: n // 2 for c, n in total.items() if n > 1}
        if len(counts) > _MOST_CELLS:
            return None
        kept = (tuple(c for c in row if c in counts) or (row[0],) for row in every)
        return OddCut(tuple(kept), cuts, counts, most // 2) if counts else None


def _owners(sparse: SparseCells) -> tuple[list[_Owner], list[list[tuple[int, int]]]]:
    """Return satellites' blocks and stations, and the windows that each cell is in."""
    cells, shared = sparse.cells, sparse.shared
    owners: dict[tuple[int, int], _Owner] = {}
    places: list[list[tuple[tuple[int, int], int]]] = [[] for _ in range(cells.row.size)]
    block = sparse.block_of_cell.tolist()
    columns, times = cells.column.tolist(), cells.interval[cells.row].tolist()

    def put(who: tuple[int, int], tau: int, most: int, time: int, key: int, cell: int) -> None:
        owner = owners.setdefault(who, _Owner(tau, most, {}))
        owner.cells.setdefault(time, []).append((key, cell))
        places[cell].append((who, time))

    for cell, (own, column, time) in enumerate(zip(block, columns, times, strict=True)):
        put((0, own), sparse.problem.tau, 1, time, column, cell)
        for k in cells.use_slot[cells.use_first[cell] : cells.use_first[cell + 1]].tolist():
            tau, most = int(shared.tau[k]), int(shared.receivers[k])
            key = int(shared.satellite[k]) if tau else cell
            put((1, int(shared.station[k])), tau, most, int(shared.interval[k]), key, cell)
    number = {who: i for i, who in enumerate(owners)}
    windows = [
        [(number[who], t - d) for who, t in at for d in range(owners[who].tau + 1)] for at in places
    ]
    return list(owners.values()), windows


def _bits(number: int) -> Iterable[int]:
    """Yield the places of the bits that are set."""
    while number:
        lowest = number & -number
        yield lowest.bit_length() - 1
        number ^= lowest
