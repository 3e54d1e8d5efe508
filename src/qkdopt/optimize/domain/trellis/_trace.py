"""Compiled search for one best schedule through the potentials of a forward sweep."""

from __future__ import annotations

from qkdopt.arrays import Bools, Indices, Integers
from qkdopt.compiled import kernel
from qkdopt.optimize.domain.trellis._kernels import DEAD

__all__ = ["best_end", "trace_back"]


@kernel
def best_end(
    node: Integers, latest: Indices, end: int, final: Bools, last: Integers
) -> tuple[int, int, int]:
    """Return value, node and label of the best schedule that serves somebody.

    ``latest`` has the last node of each link; a schedule whose last service is before
    interval ``end``, which must serve somebody, is none. Returns ``(DEAD, -1, -1)`` if no
    schedule serves anybody.
    """
    best, at, state = DEAD, -1, -1
    for n in range(latest.size):
        j = latest[n]
        if j < 0 or node[1, j] < end:
            continue
        for label in range(last.shape[1]):
            if final[label] and last[j, label] > best:
                best, at, state = last[j, label], j, label
    return best, at, state


@kernel
def trace_back(
    gain: Integers,
    node: Integers,
    source: Indices,
    barrier: Integers,
    tables: Integers,
    first: int,
    served: Integers,
    last: Integers,
    k: int,
    label: int,
    service: Integers,
) -> None:
    """Fill ``service[a]`` with the links of the schedule behind ``last[k, label]``, else -1."""
    service[:] = -1
    while k >= 0:
        value = last[k, label]
        if served[k, label] != value:
            found = source[k, node[0, k]]
            for before in range(last.shape[1]):
                after = before if node[2, found] == node[2, k] else tables[2, before]
                if after == label and last[found, before] == value:
                    label = before
                    break
            k = found
            continue
        service[node[1, k]] = node[0, k]
        value -= gain[k]
        if label == first and value == 0 and barrier[node[1, k]] < 0:
            return
        found, state = -1, -1
        for n in range(source.shape[1]):
            j = source[k, n]
            if j < 0 or node[1, j] < barrier[node[1, k]]:
                continue
            step = 0 if n == node[0, k] else 1
            for before in range(last.shape[1]):
                if last[j, before] != value:
                    continue
                after = before if node[2, j] == node[2, k] else tables[2, before]
                if tables[step, after] == label:
                    found, state = j, before
        k, label = found, state
