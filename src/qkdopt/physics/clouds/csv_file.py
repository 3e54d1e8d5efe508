"""Cloud codes from CSV: ``time_utc`` and one column per station."""

from __future__ import annotations

import csv
import math
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from qkdopt.errors import InputError
from qkdopt.numerals import NumeralError, read_float
from qkdopt.physics.clouds.samples import Place, Samples

__all__ = ["read_csv"]

_TIME = "time_utc"


def read_csv(path: Path, places: tuple[Place, ...]) -> Samples:
    """Return the codes of a table; columns of other stations are passed over.

    Lines that begin with ``#`` are comments; an empty cell is a missing code.

    Raises
    ------
    InputError
        For a missing column, an unreadable time or code, and a row that is too short.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(str(path), "an unreadable file", "a CSV file in UTF-8") from error
    lines = [(n, line) for n, line in enumerate(text.splitlines(), 1) if _counts(line)]
    try:
        rows = list(csv.reader(line for _, line in lines))
    except csv.Error as error:
        raise InputError(str(path), str(error), "a CSV table") from error
    header = [name.strip() for name in rows[0]] if rows else []
    wanted = [_TIME, *(place.name for place in places)]
    for name in wanted:
        if header.count(name) != 1:
            came = "no such column" if name not in header else "two such columns"
            raise InputError(f"{path}: {name}", came, f"columns {', '.join(wanted)}")
    columns = [header.index(name) for name in wanted]
    times: list[int] = []
    codes: list[list[float]] = []
    for (number, _), row in zip(lines[1:], rows[1:], strict=True):
        where = f"{path}: line {number}"
        if len(row) != len(header):
            raise InputError(where, f"{len(row)} cells", f"{len(header)} cells as in the header")
        times.append(_seconds(row[columns[0]], f"{where}: {_TIME}"))
        codes.append([_code(row[c], f"{where}: {header[c]}") for c in columns[1:]])
    table = np.array(codes, dtype=np.float64).reshape(len(times), len(places))
    return Samples(f"{path}: codes", np.array(times, dtype=np.int64), table)


def _counts(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _seconds(text: str, where: str) -> int:
    expected = "an instant in UTC, in whole seconds, such as 2016-09-19T00:10:00Z"
    try:
        instant = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise InputError(where, text, expected) from error
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=UTC)
    if instant.microsecond:
        raise InputError(where, text, expected)
    return round(instant.timestamp())


def _code(text: str, where: str) -> float:
    if not text.strip():
        return math.nan
    try:
        code = read_float(text)
    except NumeralError:
        code = math.nan
    if math.isnan(code):
        raise InputError(where, text, "0 <= code <= 150, or an empty cell")
    return code
