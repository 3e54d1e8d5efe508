"""Further columns of a block: those at hand with one hand-over some intervals sooner or later.

Where a session's key grows faster than its length, schedules between two hand-overs at the ends are
best at no prices, so longest paths never find them; a level that all targets reach needs them.
"""

from collections.abc import Iterator

import numpy as np

from qkdopt.arrays import Bools, Floats, Integers
from qkdopt.optimize.domain.blocks import Blocks
from qkdopt.optimize.schedule import IDLE

_FARTHEST = 6  # intervals


def move_handovers(blocks: Blocks, block: int, services: Integers) -> tuple[Integers, Floats]:
    """Return the schedules of a block that differ by one hand-over, and their bits by target.

    Shapes ``(K, intervals)`` and ``(K, T)``; none where bits of intervals add up, under operations
    and for several satellites. ``services`` are legal ones of the block.
    """
    delivery, problem = blocks.delivery, blocks.delivery.problem
    alone = problem.joined is None and problem.receivers is None
    sessions = problem.sessions if alone and problem.rules == ("sessions",) else None
    if sessions is None:
        return services[:0], np.zeros((0, delivery.targets))
    inside = slice(blocks.begin[block], blocks.begin[block + 1])
    found = [moved for service in services for moved in _moved(service)]
    moved = np.unique(np.array(found, np.int64).reshape(-1, services.shape[1]), axis=0)
    moved = moved[_legal(blocks, inside, moved)]
    row, served = sessions.served_in_rows(moved, inside.start)
    bits = np.zeros((len(moved), delivery.targets))
    np.add.at(bits, (row, delivery.position[served.link]), served.bits)
    return moved, bits


def _moved(service: Integers) -> Iterator[Integers]:
    """Yield the schedules in which a stretch of idling between services is moved."""
    served = np.flatnonzero(service != IDLE)
    if not served.size:
        return
    ends = np.flatnonzero(np.diff(service[served]) != 0)
    gaps = [(int(served[i]) + 1, int(served[i + 1])) for i in ends]
    for begin, end in [(0, int(served[0])), *gaps, (int(served[-1]) + 1, service.size)]:
        before = service[begin - 1] if begin else IDLE
        after = service[end] if end < service.size else IDLE
        for by in range(1, _FARTHEST + 1):
            if begin + by <= service.size:
                later = service.copy()
                later[begin + by : end + by] = IDLE
                later[begin : begin + by] = before
                yield later
            if end >= by:
                sooner = service.copy()
                sooner[max(begin - by, 0) : end - by] = IDLE
                sooner[end - by : end] = after
                yield sooner


def _legal(blocks: Blocks, inside: slice, services: Integers) -> Bools:
    """Return which schedules serve links that can be, with time for every hand-over."""
    delivery, count = blocks.delivery, np.arange(services.shape[1])
    problem, serves = delivery.problem, services != IDLE
    able = ~delivery.never[inside]
    legal = (able[count, services] | ~serves).all(axis=1)
    last = np.maximum.accumulate(np.where(serves, count, -1), axis=1)
    before = np.concatenate([np.full((len(services), 1), -1), last[:, :-1]], axis=1)
    link = np.take_along_axis(services, np.maximum(before, 0), axis=1)
    times = problem.interval[inside]
    turns = serves & (before >= 0) & (link != services)
    legal &= ~(turns & (times - times[before] <= problem.tau)).any(axis=1)
    return np.asarray(legal)
