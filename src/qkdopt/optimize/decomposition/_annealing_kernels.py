"""Anneal one listed schedule for each block, compiled; ``B`` blocks, ``P`` columns, ``T`` targets.

The energy is chosen by the type of its data: see
:mod:`~qkdopt.optimize.objectives._energy_kernels`.
"""

from typing import NamedTuple

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.compiled import kernel, kernel_part
from qkdopt.optimize.objectives._energy_kernels import Data, energy, value

_TWO_AT_ONCE = 0.5  # of the moves change two blocks


class Columns(NamedTuple):
    """Listed schedules: ``first[b] .. first[b + 1] - 1`` belong to block ``b``, best first.

    Attributes
    ----------
    first
        Shape ``(B + 1,)``.
    delivered
        Bits of each column by target, whole, shape ``(P, T)``.
    """

    first: Integers
    delivered: Floats


class Cooling(NamedTuple):
    """First and last heat, and over how many steps it falls."""

    hot: float
    cold: float
    steps: int


@kernel_part
def _drawn(first: Integers, b: int, random: np.random.Generator) -> int:
    """Return a column of a block, the best ones more often."""
    return int(first[b] + int(random.random() ** 2 * (first[b + 1] - first[b])))


@kernel
def anneal(
    columns: Columns,
    data: Data,
    cooling: Cooling,
    random: np.random.Generator,
    choice: Integers,
    best_choice: Integers,
    best_value: float,
) -> float:
    """Change one or two blocks at a time; return the largest value met, or ``best_value``.

    ``choice`` is changed; ``best_choice`` gets the choice of the largest value above
    ``best_value``. Both have the shape ``(B,)``.
    """
    first, delivered = columns.first, columns.delivered
    blocks, targets = first.size - 1, delivered.shape[1]
    bits, terms = np.zeros(targets), np.zeros(targets)
    new_bits, new_terms = np.zeros(targets), np.zeros(targets)
    for n in range(targets):
        for b in range(blocks):
            bits[n] += delivered[choice[b], n]
    here = energy(data, bits, terms, new_bits, new_terms)
    heat = cooling.hot
    falls = (cooling.cold / cooling.hot) ** (1.0 / max(1, cooling.steps))
    for _ in range(cooling.steps):
        heat *= falls
        b = int(random.random() * blocks)
        chosen_b = _drawn(first, b, random)
        c, chosen_c = -1, -1
        if random.random() < _TWO_AT_ONCE:
            c = int(random.random() * blocks)
            chosen_c = _drawn(first, c, random)
        if c == b:
            c = -1
        for n in range(targets):
            change = delivered[chosen_b, n] - delivered[choice[b], n]
            if c >= 0:
                change += delivered[chosen_c, n] - delivered[choice[c], n]
            new_bits[n] = bits[n] + change
        there = energy(data, new_bits, new_terms, bits, terms)
        if there >= here or random.random() < np.exp((there - here) / heat):
            choice[b] = chosen_b
            if c >= 0:
                choice[c] = chosen_c
            bits, new_bits = new_bits, bits
            terms, new_terms = new_terms, terms
            here = there
            worth = value(data, bits, here)
            if worth > best_value:
                best_value = worth
                for b in range(blocks):  # a slice takes two seconds more to compile
                    best_choice[b] = choice[b]
    return best_value
