"""List the schedules of one block whose value is near the best, compiled.

Arrays in, arrays out; ``m`` intervals, ``N`` links, ``T`` targets.

gain
    Value of serving link ``n`` in interval ``a``, any sign, shape ``(m, N)``.
bits
    Bits that it delivers; 0 where it may not be served; shape ``(m, N)``.
departure
    First interval in which another link may be served after one served in ``a``, shape
    ``(m,)``; ``m`` if none.
arrival
    Last interval in which another link may have been served before one served in ``a``,
    shape ``(m,)``; -1 if none.
small, cheap
    ``small[a, n]``: last interval before ``a`` in which ``n`` delivers a few bits only, so
    few that a schedule which leaves it out for nothing is not listed. ``cheap``:
    the same, or one in which ``n`` has little value: left out only from some interval on, up
    to the next hand-over. Shapes ``(m + 1, N)``; -1 if none.
"""

from __future__ import annotations

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.compiled import kernel

__all__ = ["list_near_best", "worth_to_go"]


@kernel
def worth_to_go(
    gain: Floats,
    bits: Integers,
    departure: Integers,
    served: Floats,
    pointed: Floats,
    free: Floats,
) -> None:
    """Fill the most that can still be gained, backwards.

    ``served[a, n]`` if ``n`` is served in ``a``; ``pointed[a, n]`` if the next service is of
    ``n``, in ``a`` or later (or nothing is); ``free[a]`` if it is of any link. Shapes
    ``(m, N)``, ``(m + 1, N)``, ``(m + 1,)``; last rows 0.
    """
    pointed[-1, :] = 0.0
    free[-1] = 0.0
    for back in range(gain.shape[0]):
        a = gain.shape[0] - 1 - back
        free[a] = free[a + 1]
        for n in range(gain.shape[1]):
            pointed[a, n] = pointed[a + 1, n]
            served[a, n] = -np.inf
            if bits[a, n] > 0:
                served[a, n] = gain[a, n] + max(pointed[a + 1, n], free[departure[a]])
                pointed[a, n] = max(pointed[a, n], served[a, n])
                free[a] = max(free[a], served[a, n])


@kernel
def _met(
    a: int,
    n: int,
    total: Integers,
    cell: Floats,
    loss: float,
    seen_hash: Integers,
    seen_loss: Floats,
) -> bool:
    """Say if one of the same end and delivery was met with no more loss; remember it."""
    mixed = np.int64(a * 1_000_003 + n + 1)
    for t in range(total.size):
        mixed = (mixed ^ np.int64(total[t] / cell[t])) * np.int64(6364136223846793005)
        mixed ^= mixed >> 29
    place = mixed & (seen_hash.size - 1)
    if seen_hash[place] == mixed and seen_loss[place] <= loss:
        return True
    seen_hash[place], seen_loss[place] = mixed, loss
    return False


@kernel
def _worth_listing(
    a: int,
    last: int,
    b: int,
    n: int,
    turn: int,
    arrival: Integers,
    small: Integers,
    cheap: Integers,
) -> bool:
    """Say if ``n`` in ``b`` may follow ``last`` in ``a`` with nothing small left out between."""
    if n == last:
        return bool(cheap[b, n] <= a)
    if b < turn or cheap[b, n] >= turn:
        return False
    return bool(last < 0 or small[arrival[b] + 1, last] <= a)


@kernel
def list_near_best(
    bits: Integers,
    target: Integers,
    departure: Integers,
    arrival: Integers,
    small: Integers,
    cheap: Integers,
    served: Floats,
    pointed: Floats,
    free: Floats,
    most_loss: float,
    spread: float,
    random: np.random.Generator,
    most_nodes: int,
    cell: Floats,
    seen_hash: Integers,
    seen_loss: Floats,
    key: Floats,
    loss: Floats,
    delivered: Integers,
    service: Integers,
    keep: int,
) -> tuple[int, float]:
    """List schedules in depth-first order; drop the worst half whenever the buffers are full.

    Parameters
    ----------
    target
        Target of each link, shape ``(N,)``.
    most_loss
        Schedules that lose more than this against the best are left out.
    spread, random
        The worst half is chosen by ``key`` = loss plus up to ``spread`` at random (a numpy
        generator), so that of many schedules with nearly the same loss a sample stays.
    most_nodes
        Partial schedules to examine before the list is left as it is.
    cell
        Of (partial) schedules that end alike and deliver the same number of whole cells of
        bits to every target only the best is pursued, shape ``(T,)``.
    seen_hash, seen_loss
        Buffers for those already met: shape ``(2^k,)``; first 0 and anything.
    key, loss, delivered, service
        Buffers for the list: shapes ``(R,)``, ``(R,)``, ``(R, T)``, ``(R, m)`` (-1 where no link
        is served).
    keep
        How many to keep when the buffers are full, < R.

    Returns
    -------
    tuple
        How many were listed, and the loss below which the list is complete (below 0: nowhere).
    """
    nodes = 0
    length, links = served.shape
    depth, count, limit = 0, 0, most_loss
    at = np.full(length + 1, -1, np.int64)  # interval and link of each service so far
    link = np.full(length + 1, -1, np.int64)
    lost = np.zeros(length + 1)
    next_interval = np.zeros(length + 1, np.int64)
    next_link = np.full(length + 1, -1, np.int64)  # -1: first try to serve no link any more
    total = np.zeros(delivered.shape[1], np.int64)
    while depth >= 0:
        last, a = link[depth], at[depth]
        turn = departure[a] if a >= 0 else 0
        best = free[turn]
        if last >= 0:
            best = max(best, pointed[a + 1, last])
        if next_link[depth] == -1:
            next_link[depth] = 0
            nodes += 1
            if nodes > most_nodes:
                return count, -1.0
            if lost[depth] + best <= limit and (last < 0 or small[length, last] <= a):
                if count == loss.size:
                    count, limit = _drop_worst(key, loss, delivered, service, keep, limit)
                sampled = lost[depth] + best + spread * random.random()
                if sampled <= limit and not _met(
                    length, 0, total, cell, lost[depth] + best, seen_hash, seen_loss
                ):
                    key[count] = sampled
                    loss[count] = lost[depth] + best
                    delivered[count] = total
                    service[count] = -1
                    for d in range(1, depth + 1):
                        service[count, at[d]] = link[d]
                    count += 1
        found = False
        while next_interval[depth] < length and not found:
            b = next_interval[depth]
            open_from = free[b] if b >= turn else free[turn]
            if last >= 0:
                open_from = max(open_from, pointed[b, last])
            if lost[depth] + best - open_from > limit:
                next_interval[depth] = length
                continue
            while next_link[depth] < links and not found:
                n = next_link[depth]
                next_link[depth] += 1
                if not _worth_listing(a, last, b, n, turn, arrival, small, cheap):
                    continue
                missed = lost[depth] + best - served[b, n]
                if missed <= limit:
                    if target[n] >= 0:
                        total[target[n]] += bits[b, n]
                    if _met(b, n, total, cell, missed, seen_hash, seen_loss):
                        if target[n] >= 0:
                            total[target[n]] -= bits[b, n]
                        continue
                    found = True
                    depth += 1
                    at[depth], link[depth], lost[depth] = b, n, missed
                    next_interval[depth], next_link[depth] = b + 1, -1
            if not found:
                next_interval[depth] += 1
                next_link[depth] = 0
        if not found:
            if depth > 0 and target[link[depth]] >= 0:
                total[target[link[depth]]] -= bits[at[depth], link[depth]]
            depth -= 1
    return count, limit


@kernel
def _drop_worst(
    key: Floats, loss: Floats, delivered: Integers, service: Integers, keep: int, limit: float
) -> tuple[int, float]:
    """Keep those with the ``keep`` smallest keys, in order; return how many, and the new limit."""
    below = np.sort(key)[keep]
    kept = 0
    for i in range(loss.size):
        if key[i] < below:
            key[kept] = key[i]
            loss[kept] = loss[i]
            delivered[kept] = delivered[i]
            service[kept] = service[i]
            kept += 1
    return kept, min(limit, below)
