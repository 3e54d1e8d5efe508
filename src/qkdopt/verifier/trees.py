"""Trees of branchings: the constraints on the way to every leaf, and the multipliers it names.

A tree is a list in which every branching stands before its two sides: what follows first is
about the schedules that answer yes, then about those that answer no.  A whole number ends a
side and names its multipliers.  Every schedule gives one answer to each branching, so it obeys
exactly one leaf; the largest of the leaves' bounds bounds every schedule.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from qkdopt.errors import Described
from qkdopt.verifier.budget import Budget
from qkdopt.verifier.forms import a_list, refused, whole
from qkdopt.verifier.longest_path import LongestPath

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


class Component(NamedTuple):
    """The longest paths of a part of a problem, and the leaves that bound its schedules' gains."""

    longest_path: LongestPath
    leaves: Sequence[Leaf]


def read_tree(
    value: object,
    where: str,
    multipliers: Sequence[object],
    branching: Callable[[list[Any], str], tuple[object, object]],
    budget: Budget,
) -> list[tuple[Leaf, int]]:
    """Return every leaf and its place in the list.

    ``branching`` reads a branching and returns the constraints of its sides yes and no.  The
    steps of walking all ways are counted here.
    """
    ends: list[tuple[Leaf, int]] = []
    waiting: list[tuple[tuple[Any, ...], int]] = [((), 0)]  # ways and their lengths
    total = 0
    for i, item in enumerate(a_list(value, where, what=" of branchings and leaves")):
        at = f"{where}[{i}]"
        if not waiting:
            raise refused(at, item, "the end of the list")
        way, length = waiting.pop()
        if type(item) is list:
            yes, no = branching(item, at)
            waiting += [((no, way), length + 1), ((yes, way), length + 1)]
        else:
            expected = "a branching, or the index of multipliers"
            k = whole(item, at, 0, len(multipliers), expected)
            ends.append((Leaf(way, multipliers[k]), i))
            total += length
    if waiting:
        raise refused(where, Described(f"{len(waiting):,} answers without a leaf"), "a tree")
    budget.spend(_STEPS_PER_CONSTRAINT * total)
    return ends
