"""Windows of a schedule replaced by longest paths at changing prices, compiled.

Arrays in, arrays out; ``A`` active intervals, ``N`` links, ``T`` targets of positive weight.

bits
    ``bits[a, n] >= 0``, shape ``(A, N)``.
interval, tau
    Global indices, shape ``(A,)``; hand-overs as in ``_path_kernels``.
place
    Target of each link in ``wanted``, -1 for one of weight 0, shape ``(N,)``.
wanted
    Shares ``q > 0`` of the targets, shape ``(T,)``.
"""

from __future__ import annotations

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.compiled import kernel

__all__ = ["divergence", "improve", "window_path"]

_NEVER = -1e300


@kernel
def divergence(delivered: Floats, wanted: Floats) -> float:
    """Return ``KL(E / S || q)`` [nats], infinite when nothing is delivered."""
    total = delivered.sum()
    if not total > 0.0:
        return np.inf
    result = 0.0
    for n in range(wanted.size):
        if delivered[n] > 0.0:
            share = delivered[n] / total
            result += share * np.log(share / wanted[n])
    return result


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
    bits: Integers,
    interval: Integers,
    tau: int,
    place: Integers,
    price: Floats,
    low: int,
    high: int,
    left: int,
    left_time: int,
    pointed: Floats,
    best: Floats,
    origin: Integers,
) -> None:
    """Fill the most that each prefix of a window is worth, by the link it ends on."""
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
    bits: Integers,
    interval: Integers,
    tau: int,
    place: Integers,
    price: Floats,
    low: int,
    high: int,
    service: Integers,
    pointed: Floats,
    best: Floats,
    origin: Integers,
    found: Integers,
) -> None:
    """Write into ``found[:high - low]`` the best services of a window, the rest kept.

    ``service`` is the whole schedule; the last link served before the window and the first
    one after it bind the ends. ``pointed`` has shape ``(L + 1, N)``, ``best`` and ``origin``
    shape ``(L,)`` with ``L >= high - low``.
    """
    length = high - low
    left, left_time = _served_before(service, interval, tau, low)
    right, right_time = _served_after(service, interval, tau, high)
    _fill_window(
        bits, interval, tau, place, price, low, high, left, left_time, pointed, best, origin
    )
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
            break  # there is no time to serve anybody: the window stays empty
        target = place[link]
        if target >= 0 and bits[low + i, link] > 0 and price[target] > 0.0:
            found[i] = link
        before = best[origin[i]] if origin[i] >= 0 else _NEVER
        if origin[i] >= 0 and before > pointed[i, link]:
            i = int(origin[i])
            link = int(np.argmax(pointed[i + 1]))
        elif pointed[i, link] <= _NEVER:
            break  # nobody before: the hand-over from the left is long enough
        else:
            i -= 1


@kernel
def improve(
    bits: Integers,
    interval: Integers,
    tau: int,
    place: Integers,
    wanted: Floats,
    kl_max: float,
    mu: float,
    hot: float,
    cold: float,
    steps: int,
    random: np.random.Generator,
    service: Integers,
    best_service: Integers,
    best_total: float,
) -> float:
    """Anneal ``service`` for ``steps`` windows; return the best allowed total.

    The energy is ``S - 2 mu S max(0, KL - kl_max)``; each window is solved at prices tangent
    to the divergence where the schedule stands, with noise. ``service`` is left where the
    walk ends; ``best_service`` holds the best allowed schedule.
    """
    active, links = bits.shape
    targets = wanted.size
    longest = min(active, 512)
    pointed = np.empty((longest + 1, links))
    best, origin = np.empty(longest), np.empty(longest, np.int64)
    found = np.empty(longest, np.int64)
    delivered = np.zeros(targets)
    for a in range(active):
        if service[a] >= 0:
            delivered[place[service[a]]] += bits[a, service[a]]
    kl = divergence(delivered, wanted)
    energy = 0.0
    if kl < np.inf:
        energy = delivered.sum() * (1.0 - 2.0 * mu * max(0.0, kl - kl_max))
    price, changed = np.empty(targets), np.empty(targets)
    for step in range(steps):
        heat = hot * (cold / hot) ** (step / steps)
        length = int(2.0 ** (1.0 + 8.0 * random.random()))
        low = int(random.random() * active)
        high = min(active, low + min(length, longest))
        slope = 2.0 * mu * random.random()
        noise = 0.3 * random.random() ** 3
        total = delivered.sum()
        for n in range(targets):
            share = max(delivered[n] / total, 1e-9) if total > 0.0 else wanted[n]
            price[n] = 1.0 - slope * (np.log(share / wanted[n]) - kl_max)
            price[n] += noise * random.standard_normal()
        window_path(
            bits, interval, tau, place, price, low, high, service, pointed, best, origin, found
        )
        changed[:] = delivered
        for a in range(low, high):
            if service[a] >= 0:
                changed[place[service[a]]] -= bits[a, service[a]]
            if found[a - low] >= 0:
                changed[place[found[a - low]]] += bits[a, found[a - low]]
        total = changed.sum()
        kl = divergence(changed, wanted)
        if not total > 0.0:
            continue
        new = total * (1.0 - 2.0 * mu * max(0.0, kl - kl_max))
        if new >= energy + heat * np.log(random.random()):
            energy = new
            delivered[:] = changed
            service[low:high] = found[: high - low]
            if kl <= kl_max and total > best_total:
                best_total = total
                best_service[:] = service
    return best_total
