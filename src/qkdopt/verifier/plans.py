"""Plans of blocks: what the services of a block bring to every target, counted up to enough.

No schedule is better than the claim where every choice of a plan for each block gains too little
at some multipliers.  All sets of these are looked at together: a whole number has a field for each.
"""

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from fractions import Fraction
from functools import reduce
from itertools import chain, groupby, islice
from math import ceil
from operator import mul
from typing import TypeAlias

from qkdopt.verifier.budget import whole_multiples
from qkdopt.verifier.claim import Claim
from qkdopt.verifier.strategy import Prices

_AT_ONCE = 300  # plans that are compared with each other
_IN_GROUP = 16  # plans that are looked at together first
_ROUNDS = 3  # in the first plans are listed; later fewer of them may be good enough

Plans: TypeAlias = dict[int, int]
"""Bits by target, and what they gain by multipliers, both as fields of a number."""
Groups: TypeAlias = Sequence[tuple[int, Collection[tuple[int, int]]]]
"""Plans of which none gains more than the number before them by any multipliers."""


class Fields:
    """Numbers from 0 to ``most`` as one: each has so many bits, of which the highest stays 0."""

    def __init__(self, numbers: int, most: int) -> None:
        self.width = most.bit_length() + 1
        self.mask, self.places = (1 << self.width) - 1, range(0, self.width * numbers, self.width)
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
        return x + y - self.larger(x, y)


class PlanLists:
    """Lists of plans, of one block and of several together, that no multipliers show too small.

    ``priced``: prices of bits and constant of each set of multipliers.  ``found``: the bits of
    every target that are enough for more than the claim, and their least worth, if known.
    """

    def __init__(
        self, claim: Claim, part: str, priced: Sequence[Prices],
        found: tuple[Sequence[int], Fraction] | None,
    ) -> None:  # fmt: skip
        budget, self.blocks = claim.problem.budget, claim.longest_path.blocks
        every = sum(sum(block.bits) for block in self.blocks)
        claimed = sum(claim.settings.strategy.claimed(claim, part), Fraction(0))
        enough, least = found or ([every] * len(priced[0][0]), claimed)
        wholes, goals = list[list[int]](), list[int]()
        for prices, constant in priced:
            whole, common = whole_multiples([max(x, 0) for x in prices], budget)
            wholes.append(whole)
            goals.append(max(0, ceil((least - constant) * common)))
        columns = list(zip(*wholes, strict=True))
        enough = [max(0, x) if any(own) else 0 for x, own in zip(enough, columns, strict=True)]
        target = [link.target for link in claim.problem.links]
        self.cells, most = list[list[list[tuple[int, int, int]]]](), [1] * len(enough)
        for block in self.blocks:  # cells: link, target and counted bits
            budget.spend(8 * len(block.bits) + len(block.times))
            links = map(block.satellite.links.__getitem__, block.positions)
            rows = zip(links, block.bits, strict=True)
            cells = [(n, target[n], min(x, enough[target[n]])) for n, x in rows]
            for _, n, x in cells:
                most[n] += x
            ordered = iter(cells)
            self.cells.append([[*islice(ordered, len(here))] for here in block.served])
        gained = [1 + sum(map(mul, whole, most)) for whole in wholes]
        size = len(wholes) * (1 + max(gained).bit_length())
        self.budget, self.look, self.held = budget, 1 + size // 2000, 0
        rests = 2 * sum(len(x.bits) + len(x.times) for x in self.blocks)
        self.kept_each = 2 + (size + max(enough).bit_length() * len(enough)) // 800
        budget.spend(self.look * len(wholes) * (2 + len(enough)))
        budget.keep(self.kept_each * (len(enough) + rests))
        self.gains, self.bits = Fields(len(wholes), max(gained)), Fields(len(most), 2 * max(enough))
        # To this gains are added: where they are enough, a field's highest bit is set.
        self.goals = self.gains.of(map(min, goals, gained))
        self.short, self.counted = self.gains.top - self.goals, enough
        self.prices, self.enough = list(map(self.gains.of, columns)), self.bits.of(enough)

    def left(self, order: Sequence[int]) -> bool:
        """Return whether some choice of a plan for each block, joined in order, may be better."""
        rests = [self.rests(k) for k in range(len(self.blocks))]
        most, plans = [free[0] for free, _ in rests], dict[int, Plans]()
        total = sum(most)
        for again in range(_ROUNDS):
            for k in order if again else reversed(order):
                total -= most[k]
                if again:
                    plans[k] = self.best(self.kept(plans[k], total))
                else:
                    plans[k] = self.plans(k, *rests[k], total)
                    self.held += len(plans[k])
                if not plans[k]:
                    return False
                most[k] = reduce(self.gains.larger, plans[k].values())
                total += most[k]
        front = self.kept({0: 0}, total)
        for k in order:
            total -= most[k]
            front = self.best(self.grown(front.items(), self.groups(plans[k]), total))
        return bool(front)

    def groups(self, plans: Plans) -> Groups:
        """Return plans in groups that gain alike by the first multipliers, each with its most."""
        self.budget.spend(len(plans) * (2 + self.look))
        rows = sorted(plans.items(), key=lambda plan: plan[1] & self.gains.mask)
        groups = [rows[i : i + _IN_GROUP] for i in range(0, len(rows), _IN_GROUP)]
        return [(reduce(self.gains.larger, [gain for _, gain in own]), own) for own in groups]

    def rests(self, k: int) -> tuple[list[int], list[dict[int, int]]]:
        """Return the most that a block gains from each interval on, and after serving a link.

        A service counts for no more bits than are enough.
        """
        block, larger = self.blocks[k], self.gains.larger
        times, tau = block.times, block.satellite.least_tau
        self.budget.spend(10 * (1 + self.look) * (len(times) + len(block.bits)))
        free, after = [0] * (1 + len(times)), [dict[int, int]() for _ in times]
        again, then = dict[int, int](), len(times)
        services = dict[int, list[tuple[int, int]]]()  # of a link: bits, and what gains most after
        for a in reversed(range(len(times))):
            while times[then - 1] - times[a] > tau:
                then -= 1
            free[a] = free[a + 1]
            for n, target, bits in self.cells[k][a]:
                own = services.setdefault(n, [])
                own.append((bits, free[then]))
                after[a][n] = larger(again.get(n, 0), free[then])
                again[n] = self.service(target, own)
                free[a] = larger(free[a], again[n])
        return free, after

    def service(self, target: int, own: list[tuple[int, int]]) -> int:
        """Return the most that services gain which begin with the last cell and end with another.

        Cells that come after what is enough are taken away: no earlier service goes on to them.
        """
        price, enough, counted, most = self.prices[target], self.counted[target], 0, 0
        self.budget.spend((1 + self.look) * len(own))
        for cell in reversed(range(len(own))):
            bits, following = own[cell]
            counted = min(counted + bits, enough)
            most = self.gains.larger(most, price * counted + following)
            if counted == enough:
                del own[:cell]
                break
        return most

    def plans(
        self, k: int, free_rest: Sequence[int], after: Sequence[dict[int, int]], others: int
    ) -> Plans:
        """Return the plans of a block, where all others gain so much at most."""
        tau = self.blocks[k].satellite.least_tau
        free, last = self.kept({0: 0}, others + free_rest[0]), dict[int, Plans]()
        turning = deque[tuple[int, Plans]]()  # by the last interval served: not yet free to turn
        for a, time in enumerate(self.blocks[k].times):
            turned = Plans()
            while turning and time - turning[0][0] > tau:
                turned |= turning.popleft()[1]
            if turned:
                free = self.best(self.kept(free | turned, others + free_rest[a]))
            turning.append((time, {}))
            for n, target, bits in self.cells[k][a]:
                cell = [(bits << self.bits.places[target], bits * self.prices[target])]
                before = (free | last.get(n, {})).items()  # all of which gain by the cell
                last[n] = self.grown(cell, [(self.goals, before)], others + after[a][n])
                turning[-1][1].update(last[n])
                lists = (free, *last.values(), *(own for _, own in turning))
                self.budget.keep((self.held + sum(map(len, lists))) * self.kept_each)
        return self.kept(dict(chain(*map(dict.items, (free, *last.values())))), others)

    def grown(self, some: Iterable[tuple[int, int]], groups: Groups, rest: int) -> Plans:
        """Return the sums of two plans, where so much follows at most."""
        short, top, grown = self.short + rest, self.gains.top, Plans()
        for x, gained in some:
            above = gained + short
            near = [own for most, own in groups if above + most & top == top]
            self.budget.spend(1 + (len(groups) + sum(map(len, near))) * self.look)
            others = chain(*near)
            found = [(x + y, gained + more) for y, more in others if above + more & top == top]
            self.budget.spend(len(found) * (7 + 2 * self.look))
            self.budget.keep((self.held + len(grown) + len(found)) * self.kept_each)
            for both, most in found:
                counted = self.bits.smaller(both, self.enough)
                if counted not in grown:
                    grown[counted] = most if counted == both else self.gain(counted)
        return self.kept(grown, rest)

    def gain(self, plan: int) -> int:
        """Return what a plan gains."""
        self.budget.spend(self.look * len(self.prices))
        mask, rows = self.bits.mask, zip(self.prices, self.bits.places, strict=True)
        return sum(price * (plan >> place & mask) for price, place in rows)

    def kept(self, plans: Plans, rest: int) -> Plans:
        """Return the plans that gain enough, where so much follows at most."""
        self.budget.spend(1 + len(plans) * (2 + self.look))
        short, top = self.short + rest, self.gains.top
        return {x: gained for x, gained in plans.items() if gained + short & top == top}

    def best(self, plans: Plans) -> Plans:
        """Return plans without most of those that bring no more than another one to any target."""
        self.budget.keep((self.held + len(plans)) * self.kept_each)
        rows = iter(sorted(plans, reverse=True))
        parts = iter(lambda: [*islice(rows, _AT_ONCE)], [])
        return {x: plans[x] for x in chain.from_iterable(map(self.maximal, parts))}

    def maximal(self, rows: Sequence[int]) -> Iterator[int]:
        """Return which of falling rows are below no other one."""
        # Each row has a set of those that bring as much to all targets so far, as bits of a number.
        self.budget.spend(5 * len(rows) * len(self.prices))
        above = [(1 << i) - 1 for i in range(len(rows))]
        for place in self.bits.places:
            here, seen = [x >> place & self.bits.mask for x in rows], 0
            order = sorted(range(len(rows)), key=here.__getitem__, reverse=True)
            for _, tied in groupby(order, key=here.__getitem__):
                own = list(tied)
                for i in own:
                    seen |= 1 << i
                for i in own:
                    above[i] &= seen
        return (x for x, others in zip(rows, above, strict=True) if not others)
