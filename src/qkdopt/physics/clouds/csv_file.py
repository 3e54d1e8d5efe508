"""Cloud codes from CSV: ``time_utc`` and one column per station."""

from __future__ import annotations

import math
from array import array
from pathlib import Path

import numpy as np

from qkdopt.comma_separated import table_rows
from qkdopt.errors import InputError
from qkdopt.numerals import NumeralError, read_float
from qkdopt.opening import TABLE, read_text
from qkdopt.physics.clouds.samples import Place, Samples, Span
from qkdopt.timegrid import utc_instant

__all__ = ["read_csv"]

_TIME = "time_utc"


def read_csv(path: Path, places: tuple[Place, ...], _: Span) -> Samples:
    """Return the codes of a table; columns of other stations are passed over.

    Lines that begin with ``#`` are comments; an empty cell is a missing code.

    Raises
    ------
    InputError
        For a missing column, an unreadable time or code, and a row that is too short.
    """
    rows = table_rows(read_text(path, TABLE, "a CSV file in UTF-8"), str(path), "a CSV table")
    header = next(rows, (1, []))[1]
    wanted = [_TIME, *(place.name for place in places)]
    for name in wanted:
        if header.count(name) != 1:
            came = "no such column" if name not in header else "two such columns"
            raise InputError(f"{path}: {name}", came, f"columns {', '.join(wanted)}")
    columns = [header.index(name) for name in wanted]
    times, codes = array("q"), array("d")
    for number, row in rows:
        where = f"{path}: line {number}"
        if len(row) != len(header):
            raise InputError(where, f"{len(row)} cells", f"{len(header)} cells as in the header")
        times.append(_seconds(row[columns[0]], f"{where}: {_TIME}"))
        codes.extend(_code(row[c], f"{where}: {header[c]}") for c in columns[1:])
    table = np.array(codes, dtype=np.float64).reshape(len(times), len(places))
    return Samples(f"{path}: codes", np.array(times, dtype=np.int64), table)


def _seconds(text: str, where: str) -> int:
    instant = utc_instant(text, where, assume_utc=True)
    if instant.microsecond:
        raise InputError(where, text, "an instant in whole seconds")
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
