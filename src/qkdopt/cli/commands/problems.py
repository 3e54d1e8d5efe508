"""``qkdopt problems``: the library of published problems."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from qkdopt.cli.exits import FINE
from qkdopt.cli.options import JsonOption

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["EXAMPLES", "problems_command"]

EXAMPLES = (
    "qkdopt problems",
    "qkdopt problems micius-china-2016 --json",
    "qkdopt problems --check certificate.json.gz",
)


def problems_command(
    name: Annotated[
        str | None,
        typer.Argument(metavar="NAME", help="Only this problem, in full.", show_default=False),
    ] = None,
    check: Annotated[
        str | None,
        typer.Option(
            "--check",
            metavar="FILE",
            help="Judge a certificate or instance and hold it against the published ones.",
            show_default=False,
        ),
    ] = None,
    as_json: JsonOption = False,
) -> int:
    """List published problems: size, and the best value and bound of each strategy.

    Values are those that the shipped certificates claim; qkdopt verify re-checks them. With
    --check: whether a contributed file holds and improves on what is known; exit code 1 when a
    claim is false.
    """
    from qkdopt.cli.console import print_json
    from qkdopt.cli.contributions import check_and_print
    from qkdopt.errors import InputError
    from qkdopt.library import problem_folder, problem_names

    if check is not None:
        if name is not None:
            raise InputError("--check", name, "no NAME: the file says which problem it is about")
        return check_and_print(check, as_json)
    found = [_facts(problem_folder(item)) for item in ([name] if name else problem_names())]
    if as_json:
        print_json(found[0] if name else {"problems": found})
    elif name:
        _print_one(found[0])
    else:
        _print_all(found)
    return FINE


def _facts(folder: Path) -> dict[str, Any]:
    import tomllib

    from qkdopt import judge
    from qkdopt.claims import Certificate

    scenario = tomllib.loads((folder / "scenario.toml").read_text(encoding="utf-8"))
    facts: dict[str, Any] = {
        "name": folder.name,
        "description": " ".join(str(scenario.get("description", "")).split()),
        "synthetic_clouds": bool(scenario.get("clouds", {}).get("synthetic", False)),
        "assumed_success_fractions": any(
            "success_fraction" in link for link in scenario.get("link", [])
        ),
        "folder": str(folder),
        "links": len(scenario.get("link", scenario.get("station", []))),
        "active_intervals": None,
        "best": {},
    }
    frozen = folder / "problem.json.gz"
    if frozen.is_file():
        interval = judge.read(frozen).get("interval")
        facts["active_intervals"] = len(interval) if isinstance(interval, list) else None
    for path in sorted((folder / "certificates").glob("*.json*")):
        claim = Certificate.load(path)
        kl_max = claim.document["strategy"].get("kl_max")
        strategy = claim.strategy if kl_max is None else f"{claim.strategy} {kl_max}"
        best = facts["best"].get(strategy)
        if best is None or _rank(claim.value) > _rank(best["value"]):
            facts["best"][strategy] = {
                "value": claim.value,
                "bound": claim.bound,
                "certificate": path.name,
            }
    return facts


def _rank(value: Any) -> Any:
    """Return what a larger value has more of; ``t`` first for balanced delivery."""
    from fractions import Fraction

    return (Fraction(value["t"]), value["total"]) if isinstance(value, dict) else value


def _print_all(found: list[dict[str, Any]]) -> None:
    from qkdopt.cli.console import new_table, output
    from qkdopt.cli.table import number_words

    console = output()
    table = new_table(console)
    table.add_column("problem", overflow="fold")
    table.add_column("links", justify="right")
    table.add_column("active\nintervals", justify="right")
    table.add_column("best value (strategy)", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for facts in found:
        best = [
            (f"{number_words(claim['value'])} ({name})", _standing(claim))
            for name, claim in facts["best"].items()
        ] or [("-", "")]
        active = facts["active_intervals"]
        table.add_row(
            _title(facts),
            str(facts["links"]),
            "-" if active is None else f"{active:,}",
            "\n".join(value for value, _ in best),
            "\n".join(standing for _, standing in best),
        )
    console.print(table)


def _print_one(facts: dict[str, Any]) -> None:
    from qkdopt.cli.console import say
    from qkdopt.cli.table import number_words

    active = facts["active_intervals"]
    size = "" if active is None else f", {active:,} active intervals"
    say(f"{_title(facts)}: {facts['description']}")
    say(f"size: {facts['links']} links{size}")
    for name, claim in facts["best"].items():
        say(f"{name}: {number_words(claim['value'])}, {_standing(claim)} ({claim['certificate']})")
    say(f"folder: {facts['folder']}")


def _title(facts: dict[str, Any]) -> str:
    keys = ("synthetic_clouds", "assumed_success_fractions")
    words = [key.replace("_", " ") for key in keys if facts[key]]
    return f"{facts['name']} ({', '.join(words)})" if words else str(facts["name"])


def _standing(claim: dict[str, Any]) -> str:
    if claim["value"] == claim["bound"]:
        return "optimal"
    from qkdopt.cli.table import number_words

    return f"bound {number_words(claim['bound'])}"
