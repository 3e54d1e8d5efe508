"""What stations are paid at most for their receivers, at prices of slots.

Any ``tau + 1`` intervals of a station with ``c`` receivers serve at most ``c`` satellites, so its
services can be dealt to ``c`` receivers, each with more than ``tau`` intervals from one satellite
to another. The station is paid at most ``c`` times the best plan of one receiver: the longest path
over the prices with satellites as links; with ``tau = 0`` the sum of all prices.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.optimize.domain import _joint_kernels as kernels
from qkdopt.optimize.problem.receivers import SharedReceivers

__all__ = ["StationPlans"]


@dataclass(frozen=True, eq=False)
class _SetUp:
    """The slots of all stations with one set-up time, as cells of a longest path."""

    cells: kernels.Cells
    slot: Integers
    begin: Integers
    receivers: Integers
    component: Integers


class StationPlans:
    """The best plans of all stations at prices of slots.

    ``component`` is that of each slot, shape ``(S,)``; there are ``count`` of them.
    """

    def __init__(self, shared: SharedReceivers, component: Integers, count: int) -> None:
        self._shared, self._component, self._count = shared, component, count
        self._at_once = np.where(shared.tau == 0, shared.receivers, 0)
        times = np.unique(shared.tau[shared.tau > 0])
        self._set_ups = [_set_up(shared, component, int(tau)) for tau in times]

    def at(self, price: Floats) -> tuple[Floats, Floats]:
        """Return what is paid at most, by component ``(K,)``, and for how many uses of each slot.

        ``price`` has shape ``(S,)``, and so has the second.
        """
        paid = np.zeros(self._count)
        paid += np.bincount(self._component, price * self._at_once, minlength=self._count)
        uses = self._at_once.astype(float)
        for plan in self._set_ups:
            worth = np.empty(plan.begin.size - 1)
            served = np.empty(plan.cells.interval.size, np.int64)
            kernels.best_paths(plan.cells, price[plan.slot], plan.begin, worth, served)
            paid += np.bincount(plan.component, worth * plan.receivers, minlength=self._count)
            chosen = plan.slot[served[served >= 0]]
            uses[chosen] = self._shared.receivers[chosen]
        return paid, uses


def _set_up(shared: SharedReceivers, component: Integers, tau: int) -> _SetUp:
    """Return the slots of the stations with a set-up time, one station after another."""
    slot = np.flatnonzero(shared.tau == tau)
    where = np.column_stack([shared.station[slot], shared.interval[slot]])
    rows, row = np.unique(where, axis=0, return_inverse=True)
    row = row.ravel()
    wide = int(shared.interval.max()) + tau + 2
    first = np.searchsorted(row, np.arange(len(rows) + 1))
    part = component[slot[first[:-1]]]
    cuts = np.flatnonzero((np.diff(rows[:, 0]) != 0) | (np.diff(part) != 0)) + 1
    begin = np.array([0, *cuts.tolist(), len(rows)], np.int64)
    none = np.zeros(slot.size + 1, np.int64)
    cells = kernels.Cells(
        first=first, row=row, column=np.ascontiguousarray(shared.satellite[slot]),
        use_first=none, use_slot=none[:0], interval=rows[:, 0] * wide + rows[:, 1], tau=tau,
        links=int(shared.satellite.max()) + 1,
    )  # fmt: skip
    heads = slot[first[begin[:-1]]]
    return _SetUp(cells, slot, begin, shared.receivers[heads], component[heads])
