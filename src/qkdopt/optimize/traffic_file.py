"""Traffic matrices as CSV: a header of city names, then one row for each city."""

from collections.abc import Sequence
from os import PathLike

from qkdopt.comma_separated import table_rows
from qkdopt.errors import InputError
from qkdopt.names import first_repeated
from qkdopt.opening import MATRIX, read_text
from qkdopt.tensor import whole_traffic


def read_traffic(path: str | PathLike[str], targets: Sequence[str]) -> dict[str, dict[str, object]]:
    """Read how many shared bits each pair of targets wants.

    The file is a square table of whole bits, in any order of cities, with ``#`` comments::

        city,Urumqi,Lhasa,Xi'an
        Urumqi,0,12000,50000
        Lhasa,12000,0,8000
        Xi'an,50000,8000,0

    Both halves are there and agree; the diagonal is 0 or empty. The first cell of the header is
    free. Each shared bit consumes one delivered bit at either end.

    Parameters
    ----------
    path
        The file.
    targets
        The cities that it has to be about.

    Raises
    ------
    InputError
        For a file that cannot be read or is not such a table: not square, a city twice, unknown
        or missing, something on the diagonal, a number that is negative or not whole, two halves
        that do not agree, and only zeros.
    """
    where = str(path)
    rows = _cells(path, where)
    names = rows[0][1:]
    _unique(names, f"{where}: header")
    _unique([row[0] for row in rows[1:]], where)
    if len(rows) - 1 != len(names):
        raise InputError(where, f"{len(names)} columns and {len(rows) - 1} rows", "a square table")
    given: dict[str, dict[str, object]] = {}
    for row in rows[1:]:
        if len(row) - 1 != len(names):
            expected = f"{len(names)}, one for each city"
            raise InputError(f"{where}: row {row[0]}", f"{len(row) - 1} numbers", expected)
        cells = zip(names, row[1:], strict=True)
        given[row[0]] = {name: _number(row[0], name, cell) for name, cell in cells}
    whole_traffic(given, targets, where)
    return given


def _number(row: str, column: str, cell: str) -> str:
    return "0" if row == column and not cell else cell


def _cells(path: str | PathLike[str], where: str) -> list[list[str]]:
    expected = "a traffic matrix as CSV"
    rows = [row for _, row in table_rows(read_text(path, MATRIX, expected), where, expected)]
    if not rows:
        raise InputError(where, "an empty file", "a header of city names and a row for each")
    return rows


def _unique(names: Sequence[str], where: str) -> None:
    twice = first_repeated(names)
    if twice is not None:
        raise InputError(where, twice, "each city once")
