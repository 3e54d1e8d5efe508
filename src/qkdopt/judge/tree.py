"""Cases of a proof: a tree of questions about services, and prices for each leaf.

The tree is a list in which every question stands before its two answers.  ``[a, n]`` asks
whether active interval ``a`` serves link ``n``, ``[a, b, n]`` whether any from ``a`` to ``b``
does, both included; what follows first is about the schedules that do, then about those that do
not.  A whole number ends a branch and names its prices.  Every
schedule obeys exactly one leaf, because at each question it gives exactly one answer; so the
largest of the leaves' bounds bounds every schedule.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from qkdopt.errors import InputError
from qkdopt.judge.answering_path import Answer, demands_of
from qkdopt.judge.fields import Described, describe, members, whole
from qkdopt.judge.prices import Prices, read_prices
from qkdopt.judge.problem import Problem
from qkdopt.judge.settings import Settings

__all__ = ["Leaf", "read_leaves", "read_tree"]

_PARTS = (2, 3)  # of a question: active interval, or the first and the last one, and link
_MOST_OPEN = 10  # the work doubles with each


@dataclass(frozen=True)
class Leaf:
    """The schedules that give certain answers, and the prices that are to bound them.

    Attributes
    ----------
    answers
        To the questions on the way.
    """

    answers: tuple[Answer, ...]
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
) -> list[tuple[tuple[Answer, ...], int]]:
    """Return the answers at every end of a branch, and the number of the prices there.

    Raises
    ------
    InputError
        When the list is no tree.
    """
    if type(tree) is not list:
        raise InputError(where, describe(tree), "a list of questions and leaves")
    ends: list[tuple[tuple[Answer, ...], int]] = []
    waiting: list[tuple[Answer, ...]] = [()]
    long = [later - earlier > problem.tau for earlier, later in pairwise(problem.interval)]
    pieces = list(accumulate(long, initial=0))[: len(problem.interval)]
    for i, item in enumerate(tree):
        if not waiting:
            raise InputError(f"{where}[{i}]", describe(item), "the end of the list")
        answers = waiting.pop()
        if type(item) is list:
            first, last, n = _question(item, f"{where}[{i}]", pieces, len(problem.K))
            waiting.append((*answers, Answer(first, last, n, served=False)))
            waiting.append((*answers, Answer(first, last, n, served=True)))
        else:
            k = whole(item, f"{where}[{i}]", 0, n_prices, "a question, or the index of prices")
            if _most_open(answers) > _MOST_OPEN:
                most = f"at most {_MOST_OPEN} unmet demands at a time on the way to a leaf"
                raise InputError(f"{where}[{i}]", describe(item), most)
            ends.append((answers, k))
    if waiting:
        raise InputError(where, Described(f"{len(waiting):,} answers without a leaf"), "a tree")
    return ends


def _question(
    item: list[object], where: str, pieces: Sequence[int], links: int
) -> tuple[int, int, int]:
    """Return the first and the last active interval, and the link.

    All intervals of a question belong to one piece of the problem, whose number ``pieces`` says
    for each: between two of them there is no time for a hand-over and more.
    """
    if len(item) not in _PARTS:
        raise InputError(where, describe(item), "one or two active intervals and a link")
    *ends, n = item
    first, last = (
        whole(end, f"{where}[{i}]", 0, len(pieces), "an active interval's index")
        for i, end in enumerate((ends[0], ends[-1]))
    )
    if last < first or pieces[first] != pieces[last]:
        raise InputError(where, describe(item), "intervals in order, with no long gap between")
    return first, last, whole(n, f"{where}[{len(ends)}]", 0, links, "a link's index")


def _most_open(answers: tuple[Answer, ...]) -> int:
    """Return how many services are asked for in the same interval at most."""
    demands = demands_of(answers)
    firsts, lasts = sorted(x.first for x in demands), sorted(x.last for x in demands)
    return max((bisect_right(firsts, a) - bisect_left(lasts, a) for a in firsts), default=0)
