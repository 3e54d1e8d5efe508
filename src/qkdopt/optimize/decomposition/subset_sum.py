"""Subset sums: whole amounts that add up to as much as possible, but not to more than a limit.

Sums of any number of amounts are the bits of one long integer (Bellman's recursion, a shift for
each amount). Where the limit is too large for that, those of few amounts are found by sorting
the sums of two halves (Horowitz and Sahni 1974, J. ACM 21, 277).
"""

from collections.abc import Sequence

import numpy as np

from qkdopt.arrays import Integers

FEW = 26  # amounts whose sums of halves fit
_ROOM = 2**23  # bits of the long integer


def largest_subset_sum(amounts: Sequence[int], limit: int) -> list[int]:
    """Return indices of amounts with the largest sum that is at most ``limit``.

    Exact while ``limit`` is below 2^23 or there are at most ``FEW`` amounts; else amounts are
    used up in order until ``limit`` is small enough, and those are not reconsidered. Amounts are
    positive; for a negative limit there is nothing to take.
    """
    if limit >= _ROOM and len(amounts) <= FEW:
        return _by_halves(np.array(amounts, np.int64), limit)
    chosen: list[int] = []
    for i, amount in enumerate(amounts):
        if limit >= _ROOM and amount <= limit:
            chosen.append(i)
            limit -= amount
    if not 0 <= limit < _ROOM:
        return chosen
    used = set(chosen)
    rest = [i for i, amount in enumerate(amounts) if i not in used and amount <= limit]
    mask = (1 << (limit + 1)) - 1
    reached = [1]  # bit s is set when some of the first amounts add up to s
    for i in rest:
        reached.append(reached[-1] | ((reached[-1] << amounts[i]) & mask))
        if reached[-1] >> limit & 1:
            break
    left = reached[-1].bit_length() - 1
    for place in range(len(reached) - 2, -1, -1):
        if not reached[place] >> left & 1:
            chosen.append(rest[place])
            left -= amounts[rest[place]]
    return chosen


def _by_halves(amounts: Integers, limit: int) -> list[int]:
    half = amounts.size // 2
    first, second = _all_sums(amounts[:half]), _all_sums(amounts[half:])
    by_size = np.argsort(second, kind="stable")
    place = np.searchsorted(second[by_size], limit - first, side="right") - 1
    sums = np.where(place >= 0, first + second[by_size[place]], -1)
    best = int(np.argmax(sums))
    taken = best | int(by_size[place[best]]) << half
    return [i for i in range(amounts.size) if taken >> i & 1]


def _all_sums(values: Integers) -> Integers:
    """Return the sum of every choice; bit ``i`` of a place says whether value ``i`` is in it."""
    sums = np.zeros(1, np.int64)
    for value in values:
        sums = np.concatenate([sums, sums + value])
    return sums
