"""A window of a schedule replaced by the longest path at given prices, compiled.

``A`` active intervals, ``N`` links, ``T`` targets of positive weight. Where satellites share
receivers, a window may also take a receiver from others, for what their services are worth at the
same prices.
"""

from typing import NamedTuple

import numpy as np

from qkdopt.arrays import Floats, Integers, read_only
from qkdopt.compiled import by_type, kernel, kernel_part
from qkdopt.optimize.decomposition.sharing import Sharing, Unshared, in_the_way, sharing_of
from qkdopt.optimize.domain.delivery import Delivery

_NEVER = -1e300
LONGEST = 512
"""Intervals of a window, at most."""


class Direct(NamedTuple):
    """A service adds its bits to those of its target, one of few."""

    skies: int = 1


class ByScenario(NamedTuple):
    """A service adds other bits in each of ``M`` scenarios; those of a group stand together.

    Attributes
    ----------
    cell
        Row of the table, shape ``(A, N)``.
    table, group
        Shapes ``(C, M)`` and, by link, ``(N,)``.
    """

    cell: Integers
    table: Floats
    group: Integers


class Cells(NamedTuple):
    """What serving a link in an interval delivers, and how long hand-overs take.

    Attributes
    ----------
    bits
        ``bits[a, n] >= 0``, or gains at prices of 1; shape ``(A, N)``.
    interval, tau
        Global indices, shape ``(A,)``; hand-overs as in ``_path_kernels``.
    place
        Target of each link, -1 for one of weight 0, shape ``(N,)``.
    targets
        ``T``.
    sharing
        Receivers that satellites share.
    counted
        What a service adds to the ``numbers`` that the energy is of.
    """

    bits: Integers | Floats
    interval: Integers
    tau: int
    place: Integers
    targets: int
    sharing: Sharing | Unshared
    counted: Direct | ByScenario
    numbers: int


class WindowPaths(NamedTuple):
    """Buffers for windows of up to ``L`` intervals, and what was found.

    Attributes
    ----------
    pointed, best, origin
        Values by interval and link, and by interval; where each came from: shapes
        ``(L + 1, N)``, ``(L,)``, ``(L,)``.
    found
        The services of the window, shape ``(L,)``.
    lost
        What others lose by each service of the window, 0 outside of it; shape ``(L, N)``.
    """

    pointed: Floats
    best: Floats
    origin: Integers
    found: Integers
    lost: Floats


def cells_of(delivery: Delivery, bits: Integers | None = None) -> Cells:
    """Return the cells of a problem, or the same with other bits, shape ``(A, N)``."""
    problem = delivery.problem
    if bits is None:
        bits = np.ascontiguousarray(problem.bits.T)
    return Cells(
        read_only(bits), problem.interval, problem.tau, delivery.position, delivery.targets,
        sharing_of(delivery), Direct(), delivery.targets,
    )  # fmt: skip


@by_type
def deliver(
    counted: Direct | ByScenario, cells: Cells, a: int, link: int, times: int, bits: Floats
) -> None:
    """Add what a service delivers, or take it back with ``times`` = -1."""
    raise NotImplementedError(type(counted).__name__)


@deliver.register
def _deliver_bits(
    counted: Direct, cells: Cells, a: int, link: int, times: int, bits: Floats
) -> None:
    bits[cells.place[link]] += times * cells.bits[a, link]


@deliver.register
def _deliver_in_scenarios(
    counted: ByScenario, cells: Cells, a: int, link: int, times: int, bits: Floats
) -> None:
    row = counted.table[counted.cell[a, link]]
    own = bits[counted.group[link] * row.size : (counted.group[link] + 1) * row.size]
    for k in range(row.size):
        own[k] += times * row[k]


@kernel
def room_for(cells: Cells) -> WindowPaths:
    """Return buffers for any window."""
    links, longest = cells.bits.shape[1], min(cells.bits.shape[0], LONGEST)
    origin, found = np.empty(longest, np.int64), np.empty(longest, np.int64)
    pointed, lost = np.empty((longest + 1, links)), np.zeros((longest, links))
    return WindowPaths(pointed, np.empty(longest), origin, found, lost)


@kernel_part
def _served_before(service: Integers, interval: Integers, tau: int, low: int) -> tuple[int, int]:
    """Return link and time of a service that a hand-over in ``low`` would be too close to."""
    a = low - 1
    while a >= 0 and interval[low] - interval[a] <= tau:
        if service[a] >= 0:
            return int(service[a]), int(interval[a])
        a -= 1
    return -1, 0


@kernel_part
def _served_after(service: Integers, interval: Integers, tau: int, high: int) -> tuple[int, int]:
    """Return link and time of a service too close to a hand-over in ``high - 1``."""
    a = high
    while a < interval.size and interval[a] - interval[high - 1] <= tau:
        if service[a] >= 0:
            return int(service[a]), int(interval[a])
        a += 1
    return -1, 0


@by_type
def _charge_window(
    sharing: Sharing | Unshared, price: Floats, low: int, high: int, service: Integers,
    lost: Floats, others: Integers,
) -> None:  # fmt: skip
    """Fill what others lose by each service of a window."""
    raise NotImplementedError(type(sharing).__name__)


@_charge_window.register
def _charge_nothing(
    sharing: Unshared, price: Floats, low: int, high: int, service: Integers,
    lost: Floats, others: Integers,
) -> None:  # fmt: skip
    pass


@_charge_window.register
def _charge_receivers(
    sharing: Sharing, price: Floats, low: int, high: int, service: Integers,
    lost: Floats, others: Integers,
) -> None:  # fmt: skip
    first, column = sharing.first, sharing.column
    use_first, use_slot = sharing.use_first, sharing.use_slot
    holder, held, target = sharing.holder, sharing.bits, sharing.place
    tau, receivers = sharing.slots.tau, sharing.slots.receivers
    for a in range(low, high):
        for c in range(first[a], first[a + 1]):
            n, total = column[c], 0.0
            for u in range(use_first[c], use_first[c + 1]):
                k = use_slot[u]
                if tau[k] > 0 or receivers[k] > 1:
                    if service[a] != n:
                        total += in_the_way(sharing, price, k, others)[1]
                elif holder[k, 0] >= 0 and holder[k, 0] != a:
                    total += max(held[k, 0] * price[target[k, 0]], 0.0)
            lost[a - low, n] = total


@kernel_part
def _fill_window(
    cells: Cells, price: Floats, low: int, high: int, left: int, left_time: int, into: WindowPaths
) -> None:
    """Fill the largest value of each prefix of a window, by the link it ends on."""
    bits, interval, tau, place = cells.bits, cells.interval, cells.tau, cells.place
    pointed, best, origin, lost = into.pointed, into.best, into.origin, into.lost
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
                value += max(bits[low + i, n] * price[target] - lost[i, n], 0.0)
            pointed[i + 1, n] = value
            highest = max(highest, value)
        best[i] = highest


@kernel_part
def _best_end(pointed: Floats, i: int) -> int:
    """Return the first link of the largest value of a prefix."""
    best = 0
    for n in range(1, pointed.shape[1]):
        if pointed[i, n] > pointed[i, best]:
            best = n
    return best


@kernel
def window_path(
    cells: Cells, price: Floats, low: int, high: int, service: Integers, into: WindowPaths,
    others: Integers,
) -> None:  # fmt: skip
    """Write into ``into.found[:high - low]`` the best services of a window, the rest kept.

    ``price`` is that of a bit of each target, shape ``(T,)``; ``service`` the whole schedule: the
    last link served before the window and the first one after it bind the ends.
    """
    bits, interval, tau, place = cells.bits, cells.interval, cells.tau, cells.place
    pointed, best, origin, found = into.pointed, into.best, into.origin, into.found
    length = high - low
    left, left_time = _served_before(service, interval, tau, low)
    right, right_time = _served_after(service, interval, tau, high)
    _charge_window(cells.sharing, price, low, high, service, into.lost, others)
    _fill_window(cells, price, low, high, left, left_time, into)
    for i in range(length):
        found[i] = -1
    # Where the window ends: on the link that follows, or early enough for a hand-over.
    i, link = length - 1, -1
    if right < 0:
        link = _best_end(pointed, length)
    else:
        value = pointed[length, right]
        link = right
        b = length - 1
        while b >= 0 and right_time - interval[low + b] <= tau:
            b -= 1
        if b >= 0 and best[b] > value:
            i, link = b, _best_end(pointed, b + 1)
    while i >= 0:
        if pointed[i + 1, link] <= _NEVER:
            break  # there is no time to serve any link: the window stays empty
        target = place[link]
        worth = bits[low + i, link] * price[target]
        if target >= 0 and bits[low + i, link] > 0 and worth > into.lost[i, link]:
            found[i] = link
        before = best[origin[i]] if origin[i] >= 0 else _NEVER
        if origin[i] >= 0 and before > pointed[i, link]:
            i = int(origin[i])
            link = _best_end(pointed, i + 1)
        elif pointed[i, link] <= _NEVER:
            break  # no service before: the hand-over from the left is long enough
        else:
            i -= 1
