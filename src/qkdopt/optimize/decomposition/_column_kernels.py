"""List the schedules of one block whose value is near the best, compiled.

``m`` intervals, ``N`` links, ``T`` targets.
"""

from typing import NamedTuple

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.compiled import kernel, kernel_part
from qkdopt.optimize.decomposition._listing_kernels import LINKS, met, of_rank


class Block(NamedTuple):
    """What may be served, and what is not worth a schedule of its own.

    Attributes
    ----------
    bits
        Bits that serving link ``n`` in interval ``a`` delivers; 0 where it may not be served;
        shape ``(m, N)``.
    target
        Target of each link, -1 for one of weight 0, shape ``(N,)``.
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

    bits: Integers
    target: Integers
    departure: Integers
    arrival: Integers
    small: Integers
    cheap: Integers


class ToGo(NamedTuple):
    """The most that can still be gained.

    Attributes
    ----------
    served
        If ``n`` is served in ``a``, shape ``(m, N)``.
    pointed
        If the next service is of ``n``, in ``a`` or later (or nothing is), shape ``(m + 1, N)``.
    free
        If it is of any link, shape ``(m + 1,)``. Last rows are 0.
    """

    served: Floats
    pointed: Floats
    free: Floats


class Near(NamedTuple):
    """Which schedules are listed.

    Attributes
    ----------
    most_loss
        Schedules that lose more than this against the best are left out.
    spread
        The worst half is chosen by ``key`` = loss plus up to ``spread`` at random, so that of
        many schedules with nearly the same loss a sample stays.
    most_nodes
        Partial schedules to examine before the list is left as it is.
    keep
        How many to keep when the buffers are full, fewer than they hold.
    cell
        Of (partial) schedules that end alike and deliver the same number of whole cells of
        bits to every target only the best is pursued, shape ``(T,)``.
    """

    most_loss: float
    spread: float
    most_nodes: int
    keep: int
    cell: Floats


class Listed(NamedTuple):
    """Buffers for the list, and for what was met.

    Attributes
    ----------
    key, loss, delivered, service
        Shapes ``(R,)``, ``(R,)``, ``(R, T)``, ``(R, m)`` (-1 where no link is served).
    seen_hash, seen_loss
        Shape ``(2^k,)``; first 0 and anything.
    """

    key: Floats
    loss: Floats
    delivered: Integers
    service: Integers
    seen_hash: Integers
    seen_loss: Floats


class _Path(NamedTuple):
    """The services so far, and where to go on from each.

    Attributes
    ----------
    at, link, lost
        Interval, link and loss after each service, the first row for none, shape ``(m + 1,)``.
    next_interval, next_link
        What to try next; link -1: first try to serve no link any more.
    total
        Bits by target, shape ``(T,)``.
    """

    at: Integers
    link: Integers
    lost: Floats
    next_interval: Integers
    next_link: Integers
    total: Integers


@kernel
def worth_to_go(gain: Floats, block: Block, to_go: ToGo) -> None:
    """Fill the most that can still be gained, backwards.

    ``gain`` is the value of serving link ``n`` in interval ``a``, any sign, shape ``(m, N)``.
    """
    bits, departure = block.bits, block.departure
    served, pointed, free = to_go
    length, links = gain.shape
    for n in range(links):
        pointed[length, n] = 0.0
    free[length] = 0.0
    for back in range(length):
        a = length - 1 - back
        free[a] = free[a + 1]
        for n in range(links):
            pointed[a, n] = pointed[a + 1, n]
            served[a, n] = -np.inf
            if bits[a, n] > 0:
                served[a, n] = gain[a, n] + max(pointed[a + 1, n], free[departure[a]])
                pointed[a, n] = max(pointed[a, n], served[a, n])
                free[a] = max(free[a], served[a, n])


@kernel
def list_near_best(
    block: Block, to_go: ToGo, near: Near, listed: Listed, random: np.random.Generator
) -> tuple[int, float]:
    """List schedules in depth-first order; drop the worst half whenever the buffers are full.

    Returns
    -------
    tuple
        How many were listed, and the loss below which the list is complete (below 0: nowhere).
    """
    bits, target, departure, small = block.bits, block.target, block.departure, block.small
    length = bits.shape[0]
    none = int(np.int64(0))  # 0 would compile twice
    nodes, depth, count, limit = none, none, none, near.most_loss
    path = _Path(
        np.full(length + 1, -1, np.int64), np.full(length + 1, -1, np.int64),
        np.zeros(length + 1), np.zeros(length + 1, np.int64),
        np.full(length + 1, -1, np.int64), np.zeros(listed.delivered.shape[1], np.int64),
    )  # fmt: skip
    at, link, lost, _, next_link, total = path
    while depth >= 0:
        last, a = link[depth], at[depth]
        turn = departure[a] if a >= 0 else 0
        best = to_go.free[turn]
        if last >= 0:
            best = max(best, to_go.pointed[a + 1, last])
        if next_link[depth] == -1:
            next_link[depth] = 0
            nodes += 1
            if nodes > near.most_nodes:
                return count, -1.0
            missed = lost[depth] + best
            if missed <= limit and (last < 0 or small[length, last] <= a):
                count, limit = _list(path, depth, missed, near, listed, random, count, limit)
        if _serve_next(block, to_go, near.cell, listed, path, depth, lost[depth] + best, limit):
            depth += 1
            continue
        if depth > 0 and target[link[depth]] >= 0:
            total[target[link[depth]]] -= bits[at[depth], link[depth]]
        depth -= 1
    return count, limit


@kernel_part
def _list(
    path: _Path, depth: int, missed: float, near: Near, listed: Listed,
    random: np.random.Generator, count: int, limit: float,
) -> tuple[int, float]:  # fmt: skip
    """List the services so far; return how many are listed, and the largest loss from now on."""
    key, loss, delivered, service = listed.key, listed.loss, listed.delivered, listed.service
    at, link, total = path.at, path.link, path.total
    if count == loss.size:
        count, limit = _drop_worst(listed, near.keep, limit)
    sampled = missed + near.spread * random.random()
    if sampled > limit or met(
        service.shape[1] * LINKS, total, near.cell, missed, listed.seen_hash, listed.seen_loss
    ):
        return count, limit
    key[count], loss[count] = sampled, missed
    for t in range(total.size):
        delivered[count, t] = total[t]
    for a in range(service.shape[1]):
        service[count, a] = -1
    for d in range(1, depth + 1):
        service[count, at[d]] = link[d]
    return count + 1, limit


@kernel_part
def _serve_next(
    block: Block, to_go: ToGo, cell: Floats, listed: Listed, path: _Path, depth: int,
    most: float, limit: float,
) -> bool:  # fmt: skip
    """Add the next service that may lead to a schedule near the best; say if there is one.

    ``most`` is the loss so far and what is still to gain.
    """
    bits, target, departure, arrival, small, cheap = block
    served, pointed, free = to_go
    seen_hash, seen_loss = listed.seen_hash, listed.seen_loss
    at, link, lost, next_interval, next_link, total = path
    last, a = link[depth], at[depth]
    turn = departure[a] if a >= 0 else 0
    for b in range(next_interval[depth], bits.shape[0]):
        open_from = free[b] if b >= turn else free[turn]
        if last >= 0:
            open_from = max(open_from, pointed[b, last])
        if most - open_from > limit:
            break
        for n in range(next_link[depth], bits.shape[1]):
            missed = most - served[b, n]
            if missed > limit:
                continue
            # Nothing small may be left out between, nor cheap services up to the hand-over.
            if n == last:
                left_out = cheap[b, n] > a
            else:
                left_out = b < turn or cheap[b, n] >= turn
                left_out |= last >= 0 and small[arrival[b] + 1, last] > a
            if left_out:
                continue
            if target[n] >= 0:
                total[target[n]] += bits[b, n]
            if not met(b * LINKS + n, total, cell, missed, seen_hash, seen_loss):
                next_interval[depth], next_link[depth] = b, n + 1
                at[depth + 1], link[depth + 1], lost[depth + 1] = b, n, missed
                next_interval[depth + 1], next_link[depth + 1] = b + 1, -1
                return True
            if target[n] >= 0:
                total[target[n]] -= bits[b, n]
        next_link[depth] = 0
    return False


@kernel_part
def _drop_worst(listed: Listed, keep: int, limit: float) -> tuple[int, float]:
    """Keep those with the ``keep`` smallest keys, in order; return how many, and the new limit."""
    key, loss, delivered, service = listed.key, listed.loss, listed.delivered, listed.service
    below, kept = of_rank(key.copy(), keep), 0
    for i in range(loss.size):
        if key[i] < below:
            key[kept] = key[i]
            loss[kept] = loss[i]
            for t in range(delivered.shape[1]):
                delivered[kept, t] = delivered[i, t]
            for a in range(service.shape[1]):
                service[kept, a] = service[i, a]
            kept += 1
    return kept, min(limit, below)
