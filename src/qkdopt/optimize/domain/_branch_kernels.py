"""Longest paths of all blocks under branching decisions, compiled.

Arrays in, arrays out; ``A`` active intervals, ``N`` links, ``T`` targets, ``B`` blocks.

gain
    Value of serving link ``n`` in interval ``a``, any sign; ``-inf`` where it may not be
    served; shape ``(A, N)``.
must
    Whether some link must be served in ``a``, shape ``(A,)``.
meets
    Required services of its block that serving ``n`` in ``a`` is, a bit for each, shape ``(A, N)``.
demands
    The bits of all required services of a block, ``2^k - 1``, shape ``(B,)``.
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
    meets: Integers,
    demands: Integers,
    bits: Floats,
    interval: Integers,
    tau: int,
    begin: Integers,
    target: Integers,
    worth: Floats,
    delivered: Floats,
    service: Integers,
) -> None:
    """Fill values ``(B,)`` (``-inf`` if nothing is allowed), bits ``(B, T)``, links ``(A,)``."""
    active, links = gain.shape
    states = demands.max() + 1 if demands.size else 1
    came_from = np.empty((active, links, states), np.int64)  # a place of this array, -1 for none
    reached = np.empty((active, states))
    reached_at = np.empty((active, states), np.int64)
    ending = np.empty((links, states))
    ending_at = np.empty((links, states), np.int64)
    now = np.empty((2, states))
    now_at = np.empty((3, states), np.int64)
    delivered[:] = 0.0
    service[:] = -1
    for block in range(begin.size - 1):
        worth[block], at = _best_of_block(
            gain, must, meets, interval, tau, begin[block], begin[block + 1], demands[block] + 1,
            came_from, reached, reached_at, ending, ending_at, now, now_at,
        )  # fmt: skip
        while at >= 0:
            a, n, met = at // (links * states), at // states % links, at % states
            service[a] = n
            if target[n] >= 0:
                delivered[block, target[n]] += bits[a, n]
            at = came_from[a, n, met]


@kernel
def _best_of_block(
    gain: Floats,
    must: Bools,
    meets: Integers,
    interval: Integers,
    tau: int,
    begin: int,
    end: int,
    count: int,
    came_from: Integers,
    reached: Floats,
    reached_at: Integers,
    ending: Floats,
    ending_at: Integers,
    now: Floats,
    now_at: Integers,
) -> tuple[float, int]:
    """Return the largest value of a path from ``begin`` to ``end``, and the place of its end.

    As in the dynamic programme, except that paths are kept apart by which of ``count - 1``
    required services they contain, and that a served interval resets what came before it when
    some link must be served there.
    """
    most, settled = now[0], now[1]
    most_at, settled_at, came = now_at[0], now_at[1], now_at[2]
    ending[:], ending_at[:] = -np.inf, -1
    now[:], now_at[:] = -np.inf, -1
    ending[:, 0], most[0], settled[0] = 0.0, 0.0, 0.0
    value = np.empty(count)
    next_settled, last_must = begin, -1
    for a in range(begin, end):
        while interval[a] - interval[next_settled] > tau:
            if next_settled >= last_must:
                for met in range(count):
                    settled[met] = reached[next_settled, met]
                    settled_at[met] = reached_at[next_settled, met]
            next_settled += 1
        if must[a]:
            for met in range(count):
                most[met], most_at[met] = -np.inf, -1
        for n in range(gain.shape[1]):
            for met in range(count):
                value[met] = -np.inf
            if gain[a, n] > -np.inf:
                for met in range(count):
                    before, at = ending[n, met], ending_at[n, met]
                    if settled[met] > before:
                        before, at = settled[met], settled_at[met]
                    after = met | meets[a, n]
                    if before + gain[a, n] > value[after]:
                        value[after], came[after] = before + gain[a, n], at
            elif not must[a]:
                continue
            for met in range(count):
                place = (a * gain.shape[1] + n) * came_from.shape[2] + met
                came_from[a, n, met] = came[met]
                if must[a] or value[met] > ending[n, met]:
                    ending[n, met], ending_at[n, met] = value[met], place
                if value[met] > most[met]:
                    most[met], most_at[met] = value[met], place
        if must[a]:
            last_must = a
            for met in range(count):
                settled[met], settled_at[met] = -np.inf, -1
        for met in range(count):
            reached[a, met], reached_at[a, met] = most[met], most_at[met]
    return most[count - 1], most_at[count - 1]
