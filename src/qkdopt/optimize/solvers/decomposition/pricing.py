"""The pricing oracle: the longest path at given prices, compiled, with a rigorous value."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.optimize.solvers import _path_kernels as kernels
from qkdopt.optimize.solvers.decomposition.blocks import Blocks

__all__ = ["Oracle"]

_SUM_BITS = 60  # room that whole sums may take in 64-bit integers
_UP = 1 + 2.0**-50  # covers the rounding of a price and of a product
_NOTHING = Fraction(0)
_LEAST = 1e-200  # keeps powers of two representable when every price is 0


class Oracle:
    """``L(c)``, the most that any schedule is worth when a bit for target ``n`` earns ``c_n``.

    Gains are rounded up to whole multiples of ``2^-s`` of a bit and added in 64-bit integers:
    the value is never below ``L(c)``, and above it by less than one part in 10^9.
    """

    def __init__(self, blocks: Blocks) -> None:
        problem = blocks.shares.problem
        active, links = problem.interval.size, len(problem.links)
        self.blocks = blocks
        self._bits = np.ascontiguousarray(problem.bits.T, dtype=float)
        self._pointed = np.zeros((active + 1, links), np.int64)
        self._best = np.zeros(active, np.int64)
        self._service = np.empty(active, np.int64)
        self._most = max(1, problem.sum_of_best) + active

    def __call__(self, prices: Floats) -> tuple[float, Integers]:
        """Return an upper bound on ``L(prices)`` and a schedule that (nearly) attains it.

        Parameters
        ----------
        prices
            ``c`` by target of positive weight, any sign, shape ``(T,)``.

        Returns
        -------
        tuple
            The value, rounded up, and the services, a view that the next call overwrites.
        """
        scale = self._run(prices)
        value = int(self._best[-1]) if self._best.size else 0
        return math.nextafter(value * scale, math.inf) if value else 0.0, self._service

    def whole_bound(self, prices: Floats, owed: Fraction = _NOTHING) -> int:
        """Return a whole number that no schedule's worth at ``prices`` less ``owed`` exceeds."""
        scale = self._run(prices)
        value = int(self._best[-1]) if self._best.size else 0
        return math.floor(value * Fraction(scale) - owed)

    def best_service(self, prices: Floats) -> Integers:
        """Return a schedule of (nearly) the greatest worth at ``prices``, shape ``(A,)``."""
        self._run(prices)
        return self._service.copy()

    def _run(self, prices: Floats) -> float:
        links = self.blocks.shares.link_prices(np.maximum(prices, 0.0))
        largest = self._most * max(float(links.max(initial=0.0)), _LEAST)
        scale = 2.0 ** (math.ceil(math.log2(largest)) - _SUM_BITS)
        gain = np.ceil(self._bits * (links * (_UP / scale))).astype(np.int64)
        problem = self.blocks.shares.problem
        kernels.longest_path(
            gain, problem.interval, problem.tau, self._pointed, self._best, self._service
        )
        return scale
