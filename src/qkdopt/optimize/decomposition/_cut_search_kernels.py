"""Anneal one listed schedule for each block towards a concave objective given by cuts.

Arrays in, arrays out; ``B`` blocks, ``P`` listed schedules (columns), ``T`` targets, ``C`` cuts.

first, delivered
    Columns ``first[b] .. first[b + 1] - 1`` belong to block ``b``, best first; their bits,
    shape ``(P, T)``.
slope, constant
    The value of ``E`` is at most ``slope[c] . E + constant[c]`` for every cut; shapes ``(C, T)``
    and ``(C,)``.
least, price
    Lower bounds of the targets, and the penalty of a missing bit, shape ``(T,)``.

The loop also stands in ``_reward_search_kernels`` and ``_share_search_kernels``:
with its pieces as kernels of their own, written out in place or not, it made a quarter fewer
moves a second.
"""

from __future__ import annotations

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.compiled import kernel

__all__ = ["anneal_cuts"]

_TWO_AT_ONCE = 0.5


@kernel
def _worth(bits: Floats, slope: Floats, constant: Floats) -> float:
    """Return the least of the cuts."""
    least = np.inf
    for c in range(constant.size):
        value = constant[c]
        for n in range(bits.size):
            value += slope[c, n] * bits[n]
        least = min(least, value)
    return least


@kernel
def _missing(bits: Floats, least: Floats, price: Floats) -> float:
    """Return the penalty of the missing bits."""
    total = 0.0
    for n in range(bits.size):
        total += price[n] * max(0.0, least[n] - bits[n])
    return total


@kernel
def anneal_cuts(
    first: Integers,
    delivered: Floats,
    slope: Floats,
    constant: Floats,
    least: Floats,
    price: Floats,
    hot: float,
    cold: float,
    steps: int,
    random: np.random.Generator,
    choice: Integers,
    best_choice: Integers,
    best_worth: float,
) -> float:
    """Change one or two blocks at a time; return the best value met where nothing is missing.

    ``choice`` is changed; ``best_choice`` gets the choice of the largest value above
    ``best_worth``. ``random`` is a numpy generator.
    """
    blocks, targets = first.size - 1, least.size
    bits = np.zeros(targets)
    for b in range(blocks):
        bits += delivered[choice[b]]
    energy = _worth(bits, slope, constant) - _missing(bits, least, price)
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
        worth = _worth(new_bits, slope, constant)
        missing = _missing(new_bits, least, price)
        new_energy = worth - missing
        if new_energy >= energy or random.random() < np.exp((new_energy - energy) / heat):
            choice[b] = chosen_b
            if c >= 0:
                choice[c] = chosen_c
            bits, new_bits = new_bits, bits
            energy = new_energy
            if worth > best_worth and missing == 0.0:
                best_worth = worth
                best_choice[:] = choice
    return best_worth
