"""Pairs of an early and a late partial schedule in one state, found by sorting."""

from __future__ import annotations

from itertools import product

import numpy as np

from qkdopt.arrays import Floats, Integers

__all__ = ["Join", "ranges"]

_Pairs = tuple[Integers, Integers]


class Join:
    """Pairs of ``K`` early and ``L`` late partial schedules; a few in other states are among them.

    Attributes
    ----------
    pairs, looked_up
        How many the last search found, and places that it looked at.
    """

    def __init__(self, early: Integers, late: Integers, first: int, second: int) -> None:
        """Take the states, shapes ``(K,)`` and ``(L,)``, and two random numbers."""
        self._early, self._late, self._random = early, late, (first, second)
        self.pairs = self.looked_up = 0

    def equal(self, early: Integers, late: Integers, most: int) -> _Pairs | None:
        """Return pairs of equal numbers, ``None`` where they are more than ``most``."""
        first = self._random[0]
        return self._alike(early + self._early * first, [late + self._late * first], most)

    def above(self, early: Floats, late: Floats, least: float, most: int) -> _Pairs | None:
        """Return pairs whose sum is above ``least``, ``None`` where they are more than ``most``."""
        self.pairs = self.looked_up = 0
        order = np.lexsort((late, self._late))
        step = 2.0 * (float(np.abs(late).max(initial=0.0)) + 1.0)
        key = self._late[order] * step + late[order]
        first = np.searchsorted(key, (self._early - 0.5) * step)
        end = np.searchsorted(key, (self._early + 0.5) * step)
        begin = np.searchsorted(key, self._early * step + (least - early), side="right")
        return self._taken(order, np.clip(begin, first, end), end, most)

    def near(
        self, early: tuple[Floats, Floats], late: tuple[Floats, Floats], most: int
    ) -> _Pairs | None:
        """Return pairs whose sums may be near 0, ``None`` where they are more than ``most``.

        Numbers, shape ``(K, D)``, and how far from 0 each may bring a sum, shape ``(K,)``; alike
        for late ones.
        """
        apart = float(early[1].max(initial=0.0) + late[1].max(initial=0.0)) or 1.0
        lowest = np.floor((-early[0] - apart) / (2.0 * apart)).astype(np.int64)
        cell = np.floor(late[0] / (2.0 * apart)).astype(np.int64)
        factors = np.random.default_rng(self._random[1]).integers(1, 2**62, cell.shape[1])
        beside = [np.array(step) @ factors for step in product((0, 1), repeat=cell.shape[1])]
        salt = self._random[0]
        mine, keys = lowest @ factors + self._early * salt, cell @ factors + self._late * salt
        self.pairs, self.looked_up = 0, len(beside) * min(self._early.size, self._late.size)
        found = self._alike(mine, [keys - step for step in beside], most)
        if found is None:
            return None
        sums = np.abs(early[0][found[0]] + late[0][found[1]])
        keep = (sums <= (early[1][found[0]] + late[1][found[1]])[:, np.newaxis]).all(axis=1)
        return found[0][keep], found[1][keep]

    def _alike(self, mine: Integers, others: list[Integers], most: int) -> _Pairs | None:
        """Return pairs of equal keys, late ones with several keys each."""
        keys = np.concatenate(others)
        order = np.argsort(keys, kind="stable")
        begin = np.searchsorted(keys[order], mine, side="left")
        end = np.searchsorted(keys[order], mine, side="right")
        return self._taken(order % max(1, self._late.size), begin, end, most)

    def _taken(self, order: Integers, begin: Integers, end: Integers, most: int) -> _Pairs | None:
        """Return the pairs of the ranges ``begin`` to ``end`` in an order of the late ones."""
        count = end - begin
        self.pairs += int(count.sum())
        if self.pairs > most:
            return None
        return np.repeat(np.arange(count.size), count), order[ranges(begin, count)]


def ranges(begin: Integers, count: Integers) -> Integers:
    """Return ``begin[i], begin[i] + 1, ...``, ``count[i]`` numbers for every ``i``."""
    offset = np.repeat(begin - (np.cumsum(count) - count), count)
    return np.asarray(offset + np.arange(offset.size))
