"""Suggestions for the name of a missing file."""

import difflib
import os
from collections.abc import Iterable
from itertools import islice

from qkdopt.errors import MissingFileError

_MOST_ENTRIES = 10_000
_MOST_NAMES, _LEAST_LIKENESS = 3, 0.7


def missing_file(
    path: str | os.PathLike[str], expected: str, names: Iterable[str] = (), where: str = ""
) -> MissingFileError:
    """Return the error for a file that is not there; it gives the nearest names that are.

    Parameters
    ----------
    expected
        What the file should have been.
    names
        Further names to compare with, beside those in the folder.
    where
        What the error begins with; the path by default.
    """
    text = os.fspath(path)
    folder, name = os.path.split(text)
    where = where or text
    entries: list[str] = []
    if folder and not os.path.isdir(folder):
        return MissingFileError(where, expected, (), f"no folder {folder}")
    try:
        with os.scandir(folder or ".") as found:
            entries = [entry.name for entry in islice(found, _MOST_ENTRIES)]
    except (OSError, ValueError):
        pass
    near = difflib.get_close_matches(name, [*names, *entries], _MOST_NAMES, _LEAST_LIKENESS)
    return MissingFileError(where, expected, tuple(dict.fromkeys(near)))
