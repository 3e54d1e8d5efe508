"""What a schedule delivers to targets, ``y = D x``, and the gains of cells at prices of targets."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Self

import numpy as np

from qkdopt.arrays import Bools, Floats, Integers
from qkdopt.optimize.domain._path_kernels import add_delivered
from qkdopt.optimize.problem import SchedulingProblem


@dataclass(frozen=True, eq=False)
class Delivery:
    """The linear map from services to the bits of ``T`` targets, and its transpose.

    Attributes
    ----------
    problem
        ``N`` links, ``A`` active intervals.
    position
        Place of each link's target among the ``T``, -1 for links that must not be served because
        no target that counts is at their end; shape ``(N,)``.
    targets
        How many targets count, ``T``.
    by_link
        Whether all bits of a link count for one of the ``T``; otherwise what is made for that, as
        lists of deliveries are, has to be left out.
    """

    problem: SchedulingProblem
    position: Integers
    targets: int
    by_link: ClassVar[bool] = True

    @classmethod
    def to_all(cls, problem: SchedulingProblem) -> Self:
        """Return the delivery to all targets of a problem."""
        return cls(problem, np.array(problem.link_target, np.int64), len(problem.targets))

    @cached_property
    def bits(self) -> Floats:
        """Bits of each cell, shape ``(A, N)``, rows contiguous."""
        return np.ascontiguousarray(self.problem.bits.T, dtype=float)

    @cached_property
    def never(self) -> Bools:
        """Whether a cell has no key or its link must not be served, shape ``(A, N)``."""
        never: Bools = (self.bits == 0) | (self.position < 0)
        return never

    def link_prices(self, prices: Floats) -> Floats:
        """Return the price per bit of each link from those of the targets, shape ``(N,)``.

        Links to targets that do not count get 0.
        """
        return np.append(prices, 0.0)[self.position]

    def at_targets(self, prices: Floats) -> Floats:
        """Return prices ``(T,)`` of what counts where each target of the problem has a price."""
        known, some = np.zeros(self.targets), self.position >= 0
        known[self.position[some]] = prices[np.array(self.problem.link_target, np.int64)[some]]
        return known

    def dearest(self, prices: Floats) -> float:
        """Return the most that a bit of some link earns at prices, 0 if all are negative."""
        return float(prices.max(initial=0.0))

    def gains(self, prices: Floats) -> Floats:
        """Return ``D^T prices``: what serving link ``n`` in ``a`` earns, shape ``(A, N)``.

        Each product is rounded once, to nearest. ``prices`` has shape ``(T,)``, any sign.
        """
        return self.bits * self.link_prices(prices)

    def whole_gains(self, prices: Integers) -> Integers:
        """Return the same at whole prices of any size, exactly; shape ``(A, N)``."""
        return np.asarray(self.problem.bits.T * np.append(prices, 0)[self.position], object)

    def totals(self, service: Integers) -> Integers:
        """Return ``D x``: the bits of each target from services ``(A,)``; exact, shape ``(T,)``."""
        link, bits = self.problem.served_bits(service)
        counts = self.position[link] >= 0
        totals = np.zeros(self.targets, np.int64)
        np.add.at(totals, self.position[link[counts]], bits[counts])
        return totals

    def by_block(self, service: Integers, begin: Integers) -> Floats:
        """Return the bits that each target gets from each block, whole, shape ``(B, T)``.

        Block ``b`` has the intervals from ``begin[b]`` up to ``begin[b + 1]``.
        """
        delivered = np.zeros((begin.size - 1, self.targets))
        if self.problem.sessions is not None:  # no block cuts one
            served = self.problem.sessions.served(service)
            counts = self.position[served.link] >= 0
            block = np.searchsorted(begin, served.first[counts], side="right") - 1
            place = block, self.position[served.link[counts]]
            np.add.at(delivered, place, served.bits[counts])
            return delivered
        add_delivered(service, begin, self.bits, self.position, delivered)
        return delivered
