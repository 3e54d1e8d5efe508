"""Which receivers more satellites could use than there are, and which blocks that ties together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from qkdopt.arrays import Bools, Integers
from qkdopt.optimize.layout.blocks import Intervals, places
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.problem.receivers import SharedReceivers
from qkdopt.timegrid import switching_intervals

__all__ = ["shared_receivers"]


def shared_receivers(
    problem: SchedulingProblem,
    parts: Sequence[SchedulingProblem],
    link: Integers,
    active: Intervals,
) -> tuple[Integers, SharedReceivers | None]:
    """Return the component of each block, and the shared receivers with rows as in ``active``."""
    uses = _all_uses(problem, parts, link, active)
    row, station = uses[:, 0], uses[:, 2]
    interval, satellite = active.interval[row], active.satellite[row]
    tau = np.array(
        [switching_intervals(at.switch_s, problem.interval_s) for at in problem.stations]
    )
    most = np.array([at.receivers for at in problem.stations])
    slots, slot = np.unique(
        np.column_stack([station, interval, satellite]), axis=0, return_inverse=True
    )
    contested = _contested(slots, tau, most)
    joined = _Union(int(active.block[-1]) + 1 if active.block.size else 0)
    block = np.zeros(len(slots), np.int64)
    block[slot.ravel()] = active.block[row]
    for a, b in _neighbours(slots, tau, contested):
        joined.join(int(block[a]), int(block[b]))
    if not contested.any():
        return joined.labels(), None
    kept = contested[slot.ravel()]
    uses, slot = uses[kept], slot.ravel()[kept]
    # Without set-up times one price does for all satellites of a station and interval.
    named = np.where(tau[slots[:, 0]] > 0, slots[:, 2], -1)
    merged, number = np.unique(
        np.column_stack([slots[:, 0], slots[:, 1], named])[contested], axis=0, return_inverse=True
    )
    which = np.full(len(slots), -1, np.int64)
    which[contested] = number.ravel()
    shared = SharedReceivers(
        row=uses[:, 0], column=uses[:, 1], slot=which[slot], station=merged[:, 0],
        interval=merged[:, 1], satellite=merged[:, 2], receivers=most[merged[:, 0]],
        tau=tau[merged[:, 0]], begin=np.zeros(1, np.int64),
    )  # fmt: skip
    return joined.labels(), shared


def _all_uses(
    problem: SchedulingProblem,
    parts: Sequence[SchedulingProblem],
    link: Integers,
    active: Intervals,
) -> Integers:
    """Return row, column and station of every cell with bits, shape ``(uses, 3)``."""
    found = [np.zeros((0, 3), np.int64)]
    for s, part in enumerate(parts):
        columns = places(link[s], problem.links_of(s))
        for i, stated in enumerate(part.links):
            rows = np.flatnonzero(part.bits[i]) + active.begin[s]
            for station in stated.stations:
                other = np.full((rows.size, 2), [columns[i], station])
                found.append(np.column_stack([rows, other]))
    return np.concatenate(found)


def _windows(slots: Integers, tau: Integers) -> tuple[Integers, Integers]:
    """Return for each slot the first one, at its station, of the ``tau + 1`` intervals up to it."""
    wide = int(slots[:, 1].max(initial=0)) + int(tau.max(initial=0)) + 2
    time = slots[:, 0] * wide + slots[:, 1]
    first = np.searchsorted(time, np.maximum(time - tau[slots[:, 0]], slots[:, 0] * wide))
    return first, np.searchsorted(time, time, side="right")


def _contested(slots: Integers, tau: Integers, most: Integers) -> Bools:
    """Return which slots lie in ``tau + 1`` intervals with more satellites than receivers."""
    contested = np.zeros(len(slots), bool)
    first, end = _windows(slots, tau)
    many = end - first > most[slots[:, 0]]
    windows = np.unique(np.column_stack([first, end])[many], axis=0)
    satellites = slots[:, 2].tolist()
    for a, b in windows.tolist():
        if tau[slots[a, 0]] == 0 or len(set(satellites[a:b])) > most[slots[a, 0]]:
            contested[a:b] = True
    return contested


def _neighbours(slots: Integers, tau: Integers, contested: Bools) -> Iterator[tuple[int, int]]:
    """Yield pairs of contested slots of a station within ``tau`` intervals, enough to join all."""
    kept = np.flatnonzero(contested)
    station, time = slots[kept, 0], slots[kept, 1]
    near = (np.diff(station) == 0) & (np.diff(time) <= tau[station[:-1]])
    for i in np.flatnonzero(near).tolist():
        yield int(kept[i]), int(kept[i + 1])


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
