"""Longest paths of all blocks under branching decisions, compiled.

Arrays in, arrays out; ``A`` active intervals, ``N`` links, ``T`` targets, ``B`` blocks.

gain
    Worth of serving link ``n`` in interval ``a``, any sign; ``-inf`` where it may not be
    served; shape ``(A, N)``.
must
    Whether somebody must be served in ``a``, shape ``(A,)``.
begin
    First interval of each block, then ``A``; shape ``(B + 1,)``.
"""

from __future__ import annotations

import numpy as np

from qkdopt.arrays import Bools, Floats, Integers
from qkdopt.compiled import kernel

__all__ = ["best_of_blocks"]


@kernel
def best_of_blocks(
    gain: Floats,
    must: Bools,
    bits: Floats,
    interval: Integers,
    tau: int,
    begin: Integers,
    target: Integers,
    worth: Floats,
    delivered: Floats,
    service: Integers,
) -> None:
    """Fill worth ``(B,)`` (``-inf`` if nothing is allowed), bits ``(B, T)``, links ``(A,)``.

    As in the dynamic programme, except that a served interval resets what came before it
    when somebody must be served there.
    """
    active, links = gain.shape
    value = np.empty((active, links))
    came_from = np.empty((active, links), np.int64)  # interval * links + link, -1 for nobody
    reached = np.empty(active)
    reached_at = np.empty(active, np.int64)
    ending = np.empty(links)
    ending_at = np.empty(links, np.int64)
    delivered[:] = 0.0
    service[:] = -1
    for block in range(begin.size - 1):
        ending[:] = 0.0
        ending_at[:] = -1
        most, most_at = 0.0, -1
        settled, settled_at = 0.0, -1
        next_settled = begin[block]
        last_must = -1
        for a in range(begin[block], begin[block + 1]):
            while interval[a] - interval[next_settled] > tau:
                if next_settled >= last_must:
                    settled, settled_at = reached[next_settled], reached_at[next_settled]
                next_settled += 1
            if must[a]:
                most, most_at = -np.inf, -1
            for n in range(links):
                value[a, n] = -np.inf
                if gain[a, n] > -np.inf:
                    if settled > ending[n]:
                        value[a, n] = gain[a, n] + settled
                        came_from[a, n] = settled_at
                    else:
                        value[a, n] = gain[a, n] + ending[n]
                        came_from[a, n] = ending_at[n]
                if must[a] or value[a, n] > ending[n]:
                    ending[n] = value[a, n]
                    ending_at[n] = a * links + n
                if value[a, n] > most:
                    most, most_at = value[a, n], a * links + n
            if must[a]:
                last_must = a
                settled, settled_at = -np.inf, -1
            reached[a], reached_at[a] = most, most_at
        worth[block] = most
        while most_at >= 0:
            a, n = most_at // links, most_at % links
            service[a] = n
            if target[n] >= 0:
                delivered[block, target[n]] += bits[a, n]
            most_at = came_from[a, n]
