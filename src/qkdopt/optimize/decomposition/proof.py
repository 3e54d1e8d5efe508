"""The proof that goes into a certificate: multipliers, or a tree with multipliers below."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from qkdopt.optimize.decomposition.column_generation import LagrangianBound
from qkdopt.optimize.decomposition.node import Node
from qkdopt.optimize.domain.pricing import PricingProblem
from qkdopt.optimize.objectives.base import ConcaveObjective, RationalMultipliers

_MOST_PRICES = 400_000  # of shared receivers, in all leaves
_TRIED = 24  # of the multipliers written last


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
    root: Node,
    pricing: PricingProblem,
    objective: ConcaveObjective,
    proved: float,
    value: Fraction | None,
) -> tuple[Fraction | None, dict[str, object]]:
    """Return the bound that a tree shows, given the incumbent's value, and its proof.

    A bound of ``None`` says that no schedule is allowed.
    """
    proof, shown = proof_by_tree(root, pricing, objective, proved)
    if value is None and (shown is None or shown < objective.least_value):
        return None, proof
    bounds = [x for x in (shown, value) if x is not None]
    return objective.round_down(max(bounds)), proof


def proof_by_tree(
    root: Node, pricing: PricingProblem, objective: ConcaveObjective, proved: float = -np.inf
) -> tuple[dict[str, object], Fraction | None]:
    """Return the proof and the bound that it shows, ``None`` when no schedule is left.

    Every branching comes before its two answers, first where the link is served: ``[interval,
    link]`` is a branching, a number names the multipliers that settle a leaf. A leaf takes
    the multipliers of one before it where these show ``proved`` as well: the fewer there are,
    the more longest paths of the verifier serve several leaves. Once there are too many prices of
    shared receivers, it takes those before it that show most.
    """
    kept: list[RationalMultipliers] = []
    room = _MOST_PRICES
    tree: list[list[int] | int] = []
    bound: Fraction | None = None
    for node in _preorder(root):
        if node.branching is not None:
            tree.append(node.branching.to_json())
            continue
        number, value = _shared(node, kept, pricing, objective, proved)
        if not kept or (value is not None and value > proved and room > 0):
            found, number = node.multipliers, len(kept)
            kept.append(pricing.rational(objective.rational(found.vector), found.receiver_price))
            value = _bound(kept[-1], node, pricing, objective)
            prices = kept[-1].receiver_price
            room -= 0 if prices is None else int(np.count_nonzero(prices))
        tree.append(number)
        if value is not None:
            bound = value if bound is None else max(bound, value)
    least = objective.least_value if bound is None else objective.round_down(bound)
    written = [
        {**objective.written(exact.numbers, least), **pricing.written(exact)} for exact in kept
    ]
    if len(tree) == 1:
        return {"kind": "prices", **written[0]}, bound
    return {"kind": "tree", "prices": written, "tree": tree}, bound


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
    for number in reversed(range(max(0, len(kept) - _TRIED), len(kept))):
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
