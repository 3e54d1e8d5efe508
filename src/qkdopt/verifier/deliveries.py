"""The deliveries of a short horizon, listed one by one where multipliers leave a few open.

A partial schedule is dropped where the multipliers bound whatever it becomes by the claimed bound;
what is left at the end is valued one by one.  Partial schedules that agree in their state can be
continued alike, so of these only what they deliver is told apart.  The lists grow from both ends
of the horizon, at each step the shorter one, and are joined where they meet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import combinations
from math import ceil
from operator import ge
from typing import TypeAlias

from qkdopt.verifier.budget import Budget, beyond_few, size_factor, whole_multiples
from qkdopt.verifier.claim import Claim
from qkdopt.verifier.divergences import is_far
from qkdopt.verifier.model import NONE
from qkdopt.verifier.moves import Move, every_move

_BITS_KEPT = 1200  # that a partial schedule takes for each time that it counts
_STEPS = 8  # for each partial schedule, each pair, and each whole one
_STEPS_PER_LOOK = 16  # for each pair of parts
_ROOM = 3_000_000  # numbers of all partial schedules; there are fewer shares where it is full
_MANY_TARGETS = 6  # shares of two together are compared up to so many
_GRID = 2**16  # shares are counted in parts of it

Numbers = Mapping[int, int]
"""What is delivered, as a number, and what it gains."""

_Labels: TypeAlias = dict[int, dict[int, int]]
"""The same by state."""

_Row: TypeAlias = tuple[int, ...]  # gain, excesses, bits of every target, and what is delivered


def matching(early: Numbers, late: Numbers) -> Iterator[tuple[int, int]]:
    """Yield the numbers that cancel, as their sum of 0, and what they gain."""
    for number, gained in early.items():
        if -number in late:
            yield 0, gained + late[-number]


class _Part:
    """Some partial schedules, at least one, and the largest of each of their numbers."""

    def __init__(self, rows: list[_Row], targets: int, budget: Budget) -> None:
        budget.spend(1 + len(rows) * (1 + len(rows[0]) // 4))
        self.rows, self.targets, self.budget = rows, targets, budget
        self.most = tuple(map(max, zip(*rows, strict=True)))

    @cached_property
    def halves(self) -> tuple[_Part, _Part]:
        """Both halves, cut along the bits that differ most."""
        rows, last = self.rows, len(self.most) - 1
        self.budget.spend(len(rows) * (4 + self.targets // 2))
        apart = [
            self.most[k] - min(row[k] for row in rows) for k in range(last - self.targets, last)
        ]
        along = last - self.targets + apart.index(max(apart))
        rows.sort(key=lambda row: row[along])
        middle = len(rows) // 2
        return (
            _Part(rows[:middle], self.targets, self.budget),
            _Part(rows[middle:], self.targets, self.budget),
        )


@dataclass(frozen=True)
class Pairs:
    """Pairs that gain ``least`` or more together, and ``least_bits`` of each target.

    Deliveries that count have a divergence of at most ``within`` from the weights, if that is not
    ``None``.  Their numbers hold ``width`` bits for each target.
    """

    least: int
    least_bits: Sequence[int]
    within: Fraction | None
    weights: Sequence[int]
    width: int
    budget: Budget

    def of(self, early: Numbers, late: Numbers) -> Iterator[tuple[int, int]]:
        """Yield all pairs that may count, as numbers and gains of the whole."""
        if not early or not late:
            return
        targets, count = len(self.weights), len(early) + len(late)
        shares = self.shares[: max(0, _ROOM // count - targets - 2)]
        least = (self.least, *[0] * len(shares), *self.least_bits, 0)
        self.budget.keep(count * (2 + len(least) // 3))
        steps = _STEPS_PER_LOOK + len(least) // 4
        waiting = [(self.part(early, shares), self.part(late, shares))]
        while waiting:
            one, other = waiting.pop()
            self.budget.spend(steps)
            for x, y, z in zip(one.most, other.most, least, strict=True):
                if x + y < z:
                    break
            else:
                if len(one.rows) < len(other.rows):
                    waiting += [(one, half) for half in other.halves]
                elif len(one.rows) > 1:
                    waiting += [(half, other) for half in one.halves]
                else:
                    yield one.most[-1] + other.most[-1], one.most[0] + other.most[0]

    def part(self, numbers: Numbers, shares: Sequence[tuple[Sequence[int], int]]) -> _Part:
        """Return partial schedules with all their numbers."""
        mask, every = (1 << self.width) - 1, range(len(self.weights))
        factor = size_factor([*numbers])
        steps = 2 * factor * len(every) + sum(4 + len(some) // 4 for some, _ in shares)
        self.budget.spend(len(numbers) * steps)
        rows = list[_Row]()
        for number, gained in numbers.items():
            bits = [number >> self.width * n & mask for n in every]
            total = sum(bits)
            excesses = [sum([bits[n] for n in some]) * _GRID - x * total for some, x in shares]
            rows.append((gained, *excesses, *bits, number))
        return _Part(rows, len(every), self.budget)

    @cached_property
    def shares(self) -> list[tuple[Sequence[int], int]]:
        """Some targets, and the share that they need together at least, in parts of the grid.

        The divergence of what they and what all others get is at most that of all.
        """
        every = frozenset(n for n, w in enumerate(self.weights) if w)
        if self.within is None:
            return []
        chosen = [
            some
            for size in ((1, 2) if len(every) <= _MANY_TARGETS else (1,))
            for one in combinations(sorted(every), size)
            for some in (frozenset(one), every - frozenset(one))
            if some and some != every
        ]
        found = [(sorted(some), self.least_share(some)) for some in dict.fromkeys(chosen)]
        return [(some, x) for some, x in found if x]

    def least_share(self, some: frozenset[int]) -> int:
        """Return a share of some targets that is too small, the largest on the grid, or 0."""
        part, whole = sum(self.weights[n] for n in some), sum(self.weights)
        low, high = 0, -(-part * _GRID // whole)
        while high - low > 1:
            x = (low + high) // 2
            shares, weights = (x, _GRID - x), (part, whole - part)
            if is_far(shares, weights, self.within or Fraction(0), self.budget):
                low = x
            else:
                high = x
        return low


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
    least_bits = strategy.least_bits(claim, part)
    pairs = Pairs(least, least_bits, within, claim.weights, width, budget)
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
        if all(map(ge, delivered, claim.min_bits)):
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
