"""Whole files or none: everything is written beside its place and moved there at the end."""

import gzip
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from qkdopt.errors import OutputError
from qkdopt.protection import writable_target


@contextmanager
def output_path(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a temporary path in the folder of ``path``; move it to ``path`` on success.

    Raises
    ------
    OutputError
        When the folder is missing or not writable, or the disk is full; when ``path`` is a
        device, a pipe or anything else but a regular file, or a file that the current command
        reads. Whatever stood at ``path`` before is then still there, whole, and no temporary
        file is left.
    """
    target, temporary = _beside(path)
    try:
        yield temporary
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(target)
    except OSError as error:
        raise OutputError(f"{path}: cannot write: {_reason(error)}") from error
    finally:
        with suppress(FileNotFoundError):
            temporary.unlink()


def check_output(path: str | os.PathLike[str]) -> None:
    """Refuse a file that :func:`output_path` could not write, before anything is computed.

    Raises
    ------
    OutputError
        As there.
    """
    _, temporary = _beside(path)
    temporary.unlink()


def _beside(path: str | os.PathLike[str]) -> tuple[Path, Path]:
    """Return the file that is written, and a new empty one in its folder."""
    target = writable_target(path)
    try:
        handle, name = tempfile.mkstemp(
            prefix=f".{target.name}.", suffix=target.suffix, dir=target.parent
        )
        os.close(handle)
    except OSError as error:
        raise OutputError(f"{path}: cannot write: {_reason(error)}") from error
    return target, Path(name)


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write ``text`` as UTF-8, gzip-compressed (without a time stamp) when it ends in ``.gz``."""
    data = text.encode()
    if str(path).endswith(".gz"):
        data = gzip.compress(data, compresslevel=9, mtime=0)
    with output_path(path) as temporary, temporary.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def make_folder(path: str | os.PathLike[str]) -> Path:
    """Create the folder ``path`` and its parents; return it."""
    folder = Path(path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder}: cannot create the folder: {_reason(error)}") from error
    return folder


def _reason(error: OSError) -> str:
    return error.strerror or str(error)


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current
