"""The reader of proofs: the leaves of a tree, their branching constraints and multipliers."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from qkdopt.errors import InputError
from qkdopt.verifier.blocks import BranchingConstraint, block_numbers, required_services
from qkdopt.verifier.fields import describe, list_of, members, rational, whole
from qkdopt.verifier.model import Problem
from qkdopt.verifier.receivers import Charge
from qkdopt.verifier.strategies import STRATEGIES
from qkdopt.verifier.strategy_spec import Multipliers, Part
from qkdopt.verifier.trees import Leaf, read_tree

__all__ = ["ProofReader", "kinds"]

_STEPS_PER_FRACTION = 40
_MOST_OPEN = 10  # the work doubles with each
_BRANCHING = 3  # members of a branching: first and last interval, and link
_SINGLE = ("y_kl", "y_total")  # one number, not one for each target
_CAPACITY = "capacity"
_WORDS = {1: ("prices", "prices", "tree"), 2: ("multipliers", "leaves", "branches")}
_CHARGES = (4, 5)  # members of a price of receivers: with or without a satellite


def kinds(version: int, strategy: str, *, bounded: bool) -> tuple[str, ...]:
    """Return the kinds of proof of a strategy, with ``path`` where it needs no multipliers."""
    kind = _WORDS[version][0]
    if any(part.names(bounded=bounded) for part in STRATEGIES[strategy].parts.values()):
        return kind, "tree"
    return ("path",) if version == 1 else ("path", kind, "tree")


@dataclass(frozen=True)
class ProofReader:
    """Reads the proof of a strategy, with or without lower bounds, in a version's words."""

    problem: Problem
    version: int
    strategy: str
    bounded: bool

    def read(self, proof: dict[str, Any], where: str) -> Mapping[str, tuple[Leaf, ...]]:
        """Return the leaves of each part of a proof that has multipliers.

        A part is a tree of its own where the strategy has several.

        Raises
        ------
        InputError
            When multipliers are malformed, or a list is no tree.
        """
        parts = STRATEGIES[self.strategy].parts
        if proof["kind"] == "path":
            members(proof, where, ("kind",))
            return {}
        kind, leaves, branches = _WORDS[self.version]
        tree = proof["kind"] != kind
        nested = len(parts) > 1 and (tree or self.version > 1)
        inside = dict.fromkeys(parts, (proof, where))
        if nested:
            members(proof, where, ("kind", *parts))
            inside = {name: (proof[name], f"{where}.{name}") for name in parts}
        if tree:
            for stated, at in inside.values():
                members(stated, at, (leaves, branches) if nested else ("kind", leaves, branches))
            return {name: self.tree(*inside[name], part) for name, part in parts.items()}
        known = [x for part in parts.values() for x in self.names(part).values()]
        for name, (stated, at) in inside.items():
            expected = self.names(parts[name]).values() if nested else ("kind", *known)
            members(stated, at, expected, self.optional)
        return {
            name: (Leaf((), self.multipliers(*inside[name], part)),) for name, part in parts.items()
        }

    @property
    def optional(self) -> tuple[str, ...]:
        """Multipliers that may be left out."""
        return () if self.version == 1 else (_CAPACITY,)

    def names(self, part: Part) -> Mapping[str, str]:
        """Return the multipliers of a part, and what they are called in this version."""
        names = part.names(bounded=self.bounded)
        return names if self.version == 1 else {name: name for name in names}

    def tree(self, stated: dict[str, Any], where: str, part: Part) -> tuple[Leaf, ...]:
        """Read a tree and the multipliers of its leaves."""
        _, leaves, branches = _WORDS[self.version]
        listed = list_of(stated[leaves], f"{where}.{leaves}", what=" of multipliers", some=True)
        found = []
        for i, item in enumerate(listed):
            place = f"{where}.{leaves}[{i}]"
            members(item, place, self.names(part).values(), self.optional)
            found.append(self.multipliers(item, place, part))
        where, budget = f"{where}.{branches}", self.problem.budget
        ends = read_tree(stated[branches], where, found, self.branching, budget)
        for leaf, i in ends:
            if _most_open(list(leaf.constraints())) > _MOST_OPEN:
                most = f"at most {_MOST_OPEN} unmet demands at a time on the way to a leaf"
                raise InputError(f"{where}[{i}]", describe(stated[branches][i]), most)
        return tuple(leaf for leaf, _ in ends)

    def multipliers(self, stated: dict[str, Any], where: str, part: Part) -> Multipliers:
        """Read the multipliers of one leaf."""
        found: dict[str, tuple[Any, ...]] = {}
        for name, spelt in self.names(part).items():
            place = f"{where}.{spelt}"
            values = [(place, stated[spelt])]
            if name not in _SINGLE:
                listed = list_of(stated[spelt], place, len(self.problem.targets))
                self.problem.budget.spend(_STEPS_PER_FRACTION * len(listed))
                values = [(f"{place}[{i}]", x) for i, x in enumerate(listed)]
            limited = name in STRATEGIES[self.strategy].never_negative
            found[name] = tuple(_fraction(x, at, limited=limited) for at, x in values)
        if _CAPACITY in stated:
            found[_CAPACITY] = self.charges(stated[_CAPACITY], f"{where}.{_CAPACITY}")
        return found

    def charges(self, value: object, where: str) -> tuple[Charge, ...]:
        """Read ``[station, first, last, price]``, or with a satellite after the station."""
        found, problem = [], self.problem
        listed = list_of(value, where, what=" of prices of receivers", some=True)
        problem.budget.spend(_STEPS_PER_FRACTION * len(listed))
        for i, item in enumerate(listed):
            at = f"{where}[{i}]"
            if type(item) is not list or len(item) not in _CHARGES:
                expected = "[station, first, last, price], or [station, satellite, ...]"
                raise InputError(at, describe(item), expected)
            station, *which, first, last, price = item
            whole(station, f"{at}[0]", 0, len(problem.stations), "a station's index")
            for s in which:
                whole(s, f"{at}[1]", 0, len(problem.satellites), "a satellite's index")
            whole(first, at, 0, 1 + whole(last, at, 0, 10**100, "an interval"), "a range")
            fraction = _fraction(price, f"{at}[{len(item) - 1}]", limited=True)
            found.append(Charge(station, which[0] if which else None, first, last, fraction))
        return tuple(found)

    @cached_property
    def blocks(self) -> list[list[int]]:
        """The block of each active interval, for each satellite."""
        return [block_numbers(satellite) for satellite in self.problem.satellites]

    def branching(
        self, item: list[Any], where: str
    ) -> tuple[BranchingConstraint, BranchingConstraint]:
        """Read whether any active interval of a range, within one block, serves a link.

        Version 1: ``[first, last, link]`` or ``[interval, link]`` by the numbers of active
        intervals.  Version 2: ``[link, first, last]`` by global indices.
        """
        if len(item) != _BRANCHING and (self.version > 1 or len(item) != _BRANCHING - 1):
            raise InputError(where, describe(item), "one or two active intervals and a link")
        n, *ends = item if self.version > 1 else (item[-1], *item[:-1])
        s = self.problem.links[self.link(n, where, item)].satellite
        blocks, times = self.blocks[s], self.problem.satellites[s].times
        if self.version > 1:
            ends = [_index(times, end) for end in ends]
        first, last = (
            whole(end, f"{where}[{i}]", 0, len(blocks), "an active interval's index")
            for i, end in enumerate((ends[0], ends[-1]), start=self.version - 1)
        )
        if last < first or blocks[first] != blocks[last]:
            raise InputError(where, describe(item), "intervals in order, with no long gap between")
        return (
            BranchingConstraint(first, last, n, served=True),
            BranchingConstraint(first, last, n, served=False),
        )

    def link(self, n: object, where: str, item: list[object]) -> int:
        """Return the link of a branching."""
        i = 0 if self.version > 1 else len(item) - 1
        return whole(n, f"{where}[{i}]", 0, len(self.problem.links), "a link's index")


def _fraction(value: object, where: str, *, limited: bool) -> Fraction:
    x = rational(value, where)
    if limited and x < 0:
        came = f"{x.numerator}/{x.denominator}"
        raise InputError(where, came, "a fraction that is not negative")
    return x


def _index(times: Sequence[int], time: object) -> object:
    """Return the number of an active interval; anything else unchanged."""
    if type(time) is int:
        a = bisect_left(times, time)
        return a if a < len(times) and times[a] == time else -1
    return time


def _most_open(constraints: Sequence[BranchingConstraint]) -> int:
    """Return how many services are required in the same interval at most."""
    required = required_services(constraints)
    firsts, lasts = sorted(x.first for x in required), sorted(x.last for x in required)
    return max((bisect_right(firsts, a) - bisect_left(lasts, a) for a in firsts), default=0)
