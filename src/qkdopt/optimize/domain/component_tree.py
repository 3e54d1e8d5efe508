"""Branch and bound over the cells of one component, at gains that do not change."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from qkdopt.arrays import Floats
from qkdopt.optimize.domain.component import Component, ComponentBound, Decisions
from qkdopt.optimize.domain.multipliers import ComponentProof

_NEAR = 0.9  # of a step: a leaf's bound that is nearer is rounded down to the value
_TRIED = 24  # of the prices written last
_MOST_PRICES = 400_000


@dataclass(eq=False)
class _Node:
    decisions: tuple[tuple[int, bool], ...]
    found: ComponentBound
    cell: int = -1
    children: list[_Node] = field(default_factory=list)

    def is_split(self, enough: float) -> bool:
        """Say whether its children are needed to show ``enough``."""
        return bool(self.children) and self.found.bound > enough

    def preorder(self, enough: float) -> Iterator[_Node]:
        """Yield what is needed of the tree to show ``enough``, first where a cell is served."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            if node.is_split(enough):
                waiting += reversed(node.children)


class ComponentTree:
    """The tree of a component; each node has prices of receivers of its own.

    Parameters
    ----------
    part, gain, root
        The component, the gains of its cells, and what is known without decisions.
    step
        Values are multiples of it.

    Attributes
    ----------
    value, served
        Of the best schedule so far.
    """

    def __init__(self, part: Component, gain: Floats, root: ComponentBound, step: float) -> None:
        self._part, self._gain, self._step = part, gain, step
        self._near = _NEAR * step
        self.value, self.served = root.value, root.served
        self.root = _Node((), root)
        self._open = [(-root.bound, 0, self.root)]
        self._unresolved, self._count = -math.inf, 1
        self._most = _MOST_PRICES / (1 + part.slots.size)

    @property
    def bound(self) -> float:
        """No schedule of the component gains more."""
        left = max(self._unresolved, -self._open[0][0] if self._open else -math.inf)
        rounded = math.floor(left / self._step + (1.0 - _NEAR) / 2) if left > -math.inf else 0
        return max(rounded * self._step, self.value)

    @property
    def done(self) -> bool:
        """Whether going on is of no use."""
        enough = self.value + self._near
        return not self._open or -self._open[0][0] <= enough or self._count > self._most

    def expand(self, stop: Callable[[], bool]) -> None:
        """Split the open node with the largest bound on a cell that is served in part."""
        node = heapq.heappop(self._open)[2]
        decided = {cell for cell, _ in node.decisions}
        mixed = [cell for cell in node.found.mixed.tolist() if cell not in decided]
        if not mixed:
            self._unresolved = max(self._unresolved, node.found.bound)
            return
        node.cell = mixed[0]
        for served in (True, False):
            decisions = (*node.decisions, (node.cell, served))
            found = self._part.bound(
                self._gain, decisions, node.found.price, self._near, self.served,
                enough=self.value + self._near,
            )  # fmt: skip
            node.children.append(_Node(decisions, found))
            if found.value > self.value:
                self.value, self.served = found.value, found.served
        if stop():  # bounds may be cut short
            node.children = []
            self._push(node)
            return
        for child in node.children:
            self._push(child)

    def _push(self, node: _Node) -> None:
        self._count += 1
        heapq.heappush(self._open, (-node.found.bound, self._count, node))

    def proof(self, number: int, gain: Floats, grid: float) -> ComponentProof:
        """Return the tree of component ``number``, with prices that later leaves share.

        ``gain`` of the cells and prices are whole multiples of ``grid``.
        """
        enough = max(self.bound, self.value + self._near)
        branches: list[int | None] = []
        leaves: list[tuple[Decisions, int]] = []
        kept: list[Floats] = []
        for node in self.root.preorder(enough):
            if node.is_split(enough):
                branches.append(node.cell)
                continue
            branches.append(None)
            tried = range(max(0, len(kept) - _TRIED), len(kept))
            for k in reversed(tried):
                bound = self._part.certified(gain, node.decisions, kept[k])
                if bound is None or bound <= enough:
                    break
            else:
                k = len(kept)
                kept.append(np.round(node.found.price / grid) * grid)
            leaves.append((node.decisions, k))
        return ComponentProof(number, tuple(branches), tuple(leaves), tuple(kept))
