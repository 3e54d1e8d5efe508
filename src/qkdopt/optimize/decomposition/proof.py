"""The proof that goes into a certificate: multipliers, or a tree with multipliers below."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from qkdopt.arrays import Bools
from qkdopt.optimize.decomposition.branch_and_bound import BranchAndBound
from qkdopt.optimize.decomposition.column_generation import LagrangianBound
from qkdopt.optimize.decomposition.node import Node
from qkdopt.optimize.decomposition.verification_steps import VerificationSteps
from qkdopt.optimize.domain.branching import BranchingDecision
from qkdopt.optimize.domain.pricing import PricingProblem
from qkdopt.optimize.objectives.base import ConcaveObjective, RationalMultipliers

_MOST_PRICES = 400_000  # of shared receivers, in all leaves
TRIED = 24
"""Of the multipliers written last, so many may serve a leaf as well."""

_FEWER = 0.9  # of the nodes that a verifier has time for


def proof_by_list(
    root: LagrangianBound, value: Fraction | None
) -> tuple[Fraction | None, dict[str, object]]:
    """Return bound and proof where no schedule is better than ``value``, ``None`` without any.

    Multipliers that show it by themselves need no list.
    """
    objective = root.multipliers.objective
    if value is None:
        return None, root.proof()
    bound = objective.round_down(value + objective.rounding)
    if bound >= root.value:
        return root.value, root.proof()
    written = objective.written(root.exact.numbers, bound)
    return bound, {"kind": "prices", **written, "deliveries": True}


def better_by_tree(
    tree: BranchAndBound, objective: ConcaveObjective, proved: float, value: Fraction | None
) -> tuple[Fraction | None, dict[str, object]]:
    """Return the bound that a tree shows, given the incumbent's value, and its proof.

    A bound of ``None`` says that no schedule is allowed. Nodes that prove no less than ``proved``
    are left out, and of the others those of least value, until a verifier has time for them.
    """
    while True:
        kept = tree.root.pruned(proved)
        found = _TreeProof.create(kept, tree.pricing, objective, proved)
        steps = found.verification_steps(tree.pricing)
        if steps <= tree.parameters.proof_steps or not kept.children:
            break
        split = sorted(node.value for node in _preorder(kept) if node.children)
        proved = split[-max(1, int(len(split) * _FEWER * tree.parameters.proof_steps / steps))]
    shown, proof = found.bound, found.written(tree.pricing, objective)
    if value is None and (shown is None or shown < objective.least_value):
        return None, proof
    bounds = [x for x in (shown, value) if x is not None]
    return objective.round_down(max(bounds)), proof


def steps_of_tree(tree: BranchAndBound, objective: ConcaveObjective, proved: float) -> float:
    """Return about how many steps a verifier takes where a tree proves a bound."""
    found = _TreeProof.create(tree.root.pruned(proved), tree.pricing, objective, proved)
    return found.verification_steps(tree.pricing)


@dataclass(frozen=True, eq=False)
class _TreeProof:
    """A tree in preorder, and the multipliers of its leaves.

    Attributes
    ----------
    items
        Every branching comes before its two answers, first where the link is served: ``[interval,
        link]`` is a branching, a number names the multipliers that settle a leaf.
    kept
        The multipliers. A leaf takes those of one before it where these show what is to be proved
        as well: the fewer there are, the more longest paths of the verifier serve several leaves.
    leaves
        Which multipliers each has, what they give a price, and its decisions.
    bound
        What is shown, ``None`` when no schedule is left.
    """

    items: list[list[int] | int]
    kept: list[RationalMultipliers]
    leaves: list[tuple[int, Bools, tuple[BranchingDecision, ...]]]
    bound: Fraction | None

    @classmethod
    def create(
        cls, root: Node, pricing: PricingProblem, objective: ConcaveObjective, proved: float
    ) -> _TreeProof:
        """Return the proof by a tree.

        Once there are too many prices of shared receivers, a leaf takes the multipliers before it
        that show most.
        """
        kept: list[RationalMultipliers] = []
        room, items, leaves = _MOST_PRICES, list[list[int] | int](), []
        bound: Fraction | None = None
        for node in _preorder(root):
            if node.branching is not None:
                items.append(node.branching.to_json())
                continue
            number, value = _shared(node, kept, pricing, objective, proved)
            if not kept or (value is not None and value > proved and room > 0):
                found, number = node.multipliers, len(kept)
                own = objective.rational(found.vector)
                kept.append(pricing.rational(own, found.receiver_price))
                value = _bound(kept[-1], node, pricing, objective)
                prices = kept[-1].receiver_price
                room -= 0 if prices is None else int(np.count_nonzero(prices))
            items.append(number)
            priced = np.array([price > 0 for price in kept[number].per_bit])
            leaves.append((number, priced, node.decisions))
            if value is not None:
                bound = value if bound is None else max(bound, value)
        return cls(items, kept, leaves, bound)

    def verification_steps(self, pricing: PricingProblem) -> float:
        """Return about how many steps a verifier takes."""
        return VerificationSteps(pricing).of(self.leaves)

    def written(self, pricing: PricingProblem, objective: ConcaveObjective) -> dict[str, object]:
        """Return the proof as a certificate has it."""
        shown = self.bound
        least = objective.least_value if shown is None else objective.round_down(shown)
        written = [
            {**objective.written(exact.numbers, least), **pricing.written(exact)}
            for exact in self.kept
        ]
        if len(self.items) == 1:
            return {"kind": "prices", **written[0]}
        return {"kind": "tree", "prices": written, "tree": self.items}


def _shared(
    node: Node,
    kept: list[RationalMultipliers],
    pricing: PricingProblem,
    objective: ConcaveObjective,
    proved: float,
) -> tuple[int, Fraction | None]:
    """Return the number of multipliers that show ``proved`` in a leaf, and what they show.

    Where none do, those of the last ones that show most.
    """
    best: tuple[int, Fraction | None] = -1, None
    for number in reversed(range(max(0, len(kept) - TRIED), len(kept))):
        value = _bound(kept[number], node, pricing, objective)
        if value is None or value <= proved:
            return number, value
        if best[1] is None or value < best[1]:
            best = number, value
    return best


def _bound(
    exact: RationalMultipliers, node: Node, pricing: PricingProblem, objective: ConcaveObjective
) -> Fraction | None:
    """Return what a leaf's schedules do not exceed, ``None`` when there are none."""
    longest = pricing.certified(exact, node.decisions)
    if longest is None:
        return None
    return Fraction(objective.bound(longest, exact.constant, exact.numbers))


def _preorder(root: Node) -> Iterator[Node]:
    """Yield a node before its children, first child first."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(node.children))
