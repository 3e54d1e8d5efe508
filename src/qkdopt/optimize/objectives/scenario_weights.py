"""Weights of cloud scenarios, ``p`` in ``P``: near ones that are admissible, also in fractions."""

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import lcm

import numpy as np

from qkdopt.arrays import Floats
from qkdopt.errors import Described, InputError
from qkdopt.optimize.risk import Risk

_BITS = 41  # of the unit, at least
_LARGEST_GRID = 10**50


@dataclass(frozen=True, eq=False)
class ScenarioWeights:
    """``P = {p: sum_k p_k = 1, lower_k <= p_k <= upper_k}`` of ``M`` scenarios.

    Attributes
    ----------
    risk, probability
        As in :mod:`qkdopt.optimize.risk`, ``(M,)``.
    """

    risk: Risk
    probability: tuple[Fraction, ...]

    @cached_property
    def limits(self) -> tuple[tuple[Fraction, ...], tuple[Fraction, ...]]:
        """Least and largest weights, shapes ``(M,)``."""
        return self.risk.limits(self.probability)

    @cached_property
    def lower(self) -> Floats:
        """Least weights, shape ``(M,)``."""
        return np.array(self.limits[0], float)

    @cached_property
    def upper(self) -> Floats:
        """Largest weights, shape ``(M,)``: no larger than the least ones of others leave."""
        left = 1 - sum(self.limits[0])
        pairs = zip(*self.limits, strict=True)
        return np.array([min(most, least + left) for least, most in pairs], float)

    @property
    def risky(self) -> bool:
        """Whether there is more than one point in ``P``, or may be."""
        return bool((self.upper > self.lower).any())

    @cached_property
    def grid(self) -> int:
        """All weights at corners of ``P`` are multiples of ``1 / grid``.

        At a corner all weights but one are at a limit, and the last one is what is left of 1.

        Raises
        ------
        InputError
            For weights whose fractions are longer than certificates hold.
        """
        grid = lcm(*(limit.denominator for limits in self.limits for limit in limits))
        if grid >= _LARGEST_GRID:
            came = Described(f"weights of scenarios in units of some 10^-{len(str(grid)) - 1}")
            expected = "probabilities, alpha and risk_share of fewer digits, a unit above 10^-50"
            raise InputError("risk", came, expected)
        return grid

    def near(self, weights: Floats) -> Floats:
        """Return weights in ``P``, to rounding; what is missing is shared by the room there is."""
        found = np.clip(weights, self.lower, self.upper)
        missing = 1.0 - float(found.sum())
        room = self.upper - found if missing > 0.0 else found - self.lower
        return found + room * (missing / (float(room.sum()) or 1.0))

    @cached_property
    def unit(self) -> int:
        """Weights are multiples of ``1 / unit`` in exact numbers: on the grid, or finer."""
        return self.grid << max(0, _BITS - self.grid.bit_length())

    def exact(self, weights: Floats) -> tuple[Fraction, ...]:
        """Return weights exactly in ``P``, multiples of ``1 / unit``."""
        unit = self.unit
        lower, upper = ([int(x * unit) for x in limits] for limits in self.limits)
        scaled = [Fraction(p) * unit for p in weights.tolist()]
        found = [
            min(max(round(p), least), most)
            for p, least, most in zip(scaled, lower, upper, strict=True)
        ]
        missing = unit - sum(found)
        for k, p in enumerate(found):
            more = min(max(missing, lower[k] - p), upper[k] - p)
            found[k] += more
            missing -= more
        return tuple(Fraction(p, unit) for p in found)

    def worst(self, rewards: Floats) -> Floats:
        """Return the weights at which the mean of rewards is least, shape ``(M,)``."""
        order = np.argsort(rewards, kind="stable")
        room = (self.upper - self.lower)[order]
        before = np.cumsum(room) - room
        left = float(self.risk.share)
        found = self.lower.copy()
        found[order] += np.clip(left - before, 0.0, room)
        return found
