"""Branching: some interval from ``a`` to ``b`` serves link ``n``, or none does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from qkdopt.arrays import Bools, Integers
from qkdopt.optimize.domain.blocks import Blocks

__all__ = ["BranchingConstraints", "BranchingDecision", "verifiable"]

_MOST_REQUIRED = 5  # services of a block that its longest path keeps apart; more are left out
_MOST_OPEN = 10  # required services at a time that a verifier recounts


@dataclass(frozen=True)
class BranchingDecision:
    """Whether some active interval from ``first`` to ``last`` serves ``link``, or none does."""

    first: int
    last: int
    link: int
    served: bool

    def to_json(self) -> list[int]:
        """Return the question as a proof states it."""
        interval = [self.first] if self.first == self.last else [self.first, self.last]
        return [*interval, self.link]


@dataclass(frozen=True, eq=False)
class BranchingConstraints:
    """Decisions as the longest path takes them.

    Attributes
    ----------
    forbidden
        What may not be served, shape ``(A, N)``.
    occupied
        Whether somebody must be served there, shape ``(A,)``.
    satisfies, required
        Which required services of its block serving ``n`` in ``a`` is, a bit for each, shape
        ``(A, N)``, and the bits of all of a block, shape ``(B,)``.
    """

    forbidden: Bools
    occupied: Bools
    satisfies: Integers
    required: Integers

    @classmethod
    def create(cls, blocks: Blocks, decisions: Sequence[BranchingDecision]) -> BranchingConstraints:
        """Return decisions as arrays; those for a single interval need no memory of the path.

        Where a block requires more than a few services, some are left out: longest paths can
        only be larger.
        """
        forbidden = blocks.delivery.never.copy()
        occupied = np.zeros(forbidden.shape[0], bool)
        for d in decisions:
            if not d.served:
                forbidden[d.first : d.last + 1, d.link] = True
            elif d.first == d.last:
                forbidden[d.first, np.arange(forbidden.shape[1]) != d.link] = True
                occupied[d.first] = True
        satisfies = np.zeros(forbidden.shape, np.int64)
        required = np.zeros(blocks.count, np.int64)
        for d in reversed(decisions):
            inside = slice(d.first, d.last + 1)
            ways = ~forbidden[inside, d.link]
            if not d.served or (occupied[inside] & ways).any():
                continue
            block = blocks.of(d.first)
            bit = int(required[block]) + 1
            if bit < 2**_MOST_REQUIRED:
                satisfies[inside, d.link] |= bit * ways
                required[block] |= bit
        return cls(forbidden, occupied, satisfies, required)

    @property
    def undecided(self) -> Bools:
        """Which cells may still be served or not, shape ``(A, N)``."""
        free: Bools = ~self.forbidden & ~self.occupied[:, np.newaxis]
        return free


def verifiable(decisions: Sequence[BranchingDecision]) -> bool:
    """Return whether few enough required services are open at a time, those implied apart."""
    asked = {d for d in decisions if d.served}
    kept: list[BranchingDecision] = []
    for d in sorted(asked, key=lambda d: d.last - d.first):
        if not any(d.link == e.link and d.first <= e.first <= e.last <= d.last for e in kept):
            kept.append(d)
    most = max((sum(e.first <= d.first <= e.last for e in kept) for d in kept), default=0)
    return most <= _MOST_OPEN
