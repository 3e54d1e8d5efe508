"""The tree of a proof: questions about services.

``[a, n]`` asks whether active interval ``a`` serves link ``n``, ``[a, b, n]`` whether any from
``a`` to ``b`` does, both included.  The rest is as in ``branches``.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate, pairwise

from qkdopt.errors import InputError
from qkdopt.judge.answering_path import Answer, demands_of
from qkdopt.judge.branches import Way, read_branches
from qkdopt.judge.fields import describe, whole
from qkdopt.judge.problem import Problem

__all__ = ["read_tree"]

_PARTS = (2, 3)  # of a question: active interval, or the first and the last one, and link
_MOST_OPEN = 10  # the work doubles with each


def read_tree(
    tree: object, where: str, n_prices: int, problem: Problem
) -> list[tuple[Way[Answer] | None, int]]:
    """Return the way to every end of a branch, and the number of the prices there.

    Raises
    ------
    InputError
        When the list is no tree.
    """
    long = [later - earlier > problem.tau for earlier, later in pairwise(problem.interval)]
    pieces = list(accumulate(long, initial=0))[: len(problem.interval)]

    def question(item: list[object], place: str) -> tuple[Answer, Answer]:
        asked = _question(item, place, pieces, len(problem.K))
        return Answer(*asked, served=True), Answer(*asked, served=False)

    ends = read_branches(tree, where, n_prices, question, problem.budget)
    for way, k, i in ends:
        if way is not None and _most_open(list(way.answers())) > _MOST_OPEN:
            most = f"at most {_MOST_OPEN} unmet demands at a time on the way to a leaf"
            raise InputError(f"{where}[{i}]", describe(k), most)
    return [(way, k) for way, k, _ in ends]


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


def _most_open(answers: Sequence[Answer]) -> int:
    """Return how many services are asked for in the same interval at most."""
    demands = demands_of(answers)
    firsts, lasts = sorted(x.first for x in demands), sorted(x.last for x in demands)
    return max((bisect_right(firsts, a) - bisect_left(lasts, a) for a in firsts), default=0)
