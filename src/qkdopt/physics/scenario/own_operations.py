"""The operations of one satellite of several: without the rules about links that it lacks."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from qkdopt.physics.scenario.link_parts import Link, PairLink

_Links: TypeAlias = Sequence[Link | PairLink]


def operations_on(
    links: _Links, every: _Links, operations: Mapping[str, object]
) -> dict[str, object]:
    """Return operations without the closed or locked links that only others have.

    Parameters
    ----------
    links
        Those of the satellite.
    every
        Those of all satellites.
    """
    lost = [link for link in every if link.name not in {own.name for own in links}]
    named = {"link": {link.name for link in lost}}
    own_ends = {end for link in links for end in link.stations}
    named["station"] = {end for link in lost for end in link.stations} - own_ends
    kept = dict(operations)
    for rule in ("forbidden", "locked"):
        if isinstance(entries := kept.get(rule), list):
            kept[rule] = [entry for entry in entries if not _names_any(entry, named)]
    return kept


def _names_any(entry: object, named: Mapping[str, set[str]]) -> bool:
    """Say whether a rule's entry is about one of the named links or stations."""
    return isinstance(entry, Mapping) and any(entry.get(key) in named[key] for key in named)
