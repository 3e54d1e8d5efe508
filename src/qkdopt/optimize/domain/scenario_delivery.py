"""What a schedule delivers in each of several cloud scenarios, and gains at prices of that."""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import ClassVar, Self

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.optimize.domain.delivery import Delivery
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.tensor.scenarios import Scenarios

_ROUNDING = 2.0**-53
_SUM_BITS = 62  # of whole sums in 64-bit integers


@dataclass(frozen=True, eq=False)
class ScenarioDelivery(Delivery):
    """The linear map from services to what ``G`` groups of links deliver in ``M`` scenarios.

    The number ``k G + g`` of the ``T = M G`` stands for group ``g`` in scenario ``k``.

    Attributes
    ----------
    position
        Group of each link, -1 for links that must not be served, shape ``(N,)``.
    scenarios
        Bits of each cell.
    factor
        What a bit of each link counts, whole, shape ``(N,)``.
    """

    scenarios: Scenarios
    factor: Integers
    by_link: ClassVar[bool] = False

    @classmethod
    def to_targets(cls, problem: SchedulingProblem, scenarios: Scenarios) -> Self:
        """Return the delivery to all targets of a problem."""
        target = np.array(problem.link_target, np.int64)
        groups = len(problem.targets)
        return cls(problem, target, len(scenarios) * groups, scenarios, np.ones_like(target))

    @classmethod
    def of_sum(cls, problem: SchedulingProblem, scenarios: Scenarios, factor: Integers) -> Self:
        """Return the weighted sum over all links: one group."""
        none = np.zeros(len(problem.links), np.int64)
        return cls(problem, none, len(scenarios), scenarios, factor)

    @property
    def groups(self) -> int:
        """How many groups there are."""
        return self.targets // len(self.scenarios)

    @cached_property
    def _cells(self) -> tuple[Integers, Integers, Integers]:
        """Link and interval of each cell, by group, and where the cells of each group begin."""
        link, row = np.nonzero(~self.never.T)
        order = np.argsort(self.position[link], kind="stable")
        link, row = link[order], row[order]
        return link, row, np.searchsorted(self.position[link], np.arange(self.groups + 1))

    @cached_property
    def cell(self) -> Integers:
        """Number of each cell, -1 for those that are not served, shape ``(A, N)``."""
        link, row, _ = self._cells
        cell = np.full(self.bits.shape, -1, np.int64)
        cell[row, link] = np.arange(link.size)
        return cell

    @cached_property
    def table(self) -> Integers:
        """What each cell delivers in each scenario, shape ``(C, M)``."""
        link, row, _ = self._cells
        bits = self.scenarios.bits[:, link, row].T * self.factor[link, np.newaxis]
        return np.ascontiguousarray(bits)

    @cached_property
    def amounts(self) -> Floats:
        """The same in floating point."""
        return self.table.astype(float)

    def _weighted(self, table: np.ndarray, prices: np.ndarray) -> np.ndarray:
        """Return the sum over scenarios of what cells deliver at prices, shape ``(C,)``."""
        by_group = np.ascontiguousarray(prices.reshape(-1, self.groups).T)
        parts = [
            table[a:z] @ price
            for (a, z), price in zip(pairwise(self._cells[2].tolist()), by_group, strict=True)
        ]
        return np.concatenate(parts) if parts else np.zeros(0, table.dtype)

    def _spread(self, of_cells: np.ndarray) -> np.ndarray:
        """Return numbers of cells where they are, 0 elsewhere, shape ``(A, N)``."""
        link, row, _ = self._cells
        spread = np.zeros(self.bits.shape, of_cells.dtype)
        spread[row, link] = of_cells
        return spread

    def at_targets(self, prices: Floats) -> Floats:
        """Return prices of what counts where each target has a price: shared by probability."""
        by_group = super().at_targets(prices)[: self.groups]
        return np.outer(np.array(self.scenarios.probability, float), by_group).ravel()

    def dearest(self, prices: Floats) -> float:
        """Return the most that a bit of some link earns that comes in all scenarios, or 0."""
        by_group = prices.reshape(-1, self.groups).sum(axis=0)
        return float((by_group[self.position] * self.factor).max(initial=0.0))

    def gains(self, prices: Floats) -> Floats:
        """Return what serving link ``n`` in ``a`` earns, shape ``(A, N)``, or a little more.

        Sums over scenarios are raised by more than they can be wrong.
        """
        worth = self._weighted(self.amounts, prices)
        size = (
            worth if prices.min(initial=0.0) >= 0.0 else self._weighted(self.amounts, abs(prices))
        )
        return self._spread(worth + size * ((len(self.scenarios) + 4) * _ROUNDING))

    def whole_gains(self, prices: Integers) -> Integers:
        """Return the same at whole prices of any size, exactly; shape ``(A, N)``."""
        largest = int(self.table.max(initial=1)) * len(self.scenarios)
        size = max(1, _SUM_BITS - largest.bit_length())
        left, total, shift = prices.astype(object), 0, 0
        while shift == 0 or left.any():
            limb = (left & (2**size - 1)).astype(np.int64)
            part = self._weighted(self.table, limb)
            left = left >> size
            if shift == 0 and not left.any():
                return self._spread(part)
            total = total + part.astype(object) * 2**shift
            shift += size
        return self._spread(np.asarray(total, object))

    def totals(self, service: Integers) -> Integers:
        """Return what services ``(A,)`` deliver, exactly; shape ``(M G,)``."""
        cell, _ = self._served(service)
        group = self.position[self._cells[0][cell]]
        return _sums(self.table[cell], group, self.groups).T.ravel()

    def by_block(self, service: Integers, begin: Integers) -> Floats:
        """Return what services deliver from each block, whole, shape ``(B, M G)``."""
        cell, row = self._served(service)
        block = np.searchsorted(begin, row, side="right") - 1
        place = block * self.groups + self.position[self._cells[0][cell]]
        blocks = begin.size - 1
        sums = _sums(self.amounts[cell], place, blocks * self.groups)
        by_scenario = sums.reshape(blocks, self.groups, len(self.scenarios)).transpose(0, 2, 1)
        return np.ascontiguousarray(by_scenario).reshape(blocks, self.targets)

    def _served(self, service: Integers) -> tuple[Integers, Integers]:
        """Return the cells that count among the services, and their intervals."""
        row = np.flatnonzero(service >= 0)
        cell = self.cell[row, service[row]]
        return cell[cell >= 0], row[cell >= 0]


def _sums(each: np.ndarray, place: Integers, places: int) -> np.ndarray:
    """Return the sums of rows by place, shape ``(places, M)``."""
    order = np.argsort(place, kind="stable")
    first = np.flatnonzero(np.diff(place[order], prepend=-1))
    sums = np.zeros((places, each.shape[1]), each.dtype)
    if first.size:
        sums[place[order[first]]] = np.add.reduceat(each[order], first, axis=0)
    return sums
