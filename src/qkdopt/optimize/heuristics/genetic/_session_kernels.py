"""Bits of individuals by whole sessions, compiled.

Arrays in, arrays out; ``P`` individuals, ``A`` active intervals, ``N`` links, ``T`` targets. A
*gene* is 0 for idling and ``n + 1`` for serving link ``n``.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from qkdopt.arrays import Integers, read_only
from qkdopt.compiled import kernel
from qkdopt.tensor.sessions import Sessions


class SessionTables(NamedTuple):
    """The arrays of :class:`~qkdopt.tensor.sessions.Sessions` that key lengths are found by."""

    contact: Integers
    first: Integers
    length: Integers
    offset: Integers
    bits: Integers


def tables_of(sessions: Sessions) -> SessionTables:
    """Return the tables of a satellite's sessions."""
    arrays = sessions.contact, sessions.first, sessions.length, sessions.offset, sessions.bits
    return SessionTables(*map(read_only, arrays))


@kernel
def count_sessions(
    tables: SessionTables, place: Integers, genes: NDArray[np.int16], delivered: Integers
) -> None:
    """Add up the key lengths of the sessions of legal individuals.

    ``genes`` have the shape ``(P, A)``, ``place``, where the bits of a gene are counted, ``(N +
    1,)``; ``delivered`` is filled, shape ``(P, T)``.
    """
    contact, first, length, offset, bits = tables
    active = genes.shape[1]
    for p in range(genes.shape[0]):
        delivered[p, :] = 0
        held, begun = -1, 0
        for a in range(active + 1):
            gene = int(genes[p, a]) if a < active else 0
            here = contact[gene - 1, a] if gene > 0 else -1
            if here == held:
                continue
            if held >= 0:
                i = begun - first[held]
                row = offset[held] + i * length[held] - i * (i - 1) // 2
                delivered[p, place[genes[p, a - 1]]] += bits[row + a - 1 - begun]
            held, begun = here, a
