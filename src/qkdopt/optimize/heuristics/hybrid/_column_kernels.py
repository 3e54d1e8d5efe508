"""Individuals that choose one listed schedule for each block, compiled.

``P`` individuals, ``B`` blocks, ``C`` listed schedules (columns) in all, ``T`` targets.
"""

from qkdopt.arrays import Integers
from qkdopt.compiled import kernel


@kernel
def add_columns(choice: Integers, bits: Integers, delivered: Integers) -> None:
    """Add up the bits of the chosen columns.

    ``choice`` has shape ``(P, B)``, ``bits`` by column and target ``(C, T)``; ``delivered`` is
    filled, shape ``(P, T)``.
    """
    for p in range(choice.shape[0]):
        delivered[p, :] = 0
        for b in range(choice.shape[1]):
            for n in range(bits.shape[1]):
                delivered[p, n] += bits[choice[p, b], n]
