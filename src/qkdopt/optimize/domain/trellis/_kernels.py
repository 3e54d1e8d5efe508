"""Compiled sweeps over the graph of schedules; arrays in, arrays out.

``C`` cells, a link in an interval, in order of time (interval, then link). ``M`` nodes, cell after
cell: a cell is served by a node that begins a session, its first, or by others that each continue
a node of the interval before. ``N`` links; ``A`` active intervals; ``L`` labels; ``R`` services at
a time that a schedule is required to have. Potentials are :data:`DEAD` where no schedule exists;
other values may have any sign. A gain of :data:`DEAD` closes a node.
"""

from typing import NamedTuple

import numpy as np

from qkdopt.arrays import Bools, Indices, Integers
from qkdopt.compiled import kernel, kernel_part

DEAD = -(2**63) + 1
IDLES = 2
"""The step of a link's labels over an interval in which it is not served."""


class Sweep(NamedTuple):
    """What every sweep works on.

    Attributes
    ----------
    gain
        Value of serving each node, ``(M,)``.
    node
        First node of each cell, then ``M``; ``(C + 1,)``.
    continues
        The node that each continues, -1 where it begins a session; ``(M,)``.
    cell
        Rows link, interval, pass, whether the interval is locked to the link, the bits of the
        required services that serving it is, and the cell of its link before, or -1; ``(6, C)``.
    source, target
        The last cell of each link from which one can be reached that begins a session, and the
        first that can follow it, or -1, ``(C, N)``; whichever a sweep does not use may be empty.
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
    continues: Integers
    cell: Integers
    source: Indices
    target: Indices
    barrier: Integers
    tables: Integers
    first: int
    final: Bools
    closes: Integers


class Potentials(NamedTuple):
    """What :func:`backward` fills: ``after`` ``(M, L)``, ``begun`` ``(C,)``, others ``(C, L)``."""

    after: Integers
    held: Integers
    turned: Integers
    begun: Integers


@kernel
def followers(cell: Integers, source: Indices, target: Indices) -> None:
    """Fill the first cell of each link that can follow a cell, or -1: the inverse of ``source``.

    ``target[j, n]`` is the first cell ``c`` of ``n`` with ``source[c, link[j]] >= j``; ``(C, N)``.
    """
    links = source.shape[1]
    link, before = cell[0], cell[5]
    done = np.full((links, links), -1)  # last cell of each link that has its follower of another
    target[:] = -1
    for c in range(link.size):
        own = link[c]
        for n in range(links):
            j = source[c, n]
            last = j
            while j > done[n, own]:
                target[j, own] = c
                j = before[j]
            done[n, own] = max(done[n, own], last)


def forward(sweep: Sweep, served: Integers, last: Integers) -> None:
    """Fill the values of the best schedules of each prefix of the horizon.

    ``served[k, s]``: the best that ends by serving node ``k``, in state ``s`` then; ``(M, L 2^R)``.
    ``last[c, s]``: the best whose last service is cell ``c`` or an earlier one of its link,
    in state ``s`` in the pass of ``c``; ``(C, L 2^R)``. A state is a label and a bit for
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
    tables, first, continues = sweep.tables, sweep.first, sweep.continues
    links, intervals, before = sweep.cell[0], sweep.cell[1], sweep.cell[5]
    stays, turns = tables[0, 0] >= 0, tables[1, 0] >= 0
    for c in range(links.size):
        earliest = barrier[intervals[c]]
        begun = 0 if earliest < 0 and first >= 0 else DEAD
        for n in range(np.uint64(source.shape[1] if gain[node[c]] != DEAD else 0)):
            j = source[c, n]
            if j >= 0 and intervals[j] >= earliest and (stays if n == links[c] else turns):
                begun = max(begun, last[np.uint64(j), 0])
        most = DEAD
        for k in range(node[c], node[c + 1]):
            value = begun
            if continues[k] >= 0:
                value = served[continues[k], 0] if stays else DEAD
            served[k, 0] = DEAD
            if value != DEAD and gain[k] != DEAD:
                served[k, 0] = value + gain[k]
                most = max(most, value + gain[k])
        last[c, 0] = most
        j = before[c]
        if j >= 0 and intervals[j] >= earliest and not sweep.cell[3, c]:
            last[c, 0] = max(most, last[j, 0])


@kernel_part
def due(closes: Integers, earlier: int, later: int) -> int:
    """Return which requirements that are open at one interval end before another, bits."""
    bits = 0
    for slot in range(closes.shape[1]):
        if closes[earlier, slot] < later:
            bits |= 1 << slot
    return bits


@kernel_part
def _carry(sweep: Sweep, values: Integers, j: int, c: int, step: int, found: Integers) -> None:
    """Raise ``found`` to what serving ``c`` next leads to from values in cell ``j``, by state.

    ``step`` says by which of the tables labels go on: stay 0, turn 1, or 2 where ``c`` is idle.
    """
    cell, tables, closes = sweep.cell, sweep.tables, sweep.closes
    states = 1 << closes.shape[1]
    same_pass = cell[2, j] == cell[2, c]
    over = due(closes, cell[1, j], cell[1, c])
    met = 0 if step == IDLES else cell[4, c]
    for before in range(values.size // states):
        label = before if same_pass else tables[2, before]
        if step != IDLES:
            label = tables[step, label]
        if label < 0:
            continue
        for bits in range(states):
            value = values[before * states + bits]
            if value != DEAD and bits & over == over:
                state = label * states + (bits & ~over | met)
                found[state] = max(found[state], value)


@kernel
def _forward_with_labels(sweep: Sweep, served: Integers, last: Integers) -> None:
    gain, node, cell, source = sweep.gain, sweep.node, sweep.cell, sweep.source
    barrier, first, continues = sweep.barrier, sweep.first, sweep.continues
    states = 1 << sweep.closes.shape[1]
    intervals = cell[1]
    begun = np.empty(served.shape[1], np.int64)
    for c in range(intervals.size):
        own, earliest, j = cell[0, c], barrier[intervals[c]], cell[5, c]
        begun[:] = DEAD
        if earliest < 0 and first >= 0:
            begun[first * states + cell[4, c]] = 0
        for n in range(source.shape[1] if gain[node[c]] != DEAD else 0):
            i = source[c, n]
            if i >= 0 and intervals[i] >= earliest:
                _carry(sweep, last[i], i, c, 0 if n == own else 1, begun)
        last[c] = DEAD
        for k in range(node[c], node[c + 1]):
            served[k] = DEAD
            if gain[k] == DEAD:
                continue
            if continues[k] < 0:
                served[k] = begun
            else:
                _carry(sweep, served[continues[k]], j, c, 0, served[k])
            for state in range(begun.size):
                if served[k, state] != DEAD:
                    served[k, state] += gain[k]
                    last[c, state] = max(last[c, state], served[k, state])
        if j >= 0 and intervals[j] >= earliest and not cell[3, c]:
            _carry(sweep, last[j], j, c, IDLES, last[c])


@kernel
def backward(sweep: Sweep, ahead: Potentials) -> None:
    """Fill the values of the best ways to go on, given node or cell, and label.

    ``after[k, l]``: beyond a service of node ``k`` that left label ``l`` (its gain not counted).
    ``held[c, l]``: from cell ``c`` on when the present service is of the same
    link, the next session of it begins in ``c`` or later, and the label is ``l`` in the pass of
    ``c``; ``turned`` likewise when another link's service ends before. ``begun[c]``: when
    no link has been served before.
    """
    gain, node, cell, tables = sweep.gain, sweep.node, sweep.cell, sweep.tables
    first, continues, barrier = sweep.first, sweep.continues, sweep.barrier
    after, held, turned, begun = ahead.after, ahead.held, ahead.turned, ahead.begun
    labels = after.shape[1]
    later, goes_on = np.full(cell.shape[1], -1), np.full(gain.size, -1)
    for c in range(later.size):
        if cell[5, c] >= 0:
            later[cell[5, c]] = c
    for k in range(gain.size):
        if continues[k] >= 0:
            goes_on[continues[k]] = k
    left = np.empty(labels, np.int64)
    for c in range(later.size - 1, -1, -1):
        _leave(sweep, ahead, c, left)
        for k in range(node[c], node[c + 1]):
            then = goes_on[k]
            for before in range(labels):
                after[k, before] = left[before]
                label = tables[0, before]
                if then >= 0 and label >= 0 and after[then, label] != DEAD:
                    after[k, before] = max(left[before], gain[then] + after[then, label])
        k, j = node[c], later[c]
        skips = j >= 0 and not cell[3, c] and barrier[cell[1, j]] < cell[1, c]
        begun[c] = DEAD
        if first >= 0 and after[k, first] != DEAD:
            begun[c] = gain[k] + after[k, first]
        if skips:
            begun[c] = max(begun[c], begun[j])
        for before in range(labels):
            held[c, before], turned[c, before] = DEAD, DEAD
            label = tables[0, before]
            if label >= 0 and after[k, label] != DEAD:
                held[c, before] = gain[k] + after[k, label]
            label = tables[1, before]
            if label >= 0 and after[k, label] != DEAD:
                turned[c, before] = gain[k] + after[k, label]
            if skips:
                label = before if cell[2, j] == cell[2, c] else tables[2, before]
                held[c, before] = max(held[c, before], held[j, label])
                turned[c, before] = max(turned[c, before], turned[j, label])


@kernel_part
def _leave(sweep: Sweep, ahead: Potentials, c: int, left: Integers) -> None:
    """Fill what is the best beyond a session that ends in a cell, by label."""
    cell, target, barrier = sweep.cell, sweep.target, sweep.barrier
    end = barrier[barrier.size - 1]
    for label in range(left.size):
        left[label] = 0 if sweep.final[label] and cell[1, c] >= end else DEAD
    for n in range(target.shape[1]):
        j = target[c, n]
        if j < 0 or cell[1, c] < barrier[cell[1, j]]:
            continue
        for before in range(left.size):
            label = before if cell[2, j] == cell[2, c] else sweep.tables[2, before]
            value = ahead.held[j, label] if n == cell[0, c] else ahead.turned[j, label]
            left[before] = max(left[before], value)
