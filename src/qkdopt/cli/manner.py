"""How much a command says: quiet, verbose, and a log file; set by the global options."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from qkdopt.errors import OutputError
from qkdopt.plain_text import printable

__all__ = ["is_quiet", "note", "reset", "set_manner"]


@dataclass
class _Manner:
    quiet: bool = False
    verbose: bool = False
    log: IO[str] | None = None


_manner = _Manner()


def set_manner(quiet: bool, verbose: bool, log: Path | None) -> None:
    """Set how much the command at hand says; the log is appended to.

    Raises
    ------
    OutputError
        When the log cannot be opened.
    """
    _manner.quiet, _manner.verbose = quiet, verbose
    if log is not None:
        try:
            _manner.log = log.open("a", encoding="utf-8", buffering=1)
        except OSError as error:
            raise OutputError(f"{log}: cannot write: {error.strerror}") from error


def reset() -> None:
    """Close the log and forget the options, for the next command of this process."""
    log, _manner.quiet, _manner.verbose, _manner.log = _manner.log, False, False, None
    if log is not None:
        log.close()


def is_quiet() -> bool:
    """Say whether only errors and what ``--json`` asks for may be printed."""
    return _manner.quiet


def note(message: str, *, shown: bool = False) -> None:
    """Write a line to the log, and with ``--verbose`` to standard error.

    ``shown`` says that the user sees it anyway.
    """
    line = printable(" ".join(message.split()))
    if _manner.verbose and not shown:
        print(f"qkdopt: {line}", file=sys.stderr)
    if _manner.log is not None:
        instant = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        try:
            _manner.log.write(f"{instant} {line}\n")
        except OSError:  # a full disk must not stop the work that is logged
            _manner.log = None
            print("qkdopt: warning: the log cannot be written any more", file=sys.stderr)
