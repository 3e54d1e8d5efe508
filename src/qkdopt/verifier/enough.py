"""Bounds in which services count for no more bits than are enough for more than the claim.

A *service* serves one link in intervals with no other link served between.  Whatever is worth more
than the claim has a part, in real numbers, of so few bits at each target, and is worth ``least``
at the least, so at prices of 0 or more the services of a schedule, each counted so far, gain
enough for that.  Where none do, nothing is worth more than the claim.
"""

from itertools import accumulate, repeat
from operator import or_

from qkdopt.verifier.blocks import Block, Gains
from qkdopt.verifier.budget import Budget

_STEPS = 2  # for each interval of each service after each set of required ones


class Services:
    """Services of a block; ``before[a]`` is what those before interval number ``a`` gain at most.

    It is by the required services that have taken place, a bit for each; without those that must
    have by then, ``late[a]``, nothing is kept.
    """

    def __init__(self, block: Block, gains: Gains, budget: Budget) -> None:
        self.block, self.gains, self.budget = block, gains, budget
        self.before: list[dict[int, int]] = [{0: 0}, *({} for _ in block.times)]
        passed = (block.passed.get(a, 0) for a in range(len(block.times)))
        self.late = list(accumulate(passed, or_, initial=0))
        self.rest = [0] * len(block.satellite.links)  # what services of a link can be
        self.cells: list[dict[int, tuple[int, int]]] = [{} for _ in block.satellite.links]
        places = ((a, i) for a, here in enumerate(block.served) for i in here)
        meets = block.meets or repeat(0)
        for (a, i), bits, met in zip(places, block.bits, meets, strict=False):
            self.cells[i][a] = bits, met
            self.rest[i] |= met

    def most(self) -> int | None:
        """Return what all services gain at most, operations ignored.

        ``None`` where not all required ones can take place.
        """
        block, before, free = self.block, self.before, 0
        times, tau = block.times, block.satellite.least_tau
        for begin, here in enumerate(block.served):
            while times[begin] - times[free] > tau:
                free += 1
            for i in here:
                self.extend(i, begin, before[free])
            for met, value in before[begin].items():
                self.keep(begin + 1, met, value)
        return max(before[-1].values(), default=None)

    def extend(self, i: int, begin: int, before: dict[int, int]) -> None:
        """Let the link at a position be served from ``begin`` on, up to every later interval."""
        cells, n = self.cells[i], self.block.satellite.links[i]
        price, left = self.gains.per_bit[n], self.gains.enough[n]
        gained, met = 0, 0
        for a in range(begin, len(self.block.times)):
            self.budget.spend(_STEPS * self.gains.factor * len(before))
            bits, meets = cells.get(a, (0, 0))
            counted, met = min(bits, left), met | meets
            left -= counted
            gained += price * counted
            if bits:
                for known, value in before.items():
                    self.keep(a + 1, known | met, value + gained)
            if met == self.rest[i] and not (price and left):
                break

    def keep(self, end: int, met: int, value: int) -> None:
        """Keep what services before an interval gain, if it is more than what is known."""
        if not self.late[end] & ~met and value >= self.before[end].get(met, 0):
            self.before[end][met] = value
