"""Search for one best schedule through the potentials of a forward sweep."""

from __future__ import annotations

import numpy as np

from qkdopt.arrays import Indices, Integers
from qkdopt.compiled import kernel
from qkdopt.optimize.domain.trellis._kernels import DEAD, Sweep, due

__all__ = ["best_end", "trace_back"]


def best_end(sweep: Sweep, latest: Indices, last: Integers) -> tuple[int, int, int]:
    """Return value, node and state of the best schedule that serves a link.

    ``latest`` has the last node of each link; a schedule whose last service is before
    the last barrier, or that lacks a required service, is none. Returns ``(DEAD, -1, -1)`` if
    no schedule serves any link.
    """
    intervals, closes = sweep.node[1], sweep.closes
    nodes = latest[latest >= 0]
    nodes = nodes[intervals[nodes] >= sweep.barrier[-1]]
    slots, state = np.arange(closes.shape[1]), np.arange(last.shape[1])
    over = ((closes[intervals[nodes]] < closes.shape[0]) << slots).sum(axis=1, keepdims=True)
    ends = sweep.final[state >> slots.size] & (state & over == over)
    values = np.where(ends, last[nodes], DEAD)
    if not nodes.size or values.max() == DEAD:
        return DEAD, -1, -1
    at, best = divmod(int(values.argmax()), state.size)
    return int(values[at, best]), int(nodes[at]), best


@kernel
def trace_back(
    sweep: Sweep, served: Integers, last: Integers, k: int, state: int, service: Integers
) -> None:
    """Fill ``service[a]`` with the links of the schedule behind ``last[k, state]``."""
    gain, node, source, barrier = sweep.gain, sweep.node, sweep.source, sweep.barrier
    tables, first, closes = sweep.tables, sweep.first, sweep.closes
    states = 1 << closes.shape[1]
    while k >= 0:
        value = last[k, state]
        own, a = node[0, k], node[1, k]
        serves = served[k, state] == value
        if serves:
            service[a] = own
            value -= gain[k]
            if state == first * states + node[4, k] and value == 0 and barrier[a] < 0:
                return
        found, found_state = -1, -1
        for n in range(source.shape[1]):
            j = source[k, n]
            if j < 0 or node[1, j] < barrier[a] or not (serves or n == own):
                continue
            over = due(closes, node[1, j], a)
            for before in range(last.shape[1]):
                bits = before % states
                if last[j, before] != value or bits & over != over:
                    continue
                label, bits = before // states, bits & ~over
                if node[2, j] != node[2, k]:
                    label = tables[2, label]
                if serves:
                    label, bits = tables[0 if n == own else 1, label], bits | node[4, k]
                if label >= 0 and label * states + bits == state:
                    found, found_state = j, before
        k, state = found, found_state
