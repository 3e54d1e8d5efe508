"""Branching: does any interval from ``a`` to ``b`` serve link ``n``? The oracle under answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from qkdopt.arrays import Bools, Floats, Integers
from qkdopt.optimize.solvers.decomposition import _branch_kernels as kernels
from qkdopt.optimize.solvers.decomposition.blocks import Blocks
from qkdopt.optimize.solvers.decomposition.column_master import ColumnMaster
from qkdopt.optimize.solvers.decomposition.multipliers import Multipliers

__all__ = ["Answers", "BranchOracle", "Decision", "can_be_judged", "forbidden_columns"]

_MOST_DEMANDS = 5  # of a block that its longest path keeps apart; more are forgotten
_MOST_OPEN = 10  # demands at a time that a verifier recounts


@dataclass(frozen=True)
class Decision:
    """Whether some active interval from ``first`` to ``last`` serves ``link``, or none does."""

    first: int
    last: int
    link: int
    served: bool

    def asked(self) -> list[int]:
        """Return the question as a proof states it."""
        interval = [self.first] if self.first == self.last else [self.first, self.last]
        return [*interval, self.link]


@dataclass(frozen=True, eq=False)
class Answers:
    """Decisions as the longest path takes them.

    Attributes
    ----------
    barred
        What may not be served, shape ``(A, N)``.
    must
        Whether somebody must be served there, shape ``(A,)``.
    meets, demands
        Which demands of its block a service meets, a bit for each, shape ``(A, N)``, and the bits
        of all of a block, shape ``(B,)``.
    """

    barred: Bools
    must: Bools
    meets: Integers
    demands: Integers


class BranchOracle:
    """``L(c)`` over the schedules that obey some decisions, block by block."""

    def __init__(self, blocks: Blocks) -> None:
        problem, shares = blocks.shares.problem, blocks.shares
        self.blocks = blocks
        self._bits = np.ascontiguousarray(problem.bits.T, dtype=float)
        self._never = (self._bits == 0) | (shares.position < 0)
        self._worth = np.empty(blocks.count)
        self.delivered: Floats = np.empty((blocks.count, shares.target.size))
        self.service: Integers = np.empty(problem.interval.size, np.int64)
        additions = blocks.longest + blocks.count + 16
        self._slack = problem.sum_of_best * additions * 2.0**-52
        self._read: tuple[Sequence[Decision], Answers] = (), self._answers(())

    def __call__(self, prices: Multipliers, decisions: Sequence[Decision]) -> float:
        """Return the value, ``-inf`` if no schedule obeys; ``delivered`` and ``service`` tell more.

        The value is rounded up by more than floating-point sums can be wrong. Where a block has
        more than a few demands, some are left out: the value can only be larger.
        """
        shares = self.blocks.shares
        if decisions is not self._read[0]:
            self._read = decisions, self._answers(decisions)
        answers = self._read[1]
        gain = self._bits * shares.link_prices(prices.per_bit)
        gain[answers.barred] = -np.inf
        kernels.best_of_blocks(
            gain, answers.must, answers.meets, answers.demands, self._bits,
            shares.problem.interval, shares.problem.tau, self.blocks.begin, shares.position,
            self._worth, self.delivered, self.service,
        )  # fmt: skip
        largest = float(np.abs(prices.per_bit).max(initial=0.0))
        return float(float(self._worth.sum()) + largest * self._slack)

    def best(self, prices: Multipliers, decisions: Sequence[Decision]) -> Integers:
        """Return a schedule of greatest worth among those that obey, shape ``(A,)``."""
        self(prices, decisions)
        return self.service.copy()

    def undecided(self, decisions: Sequence[Decision]) -> Bools:
        """Return which cells may still be served or not, shape ``(A, N)``."""
        answers = self._answers(decisions)
        open_cells: Bools = ~answers.barred & ~answers.must[:, np.newaxis]
        return open_cells

    def _answers(self, decisions: Sequence[Decision]) -> Answers:
        """Return decisions as arrays; those for a single interval need no memory of the path."""
        barred = self._never.copy()
        must = np.zeros(barred.shape[0], bool)
        for d in decisions:
            if not d.served:
                barred[d.first : d.last + 1, d.link] = True
            elif d.first == d.last:
                barred[d.first, np.arange(barred.shape[1]) != d.link] = True
                must[d.first] = True
        meets = np.zeros(barred.shape, np.int64)
        demands = np.zeros(self.blocks.count, np.int64)
        for d in reversed(decisions):
            inside = slice(d.first, d.last + 1)
            ways = ~barred[inside, d.link]
            if not d.served or (must[inside] & ways).any():
                continue
            block = self.blocks.of(d.first)
            bit = int(demands[block]) + 1
            if bit < 2**_MOST_DEMANDS:
                meets[inside, d.link] |= bit * ways
                demands[block] |= bit
        return Answers(barred, must, meets, demands)


def forbidden_columns(master: ColumnMaster, decisions: Sequence[Decision]) -> Bools:
    """Return which of the master's columns disobey, shape ``(columns,)``."""
    begin = master.blocks.begin
    result = np.zeros(len(master.service), bool)
    for decision in decisions:
        block = master.blocks.of(decision.first)
        inside = slice(decision.first - int(begin[block]), decision.last + 1 - int(begin[block]))
        serves = (master.services(block)[:, inside] == decision.link).any(axis=1)
        result[master.columns[block]] |= serves != decision.served
    return result


def can_be_judged(decisions: Sequence[Decision]) -> bool:
    """Return whether few enough demands are open at a time, those that others imply apart."""
    asked = {d for d in decisions if d.served}
    kept: list[Decision] = []
    for d in sorted(asked, key=lambda d: d.last - d.first):
        if not any(d.link == e.link and d.first <= e.first <= e.last <= d.last for e in kept):
            kept.append(d)
    most = max((sum(e.first <= d.first <= e.last for e in kept) for d in kept), default=0)
    return most <= _MOST_OPEN
