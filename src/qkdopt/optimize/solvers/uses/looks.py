"""Ways of looking for schedules, which take turns: walks, lists of columns, and samples."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.optimize.domain.pricing import PricingProblem
from qkdopt.optimize.pair_uses import PairUses
from qkdopt.optimize.schedule import Schedule
from qkdopt.optimize.solvers.annealing import effort_among
from qkdopt.optimize.solvers.decomposition.columns import Pool, list_columns
from qkdopt.optimize.solvers.uses.bound import UsesBound
from qkdopt.optimize.solvers.uses.pair_search import PairSearch, PricesToLookAt
from qkdopt.optimize.solvers.uses.pair_walk import PairWalk
from qkdopt.optimize.solvers.uses.sampling import sample_columns
from qkdopt.optimize.solvers.uses.search import UsesSearch
from qkdopt.optimize.solvers.uses.walk import UsesWalk
from qkdopt.optimize.solvers.uses.wants import BitPrices
from qkdopt.optimize.uses import CommonUse, SeparateUses, Uses

__all__ = ["Known", "Looks"]

_COLUMNS = 1000  # listed for each block
_CELLS = (5e-3, 1e-3)  # of what a target gets: columns nearer than that count as the same
_LOSS = 4e-3  # of the bound: columns that lose more are not listed
_LEAST_LOSS = 1e4  # bits; in small problems every schedule is listed
_GRAIN = 1e-5  # of the bound
_LABELLED_SAMPLES = 300  # where operations make every path longer to find
_FAR = 2e-2  # of the bound: samples that lose more are left out
_LISTS_EVERY = 12  # looks, except for common uses; the others are walks
_PAIR_WALKS_EVERY = 6  # looks, the first among them


@dataclass(frozen=True, eq=False)
class Known:
    """The best schedule so far and its worth, ``None`` and -1 while there is none."""

    schedule: Schedule | None
    worth: float


class Looks:
    """Looks for schedules of one use; whatever is found is offered to the caller at once.

    Parameters
    ----------
    root
        The bound, whose prices and columns are the beginning.
    offer
        Takes services, shape ``(A,)``; need not keep them.
    stop
        Asked now and then.
    rounds, samples
        Rounds of annealing over one list, and how many schedules are sampled.
    """

    def __init__(
        self,
        uses: Uses,
        root: UsesBound,
        random: np.random.Generator,
        offer: Callable[[Integers], None],
        stop: Callable[[], bool],
        *,
        rounds: int = 6,
        samples: int = 4000,
    ) -> None:
        self._uses, self._root, self._random = uses, root, random
        self._offer, self._stop = offer, stop
        self._labelled = bool(uses.problem.operations)  # which walks and lists do not know
        self._rounds = rounds
        self._samples = min(samples, _LABELLED_SAMPLES) if self._labelled else samples
        self._walk: UsesWalk | None = None
        self._pair_walk: PairWalk | None = None
        self._look_at: PricesToLookAt | None = None
        self._looks = self._searches = 0

    def again(self, prices: BitPrices, delivered: Floats, known: Known) -> float:
        """Look once more, by a walk or in lists; return about how long that takes [s].

        The time is counted from what there is to do, not measured: whatever follows from it is
        the same on every machine and at every time limit.

        Parameters
        ----------
        prices, delivered
            What the columns to be listed are priced at, and what a good mixture of them delivers.
        """
        listed = self._listed()
        self._looks += 1
        return self.search(prices, delivered, known) if listed else self.walk(known)

    def _listed(self) -> bool:
        if self._labelled:
            return True
        if isinstance(self._uses, PairUses):
            return self._looks % _PAIR_WALKS_EVERY > 0
        last = self._looks % _LISTS_EVERY == _LISTS_EVERY - 1
        return last and not isinstance(self._uses, CommonUse)

    def walk(self, known: Known) -> float:
        """Walk from the best schedule, or anew; return about how long that takes [s]."""
        if isinstance(self._uses, PairUses):
            return self._walk_towards_pairs(self._uses)
        root = self._root
        if self._walk is None:
            if not isinstance(self._uses, CommonUse | SeparateUses):
                return 0.0
            start = PricingProblem(root.master.blocks).best_service(root.prices.per_bit)
            self._walk = UsesWalk(self._uses, root.prices, float(root.value), start)
        if known.schedule is not None:
            self._walk.adopt(known.schedule.service, known.worth)
        effort_s = self._walk.effort_s
        if self._walk.go(self._random, self._stop):
            self._offer(self._walk.best)
        return effort_s

    def _walk_towards_pairs(self, uses: PairUses) -> float:
        self._pair_walk = self._pair_walk or PairWalk(uses, self._root.delivered, self._stop)
        effort_s = self._pair_walk.effort_s
        found = self._pair_walk.go(self._random, self._stop)
        if found is not None:
            self._offer(found)
        return effort_s

    def search(self, prices: BitPrices, delivered: Floats, known: Known) -> float:
        """Look among schedules of small loss at ``prices``, or among samples, in turns.

        Returns about how long that takes [s].
        """
        pool = self._pool(prices, delivered)
        if pool is None or self._stop():
            return 0.0
        scale = max(float(self._root.value), 1.0)
        search: UsesSearch | PairSearch
        if isinstance(self._uses, PairUses):
            search = PairSearch(self._uses, pool, prices, scale, self._random, known.worth)
        else:
            search = UsesSearch(self._uses, pool, prices, scale, self._random, known.worth)
        search.run(
            self._stop, lambda: self._offer(pool.service(search.choice)), rounds=self._rounds
        )
        return effort_among(pool.loss.size, self._rounds)

    def _pool(self, prices: BitPrices, delivered: Floats) -> Pool | None:
        dearest = float(max(self._uses.cost))
        bits = max(max(float(self._root.value), 1.0) / dearest, 1.0)
        blocks = self._root.master.blocks
        self._searches += 1
        turn = 0 if self._labelled else self._searches % 3
        in_bits = BitPrices(prices.each / dearest, prices.wants)
        if isinstance(self._uses, PairUses):
            self._look_at = self._look_at or PricesToLookAt(self._uses)
            in_bits = self._look_at(prices, turn)
        if turn:
            cell = np.maximum(_CELLS[turn - 1] * np.abs(delivered), 1.0)
            return list_columns(
                blocks, in_bits, _COLUMNS, max(_LOSS * bits, _LEAST_LOSS),
                math.ceil(_GRAIN * bits), cell, self._random, self._stop,
            )  # fmt: skip
        return sample_columns(
            blocks, in_bits, self._samples, 2 * _COLUMNS, _FAR * bits, self._random, self._stop
        )
