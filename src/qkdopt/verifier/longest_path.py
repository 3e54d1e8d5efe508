"""The verifier's only optimisation: the most that any schedule can gain."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable

from qkdopt.verifier.blocks import Block, ConstrainedBlock, Gains, constrained, cut, stream
from qkdopt.verifier.branching import BranchingConstraint
from qkdopt.verifier.budget import size_factor
from qkdopt.verifier.plain_path import PlainWalk, longest_path_with_services
from qkdopt.verifier.problem import Problem
from qkdopt.verifier.resource_path import longest_resource_path
from qkdopt.verifier.resources import Resources

__all__ = ["LongestPath"]

_MOST_REMEMBERED = 1_000_000


class LongestPath:
    """The maximum over all schedules of the sum of gains of the served cells.

    A schedule is any choice of one schedule for each block, so the longest path is the sum of
    the blocks' own.  Leaves of a tree differ in a few blocks: what was found for the same gains
    and constraints in a block is not computed again.

    Parameters
    ----------
    problem
        Any switching time, ``tau = 0`` included; any operations; gaps in time count as idle.
    """

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._resources = Resources(problem)
        self._blocks: list[Block] = []
        self._firsts: list[int] = []
        self._constrained: dict[tuple[int, frozenset[BranchingConstraint]], ConstrainedBlock] = {}
        self._known: dict[Gains, dict[object, int | None]] = {}
        self._remembered = 0

    def most(self, gains: Gains, constraints: Iterable[BranchingConstraint] = ()) -> int | None:
        """Return the maximum over the schedules that obey branching constraints.

        Parameters
        ----------
        constraints
            Intervals of one constraint belong to one block.

        Returns
        -------
        int or None
            Exact; ``None`` when there is no such schedule.
        """
        if self._resources.impossible:
            return None
        budget, constraints = self._problem.budget, tuple(constraints)
        if not (self._blocks or constraints or self._resources.needed):
            return self._streamed(gains)
        if not self._blocks:
            self._blocks = cut(self._problem)
            self._firsts = [block.first for block in self._blocks]
        budget.spend(4 * len(self._blocks) + len(gains.per_bit))
        factor = size_factor(gains.per_bit)
        inside: dict[int, list[BranchingConstraint]] = {}
        for x in constraints:
            first = self._firsts[bisect_right(self._firsts, x.first) - 1]
            inside.setdefault(first, []).append(x)
        known = self._known.setdefault(gains, {})
        total = 0
        for block in self._blocks:
            key = block.first, frozenset(inside.get(block.first, ()))
            if key not in known:
                known[key] = self._inside(block, gains, key[1], factor)
            most = known[key]
            if most is None:
                return None
            total += most
        return total

    def _streamed(self, gains: Gains) -> int:
        """Return the maximum where nothing asks for blocks, without storing any cell."""
        problem, n_links = self._problem, self._resources.n_links
        factor = size_factor(gains.per_bit)
        problem.budget.spend(2 * (n_links + 1) * len(problem.interval) * factor)
        if not n_links:
            return 0
        served, values = stream(problem, gains)
        walk = PlainWalk(problem.interval, problem.tau, [0] * n_links)
        return walk.go(served, values)

    def _inside(
        self,
        block: Block,
        gains: Gains,
        constraints: frozenset[BranchingConstraint],
        factor: int,
    ) -> int | None:
        self._problem.budget.spend(4 * factor * (len(block.bits) + len(block.times)))
        values, resources = gains.inside(block), self._resources
        if not constraints and not resources.needed:
            return self._plain_walk(block).go(block.served, values)
        case = self._case(block, constraints)
        if not case.n_required and not resources.needed:
            return self._plain_walk(case).go(case.served, case.gains(values))
        if not resources.needed:
            plain, budget = self._plain_walk(case), self._problem.budget
            return longest_path_with_services(plain, case, case.gains(values), budget, factor)
        return longest_resource_path(resources, case, case.gains(values), factor)

    def _plain_walk(self, block: Block | ConstrainedBlock) -> PlainWalk:
        return PlainWalk(block.times, self._resources.tau, [0] * self._resources.n_links)

    def _case(self, block: Block, constraints: frozenset[BranchingConstraint]) -> ConstrainedBlock:
        """Return the schedules of a block that obey constraints, remembering some of them."""
        key = block.first, constraints
        if key not in self._constrained:
            size, length = len(block.bits), len(block.times) if constraints else 0
            spans = sum(x.last + 1 - x.first for x in constraints)
            self._problem.budget.spend(4 * size + len(constraints) * 4 + 4 * spans + length)
            self._remembered += size + len(constraints) + spans
            if self._remembered > _MOST_REMEMBERED:
                self._constrained.clear()
                self._known.clear()
                self._remembered = 0
            self._constrained[key] = constrained(block, constraints)
        return self._constrained[key]
