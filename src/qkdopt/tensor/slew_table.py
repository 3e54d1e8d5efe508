"""Hand-overs that take less time than usual, because the lines of sight are close: a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from qkdopt.arrays import Integers, read_only
from qkdopt.errors import InputError

_MEMBERS = 5
_BEYOND = 2**62
_RUN = "[from, to, first, last, idle]: two links, whole numbers >= 0, first <= last"
_PAIR = "[from, to, [first, idle, length, idle, length, ...], ...]: two links, whole numbers >= 0"


@dataclass(frozen=True, eq=False)
class SlewTable:
    """Runs of intervals after which a hand-over takes less time than usual.

    Attributes
    ----------
    runs
        Columns from link, to link, first and last interval after which the turn begins, and the
        intervals that it keeps free; sorted, those of a pair disjoint; int64, shape ``(R, 5)``.
    by_pair
        How files have it: ``[from, to, stretch, ...]`` for each pair, a stretch being consecutive
        intervals ``[first, idle, length, idle, length, ...]``; else a list of runs.
    """

    runs: Integers
    by_pair: bool = False

    @classmethod
    def of(cls, runs: Integers, *, by_pair: bool) -> SlewTable:
        """Return runs, disjoint for each pair, sorted and with equal neighbours joined."""
        if not runs.size:
            return NO_SLEW
        runs = runs.reshape(-1, _MEMBERS)
        runs = runs[np.lexsort((runs[:, 2], runs[:, 1], runs[:, 0]))]
        one, next_ = runs[:-1], runs[1:]
        alike = (one[:, [0, 1, 4]] == next_[:, [0, 1, 4]]).all(axis=1)
        begins = np.append(True, ~(alike & (one[:, 3] + 1 == next_[:, 2])))
        found = runs[begins]
        found[:, 3] = runs[np.append(begins[1:], True), 3]
        return cls(read_only(found), by_pair)

    @classmethod
    def read(cls, listed: object, where: str) -> SlewTable:
        """Return the table that a list of either form states.

        Raises
        ------
        InputError
            For another form, turns from a link to itself, and intervals that overlap.
        """
        if isinstance(listed, SlewTable):
            return listed
        if not isinstance(listed, (list, tuple)):
            raise InputError(where, listed, "a list of [from, to, first, last, idle]")
        first = listed[0] if listed else ()
        by_pair = isinstance(first, list) and any(isinstance(x, list) for x in first)
        runs: list[tuple[int, ...]] = []
        for entry in listed:
            runs += _of_pair(entry, where) if by_pair else [_run(entry, where)]
        runs.sort()
        for one, other in pairwise(runs):
            if one[:2] == other[:2] and other[2] <= one[3]:
                raise InputError(where, list(other), f"no overlap with {list(one)}")
        return cls.of(np.array(runs, np.int64), by_pair=by_pair)

    def __len__(self) -> int:
        """Return the number of runs."""
        return len(self.runs)

    def __iter__(self) -> Iterator[tuple[int, ...]]:
        """Yield the runs."""
        return map(tuple, self.runs.tolist())

    def __eq__(self, other: object) -> bool:
        """Say whether two tables are written alike."""
        if not isinstance(other, SlewTable):
            return NotImplemented
        return self.by_pair == other.by_pair and np.array_equal(self.runs, other.runs)

    def __hash__(self) -> int:
        """Return the same for equal tables."""
        return hash((self.by_pair, self.runs.tobytes()))

    def document(self) -> list[list[object]]:
        """Return the table as files have it."""
        if not self.by_pair:
            return list(map(list, self))
        found: list[list[object]] = []
        pair, after, stretch = (-1, -1), -1, list[int]()
        for n, m, first, last, idle in self:
            if pair != (n, m):
                found.append([n, m])
            if pair != (n, m) or after != first:
                stretch = [first]
                found[-1].append(stretch)
            stretch += [idle, last + 1 - first]
            pair, after = (n, m), last + 1
        return found

    def of_links(self, number: Mapping[int, int]) -> SlewTable:
        """Return the runs between some links, which have other numbers."""
        new = np.full(max(int(self.runs[:, :2].max(initial=-1)), *number, 0) + 1, -1)
        for link, own in number.items():
            if link >= 0:
                new[link] = own
        runs = np.array(self.runs)
        runs[:, :2] = new[runs[:, :2]]
        return SlewTable.of(runs[(runs[:, :2] >= 0).all(axis=1)], by_pair=self.by_pair)


def _numbers(value: object, where: str, expected: str, came: object) -> list[int]:
    """Return a list of whole numbers that are not negative."""
    if isinstance(value, (list, tuple)):
        numbers = [x for x in value if type(x) is int and 0 <= x < _BEYOND]
        if len(numbers) == len(value):
            return numbers
    raise InputError(where, came, expected)


def _run(run: object, where: str) -> tuple[int, ...]:
    numbers = _numbers(run, where, _RUN, run)
    if len(numbers) != _MEMBERS or numbers[0] == numbers[1] or numbers[2] > numbers[3]:
        raise InputError(where, run, _RUN)
    return tuple(numbers)


def _of_pair(entry: object, where: str) -> Iterator[tuple[int, ...]]:
    """Yield the runs of ``[from, to, stretch, ...]``."""
    listed = entry if isinstance(entry, list) else []
    pair, stretches = _numbers(listed[:2], where, _PAIR, entry), listed[2:]
    if not stretches or pair[0] == pair[1]:
        raise InputError(where, entry, _PAIR)
    for stretch in stretches:
        first, *rest = _numbers(stretch, where, _PAIR, [*pair, stretch]) or [0]
        if not rest or len(rest) % 2 or 0 in rest[1::2]:
            raise InputError(where, [*pair, stretch], _PAIR)
        for idle, length in zip(rest[::2], rest[1::2], strict=True):
            if first + length > _BEYOND:
                raise InputError(where, [*pair, stretch], "intervals below 2^62")
            yield pair[0], pair[1], first, first + length - 1, idle
            first += length


NO_SLEW = SlewTable(read_only(np.zeros((0, _MEMBERS), np.int64)))
"""Every hand-over takes as long as usual."""
