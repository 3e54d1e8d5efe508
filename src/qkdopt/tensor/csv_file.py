"""Key tensors as CSV: comment lines, ``interval,<link>,<link>...``, one row per interval.

The first comment that starts with ``# qkdopt `` carries what the table cannot (interval and
switching seconds, weights, start, provenance, slew times) as one JSON object. An external file
needs none of it; ``csv_statements`` explains how it may state the interval length.
"""

import json
import re
from array import array
from collections.abc import Iterator, Sequence
from datetime import datetime
from os import PathLike
from typing import Any

import numpy as np

from qkdopt.comma_separated import row_of, table_lines
from qkdopt.documents import DocumentError, parse_json
from qkdopt.errors import Described, InputError
from qkdopt.files import write_text
from qkdopt.numerals import read_whole
from qkdopt.opening import TABLE, read_text
from qkdopt.plain_text import csv_line, csv_text
from qkdopt.tensor.csv_statements import TIME_COLUMN, Statements, link_columns
from qkdopt.tensor.key_tensor import KeyTensor
from qkdopt.tensor.slew_table import SlewTable
from qkdopt.timegrid import plain_decimal, utc_instant

_MARK = "# qkdopt "
_KNOWN = ("interval_s", "switch_s", "weights", "start_utc", "provenance", "slew")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_FORMULA = re.compile(r"([,;\t]\s*)([=+@-])")
_USUAL_INTERVAL_S = 10
_MOST_DIGITS = 19
_TOO_LARGE = 2**62


def write_csv(keys: KeyTensor, path: str | PathLike[str]) -> None:
    """Write ``keys`` to ``path``; :func:`read_csv` gives an equal tensor back.

    Raises
    ------
    InputError
        For a tensor with key lengths of sessions, or in scenarios: this table has no room for them.
    """
    for given, words in (
        (keys.sessions, "keys of whole sessions"),
        (keys.scenarios, "keys in several cloud scenarios"),
    ):
        if given is not None:
            raise InputError(str(path), Described(words), "a file that ends in .nc")
    facts: dict[str, object] = {
        "interval_s": plain_decimal(keys.interval_s),
        "switch_s": plain_decimal(keys.switch_s),
    }
    if keys.weights is not None:
        facts["weights"] = dict(zip(keys.links, keys.weights, strict=True))
    if keys.start_utc is not None:
        facts["start_utc"] = keys.start_utc.isoformat()
    if keys.provenance:
        facts["provenance"] = dict(keys.provenance)
    if keys.slew:
        facts["slew"] = keys.slew.document()
    lines = [
        "# Secret bits that each link can deliver in each interval (global index).",
        _MARK + _facts_text(facts),
        csv_line(["interval", *keys.links]),
    ]
    table = zip(keys.interval.tolist(), keys.bits.T.tolist(), strict=True)
    lines += [",".join(map(str, (index, *row))) for index, row in table]
    write_text(path, "\n".join(lines) + "\n")


def _facts_text(facts: dict[str, object]) -> str:
    """Return facts as JSON that a spreadsheet finds no formula in, wherever it cuts the line."""
    text = json.dumps(facts, ensure_ascii=False)
    if not text.isprintable():
        text = json.dumps(facts)
    return _STRING.sub(lambda string: _FORMULA.sub(_escaped, string[0]), text)


def _escaped(found: re.Match[str]) -> str:
    return f"{found[1]}\\u{ord(found[2]):04x}"


def read_csv(path: str | PathLike[str], interval_s: object | None = None) -> KeyTensor:
    """Read a key tensor from a CSV file.

    Parameters
    ----------
    interval_s
        Length of an interval [s]. Where neither this nor the file gives one it is 10 s, which
        the provenance then calls assumed.

    Raises
    ------
    InputError
        Naming file, line and column: no header, a row of another length, bits or indices
        that are not whole numbers >= 0, indices that do not increase, unknown facts, lengths
        of an interval that differ.
    """
    where = str(path)
    text = read_text(path, TABLE, "a CSV key tensor")
    facts: dict[str, Any] = {}
    said = Statements(where)
    rows = _rows(text, where, facts, said)
    header = _header(rows, where)
    links = link_columns(header, where)
    indices, table = array("q"), array("q")
    instants: list[datetime] = []
    for line, row in rows:
        if len(row) != len(header):
            expected = f"{len(header)} columns as in the header"
            raise InputError(f"{where}:{line}", f"{len(row)} columns", expected)
        index = _whole(row[0], f"{where}:{line}: column interval", "a whole index >= 0")
        if indices and index <= indices[-1]:
            expected = f"an index above the one before it ({indices[-1]})"
            raise InputError(f"{where}:{line}: column interval", index, expected)
        indices.append(index)
        if len(header) > len(links) + 1:
            instants.append(
                utc_instant(row[1], f"{where}:{line}: column {TIME_COLUMN}", assume_utc=True)
            )
        table.extend(_bits(row[-len(links) :], links, f"{where}:{line}"))
    by_link = np.array(table, dtype=np.int64).reshape(-1, len(links)).T
    known = _facts(facts, where)
    _lengths(known, said, indices, instants, interval_s)
    interval = np.array(indices, dtype=np.int64)
    slew = SlewTable.read(known.pop("slew", []), f"{where}: slew")
    return KeyTensor.create(by_link, interval, links, where=where, **known).slewing(slew, where)


def _lengths(
    known: dict[str, Any],
    said: Statements,
    indices: Sequence[int],
    instants: list[datetime],
    interval_s: object | None,
) -> None:
    """Add the length of an interval, and the start, to the facts that are known."""
    if "interval_s" in known:
        said.state(f"{said.where}: interval_s", known["interval_s"])
    start = said.instants(indices, instants) if instants else None
    if start is not None and known.setdefault("start_utc", start) != start:
        came = f"{known['start_utc'].isoformat()} for interval 0"
        raise InputError(f"{said.where}: start_utc", came, f"{start.isoformat()} as by the rows")
    if interval_s is not None:
        said.state(f"{said.where}: the requested interval", interval_s)
    length = said.length(indices)
    if length is None:
        words = f"{_USUAL_INTERVAL_S} s, assumed: the file does not say"
        known["provenance"] = {**known.get("provenance", {}), "interval": words}
    known["interval_s"] = _USUAL_INTERVAL_S if length is None else length


def _rows(
    text: str, where: str, facts: dict[str, object], said: Statements
) -> Iterator[tuple[int, list[str]]]:
    for line, content in table_lines(text):
        if content.startswith(_MARK) and not facts:
            try:
                found = parse_json(content.removeprefix(_MARK))
            except DocumentError as error:
                raise InputError(f"{where}:{line}", content, "a JSON object") from error
            if not isinstance(found, dict):
                raise InputError(f"{where}:{line}", content, "a JSON object")
            facts.update(found)
        elif content.startswith("#"):
            said.comment(line, content)
        elif content.strip():
            yield line, row_of(content, f"{where}:{line}", "comma-separated cells")


def _header(rows: Iterator[tuple[int, list[str]]], where: str) -> list[str]:
    line, header = next(rows, (1, [""]))
    if header[0] != "interval" or len(header) == 1:
        raise InputError(f"{where}:{line}", ",".join(header), "a header interval,<link>,<link>...")
    return [csv_text(cell) for cell in header]


def _bits(cells: Sequence[str], links: Sequence[str], where: str) -> list[int]:
    expected = "a whole number of bits >= 0"
    named = zip(links, cells, strict=True)
    return [_whole(cell, f"{where}: column {name}", expected) for name, cell in named]


def _whole(cell: str, where: str, expected: str) -> int:
    if cell.isascii() and cell.isdigit() and len(cell) <= _MOST_DIGITS:
        number = read_whole(cell)
        if number < _TOO_LARGE:
            return number
    raise InputError(where, cell or "nothing", expected)


def _facts(facts: dict[str, object], where: str) -> dict[str, Any]:
    for key in facts:
        if key not in _KNOWN:
            raise InputError(f"{where}: qkdopt facts", key, f"one of {', '.join(_KNOWN)}")
    for key in ("weights", "provenance"):
        if not isinstance(facts.get(key, {}), dict):
            raise InputError(f"{where}: {key}", facts[key], "an object")
    start = facts.get("start_utc")
    if start is not None:
        facts["start_utc"] = utc_instant(start, f"{where}: start_utc", assume_utc=True)
    return facts
