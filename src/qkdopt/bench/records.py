"""The file of records: one line of JSON each, written once and whole, by one run at a time."""

import errno
import json
import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from qkdopt.bench.record_document import FORMAT, RecordDocument
from qkdopt.documents import parse_json
from qkdopt.errors import InputError, OutputError
from qkdopt.forms import checked_document
from qkdopt.opening import RECORDS, read_bytes

_EXPECTED = "a record of qkdopt bench"


def read_records(path: Path) -> tuple[list[dict[str, Any]], list[InputError]]:
    """Return the records of a file, each key once (the first), and what was wrong with it.

    A last line without its end is what a killed run leaves; it and any other line that is no
    record are reported, naming line and key, and left out.

    Raises
    ------
    InputError
        When the file cannot be read.
    """
    data = read_bytes(path, RECORDS, "a file of records")
    records: dict[str, dict[str, Any]] = {}
    warnings = []
    for number, line in enumerate(data.split(b"\n"), start=1):
        if not line.strip():
            continue
        where = f"{path}: line {number}"
        try:
            record = _record(line, where)
            if record["key"] in records:
                raise InputError(where, "an earlier job once more", "each job once")
        except InputError as error:
            warnings.append(error)
        else:
            records[record["key"]] = record
    return list(records.values()), warnings


def _record(line: bytes, where: str) -> dict[str, Any]:
    try:
        document: dict[str, Any] = parse_json(line.decode())
    except (ValueError, RecursionError) as error:
        raise InputError(where, "no whole record", _EXPECTED) from error
    _name_as_now(document)
    checked_document(RecordDocument, document, where, _EXPECTED)
    return document


_NAMES = {"job": {"contender": "solver"}, "seconds": {"judge": "verify"}}
"""What the first records call some members, and what they are called now."""


def _name_as_now(document: object) -> None:
    """Give the members of a record, whole or not, their names of now."""
    for group, names in _NAMES.items():
        found = document.get(group) if isinstance(document, dict) else None
        if isinstance(found, dict):
            found.update({names[old]: found.pop(old) for old in [*found] if old in names})


class RecordFile:
    """A file of records that is open for one run; a context manager.

    Attributes
    ----------
    records
        Those that were there before.
    warnings
        What was wrong with the file; a torn last line is cut off.

    Raises
    ------
    OutputError
        On entering, when another run has the file open, or it cannot be written.
    """

    def __init__(self, path: Path) -> None:
        from filelock import FileLock

        self.path = path
        self.records: list[dict[str, Any]] = []
        self.warnings: list[str] = []
        self._lock = FileLock(path.with_name(path.name + ".lock"))

    def __enter__(self) -> Self:
        """Take the file for this run, and read it."""
        from filelock import Timeout

        try:
            self._lock.acquire(timeout=0)
        except Timeout as error:
            message = "another run writes into it; wait for its end, or choose another folder"
            raise OutputError(f"{self.path}: {message}") from error
        except OSError as error:
            raise OutputError(f"{self.path}: cannot write: {error.strerror or error}") from error
        try:
            if self.path.exists():
                self.records, warnings = read_records(self.path)
                if warnings and not self.records:
                    self._check_own(warnings[0])
                self.warnings = [f"{warning}; it is left out" for warning in warnings]
                self._cut_torn_line()
        except BaseException:
            self._lock.release()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give the file back."""
        self._lock.release()

    @property
    def keys(self) -> set[str]:
        """Keys of the records that were there before."""
        return {record["key"] for record in self.records}

    def append(self, record: Mapping[str, object]) -> None:
        """Write one record to the disk; on failure the file is as it was.

        Raises
        ------
        OutputError
            When it could not be written whole.
        """
        line = json.dumps({"format": FORMAT, **record}, separators=(",", ":")).encode() + b"\n"
        try:
            with self.path.open("ab", buffering=0) as stream:
                before = stream.tell()
                try:
                    if stream.write(line) != len(line):
                        raise OSError(errno.ENOSPC, "the disk is full")
                    os.fsync(stream.fileno())
                except OSError:
                    os.truncate(self.path, before)
                    raise
        except OSError as error:
            raise OutputError(f"{self.path}: cannot write: {error.strerror or error}") from error

    def _check_own(self, warning: InputError) -> None:
        """Refuse a file without any record, unless a run was killed in its first one."""
        begin = json.dumps({"format": FORMAT}, separators=(",", ":"))[:-1].encode()
        data = read_bytes(self.path, RECORDS)
        if b"\n" in data or not (data.startswith(begin) or begin.startswith(data)):
            message = f"{warning}; it is not of qkdopt: choose another folder"
            raise OutputError(message) from warning

    def _cut_torn_line(self) -> None:
        data = read_bytes(self.path, RECORDS)
        whole = data.rfind(b"\n") + 1
        if whole < len(data):
            os.truncate(self.path, whole)
