"""Notes on the provenance of keys that results must carry, one line each."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from qkdopt.documents import read_toml

if TYPE_CHECKING:
    from qkdopt.optimize.problem import SchedulingProblem

_DIRECT = "a pair's key is shared by its two stations directly: one bit is one shared bit"


def notes_of_keys(provenance: Mapping[str, str]) -> tuple[str, ...]:
    """Return the notes on a key tensor, from its provenance."""
    found = []
    if "pair_links" in provenance:
        found.append(f"PAIRS: {_DIRECT}")
    if "synthetic" in provenance.get("clouds", "").lower():
        found.append("NOT MEASURED: synthetic clouds")
    if "success_fractions" in provenance:
        found.append(f"NOT MEASURED: success fractions, {provenance['success_fractions']}")
    if "assumed" in provenance.get("interval", ""):
        words = 'a comment such as "# interval of 30 s", or --interval, overrides this'
        found.append(f"ASSUMED: intervals of {provenance['interval'].split(',')[0]}; {words}")
    block = provenance.get("finite_key", "session").partition(",")[0]
    if block != "session":
        words = f"qkdopt evaluate --finite-key block={block} counts finite ones"
        found.append(f"ASYMPTOTIC KEYS: schedules are made for blocks without end; {words}")
    return tuple(found)


def notes_of_problem(problem: SchedulingProblem) -> tuple[str, ...]:
    """Return the notes on what a problem counts."""
    if not problem.in_sessions:
        return ()
    return ("FINITE KEYS: each uninterrupted service of a link is a block with a key of its own",)


def notes_of_frozen(path: Path) -> tuple[str, ...]:
    """Return the notes on a published problem, by the scenario beside its frozen file."""
    beside = path.parent / "scenario.toml"
    if not beside.is_file():
        return ()
    tables = read_toml(beside, exact=False)
    facts: dict[str, str] = {}
    pairs = [link for link in tables.get("link", []) if "stations" in link]
    if pairs:
        facts["pair_links"] = "some"
    if tables.get("clouds", {}).get("synthetic"):
        facts["clouds"] = "synthetic"
    shares = [
        f"{link.get('name', '-'.join(link['stations']))} {link['success_fraction']:g}"
        for link in pairs
        if "success_fraction" in link
    ]
    if shares:
        facts["success_fractions"] = f"ASSUMED, in place of weather: {', '.join(shares)}"
    return notes_of_keys(facts)
