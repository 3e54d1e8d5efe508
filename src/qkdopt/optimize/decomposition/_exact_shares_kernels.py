"""Schedules on the way to an exact match, compiled.

Arrays in, arrays out; ``A`` active intervals, ``N`` links, ``T`` targets of positive weight.

bits, interval, tau, place
    As in ``_window_kernels``: ``bits`` has shape ``(A, N)``, ``place`` shape ``(N,)``.
need
    Bits that each target has to get exactly, shape ``(T,)``.
service
    Link served in each interval, -1 for none, shape ``(A,)``.
"""

from __future__ import annotations

import numpy as np

from qkdopt.arrays import Floats, Integers, Words
from qkdopt.compiled import kernel
from qkdopt.optimize.decomposition.window_path import window_path

__all__ = ["WORDS", "approach", "rarity"]

WORDS = 4096
"""Sums of fewer than 64 times as many bits are examined one by one."""

_SHORT = 13.0  # a target that gets too little is worse than any surplus
_NO_SUMS = 50.0
_LONGEST = 128  # intervals of a window
_STEEPEST = 40.0
_NOISE = 0.5
_LARGEST_TILT = 3.0
_FARTHEST = 10.0  # units that may be missing while surpluses are matched


@kernel
def rarity(amounts: Integers, count: int, wanted: int, words: Words) -> float:
    """Return 0 if some of the first amounts add up to ``wanted``, else how rare sums are.

    That is one more than the logarithm (base 2) of how many numbers up to ``wanted`` there
    are for each that is a sum. What exceeds the buffer is first used up in order.

    Parameters
    ----------
    amounts
        Positive, shape ``(M,)``.
    words
        Buffer, unsigned, shape ``(W,)``.
    """
    used = np.zeros(count, np.bool_)
    for i in range(count):
        if wanted >= 64 * words.size and amounts[i] <= wanted:
            wanted -= amounts[i]
            used[i] = True
    if wanted >= 64 * words.size:
        return _NO_SUMS
    if wanted == 0:
        return 0.0
    top, one = wanted // 64, np.uint64(1)
    words[: top + 1] = 0
    words[0] = 1
    for i in range(count):
        if used[i] or amounts[i] > wanted:
            continue
        shift, rest = amounts[i] // 64, np.uint64(amounts[i] % 64)
        for w in range(top, shift - 1, -1):
            word = words[w - shift] << rest
            if rest > 0 and w > shift:
                word |= words[w - shift - 1] >> (np.uint64(64) - rest)
            words[w] |= word
        if (words[top] >> np.uint64(wanted % 64)) & one == one:
            return 0.0
    reached = 0
    for w in range(top + 1):
        word = words[w]
        while word:
            word &= word - one
            reached += 1
    return float(1.0 + max(0.0, np.log2((wanted + 1.0) / reached)))


@kernel
def _badness(
    bits: Integers,
    place: Integers,
    service: Integers,
    n: int,
    surplus: int,
    unit: float,
    matching: bool,
    amounts: Integers,
    words: Words,
) -> float:
    """Return 0 if target ``n`` can be matched by idling, or by how much it is missed."""
    if surplus < 0:
        return float((_SHORT if matching else 0.0) - surplus / unit)
    if surplus == 0 or not matching:
        return 0.0
    count = 0
    for a in range(service.size):
        link = service[a]
        if link >= 0 and place[link] == n and bits[a, link] <= surplus:
            amounts[count] = bits[a, link]
            count += 1
    return float(rarity(amounts, count, surplus, words))


@kernel
def _add(
    bits: Integers, place: Integers, low: int, served: Integers, sign: int, got: Integers
) -> None:
    """Add a window's bits to those of the targets, or take them away."""
    for i in range(served.size):
        if served[i] >= 0 and place[served[i]] >= 0:
            got[place[served[i]]] += sign * bits[low + i, served[i]]


@kernel
def _tilt(
    base: Floats, need: Integers, got: Integers, random: np.random.Generator, price: Floats
) -> None:
    """Fill prices: higher where bits are missing, and noisy."""
    slope, noise = _STEEPEST * random.random(), _NOISE * random.random() ** 2
    for n in range(need.size):
        tilt = slope * (need[n] - got[n]) / need[n]
        tilt = min(max(tilt, -_LARGEST_TILT), _LARGEST_TILT)
        price[n] = base[n] * np.exp(tilt + noise * random.standard_normal())


@kernel
def approach(
    bits: Integers,
    interval: Integers,
    tau: int,
    place: Integers,
    base: Floats,
    need: Integers,
    unit: float,
    matching: bool,
    enough: float,
    hot: float,
    cold: float,
    steps: int,
    random: np.random.Generator,
    service: Integers,
) -> float:
    """Anneal ``service`` for at most ``steps`` windows, until its badness is ``enough``.

    Badness is the bits that are missing, in units, and once ``matching`` also how rare it is
    that a surplus can be left out in whole intervals; 0 means that a match is contained.
    """
    targets, longest = need.size, min(bits.shape[0], _LONGEST)
    pointed = np.empty((longest + 1, bits.shape[1]))
    best, origin = np.empty(longest), np.empty(longest, np.int64)
    found = np.empty(longest, np.int64)
    amounts, words = np.empty(service.size, np.int64), np.zeros(WORDS, np.uint64)
    got, price = np.zeros(targets, np.int64), np.empty(targets)
    _add(bits, place, 0, service, 1, got)
    bad = np.empty(targets)
    for n in range(targets):
        bad[n] = _badness(bits, place, service, n, got[n] - need[n], unit, matching, amounts, words)
    for step in range(steps):
        if bad.sum() <= enough:
            break
        heat = hot * (cold / hot) ** (step / steps)
        low = int(random.random() * service.size)
        high = min(service.size, low + min(int(2.0 ** (1.0 + 6.0 * random.random())), longest))
        _tilt(base, need, got, random, price)
        window_path(
            bits, interval, tau, place, price, low, high, service, pointed, best, origin, found
        )
        new, new_bad = got.copy(), bad.copy()
        _add(bits, place, low, service[low:high], -1, new)
        _add(bits, place, low, found[: high - low], 1, new)
        if matching and np.maximum(need - new, 0).sum() > _FARTHEST * unit:
            continue
        kept = service[low:high].copy()
        service[low:high] = found[: high - low]
        for n in range(targets):
            if new[n] != got[n]:
                new_bad[n] = _badness(
                    bits, place, service, n, new[n] - need[n], unit, matching, amounts, words
                )
        worse = new_bad.sum() - bad.sum()
        if worse <= 0.0 or random.random() < np.exp(-worse / heat):
            got, bad = new, new_bad
        else:
            service[low:high] = kept
    return float(bad.sum())
