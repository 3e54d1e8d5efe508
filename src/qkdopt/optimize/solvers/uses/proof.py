"""The proof that goes into a certificate: multipliers, or a tree of questions with multipliers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from qkdopt.optimize.domain.pricing import PricingProblem
from qkdopt.optimize.solvers.decomposition.proof import preorder
from qkdopt.optimize.solvers.decomposition.tree import Node
from qkdopt.optimize.solvers.uses.wants import BitPrices, rational_prices
from qkdopt.optimize.uses import Uses

__all__ = ["Stated", "proof_by_prices", "proof_by_tree"]

Stated = Callable[[Sequence[Fraction]], dict[str, Any]]
"""How a strategy states its multipliers, given the prices per bit."""


def proof_by_prices(exact: Sequence[Fraction], stated: Stated) -> dict[str, Any]:
    """Return the proof of one set of prices."""
    return {"kind": "prices", **stated(exact)}


def proof_by_tree(
    root: Node, pricing: PricingProblem, uses: Uses, stated: Stated
) -> tuple[dict[str, Any], Fraction | None]:
    """Return the proof and the bound that it shows, ``None`` when no schedule is left.

    Every question comes before its two answers, first where the link is served.
    """
    prices: list[dict[str, Any]] = []
    numbers: dict[int, int] = {}
    exacts: dict[int, tuple[Fraction, ...]] = {}
    tree: list[list[int] | int] = []
    bound: Fraction | None = None
    for node in preorder(root):
        if node.question is not None:
            tree.append(node.question.to_json())
            continue
        key = id(node.prices)
        if key not in numbers:
            numbers[key] = len(prices)
            exacts[key] = rational_prices(node.prices)
            prices.append(stated(exacts[key]))
        tree.append(numbers[key])
        exact = exacts[key]
        priced = BitPrices(np.array([float(p) for p in exact]), node.prices.wants)
        value = pricing(priced.per_bit, node.decisions).value
        if value > -np.inf:
            shown = Fraction(value) + uses.constant(exact)
            bound = shown if bound is None else max(bound, shown)
    if len(tree) == 1:
        return {"kind": "prices", **prices[0]}, bound
    return {"kind": "tree", "prices": prices, "tree": tree}, bound
