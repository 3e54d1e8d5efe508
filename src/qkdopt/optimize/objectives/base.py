"""The interface of objectives to branch and price: concave functions of delivered bits.

``U`` is extended-valued: ``-inf`` where a schedule's bits ``y`` are not allowed. For any prices
``c`` per bit with conjugate ``U*(c) = sup_y U(y) - c . y``,

    U(y) <= c . y + U*(c)    for all y,

so no schedule's value exceeds the longest path at ``c`` plus ``U*(c)`` (Lagrange). A further
objective is one file of this package and one line in ``OBJECTIVES``:
bounds, columns, branching and proofs see it only through this protocol, and primal heuristics
that need nothing but the protocol search for its schedules.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.optimize.domain.delivery import Delivery
from qkdopt.optimize.domain.multipliers import RationalMultipliers, fraction_text
from qkdopt.optimize.objectives.master_rows import MasterDuals, MasterRows
from qkdopt.optimize.objectives.shares import TargetShares
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.schedule import Schedule

__all__ = ["ConcaveObjective", "Multipliers", "RationalMultipliers", "fraction_text"]

_NEARLY = 1e-12  # relative: a node so little above the incumbent holds nothing better
_PART_OF_UNIT = 1e-6  # of the distance between two values that can be attained


class ConcaveObjective(ABC):
    """A concave function of the bits ``y`` that ``T`` counted targets get.

    Multipliers are vectors whose meaning is the objective's own; admissible ones are a convex set.

    Attributes
    ----------
    delivery
        Which targets count, and what services deliver to them.
    least_value
        No allowed schedule has a smaller value.
    scale
        Prices in certificates and from outside are so many times larger.
    resolution
        Values smaller than this are bounded with the accuracy that suffices for it.
    listable, rounding
        Whether the verifier can value any bits by itself; by how much values are rounded at most.
    spacing
        What values are multiples of, where they are whole numbers.
    enough_suffices, exact
        Whether all that is `needed` for more than a bound makes a schedule worth more; whether
        bits are allowed only where they match some shares to the bit.
    """

    delivery: Delivery
    least_value: Fraction = Fraction(0)
    scale: int = 1
    resolution: float = 0.0
    listable: ClassVar[bool] = True
    rounding: ClassVar[Fraction] = Fraction(0)
    spacing: int = 1
    enough_suffices: ClassVar[bool] = False
    exact: bool = False

    @property
    def problem(self) -> SchedulingProblem:
        """What there is to schedule."""
        return self.delivery.problem

    def delivered(self, schedule: Schedule) -> Integers:
        """Return the whole bits of the counted targets, shape ``(T,)``."""
        return self.delivery.totals(schedule.service)

    @abstractmethod
    def value(self, delivered: Sequence[int]) -> Fraction | None:
        """Return ``U(y)``, ``None`` where the bits are not allowed.

        Where it is irrational, a fraction just below it.
        """

    def estimates(self, delivered: Integers) -> Floats:
        """Return ``U(y)`` of ``K`` deliveries to a few parts in 10^15, ``-inf`` if not allowed."""
        values = (self.value(bits) for bits in delivered.tolist())
        return np.array([-math.inf if x is None else float(x) for x in values])

    def within(self, limit: float) -> tuple[TargetShares, float] | None:
        """Return how near bits that are worth more than a limit have to be to which shares."""
        return None

    def least_bits(self, limit: float) -> Floats:
        """Return bits that each target gets at least where they are worth more than a limit.

        Shape ``(T,)``.
        """
        return np.array(self.lower_bounds or [0] * self.delivery.targets, float)

    def needed(self, bound: Fraction) -> tuple[Floats, Fraction] | None:
        """Return bits that are enough for more than a bound, and what they are worth at least.

        Whatever is worth more delivers a part, in real numbers, of so many bits of each target at
        most, shape ``(T,)``, that is worth as much by all multipliers; ``None`` if none are known.
        """
        return None

    def round_down(self, bound: Fraction) -> Fraction:
        """Return the largest value that can be attained and is not above ``bound``."""
        return Fraction(math.floor(bound))

    def pruning_value(self, value: Fraction | None) -> float:
        """Return the bound at or below which a node holds nothing better than ``value``.

        ``None`` stands for no schedule at all. Here values are multiples of ``spacing``.
        """
        if value is None:
            return float(self.least_value) - _NEARLY * max(1.0, abs(float(self.least_value)))
        following = float(value) + self.spacing
        below = min(following - _PART_OF_UNIT, math.nextafter(following, -math.inf))
        return max(float(value), below)

    def met(self, bound: Fraction, value: Fraction | None) -> bool:
        """Say whether no schedule is better than ``value``, as a bound in exact numbers shows."""
        if value is None or self.rounding:
            return float(bound) <= self.pruning_value(value)
        return bound <= value

    def infeasible_because(self) -> str:
        """Return why no schedule is allowed or has any value, if that is known beforehand."""
        return ""

    @property
    def has_lower_bounds(self) -> bool:
        """Whether some target has to get some bits."""
        return any(self.lower_bounds)

    def infeasibility_message(self, *, proved: bool) -> str:
        """Return why there is no schedule that is allowed."""
        if not self.has_lower_bounds:
            if proved:
                return "infeasible: no schedule obeys the operations"
            return "no schedule that obeys the operations was found in time"
        if proved:
            return "infeasible: the lower bounds ask for more than any schedule delivers"
        found = "no schedule that meets the lower bounds was found in time"
        return f"{found}, and none is proved impossible"

    @property
    def lower_bounds(self) -> tuple[int, ...]:
        """Bits without which nothing is allowed, by target of the problem; empty without any."""
        return ()

    @abstractmethod
    def first_multipliers(self) -> Floats:
        """Return admissible multipliers with a finite bound."""

    @abstractmethod
    def project(self, vector: Floats) -> Floats:
        """Return admissible multipliers near some that need not be, or better ones for nothing."""

    def multipliers_at(self, price: Floats) -> Floats:
        """Return admissible multipliers at about these prices of bits, shape ``(T,)``."""
        vector = self.first_multipliers()
        vector[: price.size] = price
        return self.project(vector)

    @abstractmethod
    def prices(self, vector: Floats) -> Floats:
        """Return the price ``c`` of a bit for each target, shape ``(T,)``."""

    @abstractmethod
    def conjugate(self, vector: Floats) -> float:
        """Return what the bound adds to the longest path: ``U*(c)``."""

    def at_limit(self, vector: Floats, limit: float) -> Floats:
        """Return multipliers whose bound is longest path plus constant where it is the limit."""
        return vector

    def bound(self, longest: Any, constant: Any, numbers: Any) -> Any:
        """Return the bound of a longest path at multipliers, in floats or in fractions."""
        return longest + constant

    @abstractmethod
    def rational(self, vector: Floats) -> RationalMultipliers:
        """Return exactly admissible multipliers next to the given ones."""

    @abstractmethod
    def written(self, numbers: Sequence[Fraction], bound: Fraction) -> dict[str, object]:
        """Return how a proof of ``bound`` writes rational multipliers."""

    def written_value(self, value: Fraction) -> object:
        """Return a value as certificates write it; here it is a whole number."""
        return int(value)

    def claimed(self, value: Fraction, total: int) -> object:
        """Return a value as certificates claim it, of a schedule that delivers ``total`` bits."""
        return self.written_value(value)

    def witness(self, delivered: Sequence[int]) -> dict[str, object]:
        """Return what shows the value of bits by target besides the schedule."""
        return {}

    def written_bound(self, bound: Fraction) -> object:
        """Return a bound as certificates write it."""
        return self.written_value(bound)

    def reported(self, number: float) -> float:
        """Return a value or a bound as progress shows it."""
        return number

    @abstractmethod
    def master_rows(self, unit: float) -> MasterRows:
        """Return the objective as a linear programme, in which bits are counted in ``unit``."""

    @abstractmethod
    def multipliers(self, duals: MasterDuals) -> Floats:
        """Return admissible multipliers from the duals of a restricted master."""

    def cuts(self, delivered: Floats, vector: Floats, unit: float) -> list[tuple[Floats, float]]:
        """Return supergradient cuts ``row . (E, z) <= limit`` of the linear programme.

        At the bits ``E``, shape ``(T,)``, and where the multipliers are tight; none where the
        linear programme is the objective itself.
        """
        return []

    def lp_value(self, promised: float, delivered: Floats, vector: Floats) -> float:
        """Return the value of a mixture with this delivery: what was promised, or less."""
        return promised

    def sharpened(self, vector: Floats, delivered: Floats) -> list[Floats]:
        """Return multipliers that lack the rounding of a linear programme, to be tried as well.

        For objectives whose value is irrational: a node closes to 1e-12 only, and the duals of
        cuts are less accurate than the gradient at the mixture itself.
        """
        return []

    def supergradient(self, delivered: Sequence[int]) -> Floats:
        """Return multipliers that are tight (or nearly) at allowed bits."""
        return self.first_multipliers()


@dataclass(frozen=True, eq=False)
class Multipliers:
    """Admissible multipliers of an objective, in floating point.

    Attributes
    ----------
    receiver_price
        What the use of each shared receiver costs, shape ``(S,)``; ``None`` without any.
    """

    vector: Floats
    objective: ConcaveObjective
    receiver_price: Floats | None = None

    @classmethod
    def near(cls, objective: ConcaveObjective, vector: Floats) -> Multipliers:
        """Return the nearest admissible multipliers."""
        return cls(objective.project(vector), objective)

    @property
    def per_bit(self) -> Floats:
        """Price of a bit of each target, shape ``(T,)``."""
        return self.objective.prices(self.vector)

    @property
    def constant(self) -> float:
        """What the bound adds to the longest path."""
        return self.objective.conjugate(self.vector)

    def bound(self, longest: float) -> float:
        """Return what no schedule exceeds, given the longest path at these prices."""
        if longest == -math.inf:
            return longest
        return float(self.objective.bound(longest, self.constant, self.vector))

    def towards(self, other: Multipliers, step: float) -> Multipliers:
        """Return ``(1 - step)`` of these and ``step`` of others, admissible by convexity."""
        mixed = (1.0 - step) * self.vector + step * other.vector
        return Multipliers.near(self.objective, mixed)
