"""One run of the decomposition: the clock, the incumbent and the parts that take turns."""

from __future__ import annotations

import itertools
import math

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.certificates import Ended, ended_at
from qkdopt.optimize.domain.blocks import Blocks
from qkdopt.optimize.domain.pricing import PricingProblem
from qkdopt.optimize.schedule import Schedule
from qkdopt.optimize.solvers.annealing import effort_among
from qkdopt.optimize.solvers.decomposition.bound import Bound, best_bound
from qkdopt.optimize.solvers.decomposition.decomposition import Decomposition
from qkdopt.optimize.solvers.decomposition.exact_match import Matching
from qkdopt.optimize.solvers.decomposition.filling import filled
from qkdopt.optimize.solvers.decomposition.pools import LONG_BLOCK, pool_at
from qkdopt.optimize.solvers.decomposition.prices import Prices
from qkdopt.optimize.solvers.decomposition.proof import proof_of_tree
from qkdopt.optimize.solvers.decomposition.search import Search
from qkdopt.optimize.solvers.decomposition.shares import Shares
from qkdopt.optimize.solvers.decomposition.tree import Node, Tree
from qkdopt.optimize.solvers.options import SolverOptions
from qkdopt.optimize.solvers.window_search import WindowWalk

__all__ = ["Run"]

_MOST_EXPANDED = 300  # nodes split when there is no time limit
_MANY_BLOCKS = 8
_FEW_WALKS = 2  # before schedules are listed
_MOST_POLISHED = 10  # walks about the incumbent in one go
_POLISHED_IN_VAIN = 2
_MOST_WALKS = 40  # when there is no time limit
_SEARCH_SHARE = 0.2  # of the work goes to schedules, the rest to branching
_FIRST_START_S = 0.3  # of work go to branching while there is no schedule at all
_HEAD_START_S = 2.0  # of work go to branching before schedules are searched for
_FIRST_EXPANDED = 60  # or so many nodes
_LEAST_EFFORT_S = 1e-3  # of one search


class Run:
    """One run; ``found`` is complete at every moment."""

    def __init__(
        self,
        shares: Shares,
        options: SolverOptions,
        found: Decomposition,
        *,
        any_will_do: bool = False,
    ) -> None:
        self.shares, self.options, self.found = shares, options, found
        self.any_will_do = any_will_do
        self.deadline = options.running()
        self.random = np.random.default_rng(options.seed)
        self.blocks = Blocks.create(shares.delivery)
        self.tree: Tree | None = None
        self.root: Bound | None = None
        self.told_bound: float | None = None

    def go(self) -> None:
        """Bound, then search and branch in turns."""
        pricing = PricingProblem(self.blocks)
        root = best_bound(
            self.shares, pricing, stop=self.out_of_time, told=self.tell_bound, seen=self.offer
        )
        self.root = root
        self.found.bound, self.found.proof = root.value, root.exact.proof()
        self.found.seconds["bound"] = root.seconds
        if self.options.start is not None:
            self.offer(self.options.start.service)
        if not self.settled():
            start = pricing.best_service(root.prices.per_bit)
            # One pass of hours leaves nothing to choose between passes: then only walks help.
            few = self.blocks.longest <= LONG_BLOCK or self.blocks.count >= _MANY_BLOCKS
            if self.shares.problem.operations:
                self.improve(root, start, few=True)
            elif self.shares.exact:
                self.match(root, start)
            elif few or self.shares.floors.any():
                self.improve(root, start, few=few)
            else:
                self.walk(self.window_walk(root, start), few=False)
            if self.settled():
                self.found.ended = Ended.FINISHED
        self.found.seconds["search"] = self.deadline.elapsed() - root.seconds

    def improve(self, root: Bound, start: Integers, *, few: bool) -> None:
        """Take turns until value and bound meet, time is up, or the tree is large enough."""
        walk = self.window_walk(root, start)
        self.tree = tree = Tree(root.master, root.prices, root.value + 1.0, self.out_of_time)
        searched = 0.0
        while not self.settled() and not (tree.exhausted and searched):
            if self.out_of_time():
                self.found.ended = ended_at(self.deadline)
                return
            if self.deadline.limit_s is None and tree.expanded >= _MOST_EXPANDED:
                self.found.ended = Ended.ITERATION_LIMIT
                return
            if not self.search_is_due(searched):
                node = self.branch(tree)
                continue
            if searched:
                searched += self.search(node.prices, node.attained(root.delivered), rounds=6)
            else:
                searched += self.walk(walk, few=few)
                searched += self.search(root.prices, root.delivered, rounds=7)
            searched += self.polish(walk) + _LEAST_EFFORT_S
        self.found.made_by["nodes"] = tree.expanded

    def branch(self, tree: Tree) -> Node:
        """Split a node, and round what it mixes."""
        node = tree.expand(float(self.found.value))
        if self.out_of_time():
            return node  # what it mixes is not what it would mix with more time
        if node.question is None and node.value > self.found.value:
            self.offer(tree.best(node))
        if node.mix is not None:
            rounded = tree.rounded(node)
            self.offer(rounded)  # filling up may lose a match
            self.offer(filled(self.shares, rounded, self.random))
        self.tell_bound(tree.bound)
        return node

    def search_is_due(self, searched: float) -> bool:
        """Say whether schedules have had less than their share of the work so far [s].

        Questions come first: where they lead to a proof, they lead to the schedule as well.
        Work is counted, not measured, and the time limit is not asked: a longer run goes the way
        of a shorter one, and farther.
        """
        if self.tree is None:
            return True
        branched = self.tree.effort_s
        if not searched:
            head_start_s = _HEAD_START_S if self.found.value > 0 else _FIRST_START_S
            begun = branched >= head_start_s or self.tree.expanded >= _FIRST_EXPANDED
            return self.tree.exhausted or begun
        return searched < branched * _SEARCH_SHARE / (1 - _SEARCH_SHARE)

    def walk(self, walk: WindowWalk, *, few: bool) -> float:
        """Look for schedules window by window: a few times, or until time is up.

        Returns about how long that takes [s].
        """
        if self.shares.problem.operations:
            return 0.0  # windows know no operations
        endless, effort_s = self.deadline.limit_s is not None and not few, 0.0
        for _ in itertools.count() if endless else range(_FEW_WALKS if few else _MOST_WALKS):
            if self.out_of_time():
                self.found.ended = ended_at(self.deadline)
                return effort_s
            effort_s += walk.effort_s
            if walk.go(self.random, self.out_of_time):
                self.offer(walk.best)
            if self.settled():
                return effort_s
        if not few:
            self.found.ended = Ended.ITERATION_LIMIT
        return effort_s

    def window_walk(self, root: Bound, start: Integers) -> WindowWalk:
        """Return a walk that begins at ``start``, shape ``(A,)``."""
        shares = self.shares
        return WindowWalk(
            shares.problem,
            place=shares.position,
            wanted=shares.wanted,
            kl_max=float(shares.kl_max),
            mu=root.prices.mu,
            scale=float(root.value),
            start=start,
        )

    def polish(self, walk: WindowWalk) -> float:
        """Walk about the incumbent, again while that helps; return about how long it takes [s]."""
        failed, effort_s = 0, 0.0
        for _ in range(_MOST_POLISHED):
            known = self.found.schedule
            nothing = known is None or not self.found.value or self.shares.problem.operations
            if self.out_of_time() or known is None or nothing:
                return effort_s
            effort_s += walk.polish_effort_s
            if walk.polish(known.service, float(self.found.value), self.random, self.out_of_time):
                self.offer(walk.best)
                failed = 0
            else:
                failed += 1
            if failed == _POLISHED_IN_VAIN:
                break
        return effort_s

    def match(self, root: Bound, start: Integers) -> None:
        """Look for exact matches of ever larger totals."""
        endless = self.deadline.limit_s is not None
        matching = Matching(self.shares, root.prices.per_bit, start, self.random)
        matching.run(root.value, self.out_of_time, self.offer, endless=endless)
        if not self.settled():
            self.found.ended = (
                ended_at(self.deadline) if self.out_of_time() else Ended.ITERATION_LIMIT
            )

    def search(self, prices: Prices, delivered: Floats, rounds: int) -> float:
        """Look for schedules among those of small loss at ``prices``.

        Returns about how long that takes [s].
        """
        scale = float(self.found.bound or 1)
        known = self.found.schedule.service if self.found.schedule else None
        pool = pool_at(self.blocks, prices, delivered, scale, known, self.random, self.out_of_time)
        if pool is None:
            return 0.0
        search = Search(self.shares, pool, prices, scale, self.random)
        search.run(
            self.out_of_time, lambda _: self.offer(pool.service(search.choice)), rounds=rounds
        )
        return effort_among(pool.loss.size, rounds)

    def settled(self) -> bool:
        """Say whether the incumbent will do, is proved optimal, or nothing else is allowed."""
        if self.any_will_do and self.found.schedule is not None:
            return True
        bound = self.found.bound
        if self.tree is not None:
            left = self.tree.bound
            bound = math.floor(left) if left > -np.inf else self.found.value
        return bool(self.found.reason) or (bound is not None and self.found.value >= bound)

    def state_proof(self) -> None:
        """Put the tree's bound and proof into the result, if it is better than the root's.

        A run that ended by itself with a gap has not finished: it had nothing left to try.
        """
        self._take_proof()
        found = self.found
        open_gap = found.bound is not None and found.value < found.bound and not self.any_will_do
        if found.ended is Ended.FINISHED and open_gap and not found.reason:
            found.ended = Ended.ITERATION_LIMIT

    def _take_proof(self) -> None:
        if self.tree is None or self.root is None or not self.tree.expanded:
            return
        proved = math.floor(max(self.tree.bound, float(self.found.value))) + 0.99
        kept = self.tree.proof(proved)
        proof, bound = proof_of_tree(kept, self.tree.pricing, self.shares, proved)
        if self.found.bound is None or bound < self.found.bound:
            self.found.bound, self.found.proof = max(bound, self.found.value), proof
        if self.found.schedule is None and self.tree.bound <= self.found.value:
            self.found.bound = self.found.value
        self.found.made_by["nodes"] = self.tree.expanded

    def offer(self, service: Integers) -> None:
        """Take a schedule as the incumbent if it is allowed and better."""
        schedule = Schedule(np.array(service, np.int64))
        delivered = self.shares.delivered(schedule)
        value = int(delivered.sum())
        better = value > self.found.value and self.shares.allows(delivered)
        if better and schedule.is_legal(self.shares.problem):  # windows know no operations
            self.found.schedule, self.found.value = schedule, value
            self.tell()

    def tell_bound(self, value: float) -> None:
        """Report a better bound."""
        value = max(value, float(self.found.value))
        if self.told_bound is None or value < self.told_bound:
            self.told_bound = value
            self.tell()

    def tell(self) -> None:
        """Report incumbent and bound."""
        if self.options.progress is not None:
            seconds = self.deadline.elapsed()
            known = None if self.found.schedule is None else float(self.found.value)
            self.options.progress(seconds, known, self.told_bound)

    def out_of_time(self) -> bool:
        """Say whether the time limit has passed, or a stop was requested."""
        return self.deadline.expired()
