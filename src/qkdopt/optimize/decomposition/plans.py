"""Plans of blocks: what the services of a pass can bring, none that another one exceeds.

A *plan* has the bits of each target that a block's services bring, counted up to what is enough for
a better schedule. Plans are listed interval by interval as labels are in a shortest path with
resources: dropped where multipliers show that nothing good enough can follow, or where another one
that may go on alike brings as much to every target.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.optimize.decomposition._plan_kernels import extended, most_to_go, not_below
from qkdopt.optimize.decomposition.verification_steps import VerifierSteps
from qkdopt.optimize.domain.blocks import Blocks
from qkdopt.optimize.domain.multipliers import RationalMultipliers
from qkdopt.optimize.objectives.base import ConcaveObjective
from qkdopt.optimize.schedule import IDLE

STEP_S = 5e-9
"""About how long a step takes [s]."""

_TOLERANCE = 1e-12  # relative: sums in floating point are not so wrong
_PER_LIST, _PER_LABEL, _PER_ROW, _ROWS_PER_STEP = 10_000, 10, 100, 140  # steps
_COLUMNS = 9  # for which rows are counted
_AT_ONCE, _ROOM = 64, 2**28  # rows compared at once, and bits that these may take


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
        Prices of bits, shape ``(L, T)``, and what bits have to gain at least, shape ``(L,)``.
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
        wholes = [_whole(x.per_bit) for x in self.exact]
        most = max((float(x @ self._counted) for x in wholes), default=1.0)
        return int(len(wholes) * (2.0 + math.log2(2.0 + most)))

    def add(self, vector: Floats) -> bool:
        """Add multipliers unless some price is negative; say whether they were."""
        exact = self.objective.rational(vector)
        if min(exact.per_bit) < 0:
            return False
        self.exact.append(exact)
        price = np.array([float(x) for x in exact.per_bit])
        short = self.least - float(exact.constant)
        most = min(float(price @ self._counted), self._most * float(price.max()))
        short -= _TOLERANCE * max(abs(self.least), most)
        self.price, self.short = np.vstack([self.price, price]), np.append(self.short, short)
        return True


def _whole(prices: Sequence[Fraction]) -> Floats:
    """Return prices times their common denominator."""
    common = math.lcm(*(x.denominator for x in prices))
    return np.array([float(x * common) for x in prices])


@dataclass(frozen=True, eq=False)
class Labels:
    """Counted bits of each target, shape ``(K, T)``, and where each is in the trail, ``(K,)``."""

    bits: Floats
    number: Integers

    def kept(self, which: Integers) -> Labels:
        """Return some of them."""
        return Labels(self.bits[which], self.number[which])

    def with_others(self, *others: Labels) -> Labels:
        """Return these and others."""
        every = (self, *others)
        return Labels(np.vstack([x.bits for x in every]), np.concatenate([x.number for x in every]))


@dataclass(frozen=True, eq=False)
class Plans:
    """The plans of one block.

    Attributes
    ----------
    bits
        Counted, shape ``(P, T)``.
    number
        Where each ends in the trail, shape ``(P,)``.
    trail
        Rows before, interval and link: the last service of each label, shape ``(rows, 3)``.
    """

    bits: Floats
    number: Integers
    trail: Integers

    def kept(self, which: Integers) -> Plans:
        """Return some of them."""
        return Plans(self.bits[which], self.number[which], self.trail)

    def services(self, length: int) -> Integers:
        """Return the link that each plan serves in every interval of its block, ``(P, m)``."""
        served, rows = np.full((self.number.size, length), IDLE, np.int64), self.number
        while (some := np.flatnonzero(rows > 0)).size:
            before, a, n = self.trail[rows[some]].T
            served[some, a] = n
            rows = rows.copy()
            rows[some] = before
        return served


def maximal(bits: Floats, others: Floats, effort: Effort) -> Integers:
    """Return which rows no other row, and none of the others, equals or exceeds in all columns."""
    every = np.vstack([others, bits])
    count = len(every)
    effort.spend(count * (_PER_ROW + count / _ROWS_PER_STEP) * (1 + every.shape[1] // _COLUMNS))
    order = np.argsort(-every.sum(axis=1), kind="stable")
    rows, keep = every[order], np.empty(count, bool)
    by_column = np.ascontiguousarray(np.argsort(-rows, axis=0).T)
    not_below(rows, by_column, max(_AT_ONCE, _ROOM // max(1, count)), keep)
    kept = order[keep] - len(others)
    return kept[kept >= 0]


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
        self, block: int, bounds: SeveralMultipliers, others: Floats, effort: Effort
    ) -> Plans:
        """Return the plans of a block where others gain at most so much, shape ``(L,)``.

        Raises
        ------
        TooManyError
            When the effort does not suffice.
        """
        begin, end = self.blocks.begin[block : block + 2].tolist()
        anew, after, services = self.to_go(block, bounds.price, bounds.enough)
        effort.spend(after.size + services * len(bounds.price))
        short = bounds.short - others
        trail = [np.full((1, 3), -1, np.int64)]
        rows = 1
        start = Labels(np.zeros((1, bounds.enough.size)), np.zeros(1, np.int64))
        free, last, turning = start, dict[int, Labels](), list[tuple[int, Labels]]()
        for a in range(end - begin):
            now, came = int(self._problem.interval[begin + a]), [free]
            while turning and now - turning[0][0] > self._problem.tau:
                came.append(turning.pop(0)[1])
            if len(came) > 1:
                free = self._best(
                    _worth(free.with_others(*came[1:]), bounds, short - anew[a]), effort
                )
            fresh = []
            for n in np.flatnonzero(self._bits[begin + a]).tolist():
                sources = free.with_others(last[n]) if n in last else free
                cell = int(self._position[n]), float(self._bits[begin + a, n])
                grown, origin = self._extended(sources, cell, bounds, short - after[a, n], effort)
                grown = grown[keep := maximal(grown, free.bits, effort)]
                number = rows + np.arange(keep.size)
                rows += keep.size
                before = sources.number[origin[keep]]
                trail.append(np.column_stack([before, np.full_like(before, a), 0 * before + n]))
                fresh.append(Labels(grown, number))
                known = fresh[-1] if n not in last else last[n].with_others(fresh[-1])
                self.steps.compared(len(known.bits) + len(free.bits))
                last[n] = known.kept(maximal(known.bits, known.bits[:0], effort))
            if fresh:
                turning.append((now, fresh[0].with_others(*fresh[1:])))
        found = self._best(_worth(free.with_others(*last.values()), bounds, short), effort)
        return Plans(found.bits, found.number, np.vstack(trail))

    def _extended(
        self, sources: Labels, cell: tuple[int, float], bounds: SeveralMultipliers,
        short: Floats, effort: Effort,
    ) -> tuple[Floats, Integers]:  # fmt: skip
        count = sources.number.size
        effort.spend(_PER_LIST + _PER_LABEL * count)
        grown, origin = np.empty_like(sources.bits), np.empty(count, np.int64)
        found = extended(sources.bits, cell, bounds.enough, bounds.price, short, grown, origin)
        self.steps.grown(count, found)
        return grown[:found], origin[:found]

    def _maximal(self, bits: Floats, others: Floats, effort: Effort) -> Integers:
        self.steps.compared(len(bits))
        return maximal(bits, others, effort)

    def _best(self, labels: Labels, effort: Effort) -> Labels:
        return labels.kept(self._maximal(labels.bits, labels.bits[:0], effort))


def _worth(labels: Labels, bounds: SeveralMultipliers, short: Floats) -> Labels:
    """Return the labels that gain what is needed at all multipliers."""
    good = (labels.bits @ bounds.price.T >= short).all(axis=1)
    return labels.kept(np.flatnonzero(good))


def has_plans(objective: ConcaveObjective, blocks: Blocks) -> bool:
    """Say whether plans are those of one satellite without operations, sessions and scenarios."""
    problem = objective.problem
    several = len(problem.satellites) > 1 or problem.joined is not None
    if several or problem.rules or problem.in_sessions or not objective.delivery.by_link:
        return False
    return blocks.count > 1 and objective.enough_suffices and objective.listable
