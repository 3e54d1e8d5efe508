"""``qkdopt problems --check``: what a contributed file adds to the published ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qkdopt.cli.exits import CLAIM_FAILED, FINE

if TYPE_CHECKING:
    from qkdopt.study import Contribution
    from qkdopt.verifier import Verdict


def check_and_print(path: str, as_json: bool) -> int:
    """Verify, compare, print; return the exit code: 1 when a claim is false."""
    from qkdopt.cli.console import print_json, print_line
    from qkdopt.study import check_contribution

    found = check_contribution(path)
    if as_json:
        print_json({"file": path, **_document(found)})
    else:
        for line in _lines(path, found):
            print_line(line)
    return CLAIM_FAILED if found.verdict is not None and not found.verdict else FINE


def _document(found: Contribution) -> dict[str, object]:
    document: dict[str, object] = {
        "kind": found.kind,
        "problem_sha256": found.problem_sha256,
        "published_as": found.published_as,
    }
    if found.verdict is None:
        return document
    best = found.best
    return {
        **document,
        "strategy": dict(found.strategy),
        "verified": found.verdict.holds,
        "value": found.verdict.value,
        "bound": found.verdict.bound,
        "findings": list(found.verdict.findings),
        "best_value": None if best is None else best.value,
        "best_bound": None if best is None else best.bound,
        "improves_value": found.better_value,
        "improves_bound": found.better_bound,
    }


def _lines(path: str, found: Contribution) -> list[str]:
    where = found.published_as
    if found.verdict is None:
        lines = [f"{path}: a well-formed problem, SHA-256 {found.problem_sha256}"]
        news = "a new problem: no published one has this hash"
        return [*lines, news if where is None else f"already published as {where}"]
    lines = [f"{path}: {found.verdict.statement}"]
    lines += [f"    {finding}" for finding in found.verdict.findings[1:]]
    if not found.verdict:
        return lines
    if where is None:
        return [*lines, "about a problem that is not published: contribute that, too"]
    lines.append(f"about {where}, strategy {found.strategy.get('name')}")
    if found.best is None:
        return [*lines, "first of this strategy: improves value and bound"]
    for name, better, known, file in (
        ("value", found.better_value, found.best.value, found.best.files[0]),
        ("bound", found.better_bound, found.best.bound, found.best.files[1]),
    ):
        verb = "improves the" if better else "does not improve the"
        lines.append(f"{verb} {name}: best known {_words(found.verdict, known)} ({file})")
    return lines


def _words(verdict: Verdict, number: object) -> str:
    if isinstance(number, dict):
        return f"t {number['t']}, total {number['total']:,}"
    return verdict.words(number) if isinstance(number, int) else str(number)
