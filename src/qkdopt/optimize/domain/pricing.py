"""The pricing problem of column generation: the longest path at given gains, rounded up."""

import math
from collections.abc import Sequence
from fractions import Fraction
from math import gcd, lcm
from typing import NamedTuple

import numpy as np

from qkdopt.arrays import Bools, Floats, Integers, read_only
from qkdopt.errors import NoScheduleError
from qkdopt.optimize.domain import _path_kernels
from qkdopt.optimize.domain._branch_kernels import Allowed, Found, best_of_blocks
from qkdopt.optimize.domain.blocks import Blocks
from qkdopt.optimize.domain.branching import BranchingConstraints, BranchingDecision
from qkdopt.optimize.domain.labelled_paths import LabelledPaths
from qkdopt.optimize.domain.longest_path import longest_value
from qkdopt.optimize.domain.multipliers import RationalMultipliers

NO_SCHEDULE = "no schedule obeys all locks, caps and hand-over times"
"""Why a problem is infeasible."""

_SUM_BITS = 60  # bits that whole sums may take in 64-bit integers
_UP = 2.0**-50  # of a gain: covers its rounding and that of its scaling
_NOTHING = Fraction(0)
_LEAST = 1e-200  # keeps powers of two representable when every gain is 0

_Decisions = Sequence[BranchingDecision]


class LongestPath(NamedTuple):
    """A schedule of (nearly) the largest gain, and an upper bound on what any schedule gains.

    Attributes
    ----------
    value
        No schedule gains more; ``-inf`` when none obeys the rules.
    service
        Link of each active interval, -1 where it idles, shape ``(A,)``.
    delivered
        Bits that each target gets in each block, whole, shape ``(B, T)``.
    receiver_price
        What the use of each shared receiver costs for this bound, shape ``(S,)``; ``None`` where
        satellites share none.
    """

    value: float
    service: Integers
    delivered: Floats
    receiver_price: Floats | None = None


class PricingProblem:
    """The longest paths ``L`` of a problem, at gains per cell or at prices per target.

    Gains are rounded up to whole multiples of ``2^-s`` and added in 64-bit integers: the value is
    never below ``L``, and above it by less than one part in 10^9. Under branching decisions, and
    without operations, sums are in floating point and raised by more than they can be wrong.
    """

    def __init__(self, blocks: Blocks) -> None:
        problem = blocks.delivery.problem
        self.blocks = blocks
        active, links = problem.interval.size, len(problem.links)
        self._pointed = np.zeros((active + 1, links), np.int64)
        self._best = np.zeros(active, np.int64)
        self._gain = np.empty((active, links), np.int64)
        self._most = max(1, problem.sum_of_best) + active
        self._additions = blocks.longest + blocks.count + 16
        self._labelled = LabelledPaths(problem) if problem.rules else None
        self._lowest = 0.0 if self._labelled is None else -np.inf  # gains below are not earned
        self._read: tuple[_Decisions, BranchingConstraints] | None = None

    def __call__(
        self, prices: Floats, decisions: _Decisions = (), receiver_price: Floats | None = None
    ) -> LongestPath:
        """Return the longest path when a bit for target ``n`` earns ``c_n``, shape ``(T,)``.

        Prices may have any sign. ``receiver_price`` is what shared receivers cost at first.
        """
        if decisions and self._labelled is None:
            delivery = self.blocks.delivery
            largest = delivery.dearest(np.abs(prices)) * delivery.problem.sum_of_best
            return self._in_floats(delivery.gains(prices), largest, decisions)
        return self._told(*self._at(prices, decisions))

    def at_gains(self, gains: Floats, decisions: _Decisions = ()) -> LongestPath:
        """Return the longest path when serving link ``n`` in ``a`` earns ``gains[a, n]``.

        Parameters
        ----------
        gains
            Any sign, shape ``(A, N)``. Cells without key, and those of links that must not be
            served, are not served whatever they would earn.
        """
        if self._labelled is None:
            gains = np.where(self.blocks.delivery.never, 0.0, gains)
        if decisions and self._labelled is None:
            largest = float(np.abs(gains).max(axis=1, initial=0.0).sum())
            return self._in_floats(gains, largest, decisions)
        return self._told(*self._at_gains(gains, decisions))

    def best_service(self, prices: Floats, decisions: _Decisions = ()) -> Integers:
        """Return a schedule of (nearly) the greatest gain at ``prices``, shape ``(A,)``."""
        if decisions and self._labelled is None:
            return self(prices, decisions).service
        return self._at(prices, decisions)[2]

    def exact_value(self, prices: Sequence[Fraction]) -> Fraction:
        """Return ``L`` at rational prices per target.

        Exact; with operations and sums that could pass 2^62 rounded up, by one part in 10^15.

        Raises
        ------
        NoScheduleError
            When no schedule obeys the operations.
        """
        common = lcm(*(price.denominator for price in prices))
        whole = [int(price * common) for price in prices]
        unit = gcd(*whole) or 1
        most = self._longest(np.array([price // unit for price in whole], dtype=object))
        if most is None:
            raise NoScheduleError(NO_SCHEDULE)
        return Fraction(most * unit, common)

    def _longest(self, prices: Integers) -> int | None:
        """Return the most that a schedule gains at whole prices, ``None`` if none obeys."""
        delivery = self.blocks.delivery
        if delivery.by_link:
            by_link = np.append(prices, 0)[delivery.position]
            return longest_value(delivery.problem, by_link)
        gains = delivery.whole_gains(prices)
        room = int(sum(gains.max(axis=1, initial=0).tolist())).bit_length() - _SUM_BITS
        units = -(-gains >> max(0, room))
        if self._labelled is not None:
            units = units[self._labelled.interval, self._labelled.link]
        found = self._in_whole_units(units.astype(np.int64), ())[0]
        return None if found is None else found << max(0, room)

    def settled(self, prices: Floats, receiver_price: Floats | None, least: float) -> LongestPath:
        """Return bound and schedule at ``prices`` as near as can be, or nearer than ``least``."""
        return self(prices, (), receiver_price)

    def candidates(self, prices: Floats, decisions: _Decisions) -> list[BranchingDecision]:
        """Return decisions that may lower a bound on joint schedules, where satellites share."""
        return []

    def rational(
        self, multipliers: RationalMultipliers, receiver_price: Floats | None
    ) -> RationalMultipliers:
        """Return multipliers with the prices of shared receivers in exact numbers."""
        return multipliers

    def completed(self, exact: RationalMultipliers) -> RationalMultipliers:
        """Return multipliers with trees of components of satellites that share receivers."""
        return exact

    def certified(self, exact: RationalMultipliers, decisions: _Decisions = ()) -> Fraction | None:
        """Return what no schedule gains more than at multipliers, ``None`` if none obeys.

        Where sums at these prices need more than 64 bits, they are rounded up a little.
        """
        if exact.few_digits and not decisions:
            return self.exact_value(exact.per_bit)
        value = self(np.array([float(price) for price in exact.per_bit]), decisions).value
        return None if value == -math.inf else Fraction(value)

    def written(self, exact: RationalMultipliers) -> dict[str, object]:
        """Return what a proof says about shared receivers."""
        return {}

    @property
    def label_steps(self) -> int:
        """How many steps a longest path takes because of operations, 0 without them."""
        return 0 if self._labelled is None else self._labelled.steps

    @property
    def feasible(self) -> bool:
        """Whether some schedule obeys all operations and serves only links that count."""
        if self._labelled is None:
            return True
        return self._at(np.zeros(self.blocks.delivery.targets), ())[0] is not None

    def undecided(self, decisions: _Decisions) -> Bools:
        """Return which cells may still be served or not, shape ``(A, N)``."""
        return BranchingConstraints.create(self.blocks, decisions).undecided

    def _told(self, units: int | None, scale: float, service: Integers) -> LongestPath:
        delivered = self.blocks.delivered(service)
        if units is None:
            return LongestPath(-math.inf, service, delivered)
        value = math.nextafter(units * scale, math.inf) if units else 0.0
        return LongestPath(value, service, delivered)

    def _at_gains(self, gains: Floats, decisions: _Decisions) -> tuple[int | None, float, Integers]:
        """Return the sum of gains rounded up, in units, the unit, and the services."""
        largest = float(np.abs(gains).max(axis=1, initial=0.0).sum())
        scale = _scale(2.0 * max(largest, _LEAST))
        if self._labelled is not None:
            gains = gains[self._labelled.interval, self._labelled.link]
        raised = np.maximum(gains + np.abs(gains) * _UP, self._lowest) / scale
        units, service = self._in_units(raised, decisions)
        return units, scale, service

    def _at(self, prices: Floats, decisions: _Decisions) -> tuple[int | None, float, Integers]:
        """Return the same at prices."""
        if not self.blocks.delivery.by_link:
            return self._at_gains(self.blocks.delivery.gains(prices), decisions)
        earning = np.maximum(prices + np.abs(prices) * _UP, self._lowest)
        scale = _scale(self._most * max(float(np.abs(earning).max(initial=0.0)), _LEAST))
        if self._labelled is None:
            scaled = self.blocks.delivery.gains(earning * (1.0 / scale))
        else:
            by_link = self.blocks.delivery.link_prices(prices)
            scaled = self._labelled.bits * by_link[self._labelled.link] * (1.0 / scale)
            scaled += np.abs(scaled) * _UP
        units, service = self._in_units(scaled, decisions)
        return units, scale, service

    def _in_units(self, scaled: Floats, decisions: _Decisions) -> tuple[int | None, Integers]:
        """Return the most that gains rounded up to whole numbers add up to, and the services."""
        return self._in_whole_units(np.ceil(scaled, out=scaled), decisions)

    def _in_whole_units(
        self, scaled: Floats | Integers, decisions: _Decisions
    ) -> tuple[int | None, Integers]:
        """Return the most that whole gains add up to, and the services."""
        problem = self.blocks.delivery.problem
        if self._labelled is not None:
            gain = scaled.astype(np.int64)
            found = self._labelled.longest(gain, self._constraints(decisions))
            if found is None:
                return None, np.full(problem.interval.size, -1, np.int64)
            return found[1], found[0]
        np.copyto(self._gain, scaled, casting="unsafe")
        service = np.empty(problem.interval.size, np.int64)
        _path_kernels.longest_path(
            read_only(self._gain), problem.interval, problem.tau, self._pointed, self._best, service
        )
        return int(self._best[-1]) if self._best.size else 0, service

    def _in_floats(self, gains: Floats, largest: float, decisions: _Decisions) -> LongestPath:
        """Return the longest path under decisions; ``largest`` bounds what paths can gain."""
        delivery = self.blocks.delivery
        constraints = self._constraints(decisions)
        satisfies, required = constraints.by_block
        gains[constraints.forbidden] = -np.inf
        problem, count = delivery.problem, self.blocks.count
        found = Found(np.empty(count), np.empty(problem.interval.size, np.int64))
        allowed = Allowed(
            gains, constraints.occupied, satisfies, required, problem.interval, problem.tau,
            self.blocks.begin,
        )  # fmt: skip
        best_of_blocks(allowed, found)
        slack = largest * self._additions * 2.0**-52
        delivered = self.blocks.delivered(found.service)
        return LongestPath(float(found.worth.sum()) + slack, found.service, delivered)

    def _constraints(self, decisions: _Decisions) -> BranchingConstraints:
        """Return decisions as arrays; the same ones are often needed again."""
        if self._read is None or self._read[0] is not decisions:
            self._read = decisions, BranchingConstraints.create(self.blocks, decisions)
        return self._read[1]


def _scale(largest: float) -> float:
    """Return the power of two by which sums up to ``largest`` take all the room there is."""
    return float(2.0 ** (math.ceil(math.log2(largest)) - _SUM_BITS))
