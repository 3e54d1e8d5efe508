"""Pairs of an early and a late partial schedule that together may be worth more than a claim."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import isqrt
from operator import add

from qkdopt.verifier.budget import Budget, beyond_few, size_factor

_STEPS = 8  # for each partial schedule and each pair
_MANY = 16  # pairs for each partial schedule: then those are looked for that are near the weights
_FEW = 40_000  # partial schedules: each is looked up in 32 places, more in 16

Numbers = Mapping[int, int]
"""What is delivered, as a number, and what it gains."""


def matching(early: Numbers, late: Numbers) -> Iterator[tuple[int, int]]:
    """Yield the numbers that cancel, as their sum of 0, and what they gain."""
    for number, gained in early.items():
        if -number in late:
            yield 0, gained + late[-number]


@dataclass(frozen=True)
class Pairs:
    """Pairs that gain ``least`` or more together.

    Deliveries that count have a divergence of at most ``within`` from the weights, if that is not
    ``None``.  Their numbers hold ``width`` bits for each target.
    """

    least: int
    within: Fraction | None
    weights: Sequence[int]
    width: int
    budget: Budget

    def of(self, early: Numbers, late: Numbers) -> Iterator[tuple[int, int]]:
        """Yield all pairs, or at least those near enough, as numbers and gains of the whole."""
        self.budget.spend(2 * _STEPS * (len(early) + len(late)))
        others = sorted((gained, number) for number, gained in late.items())
        first = [bisect_left(others, (self.least - gained,)) for gained in early.values()]
        count = len(others) * len(first) - sum(first)
        if self.within is not None and count > _MANY * (len(early) + len(late)):
            del others, first  # `near` needs the room
            yield from self.near(early, late, self.within)
            return
        self.budget.spend(_STEPS * count)
        for (number, gained), begin in zip(early.items(), first, strict=True):
            for more, further in others[begin:]:
                yield number + further, gained + more

    def near(self, early: Numbers, late: Numbers, within: Fraction) -> Iterator[tuple[int, int]]:
        """Yield pairs whose shares ``p`` of the heaviest targets may be near enough to ``q``.

        By Pinsker's inequality ``|p - q|`` is at most ``sqrt(within / 2)`` for each target.
        """
        if len(early) > len(late):
            early, late = late, early
        heaviest = sorted(range(len(self.weights)), key=lambda n: -self.weights[n])
        heaviest = heaviest[: 5 if len(early) <= _FEW else 4]
        whole = sum(max(total for total, _ in self.excess(x, heaviest)) for x in (early, late))
        apart = 1 + isqrt(int(within / 2 * (whole * sum(self.weights)) ** 2))
        cells: dict[tuple[int, ...], list[tuple[int, int]]] = {}
        for (_, excess), pair in zip(self.excess(late, heaviest), late.items(), strict=True):
            cells.setdefault(tuple(x // (2 * apart) for x in excess), []).append(pair)
        beside = list(product((0, 1), repeat=len(heaviest)))
        ahead = zip(self.excess(early, heaviest), early.items(), strict=True)
        for (_, excess), (number, gained) in ahead:
            self.budget.spend(_STEPS * len(beside))
            lowest = [(-x - apart) // (2 * apart) for x in excess]
            for steps in beside:
                found = cells.get(tuple(map(add, lowest, steps)), ())
                self.budget.spend(_STEPS * len(found))
                for further, more in found:
                    if gained + more >= self.least:
                        yield number + further, gained + more

    def excess(
        self, numbers: Numbers, targets: Sequence[int]
    ) -> Iterator[tuple[int, tuple[int, ...]]]:
        """Yield the total of each delivery, and ``E W - w S`` of some targets."""
        mask, every = (1 << self.width) - 1, sum(self.weights)
        further = 2 * beyond_few(len(self.weights))
        for number in numbers:
            self.budget.spend(further and further * (1 + size_factor((number,)) // 16))
            bits = [number >> self.width * n & mask for n in range(len(self.weights))]
            total = sum(bits)
            yield total, tuple(bits[n] * every - self.weights[n] * total for n in targets)
