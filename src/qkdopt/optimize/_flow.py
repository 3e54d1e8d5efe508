"""The largest flow through a small network, in integers of any size."""

from __future__ import annotations

from collections import deque

__all__ = ["largest_flow"]


def largest_flow(capacity: list[list[int]], source: int, sink: int) -> list[list[int]]:
    """Return the flow along every arc (Dinic's method: shortest paths first).

    Parameters
    ----------
    capacity
        Whole numbers >= 0, one row per node; no arc may have a twin in the other direction.

    Returns
    -------
    list of list of int
        The flow in the same layout; along the cut that it saturates nothing more can pass.
    """
    room = [row[:] for row in capacity]
    while (level := _levels(room, source))[sink] >= 0:
        arc = [0] * len(room)
        while _push(room, level, arc, source, sink, -1):
            pass
    return [
        [max(0, c - r) for c, r in zip(given, left, strict=True)]
        for given, left in zip(capacity, room, strict=True)
    ]


def _levels(room: list[list[int]], source: int) -> list[int]:
    """Return how many arcs with room lead from the source to each node, -1 if none do."""
    level = [-1] * len(room)
    level[source] = 0
    waiting = deque([source])
    while waiting:
        u = waiting.popleft()
        for v, left in enumerate(room[u]):
            if left and level[v] < 0:
                level[v] = level[u] + 1
                waiting.append(v)
    return level


def _push(
    room: list[list[int]], level: list[int], arc: list[int], u: int, sink: int, most: int
) -> int:
    """Send what one path can take, at most ``most`` (-1: anything); return how much."""
    if u == sink:
        return most
    while arc[u] < len(room):
        v = arc[u]
        left = room[u][v]
        if left and level[v] == level[u] + 1:
            sent = _push(room, level, arc, v, sink, left if most < 0 else min(most, left))
            if sent:
                room[u][v] -= sent
                room[v][u] += sent
                return sent
        arc[u] += 1
    return 0
