"""Branch and bound over Lagrangian bounds: the duality gap closes as branching splits mixtures."""

import heapq
import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from qkdopt.arrays import Integers
from qkdopt.optimize.decomposition.annealing import CELL_S
from qkdopt.optimize.decomposition.branching_candidates import branching_candidates
from qkdopt.optimize.decomposition.node import Node
from qkdopt.optimize.decomposition.restricted_master import RestrictedMaster
from qkdopt.optimize.decomposition.verification_steps import VerificationSteps
from qkdopt.optimize.domain.branching import BranchingDecision, verifiable
from qkdopt.optimize.domain.pricing import LongestPath, PricingProblem
from qkdopt.optimize.exchange.parameters import USUAL, BranchAndBoundParameters
from qkdopt.optimize.objectives.base import Multipliers

_TINY = 1e-9
_NOTHING = 1e-15  # a product of two relative falls: less is none
_LABEL_S = 5e-9  # what a step of a labelled path takes
_PATH_S, _SOLVE_S, _COLUMN_S = 1e-4, 5e-4, 1e-6  # about what each takes


class BranchAndBound:
    """Best-first search; every moment's open nodes give a bound.

    ``value`` bounds all schedules, ``scale`` is the size of values that tolerances are relative to;
    ``stop`` is called before each linear programme; a node whose turn is cut short stays open.

    Attributes
    ----------
    parameters, root, expanded
        How long nodes are worked on, the whole tree, and how many nodes were split.
    effort_s
        About how long the work so far takes [s]; counted, not measured, so that what follows
        from it is the same on every machine.
    verification_steps
        About how many a verifier takes if all leaves have multipliers of their own.
    """

    def __init__(
        self,
        master: RestrictedMaster,
        pricing: PricingProblem,
        root: Multipliers,
        value: float,
        scale: float,
        stop: Callable[[], bool] = lambda: False,
        parameters: BranchAndBoundParameters = USUAL.branch_and_bound,
    ) -> None:
        self.master, self.pricing, self._stop = master, pricing, stop
        self.parameters = parameters
        self._scale = max(scale, _TINY)
        self._cells = master.objective.problem.bits.size
        self.expanded = 0
        self.effort_s = 0.0
        self._unresolved_bound = -np.inf
        self.root = Node((), root, value)
        self._steps = VerificationSteps(pricing)
        self.verification_steps = self._steps_of(self.root)
        self._open: list[tuple[float, int, Node]] = []
        self._pushed = 0
        self._promise = np.full(master.blocks.count, np.inf)
        self._push(self.root)

    @property
    def bound(self) -> float:
        """Largest value among the unsettled nodes, ``-inf`` when none is left."""
        return max(self._unresolved_bound, -self._open[0][0] if self._open else -np.inf)

    @property
    def exhausted(self) -> bool:
        """Whether no node is left to split."""
        return not self._open

    @property
    def stuck(self) -> bool:
        """Whether the bound is that of a node that cannot be split."""
        return self.bound == self._unresolved_bound > -np.inf

    def count_paths(self, paths: int) -> None:
        """Count the effort of so many longest paths."""
        labels = _LABEL_S * self.pricing.label_steps
        self.effort_s += paths * (_PATH_S + 2 * CELL_S * self._cells + labels)

    def _steps_of(self, node: Node) -> float:
        return self._steps.of([(0, node.multipliers.per_bit > 0.0, node.decisions)])

    def _push(self, node: Node) -> None:
        heapq.heappush(self._open, (-node.value, self._pushed, node))
        self._pushed += 1

    def expand(self, incumbent: float) -> Node:
        """Split the open node with the largest value; nodes at or below ``incumbent`` are settled.

        Returns the node, which keeps its mixture for the primal heuristics.
        """
        _, _, node = heapq.heappop(self._open)
        if node.lp_solution is None:
            self._solve(node, incumbent)
        if node.value <= incumbent:
            return node
        if self._stop():
            self._push(node)
            return node
        split = self._best_split(node, incumbent)
        if split is None and self._stop():
            self._push(node)
        elif split is None:
            self._unresolved_bound = max(self._unresolved_bound, node.value)
        else:
            node.branching, node.children = split
            self.expanded += 1
            self.verification_steps += sum(map(self._steps_of, node.children))
            self.verification_steps -= self._steps_of(node)
            for child in node.children:
                if child.value > incumbent:
                    self._solve(child, incumbent)
                if child.value > incumbent:
                    self._push(child)
        return node

    def _best_split(
        self, node: Node, incumbent: float
    ) -> tuple[BranchingDecision, list[Node]] | None:
        """Return the decision whose children's bounds fall most, by strong branching."""
        best: tuple[float, BranchingDecision, list[Node]] | None = None
        blocks, settings, in_vain = self.master.blocks, self.parameters, 0
        lowered = np.full(blocks.count, -1.0)  # -1: not tried
        for decision in self._candidates(node):
            if not verifiable((*node.decisions, decision)):
                continue
            children = [self._child(node, decision, served, incumbent) for served in (True, False)]
            product = math.prod(
                max((node.value - max(child.value, incumbent)) / self._scale, _TINY)
                for child in children
            )
            block = blocks.of(decision.first)
            lowered[block] = max(lowered[block], product if product > _NOTHING else 0.0)
            in_vain += 1
            if best is None or product > best[0]:
                best, in_vain = (product, decision, children), 0
            if all(child.value <= incumbent for child in children):
                break
            if self._stop():
                return None
            if in_vain == settings.lookahead:
                break
        np.copyto(self._promise, lowered, where=lowered >= 0.0)
        return None if best is None else best[1:]

    def _candidates(self, node: Node) -> list[BranchingDecision]:
        """Return decisions to try, those first whose blocks lowered bounds most when last tried."""
        found: list[BranchingDecision] = []
        settings = self.parameters
        if node.lp_solution is not None:
            found = branching_candidates(
                self.master, node.lp_solution, settings.candidates, self._promise,
                settings.of_block,
            )  # fmt: skip
        problem = self.master.objective.problem
        if (joined := problem.joined) is not None:
            tau = problem.tau
            found = [d for d in found if d.first == d.last or joined.within_block(d.first, tau)]
        if problem.receivers is not None:
            single = [d for d in found if d.first == d.last]  # a range has several satellites
            found = self.pricing.candidates(node.multipliers.per_bit, node.decisions) + single
        return found or self._undecided(node)

    def warm_start_from(self, other: Node, incumbent: float) -> None:
        """Begin with the branchings of another tree over the same blocks, solved anew.

        Decisions that split the schedules of one objective often split those of the next; nothing
        is kept of the other tree but its decisions.
        """
        self._open.clear()
        self.verification_steps = 0.0
        waiting = [(self.root, other)]
        while waiting:
            node, model = waiting.pop()
            if model.branching is not None and model.children:
                node.branching = model.branching
                node.children = [
                    Node(child.decisions, self.root.multipliers, self.root.value)
                    for child in model.children
                ]
                self.expanded += 1
                waiting += zip(node.children, model.children, strict=True)
                continue
            if not self._stop():
                self._solve(node, incumbent, strong=True)
            self.verification_steps += self._steps_of(node)
            if node.value > incumbent:
                self._push(node)

    def _undecided(self, node: Node) -> list[BranchingDecision]:
        """Return a decision that is still open, for where no mixture suggests one.

        What the best schedule serves comes first, then the cell of most bits: where prices are
        0 the best schedule serves no link, and still others may be better. Without an open
        cell there is one schedule left, which :meth:`best_service` returns.
        """
        cells = np.argwhere(self.pricing.undecided(node.decisions))
        if not cells.size:
            return []
        service = self.best_service(node)
        bits = self.master.objective.problem.bits[cells[:, 1], cells[:, 0]]
        served = service[cells[:, 0]] == cells[:, 1]
        a, n = cells[np.lexsort((-bits, ~served))[0]].tolist()
        return [BranchingDecision(a, a, n, served=True)]

    def best_service(self, node: Node) -> Integers:
        """Return a schedule of greatest value at a node's prices, shape ``(A,)``."""
        return self.pricing.best_service(node.multipliers.per_bit, node.decisions)

    def _child(
        self, node: Node, decision: BranchingDecision, served: bool, incumbent: float
    ) -> Node:
        decisions = (*node.decisions, replace(decision, served=served))
        child = Node(decisions, node.multipliers, node.value)
        self._solve(child, incumbent, strong=True)
        return child

    def _solve(self, node: Node, incumbent: float, *, strong: bool = False) -> None:
        """Lower a node's value by pricing and cutting until it is settled or hardly moves."""
        master, settings = self.master, self.parameters
        rounds, tolerance = settings.rounds, settings.tolerance
        if strong:
            rounds, tolerance = settings.strong_rounds, settings.strong_tolerance
        value, path = self._priced(node.multipliers, node.decisions)
        if path.receiver_price is not None:
            node.multipliers = replace(node.multipliers, receiver_price=path.receiver_price)
        node.value, node.lp_solution = min(node.value, value), None
        if node.value <= incumbent:
            return
        master.add_columns(path.delivered, path.service)
        master.restrict(node.decisions)
        for _ in range(rounds):
            if self._stop():
                return
            solution = master.solve()
            self.effort_s += _SOLVE_S + _COLUMN_S * len(master.service)
            if solution is None:
                return
            node.lp_solution = solution
            near = min(tolerance * self._scale, settings.part_of_gap * (node.value - incumbent))
            if node.value - solution.lp_value <= near:
                break
            new = 0
            for step in (settings.step, 1.0):
                trial = node.multipliers.towards(solution.multipliers, step)
                trial = replace(trial, receiver_price=node.multipliers.receiver_price)
                value, path = self._priced(trial, node.decisions)
                new = master.add_columns(path.delivered, path.service)
                if value < node.value:
                    trial = replace(trial, receiver_price=path.receiver_price)
                    node.value, node.multipliers = value, trial
                if node.value <= incumbent:
                    node.lp_solution = None
                    return
                if new:
                    break
            if not master.cut(solution, trial) and not new:
                break
        self._sharpen(node, incumbent)

    def _sharpen(self, node: Node, incumbent: float) -> None:
        """Try multipliers without the rounding of linear programmes where they might settle it."""
        solution = node.lp_solution
        if solution is None:
            return
        near = node.value - incumbent <= self.parameters.sharp * self._scale
        if not near and solution.lp_value > -math.inf:
            return  # where the mixture is not allowed, larger multipliers may settle the node
        objective = self.master.objective
        for vector in objective.sharpened(node.multipliers.vector, solution.delivered):
            trial = Multipliers(vector, objective, node.multipliers.receiver_price)
            value, path = self._priced(trial, node.decisions)
            if value < node.value:
                trial = replace(trial, receiver_price=path.receiver_price)
                node.value, node.multipliers = value, trial
        if node.value <= incumbent:
            node.lp_solution = None

    def _priced(
        self, multipliers: Multipliers, decisions: tuple[BranchingDecision, ...]
    ) -> tuple[float, LongestPath]:
        """Return the bound at some multipliers, and the path behind it."""
        self.count_paths(1)
        path = self.pricing(multipliers.per_bit, decisions, multipliers.receiver_price)
        return multipliers.bound(path.value), path
