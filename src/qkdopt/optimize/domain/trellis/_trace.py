"""Compiled search for one best schedule through the potentials of a forward sweep."""

from __future__ import annotations

from qkdopt.arrays import Indices, Integers
from qkdopt.compiled import kernel
from qkdopt.optimize.domain.trellis._kernels import DEAD, Sweep, due

__all__ = ["best_end", "trace_back"]


@kernel
def best_end(sweep: Sweep, latest: Indices, last: Integers) -> tuple[int, int, int]:
    """Return value, node and state of the best schedule that serves a link.

    ``latest`` has the last node of each link; a schedule whose last service is before
    the last barrier, or that lacks a required service, is none. Returns ``(DEAD, -1, -1)`` if
    no schedule serves any link.
    """
    node, closes, final = sweep.node, sweep.closes, sweep.final
    end = sweep.barrier[sweep.barrier.size - 1]
    states = 1 << closes.shape[1]
    best, at, best_state = DEAD, -1, -1
    for n in range(latest.size):
        j = latest[n]
        if j < 0 or node[1, j] < end:
            continue
        over = due(closes, node[1, j], closes.shape[0])
        for state in range(last.shape[1]):
            if final[state // states] and state & over == over and last[j, state] > best:
                best, at, best_state = last[j, state], j, state
    return best, at, best_state


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
