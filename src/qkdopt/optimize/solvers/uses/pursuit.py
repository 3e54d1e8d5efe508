"""One aim pursued: the bound first, then schedules and branching in turns, until both meet."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.certificates import Ended, ended_at
from qkdopt.deadline import Deadline
from qkdopt.optimize.domain.pricing import PricingProblem
from qkdopt.optimize.schedule import IDLE, Schedule
from qkdopt.optimize.solvers.decomposition.tree import Node, Tree
from qkdopt.optimize.solvers.uses.bound import UsesBound, uses_bound
from qkdopt.optimize.solvers.uses.looks import Known, Looks
from qkdopt.optimize.solvers.uses.proof import Stated, proof_by_prices, proof_by_tree
from qkdopt.optimize.solvers.uses.reach import beyond_reach
from qkdopt.optimize.solvers.uses.reaching import reach_caps
from qkdopt.optimize.solvers.uses.wants import BitPrices
from qkdopt.optimize.uses import CommonUse, SeparateUses, Uses

__all__ = ["Pursuit"]

_MOST_EXPANDED = 300  # nodes split when there is no time limit
_KINDS_OF_LISTS = 3
_FIRST_LOOKS = 4  # for schedules, before branching begins
_SEARCH_SHARE, _SEARCH_SHARE_COMMON = 0.2, 0.5  # of the work: schedules, not branching; ...
_LEAST_SHARE = 0.1  # ... less and less while looking for schedules finds nothing better
_FADING = 0.8
_NEARLY = 1e-12  # relative: a node so little above the incumbent is settled


class Pursuit:
    """A run for one use of bits; complete at every moment, so that it can be stopped at any.

    Attributes
    ----------
    schedule, worth
        The incumbent, or ``None`` while there is none that meets the floors.
    bound, proof
        The proved bound and what proves it; a bound of ``None`` after :meth:`finish` says that
        no schedule meets the floors.
    ended, nodes
        How it ended, and how many nodes were split.
    done
        Whether going on is of no use: it has ended.
    """

    def __init__(
        self,
        uses: Uses,
        stated: Stated,
        *,
        seed: int,
        deadline: Deadline | None = None,
        tell: Callable[[float | None, float | None], None] = lambda worth, bound: None,
        start: Schedule | None = None,
        questions: Node | None = None,
    ) -> None:
        self.uses, self._stated, self._tell = uses, stated, tell
        self._deadline = deadline or Deadline()
        self._questions = questions
        self._random = np.random.default_rng(seed)
        self.schedule: Schedule | None = None
        self.worth: Fraction | None = None
        self.bound: Fraction | None = None
        self.proof: dict[str, Any] = {}
        self.ended = Ended.FINISHED
        self.done = False
        self._tree: Tree | None = None
        self._looks: Looks | None = None
        self._looked_s = 0.0
        self._steps = self._work()
        self.offer(np.full(uses.problem.interval.size, IDLE, np.int64))
        if start is not None:
            self.offer(start.service)

    @property
    def effort_s(self) -> float:
        """About how long the work so far takes [s]; counted, not measured."""
        return self._looked_s + (0.0 if self._tree is None else self._tree.effort_s)

    @property
    def nodes(self) -> int:
        """How many nodes were split."""
        return 0 if self._tree is None else self._tree.expanded

    @property
    def questions(self) -> Node | None:
        """The questions that its proof asks, ``None`` without any."""
        if self._tree is None or not self._tree.expanded:
            return None
        return self._tree.proof(max(self._tree.bound, self._settling()))

    def run(self, effort_s: float = math.inf) -> None:
        """Work until bound and incumbent meet, time is up, or so much has been done in all.

        Called again it goes on where it was. What is done, and in which order, does not depend
        on the time limit: a longer run goes the way of a shorter one, and farther.
        """
        while not self.done and (self.bound is None or self.effort_s < effort_s):
            self.done = next(self._steps, None) is None
            if self._out_of_time() and not (self.done and self._met()):
                self.ended, self.done = ended_at(self._deadline), True

    def _met(self) -> bool:
        """Say whether nothing is left to find out."""
        if self.bound is None or (self._tree is not None and self._tree.exhausted):
            return True
        return self._settled(self.bound if self._tree is None else self._tree_bound())

    def _work(self) -> Iterator[bool]:
        """Yield between two pieces of work."""
        root = uses_bound(self.uses, stop=self._out_of_time, told=self._report, seen=self.offer)
        self.bound = root.value
        self.proof = proof_by_prices(root.exact, self._stated)
        yield True
        pricing = PricingProblem(root.master.blocks)
        if root.value < 0 or (
            self.worth is None
            and beyond_reach(self.uses.problem, self.uses.goals, self._out_of_time)
        ):
            self.bound = None  # worth is never negative: the floors cannot be met
        elif not self._settled(root.value):
            self._looks = Looks(self.uses, root, self._random, self.offer, self._out_of_time)
            if isinstance(self.uses, SeparateUses):
                mean = reach_caps(self.uses, pricing, self.offer, lambda: self._sated(root.value))
                if not self._sated(root.value) and not root.prices.each.any():
                    near = BitPrices(mean, root.prices.wants)
                    self._looked_s += self._looks.search(near, root.delivered, self._known())
            yield True
            if not self._settled(root.value):
                yield from self._improve(root)

    def _sated(self, bound: Fraction) -> bool:
        return self._settled(bound) or self._out_of_time()

    def try_everything(self) -> None:
        """Bound, walk, look in every kind of list and branch once: what kernels are for."""
        root = uses_bound(self.uses)
        looks = Looks(
            self.uses, root, self._random, self.offer, self._out_of_time, rounds=1, samples=20
        )
        looks.walk(self._known())
        for _ in range(_KINDS_OF_LISTS):
            looks.search(root.prices, root.delivered, self._known())
        tree = self._branching(root)
        tree.expand(-1.0)
        proof_by_tree(tree.root, tree.pricing, self.uses, self._stated)

    def _branching(self, root: UsesBound) -> Tree:
        value = float(root.value) * (1 + 1e-12) + 1.0
        return Tree(root.master, root.prices, value, self._out_of_time)

    def _improve(self, root: UsesBound) -> Iterator[bool]:
        """Take turns until value and bound meet, time is up, or the tree is large enough."""
        for _ in range(self._first_looks()):
            if self._sated(root.value):
                return
            self._look(root.prices, root.delivered)
            yield True
        self._tree = tree = self._branching(root)
        if self._questions is not None:
            tree.replant(self._questions, self._settling())
        searched, begin_s = 0.0, tree.effort_s
        most = _SEARCH_SHARE_COMMON if isinstance(self.uses, CommonUse) else _SEARCH_SHARE
        share = most
        while not tree.exhausted and not self._settled(self._tree_bound()):
            if self._out_of_time():
                return
            if self._deadline.limit_s is None and tree.expanded >= _MOST_EXPANDED:
                self.ended = Ended.ITERATION_LIMIT
                return
            node = tree.expand(self._settling())
            self._report(tree.bound)
            if self._out_of_time():
                return  # what it mixes is not what it would mix with more time
            if node.mix is not None:
                self.offer(tree.rounded(node))
            if node.question is None and node.value > self._settling():
                self.offer(tree.best(node))
            yield True
            branched = tree.effort_s - begin_s
            if searched < branched * share / (1 - share) and node.mix is not None:
                before = self.worth
                searched += self._look(node.prices, node.mix.delivered)
                better = self.worth != before
                share = most if better else max(_LEAST_SHARE, _FADING * share)
                yield True

    def _first_looks(self) -> int:
        """Return how often to look before branching begins: common uses and pairs walk first."""
        if isinstance(self.uses, CommonUse):
            return _FIRST_LOOKS
        return 1 if isinstance(self.uses, SeparateUses) else 2

    def _look(self, prices: BitPrices, delivered: Floats) -> float:
        """Look for schedules once more; return about how long that takes [s]."""
        if self._looks is None:
            return 0.0
        effort_s = self._looks.again(prices, delivered, self._known())
        self._looked_s += effort_s
        return effort_s

    def _known(self) -> Known:
        return Known(self.schedule, -1.0 if self.worth is None else float(self.worth))

    def _tree_bound(self) -> Fraction:
        bound = -math.inf if self._tree is None else self._tree.bound
        return Fraction(-1) if bound == -math.inf else self.uses.whole(Fraction(bound))

    def _settled(self, bound: Fraction) -> bool:
        return self.worth is not None and self.worth >= bound

    def _settling(self) -> float:
        """Return the value at or below which a node holds no better schedule."""
        if self.worth is None:
            return -_NEARLY
        if isinstance(self.uses, CommonUse):
            return float(self.worth) * (1.0 + _NEARLY)
        return float(self.worth) + 1.0 - 1e-6

    def finish(self) -> None:
        """Put the tree's bound and proof into the result, if they are better than the root's.

        A run that ended by itself with a gap has not finished: it had nothing left to try.
        """
        self._take_proof()
        if self.ended is Ended.FINISHED and self.bound is not None and self.worth != self.bound:
            self.ended = Ended.ITERATION_LIMIT

    def _take_proof(self) -> None:
        tree = self._tree
        if tree is None or not tree.expanded or self.bound is None:
            return
        kept = max(tree.bound, self._settling())
        proof, shown = proof_by_tree(tree.proof(kept), tree.pricing, self.uses, self._stated)
        if self.worth is None and (shown is None or shown < 0):
            self.bound = None
            return
        bound = max(self.uses.whole(shown) if shown is not None else self.bound, self.worth or 0)
        if bound < self.bound:
            self.bound, self.proof = Fraction(bound), proof

    def offer(self, service: Integers) -> None:
        """Take a schedule as the incumbent if it meets the floors and is better."""
        schedule = Schedule(np.array(service, np.int64))
        if schedule.service.shape != self.uses.problem.interval.shape:
            return
        worth = self.uses.worth(schedule.delivered(self.uses.problem))
        if worth is None or (self.worth is not None and worth <= self.worth):
            return
        if schedule.is_legal(self.uses.problem):  # walks and lists know no operations
            self.schedule, self.worth = schedule, worth
            self._report(None)

    def _report(self, bound: float | None) -> None:
        self._tell(None if self.worth is None else float(self.worth), bound)

    def _out_of_time(self) -> bool:
        return self._deadline.expired()
