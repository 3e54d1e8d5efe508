"""MiniZinc data files: the part of the language that data is written in.

    name = value;      values: numbers, true and false, "text", names, sets {a, b} and 1..3,
                       arrays [1, 2], tables [| 1, 2 | 3, 4 |],
                       array1d(S, [...]), array2d(S, S, [...])
    % comment          /* comment */

Numbers keep all their digits (:class:`decimal.Decimal`). What a name means, the member of an
enumeration for instance, is for the reader of the file to say.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from os import PathLike
from typing import Any, NoReturn

from qkdopt.errors import InputError
from qkdopt.numerals import NumeralError, read_decimal
from qkdopt.opening import DATA, read_text

_TOKEN = re.compile(
    r"""(?P<blank>\s+|%[^\n]*|/\*.*?\*/)
      |(?P<number>[0-9]+(?:\.(?!\.)[0-9]+)?(?:[eE][-+]?[0-9]+)?)
      |(?P<name>[A-Za-z_][A-Za-z0-9_]*|'[^'\n]*')
      |(?P<text>"(?:[^"\\\n]|\\.)*")
      |(?P<mark>\[\||\|\]|\.\.|[][{}()|,;=<>+-])""",
    re.VERBOSE | re.DOTALL,
)
_DIMENSIONS = {"array1d": 1, "array2d": 2}
_OPENERS = {"[": "]", "[|": "|]", "{": "}", "(": ")"}


class Name(str):
    """An identifier in a data file, as apart from text in quotation marks."""

    __slots__ = ()


@dataclass(frozen=True)
class Table:
    """A two-dimensional array, row by row; rows may be of different lengths until checked."""

    rows: tuple[tuple[Any, ...], ...]
    line: int


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    line: int


def read_dzn(path: str | PathLike[str]) -> dict[str, Any]:
    """Return what a data file assigns, by name.

    Numbers come as Decimal, names as `Name`, text as str, sets and arrays as tuples, tables as
    `Table`.

    Raises
    ------
    InputError
        For a file that cannot be read, with the line at which it stops being data.
    """
    where = str(path)
    return _Parser(read_text(path, DATA, "MiniZinc data (.dzn)"), where).assignments()


class _Parser:
    """One token ahead; values nest two deep at most, so no recursion grows with the file."""

    def __init__(self, text: str, where: str) -> None:
        self.where = where
        self.tokens = _tokens(text, where)
        self.token = next(self.tokens)

    def assignments(self) -> dict[str, Any]:
        found: dict[str, object] = {}
        while self.token.kind != "end":
            name = self._take("name", "the name of a parameter").text
            if name in found:
                self._refuse(f"{name} twice", "each parameter once")
            self._take("=", "=")
            found[name] = self._value()
            if self.token.kind != "end":  # the last one may go without
                self._take(";", "; after a value")
        return found

    def _value(self, depth: int = 0) -> object:
        if depth > 2:  # noqa: PLR2004 (array2d of an array of sets is as deep as data gets)
            self._refuse(self.token.text, "no deeper brackets")
        kind, text = self.token.kind, self.token.text
        if kind in ("number", "-", "+"):
            return self._number_or_range()
        if kind == "[|":
            return self._table()
        if kind in ("[", "{"):
            self._next()
            return self._items(_OPENERS[kind], depth)
        if kind == "text":
            self._next()
            return text[1:-1]
        if kind == "name":
            self._next()
            if text in ("true", "false"):
                return text == "true"
            if self.token.kind == "(":
                return self._array(text, depth)
            return Name(text.strip("'"))
        self._refuse(text, "a value")

    def _number_or_range(self) -> object:
        first = self._number()
        if self.token.kind != "..":
            return first
        self._next()
        last = self._number()
        whole = first == first.to_integral_value() and last == last.to_integral_value()
        if not whole or last - first > 10**7:
            self._refuse(f"{first}..{last}", "a range of whole numbers")
        return tuple(map(Decimal, range(int(first), int(last) + 1)))

    def _number(self) -> Decimal:
        negative = self.token.kind == "-"
        if self.token.kind in ("-", "+"):
            self._next()
        token = self._take("number", "a number")
        try:
            number = read_decimal(token.text)
        except NumeralError as error:
            where = f"{self.where}:{token.line}"
            raise InputError(where, str(error), "a shorter number") from error
        return number.copy_negate() if negative else number  # minus would round it

    def _items(self, closer: str, depth: int) -> tuple[object, ...]:
        items = []
        while self.token.kind != closer:
            items.append(self._value(depth + 1))
            if self.token.kind != closer:
                self._take(",", f", or {closer}")
        self._next()
        return tuple(items)

    def _table(self) -> Table:
        line = self.token.line
        self._next()
        rows: list[tuple[object, ...]] = []
        row: list[object] = []
        while self.token.kind != "|]":
            if self.token.kind == "|":
                rows.append(tuple(row))
                row = []
                self._next()
                continue
            row.append(self._value(1))
            if self.token.kind not in ("|", "|]"):
                self._take(",", ", or | or |]")
        if row:
            rows.append(tuple(row))
        self._next()
        return Table(tuple(rows), line)

    def _array(self, name: str, depth: int) -> object:
        line = self.token.line
        if name not in _DIMENSIONS:
            self._refuse(f"{name}(", "array1d( or array2d(")
        self._next()
        parts = self._items(")", depth)
        sets, values = parts[:-1], parts[-1] if parts else None
        wanted = _DIMENSIONS[name]
        if len(sets) != wanted or not isinstance(values, tuple):
            self._refuse(f"{name}({len(parts)} parts)", f"{wanted} sets and an array")
        if name == "array1d":
            return values
        columns = len(sets[1]) if isinstance(sets[1], tuple) else 0
        if not columns or len(values) % columns:
            self._refuse(f"{len(values)} values", f"rows of {columns} values")
        rows = (values[i : i + columns] for i in range(0, len(values), columns))
        return Table(tuple(rows), line)

    def _take(self, kind: str, expected: str) -> _Token:
        token = self.token
        if token.kind != kind:
            self._refuse(token.text, expected)
        self._next()
        return token

    def _next(self) -> None:
        self.token = next(self.tokens)

    def _refuse(self, came: str, expected: str) -> NoReturn:
        raise InputError(f"{self.where}:{self.token.line}", came or "the end of the file", expected)


def _tokens(text: str, where: str) -> Iterator[_Token]:
    place, line = 0, 1
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            expected = "MiniZinc data" if text[place] != "/" else "a comment that ends with */"
            raise InputError(f"{where}:{line}", text[place : place + 20], expected)
        kind = match.lastgroup or ""
        if kind != "blank":
            found = match.group()
            yield _Token(found if kind == "mark" else kind, found, line)
        line += match.group().count("\n")
        place = match.end()
    while True:
        yield _Token("end", "", line)
