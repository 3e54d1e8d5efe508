"""The dynamic programme over one satellite's schedules, compiled.

Arrays in, arrays out; ``A`` active intervals, ``N`` links. Indices are unsigned inside:
numba then drops its check for negative ones, which makes the forward sweep 1.5 times faster.

gain
    ``gain[a, n] >= 0``: the value of serving link ``n`` in active interval ``a``, 0 also
    where it may not be served; shape ``(A, N)``.
interval
    Global indices ``t[a]``, increasing; shape ``(A,)``.
tau
    A hand-over from ``a`` to ``a'`` needs ``t[a'] - t[a] > tau``.
"""

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.compiled import kernel


@kernel
def forward(
    gain: Integers, interval: Integers, tau: int, pointed: Integers, best: Integers
) -> None:
    """Fill the values of the best schedules of each prefix of the horizon.

    ``pointed[a + 1, n]`` is the largest value up to interval ``a`` if the satellite
    then points at link ``n`` and could have served it. Turning early and idling is allowed,
    so values never fall with ``a`` and no other state is needed:

        pointed[a + 1, n] = gain[a, n] + max(pointed[a, n], best[b])
        best[a]           = max_n pointed[a + 1, n]

    with ``b`` the last interval such that ``t[a] - t[b] > tau`` (0 if there is none).
    ``pointed`` has shape ``(A + 1, N)`` and a row of zeros on top, ``best`` shape ``(A,)``.
    """
    one = np.uint64(1)
    departure = np.uint64(0)
    free = 0
    for a in range(np.uint64(gain.shape[0])):
        while interval[a] - interval[departure] > tau:
            free = best[departure]
            departure += one
        highest = 0
        for n in range(np.uint64(gain.shape[1])):
            value = max(pointed[a, n], free) + gain[a, n]
            pointed[a + one, n] = value
            highest = max(highest, value)
        best[a] = highest


@kernel
def trace_back(
    gain: Integers,
    interval: Integers,
    tau: int,
    pointed: Integers,
    best: Integers,
    service: Integers,
) -> None:
    """Fill ``service[a]`` with the link of one best schedule, or -1; shape ``(A,)``."""
    service[:] = -1
    a = gain.shape[0] - 1
    while a >= 0 and best[a] > 0:
        link = 0
        while pointed[a + 1, link] != best[a]:
            link += 1
        departure = a
        turned = False
        while not turned:
            while departure >= 0 and interval[a] - interval[departure] <= tau:
                departure -= 1
            free = best[departure] if departure >= 0 else 0
            if gain[a, link] > 0:
                service[a] = link
            turned = pointed[a + 1, link] - gain[a, link] == free
            a -= 1
        a = departure


@kernel
def longest_path(
    gain: Integers,
    interval: Integers,
    tau: int,
    pointed: Integers,
    best: Integers,
    service: Integers,
) -> None:
    """Run :func:`forward` and :func:`trace_back` in one call."""
    forward(gain, interval, tau, pointed, best)
    trace_back(gain, interval, tau, pointed, best, service)


@kernel
def add_delivered(
    service: Integers, begin: Integers, bits: Floats, target: Integers, delivered: Floats
) -> None:
    """Add up what services deliver to each target in each block.

    ``service`` has the link of each interval, or -1, ``begin`` the first interval of each block,
    then ``A``, ``bits`` has shape ``(A, N)``, ``target`` the place of each link's target or -1,
    ``delivered`` has shape ``(B, T)``.
    """
    for block in range(begin.size - 1):
        for a in range(begin[block], begin[block + 1]):
            n = service[a]
            if n >= 0 and target[n] >= 0:
                delivered[block, target[n]] += bits[a, n]
