"""The reader of proofs: the leaves of a tree, their branching constraints and multipliers."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from itertools import chain
from json import dumps
from re import finditer
from typing import Any

from qkdopt.verifier.blocks import BranchingConstraint, block_numbers, part, required_services
from qkdopt.verifier.claim import Settings
from qkdopt.verifier.cuts import Cut, CutPrice, read_cuts
from qkdopt.verifier.forms import LARGEST_INPUT, Members, a_list, list_of, rational, refused, whole
from qkdopt.verifier.longest_path import LongestPath
from qkdopt.verifier.model import Problem
from qkdopt.verifier.receivers import Charge
from qkdopt.verifier.strategy import Multipliers
from qkdopt.verifier.trees import Component, Leaf, read_tree

_STEPS_PER_FRACTION = 40
_MOST_OPEN = 10  # the work doubles with each
_KEPT = 30  # results that a satellite of a component stands for
_BRANCHING = 3  # members of a branching: first and last interval, and link
_PAIR = 2
_SINGLE = ("y_kl", "y_total")  # one number, not one for each target
_CAPACITY, _COMPONENTS, _DELIVERIES = "capacity", "components", "deliveries"
_CUTS, _PLANS = "cuts", "plans"
_ENOUGH, _SCENARIO = "enough", "scenario"
_WORDS = {1: ("prices", "prices", "tree"), 2: ("multipliers", "leaves", "branches")}
_CHARGES = (4, 5)  # members of a price of receivers: with or without a satellite


@dataclass
class ProofReader:
    """Reads the proof of a strategy in a version's words."""

    version: int
    settings: Settings

    def __post_init__(self) -> None:
        """Name the multipliers of each part as this version does."""
        self.kind, self.leaves, self.branches = _WORDS[self.version]
        self.strategy, bounded = self.settings.strategy, bool(self.settings.min_bits)
        names = {part: x.names(bounded=bounded) for part, x in self.strategy.parts.items()}
        if self.version > 1:
            names = {part: dict(zip(x, x, strict=True)) for part, x in names.items()}
        self.names: Mapping[str, Mapping[str, str]] = names
        self.optional: tuple[str, ...] = () if self.version == 1 else (_CAPACITY,)
        self.cuts: Sequence[Cut] = ()

    def check_kind(self, proof: Any, where: str) -> None:
        """Refuse other kinds than those of the strategy: ``path`` where it needs no multipliers."""
        if type(proof) is not dict or "kind" not in proof:
            expected = 'a JSON object with a "kind"' if type(proof) is dict else "a JSON object"
            raise refused(where, proof, expected)
        known: tuple[str, ...] = (self.kind, "tree")
        if not any(self.names.values()) or (self.strategy.by_itself and not self.settings.min_bits):
            known = ("path",) if self.version == 1 else ("path", *known)
        if proof["kind"] not in known:
            kinds = " or ".join(f'"{kind}"' for kind in known)
            expected = f"{kinds}, the proof of strategy {self.settings.name}"
            raise refused(f"{where}.kind", proof["kind"], expected)

    def read(self, proof: Any, where: str, problem: Problem) -> Mapping[str, Sequence[Leaf]]:
        """Return the leaves of each part of a proof that has multipliers."""
        self.problem, tree = problem, proof["kind"] == "tree"
        if proof["kind"] == "path":
            Members(proof, where, ("kind",))
            return {}
        if len(self.names) > 1 and (tree or self.version > 1):
            nested = Members(proof, where, ("kind", *self.names))
            return {part: nested(part, self.part, part, tree) for part in self.names}
        found = self.members(proof, where, tree, self.names, "kind")
        return {part: self.leaves_in(found, part, tree) for part in self.names}

    def part(self, value: object, where: str, part: str, tree: bool) -> Sequence[Leaf]:
        """Return the leaves of one of several parts, of which some may be no trees."""
        if type(value) is dict:
            tree = tree and not value.keys().isdisjoint((self.leaves, self.branches))
        return self.leaves_in(self.members(value, where, tree, (part,)), part, tree)

    def members(
        self, value: object, where: str, tree: bool, parts: Iterable[str], *further: str
    ) -> Members:
        """Return the members of a tree, or of multipliers of some parts."""
        if tree:
            plans = self.strategy.listable and type(value) is dict and _PLANS in value
            how = _PLANS if plans else self.branches
            return Members(value, where, (*further, self.leaves, how))
        keys = (key for part in parts for key in self.names[part].values())
        optional = () if self.version == 1 else (_CAPACITY, _COMPONENTS)
        if self.strategy.listable:
            optional = (*optional, _DELIVERIES)
        return Members(value, where, (*further, *keys), optional)

    def leaves_in(self, found: Members, part: str, tree: bool) -> Sequence[Leaf]:
        """Return the leaves of a part."""
        if _PLANS in found:
            return [self.plans(found, part)]
        return self.tree(found, part) if tree else [Leaf((), self.multipliers(found, part))]

    def leaf(self, value: object, where: str, part: str, *optional: str) -> Multipliers:
        """Return the multipliers of a leaf."""
        keys = self.names[part].values()
        return self.multipliers(Members(value, where, keys, optional), part, (_ENOUGH,))

    def plans(self, found: Members, part: str) -> Leaf:
        """Return the multipliers of a proof by plans: the first ones, with all and the order."""
        every = found(self.leaves, list_of, self.leaf, part, what=" of multipliers", some=True)
        count = sum(own[-1] + 1 for own in self.blocks if own)
        order = found(_PLANS, list_of, whole, 0, count, "the number of a block", length=count)
        if len({*order}) < count or any(x.sessions for x in self.problem.satellites):
            expected = "the number of each block once, without sessions"
            raise refused(f"{found.where}.{_PLANS}", found.stated[_PLANS], expected)
        return Leaf((), {**every[0], _PLANS: (order, every)})

    def tree(self, found: Members, part: str) -> list[Leaf]:
        """Return the leaves of a tree."""
        optional = self.optional
        if self.strategy.listable and _COMPONENTS not in self.names:
            optional = (*optional, _DELIVERIES)
        form = self.leaf, part, *optional
        every = found(self.leaves, list_of, *form, what=" of multipliers", some=True)
        ends = found(self.branches, read_tree, every, self.branching, self.problem.budget)
        for leaf, i in ends:
            if self.most_open(leaf) > _MOST_OPEN:
                most = f"at most {_MOST_OPEN} unmet demands at a time on the way to a leaf"
                stated = found.stated[self.branches]
                raise refused(f"{found.where}.{self.branches}[{i}]", stated[i], most)
        return [leaf for leaf, _ in ends]

    def most_open(self, leaf: Leaf) -> int:
        """Return how many services are required in one interval of a satellite at most."""
        required = [
            (self.problem.links[x.link].satellite, x.first, x.last)
            for x in required_services(leaf.constraints())
        ]
        firsts, lasts = (
            sorted((s, a) for s, a, _ in required),
            sorted((s, b) for s, _, b in required),
        )
        return max((bisect_right(firsts, x) - bisect_left(lasts, x) for x in firsts), default=0)

    def multipliers(
        self, found: Members, part: str, counted: Sequence[object] = (True, _ENOUGH)
    ) -> Multipliers:
        """Return the multipliers of one leaf, and what is counted in it besides."""
        read: dict[str, Sequence[Any]] = {}
        problem = self.problem
        n_targets, n_scenarios = len(problem.targets), len(problem.probabilities or ())
        for name, key in self.names[part].items():
            limited = name in self.strategy.never_negative
            if name in _SINGLE:
                read[name] = (found(key, rational, limited),)
            elif name == _SCENARIO or not n_scenarios:
                length = n_scenarios if name == _SCENARIO else n_targets
                read[name] = found(key, self.fractions, length, limited)
            else:
                shape = {"length": n_scenarios, "what": " of lists, one for each scenario"}
                rows = found(key, list_of, self.fractions, n_targets, limited, **shape)
                read[name] = list(chain.from_iterable(rows))
        for key, form, of in (
            (_CAPACITY, self.charge, "receivers"),
            (_CUTS, self.cut_price, "cuts"),
        ):
            if key in found:
                stated, where = found.stated[key], f"{found.where}.{key}"
                read[key] = problem.budget.list_of(
                    _STEPS_PER_FRACTION, stated, where, form, what=f" of prices of {of}", some=True
                )
        if _DELIVERIES in found:
            stated = found.stated[_DELIVERIES]
            known = any(type(stated) is type(x) and stated == x for x in counted)
            if not known or _CAPACITY in found or _COMPONENTS in found:
                which = " or ".join(map(dumps, counted))
                expected = f"{which}, without prices of receivers"
                raise refused(f"{found.where}.{_DELIVERIES}", stated, expected)
            if any(x.sessions for x in problem.satellites):
                raise refused(f"{found.where}.{_DELIVERIES}", stated, "nothing with sessions")
            read[_DELIVERIES if stated is True else _ENOUGH] = ()
        if _COMPONENTS in found:
            read[_COMPONENTS] = found(_COMPONENTS, self.components, read)
        return read

    def fractions(self, value: object, where: str, length: int, limited: bool) -> list[Fraction]:
        """Return so many fractions."""
        return self.problem.budget.list_of(
            _STEPS_PER_FRACTION, value, where, rational, limited, length=length
        )

    def cut_price(self, item: object, where: str) -> CutPrice:
        """Return ``[number, price]``."""
        number, price = a_list(item, where, _PAIR, ": the number of a cut and its price")
        k = whole(number, f"{where}[0]", 0, len(self.cuts), "the index of a cut")
        return CutPrice(self.cuts[k], rational(price, f"{where}[1]", limited=True))

    def components(self, value: object, where: str, common: Multipliers) -> list[Component]:
        """Return the components of a proof, the last of all blocks that are in none of them.

        That one has the ``common`` prices of receivers.
        """
        problem, found = self.problem, list[Component]()
        taken = [bytearray(len(x.times)) for x in problem.satellites]
        for i, item in enumerate(a_list(value, where, what=" of components", some=True)):
            own = Members(item, f"{where}[{i}]", ("blocks", self.branches, self.leaves), (_CUTS,))
            problem.budget.keep(_KEPT * (i + 1) * len(problem.satellites))
            kept: list[list[tuple[int, int]]] = [[] for _ in problem.satellites]
            for s, first, end in own("blocks", list_of, self.whole_blocks, taken, some=True):
                kept[s].append((first, end))
            inside, reader = part(problem, kept), replace(self)
            reader.problem, reader.names = inside, {_COMPONENTS: {}}
            if _CUTS in own:
                reader.cuts, reader.optional = own(_CUTS, read_cuts, inside), (_CAPACITY, _CUTS)
            found.append(Component(LongestPath(inside), reader.tree(own, _COMPONENTS)))
        others = part(problem, [[x.span() for x in finditer(b"\0+", own)] for own in taken])
        return [*found, Component(LongestPath(others), (Leaf((), common),))]

    def whole_blocks(
        self, item: object, where: str, taken: Sequence[bytearray]
    ) -> tuple[int, int, int]:
        """Return satellite, first interval and end of ``[satellite, first, last]``; take them."""
        stated = a_list(item, where, _BRANCHING, ": a satellite, first and last interval")
        s = whole(stated[0], f"{where}[0]", 0, len(taken), "a satellite's index")
        times, blocks = self.problem.satellites[s].times, self.blocks[s]
        first, last = (
            whole(_number(times, x), where, 0, len(times), "active intervals") for x in stated[1:]
        )
        beside = {*blocks[max(0, first - 1) : first], *blocks[last + 1 : last + 2]}
        self.problem.budget.spend(8 + max(0, last - first))
        if (
            first > last
            or beside & {blocks[first], blocks[last]}
            or any(taken[s][first : last + 1])
        ):
            raise refused(where, item, "whole blocks in order, in no component yet")
        taken[s][first : last + 1] = b"\1" * (last + 1 - first)
        return s, first, last + 1

    def charge(self, item: Any, where: str) -> Charge:
        """Return ``[station, first, last, price]``, or with a satellite after the station."""
        if type(item) is not list or len(item) not in _CHARGES:
            raise refused(
                where, item, "[station, first, last, price], or [station, satellite, ...]"
            )
        (station, *which, first, last, price), problem = item, self.problem
        whole(station, f"{where}[0]", 0, len(problem.stations), "a station's index")
        for s in which:
            whole(s, f"{where}[1]", 0, len(problem.satellites), "a satellite's index")
        whole(first, where, 0, 1 + whole(last, where, 0, LARGEST_INPUT, "an interval"), "a range")
        fraction = rational(price, f"{where}[{len(item) - 1}]", limited=True)
        return Charge(station, which[0] if which else None, first, last, fraction)

    @cached_property
    def blocks(self) -> list[list[int]]:
        """The block of each active interval, for each satellite."""
        return list(map(block_numbers, self.problem.satellites))

    def branching(
        self, item: list[Any], where: str
    ) -> tuple[BranchingConstraint, BranchingConstraint]:
        """Return whether any active interval of a range, within one block, serves a link.

        Version 1: ``[first, last, link]`` or ``[interval, link]`` by the numbers of active
        intervals.  Version 2: ``[link, first, last]`` by global indices.
        """
        if len(item) != _BRANCHING and (self.version > 1 or len(item) != _BRANCHING - 1):
            raise refused(where, item, "one or two active intervals and a link")
        links, place = self.problem.links, len(item) - 1 if self.version == 1 else 0
        n = whole(item[place], f"{where}[{place}]", 0, len(links), "a link's index")
        s = links[n].satellite
        times, blocks = self.problem.satellites[s].times, self.blocks[s]
        ends = item[:-1] if self.version == 1 else [_number(times, end) for end in item[1:]]
        first, last = (
            whole(end, f"{where}[{i}]", 0, len(blocks), "an active interval's index")
            for i, end in enumerate((ends[0], ends[-1]), start=self.version - 1)
        )
        if last < first or blocks[first] != blocks[last]:
            raise refused(where, item, "intervals in order, with no long gap between")
        yes = BranchingConstraint(first, last, n, served=True)
        return yes, yes._replace(served=False)


def _number(times: Sequence[int], time: object) -> object:
    """Return the number of an active interval; anything else unchanged."""
    if type(time) is int:
        a = bisect_left(times, time)
        return a if a < len(times) and times[a] == time else -1
    return time
