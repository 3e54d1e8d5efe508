"""Least divergence among the schedules that deliver a required total ``F``.

``KL(E / S || q)`` is the same for every multiple of ``E``, so a delivery of more than ``F`` may
be scaled down to it, and what is maximised is ``U(y) = -KL(y / F || q)`` over ``sum y = F``. Its
conjugate is the logarithm of a sum of exponentials. A vector of multipliers is ``(kappa, a,
phi)`` with ``sum_n q_n exp(a_n) <= 1``, and ``phi >= 0`` where there are lower bounds: ``a . p <=
KL(p || q)`` for all shares (Gibbs), hence for every schedule with ``S >= F``

    (kappa - KL) S <= (kappa - a + phi) . E - phi . l <= L(kappa - a + phi) - phi . l =: M,
    KL >= kappa - max(M, 0) / F.

Certificates write ``nu = kappa - bound``. Prices are ``(kappa - a + phi) / F`` per bit here, and
those of receivers are ``1 / F`` of the ones in certificates.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal, localcontext
from fractions import Fraction
from typing import Any, Self

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.errors import SolverError
from qkdopt.optimize.divergence import DECIMALS, DIGITS, divergence_of, divergences
from qkdopt.optimize.domain.delivery import Delivery
from qkdopt.optimize.domain.longest_path import longest_value
from qkdopt.optimize.objectives.base import ConcaveObjective, RationalMultipliers, fraction_text
from qkdopt.optimize.objectives.master_rows import MasterDuals, MasterRows
from qkdopt.optimize.objectives.shares import TargetShares, on_grid
from qkdopt.optimize.objectives.targeted import TargetedObjective
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.strategy import Strategy
from qkdopt.timegrid import plain_decimal

_CLOSED = 5e-13  # nats, relative above one: a node so little nearer holds nothing better
_SHORT = 1000.0  # nats: the penalty of missing all of the total in the restricted master
_LEAST_SHARE = 1e-17  # of the target share, where gradients are taken
_FLAT = 1e-12


@dataclass(frozen=True, eq=False)
class LeastDivergenceObjective(ConcaveObjective):
    """``-KL(E / S || q)`` where ``S >= F`` and ``E >= l``, else not allowed.

    Attributes
    ----------
    shares
        The target shares of the ``T`` targets of positive weight.
    wanted_total
        ``F``: bits that a schedule has to deliver; where it is not known, the least it can be.
    bounds
        Least bits of each, by counted target; empty where there are none.
    enough
        The most that ``F`` can be: so many bits the schedules found deliver.
    """

    shares: TargetShares
    wanted_total: int
    bounds: tuple[int, ...] = ()
    enough: int = 0
    least_value = Fraction(-1000)
    resolution = 1e-3  # nats
    rounding = Fraction(1, 10**15)

    @classmethod
    def create(
        cls,
        problem: SchedulingProblem,
        wanted_total: int,
        floors: Sequence[int] = (),
        enough: int = 0,
    ) -> Self:
        """Return the objective of a required total, which may be ``enough`` if that is more.

        Raises
        ------
        InputError
            When the problem has no weights.
        """
        shares = TargetShares.of(problem, "least")
        bounds = tuple(floors[n] for n in shares.target.tolist()) if any(floors) else ()
        return cls(shares, wanted_total, bounds, max(enough, wanted_total))

    @classmethod
    def of_strategy(
        cls,
        problem: SchedulingProblem,
        strategy: Strategy,
        floors: Sequence[int] = (),
        most: tuple[int, int] | None = None,
    ) -> Self:
        """Return the objective at a share of the most bits that any schedule delivers.

        They lie between both of ``most``, by default computed, or 0 where receivers are shared.
        """
        if most is None:
            ones = np.ones(len(problem.links), np.int64)
            bits = 0 if problem.receivers else longest_value(problem, ones) or 0
            most = bits, bits
        wanted, enough = (max(1, math.ceil(Fraction(strategy.number) * x)) for x in most)
        return cls.create(problem, wanted, floors, enough)

    def targeted(self, kl_max: Decimal) -> TargetedObjective:
        """Return the objective of most bits with shares that near, and never less than enough."""
        bounds = np.array(self.bounds or [0] * len(self.shares.weights), np.int64)
        return TargetedObjective(self.shares, kl_max, bounds, max(sum(self.bounds), self.enough))

    @property
    def delivery(self) -> Delivery:  # type: ignore[override]
        """Targets of weight 0 do not count."""
        return self.shares.delivery

    @property
    def scale(self) -> int:  # type: ignore[override]
        """Certificates and files of prices count in nats of the whole total."""
        return self.wanted_total

    def value(self, delivered: Sequence[int]) -> Fraction | None:
        """Return ``-KL``, rounded down, ``None`` where bits are too few."""
        bits = [int(e) for e in delivered]
        lacks = any(e < least for e, least in zip(bits, self.bounds, strict=False))
        if lacks or sum(bits) < self.enough:
            return None
        return -Fraction(divergence_of(bits, self.shares.weights))

    def estimates(self, delivered: Integers) -> Floats:
        """Return ``-KL`` in floating point, shape ``(K,)``."""
        allowed = (delivered >= self.least_bits(0.0)).all(axis=1)
        allowed &= delivered.sum(axis=1) >= self.wanted_total
        return np.where(allowed, -divergences(delivered, self.shares.wanted), -math.inf)

    def multipliers_at(self, price: Floats) -> Floats:
        """Refuse by a SolverError: prices of bits do not say what a nat costs."""
        raise SolverError("strategy least cannot begin with prices of targets")

    def within(self, limit: float) -> tuple[TargetShares, float]:
        """Return the target shares and the divergence at the limit."""
        return self.shares, -limit

    def least_bits(self, limit: float) -> Floats:
        """Return the lower bounds, shape ``(T,)``."""
        return np.array(self.bounds or [0] * self.delivery.targets, float)

    def round_down(self, bound: Fraction) -> Fraction:
        """Return the bound as it can be written, at most 0."""
        return -Fraction(_divergence_down(bound))

    def pruning_value(self, value: Fraction | None) -> float:
        """Return the bound at or below which a node holds nothing better."""
        if value is None:
            return -math.inf
        return float(value) + _CLOSED * max(1.0, -float(value))

    def written_value(self, value: Fraction) -> str:
        """Return nats as decimal text."""
        return plain_decimal(Decimal((-value).numerator) / Decimal((-value).denominator))

    def written_bound(self, bound: Fraction) -> str:
        """Return nats as decimal text, rounded down."""
        return plain_decimal(_divergence_down(bound))

    @property
    def has_lower_bounds(self) -> bool:
        """Whether some target has to get bits."""
        return any(self.bounds)

    def reported(self, number: float) -> float:
        """Return nats."""
        return -number

    def first_multipliers(self) -> Floats:
        """Return those at which all bits have the same price."""
        result = np.zeros(1 + self.delivery.targets + len(self.bounds))
        result[0] = 1.0
        return result

    def project(self, vector: Floats) -> Floats:
        """Return ``a`` moved until its exponentials sum to one, ``kappa`` and ``phi`` from 0."""
        targets, result = self.delivery.targets, vector.copy()
        result[1 : 1 + targets] = self.shares.normalised(vector[1 : 1 + targets])
        result[0] = max(vector[0], 0.0)
        result[1 + targets :] = np.maximum(vector[1 + targets :], 0.0)
        return result

    def prices(self, vector: Floats) -> Floats:
        """Return ``(kappa - a + phi) / F``, shape ``(T,)``."""
        targets = self.delivery.targets
        phi = vector[1 + targets :] if self.bounds else 0.0
        return np.asarray((vector[0] - vector[1 : 1 + targets] + phi) / self.wanted_total)

    def conjugate(self, vector: Floats) -> float:
        """Return ``-kappa - phi . l / F``."""
        credit = float(vector[1 + self.delivery.targets :] @ np.array(self.bounds, float))
        return -float(vector[0]) - credit / self.wanted_total

    def at_limit(self, vector: Floats, limit: float) -> Floats:
        """Return multipliers with a ``kappa`` no smaller than the divergence at the limit."""
        return np.append(max(vector[0], min(-limit, -float(self.least_value))), vector[1:])

    def bound(self, longest: Any, constant: Any, numbers: Any) -> Any:
        """Return the bound of a longest path: ``max(M, 0) / F - kappa``."""
        return max(longest + constant, -numbers[0])

    def rational(self, vector: Floats) -> RationalMultipliers:
        """Round multipliers to fractions and move ``a`` down until the condition surely holds."""
        targets = self.delivery.targets
        kappa = on_grid(max(float(vector[0]), 0.0))
        a = self.shares.rational_exponents(vector[1 : 1 + targets], Decimal(0))
        phi = [max(on_grid(x), Fraction(0)) for x in vector[1 + targets :].tolist()]
        each = phi or [Fraction(0)] * targets
        per_bit = tuple((kappa - x + y) / self.wanted_total for x, y in zip(a, each, strict=True))
        credit = sum((x * b for x, b in zip(phi, self.bounds, strict=True)), Fraction(0))
        constant = -kappa - credit / self.wanted_total
        return RationalMultipliers(per_bit, constant, (kappa, *a, *phi), scale=self.scale)

    def written(self, numbers: Sequence[Fraction], bound: Fraction) -> dict[str, object]:
        """Return ``a`` and ``nu``, and ``floors``, those of lower bounds."""
        targets, texts = self.delivery.targets, self.shares.texts
        least = Fraction(_divergence_down(bound))
        if not least:  # what needs no proof; a little below nothing may have been shown
            numbers = [Fraction(0)] * len(numbers)
        nu = fraction_text(max(numbers[0] - least, Fraction(0)))
        result: dict[str, object] = {"a": texts(numbers[1 : 1 + targets]), "nu": nu}
        if self.bounds:
            result["floors"] = texts(numbers[1 + targets :])
        return result

    def master_rows(self, unit: float) -> MasterRows:
        """Return divergence, bits that the total lacks, scale, and bits that bounds lack."""
        targets, bounded = self.delivery.targets, len(self.bounds)
        total = np.concatenate([np.ones(targets), [0.0, 1.0, 0.0], np.zeros(bounded)])
        least = np.array(self.bounds, float) / unit
        own = np.zeros((bounded, targets + 3 + bounded))
        own[:, :bounded], own[:, targets + 3 :] = -np.eye(bounded), -np.eye(bounded)
        own[:, targets + 2] = least
        wanted = self.wanted_total / unit
        return MasterRows(
            bit_reward=np.zeros(targets),
            reward=np.concatenate([[-1.0, -_SHORT / wanted, 0.0], [-_SHORT / wanted] * bounded]),
            lower=np.zeros(3 + bounded),
            upper=np.concatenate([[math.inf, math.inf, 1.0], np.full(bounded, math.inf)]),
            matrix=np.vstack([total, own]),
            row_lower=np.append(wanted, np.full(bounded, -math.inf)),
            row_upper=np.append(wanted, np.zeros(bounded)),
            scale=1.0,
            shrinking=2,
        )

    def multipliers(self, duals: MasterDuals) -> Floats:
        """Return the mixture of the cuts, and the duals of the total and of lower bounds."""
        targets, result = self.delivery.targets, self.first_multipliers()
        weight = float(duals.cuts.sum())
        if weight > 0.0:
            result[1 : 1 + targets] = duals.cuts @ duals.cut_rows[:, :targets] / weight
        result[0] = -duals.rows[0] * self.wanted_total
        result[1 + targets :] = np.maximum(duals.rows[1:], 0.0) * self.wanted_total
        return self.project(result)

    def lp_value(self, promised: float, delivered: Floats, vector: Floats) -> float:
        """Return the true divergence of a mixture where cuts promise less."""
        bits = np.maximum(delivered, 0.0)
        return min(promised, -self.shares.divergence(bits)) if bits.any() else promised

    def cuts(self, delivered: Floats, vector: Floats, unit: float) -> list[tuple[Floats, float]]:
        """Return gradient cuts ``a . E <= F v`` at the bits' shares and of the multipliers."""
        targets = self.delivery.targets
        found = (self.shares.slopes(delivered, _LEAST_SHARE), vector[1 : 1 + targets])
        rest = np.append(-self.wanted_total / unit, np.zeros(2 + len(self.bounds)))
        return [(np.append(a, rest), 0.0) for a in found if float(np.ptp(a)) > _FLAT]

    def sharpened(self, vector: Floats, delivered: Floats) -> list[Floats]:
        """Return the gradient at the bits, with ``kappa`` as it is and as small as is of use."""
        targets, bits = self.delivery.targets, np.maximum(delivered, 0.0)
        if not bits.any():
            return []
        same = vector.copy()
        same[1 : 1 + targets] = self.shares.slopes(bits, _LEAST_SHARE)
        least = np.append(self.shares.divergence(bits), same[1:])
        return [self.project(same), self.project(least)]

    def supergradient(self, delivered: Sequence[int]) -> Floats:
        """Return the gradient at some bits, with the largest ``kappa`` that is tight there."""
        result, bits = self.first_multipliers(), np.asarray(delivered, float)
        result[1 : 1 + self.delivery.targets] = self.shares.slopes(bits, _LEAST_SHARE)
        return self.project(result)


def _divergence_down(bound: Fraction) -> Decimal:
    """Return a bound on ``-KL`` as nats, rounded down to sixteen decimals, at least 0."""
    with localcontext(prec=DIGITS):
        nats = Decimal((-bound).numerator) / Decimal((-bound).denominator)
        return max(nats.quantize(DECIMALS, ROUND_FLOOR), Decimal(0))
