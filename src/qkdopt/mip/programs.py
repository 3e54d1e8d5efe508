"""Run a solver that is a program of its own."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Sequence

from qkdopt.errors import MissingSolverError

__all__ = ["output_of", "program_version"]

_VERSION_S = 10.0


def output_of(command: Sequence[str], told: Callable[[str], None] | None = None) -> str:
    """Return what the program prints on both outputs; it ends when this process is interrupted.

    ``told`` is given each line as it comes; programs may keep some back for a while.

    Raises
    ------
    MissingSolverError
        When there is no such program.
    """
    try:
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
        ) as process:
            return "".join(_lines(process, told))
    except FileNotFoundError as error:
        raise MissingSolverError(f"the program {command[0]} is not installed") from error


def _lines(process: subprocess.Popen[str], told: Callable[[str], None] | None) -> list[str]:
    """Read until the end; whatever interrupts that ends the process, too."""
    lines = []
    try:
        for line in process.stdout or ():
            lines.append(line)
            if told is not None:
                told(line)
    except BaseException:
        process.kill()
        raise
    return lines


def program_version(command: Sequence[str], marker: str) -> str | None:
    """Return the word after ``marker`` in what the program prints; ``None`` without program."""
    if shutil.which(command[0]) is None:
        return None
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", check=False,
            timeout=_VERSION_S,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return None
    words = (done.stdout + done.stderr).partition(marker)[2].split()
    return words[0].rstrip(",") if words else "unknown"
