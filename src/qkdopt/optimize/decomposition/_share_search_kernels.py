"""Local search over one listed schedule for each block, compiled.

Arrays in, arrays out; ``B`` blocks, ``P`` listed schedules (columns), ``T`` targets.

first
    Columns ``first[b] .. first[b + 1] - 1`` belong to block ``b``, best first; shape
    ``(B + 1,)``.
delivered
    Bits of each column by target, whole, shape ``(P, T)``.
wanted
    ``q``, shape ``(T,)``.
floor, price
    Lower bound of each target, and the penalty of a missing bit, shape ``(T,)``.
choice
    Column of each block, shape ``(B,)``.

The loop also stands in ``_cut_search_kernels`` and ``_reward_search_kernels``:
with its pieces as kernels of their own, written out in place or not, it made a quarter fewer
moves a second.
"""

from __future__ import annotations

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.compiled import kernel
from qkdopt.optimize.objectives._share_kernels import entropy_term

__all__ = ["anneal"]

_PAIRS = 0.5  # of the moves change two blocks


@kernel
def _excess(terms: Floats, total: float, kl_max: float) -> float:
    """Return ``sum E ln(E / q) - S ln S - kl_max S`` [bits], <= 0 where the shares match."""
    return terms.sum() - entropy_term(total, 1.0) - kl_max * total if total > 0 else 0.0


@kernel
def _missing(bits: Floats, floor: Floats, price: Floats) -> float:
    """Return the penalty of the missing bits."""
    total = 0.0
    for n in range(bits.size):
        if bits[n] < floor[n]:
            total += price[n] * (floor[n] - bits[n])
    return total


@kernel
def anneal(
    first: Integers,
    delivered: Floats,
    wanted: Floats,
    kl_max: float,
    penalty: float,
    floor: Floats,
    price: Floats,
    hot: float,
    cold: float,
    steps: int,
    random: np.random.Generator,
    choice: Integers,
    best_choice: Integers,
    best_total: float,
) -> float:
    """Anneal ``S - penalty * excess`` less penalties of missing bits, one or two blocks at a time.

    ``choice`` is changed; ``best_choice`` gets the largest total that meets the lower bounds and
    whose shares match, if it is above ``best_total``; returns that total. ``random`` is a numpy
    generator.
    """
    blocks, targets = first.size - 1, wanted.size
    bits = np.zeros(targets)
    for b in range(blocks):
        bits += delivered[choice[b]]
    terms = np.zeros(targets)
    for n in range(targets):
        terms[n] = entropy_term(bits[n], wanted[n])
    total = bits.sum()
    excess = _excess(terms, total, kl_max)
    energy = total - penalty * max(0.0, excess) - _missing(bits, floor, price)
    new_bits, new_terms = bits.copy(), terms.copy()
    cooling = (cold / hot) ** (1.0 / max(1, steps))
    heat = hot
    for _ in range(steps):
        heat *= cooling
        b = int(random.random() * blocks)
        chosen_b = first[b] + int(random.random() ** 2 * (first[b + 1] - first[b]))
        c, chosen_c = -1, -1
        if random.random() < _PAIRS:
            c = int(random.random() * blocks)
            chosen_c = first[c] + int(random.random() ** 2 * (first[c + 1] - first[c]))
        if c == b:
            c = -1
        new_total = total
        log_sum = 0.0
        for n in range(targets):
            change = delivered[chosen_b, n] - delivered[choice[b], n]
            if c >= 0:
                change += delivered[chosen_c, n] - delivered[choice[c], n]
            if change != 0.0:
                new_bits[n] = bits[n] + change
                new_terms[n] = entropy_term(new_bits[n], wanted[n])
                new_total += change
            else:
                new_bits[n] = bits[n]
                new_terms[n] = terms[n]
            log_sum += new_terms[n]
        new_excess = 0.0
        if new_total > 0:
            new_excess = log_sum - entropy_term(new_total, 1.0) - kl_max * new_total
        missing = _missing(new_bits, floor, price)
        new_energy = new_total - penalty * max(0.0, new_excess) - missing
        if new_energy >= energy or random.random() < np.exp((new_energy - energy) / heat):
            choice[b] = chosen_b
            if c >= 0:
                choice[c] = chosen_c
            bits, new_bits = new_bits, bits
            terms, new_terms = new_terms, terms
            total, energy = new_total, new_energy
            if new_excess <= 0.0 and missing <= 0.0 and total > best_total:
                best_total = total
                best_choice[:] = choice
    return best_total
