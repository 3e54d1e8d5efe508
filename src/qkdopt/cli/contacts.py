"""``qkdopt solve`` for contact problems."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qkdopt.cli.console import new_table, output, print_json, print_line
from qkdopt.cli.exits import CLAIM_FAILED, FINE, INTERRUPTED
from qkdopt.cli.progress import progress_bars
from qkdopt.documents import read_json
from qkdopt.errors import InputError, SolverError

if TYPE_CHECKING:
    from qkdopt.certificates import Outcome
    from qkdopt.contact import ContactProblem
    from qkdopt.verifier import Verdict

_MOST_ROWS = 60


@dataclass(frozen=True)
class SolverSettings:
    """The options of ``qkdopt solve`` that both kinds of problems have."""

    solver: str | None
    formulation: str | None
    time_limit: float | None
    seed: int
    threads: int


def contact_problem(text: str) -> ContactProblem | None:
    """Return the contact problem in a file or of a published name, ``None`` when it is none.

    Raises
    ------
    InputError
        When the file is a contact problem or a certificate of one, and a bad one.
    """
    path = _published(text) or Path(text)
    if not path.name.endswith((".json", ".json.gz")) or not path.is_file():
        return None
    document = read_json(path, "a problem as JSON")
    if isinstance(document, list):
        came = "a list (an instance in another format?)"
        raise InputError(str(path), came, "a problem; use qkdopt import first")
    if not isinstance(document, dict):
        return None
    if document.get("format") == "qkdopt-contact-certificate":
        document = document.get("problem")
    elif document.get("format") != "qkdopt-contact-problem":
        return None
    from qkdopt.contact import ContactProblem

    return ContactProblem.from_document(document, str(path))


def _published(text: str) -> Path | None:
    """Return the frozen file of a published contact problem, ``None`` for anything else."""
    from qkdopt.library import checked_problem, models_folder, published_index

    if Path(text).name != text or published_index().get(text, {}).get("kind") != "contacts":
        return None
    return checked_problem(models_folder() / text)


def refuse_options(given: Mapping[str, object]) -> None:
    """Refuse options that mean nothing for contacts."""
    for name, value in given.items():
        if value is not None:
            raise InputError(name, str(value), "none with a contact problem")


def kept_words(path: Path | None) -> str:
    """Return where the certificate is, for an error message."""
    return "not written (no -o FILE)" if path is None else f"{path} (written)"


def solve_and_print(
    problem: ContactProblem, settings: SolverSettings, path: Path | None, as_json: bool
) -> int:
    """Solve, verify, print; return the exit code."""
    from qkdopt.study import solve, verify
    from qkdopt.study.verification import naming

    with progress_bars() as bars:
        outcome = solve(problem, progress=bars.search("contacts"), **asdict(settings))
    if outcome.ended == "failed":
        raise SolverError(outcome.reason or "the solver failed")
    verdict = None
    if outcome.certificate is not None:
        if path is not None:
            outcome.certificate.save(path)  # before anything else can go wrong
        with naming(kept_words(path)):
            verdict = verify(outcome.certificate, problem)
    if as_json:
        print_json(_document(problem, outcome, verdict))
    elif verdict is None:
        print_line(f"No schedule: {outcome.reason}. Nothing was written.")
    else:
        _print(problem, outcome, verdict)
        if path is not None:
            print_line(f"Written: {path}")
    if outcome.ended == "interrupted":
        return INTERRUPTED
    return FINE if verdict else CLAIM_FAILED


def _rows(problem: ContactProblem, outcome: Outcome) -> list[dict[str, Any]]:
    if outcome.certificate is None:
        return []
    passes, targets = problem.passes, problem.targets
    return [
        {
            "pass": passes.id[p],
            "node": problem.nodes[passes.node[p]],
            "start_s": str(passes.start_s[p]),
            "end_s": str(passes.end_s[p]),
            "target": targets.id[t],
            "operation": targets.operation[t],
            "priority": str(targets.priority[t]),
        }
        for p, t in outcome.certificate.schedule
    ]


def _document(
    problem: ContactProblem, outcome: Outcome, verdict: Verdict | None
) -> dict[str, object]:
    return {
        "strategy": "contact",
        "problem_sha256": problem.sha256,
        "value": outcome.value,
        "bound": outcome.bound,
        "decimals": problem.decimals,
        "ended": str(outcome.ended),
        "verified": bool(verdict),
        "optimal": verdict is not None and verdict.optimal,
        "contacts": _rows(problem, outcome),
        "findings": [] if verdict is None else list(verdict.findings),
        "reason": outcome.reason,
        "made_by": {} if outcome.certificate is None else outcome.certificate.document["made_by"],
        "seconds": {phase: round(s, 6) for phase, s in outcome.seconds.items()},
    }


def _print(problem: ContactProblem, outcome: Outcome, verdict: Verdict) -> None:
    console = output()
    rows = _rows(problem, outcome)
    table = new_table(console, f"{len(rows):,} of {len(problem.passes.id):,} passes used")
    for name, side in (
        ("pass", "left"), ("node", "left"), ("start [s]", "right"), ("end [s]", "right"),
        ("target", "left"), ("operation", "left"), ("priority", "right"),
    ):  # fmt: skip
        table.add_column(name, justify="right" if side == "right" else "left", overflow="fold")
    for row in rows[:_MOST_ROWS]:
        table.add_row(*row.values())
    console.print(table)
    if len(rows) > _MOST_ROWS:
        print_line(f"... and {len(rows) - _MOST_ROWS:,} more (all with --json)")
    ended = str(outcome.ended).replace("_", " ")
    print_line(f"{verdict.statement} ({ended}, {sum(outcome.seconds.values()):.3g} s)")
    for finding in verdict.findings:
        print_line(f"FALSE: {finding}")
