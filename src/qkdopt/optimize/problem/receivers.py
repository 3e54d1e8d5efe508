"""Receivers that several satellites share, in a problem laid out as that of one satellite."""

from dataclasses import dataclass

import numpy as np

from qkdopt.arrays import Bools, Integers


@dataclass(frozen=True, eq=False, kw_only=True)
class SharedReceivers:
    """Slots of receivers: what uses them, how many there are, and where the horizon falls apart.

    A *slot* is a station in an interval (for one satellite, where the station needs time to turn
    from one satellite to another); only those that more satellites could use than there are
    receivers are listed. ``S`` slots, ``U`` uses; a link to a pair uses two slots at a time.

    Attributes
    ----------
    row, column, slot
        Use ``u`` is the service of link ``column[u]`` in active interval ``row[u]``, in a receiver
        of ``slot[u]``; sorted by row, then column; shape ``(U,)``.
    station, interval, satellite
        Of each slot, sorted by station, interval, satellite (-1 where the slot is for any), shape
        ``(S,)``.
    receivers, tau
        Of the slot's station: how many satellites it can serve at once, and how many intervals a
        receiver needs from one satellite to another; shape ``(S,)``.
    begin
        First active interval of each part of the horizon that shares no receiver with another
        part, then ``A``.
    """

    row: Integers
    column: Integers
    slot: Integers
    station: Integers
    interval: Integers
    satellite: Integers
    receivers: Integers
    tau: Integers
    begin: Integers

    def uses(self, service: Integers) -> Integers:
        """Return the numbers of the uses that services make, rising."""
        served: Bools = service[self.row] == self.column
        return np.flatnonzero(served)

    def obeyed(self, service: Integers) -> bool:
        """Say whether no station serves more satellites than it can."""
        slots, count = np.unique(self.slot[self.uses(service)], return_counts=True)
        at_once = self.tau[slots] == 0
        if (count[at_once] > self.receivers[slots[at_once]]).any():
            return False
        turning = slots[~at_once]
        return all(
            self._fits(turning[self.station[turning] == station])
            for station in np.unique(self.station[turning])
        )

    def _fits(self, slots: Integers) -> bool:
        """Say whether any ``tau + 1`` intervals have few enough satellites, at one station."""
        most, tau = int(self.receivers[slots[0]]), int(self.tau[slots[0]])
        interval, satellite = self.interval[slots], self.satellite[slots]
        first = np.searchsorted(interval, interval - tau)
        return all(
            len(set(satellite[a : b + 1].tolist())) <= most for b, a in enumerate(first.tolist())
        )
