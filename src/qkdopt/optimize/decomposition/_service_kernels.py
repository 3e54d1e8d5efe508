"""The best services of one satellite, none counted for more than what is enough, compiled."""

from typing import NamedTuple

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.compiled import kernel, kernel_part


class Passes(NamedTuple):
    """What services deliver, and how long hand-overs take.

    Attributes
    ----------
    bits
        Of serving link ``n`` in interval ``a``, shape ``(A, N)``.
    target
        Of each link, -1 for one that does not count, shape ``(N,)``.
    interval, tau
        Global indices, shape ``(A,)``; a hand-over needs more than ``tau`` between two of them.
    begin
        First interval of each block, then ``A``; shape ``(B + 1,)``.
    """

    bits: Integers
    target: Integers
    interval: Integers
    tau: int
    begin: Integers


class Wanted(NamedTuple):
    """What services gain, and which have to take place.

    Attributes
    ----------
    price, enough
        Gain of a bit, and the bits that count, shapes ``(T,)``.
    satisfies
        Which required services of its block a cell is, a bit for each, shape ``(A, N)``.
    required
        Those of each block, all bits from the lowest on, shape ``(B,)``.
    """

    price: Floats
    enough: Floats
    satisfies: Integers
    required: Integers


@kernel
def best_services(passes: Passes, wanted: Wanted, delivered: Floats, service: Integers) -> float:
    """Return the most that services gain, each counted for at most what is enough of its target.

    ``-inf`` where required services cannot all take place. ``delivered``, shape ``(B, T)``, and
    ``service``, shape ``(A,)``, receive what is counted in each block, and the links of active
    intervals, -1 where none is served.
    """
    delivered[:] = 0.0
    service[:] = -1
    gained = 0.0
    for b in range(passes.begin.size - 1):
        gained += _of_block(passes, wanted, b, delivered[b], service)
    return gained


@kernel_part
def _of_block(
    passes: Passes, wanted: Wanted, block: int, delivered: Floats, service: Integers
) -> float:
    """Return the most that services of a block gain; by the required ones that took place."""
    bits, target, interval, tau, begin = passes
    low, high, full = begin[block], begin[block + 1], wanted.required[block]
    late = _late(wanted.satisfies, low, high, full)
    most = np.full((high - low + 1, full + 1), -np.inf)  # of services before each interval
    came = np.full(
        (high - low + 1, full + 1, 3), -1
    )  # first interval, link, what took place before
    most[0, 0] = 0.0
    free = low
    for a in range(low, high + 1):
        here = a - low
        for m in range(full + 1):
            if here > 0 and most[here - 1, m] >= most[here, m] and late[here] & ~m == 0:
                most[here, m], came[here, m, 0] = most[here - 1, m], -1
        if a == high:
            break
        while interval[a] - interval[free] > tau:
            free += 1
        for n in range(bits.shape[1]):
            if target[n] >= 0 and bits[a, n] > 0:
                _extend(passes, wanted, (low, high, free, a, n), late, most, came)
    gained = most[high - low, full]
    if gained > -np.inf:
        _trace(passes, wanted.enough, block, came, delivered, service)
    return float(gained)


@kernel_part
def _late(satisfies: Integers, low: int, high: int, full: int) -> Integers:
    """Return what must have taken place before each interval, shape ``(intervals + 1,)``."""
    late = np.full(high - low + 1, full)
    for a in range(high - 1, low - 1, -1):
        still = full & ~late[a - low + 1]
        for n in range(satisfies.shape[1]):
            still |= satisfies[a, n]
        late[a - low] = full & ~still
    return late


@kernel_part
def _extend(
    passes: Passes,
    wanted: Wanted,
    where: tuple[int, int, int, int, int],
    late: Integers,
    most: Floats,
    came: Integers,
) -> None:
    """Let link ``n`` be served from interval ``a`` on, up to every later one of the block."""
    low, high, free, a, n = where
    bits, satisfies = passes.bits, wanted.satisfies
    price, enough = max(wanted.price[passes.target[n]], 0.0), wanted.enough[passes.target[n]]
    rest = 0
    for b in range(a, high):
        rest |= satisfies[b, n]
    if price == 0.0 and rest == 0:
        return
    counted, met = 0.0, 0
    for b in range(a, high):
        if bits[b, n] <= 0:
            continue
        counted = min(counted + bits[b, n], enough)
        met |= satisfies[b, n]
        for m in range(most.shape[1]):
            value, new = most[free - low, m] + price * counted, m | met
            if value > most[b + 1 - low, new] and late[b + 1 - low] & ~new == 0:
                most[b + 1 - low, new] = value
                came[b + 1 - low, new, 0], came[b + 1 - low, new, 1] = a, n
                came[b + 1 - low, new, 2] = m
        if met == rest and (counted >= enough or price == 0.0):
            break


@kernel_part
def _trace(
    passes: Passes, enough: Floats, block: int, came: Integers, delivered: Floats, service: Integers
) -> None:
    """Write the services of a block, and what is counted of each."""
    bits, target, interval, tau, begin = passes
    low, end, m = begin[block], begin[block + 1], came.shape[1] - 1
    while end > low:
        first, n = came[end - low, m, 0], came[end - low, m, 1]
        if first < 0:
            end -= 1
            continue
        counted = 0.0
        for b in range(first, end):
            if bits[b, n] > 0:
                service[b] = n
                counted += bits[b, n]
        delivered[target[n]] += min(counted, enough[target[n]])
        m, end = came[end - low, m, 2], first
        while end > low and interval[first] - interval[end - 1] <= tau:
            end -= 1
