"""Proportional fairness: ``sum_n w_n ln(E_n)`` over the targets of positive weight.

The objective of Kelly, Maulloo and Tan (1998), J. Oper. Res. Soc. 49, 237. The tangent of the
logarithm at ``w_n / c_n`` lies above it, so for all prices ``c_n > 0``

    sum_n w_n ln(E_n) <= c . E + sum_n w_n (ln(w_n / c_n) - 1) =: c . E + U*(c).

A vector of multipliers is ``(c, nu)``, ``nu >= 0`` where there are lower bounds; the price of a bit
is ``c + nu``, and ``nu . l`` is subtracted.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, localcontext
from fractions import Fraction
from functools import cached_property
from typing import Any, Self

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.errors import InputError
from qkdopt.optimize.domain.delivery import Delivery
from qkdopt.optimize.objectives.base import ConcaveObjective, RationalMultipliers, fraction_text
from qkdopt.optimize.objectives.master_rows import MasterDuals, MasterRows
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.timegrid import plain_decimal

_DIGITS = 60
_DECIMALS = Decimal("1e-18")
_CLOSED = 5e-13  # relative above one: a node so little better holds nothing better
_PRICE_BITS = 52  # of the smallest price, in rational multipliers
_SHORT = 1000.0  # nats: the penalty of missing all of a lower bound in the restricted master
_LARGEST_EXPONENT = 200.0  # of a price, over the weight
_LEAST_PART = 1e-7  # of all that a target could get: tangents are taken no nearer to zero


@dataclass(frozen=True, eq=False)
class FairObjective(ConcaveObjective):
    """``sum_n w_n ln(E_n)`` where ``E >= l``; not allowed where ``w_n > 0`` and ``E_n = 0``.

    Attributes
    ----------
    delivery
        All ``T`` targets count, for lower bounds.
    weights
        ``w``, by target.
    bounds
        Least bits of each target; empty where there are none.
    """

    delivery: Delivery
    weights: tuple[int, ...]
    bounds: tuple[int, ...] = ()
    rounding = Fraction(1, 10**15)

    @classmethod
    def create(
        cls, problem: SchedulingProblem, strategy: object, floors: Sequence[int] = ()
    ) -> Self:
        """Return the objective, with lower bounds by target if there are any.

        Raises
        ------
        InputError
            When the problem has no weights.
        """
        if problem.weights is None:
            raise InputError("weights", "none", "a weight for every target (strategy fair)")
        bounds = tuple(floors) if any(floors) else ()
        return cls(Delivery.to_all(problem), problem.weights, bounds)

    @cached_property
    def reach(self) -> Floats:
        """Bits that each target could get if it alone were served, at least 1; ``(T,)``."""
        position, bits = self.delivery.position, np.array(self.problem.reach, float)
        each = np.bincount(position, weights=bits, minlength=self.delivery.targets)
        return np.maximum(each, 1.0)

    @cached_property
    def _weight(self) -> Floats:
        return np.array(self.weights, float)

    @property
    def lower_bounds(self) -> tuple[int, ...]:
        """Bits without which nothing is allowed: one for every target of positive weight."""
        own = self.bounds or (0,) * len(self.weights)
        return tuple(max(least, int(w > 0)) for least, w in zip(own, self.weights, strict=True))

    def infeasibility_message(self, *, proved: bool) -> str:
        """Return why there is no schedule, with the targets that can never be served."""
        has_key = np.array(self.problem.reach, float) > 0.0
        served = set(self.delivery.position[has_key].tolist())
        never = [
            name
            for n, name in enumerate(self.problem.targets)
            if self.weights[n] and n not in served
        ]
        if never:
            return f"infeasible: {', '.join(never)} can never be served"
        if proved:
            return "infeasible: no schedule serves every target of positive weight as asked"
        return "no schedule that serves every target of positive weight was found in time"

    def value(self, delivered: Sequence[int]) -> Fraction | None:
        """Return the sum of logarithms, rounded down, ``None`` below a lower bound."""
        bits = [int(e) for e in delivered]
        if any(e < least for e, least in zip(bits, self.lower_bounds, strict=True)):
            return None
        with localcontext(prec=_DIGITS):
            total = sum(
                (w * Decimal(e).ln() for w, e in zip(self.weights, bits, strict=True) if w),
                Decimal(0),
            )
            below = total - _DECIMALS / 1000 if total else total
            return Fraction(below.quantize(_DECIMALS, ROUND_FLOOR))

    def estimates(self, delivered: Integers) -> Floats:
        """Return the sum of logarithms in floating point, shape ``(K,)``."""
        allowed = (delivered >= np.array(self.lower_bounds)).all(axis=1)
        logarithms = np.log(np.maximum(delivered, 1))
        return np.where(allowed, logarithms @ self._weight, -math.inf)

    def round_down(self, bound: Fraction) -> Fraction:
        """Return the bound itself: there is no grid of values."""
        return bound

    def pruning_value(self, value: Fraction | None) -> float:
        """Return the bound at or below which a node holds nothing better."""
        if value is None:
            return super().pruning_value(value)
        return float(value) + _CLOSED * max(1.0, float(value))

    def written_value(self, value: Fraction) -> str:
        """Return decimal text, rounded down."""
        return _text(value, ROUND_FLOOR)

    def written_bound(self, bound: Fraction) -> str:
        """Return decimal text, rounded up."""
        return _text(bound, ROUND_CEILING)

    def first_multipliers(self) -> Floats:
        """Return the gradient where every target gets all that it could."""
        return self.project(np.zeros(len(self.weights) + len(self.bounds)))

    def project(self, vector: Floats) -> Floats:
        """Return prices of at least ``w_n / reach_n``: lower ones improve no bound."""
        targets, result = len(self.weights), np.maximum(vector, 0.0)
        result[:targets] = np.maximum(result[:targets], self._weight / self.reach)
        result[:targets][self._weight == 0] = 0.0
        return result

    def prices(self, vector: Floats) -> Floats:
        """Return ``c + nu``, shape ``(T,)``."""
        targets = len(self.weights)
        return np.asarray(vector[:targets] + vector[targets:]) if self.bounds else vector

    def conjugate(self, vector: Floats) -> float:
        """Return ``sum_n w_n (ln(w_n / c_n) - 1) - nu . l``."""
        some, targets = self._weight > 0, len(self.weights)
        weight = self._weight[some]
        total = float((weight * (np.log(weight / vector[:targets][some]) - 1.0)).sum())
        return total - float(vector[targets:] @ np.array(self.bounds, float))

    def rational(self, vector: Floats) -> RationalMultipliers:
        """Return fractions on a grid that is fine for the smallest price, ``U*`` rounded up."""
        targets = len(self.weights)
        smallest = float(vector[:targets][self._weight > 0].min(initial=math.inf))
        grid = 2 ** max(0, _PRICE_BITS - math.frexp(smallest)[1])
        exact = tuple(Fraction(round(Fraction(x) * grid), grid) for x in vector.tolist())
        constant = self._conjugate_up(exact[:targets])
        per_bit = exact[:targets]
        if self.bounds:
            nu = exact[targets:]
            constant -= sum((x * least for x, least in zip(nu, self.bounds, strict=True)), 0)
            per_bit = tuple(x + y for x, y in zip(per_bit, nu, strict=True))
        return RationalMultipliers(per_bit, constant, exact)

    def _conjugate_up(self, prices: Sequence[Fraction]) -> Fraction:
        """Return ``sum_n w_n (ln(w_n / c_n) - 1)``, rounded up."""
        with localcontext(prec=_DIGITS):
            total = sum(
                (
                    w * ((Decimal(w) * c.denominator / c.numerator).ln() - 1)
                    for w, c in zip(self.weights, prices, strict=True)
                    if w
                ),
                Decimal(0),
            )
            return Fraction((total + _DECIMALS / 1000).quantize(_DECIMALS, ROUND_CEILING))

    def written(self, numbers: Sequence[Fraction], bound: Fraction) -> dict[str, object]:
        """Return ``lambda``, and ``nu`` of lower bounds."""
        texts = [fraction_text(number) for number in numbers]
        targets = len(self.weights)
        return {"lambda": texts[:targets], **({"nu": texts[targets:]} if self.bounds else {})}

    def master_rows(self, unit: float) -> MasterRows:
        """Return a logarithm for every target, bounded by cuts, then bits that bounds lack."""
        targets, bounded = len(self.weights), len(self.bounds)
        whole = max(float(self._weight.sum()), 1.0)
        least = np.array(self.bounds, float) / unit
        own = np.hstack([-np.eye(targets), np.zeros((targets, targets)), -np.eye(targets)])
        return MasterRows(
            bit_reward=np.zeros(targets),
            reward=np.append(self._weight / whole, -_SHORT / np.maximum(least, 1e-9)),
            lower=np.append(np.full(targets, -math.inf), np.zeros(bounded)),
            upper=np.append(np.log(self.reach), np.full(bounded, math.inf)),
            matrix=own if bounded else np.zeros((0, 2 * targets)),
            row_lower=np.full(bounded, -math.inf),
            row_upper=-least,
            scale=whole,
        )

    def multipliers(self, duals: MasterDuals) -> Floats:
        """Return the duals of bits without those of lower bounds, and these."""
        if not self.bounds:
            return self.project(duals.bits)
        nu = np.maximum(duals.rows, 0.0)
        return self.project(np.append(duals.bits - nu, nu))

    def cuts(self, delivered: Floats, vector: Floats, unit: float) -> list[tuple[Floats, float]]:
        """Return tangents of every logarithm at the bits, and where the multipliers are tight."""
        targets, found = len(self.weights), []
        nearest = np.maximum(1.0, _LEAST_PART * self.reach)
        with np.errstate(divide="ignore", invalid="ignore"):
            tight = np.where(self._weight > 0, self._weight / vector[:targets], 1.0)
        for bits in (np.maximum(delivered, nearest), np.maximum(tight, nearest)):
            for n in np.flatnonzero(self._weight).tolist():
                row = np.zeros(2 * targets + len(self.bounds))
                row[n], row[targets + n] = -unit / bits[n], 1.0
                found.append((row, math.log(bits[n]) - 1.0))
        return found

    def lp_value(self, promised: float, delivered: Floats, vector: Floats) -> float:
        """Return the true value of a mixture where tangents promise more."""
        some = self._weight > 0
        with np.errstate(divide="ignore"):
            logarithms = np.log(np.maximum(delivered[some], 0.0))
        return min(promised, float((self._weight[some] * logarithms).sum()))

    def sharpened(self, vector: Floats, delivered: Floats) -> list[Floats]:
        """Return the gradient at the mixture.

        Where a target gets nothing, its price is so large that no other can outweigh it.
        """
        targets, result = len(self.weights), vector.copy()
        result[:targets] = self._gradient(delivered)
        most = float((self._weight * np.log(self.reach)).sum())
        for n in np.flatnonzero((self._weight > 0) & (delivered <= 0.0)).tolist():
            exponent = min(_LARGEST_EXPONENT, 1.0 + most / self._weight[n])
            result[n] = self._weight[n] * math.exp(exponent)
        return [self.project(result)]

    def supergradient(self, delivered: Sequence[int]) -> Floats:
        """Return ``w_n / E_n``."""
        gradient = self._gradient(np.asarray(delivered, float))
        return self.project(np.append(gradient, np.zeros(len(self.bounds))))

    def _gradient(self, delivered: Floats) -> Floats:
        return np.asarray(self._weight / np.maximum(delivered, 1.0))


def _text(number: Any, rounding: str) -> str:
    with localcontext(prec=_DIGITS):
        exact = Decimal(number.numerator) / Decimal(number.denominator)
        return plain_decimal(exact.quantize(_DECIMALS, rounding))
