"""The reader of proofs: the leaves of a tree, their branching constraints and multipliers."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from qkdopt.errors import InputError
from qkdopt.verifier.blocks import block_numbers
from qkdopt.verifier.branches import Way, read_branches
from qkdopt.verifier.branching import BranchingConstraint, required_services
from qkdopt.verifier.fields import describe, list_of, members, rational, whole
from qkdopt.verifier.problem import Problem
from qkdopt.verifier.settings import Settings
from qkdopt.verifier.strategies import STRATEGIES
from qkdopt.verifier.strategy_spec import Multipliers, Part

__all__ = ["Leaf", "read_proof", "read_tree"]

_STEPS_PER_FRACTION = 40
_PARTS = (2, 3)  # of a branching: active interval, or the first and the last one, and link
_MOST_OPEN = 10  # the work doubles with each


@dataclass(frozen=True)
class Leaf:
    """The schedules that obey some branching constraints, and the multipliers to bound them.

    Attributes
    ----------
    way
        The constraints; ``None`` where there are none.
    multipliers
        Fractions under the multiplier's name, one for each target or a single one; whether they
        are allowed is not checked here.
    """

    way: Way[BranchingConstraint] | None
    multipliers: Multipliers

    @property
    def constraints(self) -> tuple[BranchingConstraint, ...]:
        """The branching constraints, the last one first."""
        return () if self.way is None else tuple(self.way.answers())


def read_proof(
    proof: dict[str, object], where: str, settings: Settings, problem: Problem
) -> Mapping[str, tuple[Leaf, ...]]:
    """Return the leaves of each part of a proof that has multipliers.

    A part is a tree of its own where the strategy has several.

    Raises
    ------
    InputError
        When multipliers are malformed, or a list is no tree.
    """
    parts = STRATEGIES[settings.name].parts
    reader = _Reader(settings, problem)
    names = [name for part in parts.values() for name in part.names(settings.floors)]
    if not names:
        members(proof, where, ("kind",))
        return {}
    if proof["kind"] == "prices":
        members(proof, where, ("kind", *names))
        return {
            name: (Leaf(None, reader.multipliers(proof, where, part)),)
            for name, part in parts.items()
        }
    if len(parts) == 1:
        members(proof, where, ("kind", "prices", "tree"))
        return {name: reader.leaves(proof, where, part) for name, part in parts.items()}
    members(proof, where, ("kind", *parts))
    leaves = {}
    for name, part in parts.items():
        inside = members(proof[name], f"{where}.{name}", ("prices", "tree"))
        leaves[name] = reader.leaves(inside, f"{where}.{name}", part)
    return leaves


@dataclass(frozen=True)
class _Reader:
    settings: Settings
    problem: Problem

    def leaves(self, stated: dict[str, object], where: str, part: Part) -> tuple[Leaf, ...]:
        """Read a tree and the multipliers of its leaves."""
        listed = list_of(stated["prices"], f"{where}.prices", what=" of prices")
        if not listed:
            raise InputError(f"{where}.prices", describe(listed), "a list of prices")
        found = []
        for i, item in enumerate(listed):
            place = f"{where}.prices[{i}]"
            members(item, place, part.names(self.settings.floors))
            found.append(self.multipliers(item, place, part))
        ends = read_tree(stated["tree"], f"{where}.tree", len(found), self.problem)
        return tuple(Leaf(way, found[k]) for way, k in ends)

    def multipliers(self, stated: dict[str, object], where: str, part: Part) -> Multipliers:
        """Read the multipliers of one leaf."""
        found = {}
        for name in part.names(self.settings.floors):
            place = f"{where}.{name}"
            if name == part.single:
                values = {place: rational(stated[name], place)}
            else:
                listed = list_of(stated[name], place, len(self.problem.targets))
                self.problem.budget.spend(_STEPS_PER_FRACTION * len(listed))
                values = {
                    f"{place}[{i}]": rational(x, f"{place}[{i}]") for i, x in enumerate(listed)
                }
            if name in STRATEGIES[self.settings.name].never_negative:
                for which, x in values.items():
                    if x < 0:
                        came = f"{x.numerator}/{x.denominator}"
                        raise InputError(which, came, "a fraction that is not negative")
            found[name] = tuple(values.values())
        return found


def read_tree(
    tree: object, where: str, n_prices: int, problem: Problem
) -> list[tuple[Way[BranchingConstraint] | None, int]]:
    """Return the way to every leaf, and the number of the multipliers there.

    ``[a, n]`` asks whether active interval ``a`` serves link ``n``, ``[a, b, n]`` whether any from
    ``a`` to ``b`` does, both included.  The rest is as in ``branches``.

    Raises
    ------
    InputError
        When the list is no tree.
    """
    blocks = block_numbers(problem)

    def branching(
        item: list[object], place: str
    ) -> tuple[BranchingConstraint, BranchingConstraint]:
        asked = _branching(item, place, blocks, len(problem.K))
        return BranchingConstraint(*asked, served=True), BranchingConstraint(*asked, served=False)

    ends = read_branches(tree, where, n_prices, branching, problem.budget)
    for way, k, i in ends:
        if way is not None and _most_open(list(way.answers())) > _MOST_OPEN:
            most = f"at most {_MOST_OPEN} unmet demands at a time on the way to a leaf"
            raise InputError(f"{where}[{i}]", describe(k), most)
    return [(way, k) for way, k, _ in ends]


def _branching(
    item: list[object], where: str, blocks: Sequence[int], n_links: int
) -> tuple[int, int, int]:
    """Return the first and the last active interval, which are in one block, and the link."""
    if len(item) not in _PARTS:
        raise InputError(where, describe(item), "one or two active intervals and a link")
    *ends, n = item
    first, last = (
        whole(end, f"{where}[{i}]", 0, len(blocks), "an active interval's index")
        for i, end in enumerate((ends[0], ends[-1]))
    )
    if last < first or blocks[first] != blocks[last]:
        raise InputError(where, describe(item), "intervals in order, with no long gap between")
    return first, last, whole(n, f"{where}[{len(ends)}]", 0, n_links, "a link's index")


def _most_open(constraints: Sequence[BranchingConstraint]) -> int:
    """Return how many services are required in the same interval at most."""
    required = required_services(constraints)
    firsts, lasts = sorted(x.first for x in required), sorted(x.last for x in required)
    return max((bisect_right(firsts, a) - bisect_left(lasts, a) for a in firsts), default=0)
