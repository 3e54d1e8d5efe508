"""Branch and bound over the prices' bound: the duality gap closes as mixtures are split."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.optimize.domain.branching import BranchingDecision, verifiable
from qkdopt.optimize.domain.pricing import LongestPath, PricingProblem
from qkdopt.optimize.solvers.annealing import CELL_S
from qkdopt.optimize.solvers.decomposition.column_master import (
    ColumnMaster,
    MasterPoint,
    forbidden_columns,
)
from qkdopt.optimize.solvers.decomposition.multipliers import Multipliers
from qkdopt.optimize.solvers.decomposition.questions import candidates

__all__ = ["Node", "Tree"]

_STEP = 0.7
_STRONG = 40  # candidates tried before a branching is chosen
_STRONG_ROUNDS = 2
_STRONG_TOLERANCE = 1e-5
_ROUNDS = 25
_TOLERANCE = 1e-6
_PART_OF_GAP = 0.02  # between a node's value and the incumbent that may stay
_TINY = 1e-9
_LABEL_S = 5e-9  # what a step of a labelled path takes
_PATH_S, _SOLVE_S, _COLUMN_S = 1e-4, 5e-4, 1e-6  # about what each takes


@dataclass(eq=False)
class Node:
    """Schedules that obey some decisions, and the best prices known for them.

    Attributes
    ----------
    value
        No allowed schedule among them has a larger total [bits].
    mix
        The master's optimum there, or ``None`` when the node is settled.
    question, children
        The decision on which it was split, and the nodes where it holds and where it does not.
    """

    decisions: tuple[BranchingDecision, ...]
    prices: Any
    value: float
    mix: MasterPoint | None = None
    question: BranchingDecision | None = None
    children: list[Node] = field(default_factory=list)

    def attained(self, otherwise: Floats) -> Floats:
        """Return the bits of its mixture by target, shape ``(T,)``, where it has one."""
        return otherwise if self.mix is None else self.mix.delivered


class Tree:
    """Best-first search; every moment's open nodes give a bound.

    ``stop`` is asked before each linear programme; a node whose turn is cut short stays open.

    Attributes
    ----------
    root, expanded
        The whole tree, and how many nodes were split.
    effort_s
        About how long the work so far takes [s]; counted, not measured, so that what follows
        from it is the same on every machine.
    """

    def __init__(
        self,
        master: ColumnMaster,
        root: Multipliers,
        value: float,
        stop: Callable[[], bool] = lambda: False,
    ) -> None:
        self.master = master
        self._stop = stop
        self.pricing = PricingProblem(master.blocks)
        self._cells = master.shares.problem.bits.size
        self.expanded = 0
        self.effort_s = 0.0
        self._stuck = -np.inf
        self.root = Node((), root, value)
        self._open: list[tuple[float, int, Node]] = []
        self._pushed = 0
        self._push(self.root)

    @property
    def bound(self) -> float:
        """Largest value among the unsettled nodes, ``-inf`` when none is left [bits]."""
        return max(self._stuck, -self._open[0][0] if self._open else -np.inf)

    @property
    def exhausted(self) -> bool:
        """Whether no node is left to split."""
        return not self._open

    def _push(self, node: Node) -> None:
        heapq.heappush(self._open, (-node.value, self._pushed, node))
        self._pushed += 1

    def expand(self, incumbent: float) -> Node:
        """Split the open node with the largest value; nodes at or below ``incumbent`` are settled.

        Returns the node, which keeps its mixture for whoever looks for schedules.
        """
        _, _, node = heapq.heappop(self._open)
        if node.mix is None:
            self._solve(node, incumbent, _ROUNDS, _TOLERANCE)
        if node.value <= incumbent:
            return node
        if self._stop():
            self._push(node)
            return node
        tried: tuple[float, BranchingDecision, list[Node]] | None = None
        questions = [] if node.mix is None else self._asked_by(node.mix)
        for question in questions or self._undecided(node):
            if not verifiable((*node.decisions, question)):
                continue
            children = [self._child(node, question, served, incumbent) for served in (True, False)]
            gains = [
                max(node.value - max(child.value, incumbent), _TINY * self.master.unit)
                for child in children
            ]
            if tried is None or gains[0] * gains[1] > tried[0]:
                tried = (gains[0] * gains[1], question, children)
            if all(child.value <= incumbent for child in children):
                break
            if self._stop():
                self._push(node)
                return node
        if tried is None:
            self._stuck = max(self._stuck, node.value)
        else:
            _, node.question, node.children = tried
            self.expanded += 1
            for child in node.children:
                if child.value > incumbent:
                    self._solve(child, incumbent, _ROUNDS, _TOLERANCE)
                if child.value > incumbent:
                    self._push(child)
        return node

    def replant(self, other: Node, incumbent: float) -> None:
        """Begin with the questions of another tree over the same blocks, answered anew.

        Whatever parts the schedules of one aim often parts those of the next; nothing is kept
        of the other tree but its questions.
        """
        self._open.clear()
        waiting = [(self.root, other)]
        while waiting:
            node, model = waiting.pop()
            if model.question is not None and model.children:
                node.question = model.question
                node.children = [
                    Node(child.decisions, self.root.prices, self.root.value)
                    for child in model.children
                ]
                self.expanded += 1
                waiting += zip(node.children, model.children, strict=True)
                continue
            if not self._stop():
                self._solve(node, incumbent, _STRONG_ROUNDS, _STRONG_TOLERANCE)
            if node.value > incumbent:
                self._push(node)

    def _asked_by(self, mix: MasterPoint) -> list[BranchingDecision]:
        return candidates(self.master, mix.weight, mix.delivered, _STRONG)

    def _undecided(self, node: Node) -> list[BranchingDecision]:
        """Return a question that is still open, for where no mixture asks one.

        What the best schedule serves comes first, then the cell of most bits: where prices are
        0 the best schedule serves nobody, and still others may be worth more. Without an open
        cell there is one schedule left, which :meth:`best` returns.
        """
        undecided = self.pricing.undecided(node.decisions)
        cells = np.argwhere(undecided)
        if not cells.size:
            return []
        service = self.best(node)
        bits = self.master.shares.problem.bits[cells[:, 1], cells[:, 0]]
        served = service[cells[:, 0]] == cells[:, 1]
        a, n = cells[np.lexsort((-bits, ~served))[0]].tolist()
        return [BranchingDecision(a, a, n, served=True)]

    def best(self, node: Node) -> Integers:
        """Return a schedule of greatest worth at a node's prices, shape ``(A,)``."""
        return self.pricing.best_service(node.prices.per_bit, node.decisions)

    def rounded(self, node: Node) -> Integers:
        """Return the schedule of each block's most used column, shape ``(A,)``."""
        if node.mix is None:
            return np.zeros(0, np.int64)
        master, weight = self.master, node.mix.weight
        known = [[j for j in numbers if j < weight.size] for numbers in master.columns]
        chosen = [max(numbers, key=weight.__getitem__) for numbers in known]
        return np.concatenate([master.service[j] for j in chosen])

    def _child(
        self, node: Node, question: BranchingDecision, served: bool, incumbent: float
    ) -> Node:
        decision = replace(question, served=served)
        child = Node((*node.decisions, decision), node.prices, node.value)
        self._solve(child, incumbent, _STRONG_ROUNDS, _STRONG_TOLERANCE)
        return child

    def _solve(self, node: Node, incumbent: float, rounds: int, tolerance: float) -> None:
        """Lower a node's value by pricing and cutting until it is settled or hardly moves."""
        master, shares = self.master, self.master.shares
        value, path = self._priced(node.prices, node.decisions)
        node.value = min(node.value, value)
        node.mix = None
        if node.value <= incumbent:
            return
        master.add_columns(path.delivered, path.service)
        master.forbid(forbidden_columns(master, node.decisions))
        for _ in range(rounds):
            if self._stop():
                return
            point = master.solve()
            self.effort_s += _SOLVE_S + _COLUMN_S * len(master.service)
            if point is None:
                return
            node.mix = point
            near = min(tolerance * master.unit, _PART_OF_GAP * (node.value - incumbent))
            if node.value - point.attained <= near:
                return
            new = 0
            for step in (_STEP, 1.0):
                trial = node.prices.towards(point.prices, step).tightened(shares)
                value, path = self._priced(trial, node.decisions)
                new = master.add_columns(path.delivered, path.service)
                if value < node.value:
                    node.value, node.prices = value, trial
                if node.value <= incumbent:
                    node.mix = None
                    return
                if new:
                    break
            if not master.cut(point, trial) and not new:
                return

    def _priced(
        self, prices: Any, decisions: tuple[BranchingDecision, ...]
    ) -> tuple[float, LongestPath]:
        self.effort_s += _PATH_S + 2 * CELL_S * self._cells + _LABEL_S * self.pricing.label_steps
        path = self.pricing(prices.per_bit, decisions)
        return float(path.value + prices.constant), path

    def proof(self, bound: float) -> Node:
        """Return the tree without what is not needed to show ``bound`` [bits]."""
        return _pruned(self.root, bound)


def _pruned(node: Node, bound: float) -> Node:
    """Cut below every node that shows ``bound`` by itself."""
    kept = Node(node.decisions, node.prices, node.value, question=node.question)
    if node.value <= bound:
        kept.question = None
        return kept
    kept.children = [_pruned(child, bound) for child in node.children]
    return kept
