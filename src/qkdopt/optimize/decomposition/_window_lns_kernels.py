"""Windows of a schedule replaced by longest paths at changing prices, compiled.

Arrays in, arrays out; ``A`` active intervals, ``N`` links, ``T`` targets of positive weight.

bits, interval, tau, place
    As in :mod:`qkdopt.optimize.decomposition.window_path`.
wanted
    Shares ``q > 0`` of the targets, shape ``(T,)``.
"""

from __future__ import annotations

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.compiled import kernel
from qkdopt.optimize.decomposition.window_path import window_path
from qkdopt.optimize.objectives._share_kernels import divergence

__all__ = ["improve"]


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
