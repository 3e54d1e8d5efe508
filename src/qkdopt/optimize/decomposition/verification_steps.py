"""About how many steps a verifier takes with trees and lists: proofs have to end soon."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from qkdopt.arrays import Bools, Floats
from qkdopt.optimize.decomposition.service_bound import ServicePaths
from qkdopt.optimize.domain.branching import BranchingDecision, needed
from qkdopt.optimize.domain.pricing import PricingProblem

_PER_CELL, _PER_LABEL, _PER_SERVICE = 4.0, 8.0, 2.5
_PER_DECISION, _PER_BLOCK = 20.0, 4.0

_BITS_PER_STEP, _BITS_PER_RESULT, _BITS_OF_TARGET = 2000, 800, 32  # in a verifier

_Leaf = tuple[int, Bools, Sequence[BranchingDecision]]


class VerificationSteps:
    """The steps of a verifier that computes longest paths block by block, anew for each leaf.

    What is known of a block for the same multipliers and decisions is not computed again. Walks
    keep schedules apart by the required services that have taken place: each that is open in an
    interval doubles their number there.
    """

    def __init__(self, pricing: PricingProblem) -> None:
        blocks = pricing.blocks
        delivery = blocks.delivery
        cells = ((delivery.problem.bits.T > 0) & ~delivery.never).sum(axis=1)
        self._labels = max(1.0, pricing.label_steps / max(1, int(cells.sum())))
        self._blocks, self._cells = blocks, cells
        self._services = pricing.lengths() if isinstance(pricing, ServicePaths) else None

    def of(self, leaves: Iterable[_Leaf]) -> float:
        """Return the steps of some leaves.

        Each has the number of its multipliers, which targets have a price, shape ``(T,)``, and the
        decisions on the way to it.
        """
        known, total = dict[object, tuple[Floats, Floats]](), 0.0
        for number, priced, decisions in leaves:
            total += _PER_BLOCK * self._blocks.count + _PER_DECISION * len(decisions)
            if number not in known:
                known[number] = self._of_blocks(priced)
                total += float(known[number][0].sum())
            own, walked = known[number]
            for block, inside in self._by_block(decisions).items():
                key = number, block, frozenset(inside)
                if key not in known:
                    known[key] = known[number]
                    total += own[block] + self._restricted(walked, block, inside)
        return total

    def _of_blocks(self, priced: Bools) -> tuple[Floats, Floats]:
        """Return the steps of each block, shape ``(B,)``, and of each interval of a longer walk."""
        own, walked = _PER_CELL * (1.0 + self._cells), _PER_LABEL * (1.0 + self._cells)
        if self._services is not None:
            walked = _PER_SERVICE * (self._services @ priced + self._cells)
            own += walked
        by_block = np.add.reduceat(np.append(own, 0.0), self._blocks.begin)[:-1]
        return self._labels * by_block, self._labels * walked

    def _by_block(
        self, decisions: Sequence[BranchingDecision]
    ) -> dict[int, list[BranchingDecision]]:
        inside: dict[int, list[BranchingDecision]] = {}
        for d in decisions:
            inside.setdefault(self._blocks.of(d.first), []).append(d)
        return inside

    def _restricted(
        self, walked: Floats, block: int, decisions: Sequence[BranchingDecision]
    ) -> float:
        """Return the further steps of one block's walk that decisions cost."""
        begin, end = self._blocks.begin[block : block + 2].tolist()
        labels = np.ones(end - begin)
        for d in needed(decisions):
            labels[d.first - begin : d.last + 1 - begin] *= 2.0
        copied = _PER_CELL * float((1.0 + self._cells[begin:end]).sum())
        anew = labels - 1.0 if self._services is not None else np.where(labels > 1.0, labels, 0.0)
        return copied + float(walked[begin:end] @ anew)


@dataclass
class VerifierSteps:
    """About how many steps a verifier takes with lists, or some more.

    As ``qkdopt.verifier.plans`` counts them; it drops labels of earlier intervals sooner.
    """

    targets: int
    size: int
    total: float = 0.0
    rows: int = 0

    @property
    def look(self) -> int:
        """How many steps it takes to look at all multipliers together."""
        return 1 + self.size // _BITS_PER_STEP

    @property
    def kept(self) -> float:
        """About how many results it keeps at a time, at most."""
        return self.rows * (3.0 + (self.size + _BITS_OF_TARGET * self.targets) / _BITS_PER_RESULT)

    def cells(self, count: int, services: int) -> None:
        """Count what can be gained after each interval and cell of a block, by so many services."""
        self.hold(2 * count)
        self.total += (1 + self.look) * (10.0 * count + services)

    def grown(self, pairs: int, found: int) -> None:
        """Count pairs of labels or plans, of which so many may be good enough."""
        self.hold(found)
        self.total += pairs * self.look + found * (9.0 + (3 + self.targets / 2.0) * self.look)

    def hold(self, rows: int) -> None:
        """Count rows that are there at a time."""
        self.rows = max(self.rows, rows)

    def priced(self, rows: int) -> None:
        """Count rows of which those that gain too little are dropped."""
        self.total += 1.0 + rows * (2.0 + self.look)

    def compared(self, rows: int) -> None:
        """Count rows of which those below another one are dropped."""
        self.total += 5.0 * rows * self.targets
