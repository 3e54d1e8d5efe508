"""The tree of a proof: questions about services.

``[a, n]`` asks whether active interval ``a`` serves link ``n``, ``[a, b, n]`` whether any from
``a`` to ``b`` does, both included.  The rest is as in ``branches``.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from qkdopt.errors import InputError
from qkdopt.judge.blocks import block_numbers
from qkdopt.judge.branches import Way, read_branches
from qkdopt.judge.branching import BranchingConstraint, required_services
from qkdopt.judge.fields import describe, whole
from qkdopt.judge.problem import Problem

__all__ = ["read_tree"]

_PARTS = (2, 3)  # of a question: active interval, or the first and the last one, and link
_MOST_OPEN = 10  # the work doubles with each


def read_tree(
    tree: object, where: str, n_prices: int, problem: Problem
) -> list[tuple[Way[BranchingConstraint] | None, int]]:
    """Return the way to every end of a branch, and the number of the prices there.

    Raises
    ------
    InputError
        When the list is no tree.
    """
    blocks = block_numbers(problem)

    def question(item: list[object], place: str) -> tuple[BranchingConstraint, BranchingConstraint]:
        asked = _question(item, place, blocks, len(problem.K))
        return BranchingConstraint(*asked, served=True), BranchingConstraint(*asked, served=False)

    ends = read_branches(tree, where, n_prices, question, problem.budget)
    for way, k, i in ends:
        if way is not None and _most_open(list(way.answers())) > _MOST_OPEN:
            most = f"at most {_MOST_OPEN} unmet demands at a time on the way to a leaf"
            raise InputError(f"{where}[{i}]", describe(k), most)
    return [(way, k) for way, k, _ in ends]


def _question(
    item: list[object], where: str, blocks: Sequence[int], links: int
) -> tuple[int, int, int]:
    """Return the first and the last active interval, and the link.

    All intervals of a question belong to one block, whose number ``blocks`` says for each.
    """
    if len(item) not in _PARTS:
        raise InputError(where, describe(item), "one or two active intervals and a link")
    *ends, n = item
    first, last = (
        whole(end, f"{where}[{i}]", 0, len(blocks), "an active interval's index")
        for i, end in enumerate((ends[0], ends[-1]))
    )
    if last < first or blocks[first] != blocks[last]:
        raise InputError(where, describe(item), "intervals in order, with no long gap between")
    return first, last, whole(n, f"{where}[{len(ends)}]", 0, links, "a link's index")


def _most_open(answers: Sequence[BranchingConstraint]) -> int:
    """Return how many services are asked for in the same interval at most."""
    demands = required_services(answers)
    firsts, lasts = sorted(x.first for x in demands), sorted(x.last for x in demands)
    return max((bisect_right(firsts, a) - bisect_left(lasts, a) for a in firsts), default=0)
