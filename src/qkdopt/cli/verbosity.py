"""How much a command prints: logging to standard error and, with ``--log``, to a file."""

import logging
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from qkdopt.errors import OutputError
from qkdopt.plain_text import printable

LOGGER = logging.getLogger("qkdopt.cli")
"""Steps are ``info``, warnings ``warning``, the reason for an exit code 2 or 70 ``error``."""


class _OneLine(logging.Formatter):
    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:
        return datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def formatMessage(self, record: logging.LogRecord) -> str:
        level = f"{record.levelname.lower()}: " if record.levelno >= logging.WARNING else ""
        record.message = printable(level + " ".join(record.message.split()))
        return super().formatMessage(record)


class _StandardError(logging.StreamHandler[IO[str]]):
    """Writes to ``sys.stderr`` as it is at the time, which tests and callers may replace."""

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stderr
        super().emit(record)


class _LogFile(logging.FileHandler):
    """Stops logging with one warning when the disk is full; the command continues."""

    def handleError(self, record: logging.LogRecord) -> None:
        LOGGER.removeHandler(self)
        LOGGER.warning("the log cannot be written any more")


def configure(quiet: bool = False, verbose: bool = False, log: Path | None = None) -> None:
    """Set what the current command prints and where it logs (appending).

    Raises
    ------
    OutputError
        When the log cannot be opened.
    """
    reset()
    shown = _StandardError()
    shown.setFormatter(_OneLine("qkdopt: %(message)s"))
    shown.setLevel(logging.ERROR if quiet else logging.INFO if verbose else logging.WARNING)
    LOGGER.addHandler(shown)
    LOGGER.setLevel(logging.INFO)
    LOGGER.propagate = False
    if log is not None:
        try:
            file = _LogFile(log, encoding="utf-8", errors="backslashreplace")
        except OSError as error:
            raise OutputError(f"{log}: cannot write: {error.strerror}") from error
        file.setFormatter(_OneLine("%(asctime)s %(message)s"))
        LOGGER.addHandler(file)


def reset() -> None:
    """Close the log and forget the options, for the next command of this process."""
    for handler in LOGGER.handlers[:]:
        LOGGER.removeHandler(handler)
        handler.close()


def is_quiet() -> bool:
    """Return whether only errors and the output of ``--json`` may be printed."""
    return any(handler.level == logging.ERROR for handler in LOGGER.handlers)
