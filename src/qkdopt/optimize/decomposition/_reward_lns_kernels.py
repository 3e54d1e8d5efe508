"""Anneal a whole schedule, window by window, towards the largest reward, compiled.

Arrays in, arrays out; ``A`` active intervals, ``N`` links, ``T`` targets.

bits, interval, tau, place
    As in :mod:`qkdopt.optimize.decomposition.window_path`: bits by interval and link, shape
    ``(A, N)``; the target of each link, shape ``(N,)``.
goal, rate
    Bits sought for each target, and the penalty of a missing one, shape ``(T,)``.
least
    Lower bounds: with fewer bits a schedule has no value, shape ``(T,)``.
earn, cap
    What a bit of each target earns up to a cap, shape ``(T,)``.
share, stock
    Where ``share`` is positive the value is the smallest ``(bits + stock) / share``, otherwise
    what bits earn. Shape ``(T,)``.
base
    Prices around which windows are solved, shape ``(T,)``.
"""

from __future__ import annotations

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.compiled import kernel
from qkdopt.optimize.decomposition._reward_kernels import worth
from qkdopt.optimize.decomposition.window_path import window_path

__all__ = ["energy", "walk"]

_LONGEST = 512  # intervals of a window


@kernel
def energy(bits: Floats, goal: Floats, rate: Floats, earn: Floats, cap: Floats) -> float:
    """Return what bits earn less the Euclidean norm of the penalties of missing ones."""
    total, missed = 0.0, 0.0
    for n in range(bits.size):
        total += earn[n] * min(bits[n], cap[n])
        if bits[n] < goal[n]:
            missed += (rate[n] * (goal[n] - bits[n])) ** 2
    return float(total - np.sqrt(missed))


@kernel
def _exchange(
    bits: Integers, place: Integers, low: int, high: int, service: Integers, found: Integers,
    delivered: Floats,
) -> bool:  # fmt: skip
    """Replace the bits of the old window by those of the new one; say if they differ."""
    different = False
    for a in range(low, high):
        old, new = service[a], found[a - low]
        if old != new:
            different = True
            if old >= 0:
                delivered[place[old]] -= bits[a, old]
            if new >= 0:
                delivered[place[new]] += bits[a, new]
    return different


@kernel
def walk(
    bits: Integers, interval: Integers, tau: int, place: Integers, goal: Floats, rate: Floats,
    least: Floats, earn: Floats, cap: Floats, share: Floats, stock: Floats, base: Floats,
    noise: float, octaves: float, hot: float, cold: float, steps: int,
    random: np.random.Generator, service: Integers, best_service: Integers, best_worth: float,
) -> float:  # fmt: skip
    """Replace ``steps`` windows by the best ones at scattered prices; return the best value met.

    A window has 2 to ``2^(1 + octaves)`` intervals; the logarithms of its prices scatter by up
    to ``noise``. ``service`` is left where the walk ends; ``best_service`` gets the schedule of
    the largest value above ``best_worth``. ``random`` is a numpy generator.
    """
    active, targets = bits.shape[0], goal.size
    pointed = np.empty((_LONGEST + 1, bits.shape[1]))
    best, origin = np.empty(_LONGEST), np.empty(_LONGEST, np.int64)
    found = np.empty(_LONGEST, np.int64)
    delivered = np.zeros(targets)
    for a in range(active):
        if service[a] >= 0:
            delivered[place[service[a]]] += bits[a, service[a]]
    here = energy(delivered, goal, rate, earn, cap)
    price, changed = base.copy(), np.empty(targets)
    for step in range(steps):
        heat = hot * (cold / hot) ** (step / steps)
        low = int(random.random() * active)
        high = min(active, low + min(_LONGEST, int(2.0 ** (1.0 + octaves * random.random()))))
        scatter = noise * random.random()
        for n in range(targets):
            price[n] = base[n] * np.exp(scatter * random.standard_normal())
        window_path(
            bits, interval, tau, place, price, low, high, service, pointed, best, origin, found
        )
        changed[:] = delivered
        if not _exchange(bits, place, low, high, service, found, changed):
            continue
        there = energy(changed, goal, rate, earn, cap)
        if there >= here or random.random() < np.exp((there - here) / heat):
            here = there
            delivered, changed = changed, delivered
            service[low:high] = found[: high - low]
            value = worth(delivered, least, earn, cap, share, stock)
            if value > best_worth:
                best_worth = value
                best_service[:] = service
    return best_worth
