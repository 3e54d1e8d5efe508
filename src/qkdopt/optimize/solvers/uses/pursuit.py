"""One aim pursued: the bound first, then schedules and branching in turns, until both meet."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.claims import Ended
from qkdopt.errors import SolverError
from qkdopt.optimize.pair_uses import PairUses
from qkdopt.optimize.schedule import IDLE, Schedule
from qkdopt.optimize.solvers.decomposition.columns import list_columns
from qkdopt.optimize.solvers.decomposition.pricing import Oracle
from qkdopt.optimize.solvers.decomposition.tree import Node, Tree
from qkdopt.optimize.solvers.uses.bound import UsesBound, uses_bound
from qkdopt.optimize.solvers.uses.pair_search import PairSearch, PricesToLookAt
from qkdopt.optimize.solvers.uses.proof import Stated, proof_by_prices, proof_by_tree
from qkdopt.optimize.solvers.uses.reach import beyond_reach
from qkdopt.optimize.solvers.uses.reaching import reach_caps
from qkdopt.optimize.solvers.uses.sampling import sample_columns
from qkdopt.optimize.solvers.uses.search import UsesSearch
from qkdopt.optimize.solvers.uses.walk import UsesWalk
from qkdopt.optimize.solvers.uses.wants import BitPrices
from qkdopt.optimize.uses import CommonUse, SeparateUses, Uses

__all__ = ["Pursuit"]

_MOST_EXPANDED = 300  # nodes split when there is no time limit
_COLUMNS = 1000  # listed for each block
_CELLS = (5e-3, 1e-3)  # of what a target gets: columns nearer than that count as the same
_LOSS = 4e-3  # of the bound: columns that lose more are not listed
_LEAST_LOSS = 1e4  # bits; in small problems every schedule is listed
_GRAIN = 1e-5  # of the bound
_SAMPLES = 4000
_FAR = 2e-2  # of the bound: samples that lose more are left out
_FIRST_LOOKS = 4  # for schedules, before branching begins
_LISTS_EVERY = 12  # looks, except for common uses; the others are walks
_WALK_SHARE = 0.05  # of the time goes to one walk at most
_SEARCH_SHARE, _SEARCH_SHARE_COMMON = 0.2, 0.5  # of the time: to schedules, not branching; ...
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
    """

    def __init__(
        self,
        uses: Uses,
        stated: Stated,
        *,
        seed: int,
        deadline: float | None,
        tell: Callable[[float | None, float | None], None],
        start: Schedule | None = None,
        questions: Node | None = None,
    ) -> None:
        self.uses, self._stated, self._tell = uses, stated, tell
        self._began, self._deadline = time.perf_counter(), deadline
        self._questions = questions
        self._random = np.random.default_rng(seed)
        self.schedule: Schedule | None = None
        self.worth: Fraction | None = None
        self.bound: Fraction | None = None
        self.proof: dict[str, Any] = {}
        self.ended = Ended.FINISHED
        self._tree: Tree | None = None
        self._look_at: PricesToLookAt | None = None
        self._walk: UsesWalk | None = None
        self._looks = self._searches = 0
        self.offer(np.full(uses.problem.interval.size, IDLE, np.int64))
        if start is not None:
            self.offer(start.service)

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

    def run(self) -> None:
        """Work until bound and incumbent meet or time is up."""
        root = uses_bound(self.uses, stop=self._out_of_time, told=self._report)
        self.bound = root.value
        self.proof = proof_by_prices(root.exact, self._stated)
        oracle = Oracle(root.master.blocks)
        self.offer(oracle.best_service(root.prices.per_bit))
        if root.value < 0 or (
            self.worth is None
            and beyond_reach(self.uses.problem, self.uses.goals, self._out_of_time)
        ):
            self.bound = None  # worth is never negative: the floors cannot be met
        elif not self._settled(root.value):
            if isinstance(self.uses, SeparateUses):
                mean = reach_caps(self.uses, oracle, self.offer, lambda: self._sated(root.value))
                if not self._sated(root.value) and not root.prices.each.any():
                    near = BitPrices(mean, root.prices.wants)
                    self._search(root, near, root.delivered, rounds=7)
            if not self._settled(root.value):
                self._improve(root)

    def _sated(self, bound: Fraction) -> bool:
        return self._settled(bound) or self._out_of_time()

    def _improve(self, root: UsesBound) -> None:
        """Take turns until value and bound meet, time is up, or the tree is large enough."""
        for _ in range(_FIRST_LOOKS if isinstance(self.uses, CommonUse) else 1):
            self._look(root, root.prices, root.delivered)
        self._tree = tree = Tree(
            root.master, root.prices, float(root.value) * (1 + 1e-12) + 1.0, self._out_of_time
        )
        if self._questions is not None:
            tree.replant(self._questions, self._settling())
        searched = branched = 0.0
        most = _SEARCH_SHARE_COMMON if isinstance(self.uses, CommonUse) else _SEARCH_SHARE
        share = most
        while not tree.exhausted and not self._settled(self._tree_bound()):
            if self._out_of_time():
                self.ended = Ended.TIME_LIMIT
                return
            if self._deadline is None and tree.expanded >= _MOST_EXPANDED:
                self.ended = Ended.ITERATION_LIMIT
                return
            began = time.perf_counter()
            node = tree.expand(self._settling())
            if node.mix is not None:
                self.offer(tree.rounded(node))
            self._report(tree.bound)
            branched += time.perf_counter() - began
            if searched < branched * share / (1 - share) and node.mix is not None:
                began, before = time.perf_counter(), self.worth
                self._look(root, node.prices, node.mix.delivered)
                searched += time.perf_counter() - began
                better = self.worth != before
                share = most if better else max(_LEAST_SHARE, _FADING * share)

    def _look(self, root: UsesBound, prices: BitPrices, delivered: Floats) -> None:
        """Look for schedules once more, by a walk or in lists."""
        self._looks += 1
        listed = self._looks % _LISTS_EVERY == 0 and not isinstance(self.uses, CommonUse)
        if listed or not UsesWalk.fits(self.uses):
            self._search(root, prices, delivered, rounds=6)
            return
        if self._walk is None:
            start = Oracle(root.master.blocks).best_service(root.prices.per_bit)
            self._walk = UsesWalk(self.uses, root.prices, float(root.value), start)
        if self.schedule is not None and self.worth is not None:
            self._walk.adopt(self.schedule.service, float(self.worth))
        if self._walk.go(self._random, self._turn_s()):
            self.offer(self._walk.best)

    def _turn_s(self) -> float:
        """Return how long one walk may take [s]: a part of all the time, or what is left of it."""
        if self._deadline is None:
            return math.inf
        left = self._deadline - time.perf_counter()
        return min(_WALK_SHARE * (self._deadline - self._began), left)

    def _search(self, root: UsesBound, prices: BitPrices, delivered: Floats, rounds: int) -> None:
        """Look for schedules among those of small loss at ``prices``, and among samples."""
        scale = max(float(root.value), 1.0)
        dearest = float(max(self.uses.cost))
        bits = max(scale / dearest, 1.0)
        blocks = root.master.blocks
        in_bits = BitPrices(prices.each / dearest, prices.wants)
        self._searches += 1
        turn = self._searches % 3
        if isinstance(self.uses, PairUses):
            self._look_at = self._look_at or PricesToLookAt(self.uses)
            in_bits = self._look_at(prices, turn)
        if turn:
            cell = np.maximum(_CELLS[turn - 1] * np.abs(delivered), 1.0)
            pool = list_columns(
                blocks, in_bits, _COLUMNS, max(_LOSS * bits, _LEAST_LOSS),
                math.ceil(_GRAIN * bits), cell, self._random, self._out_of_time,
            )  # fmt: skip
        else:
            pool = sample_columns(
                blocks, in_bits, _SAMPLES, 2 * _COLUMNS, _FAR * bits, self._random,
                self._out_of_time,
            )  # fmt: skip
        if pool is None:
            return
        worth = -1.0 if self.worth is None else float(self.worth)
        search: UsesSearch | PairSearch
        if isinstance(self.uses, PairUses):
            search = PairSearch(self.uses, pool, prices, scale, self._random, worth)
        else:
            search = UsesSearch(self.uses, pool, prices, scale, self._random, worth)
        search.run(
            self._out_of_time, lambda: self.offer(pool.service(search.choice)), rounds=rounds
        )

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
        """Put the tree's bound and proof into the result, if they are better than the root's."""
        tree = self._tree
        if tree is None or not tree.expanded or self.bound is None:
            return
        kept = max(tree.bound, self._settling())
        proof, shown = proof_by_tree(tree.proof(kept), tree.oracle, self.uses, self._stated)
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
        if not schedule.is_legal(self.uses.problem):
            raise SolverError("the blocks' schedules do not fit together")
        self.schedule, self.worth = schedule, worth
        self._report(None)

    def _report(self, bound: float | None) -> None:
        self._tell(None if self.worth is None else float(self.worth), bound)

    def _out_of_time(self) -> bool:
        return self._deadline is not None and time.perf_counter() >= self._deadline
