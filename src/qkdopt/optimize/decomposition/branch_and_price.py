"""Branch and price: bound, schedules and branching in turns, until bound and incumbent meet."""

import math
from collections.abc import Callable, Iterator
from fractions import Fraction

import numpy as np

from qkdopt.arrays import Integers
from qkdopt.certificates import Ended, ended_at
from qkdopt.deadline import Deadline
from qkdopt.optimize.decomposition import primal_heuristics as primal
from qkdopt.optimize.decomposition.branch_and_bound import BranchAndBound
from qkdopt.optimize.decomposition.column_generation import LagrangianBound, lagrangian_bound
from qkdopt.optimize.decomposition.column_walks import walks_for
from qkdopt.optimize.decomposition.growing import GrowingTree
from qkdopt.optimize.decomposition.infeasibility import proves_infeasible
from qkdopt.optimize.decomposition.listing import Lists
from qkdopt.optimize.decomposition.milp_heuristic import heuristics_with_milp
from qkdopt.optimize.decomposition.node import Node
from qkdopt.optimize.decomposition.proof import better_by_tree
from qkdopt.optimize.decomposition.service_bound import service_bound
from qkdopt.optimize.decomposition.turns import Turns
from qkdopt.optimize.exchange.parameters import USUAL, SolverParameters
from qkdopt.optimize.objectives.base import ConcaveObjective
from qkdopt.optimize.prices_file import StartingPrices
from qkdopt.optimize.schedule import IDLE, Schedule

_MOST_EXPANDED = 300  # nodes split when there is no time limit

Report = Callable[[float | None, float | None], None]
"""Receives the incumbent's value and a bound, ``None`` where there is none or no change."""


class BranchAndPrice:
    """A run for one objective; complete at every moment, so that it can be stopped at any.

    Parameters
    ----------
    objective
        What is maximised, and over which problem.
    start
        A schedule that may be the first incumbent.
    branching
        A tree over the same problem whose decisions are tried first.
    feasibility_only, brief
        Whether any feasible schedule suffices; whether to do everything once only, for compiling.
    parameters
        Tuning constants of bound, tree and heuristics.

    Attributes
    ----------
    incumbent
        The best schedule, or none while none is allowed.
    bound, proof
        The proved bound and what proves it; ``None`` in the end: no schedule is allowed.
    reason, prices
        Why nothing can be delivered, if so; where multipliers begin, set before the work.
    ended, done, lists, listed
        How it ended, and whether it has; whether deliveries and plans may be listed, and which are.
    """

    def __init__(
        self,
        objective: ConcaveObjective,
        *,
        seed: int = 0,
        deadline: Deadline | None = None,
        report: Report = lambda value, bound: None,
        start: Schedule | None = None,
        branching: Node | None = None,
        feasibility_only: bool = False,
        brief: bool = False,
        parameters: SolverParameters = USUAL,
    ) -> None:
        self.objective, self._report, self.feasibility_only = objective, report, feasibility_only
        self._deadline = deadline or Deadline()
        self._out_of_time = self._deadline.expired
        self._branching, self._brief, self._parameters = branching, brief, parameters
        self.incumbent, self.reason = primal.Incumbent(), objective.infeasible_because()
        self.bound: Fraction | None = None
        self.proof: dict[str, object] = {}
        self.ended, self.done, self.lists = Ended.FINISHED, False, not brief
        self.prices: StartingPrices | None = None
        self.root: LagrangianBound | None = None
        self._of_services: LagrangianBound | None = None
        self._tree: BranchAndBound | None = None
        self.listed = Lists(objective, parameters.branch_and_bound)
        self._heuristics: primal.PrimalHeuristics | None = None
        self._turns, self._looked_s, self._random = Turns(), 0.0, np.random.default_rng(seed)
        self._steps = self._work()
        self.try_incumbent(np.full(objective.problem.interval.size, IDLE, np.int64))
        if start is not None:
            self.try_incumbent(start.service)

    @property
    def effort_s(self) -> float:
        """About how long the work so far takes [s]; counted, not measured."""
        return self._looked_s + (0.0 if self._tree is None else self._tree.effort_s)

    @property
    def nodes(self) -> int:
        """How many nodes were split."""
        return 0 if self._tree is None else self._tree.expanded

    @property
    def branching(self) -> Node | None:
        """The tree that its proof needs, ``None`` without any."""
        if self._tree is None or not self._tree.expanded:
            return None
        return self._tree.root.pruned(max(self._tree.bound, self._pruning_value()))

    def solve(self, effort_s: float = math.inf) -> None:
        """Work until bound and incumbent meet, time is up, or so much has been done in all.

        Called again it goes on where it was. A longer run goes the way of a shorter one, farther.
        """
        while not self.done and (self.bound is None or self.effort_s < effort_s):
            self.done = next(self._steps, None) is None
            if self._out_of_time() and not (self.done and self.closed()):
                self.ended, self.done = ended_at(self._deadline), True
        if (self.done or self.feasibility_only) and self._heuristics is not None:
            self._heuristics.close()

    def closed(self) -> bool:
        """Say whether the gap is closed, or the incumbent suffices."""
        if self.reason or self.bound is None:
            return self.root is not None
        if self.feasibility_only and self.incumbent.schedule is not None:
            return True
        met = self.objective.met(self.bound, self.incumbent.value)
        return met or (self._tree is not None and self._tree.bound <= self._pruning_value())

    def _work(self) -> Iterator[bool]:
        """Yield between two pieces of work."""
        objective = self.objective
        walks = walks_for(objective, self._random, self._out_of_time)
        self.root = root = lagrangian_bound(
            objective, deadline=self._deadline, on_bound=self._on_bound, prices=self.prices,
            on_schedule=self.try_incumbent, parameters=self._parameters, walks=walks,
        )  # fmt: skip
        if self.incumbent.schedule is None:  # under locks: the fewest bits that there can be
            self.try_incumbent(root.pricing.best_service(-np.ones(objective.delivery.targets)))
        self.bound = root.value
        lower = service_bound(root, self.try_incumbent, self._sated)
        self.bound, self.proof, self._of_services = lower.value, lower.proof, lower.root
        yield True
        none = self.incumbent.schedule is None
        if none and proves_infeasible(objective, lower.value, self._deadline):
            self.bound = None
        elif not self.closed() and not self._list():
            context = primal.HeuristicContext(
                lower.root, self.incumbent, self._random, self.try_incumbent, self._out_of_time,
                self._deadline, self._parameters, brief=self._brief, lumpy=lower.lumpy,
            )  # fmt: skip
            self._heuristics = heuristics_with_milp(objective, context)
            self._looked_s += self._heuristics.begin(self._sated)
            yield True
            if self._list():
                return
            yield from self._improve(lower.tree, self._heuristics)

    def _improve(
        self, root: LagrangianBound, heuristics: primal.PrimalHeuristics
    ) -> Iterator[bool]:
        """Take turns until bound and value meet, time is up, or the tree is large enough."""
        work, turns = heuristics.work, self._turns
        first = 1 if self._brief else work.first_runs if work.branching else math.inf
        while turns.runs < first and not heuristics.exhausted:
            if (self._sated() or self._list()) and not self._brief:
                return
            self._look(None)
            yield True
        if not work.branching:
            self.ended = Ended.ITERATION_LIMIT
            return
        if self._sated() or self._list():
            return
        tree = (growing := self._grow(root)).tree
        turns.begin(work, self.effort_s)
        node: Node | None = None
        while not self.closed() and not (tree.exhausted and turns.runs):
            full = growing.full(self._pruning_value())
            if tree.expanded >= self._most_expanded(ends=full and turns.runs > 0):
                self.ended = Ended.ITERATION_LIMIT
                return
            if self._out_of_time() or self._list():
                return
            near = work.is_near(self.incumbent.value, self.bound, self.objective.least_value)
            if full or turns.due(work, tree, self.effort_s, near=near):
                self._look(node)
            else:
                node = self._branch(tree, heuristics)
                growing.tighten(self._pruning_value(), self.try_incumbent)
                if growing.spent(self._most_expanded()):
                    self._take_proof()
                    growing.begin_plain()
                self._tree = tree = growing.tree
            yield True

    def _list(self) -> bool:
        """List deliveries, or plans, where these are few; say whether the gap is closed."""
        if self.root is None or self.bound is None or not self.lists or self.closed():
            return False
        asked = self.bound, self.incumbent, self.try_incumbent, self._out_of_time, self.effort_s
        found = self.listed.lower(self.root, self._of_services or self.root, *asked)
        self._looked_s += self.listed.spent_s
        if found is not None:
            self.bound, self.proof = found
            self._on_bound(None if self.bound is None else float(self.bound))
        if self.bound is None or self.objective.met(self.bound, self.incumbent.value):
            self._tree = None
        return self.closed()

    def _most_expanded(self, *, ends: bool = False) -> float:
        most = math.inf if self._deadline.limit_s is not None else 0 if ends else _MOST_EXPANDED
        return 1 if self._brief else most

    def _grow(self, root: LagrangianBound) -> GrowingTree:
        """Return the tree, which begins at the root or with the branchings of another."""
        growing = GrowingTree(root, self.root or root, self._out_of_time, self._parameters)
        self._tree = growing.tree
        if self._branching is not None:
            self._tree.warm_start_from(self._branching, self._pruning_value())
        return growing

    def _branch(self, tree: BranchAndBound, heuristics: primal.PrimalHeuristics) -> Node:
        """Split a node, and round its mixture."""
        node = tree.expand(self._pruning_value())
        self._on_bound(min(tree.bound, float(self.bound or math.inf)))
        if self._out_of_time():
            return node  # with more time its mixture would be another
        if node.branching is None and node.value > self._pruning_value():
            self.try_incumbent(tree.best_service(node))
        if node.lp_solution is not None:
            rounded = tree.master.rounded(node.lp_solution)
            self.try_incumbent(rounded)  # completing may lose a match
            if (completed := heuristics.complete(rounded)) is not None:
                self.try_incumbent(completed)
        return node

    def _look(self, node: Node | None) -> None:
        """Run the heuristics once more, at a node's multipliers."""
        heuristics, root, before = self._heuristics, self.root, self.incumbent.value
        if heuristics is None or root is None:
            return
        multipliers = root.multipliers if node is None else node.multipliers
        mixture = None if node is None else node.lp_solution
        delivered = root.delivered if mixture is None else mixture.delivered
        effort_s = heuristics.run(multipliers, delivered)
        self._looked_s += effort_s
        work, tree, bound = heuristics.work, self._tree, float(self.bound or 0)
        bound = bound if tree is None else min(bound, tree.bound)
        much = work.is_much(before, self.incumbent.value, bound)
        self._turns.count(work, effort_s, better=much)

    def _sated(self) -> bool:
        return self.closed() or self._out_of_time()

    def _pruning_value(self) -> float:
        return self.objective.pruning_value(self.incumbent.value)

    def finish(self) -> None:
        """Put the tree's bound and proof into the result, if they are better than the root's.

        A run that ended by itself with a gap has not finished: it had nothing left to try.
        """
        self._take_proof()
        value, bound = self.incumbent.value, self.bound
        if self.ended is Ended.FINISHED and bound is not None and not self.reason:
            gap = value is None or not self.objective.met(bound, value)
            if gap and not (self.feasibility_only and value is not None):
                self.ended = Ended.ITERATION_LIMIT

    def _take_proof(self) -> None:
        tree, value = self._tree, self.incumbent.value
        if tree is None or self.bound is None or not (tree.expanded or tree.exhausted):
            return
        kept = max(tree.bound, self._pruning_value())
        bound, proof = better_by_tree(tree, self.objective, kept, value)
        if bound is None or bound < self.bound:
            self.bound, self.proof = bound, proof

    def try_incumbent(self, service: Integers) -> None:
        """Take a schedule as the incumbent if it is allowed and better."""
        schedule = Schedule(np.array(service, np.int64))
        if schedule.service.shape != self.objective.problem.interval.shape:
            return
        value = self.objective.value(self.objective.delivered(schedule).tolist())
        known = self.incumbent.value
        if value is None or (known is not None and value <= known):
            return
        if not schedule.is_legal(self.objective.problem):
            return  # walks, lists and completion ignore operations
        self.incumbent.schedule, self.incumbent.value = schedule, value
        self._on_bound(None)

    def _on_bound(self, bound: float | None) -> None:
        value = self.incumbent.value
        self._report(None if value is None else float(value), bound)
