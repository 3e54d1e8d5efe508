"""Plans of a block under several multipliers at once, compiled.

``L`` multipliers have prices of bits, shape ``(L, T)``. What cannot gain ``short`` at one of them,
with all that may follow, is dropped.
"""

import numpy as np

from qkdopt.arrays import Bools, Floats, Integers
from qkdopt.compiled import kernel, kernel_part

IN_GROUP = 16  # plans that are looked at together first
AT_ONCE = 300  # plans that are compared with each other


@kernel
def most_to_go(
    bits: Floats, interval: Integers, tau: int, price: Floats, enough: Floats, anew: Floats,
    after: Floats,
) -> int:  # fmt: skip
    """Fill in what can be gained from an interval on, by services that count up to what is enough.

    Parameters
    ----------
    bits
        Of serving link ``n`` in interval ``a``, shape ``(m, N)``.
    price, enough
        Of a bit, shape ``(L, N)``; bits of a service that count, shape ``(N,)``.
    anew, after
        The most from ``a`` on, whatever was served before, shape ``(m + 1, L)``; and after the
        service of ``n`` in ``a``, shape ``(m, N, L)``.

    Returns
    -------
    int
        How many services were looked at.
    """
    length, links = bits.shape
    best = np.zeros((links, price.shape[0]))  # with n served first, or nothing
    turned = np.full(length, length)
    anew[length] = 0.0
    services = 0
    for a in range(length - 1, -1, -1):
        turned[a] = turned[a + 1] if a + 1 < length else length
        while interval[turned[a] - 1] - interval[a] > tau:
            turned[a] -= 1
        anew[a] = anew[a + 1]
        for n in range(links):
            after[a, n] = np.maximum(best[n], anew[turned[a]])
            counted, end = 0.0, a if bits[a, n] > 0.0 else length
            while end < length and counted < enough[n]:
                if bits[end, n] > 0.0:
                    services += 1
                    counted = min(counted + bits[end, n], enough[n])
                    for k in range(price.shape[0]):
                        value = counted * price[k, n] + anew[turned[end], k]
                        best[n, k] = max(best[n, k], value)
                end += 1
            anew[a] = np.maximum(anew[a], best[n])
    return services


@kernel
def extended(
    labels: Floats, cell: tuple[int, float], enough: Floats, price: Floats, short: Floats,
    rows: Floats, origin: Integers,
) -> int:  # fmt: skip
    """Write labels with the bits of one cell more that may become good enough; return how many.

    ``cell`` has the target and the bits. ``rows`` and ``origin`` receive what is counted and which
    label each comes from, shapes ``(K, T)`` and ``(K,)``.
    """
    target, bits = cell
    count = 0
    for i in range(labels.shape[0]):
        rows[count] = labels[i]
        rows[count, target] = min(labels[i, target] + bits, enough[target])
        if _may_do(rows[count], price, short):
            origin[count] = i
            count += 1
    return count


@kernel
def joined(
    front: tuple[Floats, Floats], plans: tuple[Floats, Floats, Floats], enough: Floats,
    price: Floats, short: Floats, rows: Floats, pairs: Integers,
) -> tuple[int, int]:  # fmt: skip
    """Write sums of a choice and a plan that may become good enough.

    Parameters
    ----------
    front, plans
        Bits, shape ``(K, T)``, and gains, ``(K, L)``; of plans also what each `IN_GROUP` of them
        gain at most, shape ``(G, L)``.
    enough, price, short
        Bits that count, shape ``(T,)``, gains of a bit, ``(L, T)``, and what sums have to gain,
        ``(L,)``.
    rows, pairs
        Receive what is counted, shape ``(R, T)``, and which two each comes from, ``(R, 2)``.

    Returns
    -------
    tuple
        How many there are, -1 where these are more than rows; how many sums were looked at.
    """
    count, seen, last = 0, 0, 0
    for i in range(front[0].shape[0]):
        for group in range(plans[2].shape[0]):
            seen += 1
            if _too_little(front[1][i], plans[2][group], short, last) >= 0:
                continue
            for j in range(group * IN_GROUP, min((group + 1) * IN_GROUP, plans[0].shape[0])):
                seen += 1
                # What was too little last is often too little again.
                missed = _too_little(front[1][i], plans[1][j], short, last)
                if missed >= 0:
                    last = missed
                    continue
                if count == rows.shape[0]:
                    return -1, seen
                capped = False
                for t in range(enough.size):
                    total = front[0][i, t] + plans[0][j, t]
                    capped = capped or total > enough[t]
                    rows[count, t] = min(total, enough[t])
                if not capped or _may_do(rows[count], price, short):
                    pairs[count, 0], pairs[count, 1] = i, j
                    count += 1
    return count, seen


@kernel_part
def _too_little(gained: Floats, more: Floats, short: Floats, first: int) -> int:
    """Return multipliers at which sums of gains are too small, -1 if none; one is tried first."""
    if gained[first] + more[first] < short[first]:
        return first
    for k in range(short.size):
        if gained[k] + more[k] < short[k]:
            return k
    return -1


@kernel_part
def _may_do(row: Floats, price: Floats, short: Floats) -> bool:
    """Say whether bits gain what is needed at all multipliers."""
    for k in range(short.size):
        gained = 0.0
        for t in range(row.size):
            gained += price[k, t] * row[t]
        if gained < short[k]:
            return False
    return True


@kernel
def not_below(rows: Floats, keep: Bools) -> None:
    """Mark rows, shape ``(K, T)``, that none just before them equals or exceeds in all columns.

    Rows fall, by the last column first, so that none after a row exceeds it. So many as `AT_ONCE`
    are compared with each other: what exceeds a row is mostly near. Marks have the shape ``(K,)``.
    """
    count, columns = rows.shape
    kept = np.empty(AT_ONCE, np.int64)
    for begin in range(0, count, AT_ONCE):
        found = 0
        for i in range(begin, min(begin + AT_ONCE, count)):
            keep[i] = True
            for place in range(found):
                t = 0
                while t < columns and rows[kept[place], t] >= rows[i, t]:
                    t += 1
                if t == columns:
                    keep[i] = False
                    break
            if keep[i]:
                kept[found] = i
                found += 1
