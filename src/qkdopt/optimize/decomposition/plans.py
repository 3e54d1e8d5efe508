"""Plans of blocks: what the services of a pass can bring, none that another one exceeds.

A *plan* has the bits of each target that a block's services bring, counted up to what is enough for
a better schedule. Plans are listed interval by interval as labels are in a shortest path with
resources: dropped where multipliers show that nothing good enough can follow, or where another one
that may go on alike brings as much to every target.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Self

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.optimize.decomposition._plan_kernels import AT_ONCE, extended, most_to_go, not_below
from qkdopt.optimize.decomposition.verification_steps import VerifierSteps
from qkdopt.optimize.domain.blocks import Blocks
from qkdopt.optimize.domain.multipliers import RationalMultipliers
from qkdopt.optimize.objectives.base import ConcaveObjective
from qkdopt.optimize.schedule import IDLE

STEP_S = 5e-9
"""About how long a step takes [s]."""

_TOLERANCE = 1e-12  # relative: sums in floating point are not so wrong
_PER_LIST, _PER_LABEL, _PER_ROW = 15_000, 25, 150  # steps
_COLUMNS = 6  # for which labels and rows are counted
_PRODUCTS_PER_STEP = 8  # of bits and prices
_MANY = 2_000  # labels, for which further multipliers are sought


class TooManyError(Exception):
    """More is to be listed than the effort allows."""


@dataclass
class Effort:
    """Steps that may be taken, of `STEP_S` each: labels, pairs and comparisons."""

    left: float
    stop: Callable[[], bool]

    def spend(self, steps: float) -> None:
        """Count steps before they are taken; `TooManyError` if too many, or once time is up."""
        if steps > self.left or self.stop():
            raise TooManyError
        self.left -= steps


class SeveralMultipliers:
    """Multipliers at each of which a schedule that is good enough gains what is needed.

    Attributes
    ----------
    enough, least
        Bits of each target that count, shape ``(T,)``, and the value that they have to show.
    exact
        The multipliers in exact numbers.
    price, short
        Prices of bits, shape ``(L, T)``, where these are negative 0, for bits may be left out; and
        what bits have to gain at least, shape ``(L,)``.
    """

    def __init__(self, objective: ConcaveObjective, enough: Floats, least: float) -> None:
        self.objective, self.enough, self.least = objective, enough, least
        self._most = objective.problem.sum_of_best
        self._counted = np.minimum(enough, self._most)  # at most, of each target
        self.exact: list[RationalMultipliers] = []
        self.price, self.short = np.zeros((0, enough.size)), np.zeros(0)

    @property
    def size(self) -> int:
        """How many bits a verifier takes for what bits gain at all of them."""
        wholes = [_whole([max(c, Fraction(0)) for c in x.per_bit]) for x in self.exact]
        most = max((float(x @ self._counted) for x in wholes), default=1.0)
        return int(len(wholes) * (2.0 + math.log2(2.0 + most)))

    def add(self, vector: Floats) -> None:
        """Add multipliers."""
        exact = self.objective.rational(vector)
        self.exact.append(exact)
        price = np.array([max(0.0, float(x)) for x in exact.per_bit])
        short = self.least - float(exact.constant)
        most = min(float(price @ self._counted), self._most * float(price.max()))
        short -= _TOLERANCE * max(abs(self.least), most)
        self.price, self.short = np.vstack([self.price, price]), np.append(self.short, short)

    def count_priced(self) -> None:
        """Count no bits of targets that have no price at any of them, as verifiers do."""
        self.enough = np.where((self.price > 0.0).any(axis=0), self.enough, 0.0)


def _whole(prices: Sequence[Fraction]) -> Floats:
    """Return prices times their common denominator."""
    common = math.lcm(*(x.denominator for x in prices))
    return np.array([float(x * common) for x in prices])


@dataclass(frozen=True, eq=False)
class Labels:
    """Counted bits of each target, shape ``(K, T)``, and where each is in the trail, ``(K,)``."""

    bits: Floats
    number: Integers

    def kept(self, which: Integers) -> Self:
        """Return some of them."""
        return replace(self, bits=self.bits[which], number=self.number[which])

    def with_others(self, *others: Labels) -> Labels:
        """Return these and others."""
        every = (self, *others)
        return Labels(np.vstack([x.bits for x in every]), np.concatenate([x.number for x in every]))


@dataclass(frozen=True, eq=False)
class Plans(Labels):
    """The plans of one block, and their trail, shape ``(rows, 3)``.

    Each row of it has the row before, interval and link: the last service of a label.
    """

    trail: Integers

    def maximal(self, effort: Effort, steps: VerifierSteps | None = None) -> Plans:
        """Return those that no other one equals or exceeds for every target: `maximal`."""
        return self.kept(maximal(self.bits, effort, steps))

    def services(self, length: int) -> Integers:
        """Return the link that each plan serves in every interval of its block, ``(P, m)``."""
        served, rows = np.full((self.number.size, length), IDLE, np.int64), self.number
        while (some := np.flatnonzero(rows > 0)).size:
            before, a, n = self.trail[rows[some]].T
            served[some, a] = n
            rows = rows.copy()
            rows[some] = before
        return served


def distinct(bits: Floats) -> Integers:
    """Return which rows of ``(K, T)`` are each once all rows, falling by the last column first."""
    differ = (bits != bits[:1]).any(axis=0)
    order = np.lexsort(bits[:, differ].T)[::-1] if differ.any() else np.arange(min(1, len(bits)))
    rows = bits[order]
    found: Integers = order[np.append(True, (rows[1:] != rows[:-1]).any(axis=1))[: order.size]]
    return found


def maximal(bits: Floats, effort: Effort, steps: VerifierSteps | None = None) -> Integers:
    """Return rows without most of those that another one equals or exceeds in all columns.

    The steps of a verifier that does so are counted.
    """
    effort.spend(bits.size * (_PER_ROW + min(len(bits), AT_ONCE)) / _COLUMNS)
    unlike = distinct(bits)
    keep = np.empty(unlike.size, bool)
    if steps:
        steps.compared(unlike.size)
    not_below(bits[unlike], keep)
    return unlike[keep]


class PlanLister:
    """Lists the plans of a problem's blocks.

    Attributes
    ----------
    steps
        Where a verifier's steps are counted.
    cells
        How many intervals and cells with bits there are.
    """

    def __init__(self, blocks: Blocks) -> None:
        self.blocks = blocks
        delivery = blocks.delivery
        self._bits = np.where(delivery.never, 0.0, delivery.bits)
        self._position, self._problem = delivery.position, delivery.problem
        self.cells = self._bits.shape[0] + int(np.count_nonzero(self._bits))
        self.steps = VerifierSteps(delivery.targets, 1)

    def to_go(self, block: int, price: Floats, enough: Floats) -> tuple[Floats, Floats, int]:
        """Return what can be gained from each interval on and how that was found: `most_to_go`."""
        inside = slice(*self.blocks.begin[block : block + 2].tolist())
        bits, interval = self._bits[inside], self._problem.interval[inside]
        of_nobody = np.zeros((price.shape[0], 1))
        by_link = np.hstack([price, of_nobody])[:, self._position]
        counted = np.append(enough, 0.0)[self._position]
        anew = np.empty((bits.shape[0] + 1, price.shape[0]))
        after = np.empty((*bits.shape, price.shape[0]))
        seen = most_to_go(bits, interval, self._problem.tau, by_link, counted, anew, after)
        return anew, after, seen

    def listed(
        self, block: int, bounds: SeveralMultipliers, others: Floats, effort: Effort,
        separated: Callable[[int, Floats], Floats] | None = None,
    ) -> Plans:  # fmt: skip
        """Return the plans of a block where others gain at most so much, shape ``(L,)``.

        Among them are some that others exceed: mostly few of those that are worth it. Where there
        are many labels, ``separated`` takes an interval of the block and bits that were brought
        before, ``(K, T)``, may add multipliers, and returns what others gain at most at all.

        Raises
        ------
        TooManyError
            When the effort does not suffice.
        """
        begin, end = self.blocks.begin[block : block + 2].tolist()
        short_anew, short_after = self._short(block, bounds, others, effort)
        trail = [np.full((1, 3), -1, np.int64)]
        rows, many = 1, _MANY
        start = Labels(np.zeros((1, bounds.enough.size)), np.zeros(1, np.int64))
        free, last, turning = start, dict[int, Labels](), list[tuple[int, Labels]]()
        for a in range(end - begin):
            now, turned = int(self._problem.interval[begin + a]), list[Labels]()
            while turning and now - turning[0][0] > self._problem.tau:
                turned.append(turning.pop(0)[1])
            if turned:
                worth = self._worth(free.with_others(*turned), bounds, short_anew[a], effort)
                free = worth.kept(maximal(worth.bits, effort, self.steps))
            if separated and free.number.size > many:
                others = separated(a, free.bits)
                short_anew, short_after = self._short(block, bounds, others, effort)
                free = self._worth(free, bounds, short_anew[a], effort)
                many = max(_MANY, 2 * free.number.size)
            fresh = []
            for n in np.flatnonzero(self._bits[begin + a]).tolist():
                sources = free.with_others(last[n]) if n in last else free
                cell = int(self._position[n]), float(self._bits[begin + a, n])
                grown, origin = self._extended(sources, cell, bounds, short_after[a, n], effort)
                before = sources.number[origin]
                trail.append(np.column_stack([before, np.full_like(before, a), 0 * before + n]))
                last[n] = Labels(grown, rows + np.arange(origin.size))
                rows += origin.size
                fresh.append(last[n])
            if fresh:
                turning.append((now, fresh[0].with_others(*fresh[1:])))
            lists = (free, *last.values(), *(own for _, own in turning))
            self.steps.hold(sum(x.number.size for x in lists))
        found = self._worth(free.with_others(*last.values()), bounds, short_anew[-1], effort)
        return Plans(found.bits, found.number, np.vstack(trail))

    def _short(
        self, block: int, bounds: SeveralMultipliers, others: Floats, effort: Effort
    ) -> tuple[Floats, Floats]:
        """Return what has to be gained before each interval, and up to a service of each link."""
        anew, after, services = self.to_go(block, bounds.price, bounds.enough)
        effort.spend(after.size + services * len(bounds.price))
        short = bounds.short - others
        return short - anew, short - after

    def _extended(
        self, sources: Labels, cell: tuple[int, float], bounds: SeveralMultipliers,
        short: Floats, effort: Effort,
    ) -> tuple[Floats, Integers]:  # fmt: skip
        count = sources.number.size
        effort.spend(_PER_LIST + _PER_LABEL * sources.bits.size / _COLUMNS)
        grown, origin = np.empty_like(sources.bits), np.empty(count, np.int64)
        found = extended(sources.bits, cell, bounds.enough, bounds.price, short, grown, origin)
        self.steps.grown(count, found)
        unlike = distinct(grown[:found])
        return grown[unlike], origin[unlike]

    def _worth(
        self, labels: Labels, bounds: SeveralMultipliers, short: Floats, effort: Effort
    ) -> Labels:
        """Return the labels that gain what is needed at all multipliers."""
        effort.spend(labels.bits.size * short.size / _PRODUCTS_PER_STEP)
        self.steps.priced(labels.number.size)
        good = (labels.bits @ bounds.price.T >= short).all(axis=1)
        return labels.kept(np.flatnonzero(good))


def has_plans(objective: ConcaveObjective, blocks: Blocks) -> bool:
    """Say whether plans are those of one satellite without operations, sessions and scenarios."""
    problem = objective.problem
    several = len(problem.satellites) > 1 or problem.joined is not None
    if several or problem.rules or problem.in_sessions or not objective.delivery.by_link:
        return False
    if objective.exact or not objective.listable or not blocks.count:
        return False
    return objective.needed(objective.least_value) is not None
