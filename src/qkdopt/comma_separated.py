"""Rows of a CSV table from outside, one at a time and each on a line of its own."""

import csv
import io
from collections.abc import Iterator

from qkdopt.errors import InputError


def table_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield (number, line) of a text, numbers from 1, lines without their ends."""
    for number, line in enumerate(io.StringIO(text, newline=None), start=1):
        yield number, line.removesuffix("\n")


def table_rows(text: str, where: str, expected: str) -> Iterator[tuple[int, list[str]]]:
    """Yield (number of the line, cells) of a table's rows, blanks around cells removed.

    Blank lines and lines that begin with ``#`` are passed over. No cell goes over a line's end.

    Raises
    ------
    InputError
        Naming the line, for cells that are no CSV; ``expected`` is what is said to be expected.
    """
    for number, line in table_lines(text):
        if line.strip() and not line.lstrip().startswith("#"):
            yield number, row_of(line, f"{where}:{number}", expected)


def row_of(line: str, where: str, expected: str) -> list[str]:
    """Return the cells of one line.

    Raises
    ------
    InputError
        For a line that is not CSV.
    """
    try:
        return [cell.strip() for cell in next(csv.reader([line], strict=True))]
    except csv.Error as error:
        raise InputError(where, str(error), expected) from error
