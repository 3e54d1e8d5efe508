"""``decomposition``: prices from the relaxation, exact bounds, a tree over passes where needed."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from qkdopt.certificates import Ended, ended_at, ended_by
from qkdopt.contact.bound import NO_CASE, Case, PriceList, Pricer
from qkdopt.contact.candidates import candidates_of
from qkdopt.contact.intervals import best_together
from qkdopt.contact.problem import ContactProblem
from qkdopt.contact.relaxation import Point, Relaxation
from qkdopt.contact.schedule import ContactSchedule, best_assignment
from qkdopt.contact.subgradient import first_prices
from qkdopt.deadline import Deadline

__all__ = ["Decomposed", "Progress", "decompose_contacts"]

# Called now and then with (seconds, incumbent or None, bound or None).
Progress = Callable[[float, float | None, float | None], None]

_WHOLE = 1e-6
_NEAR = 1e-9
_MOST_ROUNDS = 6
_USE_STEPS = 2**20


@dataclass
class Node:
    """A case of the tree: its bound with the prices that prove it, and its two halves."""

    case: Case
    prices: PriceList
    bound: int | None
    split: int | None = None
    halves: tuple[Node, Node] | None = None


@dataclass(frozen=True)
class Decomposed:
    """What the search left; `tree` proves `bound`.

    Attributes
    ----------
    root_bound
        The bound before any branching.
    nodes
        Solved cases.
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
) -> Decomposed:
    """Return the best schedule found, the bound, and the tree of prices that proves it.

    Exact: value and bound are equal when the search ends by itself. Ctrl-C and the deadline
    end it earlier, with what there is.
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
        self.pricer = Pricer(problem)
        self.relaxation = Relaxation(
            problem, candidates_of(problem), self.pricer.exclusions, deadline
        )
        self.best = ContactSchedule(())
        self.value = 0
        self.nodes = 0
        self.pushed = 0
        self.waiting: list[tuple[int, int, Node]] = []

    def run(self) -> Decomposed:
        built = self.deadline.elapsed()
        root = Node(NO_CASE, PriceList(), None)
        root.bound = self._bound(PriceList(), NO_CASE)
        ended, root_bound = Ended.FINISHED, root.bound or 0
        try:
            root.prices, root.bound = first_prices(self.pricer, self._offer, self.deadline.expired)
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
                self._tell(node)
        except KeyboardInterrupt as stopped:
            ended = ended_by(stopped, self.deadline)
        bound = max(_bounds(root), default=0)
        if ended == Ended.FINISHED and bound > self.value:  # a solve was cut short, or gave up
            ended = ended_at(self.deadline) if self.deadline.expired() else Ended.ITERATION_LIMIT
        seconds = {"build": built, "solve": self.deadline.elapsed() - built}
        return Decomposed(
            ended,
            self.best,
            self.value,
            max(bound, self.value),
            root_bound,
            self.nodes,
            root,
            seconds,
        )

    def _next(self, node: Node) -> Node | None:
        """Return the better half of a case, so that the next solve begins near; else the best."""
        halves = [h for h in node.halves or () if h.bound is not None and h.bound > self.value]
        halves.sort(key=lambda half: half.bound or 0)
        for half in halves[:-1]:
            self.pushed += 1
            heapq.heappush(self.waiting, (-(half.bound or 0), self.pushed, half))
        if halves:
            return halves[-1]
        while self.waiting:
            bound, _, best = heapq.heappop(self.waiting)
            if -bound > self.value:
                return best
        return None

    def _solve(self, node: Node) -> None:
        """Find prices for the case, and halve it when they do not settle it."""
        self.nodes += 1
        point = self.relaxation.solve(node.case)
        if point is None:
            if not self.deadline.expired():
                self._halve(node, self._widest(node.case))
            return
        self._round(point)
        self._improve(node, point)
        rounds = 0
        # Twenty digits need refinement wherever doubles cannot tell bound and incumbent apart.
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
            self._halve(node, self._fractional(point))

    def _improve(self, node: Node, point: Point) -> None:
        prices = self.relaxation.prices(point)
        priced = self.pricer.bound(prices, node.case)
        if priced is None:
            node.bound = None
            return
        self._offer(priced.passes)
        if node.bound is None or priced.bound < node.bound:
            node.prices = prices  # first: an interrupt between the two leaves a true claim
            node.bound = priced.bound

    def _halve(self, node: Node, p: int | None) -> None:
        if p is None:
            return
        node.split = p
        halves = []
        for case in (
            Case(node.case.used | {p}, node.case.unused),
            Case(node.case.used, node.case.unused | {p}),
        ):
            prices = self._crowded(case) or node.prices
            halves.append(Node(case, prices, self._bound(prices, case)))
        node.halves = (halves[0], halves[1])

    def _bound(self, prices: PriceList, case: Case) -> int | None:
        priced = self.pricer.bound(prices, case)
        return None if priced is None else priced.bound

    def _crowded(self, case: Case) -> PriceList | None:
        """Return prices that show that a node has too few targets for its used passes.

        By Hall's theorem that is so only if the used passes without volume are more than the
        targets that need no key, or all used passes more than all targets. A price above the
        value of everything, on just these targets, pushes the bound below 0.
        """
        problem = self.problem
        everything = sum(priority for priority in problem.priority) * max(problem.key_factor) + 1
        for node, passes in enumerate(problem.node_passes):
            used = [p for p in passes if p in case.used]
            plain = [t for t in problem.node_targets[node] if not problem.needs_key[t]]
            if sum(not problem.passes.volume[p] for p in used) > len(plain):
                return PriceList(1, dict.fromkeys(plain, everything))
            if len(used) > len(problem.node_targets[node]):
                return PriceList(1, dict.fromkeys(problem.node_targets[node], everything))
        return None

    def _fractional(self, point: Point) -> int | None:
        """Return the pass whose use is nearest to one half; ``None`` when all are whole."""
        doubt = np.minimum(point.use, 1 - point.use)
        p = int(doubt.argmax()) if doubt.size else 0
        return p if doubt.size and doubt[p] > _WHOLE else None

    def _widest(self, case: Case) -> int | None:
        """Return a pass that the case leaves open, where the relaxation gave no answer."""
        return next(iter(self.pricer.exclusions.left(case.used, case.unused) or ()), None)

    def _round(self, point: Point) -> None:
        """Offer the passes that fit together and are used most in the relaxation."""
        use = [int(x * _USE_STEPS) for x in point.use.tolist()]
        self._offer(best_together(self.problem, use, range(len(use)))[1])

    def _offer(self, passes: Sequence[int]) -> int:
        found = best_assignment(self.problem, passes)
        value = found.value(self.problem)
        if value > self.value:
            self.best, self.value = found, value
        return self.value

    def _tell(self, node: Node | None) -> None:
        if self.progress is not None:
            unit = 10.0**-self.problem.decimals
            bounds = [-item[0] for item in self.waiting[:1]]
            bounds += [] if node is None else [node.bound or 0]
            seconds = self.deadline.elapsed()
            self.progress(seconds, self.value * unit, max(bounds, default=self.value) * unit)


def _bounds(node: Node) -> list[int]:
    """Return the bounds at the ends of all branches that hold a schedule."""
    found, stack = [], [node]
    while stack:
        item = stack.pop()
        if item.halves is not None:
            stack += item.halves
        elif item.bound is not None:
            found.append(item.bound)
    return found
