"""The deliveries of a short horizon, listed one by one where multipliers leave a few open.

A partial schedule is dropped where the multipliers bound whatever it becomes by the claimed bound;
what is left at the end is valued one by one.  Partial schedules that agree in their state can be
continued alike, so of these only what they deliver is told apart.  The lists grow from both ends
of the horizon, at each step the shorter one, and are joined where they meet.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import ceil, isqrt
from operator import add
from typing import TypeAlias

from qkdopt.verifier.budget import Budget, beyond_few, size_factor, whole_multiples
from qkdopt.verifier.claim import Claim
from qkdopt.verifier.model import NONE
from qkdopt.verifier.moves import Move, every_move

_BITS_KEPT = 1200  # that a partial schedule takes for each time that it counts
_STEPS = 8  # for each partial schedule, each pair, and each whole one
_MANY = 16  # pairs for each partial schedule: then those are looked for that are near the weights
_FEW = 40_000  # partial schedules: each is looked up in 32 places, more in 16

Numbers = Mapping[int, int]
"""What is delivered, as a number, and what it gains."""

_Labels: TypeAlias = dict[int, dict[int, int]]
"""The same by state."""


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


def listed_most(
    claim: Claim, part: str, prices: Sequence[Fraction | int], constant: Fraction | int
) -> Fraction:
    """Return the bound of all schedules: the claimed one, unless a delivery is worth more."""
    strategy, budget, targets = claim.settings.strategy, claim.problem.budget, claim.weights
    counted = [n for n, w in enumerate(targets) if w or not strategy.only_weighted]
    moves = every_move(claim.problem, frozenset(counted))
    whole, common = whole_multiples([prices[n] for n in counted], budget)
    gain = {NONE: 0, **dict(zip(counted, whole, strict=True))}
    claimed, above = strategy.claimed(claim, part)
    least = ceil((claimed + above - constant) * common)
    width = sum(x.bits for here in moves for x in here).bit_length()
    within = strategy.within(claim)
    matches = within == 0
    units = {n: 1 << width * n for n in counted}
    if matches:
        units = _differences(counted, claim.weights, width)
    pairs = Pairs(least, within, claim.weights, width, budget)
    lists = _Lists(claim, moves, {NONE: 0, **units}, gain, least)
    worth, found = strategy.worth(claim, part), list[Fraction | int]([claimed])
    mask = (1 << width) - 1
    further = 2 * beyond_few(len(targets)) * (1 + size_factor([*units.values()]) // 16)
    for number, gained in lists.wholes(matching if matches else pairs.of):
        budget.spend(further)
        delivered = [number >> width * n & mask for n in range(len(targets))]
        if matches:
            k = Fraction(gained, sum(gain[n] * claim.weights[n] for n in counted))
            delivered = [int(k * w) for w in claim.weights]
        if all(e >= least_bits for e, least_bits in zip(delivered, claim.min_bits, strict=True)):
            value = worth(delivered)
            found += [] if value is None else [value]
    return Fraction(max(found))


def _differences(counted: Sequence[int], weights: Sequence[int], width: int) -> dict[int, int]:
    """Return numbers of a bit that add up to 0 exactly where bits match the weights.

    The differences ``E_n w_0 - E_0 w_n``, with room for each and its sign.
    """
    first, *others = counted
    width += max(weights).bit_length() + 1
    units = {n: weights[first] << width * n for n in others}
    return {**units, first: -sum(weights[n] << width * n for n in others)}


@dataclass(frozen=True, eq=False)
class _Lists:
    """Lists of partial schedules; wholes that gain less than ``least`` are left out."""

    claim: Claim
    moves: Sequence[Sequence[Move]]
    units: dict[int, int]  # of a bit of each target, in the number of what is delivered
    gain: dict[int, int]  # of a bit of each target
    least: int

    def wholes(
        self, join: Callable[[dict[int, int], dict[int, int]], Iterator[tuple[int, int]]]
    ) -> Iterator[tuple[int, int]]:
        """Yield what whole schedules deliver, each once, and what they gain at most."""
        early, late = self.met()
        budget, known = self.claim.problem.budget, set[tuple[int, int]]()
        for state in early.keys() & late.keys():
            budget.spend(_STEPS * (len(early[state]) + len(late[state])))
            for whole in join(early[state], late[state]):
                if whole[1] >= self.least and whole not in known:
                    budget.keep(2 * len(known))
                    known.add(whole)
                    yield whole

    def met(self) -> tuple[_Labels, _Labels]:
        """Return both lists where they meet."""
        moves = self.moves
        turned = [[Move(x.after, x.before, x.target, x.bits) for x in here] for here in moves]
        self.claim.problem.budget.spend(8 * sum(map(len, moves)))
        before, after = self.most(moves), self.most(turned[::-1])[::-1]
        early: _Labels = {0: {0: 0}}
        late: _Labels = {0: {0: 0}}
        begin, end = 0, len(moves)
        while begin < end:
            if sum(map(len, early.values())) <= sum(map(len, late.values())):
                early = self.grown(early, moves[begin], after[begin + 1])
                begin += 1
            else:
                end -= 1
                late = self.grown(late, turned[end], before[end])
        return early, late

    def most(self, moves: Sequence[Sequence[Move]]) -> list[dict[int, int]]:
        """Return the most that can be gained up to each state, by interval; of none if none."""
        most = [{0: 0}]
        for here in moves:
            found: dict[int, int] = {}
            for x in here:
                if x.before in most[-1]:
                    value = most[-1][x.before] + self.gain[x.target] * x.bits
                    found[x.after] = max(value, found.get(x.after, value))
            most.append(found)
        return most

    def grown(self, labels: _Labels, moves: Sequence[Move], rest: dict[int, int]) -> _Labels:
        """Return the partial schedules one interval further; ``rest`` gains follow at most."""
        budget, grown, kept = self.claim.problem.budget, _Labels(), 0
        factor = size_factor((self.least, *self.units.values()))
        length = 1 + self._widest(moves) // _BITS_KEPT
        for x in moves:
            if x.before not in labels or x.after not in rest:
                continue
            unit, gain = self.units[x.target] * x.bits, self.gain[x.target] * x.bits
            short, into = self.least - rest[x.after] - gain, grown.setdefault(x.after, {})
            kept -= len(into)
            budget.spend(_STEPS * (1 + factor * len(labels[x.before])))
            for number, gained in labels[x.before].items():
                if gained >= short:
                    further, value = number + unit, gained + gain
                    if further not in into or into[further] < value:
                        into[further] = value
            kept += len(into)
            budget.keep(2 * kept * length)
        return grown

    def _widest(self, moves: Sequence[Move]) -> int:
        """Return about how many bits the two numbers of a partial schedule take."""
        numbers = (self.least, *self.units.values())
        most = max((x.bits for x in moves), default=0)
        return 2 * most.bit_length() + 2 * max(map(int.bit_length, numbers))
