"""Internal errors: write a log file and return the one-line message.

Only the standard library is imported here: this must work when little else does.
"""

import errno
import os
import platform
import tempfile
import traceback
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from importlib import metadata

_PACKAGES = (
    "qkdopt", "numpy", "scipy", "numba", "pyomo", "highspy", "matplotlib", "xarray", "netCDF4",
    "pydantic", "rich", "sgp4", "typer",
)  # fmt: skip
_MOST_FRAMES = 200


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether an error means that there was no memory left."""
    return isinstance(error, MemoryError) or getattr(error, "errno", None) == errno.ENOMEM


def crash_words(error: BaseException, arguments: Sequence[str]) -> str:
    """Write traceback, versions and arguments to a log file; return the message for the user."""
    if is_out_of_memory(error):
        what = "out of memory; what was written before is kept"
    else:
        what = f"internal error: {''.join(traceback.format_exception_only(error)).strip()}"
    try:
        where = _write(_text(error, arguments))
    except (OSError, MemoryError) as failure:
        return f"{what} (and no log could be written: {failure})"
    if is_out_of_memory(error):
        return f"{what}; log: {where}"
    return f"{what}; this is a defect of qkdopt: please report it with the log {where}"


def _write(text: str) -> str:
    """Write a new file that only the user can read; return its path."""
    handle, path = tempfile.mkstemp(prefix="qkdopt-error-", suffix=".log")
    with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as stream:
        stream.write(text)
    return path


def _text(error: BaseException, arguments: Sequence[str]) -> str:
    trace = traceback.format_exception(type(error), error, error.__traceback__, limit=_MOST_FRAMES)
    return "\n".join([
        datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        f"arguments: {list(arguments)!r}",
        f"Python {platform.python_version()}, {platform.platform()}",
        *_versions(),
        "",
        "".join(trace),
    ])  # fmt: skip


def _versions() -> list[str]:
    found = []
    for package in _PACKAGES:
        with suppress(metadata.PackageNotFoundError):
            found.append(f"{package} {metadata.version(package)}")
    return found
