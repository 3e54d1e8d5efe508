"""A walk towards the bits that the best mixture pairs up: a first schedule for pairwise keys.

Where every city gets a part ``t`` of what the mixture uses there, at least that part of the
mixture's pairs can share (what bits pair up to is concave, and nothing of nothing). So the
walk of balanced delivery, with these bits as what is wanted, leads near.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.optimize.domain.pricing import PricingProblem
from qkdopt.optimize.pair_uses import PairUses
from qkdopt.optimize.solvers.uses.bound import uses_bound
from qkdopt.optimize.solvers.uses.walk import UsesWalk
from qkdopt.optimize.uses import CommonUse

__all__ = ["PairWalk"]


class PairWalk:
    """Walks towards goals; what comes out has to be paired up by the caller.

    Parameters
    ----------
    delivered
        Bits of the best mixture by target, shape ``(T,)``.
    """

    def __init__(
        self, uses: PairUses, delivered: Floats, stop: Callable[[], bool] = lambda: False
    ) -> None:
        stock = np.array(uses.stock, float)
        pairing = uses.pairing([int(bits) for bits in delivered.tolist()])
        used = np.zeros(len(uses.stock))
        for pair, bits in pairing.bits.items():
            used[list(pair)] += bits
        goals = np.maximum(used - stock, np.array(uses.floors or np.zeros(used.size), float))
        self._walk: UsesWalk | None = None
        if goals.any():
            guide = CommonUse.towards(uses.problem, [int(bits) for bits in goals.tolist()])
            root = uses_bound(guide, stop=stop)
            start = PricingProblem(root.master.blocks).best_service(root.prices.per_bit)
            self._walk = UsesWalk(guide, root.prices, float(root.value), start)

    @property
    def effort_s(self) -> float:
        """About how long the next walk takes [s]."""
        return 0.0 if self._walk is None else self._walk.effort_s

    def go(self, random: np.random.Generator, stop: Callable[[], bool]) -> Integers | None:
        """Walk once more; return the services if they are nearer to the goals than before."""
        if self._walk is None or not self._walk.go(random, stop):
            return None
        return self._walk.best
