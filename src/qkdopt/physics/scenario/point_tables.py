"""Tables of two columns in a scenario, in place or in a CSV file beside it: what makes a curve.

::

    minimum_elevation_deg = [[0, 5], [90, 25], [180, 10]]    # azimuth, elevation
    minimum_elevation_deg = "horizon.csv"                    # the same, with a header line
"""

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from qkdopt.comma_separated import table_rows
from qkdopt.errors import Described, InputError
from qkdopt.nearest import missing_file
from qkdopt.numerals import NumeralError, read_float
from qkdopt.opening import TABLE, read_text
from qkdopt.physics.scenario.validation import plain, validated
from qkdopt.physics.scenario.values import Part

_MOST_POINTS = 10_000
_COLUMNS = 2
_Part = TypeVar("_Part", bound=Part)


def checked_table(
    part: type[_Part], table: Mapping[str, object], where: str, folder: Path
) -> _Part:
    """Return a table as a ``part`` whose values fit together; curves may be files in ``folder``.

    Raises
    ------
    InputError
        As :func:`with_points`, and for values that the part refuses.
    """
    found = validated(part, with_points(part, table, where, folder), where)
    found.check(where)
    return found


def with_points(
    part: type[Part], table: Mapping[str, object], where: str, folder: Path
) -> dict[str, object]:
    """Return a table whose curves are lists of points; files are looked for in ``folder``.

    Raises
    ------
    InputError
        For a file that is not there or holds other columns, and for anything that is neither a
        file's name nor a list of pairs of numbers where no plain number may stand.
    """
    found = dict(table)
    for key, columns in part.curves.items():
        value, place = found.get(key), f"{where}.{key}"
        if isinstance(value, str):
            found[key] = _named(value, part.named_curves.get(key, ()), columns, (folder, place))
        elif isinstance(value, list | tuple):
            found[key] = _checked(value, columns, place)
    return found


def _named(
    name: str, known: tuple[str, ...], columns: tuple[str, str], at: tuple[Path, str]
) -> object:
    """Return the name of a known curve, or the points of a file in a folder."""
    folder, where = at
    if name in known:
        return name
    if not (folder / name).is_file():
        expected = " or ".join([f"a CSV file with columns {', '.join(columns)}", *known])
        raise missing_file(folder / name, expected, known, where=f"{where}: {name}")
    return _read(folder / name, columns, where)


def _checked(value: Sequence[object], columns: tuple[str, str], where: str) -> Sequence[object]:
    for position, point in enumerate(value):
        if not isinstance(point, list | tuple) or not _are_numbers(point):
            raise InputError(f"{where}[{position}]", plain(point), f"[{', '.join(columns)}]")
    if not 1 <= len(value) <= _MOST_POINTS:
        came = Described(f"{len(value):,} points")
        raise InputError(where, came, f"1 to {_MOST_POINTS:,} points [{', '.join(columns)}]")
    return value


def _are_numbers(point: Sequence[object]) -> bool:
    """Say whether these are two finite numbers."""
    return len(point) == _COLUMNS and all(
        isinstance(value, int | float | Decimal)
        and not isinstance(value, bool)
        and math.isfinite(value)
        for value in point
    )


def _read(path: Path, columns: tuple[str, str], where: str) -> Sequence[object]:
    """Return the two columns of a CSV file; others are passed over, ``#`` begins a comment."""
    rows = table_rows(read_text(path, TABLE, "a CSV file in UTF-8", where), str(path), "CSV")
    header = next(rows, (1, []))[1]
    for name in columns:
        if header.count(name) != 1:
            came = Described("two such columns" if name in header else "no such column")
            raise InputError(f"{path}: {name}", came, f"columns {', '.join(columns)}")
    places = [header.index(name) for name in columns]
    points = []
    for number, row in rows:
        line = f"{path}: line {number}"
        if len(row) != len(header):
            came = Described(f"{len(row)} cells")
            raise InputError(line, came, f"{len(header)} cells as in the header")
        points.append([_number(row[place], f"{line}: {header[place]}") for place in places])
    return _checked(points, columns, where)


def _number(text: str, where: str) -> float:
    try:
        return read_float(text)
    except NumeralError:
        raise InputError(where, text, "a finite number") from None
