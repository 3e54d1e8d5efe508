"""A window of a schedule replaced by the longest path at given prices, compiled.

``A`` active intervals, ``N`` links, ``T`` targets of positive weight.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.compiled import kernel

__all__ = ["LONGEST", "Cells", "WindowPaths", "window_path"]

_NEVER = -1e300
LONGEST = 512
"""Intervals of a window, at most."""


class Cells(NamedTuple):
    """What serving a link in an interval delivers, and how long hand-overs take.

    Attributes
    ----------
    bits
        ``bits[a, n] >= 0``, shape ``(A, N)``.
    interval, tau
        Global indices, shape ``(A,)``; hand-overs as in ``_path_kernels``.
    place
        Target of each link, -1 for one of weight 0, shape ``(N,)``.
    targets
        ``T``.
    """

    bits: Integers
    interval: Integers
    tau: int
    place: Integers
    targets: int


class WindowPaths(NamedTuple):
    """Buffers for windows of up to ``L`` intervals, and what was found.

    Attributes
    ----------
    pointed, best, origin
        Values by interval and link, and by interval; where each came from: shapes
        ``(L + 1, N)``, ``(L,)``, ``(L,)``.
    found
        The services of the window, shape ``(L,)``.
    """

    pointed: Floats
    best: Floats
    origin: Integers
    found: Integers


@kernel
def _served_before(service: Integers, interval: Integers, tau: int, low: int) -> tuple[int, int]:
    """Return link and time of a service that a hand-over in ``low`` would be too close to."""
    a = low - 1
    while a >= 0 and interval[low] - interval[a] <= tau:
        if service[a] >= 0:
            return int(service[a]), int(interval[a])
        a -= 1
    return -1, 0


@kernel
def _served_after(service: Integers, interval: Integers, tau: int, high: int) -> tuple[int, int]:
    """Return link and time of a service too close to a hand-over in ``high - 1``."""
    a = high
    while a < interval.size and interval[a] - interval[high - 1] <= tau:
        if service[a] >= 0:
            return int(service[a]), int(interval[a])
        a += 1
    return -1, 0


@kernel
def _fill_window(
    cells: Cells, price: Floats, low: int, high: int, left: int, left_time: int, into: WindowPaths
) -> None:
    """Fill the largest value of each prefix of a window, by the link it ends on."""
    bits, interval, tau, place = cells.bits, cells.interval, cells.tau, cells.place
    pointed, best, origin = into.pointed, into.best, into.origin
    links, length = bits.shape[1], high - low
    for n in range(links):
        pointed[0, n] = 0.0 if left < 0 or n == left else _NEVER
    departure, free, start = 0, (0.0 if left < 0 else _NEVER), -1
    for i in range(length):
        now = interval[low + i]
        if left >= 0 and free < 0.0 and now - left_time > tau:
            free = 0.0
        while departure < i and now - interval[low + departure] > tau:
            if best[departure] > free:
                free, start = best[departure], departure
            departure += 1
        origin[i] = start
        highest = _NEVER
        for n in range(links):
            value = max(pointed[i, n], free)
            target = place[n]
            if target >= 0 and bits[low + i, n] > 0 and value > _NEVER:
                value += max(bits[low + i, n] * price[target], 0.0)
            pointed[i + 1, n] = value
            highest = max(highest, value)
        best[i] = highest


@kernel
def window_path(
    cells: Cells, price: Floats, low: int, high: int, service: Integers, into: WindowPaths
) -> None:
    """Write into ``into.found[:high - low]`` the best services of a window, the rest kept.

    ``price`` is that of a bit of each target, shape ``(T,)``; ``service`` the whole schedule: the
    last link served before the window and the first one after it bind the ends.
    """
    bits, interval, tau, place = cells.bits, cells.interval, cells.tau, cells.place
    pointed, best, origin, found = into.pointed, into.best, into.origin, into.found
    length = high - low
    left, left_time = _served_before(service, interval, tau, low)
    right, right_time = _served_after(service, interval, tau, high)
    _fill_window(cells, price, low, high, left, left_time, into)
    found[:length] = -1
    # Where the window ends: on the link that follows, or early enough for a hand-over.
    i, link = length - 1, -1
    if right < 0:
        link = int(np.argmax(pointed[length]))
    else:
        value = pointed[length, right]
        link = right
        b = length - 1
        while b >= 0 and right_time - interval[low + b] <= tau:
            b -= 1
        if b >= 0 and best[b] > value:
            i, link = b, int(np.argmax(pointed[b + 1]))
    while i >= 0:
        if pointed[i + 1, link] <= _NEVER:
            break  # there is no time to serve any link: the window stays empty
        target = place[link]
        if target >= 0 and bits[low + i, link] > 0 and price[target] > 0.0:
            found[i] = link
        before = best[origin[i]] if origin[i] >= 0 else _NEVER
        if origin[i] >= 0 and before > pointed[i, link]:
            i = int(origin[i])
            link = int(np.argmax(pointed[i + 1]))
        elif pointed[i, link] <= _NEVER:
            break  # no service before: the hand-over from the left is long enough
        else:
            i -= 1
