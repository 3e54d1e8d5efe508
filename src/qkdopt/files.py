"""Whole files or none: everything is written beside its place and moved there at the end."""

from __future__ import annotations

import gzip
import json
import os
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn

from qkdopt.errors import InputError, OutputError
from qkdopt.protection import writable_target

__all__ = ["make_folder", "output_path", "read_json", "write_text"]

_LARGEST_DOCUMENT_BYTES = 256 * 2**20


@contextmanager
def output_path(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a temporary path in the folder of ``path``; move it to ``path`` on success.

    Raises
    ------
    OutputError
        When the folder is missing or not writable, or the disk is full; when ``path`` is a
        device, a pipe or anything else but a regular file, or a file that the command at hand
        reads. Whatever stood at ``path`` before is then still there, whole, and no temporary
        file is left.
    """
    target = writable_target(path)
    try:
        handle, name = tempfile.mkstemp(
            prefix=f".{target.name}.", suffix=target.suffix, dir=target.parent
        )
        os.close(handle)
    except OSError as error:
        raise OutputError(f"{target}: cannot write: {_reason(error)}") from error
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(target)
    except OSError as error:
        raise OutputError(f"{target}: cannot write: {_reason(error)}") from error
    finally:
        with suppress(FileNotFoundError):
            temporary.unlink()


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write ``text`` as UTF-8, gzip-compressed (without a time stamp) when it ends in ``.gz``."""
    data = text.encode()
    if str(path).endswith(".gz"):
        data = gzip.compress(data, compresslevel=9, mtime=0)
    with output_path(path) as temporary, temporary.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def read_json(path: str | os.PathLike[str], expected: str, *, exact: bool = False) -> Any:
    """Read a JSON document, plain or gzip-compressed (ending in ``.gz``).

    With ``exact``, numbers with a point are decimals with all digits that the file has, and
    numbers that are none (``NaN``) or keys that an object has twice are refused.

    Raises
    ------
    InputError
        Saying that ``expected`` was expected: for a file that cannot be opened, is damaged,
        is not UTF-8 JSON, or holds more than 256 MiB of text.
    """
    where = str(path)
    try:
        opener = gzip.open if where.endswith(".gz") else open
        with opener(path, "rb") as stream:
            data = stream.read(_LARGEST_DOCUMENT_BYTES + 1)
        if len(data) > _LARGEST_DOCUMENT_BYTES:
            raise InputError(where, "more than 256 MiB of text", expected)
        if exact:
            return json.loads(
                data.decode(),
                parse_float=Decimal,
                parse_constant=_no_number,
                object_pairs_hook=_each_key_once,
            )
        return json.loads(data.decode())
    except FileNotFoundError as error:
        raise InputError(where, "no file", expected) from error
    except (OSError, EOFError, ValueError, RecursionError, zlib.error) as error:
        raise InputError(where, f"unreadable file ({error})", expected) from error


def make_folder(path: str | os.PathLike[str]) -> Path:
    """Create the folder ``path`` and its parents; return it."""
    folder = Path(path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder}: cannot create the folder: {_reason(error)}") from error
    return folder


def _no_number(literal: str) -> NoReturn:
    raise ValueError(f"{literal} is no number")


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for i, name in enumerate(names) if name in names[:i])
        raise ValueError(f"the key {twice!r} twice in one object")
    return found


def _reason(error: OSError) -> str:
    return error.strerror or str(error)


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current
