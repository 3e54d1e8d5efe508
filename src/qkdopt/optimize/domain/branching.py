"""Branching: some interval from ``a`` to ``b`` serves link ``n``, or none does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from qkdopt.arrays import Bools, Integers
from qkdopt.optimize.domain.blocks import Blocks
from qkdopt.optimize.domain.delivery import Delivery
from qkdopt.optimize.limits import limits_of

_MOST_REQUIRED = 5  # services of a block that its longest path keeps apart; more are left out
_MOST_OPEN = 10  # required services at a time that a verifier accepts


@dataclass(frozen=True)
class BranchingDecision:
    """Whether some active interval from ``first`` to ``last`` serves ``link``, or none does."""

    first: int
    last: int
    link: int
    served: bool

    def to_json(self) -> list[int]:
        """Return the decision as a proof states it."""
        interval = [self.first] if self.first == self.last else [self.first, self.last]
        return [*interval, self.link]


@dataclass(frozen=True, eq=False)
class BranchingConstraints:
    """Decisions, and the locks of a problem, as longest paths take them.

    Attributes
    ----------
    forbidden
        What may not be served, shape ``(A, N)``.
    occupied
        Whether some link must be served there, shape ``(A,)``.
    required
        Services that have to take place in some interval of several, those left out that
        ``occupied`` implies; the last decision first.
    """

    blocks: Blocks
    forbidden: Bools
    occupied: Bools
    required: tuple[BranchingDecision, ...]

    @classmethod
    def create(cls, blocks: Blocks, decisions: Sequence[BranchingDecision]) -> BranchingConstraints:
        """Return decisions as arrays; those for a single interval need no memory of the path."""
        forbidden, occupied = _operations_of(blocks.delivery)
        for d in decisions:
            if not d.served:
                forbidden[d.first : d.last + 1, d.link] = True
            elif d.first == d.last:
                forbidden[d.first, np.arange(forbidden.shape[1]) != d.link] = True
                occupied[d.first] = True
        required = tuple(
            d
            for d in reversed(decisions)
            if d.served
            and d.first < d.last
            and not (occupied & ~forbidden[:, d.link])[d.first : d.last + 1].any()
        )
        return cls(blocks, forbidden, occupied, required)

    def of_rows(self, rows: Integers) -> BranchingConstraints:
        """Return those of some active intervals, rising, which are numbered anew."""
        required = tuple(
            replace(d, first=int(first), last=int(last))
            for d in self.required
            for first, last in (np.searchsorted(rows, [d.first, d.last]),)
            if last < rows.size and rows[first] == d.first and rows[last] == d.last
        )
        return BranchingConstraints(
            self.blocks, self.forbidden[rows], self.occupied[rows], required
        )

    @property
    def undecided(self) -> Bools:
        """Which cells may still be served or not, shape ``(A, N)``."""
        return ~self.forbidden & ~self.occupied[:, np.newaxis]

    @cached_property
    def by_block(self) -> tuple[Integers, Integers]:
        """Which required services of its block a cell is, and those of each block.

        A bit for each, shapes ``(A, N)`` and ``(B,)``. Where a block requires more than a few,
        some are left out: longest paths can only be larger.
        """
        satisfies = np.zeros(self.forbidden.shape, np.int64)
        bits = np.zeros(self.blocks.count, np.int64)
        for d in self.required:
            block = self.blocks.of(d.first)
            bit = int(bits[block]) + 1
            if bit < 2**_MOST_REQUIRED:
                inside = slice(d.first, d.last + 1)
                satisfies[inside, d.link] |= bit * ~self.forbidden[inside, d.link]
                bits[block] |= bit
        return satisfies, bits

    def by_time(self, most: int) -> tuple[Integers, Integers]:
        """Return the same with at most ``most`` bits, each taken again once its service is over.

        Returns
        -------
        tuple
            The bits of each cell, shape ``(A, N)``; and for each interval and bit the last
            interval in which the service may take place that has the bit then, ``A`` where none
            has, shape ``(A, bits)``.
        """
        active = self.occupied.size
        satisfies = np.zeros(self.forbidden.shape, np.int64)
        ends: list[int] = []  # of the last service that had each bit
        closes = np.full((active, min(most, len(self.required))), active, np.int64)
        for d in sorted(self.required, key=lambda d: (d.first, d.last)):
            slot = next((i for i, end in enumerate(ends) if end < d.first), len(ends))
            if slot == closes.shape[1]:
                continue
            ends[slot : slot + 1] = [d.last]
            inside = slice(d.first, d.last + 1)
            satisfies[inside, d.link] |= ~self.forbidden[inside, d.link] * (1 << slot)
            closes[inside, slot] = d.last
        return satisfies, closes[:, : len(ends)].copy()


def _operations_of(delivery: Delivery) -> tuple[Bools, Bools]:
    """Return what no schedule serves, shape ``(A, N)``, and where locks require a service."""
    forbidden = delivery.never.copy()
    if not delivery.problem.rules:
        return forbidden, np.zeros(forbidden.shape[0], bool)
    limits = limits_of(delivery.problem)
    return forbidden | ~limits.servable.T, limits.lock >= 0


def verifiable(decisions: Sequence[BranchingDecision]) -> bool:
    """Return whether few enough required services are open at a time, those implied apart."""
    kept = needed(decisions)
    most = max((sum(e.first <= d.first <= e.last for e in kept) for d in kept), default=0)
    return most <= _MOST_OPEN


def needed(decisions: Sequence[BranchingDecision]) -> list[BranchingDecision]:
    """Return required services without those that others imply, the shortest first."""
    kept: list[BranchingDecision] = []
    for d in sorted({d for d in decisions if d.served}, key=lambda d: d.last - d.first):
        if not any(d.link == e.link and d.first <= e.first <= e.last <= d.last for e in kept):
            kept.append(d)
    return kept
