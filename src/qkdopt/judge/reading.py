"""Read a JSON file that may be hostile: bounded in size, depth, digits and spelling."""

from __future__ import annotations

import gzip
import json
import os
import zlib
from typing import NoReturn

from qkdopt.errors import InputError
from qkdopt.judge.fields import Described, describe

__all__ = ["LARGEST_DOCUMENT_BYTES", "MOST_DIGITS", "read"]

LARGEST_DOCUMENT_BYTES = 64 * 2**20
"""Longest text read, after decompression; a year of 10 s intervals takes about 6 MB."""

MOST_DIGITS = 300
"""Longest integer read."""

_GZIP_MAGIC = b"\x1f\x8b"


def read(path: str | os.PathLike[str]) -> dict[str, object]:
    """Return the JSON object that a ``.json`` or ``.json.gz`` file holds.

    Compressed files are recognised by their first two bytes, which no JSON text starts with.

    Parameters
    ----------
    path
        A certificate or a problem; what it says is not looked at here.

    Raises
    ------
    InputError
        The file cannot be opened or decompressed, is longer than `LARGEST_DOCUMENT_BYTES`, is
        not UTF-8 JSON, is nested too deeply, or holds a number that is not a whole one, an
        integer of more than `MOST_DIGITS` digits, or one key twice in an object.
    """
    where = os.fspath(path)
    document = _parse(_bounded_bytes(where), where)
    if type(document) is not dict:
        raise InputError(where, describe(document), "a JSON object")
    return document


def _bounded_bytes(where: str) -> bytes:
    try:
        with open(where, "rb") as file:
            if file.peek(len(_GZIP_MAGIC)).startswith(_GZIP_MAGIC):
                with gzip.GzipFile(fileobj=file, mode="rb") as unpacked:
                    data = unpacked.read(LARGEST_DOCUMENT_BYTES + 1)
            else:
                data = file.read(LARGEST_DOCUMENT_BYTES + 1)
    except (OSError, EOFError, zlib.error, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        came = Described(f"a file that cannot be read ({reason})")
        raise InputError(where, came, "a readable .json or .json.gz file") from error
    if len(data) > LARGEST_DOCUMENT_BYTES:
        came = Described(f"more than {LARGEST_DOCUMENT_BYTES:,} bytes of text")
        raise InputError(where, came, f"at most {LARGEST_DOCUMENT_BYTES:,}")
    return data


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
