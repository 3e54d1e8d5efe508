"""The proof that goes into a certificate: prices, or a tree of questions with prices below."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from qkdopt.optimize.solvers.decomposition.branching import BranchOracle
from qkdopt.optimize.solvers.decomposition.prices import Prices, rational
from qkdopt.optimize.solvers.decomposition.shares import Shares
from qkdopt.optimize.solvers.decomposition.tree import Node

__all__ = ["preorder", "proof_of_tree"]


def proof_of_tree(root: Node, oracle: BranchOracle, shares: Shares) -> tuple[dict[str, Any], int]:
    """Return the proof and the bound that it shows.

    The tree is written with every question before its two answers, first where the link is
    served: ``[interval, link]`` asks, a number names the prices that settle a leaf.
    """
    prices: list[dict[str, Any]] = []
    numbers: dict[int, int] = {}
    tree: list[list[int] | int] = []
    bound = shares.least_total  # without floors that of serving nobody
    for node in preorder(root):
        if node.question is not None:
            tree.append([node.question.interval, node.question.link])
            continue
        exact = rational(node.prices, shares)
        key = id(node.prices)
        if key not in numbers:
            numbers[key] = len(prices)
            prices.append(exact.stated())
        tree.append(numbers[key])
        value = oracle(Prices(1.0, 1.0 - exact.per_bit(shares)), node.decisions)
        if value > -np.inf:
            bound = max(bound, math.floor(Fraction(value) - exact.owed(shares)))
    if len(tree) == 1:
        return {"kind": "prices", **prices[0]}, bound
    return {"kind": "tree", "prices": prices, "tree": tree}, bound


def preorder(root: Node) -> Iterator[Node]:
    """Yield a node before its children, first child first."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(node.children))
