"""The verifier's only optimisation: the most that any schedule can gain."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from functools import cached_property

from qkdopt.verifier.blocks import Block, BranchingConstraint, Gains, block_numbers, cut, restricted
from qkdopt.verifier.enough import Services
from qkdopt.verifier.model import Problem
from qkdopt.verifier.operations import Operations
from qkdopt.verifier.session_walk import SessionWalk
from qkdopt.verifier.walk import longest_walk

_MOST_REMEMBERED = 1_000_000


class LongestPath:
    """The maximum over all schedules of the sum of gains of the served cells.

    A schedule is any choice of one schedule for each block of each satellite, so the longest path
    is the sum of the blocks' own.  Leaves of a tree differ in a few blocks: what was found for the
    same gains and constraints in a block is not computed again.  Gaps in time count as idle.  The
    receivers of stations are ignored: that only allows more schedules.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem, self._remembered = problem, 0
        self._operations = [Operations(x, problem.budget) for x in problem.satellites]
        self._blocks: list[list[Block]] = []
        self._divided = False
        self._restricted: dict[tuple[Block, frozenset[BranchingConstraint]], Block] = {}
        self._gains: Gains | None = None  # those of the last question, and what is known of them
        self._known: dict[object, int | None] = {}

    def most(self, gains: Gains, constraints: Iterable[BranchingConstraint] = ()) -> int | None:
        """Return the maximum over the schedules that obey branching constraints, exactly.

        The intervals of one constraint belong to one block.  ``None``: there is no such schedule.
        """
        if any(operations.impossible for operations in self._operations):
            return None
        inside: dict[Block, list[BranchingConstraint]] = {}
        constraints = tuple(constraints)
        self._cut(divided=bool(constraints or gains.enough))
        for x in constraints:
            own = self._blocks[self.problem.links[x.link].satellite]
            block = own[bisect_right(own, x.first, key=lambda block: block.first) - 1]
            inside.setdefault(block, []).append(x)
        budget, factor = self.problem.budget, gains.factor
        budget.spend(4 * sum(map(len, self._blocks)) + len(gains.per_bit))
        if gains is not self._gains:
            self._gains, self._known = gains, {}
        known = self._known
        total = 0
        for operations, blocks in zip(self._operations, self._blocks, strict=True):
            for block in blocks:
                key = block, frozenset(inside.get(block, ()))
                if key not in known:
                    budget.spend(4 * factor * (len(block.bits) + len(block.times)))
                    here = self._restricted_to(*key) if key[1] else block
                    if gains.enough:
                        known[key] = Services(here, gains, budget).most()
                    elif here.satellite.sessions:
                        known[key] = SessionWalk(operations, here, gains, factor).most()
                    else:
                        known[key] = longest_walk(operations, here, gains.inside(here), factor)
                most = known[key]
                if most is None:
                    return None
                total += most
        return total

    @cached_property
    def blocks(self) -> Sequence[Block]:
        """The blocks with active intervals, satellite by satellite, in order of time."""
        self._cut(divided=True)
        return [block for own in self._blocks for block in own if block.times]

    def _cut(self, *, divided: bool) -> None:
        """Cut satellites into blocks once they are needed; until then each is one."""
        divided = divided or any(operations.needed for operations in self._operations)
        if not self._blocks or (divided and not self._divided):
            self._divided = divided
            for x in self.problem.satellites:
                self.problem.budget.spend(len(x.times) + 2 * len(x.bits))
            self._blocks = [
                cut(x, block_numbers(x) if divided else [0] * len(x.times))
                for x in self.problem.satellites
            ]

    def _restricted_to(self, block: Block, constraints: frozenset[BranchingConstraint]) -> Block:
        """Return the schedules of a block that obey constraints, remembering some of them."""
        key = block, constraints
        if key not in self._restricted:
            size = len(block.bits) + sum(x.last + 2 - x.first for x in constraints)
            self.problem.budget.spend(4 * size + len(block.times))
            self._remembered += size
            if self._remembered > _MOST_REMEMBERED:
                self._restricted.clear()
                self._known.clear()
                self._remembered = 0
            self._restricted[key] = restricted(block, constraints)
        return self._restricted[key]
