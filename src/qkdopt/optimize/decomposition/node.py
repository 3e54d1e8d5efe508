"""A node of branch and bound."""

from __future__ import annotations

from dataclasses import dataclass, field

from qkdopt.optimize.decomposition.restricted_master import MasterSolution
from qkdopt.optimize.domain.branching import BranchingDecision
from qkdopt.optimize.objectives.base import Multipliers


@dataclass(eq=False)
class Node:
    """Schedules that obey some decisions, and the best multipliers known for them.

    Attributes
    ----------
    value
        No allowed schedule among them has a larger value.
    lp_solution
        The master's optimum there, or ``None`` when the node is settled.
    branching, children
        The decision on which it was split, and the nodes where it holds and where it does not.
    """

    decisions: tuple[BranchingDecision, ...]
    multipliers: Multipliers
    value: float
    lp_solution: MasterSolution | None = None
    branching: BranchingDecision | None = None
    children: list[Node] = field(default_factory=list)

    def pruned(self, bound: float) -> Node:
        """Return the subtree without what is not needed to prove ``bound``."""
        kept = Node(self.decisions, self.multipliers, self.value, branching=self.branching)
        if self.value <= bound:
            kept.branching = None
            return kept
        kept.children = [child.pruned(bound) for child in self.children]
        return kept
