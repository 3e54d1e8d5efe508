"""Longest paths of all blocks under branching decisions, compiled.

``A`` active intervals, ``N`` links, ``B`` blocks, ``S`` sets of required services.
"""

from typing import NamedTuple

import numpy as np

from qkdopt.arrays import Bools, Floats, Integers
from qkdopt.compiled import kernel, kernel_part


class Allowed(NamedTuple):
    """What may be served, what has to be, and what that gains.

    Attributes
    ----------
    gain
        Value of serving link ``n`` in interval ``a``, any sign; ``-inf`` where it may not be
        served; shape ``(A, N)``.
    must
        Whether some link must be served in ``a``, shape ``(A,)``.
    meets
        Required services of its block that serving ``n`` in ``a`` is, a bit for each,
        shape ``(A, N)``.
    demands
        The bits of all required services of a block, ``2^k - 1``, shape ``(B,)``.
    interval, tau
        Global indices, shape ``(A,)``; hand-overs as in ``_path_kernels``.
    begin
        First interval of each block, then ``A``; shape ``(B + 1,)``.
    """

    gain: Floats
    must: Bools
    meets: Integers
    demands: Integers
    interval: Integers
    tau: int
    begin: Integers


class Found(NamedTuple):
    """Values ``(B,)``, ``-inf`` if nothing is allowed, and links ``(A,)``."""

    worth: Floats
    service: Integers


class _Sweep(NamedTuple):
    """The best paths so far, kept apart by which required services they contain.

    Attributes
    ----------
    came_from
        Place in this array of the service before, -1 for none, shape ``(A, N, S)``.
    reached, reached_at
        Of all that end by an interval, and the place of their last service, shape ``(A, S)``.
    ending, ending_at
        The same of those that may go on with a link, shape ``(N, S)``.
    now, now_at
        The same now; long enough ago for a hand-over; and with one more service: each ``(S,)``.
    """

    came_from: Integers
    reached: Floats
    reached_at: Integers
    ending: Floats
    ending_at: Integers
    now: tuple[Floats, Floats, Floats]
    now_at: tuple[Integers, Integers, Integers]


@kernel
def best_of_blocks(allowed: Allowed, found: Found) -> None:
    """Fill the best paths of all blocks."""
    worth, service = found
    active, links = allowed.gain.shape
    states = 1
    for block in range(worth.size):
        states = max(states, allowed.demands[block] + 1)
    for a in range(active):
        service[a] = -1
    came_from = np.empty((active, links, states), np.int64)
    sweep = _Sweep(
        came_from, np.empty((active, states)), np.empty((active, states), np.int64),
        np.empty((links, states)), np.empty((links, states), np.int64),
        (np.empty(states), np.empty(states), np.empty(states)),
        (np.empty(states, np.int64), np.empty(states, np.int64), np.empty(states, np.int64)),
    )  # fmt: skip
    for block in range(worth.size):
        worth[block], at = _best_of_block(allowed, block, sweep)
        while at >= 0:
            a, n, met = at // (links * states), at // states % links, at % states
            service[a] = n
            at = came_from[a, n, met]


@kernel_part
def _best_of_block(allowed: Allowed, block: int, sweep: _Sweep) -> tuple[float, int]:
    """Return the largest value of a path through a block, and the place of its end.

    As in the dynamic programme, except that paths are kept apart by which required services they
    contain, and that a served interval resets what came before it when some link must be served
    there.
    """
    gain, must, meets, demands, interval, tau, first = allowed
    came_from, reached, reached_at, ending, ending_at, now, now_at = sweep
    (most, settled, value), (most_at, settled_at, came) = now, now_at
    begin, end, count = first[block], first[block + 1], demands[block] + 1
    for met in range(count):
        for n in range(gain.shape[1]):
            ending[n, met], ending_at[n, met] = 0.0 if met == 0 else -np.inf, -1
        most[met] = settled[met] = 0.0 if met == 0 else -np.inf
        most_at[met] = settled_at[met] = -1
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
