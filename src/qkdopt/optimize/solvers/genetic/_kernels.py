"""Individuals of the genetic algorithm, compiled: drawing, mutation, repair and bits.

Arrays in, arrays out; ``P`` individuals, ``A`` active intervals, ``N`` links, ``T`` places that
bits are counted for. A *gene* is 0 for idling and ``n + 1`` for serving link ``n``. Indices are
unsigned inside: numba then drops its check for negative ones.

genes
    One individual in a row, int16, shape ``(P, A)``.
choice, first
    The genes that interval ``a`` may have are ``choice[first[a]:first[a + 1]]``, 0 among them;
    int16, shape ``(C,)``, and int64, shape ``(A + 1,)``.
bits
    ``bits[a, gene]``, 0 in the column of idling; shape ``(A, N + 1)``.
place
    Where the bits of a gene are counted, shape ``(N + 1,)``.
interval, tau
    Global indices ``t[a]``, increasing, shape ``(A,)``; a hand-over from ``a`` to ``a'`` needs
    ``t[a'] - t[a] > tau``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from qkdopt.arrays import Floats, Integers
from qkdopt.compiled import kernel

__all__ = ["draw", "mutate", "repair"]


@kernel
def draw(
    first: Integers, choice: NDArray[np.int16], numbers: Floats, genes: NDArray[np.int16]
) -> None:
    """Fill ``genes`` with one allowed gene for each interval, all equally likely.

    ``numbers`` are uniform in [0, 1), shape ``(P, A)``.
    """
    for p in range(genes.shape[0]):
        for a in range(genes.shape[1]):
            genes[p, a] = choice[first[a] + int(numbers[p, a] * (first[a + 1] - first[a]))]


@kernel
def mutate(
    first: Integers,
    choice: NDArray[np.int16],
    rate: float,
    longest: int,
    numbers: Floats,
    used: int,
    genes: NDArray[np.int16],
) -> int:
    """Draw genes of one individual anew, each with probability ``rate`` < 1.

    At ``longest`` > 1 a drawn link goes to a run of 1 to ``longest`` intervals, wherever these
    may have it. ``genes`` has shape ``(A,)``; ``numbers``, uniform in [0, 1), are used from
    ``used`` on, at most ``3 (A + 1)`` of them. Returns how many are used up then.
    """
    size = genes.size
    stay = np.log1p(-rate)
    a = -1
    while True:
        step = np.log(1.0 - numbers[used]) / stay  # the way to the next change is geometric
        used += 1
        if step >= size - a - 1:
            return used
        a += 1 + int(step)
        gene = choice[first[a] + int(numbers[used] * (first[a + 1] - first[a]))]
        length = 1 + int(numbers[used + 1] * longest)
        used += 2
        for b in range(a, min(size, a + length)):
            for c in range(first[b], first[b + 1]):
                if choice[c] == gene:
                    genes[b] = gene


@kernel
def repair(
    bits: Integers,
    place: Integers,
    interval: Integers,
    tau: int,
    genes: NDArray[np.int16],
    delivered: Integers,
) -> None:
    """Idle wherever there is no time for a hand-over, and count the bits of what is left.

    Read forwards: whoever is served first stays, and a link that comes too soon afterwards
    is not served. ``delivered`` is filled, shape ``(P, T)``. ``A`` is at least 1.
    """
    for p in range(np.uint64(genes.shape[0])):
        delivered[p, :] = 0
        link, free = np.uint64(0), interval[0]
        for a in range(np.uint64(genes.shape[1])):
            gene, time = np.uint64(genes[p, a]), interval[a]
            serves = (gene != np.uint64(0)) & ((gene == link) | (time >= free))
            link = gene if serves else link
            free = time + tau + 1 if serves else free
            kept = gene if serves else np.uint64(0)
            genes[p, a] = kept
            delivered[p, place[kept]] += bits[a, kept]
