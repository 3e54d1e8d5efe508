"""Compiled sweeps over the graph of schedules; arrays in, arrays out.

``M`` nodes in order of time (interval, then link); ``N`` links; ``A`` active intervals; ``L``
labels; ``R`` services at a time that a schedule is required to have. Potentials are :data:`DEAD`
where no schedule exists; other values may have any sign. A gain of :data:`DEAD` closes a node.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from qkdopt.arrays import Bools, Indices, Integers
from qkdopt.compiled import kernel, kernel_part

__all__ = [
    "DEAD",
    "Potentials",
    "Sweep",
    "backward",
    "due",
    "followers",
    "forward",
]

DEAD = -(2**63) + 1


class Sweep(NamedTuple):
    """What every sweep works on.

    Attributes
    ----------
    gain
        Value of serving each node, ``(M,)``.
    node
        Rows link, interval, pass, whether the interval is locked to the link, and the bits of
        the required services that serving it is, ``(5, M)``.
    source, target
        The last node of each link from which a node can be reached, and the first that can
        follow it, or -1, ``(M, N)``; whichever a sweep does not use may be empty.
    barrier
        The last interval before ``a`` that is locked to some link, or the first one in which a
        service that must be over by ``a`` may take place, or -1: no schedule idles across it;
        ``(A + 1,)``.
    tables
        Rows stay, turn, rest of :class:`~qkdopt.optimize.domain.trellis.labels.Labels`.
    first
        Label of the first service, -1 where none may begin.
    final
        Labels in which a schedule may end, ``(L,)``.
    closes
        The last interval in which the required service of bit ``r`` may take place, seen from
        ``a``, or ``A`` where none is open, ``(A, R)``.
    """

    gain: Integers
    node: Integers
    source: Indices
    target: Indices
    barrier: Integers
    tables: Integers
    first: int
    final: Bools
    closes: Integers


class Potentials(NamedTuple):
    """What :func:`backward` fills: ``begun`` has the shape ``(M,)``, the others ``(M, L)``."""

    after: Integers
    held: Integers
    turned: Integers
    begun: Integers


@kernel
def followers(link: Integers, source: Indices, target: Indices) -> None:
    """Fill the first node of each link that can follow a node, or -1: the inverse of ``source``.

    ``target[j, n]`` is the first node ``k`` of ``n`` with ``source[k, link[j]] >= j``; ``(M, N)``.
    """
    links = source.shape[1]
    done = np.full((links, links), -1)  # last node of each link that has its follower of another
    target[:] = -1
    for k in range(link.size):
        own = link[k]
        for n in range(links):
            j = source[k, n]
            last = j
            while j > done[n, own]:
                target[j, own] = k
                j = source[j, n]  # the node before on the same link
            done[n, own] = max(done[n, own], last)


def forward(sweep: Sweep, served: Integers, last: Integers) -> None:
    """Fill the values of the best schedules of each prefix of the horizon.

    ``served[k, s]``: the best that ends by serving node ``k``, in state ``s`` then.
    ``last[k, s]``: the best whose last service is node ``k`` or an earlier one of its link,
    in state ``s`` in the pass of ``k``. Both ``(M, L 2^R)``: a state is a label and a bit for
    each required service that has taken place, ``s = label 2^R + bits``.
    """
    if served.shape[1] == 1:
        _forward_without_labels(sweep, served, last)
    else:
        _forward_with_labels(sweep, served, last)


@kernel
def _forward_without_labels(sweep: Sweep, served: Integers, last: Integers) -> None:
    """Do it twice as fast where there is one label, and compile a third as much."""
    gain, node, source, barrier = sweep.gain, sweep.node, sweep.source, sweep.barrier
    tables, first = sweep.tables, sweep.first
    links, intervals = node[0], node[1]
    stays, turns = tables[0, 0] >= 0, tables[1, 0] >= 0
    for k in range(gain.size):
        earliest = barrier[intervals[k]]
        best = gain[k] if earliest < 0 and first >= 0 else DEAD
        for n in range(np.uint64(source.shape[1] if gain[k] != DEAD else 0)):
            j = source[k, n]
            if j >= 0 and intervals[j] >= earliest and (stays if n == links[k] else turns):
                value = last[np.uint64(j), 0]
                if value != DEAD:
                    best = max(best, value + gain[k])
        served[k, 0] = last[k, 0] = best
        j = source[k, links[k]]
        if j >= 0 and intervals[j] >= earliest and not node[3, k]:
            last[k, 0] = max(best, last[j, 0])


@kernel_part
def due(closes: Integers, earlier: int, later: int) -> int:
    """Return which requirements that are open at one interval end before another, bits."""
    bits = 0
    for slot in range(closes.shape[1]):
        if closes[earlier, slot] < later:
            bits |= 1 << slot
    return bits


@kernel
def _forward_with_labels(sweep: Sweep, served: Integers, last: Integers) -> None:
    gain, node, source, barrier = sweep.gain, sweep.node, sweep.source, sweep.barrier
    tables, first, closes = sweep.tables, sweep.first, sweep.closes
    states = 1 << closes.shape[1]
    labels = served.shape[1] // states
    intervals, passes = node[1], node[2]
    for k in range(gain.size):
        own, a = node[0, k], node[1, k]
        for state in range(served.shape[1]):
            served[k, state] = DEAD
        if barrier[a] < 0 and first >= 0 and gain[k] != DEAD:
            served[k, first * states + node[4, k]] = gain[k]
        for n in range(source.shape[1] if gain[k] != DEAD else 0):
            j = source[k, n]
            if j < 0 or intervals[j] < barrier[a]:
                continue
            step = np.uint64(0) if n == own else np.uint64(1)
            same_pass = passes[j] == passes[k]
            over = due(closes, intervals[j], a)
            for before in range(labels):
                label = before if same_pass else tables[2, before]
                label = tables[step, label]
                if label < 0:
                    continue
                for bits in range(states):
                    value = last[j, before * states + bits]
                    if value != DEAD and bits & over == over:
                        state = label * states + (bits & ~over | node[4, k])
                        served[k, state] = max(served[k, state], value + gain[k])
        for state in range(served.shape[1]):
            last[k, state] = served[k, state]
        j = source[k, own]
        if j < 0 or node[1, j] < barrier[a] or node[3, k]:
            continue
        over = due(closes, intervals[j], a)
        for before in range(labels):
            label = before if passes[j] == passes[k] else tables[2, before]
            for bits in range(states):
                value = last[j, before * states + bits]
                if value != DEAD and bits & over == over:
                    state = label * states + (bits & ~over)
                    last[k, state] = max(last[k, state], value)


@kernel
def backward(sweep: Sweep, ahead: Potentials) -> None:
    """Fill the values of the best ways to go on, given node and label; all ``(M, L)``.

    ``after[k, l]``: beyond a service of ``k`` that left label ``l`` (its gain not counted).
    ``held[k, l]``: from ``k`` on (gain counted) when the present service is of the same
    link, the next interval it serves is ``k`` or later, and the label is ``l`` in the pass of
    ``k``; ``turned`` likewise when another link's service ends before. ``begun[k]``: when
    no link has been served before, shape ``(M,)``.
    """
    gain, node, target, barrier = sweep.gain, sweep.node, sweep.target, sweep.barrier
    tables, first, final = sweep.tables, sweep.first, sweep.final
    after, held, turned, begun = ahead.after, ahead.held, ahead.turned, ahead.begun
    end = barrier[barrier.size - 1]
    for k in range(gain.size - 1, -1, -1):
        own, a = node[0, k], node[1, k]
        for label in range(after.shape[1]):
            after[k, label] = 0 if final[label] and a >= end else DEAD
        for n in range(target.shape[1]):
            j = target[k, n]
            if j < 0 or a < barrier[node[1, j]]:
                continue
            for before in range(after.shape[1]):
                label = before if node[2, j] == node[2, k] else tables[2, before]
                value = held[j, label] if n == own else turned[j, label]
                after[k, before] = max(after[k, before], value)
        j = target[k, own]
        skips = j >= 0 and not node[3, k] and barrier[node[1, j]] < a
        begun[k] = DEAD
        if first >= 0 and after[k, first] != DEAD:
            begun[k] = gain[k] + after[k, first]
        if skips:
            begun[k] = max(begun[k], begun[j])
        for before in range(after.shape[1]):
            label = tables[0, before]
            held[k, before] = DEAD
            if label >= 0 and after[k, label] != DEAD:
                held[k, before] = gain[k] + after[k, label]
            label = tables[1, before]
            turned[k, before] = DEAD
            if label >= 0 and after[k, label] != DEAD:
                turned[k, before] = gain[k] + after[k, label]
            if skips:
                label = before if node[2, j] == node[2, k] else tables[2, before]
                held[k, before] = max(held[k, before], held[j, label])
                turned[k, before] = max(turned[k, before], turned[j, label])
