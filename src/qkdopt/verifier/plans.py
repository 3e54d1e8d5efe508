"""Plans of blocks: what the services of a block bring to every target, counted up to enough.

No schedule is better than the claim where every choice of a plan for each block gains too little
at some multipliers.  All multipliers are looked at together: a whole number has a field for each.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import groupby
from math import ceil
from typing import TypeAlias

from qkdopt.verifier.blocks import Block
from qkdopt.verifier.budget import Budget, whole_multiples
from qkdopt.verifier.claim import Claim
from qkdopt.verifier.model import Link
from qkdopt.verifier.strategy import Prices

_AT_ONCE = 4000  # numbers of which those below others are sought together

Plans: TypeAlias = dict[int, int]
"""Bits by target, and what they gain by multipliers, both as fields of a number."""


class Fields:
    """Numbers from 0 to ``most`` in one: so many bits for each, of which the highest is free."""

    def __init__(self, numbers: int, most: int) -> None:
        self.width = most.bit_length() + 1
        self.mask = (1 << self.width) - 1
        self.places = range(0, self.width * numbers, self.width)
        self.top = self.of([1 << self.width - 1] * numbers)

    def of(self, numbers: Iterable[int]) -> int:
        """Return several numbers as one."""
        return sum(x << place for x, place in zip(numbers, self.places, strict=True))

    def larger(self, x: int, y: int) -> int:
        """Return the larger number in each field."""
        at_least = (x | self.top) - y & self.top
        return y ^ ((x ^ y) & at_least - (at_least >> self.width - 1))

    def smaller(self, x: int, y: int) -> int:
        """Return the smaller number in each field."""
        at_least = (x | self.top) - y & self.top
        return x ^ ((x ^ y) & at_least - (at_least >> self.width - 1))


def plans_left(
    claim: Claim,
    part: str,
    order: Sequence[int],
    priced: Sequence[Prices],
    found: tuple[Sequence[int], Fraction] | None,
) -> bool:
    """Return whether plans of all blocks, joined in order, leave open that more is possible."""
    enough, least = found or (None, sum(claim.settings.strategy.claimed(claim, part), Fraction(0)))
    blocks, links, budget = claim.longest_path.blocks, claim.problem.links, claim.problem.budget
    return PlanLists(blocks, links, priced, enough, least, budget).left(order)


class PlanLists:
    """Lists of plans, of one block and of several together, that no multipliers show too small.

    ``priced``: the prices of bits at every target and the constant of each multipliers.  What is
    better than the claim gains ``least`` at all of them; of each target ``enough`` bits count.
    """

    def __init__(
        self, blocks: Sequence[Block], links: Sequence[Link], priced: Sequence[Prices],
        enough: Sequence[int] | None, least: Fraction, budget: Budget,
    ) -> None:  # fmt: skip
        self.budget, wholes = budget, list[list[int]]()
        goals = list[int]()
        for prices, constant in priced:
            whole, common = whole_multiples([max(x, 0) for x in prices], budget)
            wholes.append(whole)
            goals.append(max(0, ceil((least - constant) * common)))
        columns = list(zip(*wholes, strict=True))
        total = sum(sum(block.bits) for block in blocks)
        enough = [total] * len(columns) if enough is None else enough
        enough = [x if any(own) else 0 for x, own in zip(enough, columns, strict=True)]
        self.rows = [self.counted(block, links, enough) for block in blocks]
        most = [0] * len(columns)
        for n, bits in (cell[1:] for rows in self.rows for here in rows for cell in here):
            most[n] += bits
        most_gained = [sum(map(int.__mul__, whole, most)) for whole in wholes]
        self.gains = Fields(len(wholes), 1 + max(most_gained))
        goal = self.gains.of(min(x, y + 1) for x, y in zip(goals, most_gained, strict=True))
        self.above = self.gains.top - goal  # plus gains that are enough: all highest bits
        self.prices = [self.gains.of(own) for own in columns]
        self.bits = Fields(len(columns), 2 * max(enough, default=0))
        self.enough = self.bits.of(enough)
        big = 1 + self.gains.width * len(wholes) // 2000
        self.look, self.gain = big, (3 + big) * len(columns)
        self.size = 1 + (self.gains.width * len(wholes) + self.bits.width * len(columns)) // 800
        self.blocks = blocks

    def counted(
        self, block: Block, links: Sequence[Link], enough: Sequence[int]
    ) -> list[list[tuple[int, int, int]]]:
        """Return the cells of every interval: position of the link, target and counted bits."""
        self.budget.spend(4 * len(block.bits))
        bits, target = iter(block.bits), [links[n].target for n in block.satellite.links]
        rows = [
            [(i, target[i], min(next(bits), enough[target[i]])) for i in x] for x in block.served
        ]
        return [[cell for cell in here if cell[2]] for here in rows]

    def left(self, order: Sequence[int]) -> bool:
        """Return whether some choice of a plan for each block, joined in order, may be better."""
        rests = [
            self.rests(block, rows) for block, rows in zip(self.blocks, self.rows, strict=True)
        ]
        most = [free[0] for free, _ in rests]
        total, plans = sum(most), dict[int, list[tuple[int, int]]]()
        for k in order:
            found = self.plans(k, *rests[k], total - most[k])
            total -= most[k]
            most[k] = 0
            for gained in found.values():
                most[k] = self.gains.larger(most[k], gained)
            total += most[k]
            plans[k] = list(found.items())
            if not found:
                return False
        front = self.kept({0: 0}, total)
        for k in order:
            total -= most[k]
            front = self.joined(front, plans[k], total)
        return bool(front)

    def rests(
        self, block: Block, rows: Sequence[Sequence[tuple[int, int, int]]]
    ) -> tuple[list[int], list[dict[int, int]]]:
        """Return the most that is gained from each interval on, and after serving a link there."""
        times, tau, larger = block.times, block.satellite.least_tau, self.gains.larger
        self.budget.spend((20 + 12 * self.look) * sum(map(len, rows)))
        free, after = [0] * (1 + len(times)), list[dict[int, int]]()
        again, then = dict[int, int](), len(times)
        for a in range(len(times) - 1, -1, -1):
            while times[then - 1] - times[a] > tau:
                then -= 1
            free[a], here = free[a + 1], dict[int, int]()
            for i, n, bits in rows[a]:
                later = again.get(i, 0)
                here[i] = larger(later, free[then])
                again[i] = larger(later, self.prices[n] * bits + here[i])
                free[a] = larger(free[a], again[i])
            after.append(here)
        return free, after[::-1]

    def plans(
        self, k: int, free_rest: Sequence[int], after: Sequence[Mapping[int, int]], others: int
    ) -> Plans:
        """Return the plans of a block, where other blocks gain so much at most."""
        block, rows = self.blocks[k], self.rows[k]
        free = self.kept({0: 0}, others + free_rest[0])  # any link can follow
        last = dict[int, Plans]()  # by the link served last, which can follow
        turning = deque[tuple[int, Plans]]()
        for a, time in enumerate(block.times):
            settled = dict(free)
            while turning and time - turning[0][0] > block.satellite.least_tau:
                settled |= turning.popleft()[1]
            if len(settled) > len(free):
                free = self.best(self.kept(settled, others + free_rest[a]))
            fresh = Plans()
            for i, n, bits in rows[a]:
                before = last.get(i, {})
                grown = self.served(free | before, n, bits, others + after[a][i])
                last[i] = self.best(before | grown, free)
                fresh |= {x: gained for x, gained in grown.items() if x in last[i]}
            turning.append((time, fresh))
        for own in last.values():
            free = free | own
        return self.best(self.kept(free, others))

    def served(self, plans: Plans, n: int, bits: int, rest: int) -> Plans:
        """Return plans with some bits more of a target, where ``rest`` follows at most."""
        self.spend(len(plans), 6 + 3 * self.look)
        place, mask, price = self.bits.places[n], self.bits.mask, self.prices[n]
        enough, above, top = self.enough >> place & mask, self.above + rest, self.gains.top
        grown = Plans()
        for x, before in plans.items():
            more = min(bits, enough - (x >> place & mask))
            gained = before + price * more
            if gained + above & top == top:
                grown[x + (more << place)] = gained
        return grown

    def joined(self, front: Plans, plans: Sequence[tuple[int, int]], rest: int) -> Plans:
        """Return choices with a further block's plans, where ``rest`` follows at most."""
        above, top, grown = self.above + rest, self.gains.top, Plans()
        for x, gained in front.items():
            self.budget.spend(len(plans) * (1 + self.look))
            short = gained + above
            found = [(x + y, gained + more) for y, more in plans if short + more & top == top]
            self.spend(len(found) + len(grown), 0)
            for both, most in found:
                counted = self.bits.smaller(both, self.enough)
                if counted == both:
                    grown[both] = most
                elif counted not in grown:
                    grown[counted] = self.gain_of(counted)
        return self.best(self.kept(grown, rest))

    def gain_of(self, plan: int) -> int:
        """Return what a plan gains."""
        mask, places = self.bits.mask, self.bits.places
        return sum(x * (plan >> place & mask) for x, place in zip(self.prices, places, strict=True))

    def kept(self, plans: Plans, rest: int) -> Plans:
        """Return the plans that gain enough, where ``rest`` follows at most."""
        self.spend(len(plans), 1 + self.look)
        above, top = self.above + rest, self.gains.top
        return {x: gained for x, gained in plans.items() if gained + above & top == top}

    def best(self, plans: Plans, others: Iterable[int] = ()) -> Plans:
        """Return the plans that are not below another one, or one of the others, everywhere."""
        kept, order = list(others), sorted(plans, reverse=True)
        first = len(kept)
        for begin in range(0, len(order), _AT_ONCE):
            kept += self.maximal(kept, order[begin : begin + _AT_ONCE])
        return {x: plans[x] for x in kept[first:]}

    def maximal(self, known: Sequence[int], more: Sequence[int]) -> list[int]:
        """Return which of some numbers, falling, are below none of them and none that are known.

        Each has a bit in sets of those that have as much of all targets looked at so far.
        """
        rows, mask = [*known, *more], self.bits.mask
        self.budget.spend(len(rows) * len(self.prices) * (10 + len(rows) // 400))
        self.budget.keep(len(rows) * len(more) // 1000)
        above = {i: (1 << i) - 1 for i in range(len(known), len(rows))}
        for place in self.bits.places:
            here, seen = [x >> place & mask for x in rows], 0
            order = sorted(range(len(rows)), key=here.__getitem__, reverse=True)
            for _, tied in groupby(order, key=here.__getitem__):
                own = list(tied)
                for i in own:
                    seen |= 1 << i
                for i in own:
                    if i in above:
                        above[i] &= seen
        return [x for i, x in enumerate(more, start=len(known)) if not above[i]]

    def spend(self, plans: int, steps: int) -> None:
        """Count steps for each of some plans, and what they take."""
        self.budget.spend(1 + plans * steps)
        self.budget.keep(plans * self.size)
