"""Individuals of the genetic algorithm, compiled: drawing, crossing and mutation.

Arrays in, arrays out; ``P`` individuals, ``A`` active intervals, ``N`` links. A *gene* is 0 for
idling and ``n + 1`` for serving link ``n``.

genes
    One individual in a row, int16, shape ``(P, A)``.
choice, first
    The genes that interval ``a`` may have are ``choice[first[a]:first[a + 1]]``, 0 among them;
    int16, shape ``(C,)``, and int64, shape ``(A + 1,)``.
random
    A numpy generator; handing it over costs 20 us a call, so a call serves a generation.
"""

import numpy as np
from numpy.typing import NDArray

from qkdopt.arrays import Integers
from qkdopt.compiled import kernel


@kernel
def draw(
    first: Integers,
    choice: NDArray[np.int16],
    random: np.random.Generator,
    genes: NDArray[np.int16],
) -> None:
    """Fill ``genes`` with one allowed gene for each interval, all equally likely."""
    for p in range(genes.shape[0]):
        for a in range(genes.shape[1]):
            genes[p, a] = choice[first[a] + int(random.random() * (first[a + 1] - first[a]))]


@kernel
def cross(pairs: Integers, random: np.random.Generator, genes: NDArray[np.int16]) -> None:
    """Let pairs of rows, shape ``(M, 2)``, exchange what lies between two random cuts."""
    size = genes.shape[1]
    for m in range(pairs.shape[0]):
        cut = int(random.random() * (size + 1))
        other = int(random.random() * (size + 1))
        for a in range(min(cut, other), max(cut, other)):
            gene = genes[pairs[m, 0], a]
            genes[pairs[m, 0], a] = genes[pairs[m, 1], a]
            genes[pairs[m, 1], a] = gene


@kernel
def mutate(
    first: Integers,
    choice: NDArray[np.int16],
    rate: float,
    longest: int,
    rows: Integers,
    random: np.random.Generator,
    genes: NDArray[np.int16],
) -> None:
    """Draw genes of some rows, shape ``(M,)``, anew, each with probability ``rate`` < 1.

    At ``longest`` > 1 a drawn link goes to a run of 1 to ``longest`` intervals, wherever these
    may have it.
    """
    size = genes.shape[1]
    stay = np.log1p(-rate)
    for p in rows:
        a = -1
        while True:
            step = np.log(1.0 - random.random()) / stay  # the way to the next one is geometric
            if step >= size - a - 1:
                break
            a += 1 + int(step)
            gene = choice[first[a] + int(random.random() * (first[a + 1] - first[a]))]
            length = 1 + int(random.random() * longest)
            for b in range(a, min(size, a + length)):
                for c in range(first[b], first[b + 1]):
                    if choice[c] == gene:
                        genes[p, b] = gene
