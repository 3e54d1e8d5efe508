"""``qkdopt verify``: check certificates independently of the solvers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from qkdopt.cli.exits import BAD_INPUT, CLAIM_FAILED, FINE
from qkdopt.cli.options import JsonOption, argument, option
from qkdopt.cli.verbosity import LOGGER
from qkdopt.errors import QkdoptError

if TYPE_CHECKING:
    from qkdopt.verifier import Verdict

EXAMPLES = (
    "qkdopt verify qkdopt-results/micius-china-2016/gd.json",
    "qkdopt verify *.json.gz --json",
    "qkdopt verify certificate.json --problem problem.json.gz",
)


def verify_command(
    certificates: Annotated[
        list[str], argument("CERTIFICATE...", "Files, .json or .json.gz.", shown=True)
    ],
    problem: Annotated[
        str | None,
        option(
            "--problem",
            "FILE",
            "The problem (or another certificate of it) that every certificate must be for.",
        ),
    ] = None,
    time_limit: Annotated[
        float | None,
        option(
            "--time-limit",
            "SECONDS",
            "Stop verifying a certificate after this time: neither verified nor false.",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> int:
    """Verify certificates: recompute schedule, value and bound from the problem they hold.

    Exit code 0 when every claim holds, 1 when some do not, 2 when a file cannot be read as a
    certificate or takes too much work to verify (the others are still verified).
    """
    from qkdopt.cli.console import print_json, print_line
    from qkdopt.nearest import missing_file
    from qkdopt.study import verify

    code, documents = FINE, []
    for path in certificates:
        try:
            for given in (path, *(() if problem is None else (problem,))):
                if not Path(given).exists():
                    raise missing_file(given, "a certificate or a problem")
            verdict = verify(path, problem, time_limit=time_limit)
        except QkdoptError as error:
            code = BAD_INPUT
            LOGGER.error(_naming(path, problem, str(error)))
            documents.append({"file": path, "verified": False, "error": str(error)})
            continue
        if not verdict:
            code = max(code, CLAIM_FAILED)
        documents.append(_document(path, verdict))
        if not as_json:
            print_line(f"{path}: {verdict.statement}")
            for finding in verdict.findings[1:]:
                print_line(f"    {finding}")
    if as_json:
        print_json({"verified": code == FINE, "certificates": documents})
    return code


def _naming(path: str, problem: str | None, message: str) -> str:
    """Return the message with the certificate's path, unless it begins with what is at fault."""
    begins = (f"{name}:" for name in (path, problem) if name is not None)
    return message if message.startswith(tuple(begins)) else f"{path}: {message}"


def _document(path: str, verdict: Verdict) -> dict[str, object]:
    return {
        "file": path,
        "verified": verdict.holds,
        "optimal": verdict.optimal,
        "value": verdict.value,
        "bound": verdict.bound,
        "recomputed_bound": verdict.recomputed_bound,
        "unit": verdict.unit,
        **({"decimals": verdict.decimals} if verdict.decimals else {}),
        "delivered": list(verdict.delivered_by_scenario or verdict.delivered),
        "findings": list(verdict.findings),
    }
