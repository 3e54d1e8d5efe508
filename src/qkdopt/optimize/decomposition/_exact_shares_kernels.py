"""The energy of schedules on the way to an exact match, compiled.

``A`` active intervals, ``N`` links, ``T`` targets of positive weight.
"""

from typing import NamedTuple

import numpy as np

from qkdopt.arrays import Floats, Integers, Words
from qkdopt.compiled import kernel, kernel_part
from qkdopt.optimize.decomposition.window_path import Cells
from qkdopt.optimize.objectives._energy_kernels import energy, value

WORDS = 4096
"""Sums of fewer than 64 times as many bits are examined one by one."""

_SHORT = 13.0  # a target that gets too little is worse than any surplus
_NO_SUMS = 50.0
_FARTHEST = 10.0  # units that may be missing while surpluses are matched


class ExactMatch(NamedTuple):
    """Minus the bits that are missing, and how rare it is that surpluses can be left out.

    The energy is 0 where a match is contained in the schedule.

    Attributes
    ----------
    cells
        What the schedule delivers.
    service
        The schedule itself, which the walk changes: link by interval, -1 for none, ``(A,)``.
    need
        Bits that each target has to get exactly, shape ``(T,)``.
    unit
        Bits that count for one [bits].
    matching
        Whether surpluses count as yet.
    amounts, words
        Buffers, shapes ``(A,)`` and ``(WORDS,)``.
    """

    cells: Cells
    service: Integers
    need: Floats
    unit: float
    matching: bool
    amounts: Integers
    words: Words


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


@kernel_part
def _badness(match: ExactMatch, n: int, surplus: int) -> float:
    """Return 0 if target ``n`` can be matched by idling, or by how much it is missed."""
    if surplus < 0:
        return float((_SHORT if match.matching else 0.0) - surplus / match.unit)
    if surplus == 0 or not match.matching:
        return 0.0
    bits, place, service = match.cells.bits, match.cells.place, match.service
    amounts, count = match.amounts, int(np.int64(0))  # 0 would compile twice
    for a in range(service.size):
        link = service[a]
        if link >= 0 and place[link] == n and bits[a, link] <= surplus:
            amounts[count] = bits[a, link]
            count += 1
    return float(rarity(amounts, count, surplus, match.words))


@energy.register
def _energy_of_match(
    data: ExactMatch, bits: Floats, terms: Floats, old_bits: Floats, old: Floats
) -> float:
    need, missing, total = data.need, 0.0, 0.0
    for n in range(bits.size):
        missing += max(0.0, need[n] - bits[n])
    if data.matching and missing > _FARTHEST * data.unit:
        terms[:] = np.nan
        return -np.inf
    for n in range(bits.size):
        terms[n] = old[n]
        if bits[n] != old_bits[n] or np.isnan(old[n]):
            terms[n] = _badness(data, n, int(bits[n] - need[n]))
        total += terms[n]
    return -total


@value.register
def _value_of_match(data: ExactMatch, bits: Floats, energy_there: float) -> float:
    return energy_there
