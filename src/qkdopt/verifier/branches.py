"""Trees of questions: the answers on the way to every leaf, and the prices that it names.

A tree is a list in which every question stands before its two answers: what follows first is
about the schedules that answer yes, then about those that answer no.  A whole number ends a
branch and names its prices.  Every schedule gives one answer to each question, so it obeys
exactly one leaf; the largest of the leaves' bounds bounds every schedule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from qkdopt.errors import InputError
from qkdopt.verifier.budget import Budget
from qkdopt.verifier.fields import Described, describe, list_of, whole

__all__ = ["Way", "read_branches"]

T = TypeVar("T")
_STEPS_PER_ANSWER = 20


@dataclass(frozen=True, eq=False, slots=True)
class Way(Generic[T]):
    """The answers on the way to a node of a tree: the last one, and the way before it.

    Ways share their beginnings, so a tree takes as much memory as it has questions.
    """

    before: Way[T] | None
    last: T
    length: int

    def answers(self) -> Iterator[T]:
        """Yield the answers, the last one first."""
        way: Way[T] | None = self
        while way is not None:
            yield way.last
            way = way.before


def read_branches(
    tree: object,
    where: str,
    n_prices: int,
    question: Callable[[list[object], str], tuple[T, T]],
    budget: Budget,
) -> list[tuple[Way[T] | None, int, int]]:
    """Return for every leaf the way to it, the number of its prices, and its place in the list.

    Parameters
    ----------
    question
        Reads a question and returns the answers yes and no to it.

    Raises
    ------
    InputError
        When the list is no tree.
    LimitError
        When the ways are so long together that it would take too long to walk them.
    """
    ends: list[tuple[Way[T] | None, int, int]] = []
    waiting: list[Way[T] | None] = [None]
    for i, item in enumerate(list_of(tree, where, what=" of questions and leaves")):
        if not waiting:
            raise InputError(f"{where}[{i}]", describe(item), "the end of the list")
        way = waiting.pop()
        if type(item) is list:
            yes, no = question(item, f"{where}[{i}]")
            length = 1 if way is None else way.length + 1
            waiting += [Way(way, no, length), Way(way, yes, length)]
        else:
            expected = "a question, or the index of prices"
            ends.append((way, whole(item, f"{where}[{i}]", 0, n_prices, expected), i))
    if waiting:
        raise InputError(where, Described(f"{len(waiting):,} answers without a leaf"), "a tree")
    budget.spend(_STEPS_PER_ANSWER * sum(way.length for way, _, _ in ends if way is not None))
    return ends
