"""Suggestions for what was probably meant: an unknown name, or a file that is not there."""

import difflib
import os
from collections.abc import Collection, Iterable
from itertools import islice

from qkdopt.errors import MissingFileError

_MOST_ENTRIES = 10_000
_MOST_NAMES, _LEAST_LIKENESS = 3, 0.7


def one_of(names: Collection[str], unknown: str, likeness: float = 0.5) -> str:
    """Return what was expected in place of an unknown name, with the nearest one that is known."""
    near = difflib.get_close_matches(unknown, names, n=1, cutoff=likeness)
    return f"one of {', '.join(names)}" + (f" (did you mean {near[0]}?)" if near else "")


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
