"""JSON and TOML from outside: bounded in size, depth and digits, each key once."""

import json
import os
import re
import tomllib
from decimal import Decimal
from typing import Any, NoReturn

from qkdopt.errors import Described, InputError
from qkdopt.names import first_repeated
from qkdopt.numerals import MOST_DIGITS, read_decimal, read_float
from qkdopt.opening import DOCUMENT, SETTINGS, FileKind, read_text, shown_path, unpacked_bytes

_DEEPEST = 100
_MOST_VALUES, _MOST_EXACT_VALUES = 32 * 10**6, 4 * 10**6  # of 36 and 104 bytes in memory
_MOST_BRACKETS = 2 * 10**6
_MOST_KEY_PARTS = 32
_ANY_DIGIT = bytes.maketrans(b"0123456789", b"0" * 10)
_TOO_MANY_DIGITS = b"0" * (MOST_DIGITS + 1)
_BRACKETS = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|[][{}]', re.DOTALL)
_WORD = re.compile(r"[0-9A-Za-z_]{2,}")
_PART = r"""(?:[\w-]++|"[^"\n]*"|'[^'\n]*')[ \t]*+\.[ \t]*+"""
_LONG_KEY = re.compile(rf"(?<![\w-])(?:{_PART}){{{_MOST_KEY_PARTS}}}")


class DocumentError(ValueError):
    """Text that is not JSON or TOML, or exceeds a limit; the message tells which."""


def read_json(
    path: str | os.PathLike[str], expected: str, *, exact: bool = False, kind: FileKind = DOCUMENT
) -> Any:
    """Read a JSON document, plain or compressed by gzip.

    Parameters
    ----------
    path
        The file.
    expected
        What was expected, for the error.
    exact
        Whether numbers with a point become decimals, with all digits that the file has, and
        numbers that are none (``NaN``) are refused; floats otherwise.
    kind
        Which limit of size holds.

    Raises
    ------
    InputError
        Saying that ``expected`` was expected: for a file that cannot be opened, is too large or
        damaged, is not UTF-8 JSON, is nested too deeply, or has a key twice in one object.
    """
    data = unpacked_bytes(path, kind, expected)
    try:
        return parse_json(data.decode("utf-8-sig"), exact=exact)
    except ValueError as error:
        raise InputError(
            shown_path(path), Described(f"unreadable file ({error})"), expected
        ) from error


def read_toml(
    path: str | os.PathLike[str], expected: str = "TOML", where: str = "", *, exact: bool = True
) -> Any:
    """Read a TOML document.

    Parameters
    ----------
    path, expected, where
        The file, and the expectation and prefix of error messages (by default the path).
    exact
        Whether numbers with a point become decimals, with all digits that the file has; floats
        otherwise.

    Raises
    ------
    InputError
        For a file that cannot be opened, is too large, is not UTF-8 TOML, or holds a number that
        is too long.
    """
    text = read_text(path, SETTINGS, expected, where)
    try:
        return parse_toml(text, exact=exact)
    except DocumentError as error:
        raise InputError(where or shown_path(path), Described(error), expected) from error


def parse_json(text: str, *, exact: bool = False) -> Any:
    """Parse a JSON text; see `read_json`.

    Raises
    ------
    DocumentError
        For anything but JSON within the limits.
    """
    _check_digits(text)
    _check_count(text, _MOST_EXACT_VALUES if exact else _MOST_VALUES)
    _check_depth(text)
    try:
        return json.loads(
            text,
            parse_float=read_decimal if exact else read_float,
            parse_constant=_no_number if exact else None,
            object_pairs_hook=_each_key_once,
        )
    except DocumentError:
        raise
    except (ValueError, RecursionError) as error:
        raise DocumentError(str(error)) from error


def parse_toml(text: str, *, exact: bool = True) -> Any:
    """Parse a TOML text; see `read_toml`.

    Raises
    ------
    DocumentError
        For anything but TOML within the limits.
    """
    for word in _WORD.finditer(text):  # a number in any base, or a bare key
        if word.end() - word.start() > MOST_DIGITS:
            came = f"a number or word of {word.end() - word.start():,} characters"
            raise DocumentError(f"{came} (at most {MOST_DIGITS})")
    if _LONG_KEY.search(text):  # the parser takes quadratic time
        raise DocumentError(f"a key of more than {_MOST_KEY_PARTS} parts")
    try:
        return tomllib.loads(text, parse_float=lambda x: _toml_number(x, exact=exact))
    except (ValueError, RecursionError) as error:
        raise DocumentError(f"a syntax error: {error}") from error


def _toml_number(text: str, *, exact: bool) -> Decimal | float:
    named = text.lstrip("+-") in ("inf", "nan")  # TOML has them; code that needs a number refuses
    number = Decimal(text) if named else read_decimal(text)
    return number if exact else float(number)


def _check_digits(text: str) -> None:
    if _TOO_MANY_DIGITS in text.encode("utf-8", "replace").translate(_ANY_DIGIT):
        raise DocumentError(f"more than {MOST_DIGITS} digits in a row")


def _check_count(text: str, most_values: int) -> None:
    """Refuse what would take many times its size in memory."""
    if text.count("[") + text.count("{") > _MOST_BRACKETS:
        raise DocumentError(f"more than {_MOST_BRACKETS:,} brackets")
    if text.count(",") > most_values:
        raise DocumentError(f"more than {most_values:,} values")


def _check_depth(text: str) -> None:
    if text.count("[") + text.count("{") <= _DEEPEST:
        return
    depth = 0
    for match in _BRACKETS.finditer(text):
        first = match.group()[0]
        if first in "[{":
            depth += 1
            if depth > _DEEPEST:
                raise DocumentError(f"more than {_DEEPEST} brackets within each other")
        elif first in "]}":
            depth -= 1


def _no_number(literal: str) -> NoReturn:
    raise DocumentError(f"{literal} is no number")


def _each_key_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = first_repeated(name for name, _ in pairs)
        raise DocumentError(f"the key {twice!r} twice in one object")
    return found
