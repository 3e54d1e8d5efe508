"""Pages of the published problems: one each, the index, and the overall table.

python models/tables.py          writes them all from the frozen problems and certificates
"""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

from catalogue import CATALOGUE, MODELS, Problem

import qkdopt as qo
from qkdopt import verifier
from qkdopt.cli.table import claim_words
from qkdopt.files import write_text
from qkdopt.library import INDEX, PROBLEM
from qkdopt.optimize.problem_file import problem_from_document
from qkdopt.physics import Scenario
from qkdopt.study.published import best_known, facts_of, relative_gap, standing

_WIDEST = 5  # open gaps that the table names

MEANING = {
    "gd": "S-GD, total bits",
    "pd": "S-PD, weighted bits",
    "balanced": "balanced, bits consumed in proportion to the weights, then total",
    "capped": "capped, bits up to the demand",
    "contact": "contacts, priority x (1 + volume)",
}


def meaning(label: str) -> str:
    """Return what a strategy's value is."""
    short, _, setting = label.partition("-")
    if short == "td":
        return f"S-TD({setting}), total bits"
    if short == "least":
        return f"least KL mismatch at {setting} of the S-GD total, nats"
    return MEANING[label]


def page_of(name: str) -> str:
    """Return a problem's page: what, source, size, best values and bounds."""
    frozen = MODELS / name / PROBLEM
    scenario, problem = _scenario(name), _read(frozen)
    lines = [f"# {name}", "", description(name), ""]
    if scenario is not None:
        lines += [f"**Not measured: {word}.**\n" for word in scenario.assumptions]
    lines += [
        f"{size_words(problem)} `{PROBLEM}` has SHA-256 `{problem.sha256[:16]}...` "
        "(canonical content).",
        "",
        "| strategy | best value | bound | |",
        "|---|---:|---:|---|",
    ]
    for label, claim in facts_of_certificates(name).items():
        value, bound = claim_words(claim, "value"), claim_words(claim, "bound")
        words = standing(claim["value"], claim["bound"])
        words = "proved optimal" if words == "optimal" else words
        lines.append(f"| {meaning(label)} | {value} | {bound} | {words} |")
    lines.append("")
    if scenario is not None and scenario.pair_links:
        lines += [
            "Bits of a pair are shared by its two stations directly: one bit is one shared bit.",
            "",
        ]
    lines += [source_words(name)]
    if (MODELS / name / "gd.mps.gz").exists():
        lines += ["The MPS files minimise the negated value."]
    lines += [f"All other files here: `python models/regenerate.py {name}`."]
    return "\n".join(lines) + "\n"


def source_words(name: str) -> str:
    """Return where the problem comes from, a sentence."""
    if CATALOGUE[name].make is None:
        return "The source of each number of the scenario is given in `scenario.toml`."
    return f"Made from {CATALOGUE[name].source}."


def size_words(problem: Problem) -> str:
    """Return the size, a sentence."""
    if isinstance(problem, qo.ContactProblem):
        return (
            f"{len(problem.nodes)} nodes, {len(problem.passes.id):,} passes, "
            f"{len(problem.targets.id):,} targets, {problem.pairs:,} possible pairs of pass and "
            f"target, {problem.gap_s} s between passes."
        )
    if len(problem.satellites) > 1:
        active = sum(satellite.interval.size for satellite in problem.satellites)
        turning = sorted({str(satellite.switch_s) for satellite in problem.satellites})
        return (
            f"{len(problem.satellites)} satellites, {len(problem.stations)} stations, "
            f"{len(problem.links)} links, {active:,} active intervals of {problem.interval_s} s, "
            f"{' or '.join(turning)} s for a hand-over."
        )
    return (
        f"{len(problem.links)} links, {problem.interval.size:,} active intervals of "
        f"{problem.interval_s} s, {problem.switch_s} s for a hand-over."
    )


def description(name: str) -> str:
    """Return what the problem is, on one line."""
    scenario = _scenario(name)
    text = CATALOGUE[name].description if scenario is None else scenario.description
    return " ".join(text.split())


def facts_of_certificates(name: str) -> dict[str, dict[str, Any]]:
    """Return the best known values and bounds in the order of the catalogue."""
    found = best_known(sorted((MODELS / name / "certificates").glob("*.json.gz")))
    order = [*CATALOGUE[name].searches, *sorted(found)]
    return {label: found[label] for label in dict.fromkeys(order) if label in found}


def index(names: Collection[str]) -> dict[str, Any]:
    """Return the facts about every problem that has a frozen file, by name.

    Those of ``names`` and of new problems from their files, others as the index has them.
    """
    path = MODELS / INDEX
    old = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return {
        name: entry(name) if name in names or name not in old else old[name]
        for name in sorted(CATALOGUE)
        if (MODELS / name / PROBLEM).exists()
    }


def entry(name: str) -> dict[str, Any]:
    """Return the facts about one problem."""
    scenario = _scenario(name)
    return {
        "description": description(name),
        "source": source_words(name),
        **facts_of(MODELS / name),
        "synthetic_clouds": bool(scenario and scenario.clouds and scenario.clouds.synthetic),
        "assumed_success_fractions": _assumed(scenario),
        "best": facts_of_certificates(name),
    }


def table(facts: dict[str, Any]) -> str:
    """Return the table of all problems."""
    lines = [
        "# Published problems",
        "",
        "Best known values of every problem and strategy, each with a certificate that",
        "`qkdopt verify` re-checks. `optimal` is stated only where value and bound are equal;",
        "everything else is open. Values are bits, of pd weighted bits, of least nats (smaller is",
        "better), of contact the sum of priority x (1 + volume).",
        "`python models/regenerate.py` regenerates everything and writes this page;",
        "[CONTRIBUTING.md](CONTRIBUTING.md) explains how to improve on it.",
        "",
        standing_words(facts),
        "",
        "| problem | links | intervals | strategy | best value | bound | |",
        "|---|---:|---:|---|---:|---:|---|",
    ]
    for name, one in facts.items():
        size = one.get("links", one.get("nodes")), one.get("active_intervals", one.get("passes"))
        first = f"| [{name}]({name}/README.md) | {size[0]:,} | {size[1]:,} |"
        for label, claim in one["best"].items():
            words = [claim_words(claim, key) for key in ("value", "bound")]
            status = standing(claim["value"], claim["bound"])
            lines.append(f"{first} {label} | {words[0]} | {words[1]} | {status} |")
            first = "| | | |"
    lines += [
        "",
        "Of contact problems `links` counts nodes, and `intervals` passes; of several satellites",
        "both are counted for each and added up. Gaps are shares of the bound; `gap of t` is that",
        "of the balanced part, before the total. The tests enumerate the hand-sized problems.",
        "",
        "How each is made:",
        "",
        *(f"- **{name}**: {one['description']} {one['source']}" for name, one in facts.items()),
    ]
    return "\n".join(lines) + "\n"


def standing_words(facts: dict[str, Any]) -> str:
    """Return how much is proved, and where the gaps are widest."""
    claims = [
        (name, label, claim) for name, one in facts.items() for label, claim in one["best"].items()
    ]
    gaps = [
        (relative_gap(claim["value"], claim["bound"]), f"{name} {label}")
        for name, label, claim in claims
        if not label.startswith("least") and not is_proved(claim)
    ]
    proved = sum(is_proved(claim) for *_, claim in claims)
    widest = [f"{words} ({100 * gap:.3g} %)" for gap, words in sorted(gaps, reverse=True)[:_WIDEST]]
    return (
        f"{len(facts)} problems, {len(claims)} values, {proved} of them proved optimal. The widest "
        f"open gaps, KL mismatches excluded: {', '.join(widest)}."
    )


def is_proved(claim: dict[str, Any]) -> bool:
    """Return whether value and bound meet, nats to 1e-12."""
    return standing(claim["value"], claim["bound"]).startswith("optimal")


def write_index_and_table(names: Collection[str] = tuple(CATALOGUE)) -> None:
    """Write ``index.json``, the table of all problems, and the pages of ``names``."""
    facts = index(names)
    for name in facts.keys() & set(names):
        write_text(MODELS / name / "README.md", page_of(name))
    write_text(MODELS / INDEX, json.dumps(facts, indent=1, ensure_ascii=False) + "\n")
    write_text(MODELS / "README.md", table(facts))


def _read(frozen: Path) -> Problem:
    document: Any = verifier.read(frozen)
    if document["format"] == "qkdopt-contact-problem":
        return qo.ContactProblem.from_document(document, str(frozen))
    return problem_from_document(document, str(frozen))


def _assumed(scenario: Scenario | None) -> bool:
    return scenario is not None and any(
        link.success_fraction is not None for link in scenario.pair_links
    )


def _scenario(name: str) -> Scenario | None:
    return None if CATALOGUE[name].make is not None else qo.load_scenario(MODELS / name)


if __name__ == "__main__":
    write_index_and_table()
