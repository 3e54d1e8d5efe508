"""Repair of whole populations and their bits, compiled: 32 individuals abreast.

Whether an interval may be served depends on what was served before, so one individual alone waits
for every comparison. Individuals do not depend on each other: a tile holds the genes of ``LANES``
of them, interval by interval, so that one instruction of the processor serves many, and so that
counts of one individual are not added to twice in a row.

Arrays in, arrays out; ``P`` individuals, ``A`` >= 1 active intervals, ``N`` links, ``T`` places
that bits are counted for. A *gene* is 0 for idling and ``n + 1`` for serving link ``n``.

genes
    One individual in a row, int16, shape ``(P, A)``.
bits
    ``bits[a, gene]``, 0 in the column of idling; shape ``(A, N + 1)``.
place
    Where the bits of a gene are counted, shape ``(N + 1,)``.
ready
    The first interval by which there is time for a hand-over after serving in interval ``a``,
    ``A`` if there is none; int32, shape ``(A,)``.
tile
    ``tile[b, k]`` is the gene of individual ``p + k`` in interval ``a + b``; int16, shape
    ``(STEPS, LANES)``.
link, free
    The gene that individual ``p + k`` served last, int16, and ``ready`` of the interval in which
    it did, int32; shape ``(LANES,)``.
sums
    Bits of individual ``p + k`` by gene, shape ``(LANES, N + 1)``.
"""

import numpy as np
from numpy.typing import NDArray

from qkdopt.arrays import Indices, Integers
from qkdopt.compiled import kernel, kernel_part

LANES = 32  # individuals of a tile
STEPS = 128  # intervals of a tile: with their bits it fits into the fastest memory


@kernel_part
def _read(
    genes: NDArray[np.int16], p: int, a: int, lanes: int, steps: int, tile: NDArray[np.int16]
) -> None:
    """Fill ``tile`` with the genes from individual ``p`` and interval ``a`` on."""
    for b in range(steps):
        for k in range(lanes):
            tile[b, k] = genes[p + k, a + b]


@kernel_part
def _write(
    tile: NDArray[np.int16], p: int, a: int, lanes: int, steps: int, genes: NDArray[np.int16]
) -> None:
    """Put the genes of ``tile`` back."""
    for k in range(lanes):
        for b in range(steps):
            genes[p + k, a + b] = tile[b, k]


@kernel_part
def _make_legal(
    ready: Indices,
    a: int,
    steps: int,
    link: NDArray[np.int16],
    free: Indices,
    tile: NDArray[np.int16],
) -> None:
    """Idle in ``tile`` wherever there is no time for a hand-over.

    All lanes are done, also those that hold nobody: their number is known to the compiler.
    """
    for b in range(steps):
        now, after = np.int32(a + b), ready[a + b]
        for k in range(LANES):
            gene = tile[b, k]
            serves = (gene != 0) & ((gene == link[k]) | (now >= free[k]))
            link[k] = gene if serves else link[k]
            free[k] = after if serves else free[k]
            tile[b, k] = gene if serves else np.int16(0)


@kernel_part
def _count(
    bits: Integers, a: int, lanes: int, steps: int, tile: NDArray[np.int16], sums: Integers
) -> None:
    """Add the bits of ``tile`` to ``sums``; numba does not check unsigned indices for signs."""
    for b in range(steps):
        for k in range(lanes):
            gene = np.uint64(tile[b, k])
            sums[k, gene] += bits[a + b, gene]


@kernel
def repair(
    bits: Integers, place: Integers, ready: Indices, genes: NDArray[np.int16], delivered: Integers
) -> None:
    """Idle wherever there is no time for a hand-over, and count the bits of what is left.

    Read forwards: whoever is served first stays, and a link that comes too soon afterwards
    is not served. ``delivered`` is filled, shape ``(P, T)``.
    """
    size = genes.shape[1]
    tile = np.zeros((STEPS, LANES), np.int16)
    link, free = np.empty(LANES, np.int16), np.empty(LANES, np.int32)
    sums = np.empty((LANES, bits.shape[1]), np.int64)
    for p in range(0, genes.shape[0], LANES):
        lanes = min(LANES, genes.shape[0] - p)
        link[:], free[:], sums[:] = 0, 0, 0
        for a in range(0, size, STEPS):
            steps = min(STEPS, size - a)
            _read(genes, p, a, lanes, steps, tile)
            _make_legal(ready, a, steps, link, free, tile)
            _count(bits, a, lanes, steps, tile, sums)
            _write(tile, p, a, lanes, steps, genes)
        for k in range(lanes):
            delivered[p + k, :] = 0
            for gene in range(bits.shape[1]):
                delivered[p + k, place[gene]] += sums[k, gene]
