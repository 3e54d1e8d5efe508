"""Targeted delivery: the total, where shares match the weights within a mismatch.

A vector of multipliers is ``(mu, b, nu)``: ``mu >= 0``, ``b = mu a`` with ``sum_n q_n exp(a_n +
kl_max) <= 1``, and ``nu >= 0`` where there are lower bounds. Then ``a . p <= KL(p || q) - kl_max``
for all shares ``p``, so allowed schedules have ``a . E <= 0``, and their total is at most their
value at the prices ``1 - mu a_n + nu_n`` per bit, less ``sum nu l``. With ``kl_max`` = 0 the
condition is ``sum_n q_n a_n <= 0``, for then ``a . E = S a . q``.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Self

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.optimize.divergence import divergences
from qkdopt.optimize.domain.delivery import Delivery
from qkdopt.optimize.objectives._energy_kernels import Shares
from qkdopt.optimize.objectives._share_kernels import boundary_tilt
from qkdopt.optimize.objectives._targeted_rows import bounded_rows, proportional_rows
from qkdopt.optimize.objectives.base import ConcaveObjective, RationalMultipliers, fraction_text
from qkdopt.optimize.objectives.master_rows import MasterDuals, MasterRows
from qkdopt.optimize.objectives.shares import TargetShares, on_grid, unwanted
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.strategy import Strategy

_MARGIN = 1e-12  # a divergence of T terms is computed to about 1e-15 T
_FLAT = 1e-12
_NO_EXCESS = 1e-9  # of the unit


@dataclass(frozen=True, eq=False)
class TargetedObjective(ConcaveObjective):
    """``S`` where ``KL(E / S || q) <= kl_max`` and ``E >= l``, else not allowed.

    Attributes
    ----------
    shares
        The target shares of the ``T`` targets of positive weight.
    kl_max
        Largest divergence [nats].
    bounds
        Least bits of each, shape ``(T,)``, zeros where there are none.
    least_total
        Lower bound of the total: the sum of the targets' own, or more.
    unwanted
        Why no schedule is allowed, where a target of weight 0 has a lower bound; else empty.
    """

    shares: TargetShares
    kl_max: Decimal
    bounds: Integers
    least_total: int
    unwanted: str = ""

    @classmethod
    def create(
        cls,
        problem: SchedulingProblem,
        strategy: Strategy,
        floors: Sequence[int] = (),
        least_total: int = 0,
    ) -> Self:
        """Return the objective of a strategy, with lower bounds by target if there are any.

        Raises
        ------
        InputError
            When the problem has no weights.
        """
        shares = TargetShares.of(problem, strategy.name)
        bounds = [(floors or [0] * len(problem.targets))[n] for n in shares.target]
        kl_max, bits = Decimal(strategy.number), np.array(bounds, np.int64)
        least = sum(bounds) if kl_max else shares.least_match(bounds)
        return cls(shares, kl_max, bits, max(least, least_total), unwanted(problem, floors))

    @property
    def delivery(self) -> Delivery:  # type: ignore[override]
        """Targets of weight 0 do not count."""
        return self.shares.delivery

    @property
    def kernel_data(self) -> Shares:
        """The objective as compiled searches take it; penalties are 0 as yet."""
        bounds = self.bounds.astype(float)
        return Shares(self.shares.wanted, float(self.kl_max), 0.0, bounds, np.zeros(bounds.size))

    @property
    def least_value(self) -> Fraction:  # type: ignore[override]
        """No allowed schedule has a smaller total."""
        return Fraction(self.least_total)

    @property
    def exact(self) -> bool:  # type: ignore[override]
        """Whether the shares must match without any divergence."""
        return not self.kl_max

    @property
    def spacing(self) -> int:  # type: ignore[override]
        """What every total is a multiple of: ``W / gcd(w)`` where shares match exactly."""
        return self.shares.step if self.exact else 1

    def value(self, delivered: Sequence[int]) -> Fraction | None:
        """Return the total, ``None`` where bits are too few or shares not surely close enough."""
        allowed = not self.unwanted and self.allows(delivered)
        return Fraction(int(sum(delivered))) if allowed else None

    def allows(self, delivered: Sequence[int] | Integers) -> bool:
        """Say whether the bits ``E``, shape ``(T,)``, meet bounds and are close enough, safely.

        With ``kl_max`` = 0 and for exact matches this is decided in whole numbers; otherwise
        the divergence keeps 1e-12 away from the limit, far more than rounding can be.
        """
        bits = np.asarray(delivered, np.int64)
        if (bits < self.bounds).any() or int(bits.sum()) < self.least_total:
            return False
        if self.exact or self.shares.match(bits.tolist()):
            return self.shares.match(bits.tolist())
        return self.shares.divergence(bits.astype(float)) <= float(self.kl_max) - _MARGIN

    def estimates(self, delivered: Integers) -> Floats:
        """Return totals, also where bits are a little too far from the weights; ``(K,)``."""
        total = delivered.sum(axis=1)
        allowed = (delivered >= self.bounds).all(axis=1) & (total >= self.least_total)
        far = 0.0 if self.exact else divergences(delivered, self.shares.wanted)
        allowed &= (far <= float(self.kl_max) + _MARGIN) | (total == 0)
        return np.where(allowed, total.astype(float), -math.inf)

    def needed(self, bound: Fraction) -> tuple[Floats, Fraction] | None:
        """Return the most bits of each target in the next larger total, and that total."""
        if self.bounds.any():
            return None
        total = self.round_down(bound) + self.spacing
        return self.shares.most_bits(float(self.kl_max), int(total)), total

    def within(self, limit: float) -> tuple[TargetShares, float]:
        """Return the target shares and the largest divergence from them."""
        return self.shares, float(self.kl_max)

    def least_bits(self, limit: float) -> Floats:
        """Return the lower bounds, shape ``(T,)``."""
        return self.bounds.astype(float)

    def round_down(self, bound: Fraction) -> Fraction:
        """Return the largest total on the grid that is not above ``bound``."""
        return Fraction(math.floor(bound) // self.spacing * self.spacing)

    def infeasible_because(self) -> str:
        """Return why nothing can be delivered this close, or nothing if something might be."""
        return self.unwanted or self.shares.out_of_reach(float(self.kl_max))

    @property
    def has_lower_bounds(self) -> bool:
        """Whether some target has to get some bits."""
        return bool(self.unwanted) or self.least_total > 0

    def infeasibility_message(self, *, proved: bool) -> str:
        """Return why no schedule near the weights meets the lower bounds."""
        meets = "meets the lower bounds" if self.has_lower_bounds else "obeys the operations"
        if proved:
            return f"infeasible: no schedule whose shares are that near {meets}"
        return f"no schedule that near the weights was found in time that {meets}"

    def mu(self, vector: Floats) -> float:
        """Return bits of total per bit by which ``a . E`` may rise."""
        return float(vector[0])

    def slopes(self, vector: Floats) -> Floats:
        """Return ``a``, shape ``(T,)``."""
        if vector[0] <= 0.0:
            return np.full(self.delivery.targets, -float(self.kl_max))
        return np.asarray(vector[1 : 1 + self.delivery.targets] / vector[0])

    def bound_prices(self, vector: Floats) -> Floats:
        """Return the prices of lower bounds, shape ``(T,)``."""
        return vector[1 + self.bounds.size :] if self.bounds.any() else np.zeros(self.bounds.size)

    def first_multipliers(self) -> Floats:
        """Return the multipliers that charge nothing."""
        targets = self.delivery.targets
        return np.zeros(1 + targets + (targets if self.bounds.any() else 0))

    def multipliers_at(self, price: Floats) -> Floats:
        """Return the multipliers whose prices differ from these by one amount for every target."""
        first = self.first_multipliers()
        return self.project(np.concatenate([[1.0], 1.0 - price, first[1 + price.size :]]))

    def prices(self, vector: Floats) -> Floats:
        """Return ``c = 1 - mu a + nu``, shape ``(T,)``."""
        return np.asarray(1.0 - vector[1 : 1 + self.bounds.size] + self.bound_prices(vector))

    def conjugate(self, vector: Floats) -> float:
        """Return ``-sum nu l``."""
        return -float(self.bound_prices(vector) @ self.bounds)

    def project(self, vector: Floats) -> Floats:
        """Return the lowest prices that differ from these by one amount for every target.

        For ``b = mu a`` fixed up to a constant, ``mu ln sum q exp(b / mu) + mu kl_max`` is what
        ``b`` lies too high; it is least for the ``mu`` at which the shares ``~ q exp(b / mu)``
        are just allowed.
        """
        targets, wanted, kl_max = self.delivery.targets, self.shares.wanted, float(self.kl_max)
        mu, result = max(self.mu(vector), 0.0), vector.copy()
        result[1 + targets :] = np.maximum(vector[1 + targets :], 0.0)
        if mu == 0.0:
            result[: 1 + targets] = 0.0
            return result
        a = self.slopes(vector)
        if self.exact:
            a = a - float(wanted @ a)
        else:
            if float(np.ptp(a)) > 0.0:
                tilt = boundary_tilt(a, wanted, kl_max)
                a, mu = a * tilt, mu / tilt
            a = self.shares.normalised(a) - kl_max
        result[0], result[1 : 1 + targets] = mu, mu * a
        return result

    def rational(self, vector: Floats) -> RationalMultipliers:
        """Round multipliers to fractions and move ``a`` down until the condition surely holds.

        Costs less than a bit. Prices of targets with weight 0 do not matter and are 0.
        """
        mu = on_grid(self.mu(vector))
        slopes = self.slopes(vector)
        if self.exact:
            a = self.shares.rational_slopes(slopes if mu else np.zeros(slopes.size))
        else:
            a = self.shares.rational_exponents(slopes, self.kl_max)
        nu = [max(on_grid(x), Fraction(0)) for x in self.bound_prices(vector).tolist()]
        credit = sum((x * b for x, b in zip(nu, self.bounds.tolist(), strict=True)), Fraction(0))
        per_bit = tuple(1 - mu * x + y for x, y in zip(a, nu, strict=True))
        return RationalMultipliers(per_bit, -credit, (mu, *a, *nu))

    def written(self, numbers: Sequence[Fraction], bound: Fraction) -> dict[str, object]:
        """Return ``a`` and ``mu``, and ``nu`` of lower bounds."""
        targets, texts = self.delivery.targets, self.shares.texts
        result: dict[str, object] = {
            "a": texts(numbers[1 : 1 + targets]),
            "mu": fraction_text(numbers[0]),
        }
        if self.bounds.any():
            result["nu"] = texts(numbers[1 + targets :])
        return result

    def master_rows(self, unit: float) -> MasterRows:
        """Return bits, the excess of the divergence at a high cost, and bits that bounds lack.

        With ``kl_max`` = 0 there are no cuts: ``E_n = q_n S`` holds by rows, and lower bounds are
        left out, for they only say how large ``S`` has to be.
        """
        if self.exact:
            return proportional_rows(self.shares.wanted, unit)
        return bounded_rows(self.bounds, unit, float(self.kl_max))

    def multipliers(self, duals: MasterDuals) -> Floats:
        """Return the mixture of the cuts, and the prices of lower bounds."""
        targets, result = self.delivery.targets, self.first_multipliers()
        if self.exact:
            result[0], result[1 : 1 + targets] = 1.0, 1.0 - duals.bits
        else:
            result[0] = duals.cuts.sum()
            result[1 : 1 + targets] = duals.cuts @ duals.cut_rows[:, :targets]
            result[1 + targets :] = np.maximum(duals.rows, 0.0)
        return self.project(result)

    def lp_value(self, promised: float, delivered: Floats, vector: Floats) -> float:
        """Return what is left of a total after its excess of divergence is paid for."""
        return promised - max(1.0, self.mu(vector)) * max(0.0, self.excess(delivered))

    def excess(self, delivered: Floats) -> float:
        """Return ``sum E ln(E / (q S)) - kl_max S`` [bits], positive where shares do not match."""
        bits = np.maximum(delivered, 0.0)
        total = float(bits.sum())
        if self.exact or not total:
            return 0.0
        return total * (self.shares.divergence(bits) - float(self.kl_max))

    def cuts(self, delivered: Floats, vector: Floats, unit: float) -> list[tuple[Floats, float]]:
        """Return gradient cuts at the bits' shares and at those of the multipliers, if needed."""
        if self.exact or self.excess(delivered) <= _NO_EXCESS * unit:
            return []
        found = (self.cut(self.shares.slopes(delivered)), self.cut(self.slopes(vector)))
        rest = np.append(-1.0, np.zeros(self.delivery.targets if self.bounds.any() else 0))
        return [(np.append(slope, rest), 0.0) for slope in found if slope is not None]

    def cut(self, slope: Floats) -> Floats | None:
        """Return ``a`` with ``a . E <= 0`` for all allowed bits, tilted to be as strong as can be.

        ``None`` where ``slope``, of the logarithms of shares over the target ones, is flat.
        """
        return None if np.ptp(slope) < _FLAT else self.shares.cut(slope, float(self.kl_max))
