"""What stations are paid at most for their receivers, at prices of slots.

Any ``tau + 1`` intervals of a station with ``c`` receivers serve at most ``c`` satellites, so its
services can be dealt to ``c`` receivers, each with more than ``tau`` intervals from one satellite
to another. The station is paid at most ``c`` times the best plan of one receiver: the longest path
over the prices with satellites as links; with ``tau = 0`` the sum of all prices.
"""

import numpy as np

from qkdopt.arrays import Integers
from qkdopt.optimize.domain._descent_kernels import Market
from qkdopt.optimize.domain._joint_kernels import Cells
from qkdopt.optimize.domain.trellis.graph import before_on_link
from qkdopt.optimize.problem.receivers import SharedReceivers


def market_of(cells: Cells, shared: SharedReceivers, component: Integers) -> Market:
    """Return who uses which receivers; ``component`` is that of each slot, shape ``(S,)``."""
    count = np.arange(shared.begin.size)
    slot = np.argsort(component, kind="stable")
    turning = slot[shared.tau[slot] > 0]
    station, interval, part = shared.station[turning], shared.interval[turning], component[turning]
    apart = np.diff(station, prepend=-1) != 0  # slots are sorted by station, interval
    apart |= np.diff(part, prepend=-1) != 0
    longest = int(shared.tau.max(initial=0)) + 1
    since = np.where(apart[1:], longest, np.minimum(np.diff(interval), longest))
    at = np.cumsum(np.append(np.zeros(min(turning.size, 1), np.int64), since))
    first = np.flatnonzero(np.diff(at, prepend=-1))  # slots that begin an interval
    time = at[first]
    begin = np.flatnonzero(apart[first])
    heads = turning[first[begin]]
    satellite = np.ascontiguousarray(shared.satellite[turning])
    none = np.zeros(turning.size + 1, np.int64)
    plans = Cells(
        first=np.append(first, turning.size),
        row=np.searchsorted(first, np.arange(turning.size), side="right") - 1,
        column=satellite,
        before=before_on_link(satellite),
        use_first=none,
        use_slot=none[:0],
        interval=time,
        ready=np.searchsorted(time, time - shared.tau[turning[first]]),
        links=int(satellite.max(initial=-1)) + 1,
    )
    return Market(
        cells=cells,
        row=np.array(shared.begin),
        slot_first=np.searchsorted(component[slot], count),
        slot=slot,
        at_once=np.where(shared.tau == 0, shared.receivers, 0).astype(float),
        plans=plans,
        plan_slot=turning,
        plan_begin=np.append(begin, time.size),
        plan_first=np.searchsorted(component[heads], count),
        receivers=shared.receivers[heads],
    )
