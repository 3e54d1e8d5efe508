"""Trees of branchings: the constraints on the way to every leaf, and the multipliers it names.

A tree is a list in which every branching stands before its two sides: what follows first is
about the schedules that answer yes, then about those that answer no.  A whole number ends a
side and names its multipliers.  Every schedule gives one answer to each branching, so it obeys
exactly one leaf; the largest of the leaves' bounds bounds every schedule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, TypeVar

from qkdopt.errors import InputError
from qkdopt.verifier.budget import Budget
from qkdopt.verifier.fields import Described, describe, list_of, whole

__all__ = ["Leaf", "read_tree"]

T = TypeVar("T")
_STEPS_PER_CONSTRAINT = 20


class Leaf(NamedTuple):
    """The schedules that obey some constraints, and the multipliers to bound them.

    ``way`` is ``()``, or the last constraint and the way before it: ways share their beginnings,
    so a tree takes as much memory as it has branchings.  Whether multipliers are allowed is not
    checked here.
    """

    way: tuple[Any, ...]
    multipliers: Any

    def constraints(self) -> Iterator[Any]:
        """Yield the constraints, the last one first."""
        way = self.way
        while way:
            constraint, way = way
            yield constraint


def read_tree(
    tree: object,
    where: str,
    multipliers: list[Any],
    branching: Callable[[list[object], str], tuple[T, T]],
    budget: Budget,
) -> list[tuple[Leaf, int]]:
    """Return every leaf and its place in the list.

    Parameters
    ----------
    branching
        Reads a branching and returns the constraints of its sides yes and no.

    Raises
    ------
    InputError
        When the list is no tree.
    LimitError
        When the ways are so long together that it would take too long to walk them.
    """
    ends: list[tuple[Leaf, int]] = []
    waiting: list[tuple[tuple[Any, ...], int]] = [((), 0)]  # ways and their lengths
    total = 0
    for i, item in enumerate(list_of(tree, where, what=" of branchings and leaves")):
        if not waiting:
            raise InputError(f"{where}[{i}]", describe(item), "the end of the list")
        way, length = waiting.pop()
        if type(item) is list:
            yes, no = branching(item, f"{where}[{i}]")
            waiting += [((no, way), length + 1), ((yes, way), length + 1)]
        else:
            expected = "a branching, or the index of multipliers"
            k = whole(item, f"{where}[{i}]", 0, len(multipliers), expected)
            ends.append((Leaf(way, multipliers[k]), i))
            total += length
    if waiting:
        raise InputError(where, Described(f"{len(waiting):,} answers without a leaf"), "a tree")
    budget.spend(_STEPS_PER_CONSTRAINT * total)
    return ends
