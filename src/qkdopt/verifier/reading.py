"""Read JSON that may be hostile, bounded in every way; heads, envelopes and hashes of documents."""

import hashlib
import json
import os
import re
import stat
import zlib
from collections.abc import Iterable, Iterator
from typing import NoReturn

from qkdopt.errors import Described, InputError, LimitError
from qkdopt.verifier.forms import Members, a_dict, refused

LARGEST_DOCUMENT_BYTES = 64 * 2**20
"""Longest file and longest text read; a year of 10 s intervals takes about 3 MB."""

MOST_VALUES = 3_000_000
"""Most commas, colons and opening brackets of a text; a year of 10 s takes 0.9 million."""

MOST_DIGITS = 300
"""Longest integer read."""

_GZIP_MAGIC = b"\x1f\x8b"
_EXPECTED = "a readable .json or .json.gz file"


def read(path: str | os.PathLike[str]) -> dict[str, object]:
    """Return the JSON object that a ``.json`` or ``.json.gz`` file holds, a regular file.

    Compressed files are recognised by their first two bytes, which no JSON text starts with.

    Raises
    ------
    LimitError
        The text is longer than `LARGEST_DOCUMENT_BYTES` or has more than `MOST_VALUES` values.
    InputError
        The file cannot be opened or decompressed, is no regular file, is not UTF-8 JSON, is
        nested too deeply, or holds a number that is not a whole one, an integer of more than
        `MOST_DIGITS` digits, or one key twice in an object.
    """
    where = os.fsdecode(path)
    try:
        where.encode("utf-8")
        data = _unpacked(_bounded_bytes(where))
    except (OSError, EOFError, zlib.error, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        came = Described(f"a file that cannot be read ({reason})")
        raise InputError(ascii(where)[1:-1] if "\0" in where else where, came, _EXPECTED) from error
    if len(data) > LARGEST_DOCUMENT_BYTES:
        came = Described(f"more than {LARGEST_DOCUMENT_BYTES:,} bytes of text")
        raise LimitError(where, came, f"at most {LARGEST_DOCUMENT_BYTES:,}")
    values = sum(map(data.count, (b",", b":", b"[", b"{")))
    if values > MOST_VALUES:
        raise LimitError(where, Described(f"some {values:,} values"), f"at most {MOST_VALUES:,}")
    return a_dict(_parse(data, where), where)


def _bounded_bytes(where: str) -> bytes:
    """Return at most one byte more than a file may have; never wait for a pipe or a device."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    with open(os.open(where, flags), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError("it is no regular file")
        return file.read(LARGEST_DOCUMENT_BYTES + 1)


def _unpacked(data: bytes) -> bytes:
    if not data.startswith(_GZIP_MAGIC):
        return data
    unpacking = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    text = unpacking.decompress(data, LARGEST_DOCUMENT_BYTES + 1)
    if len(text) <= LARGEST_DOCUMENT_BYTES and not unpacking.eof:
        raise EOFError("compressed data that ends too early")
    if unpacking.unused_data:
        raise EOFError("something after the compressed data")
    return text


def _parse(data: bytes, where: str) -> object:
    def whole(literal: str) -> int:
        n_digits = len(literal) - literal.startswith("-")
        if n_digits > MOST_DIGITS:
            came = Described(f"an integer of {n_digits:,} digits")
            raise InputError(where, came, f"at most {MOST_DIGITS} digits")
        return int(literal)

    def not_whole(literal: str) -> NoReturn:
        raise InputError(where, Described(literal), "whole numbers only")

    def unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
        found: dict[str, object] = {}
        for key, value in pairs:
            if key in found:
                raise InputError(where, key, "each key once in an object")
            found[key] = value
        return found

    try:
        return json.loads(
            data.decode("utf-8"),
            object_pairs_hook=unique,
            parse_int=whole,
            parse_float=not_whole,
            parse_constant=not_whole,
        )
    except RecursionError as error:
        raise InputError(where, Described("deeply nested brackets"), "a flat document") from error
    except ValueError as error:  # not UTF-8, or not JSON
        raise InputError(where, Described(f"text that is not JSON ({error})"), "JSON") from error


_ENVELOPE = (
    *("format", "version", "problem", "problem_sha256", "strategy"),
    *("value", "bound", "proof", "made_by"),
)
_SHA256 = re.compile(r"[0-9a-f]{64}")


def sha256_of(document: object) -> str:
    """Return the SHA-256 of a JSON document's canonical text, in lower-case hexadecimal.

    Canonical: sorted keys, no spaces, UTF-8.  The caller has checked that the document holds
    objects, lists, strings and integers only; for those this text is unique, so equal hashes
    mean equal documents (short of a collision of SHA-256).
    """
    canonical = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode("utf-8")).hexdigest()


def check_head(
    document: object, where: str, expected: str, versions: tuple[int, ...] = (1,)
) -> int:
    """Return the version; refuse another format or version before any other member is read."""
    members = a_dict(document, where)
    came = members.get("format", Described("nothing"))
    if type(came) is not str or came != expected:
        raise refused(f"{where}.format", came, f'"{expected}"')
    version = members.get("version", Described("nothing"))
    if type(version) is not int or version not in versions:
        raise refused(f"{where}.version", version, " or ".join(map(str, versions)))
    return version


def read_envelope(
    document: object, where: str, schedule: str, optional: Iterable[str] = ()
) -> Members:
    """Return the members of a certificate; the forms of hash and maker are checked.

    ``schedule`` is the member that holds the schedule.  The hash has the right form; whether it
    is that of the problem is checked elsewhere.
    """
    found = Members(document, where, (*_ENVELOPE, schedule), optional)
    found("made_by", a_dict)
    found("problem_sha256", sha256)
    return found


def sha256(value: object, where: str) -> str:
    """Return a hash."""
    if type(value) is not str or not _SHA256.fullmatch(value):
        raise refused(where, value, "64 lower-case hexadecimal digits")
    return value


def false_identity(stated: str, own: str, other: str | None) -> Iterator[str]:
    """Yield what is false about the hashes of the problem: stated, found, and expected."""
    if stated != own:
        yield f"problem_sha256 is {stated}, the problem in the certificate has {own}"
    if other is not None and other != own:
        yield f"the certificate is about problem {own}, the problem given is {other}"
