"""Schedules from the listed columns whose bits pair up well: annealing over a growing set of cuts.

What bits pair up to is the least of many linear functions of them, one for each set of prices
``lambda`` in {0, 1/2, 1}. Annealing knows a few of these; the best schedule that it finds is
paired up exactly, and the prices that prove how far are the next cut.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.optimize.pair_uses import PairUses
from qkdopt.optimize.solvers.annealing import stages
from qkdopt.optimize.solvers.decomposition.columns import Pool
from qkdopt.optimize.solvers.uses._cut_kernels import anneal_cuts
from qkdopt.optimize.solvers.uses.bound import uses_bound
from qkdopt.optimize.solvers.uses.wants import BitPrices
from qkdopt.optimize.uses import CommonUse

__all__ = ["PairSearch", "PricesToLookAt"]

_FIRST_STEPS = 30_000
_MOST_STEPS = 500_000
_COLD = 3e-6  # of the bound; hot is a thousand times that
_CORRECTIONS = 6  # cuts that one round may add
_GUIDED = (0.2, 0.05, 0.5)  # how much of the prices that columns are listed at is the guide's


class PricesToLookAt:
    """Prices at which columns are worth listing: those of the bound, and a guide's.

    A city that gets all it has a use for is priced at nothing, and at such prices there is no
    telling schedules that serve it from schedules that do not. The guide's prices are those of
    serving every city in proportion to its traffic.
    """

    def __init__(self, uses: PairUses) -> None:
        goals = [0] * len(uses.stock)
        for need, most in zip(uses.need, uses.upper, strict=True):
            limit = min(map(uses.reach.__getitem__, need)) if most is None else most
            for n in need:
                goals[n] += limit
        guide = np.zeros(len(goals))
        if any(goals):
            found = uses_bound(CommonUse.towards(uses.problem, goals))
            guide = np.array([float(price) for price in found.exact])
        self._guide = guide / (2.0 * float(guide.max(initial=0.0)) or 1.0)

    def __call__(self, prices: BitPrices, turn: int) -> BitPrices:
        """Return the mixture of one turn."""
        part = _GUIDED[turn % len(_GUIDED)] if prices.per_bit.any() else 1.0
        return _Mixed((1 - part) * prices.per_bit + part * self._guide, prices.wants)


class _Mixed(BitPrices):
    """Prices to list columns at; no bound is made of them."""

    @property
    def per_bit(self) -> Floats:
        """What a bit of each target is worth, shape ``(T,)``."""
        return self.each


@dataclass(eq=False)
class PairSearch:
    """Repeated annealing over one pool; keeps the best choice.

    Attributes
    ----------
    worth
        Shared bits of the best choice or of whoever was better before, -1 while there is none.
    choice
        Its columns, shape ``(B,)``.
    """

    uses: PairUses
    pool: Pool
    prices: BitPrices
    bound: float
    random: np.random.Generator
    worth: float = -1.0

    def __post_init__(self) -> None:
        """Start with the cuts of the prices, of all bits, and of all traffic."""
        targets = len(self.uses.stock)
        self.choice: Integers = self.pool.best()
        self._least = np.array(self.uses.floors or np.zeros(targets), float)
        self._price = 2.0 * np.maximum(self.prices.per_bit, 0.5)
        self._slopes: list[Floats] = []
        self._constants: list[float] = []
        for prices in (self.prices.each[:targets], np.full(targets, 0.5), np.ones(targets)):
            self._cut(prices)

    def _cut(self, prices: Floats) -> None:
        targets = len(self.uses.stock)
        allowed = np.array([float(p) for p in self.uses.allowed(prices.tolist())][:targets])
        padded = np.append(allowed, np.zeros(len(self.uses.floors)))
        self._slopes.append(allowed)
        self._constants.append(float(self.uses.constant(padded.tolist())))

    def run(self, stop: Callable[[], bool], told: Callable[[], None], rounds: int) -> None:
        """Anneal ``rounds`` times, ever longer, from the best of each block or the incumbent."""
        if not self.choice.size:
            return
        choices = float(np.diff(self.pool.first).sum()) - self.pool.first.size + 1
        steps = most = min(_FIRST_STEPS, int(100 * choices) + 1)
        if steps == _FIRST_STEPS:
            most = _MOST_STEPS
        found = False
        for turn in range(rounds):
            far = turn % 2 == 0 or not found
            for _ in range(_CORRECTIONS):
                if stop():
                    return
                better, done = self._anneal(far, steps, stop)
                if better:
                    found = True
                    told()
                if done:
                    break
            steps = min(2 * steps, most)

    def _anneal(self, far: bool, steps: int, stop: Callable[[], bool]) -> tuple[bool, bool]:
        """Anneal once; say whether the best was improved, and whether the cuts told the truth."""
        start = self.pool.best() if far else self.choice.copy()
        hot = _COLD * self.bound * (1000.0 if far else 30.0)
        best = self.choice.copy()
        slopes, promised = np.array(self._slopes), self.worth + 0.5
        for warm, cool, part in stages(hot, _COLD * self.bound, steps, 2 * slopes.size):
            promised = anneal_cuts(
                self.pool.first, self.pool.delivered, slopes, np.array(self._constants),
                self._least, self._price, warm, cool, part, self.random, start, best, promised,
            )  # fmt: skip
            if stop():
                break
        if promised <= self.worth + 0.5:
            return False, True
        bits = self.pool.delivered[best].sum(axis=0)
        pairing = self.uses.pairing([round(number) for number in bits.tolist()])
        better = pairing.total > self.worth
        if better:
            self.choice, self.worth = best, float(pairing.total)
        if promised < float(pairing.relaxed) + 0.5:
            return better, True
        self._cut(np.array([float(price) for price in pairing.prices]))
        return better, False
