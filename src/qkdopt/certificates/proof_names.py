"""The names in strategies and proofs: those of version 1, and those of version 2.

Every number is the same in both. Version 2 gives each multiplier a name with one meaning, says
intervals by their global index, and puts the two parts of balanced delivery beside each other:

================  =============================================================  ================
version 2         price of                                                       version 1
================  =============================================================  ================
``target``        a delivered bit of the target                                  ``lambda``
``y_min``         the least bits of the target                                   ``nu``, or where
                                                                                 that is taken
                                                                                 ``floors``
``y_share``       the target's share being near its weight's (Gibbs' a)          ``a``
``y_kl``          the limit of the divergence                                    ``mu``
``y_total``       the least total                                                ``nu``
``capacity``      a receiver of a station, where satellites share them
``scenario``      one more bit in a cloud scenario: its weight
``components``    trees of components, with prices of receivers in them
``cuts``          cuts of a component
================  =============================================================  ================

``docs/certificates.md`` says what each proves.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Protocol

from qkdopt.errors import InputError

_CAPACITY, _COMPONENTS = "capacity", "components"  # only in version 2
_DELIVERIES, _CUTS, _PLANS = "deliveries", "cuts", "plans"
_SCENARIO = "scenario"
_WHOLE = ""  # the name of the only part of a proof

_USUAL = {_WHOLE: {"lambda": "target", "nu": "y_min"}}
_OTHERS: Mapping[str, Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "td": {_WHOLE: {"a": "y_share", "mu": "y_kl", "nu": "y_min"}},
        "least": {_WHOLE: {"a": "y_share", "nu": "y_total", "floors": "y_min"}},
        "balanced": {"t": {"lambda": "target", "floors": "y_min"}, "total": {"nu": "y_min"}},
    }
)
_KIND = {"prices": "multipliers", "tree": "tree"}
_LEAVES, _BRANCHES = {1: "prices", 2: "leaves"}, {1: "tree", 2: "branches"}
_Branching = Callable[[Sequence[int]], list[int]]
_Cut = Mapping[str, Sequence[Sequence[Sequence[int]]]]
_SHORT = 2  # parts of a branching of version 1 that asks about one interval


class Axis(Protocol):
    """How several satellites were laid out as one, see `qkdopt.optimize.layout.Layout`."""

    def branching(self, item: Sequence[int]) -> list[int]:
        """Return a branching decision as certificates state it."""

    def blocks(self, first: int, end: int) -> list[list[int]]:
        """Return active intervals as certificates state them."""


def strategy_in_version(strategy: Mapping[str, object], version: int) -> dict[str, object]:
    """Return a certificate's strategy as version 1 or 2 states it."""
    old, new = ("floors", "min_bits") if version > 1 else ("min_bits", "floors")
    return {new if member == old else member: value for member, value in strategy.items()}


def proof_in_version(
    proof: Mapping[str, Any],
    version: int,
    strategy: str,
    interval: Sequence[int] = (),
    layout: Axis | None = None,
) -> dict[str, object]:
    """Return a proof of the other version as version 1 or 2 states it.

    Parameters
    ----------
    proof
        Of version 2 where version 1 is asked for, and the other way round.
    strategy
        Short name of the strategy; empty for one whose proofs have one part and the usual names.
    interval
        Global indices of the one satellite's active intervals, increasing.
    layout
        Of several satellites, whose proofs also have components.

    Raises
    ------
    InputError
        For a proof that has not the form of the strategy's proofs.
    """
    if proof.get("kind") == "path":
        return dict(proof)
    turned = _inverse if version == 1 else dict
    one = _by_column if version == 1 else _globally
    translated = layout.branching if layout else lambda item: one(item, interval)
    parts = _OTHERS.get(strategy, _USUAL)
    try:
        kind = turned(_KIND)[proof["kind"]]
        found = {
            part: _part(_stated(proof, part, parts), turned(names), version, translated, layout)
            for part, names in parts.items()
        }
    except (KeyError, TypeError, AttributeError, IndexError, ValueError) as error:
        raise InputError("proof", proof, f"a proof of strategy {strategy}") from error
    if kind == "prices" or set(found) == {_WHOLE}:  # the names of all parts, side by side
        return {"kind": kind, **{name: x for part in found.values() for name, x in part.items()}}
    return {"kind": kind, **found}


def _inverse(names: Mapping[str, str]) -> dict[str, str]:
    return {new: old for old, new in names.items()}


def _stated(
    proof: Mapping[str, Any], part: str, names: Mapping[str, Mapping[str, str]]
) -> Mapping[str, object]:
    """Return what a proof says about a part of it."""
    if part == _WHOLE:
        return proof
    if proof["kind"] != "prices" or part in proof:
        inside: Mapping[str, object] = proof[part]
        return inside
    known = {name for inside in names.values() for name in inside}
    return {name: x for name, x in proof.items() if name in names[part] or name not in known}


def _part(
    stated: Mapping[str, Any],
    names: Mapping[str, str],
    version: int,
    branching: _Branching,
    layout: Axis | None,
) -> dict[str, object]:
    other = 3 - version
    if _LEAVES[other] not in stated:
        found = _renamed({name: x for name, x in stated.items() if name != _COMPONENTS}, names)
        if _COMPONENTS in stated:
            found[_COMPONENTS] = [
                _component(x, x["rows"], branching, layout) for x in stated[_COMPONENTS]
            ]
        return found
    leaves = {_LEAVES[version]: [_renamed(leaf, names) for leaf in stated[_LEAVES[other]]]}
    if _PLANS in stated:
        return {_PLANS: stated[_PLANS], **leaves}
    return {
        _BRANCHES[version]: [
            item if isinstance(item, int) else branching(item) for item in stated[_BRANCHES[other]]
        ],
        **leaves,
    }


def _component(
    stated: Mapping[str, Sequence[_Cut]],
    rows: Sequence[int],
    branching: _Branching,
    layout: Axis | None,
) -> dict[str, object]:
    if layout is None:  # one satellite shares no receivers
        raise KeyError(_COMPONENTS)
    found = {"blocks": layout.blocks(*rows), **_part(stated, {}, 2, branching, layout)}
    if _CUTS in stated:
        found[_CUTS] = [
            {**cut, "rows": [[branching(service)[:2] for service in row] for row in cut["rows"]]}
            for cut in stated[_CUTS]
        ]
    return found


def _renamed(multipliers: Mapping[str, object], names: Mapping[str, str]) -> dict[str, object]:
    kept = {**names, **{name: name for name in (_CAPACITY, _DELIVERIES, _CUTS, _SCENARIO)}}
    return {kept[name]: multiplier for name, multiplier in multipliers.items() if name != "kind"}


def _globally(item: Sequence[int], interval: Sequence[int]) -> list[int]:
    """Return ``[link, first, last]`` for ``[a, b, link]`` or ``[a, link]`` of columns."""
    first, last = (item[0], item[0]) if len(item) == _SHORT else item[:2]
    return [item[-1], interval[first], interval[last]]


def _by_column(item: Sequence[int], interval: Sequence[int]) -> list[int]:
    link, first, last = item
    begin, end = bisect_left(interval, first), bisect_right(interval, last) - 1
    return [begin, link] if begin == end else [begin, end, link]
