"""Cloud codes from CSV: ``time_utc`` and one column per station, or one row per code.

Ensembles have rows ``member,time_utc,station,code``.
"""

import math
from array import array
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from qkdopt.comma_separated import table_rows
from qkdopt.errors import Described, InputError
from qkdopt.numerals import NumeralError, read_float
from qkdopt.opening import TABLE, read_text
from qkdopt.physics.clouds.samples import Place, Samples, Span
from qkdopt.timegrid import utc_instant

_TIME = "time_utc"
_ROW = ("member", _TIME, "station", "code")


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
    _check_columns(header, wanted, path)
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


def read_csv_members(path: Path, places: tuple[Place, ...], span: Span) -> dict[str, Samples]:
    """Return the codes of each member by its name, in order of their first rows.

    Of a table with columns ``member``, ``time_utc``, ``station`` and ``code``, in any order;
    other columns and stations are passed over, and so is the order of rows. Another table is one
    member, named as the file: :func:`read_csv`.

    Raises
    ------
    InputError
        As :func:`read_csv`, for a member without a station, and for a code given twice.
    """
    rows = table_rows(read_text(path, TABLE, "a CSV file in UTF-8"), str(path), "a CSV table")
    header = next(rows, (1, []))[1]
    if not {"member", "station"} <= set(header):
        return {str(path): read_csv(path, places, span)}
    _check_columns(header, _ROW, path)
    columns = [header.index(name) for name in _ROW]
    known = {place.name: position for position, place in enumerate(places)}
    instants: dict[str, int] = {}
    found: dict[str, dict[tuple[int, int], float]] = {}
    for number, row in rows:
        where = f"{path}: line {number}"
        if len(row) != len(header):
            raise InputError(where, f"{len(row)} cells", f"{len(header)} cells as in the header")
        member, time, station, code = (row[column] for column in columns)
        if station not in known:
            continue
        if time not in instants:
            instants[time] = _seconds(time, f"{where}: {_TIME}")
        if not member.strip():
            raise InputError(where, Described("no member"), "a name or number in each row")
        own, key = found.setdefault(member, {}), (instants[time], known[station])
        if key in own:
            raise InputError(where, f"{station} at {time} again", "each code of a member once")
        own[key] = _code(code, f"{where}: code")
    if not found:
        expected = f"rows for {', '.join(known)}"
        raise InputError(str(path), Described("no row for a station of the scenario"), expected)
    return {name: _samples(own, places, f"{path}: member {name}") for name, own in found.items()}


def _samples(codes: dict[tuple[int, int], float], places: tuple[Place, ...], where: str) -> Samples:
    """Return the codes of one member, in order of time; ``nan`` where a station has none."""
    keys = np.array(list(codes), dtype=np.int64).reshape(-1, 2)
    for absent in set(range(len(places))) - set(keys[:, 1].tolist()):
        raise InputError(f"{where}: {places[absent].name}", "no rows", "rows for every station")
    time_s, row = np.unique(keys[:, 0], return_inverse=True)
    table = np.full((time_s.size, len(places)), np.nan)
    table[row, keys[:, 1]] = list(codes.values())
    return Samples(where, time_s, table)


def _check_columns(header: list[str], wanted: Sequence[str], path: Path) -> None:
    for name in wanted:
        if header.count(name) != 1:
            came = "no such column" if name not in header else "two such columns"
            raise InputError(f"{path}: {name}", came, f"columns {', '.join(wanted)}")


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
