"""Opens all untrusted files: regular files only, with a limit on bytes.

Every path from a user or from a file is opened here. A file is opened first
and looked at afterwards, by its descriptor, so that nothing can take its place in between;
devices, pipes, sockets and folders are refused without a wait. Compressed files are unpacked
piece by piece up to the limit, whatever size they declare.
"""

import os
import re
import stat
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from typing import NamedTuple

from qkdopt.errors import Described, InputError
from qkdopt.nearest import missing_file
from qkdopt.protection import kind_of_file, protect

_MIB = 2**20


class FileKind(NamedTuple):
    """What a file may hold: its name in messages, and its largest size, unpacked [bytes]."""

    name: str
    largest_bytes: int


SETTINGS = FileKind("TOML", 4 * _MIB)
"""Scenarios, options, plans, weights: what people write by hand."""
TEXT = FileKind("text", 4 * _MIB)
"""Orbital elements as text; the whole public catalogue has 5 MB, one satellite 1 kB."""
TABLE = FileKind("a CSV table", 64 * _MIB)
"""Key tensors, schedules, traffic and cloud codes as CSV; a year of 10 s intervals fits."""
DATA = FileKind("MiniZinc data", 16 * _MIB)
DOCUMENT = FileKind("a JSON document", 128 * _MIB)
"""Problems, certificates, fronts, histories, reports."""
MATRIX = FileKind("a CSV table", 8 * _MIB)
"""Weights, stock, demand and traffic by name as CSV."""
RECORDS = FileKind("records of a benchmark", 128 * _MIB)
"""One line of JSON for each attempt, of about 1 kB."""
KEY_TENSOR = FileKind("a NetCDF key tensor", 1024 * _MIB)
CLOUD_GRID = FileKind("a NetCDF file", 64 * 1024 * _MIB)
"""Grids of cloud data: only what the horizon needs is read of them."""
SOURCE = FileKind("a file of a run", 1024 * _MIB)
"""Files whose bytes are only hashed."""

_GIVEN = (SETTINGS, TEXT, TABLE, DATA, MATRIX, CLOUD_GRID)
"""Files from users; the others are files that qkdopt writes and rewrites."""

_GZIP_MAGIC = b"\x1f\x8b"
_GZIP_HEADER = 31  # of zlib: a gzip member with its checksum
_PADDING = re.compile(rb"\0*")
_PIECE_BYTES = 2**16
_MOST_MEMBERS = 10_000  # a file that is packed in blocks of 64 kB has one for each block

_FLAGS = os.O_RDONLY
for _name in ("O_NONBLOCK", "O_NOCTTY", "O_CLOEXEC", "O_BINARY"):  # not every system has them all
    _FLAGS |= getattr(os, _name, 0)


@contextmanager
def opened(
    path: str | os.PathLike[str], kind: FileKind, expected: str = "", where: str = ""
) -> Iterator[BufferedReader]:
    """Open a regular file for reading bytes.

    Parameters
    ----------
    path
        The file.
    kind
        What it is; files that are larger are refused.
    expected
        What was expected, for the error; the kind's name by default.
    where
        What the error begins with; the path by default.

    Raises
    ------
    InputError
        For a path that is none, no file, anything but a regular file, a file that may not be
        read, and one that is too large.
    """
    where, expected = where or shown_path(path), expected or kind.name
    descriptor = _descriptor(path, where, expected)
    try:
        facts = os.fstat(descriptor)
        if not stat.S_ISREG(facts.st_mode):
            raise InputError(where, Described(kind_of_file(facts.st_mode)), expected)
        if kind in _GIVEN:
            protect(path)  # the current command must not overwrite it
        if facts.st_size > kind.largest_bytes:
            raise _too_large(kind, where, expected)
    except BaseException:
        os.close(descriptor)
        raise
    with open(descriptor, "rb") as stream:
        try:
            yield stream
        except OSError as error:
            raise _unreadable(error, where, expected) from error


def read_bytes(
    path: str | os.PathLike[str], kind: FileKind, expected: str = "", where: str = ""
) -> bytes:
    """Return the bytes of a regular file; arguments and errors are those of `opened`."""
    with opened(path, kind, expected, where) as stream:
        size = os.fstat(stream.fileno()).st_size
        data = stream.read(size + 1)
        if len(data) > size:  # it grew, or reports no size
            data += stream.read(max(0, kind.largest_bytes + 1 - len(data)))
    if len(data) > kind.largest_bytes:
        raise _too_large(kind, where or shown_path(path), expected or kind.name)
    return data


def read_text(
    path: str | os.PathLike[str], kind: FileKind, expected: str = "", where: str = ""
) -> str:
    """Return the text of a regular file in UTF-8, without a byte order mark.

    Arguments and errors are those of `opened`; other bytes than UTF-8 are an error, too.
    """
    data = read_bytes(path, kind, expected, where)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        where, expected = where or shown_path(path), expected or kind.name
        raise InputError(where, Described(f"unreadable file ({error})"), expected) from error


def unpacked_bytes(
    path: str | os.PathLike[str], kind: FileKind, expected: str = "", where: str = ""
) -> bytes:
    """Return the bytes of a regular file, unpacked where it is compressed by gzip.

    Compressed is what begins as gzip does or ends in ``.gz``. Arguments and errors are those of
    `opened`; a damaged file and more bytes than the kind allows, once unpacked, are errors.
    """
    data = read_bytes(path, kind, expected, where)
    if not data.startswith(_GZIP_MAGIC) and not os.fspath(path).endswith(".gz"):
        return data
    where, expected = where or shown_path(path), expected or kind.name
    try:
        return _unpacked(data, kind.largest_bytes)
    except OverflowError as error:
        raise _too_large(kind, where, expected) from error
    except (zlib.error, EOFError) as error:
        raise InputError(where, Described(f"unreadable file ({error})"), expected) from error


def shown_path(path: str | os.PathLike[str]) -> str:
    """Return a path as it can be printed: characters that no text has are escaped."""
    text = os.fspath(path).encode("utf-8", "backslashreplace").decode()
    return text.replace("\0", "\\x00")


def _descriptor(path: str | os.PathLike[str], where: str, expected: str) -> int:
    text = os.fspath(path)
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise InputError(where, Described("a path that is no text"), expected)
    try:
        return os.open(text, _FLAGS)
    except FileNotFoundError as error:
        raise missing_file(path, expected, where=where) from error
    except OSError as error:
        if os.path.isdir(text):  # never fails; Windows refuses to open one
            raise InputError(where, Described("a folder"), expected) from error
        raise _unreadable(error, where, expected) from error


def _unpacked(data: bytes, largest_bytes: int) -> bytes:
    """Return gzip members one after another, unpacked.

    Raises
    ------
    OverflowError
        For more bytes than ``largest_bytes``, or more gzip members than any writer makes.
    zlib.error, EOFError
        For damaged or truncated data.
    """
    found = bytearray()
    members, place, rest = 0, 0, memoryview(data)
    while place < len(rest):
        members += 1
        if members > _MOST_MEMBERS:
            raise OverflowError("too many parts")
        member = zlib.decompressobj(_GZIP_HEADER)
        while not member.eof:
            piece = member.unconsumed_tail or rest[place : place + _PIECE_BYTES]
            if not piece:
                raise EOFError("compressed file ended before the end-of-stream marker was reached")
            if not member.unconsumed_tail:
                place += len(piece)
            found += member.decompress(piece, largest_bytes + 1 - len(found))
            if len(found) > largest_bytes:
                raise OverflowError("too much text")
        place -= len(member.unused_data)
        padding = _PADDING.match(rest, place)
        place = padding.end() if padding else place
    return bytes(found)


def _too_large(kind: FileKind, where: str, expected: str) -> InputError:
    came = Described(f"more than {kind.largest_bytes // _MIB} MiB")
    return InputError(where, came, expected)


def _unreadable(error: OSError, where: str, expected: str) -> InputError:
    return InputError(where, Described(f"unreadable file ({error.strerror or error})"), expected)
