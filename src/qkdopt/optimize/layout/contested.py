"""Which receivers more satellites could use than there are, and which blocks that ties together."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from qkdopt.arrays import Bools, Integers
from qkdopt.optimize.layout.blocks import Intervals, places
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.problem.receivers import SharedReceivers
from qkdopt.timegrid import switching_intervals


def shared_receivers(
    problem: SchedulingProblem,
    parts: Sequence[SchedulingProblem],
    link: Integers,
    active: Intervals,
) -> tuple[Integers, SharedReceivers | None]:
    """Return the component of each block, and the shared receivers with rows as in ``active``."""
    row, column, station = _all_uses(problem, parts, link, active)
    tau = np.array(
        [switching_intervals(at.switch_s, problem.interval_s) for at in problem.stations]
    )
    most = np.array([at.receivers for at in problem.stations])
    slots, slot = _Slots.of(station, active.interval[row], active.satellite[row], tau)
    contested = slots.contested(most)
    joined = _Union(int(active.block[-1]) + 1 if active.block.size else 0)
    block = np.zeros(contested.size, np.int64)
    block[slot] = active.block[row]
    for a, b in slots.neighbours(contested, block):
        joined.join(a, b)
    if not contested.any():
        return joined.labels(), None
    merged, which = slots.merged(contested)
    kept = contested[slot]
    shared = SharedReceivers(
        row=row[kept], column=column[kept], slot=which[slot[kept]], station=merged[0],
        interval=merged[1], satellite=merged[2], receivers=most[merged[0]], tau=tau[merged[0]],
        begin=np.zeros(1, np.int64),
    )  # fmt: skip
    return joined.labels(), shared


def _all_uses(
    problem: SchedulingProblem,
    parts: Sequence[SchedulingProblem],
    link: Integers,
    active: Intervals,
) -> tuple[Integers, Integers, Integers]:
    """Return row, column and station of every cell with bits; a pair's are listed twice."""
    found = [np.zeros((3, 0), np.int64)]
    for s, part in enumerate(parts):
        columns = places(link[s], problem.links_of(s))
        row, own = np.nonzero(part.bits.T)
        for end in range(max((len(stated.stations) for stated in part.links), default=0)):
            at = np.array([(*stated.stations, -1, -1)[end] for stated in part.links], np.int64)
            used = at[own] >= 0
            cells = own[used]
            found.append(np.stack([row[used] + active.begin[s], columns[cells], at[cells]]))
    row, column, station = np.concatenate(found, axis=1)
    return row, column, station


@dataclass(frozen=True, eq=False)
class _Slots:
    """Stations in intervals, each with a satellite that could use it; sorted in this order.

    ``tau`` are the intervals that the slot's station needs from one satellite to another, ``time``
    the interval, with those of different stations further apart than that.
    """

    station: Integers
    interval: Integers
    satellite: Integers
    tau: Integers
    time: Integers

    @classmethod
    def of(
        cls, station: Integers, interval: Integers, satellite: Integers, tau: Integers
    ) -> tuple[Self, Integers]:
        """Return the slots of all uses, and the number of each use's slot."""
        distinct, place = np.unique(interval, return_inverse=True)
        steps = np.minimum(np.diff(distinct), int(tau.max(initial=0)) + 1)
        at = np.cumsum([0, *steps.tolist()])[place]  # long gaps are cut: sums stay small
        wide, satellites = int(at.max(initial=0)) + 1, int(satellite.max(initial=0)) + 1
        key = (station * wide + at) * satellites + satellite
        first, slot = np.unique(key, return_index=True, return_inverse=True)[1:]
        own = station[first], interval[first], satellite[first]
        need = np.minimum(tau[own[0]], wide)
        return cls(*own, tau=need, time=own[0] * (2 * wide + 1) + at[first]), slot

    def contested(self, most: Integers) -> Bools:
        """Return which lie in ``tau + 1`` intervals with more satellites than ``most`` receivers.

        Of a satellite the last slot up to an interval counts: in all windows from it to the next.
        """
        begin = np.flatnonzero(np.diff(self.time, prepend=-1))  # windows end at each time
        time = self.time[begin]
        gone = self.time + self.tau + 1
        if self.tau.any():
            order = np.lexsort((self.time, self.satellite, self.station))
            same = np.diff(self.station[order]) == 0
            same &= np.diff(self.satellite[order]) == 0
            before, after = order[:-1][same], order[1:][same]
            gone[before] = np.minimum(gone[before], self.time[after])
        change = np.zeros(time.size + 1, np.int64)
        np.add.at(change, np.searchsorted(time, self.time), 1)
        np.add.at(change, np.searchsorted(time, gone), -1)
        full = np.cumsum(change)[:-1] > most[self.station[begin]]
        end = np.append(begin[1:], self.time.size)
        first = np.searchsorted(self.time, time - self.tau[begin])
        marks = np.zeros(self.time.size + 1, np.int64)
        np.add.at(marks, first[full], 1)
        np.add.at(marks, end[full], -1)
        return np.asarray(np.cumsum(marks)[:-1] > 0, bool)

    def neighbours(self, contested: Bools, block: Integers) -> Iterator[tuple[int, int]]:
        """Yield pairs of blocks with contested slots of a station within ``tau`` intervals.

        Those that are enough to join all, each once. ``block`` is that of each slot.
        """
        kept = np.flatnonzero(contested)
        near = np.diff(self.time[kept]) <= self.tau[kept[:-1]]
        pairs = np.stack([block[kept[:-1]][near], block[kept[1:]][near]])
        once = np.unique(pairs[0] * (int(block.max(initial=0)) + 1) + pairs[1], return_index=True)
        yield from map(tuple, pairs[:, np.sort(once[1])].T.tolist())

    def merged(self, contested: Bools) -> tuple[tuple[Integers, Integers, Integers], Integers]:
        """Return contested slots as they are priced, and which of them each slot is.

        Without set-up times one price does for all satellites of a station and interval, whose
        satellite is -1.
        """
        kept = np.flatnonzero(contested)
        named = np.where(self.tau[kept] > 0, self.satellite[kept], -1)
        new = (np.diff(self.time[kept], prepend=-1) != 0) | (np.diff(named, prepend=-2) != 0)
        which = np.full(contested.size, -1, np.int64)
        which[kept] = np.cumsum(new) - 1
        return (self.station[kept[new]], self.interval[kept[new]], named[new]), which


class _Union:
    """Which of ``count`` things belong together."""

    def __init__(self, count: int) -> None:
        self._up = list(range(count))

    def join(self, a: int, b: int) -> None:
        self._up[self._top(a)] = self._top(b)

    def _top(self, a: int) -> int:
        while self._up[a] != a:
            self._up[a] = self._up[self._up[a]]
            a = self._up[a]
        return a

    def labels(self) -> Integers:
        return np.array([self._top(a) for a in range(len(self._up))], np.int64)
