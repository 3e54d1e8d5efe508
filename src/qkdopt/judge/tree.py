"""Cases of a proof: a tree of questions about services, and prices for each leaf.

The tree is a list in which every question stands before its two answers.  ``[a, n]`` asks
whether active interval ``a`` serves link ``n``; what follows first is about the schedules that
do, then about those that do not.  A whole number ends a branch and names its prices.  Every
schedule obeys exactly one leaf, because at each question it gives exactly one answer; so the
largest of the leaves' bounds bounds every schedule.
"""

from __future__ import annotations

from dataclasses import dataclass

from qkdopt.errors import InputError
from qkdopt.judge.fields import Described, describe, members, whole
from qkdopt.judge.prices import Prices, read_prices
from qkdopt.judge.problem import Problem
from qkdopt.judge.settings import Settings

__all__ = ["Leaf", "read_leaves", "read_tree"]

_PARTS = 2  # of a question: active interval and link


@dataclass(frozen=True)
class Leaf:
    """The schedules that give certain answers, and the prices that are to bound them.

    Attributes
    ----------
    answers
        Pairs of a question ``(a, n)`` and whether ``a`` serves ``n``.
    """

    answers: tuple[tuple[int, int, bool], ...]
    prices: Prices


def read_leaves(
    proof: dict[str, object], where: str, problem: Problem, settings: Settings
) -> tuple[Leaf, ...]:
    """Return the leaves of a proof of kind ``prices`` (a single one) or ``tree``.

    Raises
    ------
    InputError
        When prices are malformed, or the list is no tree.
    """
    n_targets = len(problem.targets)
    names = ("a", "mu", "nu") if settings.floors else ("a", "mu")
    if proof["kind"] == "prices":
        members(proof, where, ("kind", *names))
        return (Leaf((), read_prices(proof, where, n_targets)),)
    members(proof, where, ("kind", "prices", "tree"))
    stated = proof["prices"]
    if type(stated) is not list or not stated:
        raise InputError(f"{where}.prices", describe(stated), "a list of prices")
    prices = [
        read_prices(members(item, f"{where}.prices[{i}]", names), where, n_targets)
        for i, item in enumerate(stated)
    ]
    ends = read_tree(proof["tree"], f"{where}.tree", len(prices), problem)
    return tuple(Leaf(answers, prices[k]) for answers, k in ends)


def read_tree(
    tree: object, where: str, n_prices: int, problem: Problem
) -> list[tuple[tuple[tuple[int, int, bool], ...], int]]:
    """Return the answers at every end of a branch, and the number of the prices there.

    Raises
    ------
    InputError
        When the list is no tree.
    """
    if type(tree) is not list:
        raise InputError(where, describe(tree), "a list of questions and leaves")
    ends: list[tuple[tuple[tuple[int, int, bool], ...], int]] = []
    waiting: list[tuple[tuple[int, int, bool], ...]] = [()]
    for i, item in enumerate(tree):
        if not waiting:
            raise InputError(f"{where}[{i}]", describe(item), "the end of the list")
        answers = waiting.pop()
        if type(item) is list:
            if len(item) != _PARTS:
                raise InputError(f"{where}[{i}]", describe(item), "an interval and a link")
            intervals, links = len(problem.interval), len(problem.K)
            a = whole(item[0], f"{where}[{i}][0]", 0, intervals, "an active interval's index")
            n = whole(item[1], f"{where}[{i}][1]", 0, links, "a link's index")
            waiting.append((*answers, (a, n, False)))
            waiting.append((*answers, (a, n, True)))
        else:
            k = whole(item, f"{where}[{i}]", 0, n_prices, "a question, or the index of prices")
            ends.append((answers, k))
    if waiting:
        raise InputError(where, Described(f"{len(waiting):,} answers without a leaf"), "a tree")
    return ends
