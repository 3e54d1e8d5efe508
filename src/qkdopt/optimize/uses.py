"""What delivered bits are good for: objectives that are concave and piecewise linear.

One form covers capped, balanced and paired delivery, and floors. ``T`` targets, ``U`` uses:

    maximise    sum_k cost_k y_k                         lower_k <= y_k <= upper_k
    subject to  sum_k need[n, k] y_k <= stock_n + E_n    price lambda_n >= 0, for every target

For any such prices ``sum_n lambda_n (stock_n + E_n - sum_k need[n, k] y_k)`` is not negative, so
no schedule is worth more than

    L(lambda) + sum_n lambda_n stock_n + sum_k max over y_k of rest_k y_k

where ``L`` is the longest path and ``rest_k = cost_k - sum_n lambda_n need[n, k]``, which must
not be positive where a use has no upper limit.

Floors ``E_n >= l_n`` that no use expresses have prices ``nu_n >= 0`` of their own, which follow
those of the targets: the longest path is that of ``lambda + nu``, and ``sum nu_n l_n`` is taken
off.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from qkdopt.errors import InputError, SolverError
from qkdopt.optimize.floors import base_of, floors_of
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.strategies import (
    BalancedDelivery,
    CappedDelivery,
    GeneralDelivery,
    PairedDelivery,
    PrioritisedDelivery,
    Strategy,
)

__all__ = ["CommonUse", "SeparateUses", "Uses", "uses_of"]


@dataclass(frozen=True, eq=False)
class Uses(ABC):
    """The form above, in exact numbers.

    Attributes
    ----------
    cost, lower, upper
        By use; ``None`` where there is no upper limit.
    need
        By use: bits of each target that one unit takes, by the target's index.
    stock
        Bits that each target has before the first interval.
    floors
        Least bits of each target besides what uses ask for; empty where there are none.
    """

    problem: SchedulingProblem
    cost: tuple[int, ...]
    lower: tuple[Fraction, ...]
    upper: tuple[int | None, ...]
    need: tuple[dict[int, Fraction], ...]
    stock: tuple[int, ...]
    floors: tuple[int, ...] = ()

    @property
    def rows(self) -> int:
        """How many prices there are: one for each target, and again one where there are floors."""
        return len(self.stock) + len(self.floors)

    @property
    def goals(self) -> tuple[int, ...]:
        """Bits that every target has to get."""
        return self.floors

    def meets_floors(self, delivered: Sequence[int]) -> bool:
        """Say whether every target gets its floor."""
        return not self.floors or all(
            e >= least for e, least in zip(delivered, self.floors, strict=True)
        )

    @abstractmethod
    def worth(self, delivered: Sequence[int]) -> Fraction | None:
        """Return the most that the bits are worth, ``None`` when they are too few."""

    def whole(self, bound: Fraction) -> Fraction:
        """Return the largest worth that any schedule could have and that is not above ``bound``."""
        return Fraction(math.floor(bound))

    def constant(self, prices: Sequence[Fraction]) -> Fraction:
        """Return what bounds add to ``L(per bit)``; the prices have to be allowed."""
        beforehand = (*self.stock, *(-least for least in self.floors))
        total = sum((p * b for p, b in zip(prices, beforehand, strict=True)), Fraction(0))
        for cost, lower, upper, need in zip(
            self.cost, self.lower, self.upper, self.need, strict=True
        ):
            rest = cost - sum((prices[n] * bits for n, bits in need.items()), Fraction(0))
            total += rest * lower if rest <= 0 or upper is None else rest * upper
        return total

    def per_bit(self, prices: Sequence[Fraction]) -> tuple[Fraction, ...]:
        """Return what a bit of each target is worth: its price, and that of its floor."""
        targets = len(self.stock)
        if not self.floors:
            return tuple(prices)
        return tuple(x + y for x, y in zip(prices[:targets], prices[targets:], strict=True))

    def allowed(self, prices: Sequence[Fraction]) -> tuple[Fraction, ...]:
        """Return allowed prices near the given ones."""
        targets = len(self.stock)
        of_floors = (max(price, Fraction(0)) for price in prices[targets:])
        return (*self._allowed_of_targets(prices[:targets]), *of_floors)

    @abstractmethod
    def _allowed_of_targets(self, prices: Sequence[Fraction]) -> tuple[Fraction, ...]:
        """Return allowed prices of the targets near the given ones."""


class SeparateUses(Uses):
    """Use ``k`` takes bits of target ``k`` only, one for each unit: caps and floors."""

    @classmethod
    def create(
        cls,
        problem: SchedulingProblem,
        cost: Sequence[int],
        floors: Sequence[int | Fraction],
        caps: Sequence[int | None],
    ) -> SeparateUses:
        """Return the worth ``sum_n c_n min(E_n, cap_n)`` where every ``E_n >= floor_n``.

        Raises
        ------
        InputError
            For a floor above its cap.
        """
        targets = range(len(problem.targets))
        need = tuple({n: Fraction(1)} for n in targets)
        high: list[int | None] = []
        for floor, cap in zip(floors, caps, strict=True):
            if cap is not None and floor > cap:
                raise InputError("floors", floor, f"at most the demand of {cap}")
            high.append(cap)
        return cls(
            problem,
            tuple(cost),
            tuple(map(Fraction, floors)),
            tuple(high),
            need,
            (0,) * len(problem.targets),
        )

    @property
    def goals(self) -> tuple[int, ...]:
        """Bits that every target has to get."""
        return tuple(math.ceil(floor) for floor in self.lower)

    def worth(self, delivered: Sequence[int]) -> Fraction | None:
        """Return ``sum_n c_n min(E_n, cap_n)``, ``None`` below a floor."""
        if any(e < floor for e, floor in zip(delivered, self.lower, strict=True)):
            return None
        return Fraction(
            sum(
                cost * (e if cap is None else min(e, cap))
                for cost, e, cap in zip(self.cost, delivered, self.upper, strict=True)
            )
        )

    def _allowed_of_targets(self, prices: Sequence[Fraction]) -> tuple[Fraction, ...]:
        """Return the prices, at least ``c_n`` where there is no cap, at most that without floor."""
        result = []
        for price, cost, floor, cap in zip(prices, self.cost, self.lower, self.upper, strict=True):
            least = Fraction(0) if cap is not None else Fraction(cost)
            kept = max(price, least)
            result.append(kept if floor else min(kept, Fraction(cost)))
        return tuple(result)


class CommonUse(Uses):
    """One use that takes bits of all targets in proportion: balanced delivery."""

    @classmethod
    def create(cls, problem: SchedulingProblem, floors: Sequence[int] = ()) -> CommonUse:
        """Return the worth ``t = min (b_n + E_n) W / w_n`` over the targets of weight > 0."""
        weights = problem.weights or (1,) * len(problem.targets)
        total = sum(weights)
        need = {n: Fraction(w, total) for n, w in enumerate(weights) if w}
        stock = problem.stock or (0,) * len(problem.targets)
        hard = tuple(floors) if any(floors) else ()
        return cls(problem, (1,), (Fraction(0),), (None,), (need,), stock, hard)

    @classmethod
    def towards(cls, problem: SchedulingProblem, goals: Sequence[int]) -> CommonUse:
        """Return the worth ``min E_n / g_n`` over the goals above 0: 1 where all are met."""
        need = {n: Fraction(bits) for n, bits in enumerate(goals) if bits}
        return cls(problem, (1,), (Fraction(0),), (None,), (need,), (0,) * len(goals))

    def worth(self, delivered: Sequence[int]) -> Fraction | None:
        """Return ``t``, ``None`` below a floor."""
        if not self.meets_floors(delivered):
            return None
        return min((self.stock[n] + delivered[n]) / share for n, share in self.need[0].items())

    def whole(self, bound: Fraction) -> Fraction:
        """Return the largest multiple of some ``W / w_n`` that is not above ``bound``."""
        return max(math.floor(bound * share) / share for share in self.need[0].values())

    def _allowed_of_targets(self, prices: Sequence[Fraction]) -> tuple[Fraction, ...]:
        """Return the prices scaled so that the common use costs exactly what it earns."""
        asked = self.need[0]
        kept = [max(p, Fraction(0)) if n in asked else Fraction(0) for n, p in enumerate(prices)]
        total = sum((kept[n] * share for n, share in asked.items()), Fraction(0))
        if not total:
            return tuple(Fraction(int(n in asked)) for n in range(len(prices)))
        return tuple(price / total for price in kept)


def uses_of(problem: SchedulingProblem, strategy: Strategy) -> Uses:
    """Return what ``strategy`` makes of delivered bits.

    For balanced delivery that is its first aim, ``t``.

    Raises
    ------
    InputError
        When the problem lacks weights, demand or traffic that the strategy needs, or has no
        target that a floor names.
    """
    targets = len(problem.targets)
    no_caps: list[int | None] = [None] * targets
    floors = floors_of(problem, strategy) or (0,) * targets
    strategy = base_of(strategy)
    if isinstance(strategy, BalancedDelivery):
        if problem.weights is None:
            raise InputError("weights", "none", "a weight for every target (strategy balanced)")
        return CommonUse.create(problem, floors)
    if isinstance(strategy, PairedDelivery):
        from qkdopt.optimize.pair_uses import PairUses

        return PairUses.create(problem, strategy.matrix(problem), floors)
    if isinstance(strategy, CappedDelivery):
        return SeparateUses.create(problem, [1] * targets, floors, strategy.caps(problem))
    if isinstance(strategy, PrioritisedDelivery):
        strategy.coefficients(problem)
        return SeparateUses.create(problem, problem.weights or (), floors, no_caps)
    if isinstance(strategy, GeneralDelivery):
        return SeparateUses.create(problem, [1] * targets, floors, no_caps)
    raise SolverError(f"strategy {strategy.name} is not a piecewise linear use of bits")
