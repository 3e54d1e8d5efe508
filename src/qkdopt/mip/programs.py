"""Run a solver that is a separate program."""

import shutil
import subprocess
from collections.abc import Callable, Sequence

from qkdopt.errors import MissingSolverError

_VERSION_S = 10.0


def output_of(command: Sequence[str], on_line: Callable[[str], None] | None = None) -> str:
    """Return what the program prints on both outputs; it ends when this process is interrupted.

    ``on_line`` is called with each line of output; programs may buffer some.

    Raises
    ------
    MissingSolverError
        When the program is not installed.
    """
    try:
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
        ) as process:
            return "".join(_lines(process, on_line))
    except FileNotFoundError as error:
        raise MissingSolverError(f"the program {command[0]} is not installed") from error


def _lines(process: subprocess.Popen[str], on_line: Callable[[str], None] | None) -> list[str]:
    """Read until the end; whatever interrupts that ends the process, too."""
    lines = []
    try:
        for line in process.stdout or ():
            lines.append(line)
            if on_line is not None:
                on_line(line)
    except BaseException:
        process.kill()
        raise
    return lines


def last_line(log: str) -> str:
    """Return the last line of what a program printed."""
    return (log.strip().splitlines() or ["nothing"])[-1]


def program_version(command: Sequence[str], marker: str) -> str | None:
    """Return the word after ``marker`` in the program's output; ``None`` without program."""
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
