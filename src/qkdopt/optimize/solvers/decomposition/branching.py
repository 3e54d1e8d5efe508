"""Branching: does interval ``a`` serve link ``n``? Both answers, and the oracle under them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from qkdopt.arrays import Bools, Floats, Integers
from qkdopt.optimize.solvers.decomposition import _branch_kernels as kernels
from qkdopt.optimize.solvers.decomposition.blocks import Blocks
from qkdopt.optimize.solvers.decomposition.column_master import ColumnMaster
from qkdopt.optimize.solvers.decomposition.multipliers import Multipliers

__all__ = ["BranchOracle", "Decision", "candidates", "forbidden_columns"]

_SOME = 1e-6  # of a column: less counts as none


@dataclass(frozen=True)
class Decision:
    """Whether active interval ``interval`` serves ``link``, or anything but ``link``."""

    interval: int
    link: int
    served: bool


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

    def __call__(self, prices: Multipliers, decisions: Sequence[Decision]) -> float:
        """Return the value, ``-inf`` if no schedule obeys; ``delivered`` and ``service`` tell more.

        The value is rounded up by more than floating-point sums can be wrong.
        """
        shares = self.blocks.shares
        gain = self._bits * shares.link_prices(prices.per_bit)
        gain[self._never] = -np.inf
        must = np.zeros(gain.shape[0], bool)
        for decision in decisions:
            if decision.served:
                kept = gain[decision.interval, decision.link]
                gain[decision.interval] = -np.inf
                gain[decision.interval, decision.link] = kept
                must[decision.interval] = True
            else:
                gain[decision.interval, decision.link] = -np.inf
        kernels.best_of_blocks(
            gain, must, self._bits, shares.problem.interval, shares.problem.tau,
            self.blocks.begin, shares.position, self._worth, self.delivered, self.service,
        )  # fmt: skip
        largest = float(np.abs(prices.per_bit).max(initial=0.0))
        return float(float(self._worth.sum()) + largest * self._slack)

    def best(self, prices: Multipliers, decisions: Sequence[Decision]) -> Integers:
        """Return a schedule of greatest worth among those that obey, shape ``(A,)``."""
        self(prices, decisions)
        return self.service.copy()


def forbidden_columns(master: ColumnMaster, decisions: Sequence[Decision]) -> Bools:
    """Return which of the master's columns disobey, shape ``(columns,)``."""
    begin = master.blocks.begin
    result = np.zeros(len(master.service), bool)
    for decision in decisions:
        block = int(np.searchsorted(begin, decision.interval, side="right")) - 1
        inside = decision.interval - int(begin[block])
        serves = master.services(block)[:, inside] == decision.link
        result[master.columns[block]] |= serves != decision.served
    return result


def candidates(
    master: ColumnMaster, weight: Floats, delivered: Floats, most: int
) -> list[Decision]:
    """Return up to ``most`` decisions, of different blocks, that split what is mixed now.

    Within a block the mixed columns are parted by whether they serve ``n`` in ``a``, so that
    the mean bits of both parts differ most; ``weight`` has shape ``(columns,)``, ``delivered``
    ``(T,)``.
    """
    scale = 1.0 / np.maximum(np.abs(delivered), 1e-4 * master.unit)
    found: list[tuple[float, Decision]] = []
    for b, numbers in enumerate(master.columns):
        mixed = [j for j in numbers if j < weight.size and weight[j] > _SOME]
        if len(mixed) > 1:
            share = weight[mixed] / weight[mixed].sum()
            bits = np.array([master.delivered[j] for j in mixed])
            service = np.array([master.service[j] for j in mixed])
            score, interval, link = _best_split(share, bits, service, scale)
            if link >= 0:
                decision = Decision(int(master.blocks.begin[b]) + interval, link, served=True)
                found.append((score, decision))
    found.sort(key=lambda pair: -pair[0])
    return [decision for _, decision in found[:most]]


def _best_split(
    share: Floats, bits: Floats, service: Integers, scale: Floats
) -> tuple[float, int, int]:
    best = (0.0, -1, -1)
    tried: set[bytes] = set()
    for a in range(service.shape[1]):
        for n in set(service[:, a].tolist()) - {-1}:
            part = service[:, a] == n
            key = part.tobytes()
            if part.all() or key in tried:
                continue
            tried.add(key)
            inside = float(share[part].sum())
            with_n = share[part] @ bits[part] / inside
            without = share[~part] @ bits[~part] / (1.0 - inside)
            score = inside * (1.0 - inside) * float(((with_n - without) ** 2 * scale).sum())
            if score > best[0]:
                best = (score, a, n)
    return best
