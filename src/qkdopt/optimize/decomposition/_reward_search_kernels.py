"""Anneal one listed schedule for each block towards the largest reward, compiled.

Arrays in, arrays out; ``B`` blocks, ``P`` listed schedules (columns), ``T`` targets.

first, delivered
    Columns ``first[b] .. first[b + 1] - 1`` belong to block ``b``, best first; their bits,
    shape ``(P, T)``.
floor, price
    Bits sought for each target, and the penalty of a missing one, shape ``(T,)``.
least
    Lower bounds: with fewer bits a schedule has no value, shape ``(T,)``.
cost, cap
    What a bit of each target earns up to a cap, shape ``(T,)``.
share
    ``q``, or nothing but zeros; where it is positive, the value is the smallest
    ``(bits + stock) / q``, otherwise what bits earn. Shape ``(T,)``.

The loop also stands in ``_cut_search_kernels`` and ``_share_search_kernels``:
with its pieces as kernels of their own, written out in place or not, it made a quarter fewer
moves a second.
"""

from __future__ import annotations

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.compiled import kernel
from qkdopt.optimize.decomposition._reward_kernels import worth

__all__ = ["anneal_rewards"]

_TWO_AT_ONCE = 0.5


@kernel
def _energy(bits: Floats, floor: Floats, price: Floats, cost: Floats, cap: Floats) -> float:
    """Return what bits earn less the penalties of missing ones."""
    total = 0.0
    for n in range(bits.size):
        total += cost[n] * min(bits[n], cap[n]) - price[n] * max(0.0, floor[n] - bits[n])
    return total


@kernel
def anneal_rewards(
    first: Integers,
    delivered: Floats,
    floor: Floats,
    price: Floats,
    least: Floats,
    cost: Floats,
    cap: Floats,
    share: Floats,
    stock: Floats,
    hot: float,
    cold: float,
    steps: int,
    random: np.random.Generator,
    choice: Integers,
    best_choice: Integers,
    best_worth: float,
) -> float:
    """Change one or two blocks at a time; return the best value met.

    ``choice`` is changed; ``best_choice`` gets the choice of the largest value above
    ``best_worth``. ``random`` is a numpy generator.
    """
    blocks, targets = first.size - 1, floor.size
    bits = np.zeros(targets)
    for b in range(blocks):
        bits += delivered[choice[b]]
    energy = _energy(bits, floor, price, cost, cap)
    new_bits = bits.copy()
    cooling = (cold / hot) ** (1.0 / max(1, steps))
    heat = hot
    for _ in range(steps):
        heat *= cooling
        b = int(random.random() * blocks)
        chosen_b = first[b] + int(random.random() ** 2 * (first[b + 1] - first[b]))
        c, chosen_c = -1, -1
        if random.random() < _TWO_AT_ONCE:
            c = int(random.random() * blocks)
            chosen_c = first[c] + int(random.random() ** 2 * (first[c + 1] - first[c]))
        if c == b:
            c = -1
        for n in range(targets):
            new_bits[n] = bits[n] + delivered[chosen_b, n] - delivered[choice[b], n]
            if c >= 0:
                new_bits[n] += delivered[chosen_c, n] - delivered[choice[c], n]
        new_energy = _energy(new_bits, floor, price, cost, cap)
        if new_energy >= energy or random.random() < np.exp((new_energy - energy) / heat):
            choice[b] = chosen_b
            if c >= 0:
                choice[c] = chosen_c
            bits, new_bits = new_bits, bits
            energy = new_energy
            value = worth(bits, least, cost, cap, share, stock)
            if value > best_worth:
                best_worth = value
                best_choice[:] = choice
    return best_worth
