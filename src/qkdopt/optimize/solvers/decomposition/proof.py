"""The proof that goes into a certificate: prices, or a tree of questions with prices below."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from qkdopt.optimize.domain.pricing import PricingProblem
from qkdopt.optimize.solvers.decomposition.prices import RationalPrices, rational
from qkdopt.optimize.solvers.decomposition.shares import Shares
from qkdopt.optimize.solvers.decomposition.tree import Node

__all__ = ["preorder", "proof_of_tree"]

_TRIED = 24  # of the prices stated last


def proof_of_tree(
    root: Node, pricing: PricingProblem, shares: Shares, proved: float = -np.inf
) -> tuple[dict[str, Any], int]:
    """Return the proof and the bound that it shows.

    The tree is written with every question before its two answers, first where the link is
    served: ``[interval, link]`` asks, a number names the prices that settle a leaf. A leaf takes
    the prices of one before it where these show ``proved`` as well: the fewer prices there are,
    the more of the verifier's recounts serve several leaves.
    """
    stated: list[RationalPrices] = []
    tree: list[list[int] | int] = []
    bound = shares.least_total  # without floors that of serving nobody
    for node in preorder(root):
        if node.question is not None:
            tree.append(node.question.to_json())
            continue
        number, value = _shared(node, stated, pricing, shares, proved)
        if number == len(stated):
            stated.append(rational(node.prices, shares))
            value = _worth(stated[-1], node, pricing, shares)
        tree.append(number)
        if value > -np.inf:
            bound = max(bound, math.floor(value))
    prices = [exact.stated() for exact in stated]
    if len(tree) == 1:
        return {"kind": "prices", **prices[0]}, bound
    return {"kind": "tree", "prices": prices, "tree": tree}, bound


def _shared(
    node: Node,
    stated: list[RationalPrices],
    pricing: PricingProblem,
    shares: Shares,
    proved: float,
) -> tuple[int, float | Fraction]:
    """Return the number of prices that show ``proved`` in a leaf, and what they show."""
    for number in reversed(range(max(0, len(stated) - _TRIED), len(stated))):
        value = _worth(stated[number], node, pricing, shares)
        if value <= proved:
            return number, value
    return len(stated), -np.inf


def _worth(
    exact: RationalPrices, node: Node, pricing: PricingProblem, shares: Shares
) -> float | Fraction:
    value = pricing(exact.per_bit(shares), node.decisions).value
    return value if value == -np.inf else Fraction(value) - exact.owed(shares)


def preorder(root: Node) -> Iterator[Node]:
    """Yield a node before its children, first child first."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(node.children))
