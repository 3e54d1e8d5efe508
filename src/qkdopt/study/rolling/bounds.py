"""Bounds that no policy can pass: by knowing the sky beforehand, for free or for a penalty.

A policy decides interval ``a`` with what is known at the issue before it. Let ``K`` be the bits
under the real sky, ``Kbar[n, a]`` their mean given what is known at that issue, and ``L`` the
longest path. For any ``mu >= 0`` with ``mu . q = 1`` and any fixed ``lam``, the level ``t`` of
balanced delivery obeys, in the mean,

    E[t] <= E[ min_mu  mu . b + L( mu_n K[n, a] - lam_n (K[n, a] - Kbar[n, a]) ) ]

because whoever did not know the sky pays the penalty ``K - Kbar`` with mean 0 (information
relaxation: Brown, Smith and Sun 2010). With ``lam = 0`` it is what the clairvoyant reaches, and
holds month by month.
"""

from typing import NamedTuple

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.optimize.domain.blocks import Blocks
from qkdopt.optimize.domain.delivery import Delivery
from qkdopt.optimize.domain.pricing import PricingProblem
from qkdopt.optimize.problem import SchedulingProblem

_ROUNDS = 60
_NEAR = 1e-5  # relative
_STEP = 0.5  # of the way to the programme's optimum


class LeastBound(NamedTuple):
    """A bound, and the prices behind it.

    Attributes
    ----------
    value
        No schedule has a greater value less penalties.
    prices
        ``mu`` by target, shape ``(T,)``.
    """

    value: float
    prices: Floats


class Cuts:
    """The bound at prices, and a linear programme of all that was learned from them.

    Parameters
    ----------
    whole
        The problem whose cells may be served, whatever the sky, with the stock ``b``.
    bits
        What they really bring, shape ``(N, A)``.
    extra
        What serving a cell gains beyond that, shape ``(N, A)``.
    """

    def __init__(self, whole: SchedulingProblem, bits: Integers, extra: Floats) -> None:
        self._blocks = blocks = Blocks.create(Delivery.to_all(whole))
        self._pricing, self._target = PricingProblem(blocks), blocks.delivery.position
        self._bits, self._extra = bits.T.astype(float), np.ascontiguousarray(extra.T)
        self._stock = np.array(whole.stock or np.zeros(len(whole.targets)), float)
        self._rows: list[Floats] = []
        self._right: list[Floats] = []

    def priced(self, prices: Floats) -> LeastBound:
        """Return the bound at prices ``(T,)``; the programme learns what its blocks gain."""
        path = self._pricing.at_gains(self._bits * prices[self._target] + self._extra)
        at = np.flatnonzero(path.service >= 0)
        link, count = path.service[at], self._blocks.count
        block = np.searchsorted(self._blocks.begin, at, side="right") - 1
        delivered = np.zeros((count, prices.size))
        np.add.at(delivered, (block, self._target[link]), self._bits[at, link])
        self._rows.append(np.hstack([delivered, -np.eye(count)]))
        gained: Floats = np.bincount(block, self._extra[at, link], count).astype(float)
        self._right.append(-gained)
        return LeastBound(path.value + float(prices @ self._stock), prices)

    def solve(self, share: Floats) -> tuple[Floats, float]:
        """Return the prices with ``prices . share = 1`` of the programme's optimum, its value."""
        from scipy.optimize import linprog

        count = self._blocks.count
        cost = np.concatenate([self._stock, np.ones(count)])
        equal = np.concatenate([share, np.zeros(count)])[None]
        rows, right = np.concatenate(self._rows), np.concatenate(self._right)
        found = linprog(cost, rows, right, equal, [1.0], method="highs")
        point = np.asarray(found.x, float)
        return point[: share.size], float(cost @ point)


def least_bound(cuts: Cuts, share: Floats) -> LeastBound:
    """Return the least bound over prices with ``prices . share = 1``, by cutting planes.

    Half-way to the programme's optimum first, since its early optima are far from the best.
    """
    best = cuts.priced(np.where(share > 0.0, 1.0, 0.0) / share.sum())
    for _ in range(_ROUNDS):
        wished, least = cuts.solve(share)
        if best.value - least <= _NEAR * abs(best.value):
            break
        for step in (_STEP, 1.0):
            found = cuts.priced(best.prices + step * (wished - best.prices))
            if found.value < best.value:
                best = found
                break
    return best
