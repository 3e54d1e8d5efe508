"""Pairs of an early and a late partial schedule in one state, found by sorting and halving."""

import numpy as np

from qkdopt.arrays import Floats, Integers

_Pairs = tuple[Integers, Integers]
_AT_ONCE = 1 << 15  # pairs of parts: what is compared of them takes room


class Join:
    """Pairs of ``K`` early and ``L`` late partial schedules; a few in other states are among them.

    Attributes
    ----------
    pairs, looked_up
        How many the last search found, and how many pairs of parts it looked at.
    """

    def __init__(self, early: Integers, late: Integers, random: int = 0) -> None:
        """Take the states, shapes ``(K,)`` and ``(L,)``, and a random number."""
        self._early, self._late, self._random = early, late, random
        self.pairs = self.looked_up = 0

    def equal(self, early: Integers, late: Integers, most: int) -> _Pairs | None:
        """Return pairs of equal numbers, ``None`` where they are more than ``most``."""
        keys = late + self._late * self._random
        order, mine = np.argsort(keys, kind="stable"), early + self._early * self._random
        begin = np.searchsorted(keys[order], mine, side="left")
        count = np.searchsorted(keys[order], mine, side="right") - begin
        self.pairs = int(count.sum())
        if self.pairs > most:
            return None
        return np.repeat(np.arange(count.size), count), order[ranges(begin, count)]

    def above(
        self, early: Floats, late: Floats, least: Floats, bits: int, most: int
    ) -> _Pairs | None:
        """Return pairs whose numbers add up to ``least`` or more, all ``F`` of them.

        Parts of the early ones and of the late ones are compared by the largest of each number,
        and cut in halves by the first ``bits`` numbers.

        Parameters
        ----------
        early, late, least
            Shapes ``(K, F)``, ``(L, F)`` and ``(F,)``.
        most
            Pairs of parts to look at: ``None`` with more, and ``looked_up`` is an estimate.
        """
        states = np.intersect1d(self._early, self._late)
        sides = (
            _Parts(self._early, early, states, bits), _Parts(self._late, late, states, bits),
        )  # fmt: skip
        found = [np.arange(states.size)] * 2
        self.looked_up, before = 0, max(1, states.size)
        while True:
            size = found[0].size
            self.looked_up += size
            left = sum(side.levels for side in sides)
            if self.looked_up > most:
                self.looked_up += int(size * min(2.0, size / before) ** left)
                return None
            before = max(1, size)
            parts = np.array_split(np.arange(size), -(-size // _AT_ONCE) or 1)
            keep = [
                at[(sides[0].most[found[0][at]] + sides[1].most[found[1][at]] >= least).all(axis=1)]
                for at in parts
            ]
            found = [numbers[np.concatenate(keep)] for numbers in found]
            if not left:
                self.pairs = found[0].size
                return sides[0].rows[found[0]], sides[1].rows[found[1]]
            cut = int(sides[1].levels > sides[0].levels)
            first, count = (x[found[cut]] for x in sides[cut].halve())
            found[1 - cut] = np.repeat(found[1 - cut], count)
            found[cut] = ranges(first, count)


class _Parts:
    """Partial schedules in parts, first those of each state, then halves of these, and so on.

    Attributes
    ----------
    rows
        Part by part.
    most
        The largest of each number in every part.
    levels
        How many times they can be halved.
    """

    def __init__(self, state: Integers, values: Floats, states: Integers, bits: int) -> None:
        order = np.argsort(state, kind="stable")
        self.rows = order[np.isin(state[order], states)]
        self._values, self._bits = values, bits
        ends = np.searchsorted(state[self.rows], states, side="right")
        self._set(np.append(0, ends))

    def _set(self, begin: Integers) -> None:
        self._begin, size = begin, np.diff(begin)
        self.levels = int(size.max(initial=1) - 1).bit_length()
        values = self._values[self.rows]
        self.most = np.maximum.reduceat(values, begin[:-1], axis=0) if size.size else values

    def halve(self) -> tuple[Integers, Integers]:
        """Cut every part along the bits that differ most; return its first half and how many."""
        begin, size = self._begin[:-1], np.diff(self._begin)
        bits = self._values[self.rows, : self._bits]
        apart = np.maximum.reduceat(bits, begin, axis=0) - np.minimum.reduceat(bits, begin, axis=0)
        part = np.repeat(np.arange(size.size), size)
        along = bits[np.arange(part.size), apart.argmax(axis=1)[part]]
        self.rows = self.rows[np.lexsort((along, part))]
        count = 1 + (size > 1)
        first = np.cumsum(count) - count
        halves = np.empty(int(count.sum()) + 1, np.int64)
        halves[first], halves[-1] = begin, self._begin[-1]
        halves[first[size > 1] + 1] = (begin + (size + 1) // 2)[size > 1]
        self._set(halves)
        return first, count


def ranges(begin: Integers, count: Integers) -> Integers:
    """Return ``begin[i], begin[i] + 1, ...``, ``count[i]`` numbers for every ``i``."""
    offset = np.repeat(begin - (np.cumsum(count) - count), count)
    return np.asarray(offset + np.arange(offset.size))
