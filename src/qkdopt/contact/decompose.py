"""``decomposition``: branch and bound over passes with exact Lagrangian bounds.

The multipliers come from the duals of the linear relaxation.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from qkdopt.certificates import Ended, ended_at, ended_by
from qkdopt.contact.bound import ROOT, Branch, LagrangianRelaxation, Multipliers
from qkdopt.contact.candidates import candidates_of
from qkdopt.contact.intervals import best_compatible
from qkdopt.contact.problem import ContactProblem
from qkdopt.contact.relaxation import Point, Relaxation
from qkdopt.contact.schedule import ContactSchedule, best_assignment
from qkdopt.contact.subgradient import subgradient_multipliers
from qkdopt.deadline import Deadline
from qkdopt.mip.exchange import Progress

_WHOLE = 1e-6
_NEAR = 1e-9
_MOST_ROUNDS = 6
_USE_STEPS = 2**20


@dataclass
class Node:
    """A node of the tree: branching decisions, bound, the multipliers that prove it, children."""

    branch: Branch
    multipliers: Multipliers
    bound: int | None
    pass_fixed: int | None = None
    children: tuple[Node, Node] | None = None


@dataclass(frozen=True)
class BranchAndBoundResult:
    """Result of the branch and bound; `tree` proves `bound`.

    Attributes
    ----------
    root_bound
        The bound of the root node.
    nodes
        Nodes solved.
    """

    ended: Ended
    schedule: ContactSchedule
    value: int
    bound: int
    root_bound: int
    nodes: int
    tree: Node
    seconds: dict[str, float] = field(default_factory=dict)


def decompose_contacts(
    problem: ContactProblem,
    deadline: Deadline | None = None,
    progress: Progress | None = None,
    most_nodes: int | None = None,
) -> BranchAndBoundResult:
    """Return the incumbent, the bound, and the tree of multipliers that proves it.

    Exact: value and bound are equal when the search is not interrupted. Ctrl-C and the deadline
    end it with the incumbent and bound of that moment.
    """
    return _Search(problem, deadline or Deadline(), progress, most_nodes).run()


class _Search:
    def __init__(
        self,
        problem: ContactProblem,
        deadline: Deadline,
        progress: Progress | None,
        most_nodes: int | None,
    ) -> None:
        self.deadline = deadline
        self.problem, self.progress = problem, progress
        self.most_nodes = most_nodes
        self.lagrangian = LagrangianRelaxation(problem)
        self.relaxation = Relaxation(
            problem, candidates_of(problem), self.lagrangian.exclusions, deadline
        )
        self.incumbent = ContactSchedule(())
        self.value = 0
        self.nodes = 0
        self.pushed = 0
        self.waiting: list[tuple[int, int, Node]] = []

    def run(self) -> BranchAndBoundResult:
        built = self.deadline.elapsed()
        root = Node(ROOT, Multipliers(), None)
        root.bound = self._bound(Multipliers(), ROOT)
        ended, root_bound = Ended.FINISHED, root.bound or 0
        try:
            root.multipliers, root.bound = subgradient_multipliers(
                self.lagrangian, self._try_incumbent, self.deadline.expired
            )
            root_bound = root.bound
            node: Node | None = root if root_bound > self.value else None
            while node is not None:
                if self.deadline.expired():
                    ended = ended_at(self.deadline)
                    break
                if self.most_nodes is not None and self.nodes >= self.most_nodes:
                    ended = Ended.ITERATION_LIMIT
                    break
                self._solve(node)
                root_bound = root.bound or 0 if self.nodes == 1 else root_bound
                node = self._next(node)
                self._report(node)
        except KeyboardInterrupt as stopped:
            ended = ended_by(stopped, self.deadline)
        bound = max(_bounds(root), default=0)
        if ended == Ended.FINISHED and bound > self.value:  # a solve was cut short, or gave up
            ended = ended_at(self.deadline) if self.deadline.expired() else Ended.ITERATION_LIMIT
        seconds = {"build": built, "solve": self.deadline.elapsed() - built}
        return BranchAndBoundResult(
            ended,
            self.incumbent,
            self.value,
            max(bound, self.value),
            root_bound,
            self.nodes,
            root,
            seconds,
        )

    def _next(self, node: Node) -> Node | None:
        """Return the better child (depth first), or else the open node of the best bound."""
        children = [h for h in node.children or () if h.bound is not None and h.bound > self.value]
        children.sort(key=lambda child: child.bound or 0)
        for child in children[:-1]:
            self.pushed += 1
            heapq.heappush(self.waiting, (-(child.bound or 0), self.pushed, child))
        if children:
            return children[-1]
        while self.waiting:
            bound, _, best = heapq.heappop(self.waiting)
            if -bound > self.value:
                return best
        return None

    def _solve(self, node: Node) -> None:
        """Bound the node; branch when the bound does not prune it."""
        self.nodes += 1
        point = self.relaxation.solve(node.branch)
        if point is None:
            if not self.deadline.expired():
                self._branch(node, self._undecided(node.branch))
            return
        self._round(point)
        self._improve(node, point)
        rounds = 0
        # Twenty digits need refinement wherever bound and incumbent are equal as doubles.
        while (
            node.bound is not None
            and node.bound > self.value
            and point.value <= self.value * (1 + _NEAR)
            and rounds < _MOST_ROUNDS
        ):
            refined = self.relaxation.refined(point)
            if refined is None:
                break
            point, rounds = refined, rounds + 1
            self._improve(node, point)
        if node.bound is not None and node.bound > self.value:
            self._branch(node, self._fractional(point))

    def _improve(self, node: Node, point: Point) -> None:
        multipliers = self.relaxation.multipliers(point)
        priced = self.lagrangian.bound(multipliers, node.branch)
        if priced is None:
            node.bound = None
            return
        self._try_incumbent(priced.passes)
        if node.bound is None or priced.bound < node.bound:
            node.multipliers = multipliers  # first: an interrupt in between leaves a valid bound
            node.bound = priced.bound

    def _branch(self, node: Node, p: int | None) -> None:
        if p is None:
            return
        node.pass_fixed = p
        children = []
        for branch in (
            Branch(node.branch.used | {p}, node.branch.unused),
            Branch(node.branch.used, node.branch.unused | {p}),
        ):
            multipliers = self._hall_violation(branch) or node.multipliers
            children.append(Node(branch, multipliers, self._bound(multipliers, branch)))
        node.children = (children[0], children[1])

    def _bound(self, multipliers: Multipliers, branch: Branch) -> int | None:
        priced = self.lagrangian.bound(multipliers, branch)
        return None if priced is None else priced.bound

    def _hall_violation(self, branch: Branch) -> Multipliers | None:
        """Return multipliers that prove a branch infeasible: too few targets for its used passes.

        By Hall's theorem that is the case only if the used passes without volume are more than the
        targets that need no key, or all used passes more than all targets. A multiplier above the
        value of everything, on just these targets, pushes the bound below 0.
        """
        problem = self.problem
        everything = sum(priority for priority in problem.priority) * max(problem.key_factor) + 1
        for node, passes in enumerate(problem.node_passes):
            used = [p for p in passes if p in branch.used]
            plain = [t for t in problem.node_targets[node] if not problem.needs_key[t]]
            if sum(not problem.passes.volume[p] for p in used) > len(plain):
                return Multipliers(1, dict.fromkeys(plain, everything))
            if len(used) > len(problem.node_targets[node]):
                return Multipliers(1, dict.fromkeys(problem.node_targets[node], everything))
        return None

    def _fractional(self, point: Point) -> int | None:
        """Return the pass whose use is nearest to one half; ``None`` when all are whole."""
        doubt = np.minimum(point.use, 1 - point.use)
        p = int(doubt.argmax()) if doubt.size else 0
        return p if doubt.size and doubt[p] > _WHOLE else None

    def _undecided(self, branch: Branch) -> int | None:
        """Return a pass that is not fixed, for a relaxation that HiGHS did not solve."""
        return next(iter(self.lagrangian.exclusions.left(branch.used, branch.unused) or ()), None)

    def _round(self, point: Point) -> None:
        """Primal heuristic: round the relaxation to compatible passes."""
        use = [int(x * _USE_STEPS) for x in point.use.tolist()]
        self._try_incumbent(best_compatible(self.problem, use, range(len(use)))[1])

    def _try_incumbent(self, passes: Sequence[int]) -> int:
        found = best_assignment(self.problem, passes)
        value = found.value(self.problem)
        if value > self.value:
            self.incumbent, self.value = found, value
        return self.value

    def _report(self, node: Node | None) -> None:
        if self.progress is not None:
            unit = 10.0**-self.problem.decimals
            bounds = [-item[0] for item in self.waiting[:1]]
            bounds += [] if node is None else [node.bound or 0]
            seconds = self.deadline.elapsed()
            self.progress(seconds, self.value * unit, max(bounds, default=self.value) * unit)


def _bounds(node: Node) -> list[int]:
    """Return the bounds of all feasible leaves."""
    found, stack = [], [node]
    while stack:
        item = stack.pop()
        if item.children is not None:
            stack += item.children
        elif item.bound is not None:
            found.append(item.bound)
    return found
