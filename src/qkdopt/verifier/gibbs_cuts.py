"""Whether bits are farther from the weights than a limit, decided for many at a few products each.

Gibbs' inequality: with the sum of ``q exp(a)`` at most 1, ``a . p`` is at most the divergence of
shares ``p`` from ``q``.  With ``a = ln(p / q)`` at some bits, less 2^-60 at least, and -1024 where
``p`` is 0, the sum is at most 1; where ``a . E`` exceeds the limit times the total of other bits
``E``, so does their divergence.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import ceil, floor
from operator import mul

from qkdopt.verifier.budget import Budget, beyond_few
from qkdopt.verifier.logarithms import divergence_up, ln_up

_STEPS_PER_DIVERGENCE = 1500  # for each target
_STEPS = 8
_SCALE = 2**60
_FEWEST = -(2**70)  # for targets that got nothing
_ROUNDED = Fraction(1, 10**40)  # upwards, at most


class GibbsCuts:
    """The divergences above a limit that have been met so far."""

    def __init__(self, weights: Sequence[int], limit: Fraction, budget: Budget) -> None:
        self.weights, self.limit, self.budget = weights, limit, budget
        self.cuts: list[list[int]] = []  # above 0 times bits where the limit is exceeded

    def exceeded(self, bits: Sequence[int]) -> bool:
        """Return whether the divergence is surely no less than the limit, and above one of 0."""
        steps = _STEPS + beyond_few(len(bits))
        for i, cut in enumerate(self.cuts):
            if sum(map(mul, cut, bits)) > 0:
                if i:  # the one that served last is tried first
                    self.cuts.insert(0, self.cuts.pop(i))
                self.budget.spend(steps * (i + 1))
                return True
        self.budget.spend(steps * len(self.cuts) + _STEPS_PER_DIVERGENCE * len(bits))
        if divergence_up(bits, self.weights) - _ROUNDED < self.limit:
            return False
        total, every = sum(bits), sum(self.weights)
        slopes = [
            floor(-Fraction(ln_up(Fraction(w * total, e * every))) * _SCALE) - 1 if e else _FEWEST
            for e, w in zip(bits, self.weights, strict=True)
        ]
        self.cuts.insert(0, [x - ceil(self.limit * _SCALE) for x in slopes])
        return True
