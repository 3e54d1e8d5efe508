"""The best services of one satellite, none counted for more than what is enough, compiled."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.compiled import kernel

__all__ = ["Passes", "best_services"]


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


@kernel
def best_services(
    passes: Passes, price: Floats, enough: Floats, delivered: Floats, service: Integers
) -> float:
    """Return the most that services gain, each counted for at most what is enough of its target.

    Parameters
    ----------
    price, enough
        Gain of a bit, and the bits that count, shapes ``(T,)``.
    delivered, service
        Receive what is counted in each block, shape ``(B, T)``, and the links of active
        intervals, -1 where none is served, shape ``(A,)``.
    """
    bits, target, interval, tau, begin = passes
    active, links = bits.shape
    most = np.zeros(active + 1)  # of services before each interval
    first, link = np.full(active + 1, -1), np.full(active + 1, -1)  # of the one that ends before it
    free, block = 0, 0
    for a in range(active):
        while begin[block + 1] <= a:
            block += 1
        if a > 0 and most[a - 1] >= most[a]:
            most[a], first[a] = most[a - 1], -1
        while interval[a] - interval[free] > tau:
            free += 1
        for n in range(links):
            t = target[n]
            if t < 0 or bits[a, n] <= 0 or price[t] <= 0.0:
                continue
            counted = 0.0
            for b in range(a, begin[block + 1]):
                counted = min(counted + bits[b, n], enough[t])
                value = most[free] + price[t] * counted
                if value > most[b + 1]:
                    most[b + 1], first[b + 1], link[b + 1] = value, a, n
                if counted >= enough[t]:
                    break
    delivered[:] = 0.0
    service[:] = -1
    end = active
    if active > 0 and most[active - 1] > most[active]:
        end = active - 1
    gained = most[end]
    while end > 0:
        if first[end] < 0:
            end -= 1
            continue
        n, counted = int(link[end]), 0.0
        for b in range(first[end], end):
            if bits[b, n] > 0:
                service[b] = n
                counted += bits[b, n]
        while begin[block] > first[end]:
            block -= 1
        delivered[block, target[n]] += min(counted, enough[target[n]])
        free = int(first[end])
        while free > 0 and interval[first[end]] - interval[free - 1] <= tau:
            free -= 1
        end = free
    return float(gained)
