"""Locate published problems: in the installed package, or in the repository."""

import hashlib
import os
from pathlib import Path
from typing import Any

from qkdopt.documents import read_json
from qkdopt.errors import InputError
from qkdopt.nearest import missing_file
from qkdopt.opening import DOCUMENT, unpacked_bytes

INDEX, PROBLEM = "index.json", "problem.json.gz"
_PACKAGE = Path(__file__).parent
_HASH_SHOWN = 16


def models_folder() -> Path:
    """Return the folder of published problems.

    A wheel carries it inside the package; an editable install finds it at the top of the
    repository.
    """
    for folder in (_PACKAGE / "models", _PACKAGE.parents[1] / "models"):
        if folder.is_dir():
            return folder
    raise InputError(str(_PACKAGE / "models"), "nothing", "the folder of published problems")


def problem_names() -> tuple[str, ...]:
    """Return the names of all published problems, sorted."""
    found = {
        path.parent.name
        for pattern in ("*/scenario.toml", f"*/{PROBLEM}")
        for path in models_folder().glob(pattern)
    }
    return tuple(sorted(found))


def problem_folder(name: str) -> Path:
    """Return the folder of the published problem ``name``.

    Raises
    ------
    InputError
        When there is no such problem; the nearest names are given.
    """
    names = problem_names()
    if name in names:
        return models_folder() / name
    raise missing_file(name, "a file, or a published problem (qkdopt problems lists them)", names)


def scenario_path(name_or_path: str | os.PathLike[str]) -> Path:
    """Return the scenario file that a user means by a path or a published problem's name.

    Raises
    ------
    InputError
        When there is none: no such file or name, or a problem that was not made from one.
    """
    path = Path(name_or_path)
    if path.is_dir() and (path / "scenario.toml").is_file():
        return path / "scenario.toml"
    if path.is_file():
        return path
    if path.suffix or len(path.parts) > 1:
        raise missing_file(path, "a scenario file")
    found = problem_folder(str(name_or_path)) / "scenario.toml"
    if not found.is_file():
        came = "a published problem that has no scenario"
        raise InputError(str(name_or_path), came, "one with a scenario (qkdopt solve takes both)")
    return found


def published_index(folder: Path | None = None) -> dict[str, Any]:
    """Return the index entries of ``models/regenerate.py`` for every problem, by name.

    Parameters
    ----------
    folder
        Folder of published problems; the one that qkdopt brings by default. Without an index
        in it, nothing is known.

    Raises
    ------
    InputError
        When the index is damaged.
    """
    path = (folder or models_folder()) / INDEX
    if not path.is_file():
        return {}
    found = read_json(path, "the index of published problems")
    if not isinstance(found, dict) or not all(isinstance(facts, dict) for facts in found.values()):
        raise InputError(str(path), "something else", "an object with an object for each problem")
    return found


def checked_problem(folder: Path) -> Path:
    """Return the frozen file of a published problem, if its content has the hash in the index.

    A problem that the index does not list is not checked.

    Raises
    ------
    InputError
        When there is no frozen file, it is damaged, or it is not what was published.
    """
    path = folder / PROBLEM
    expected = published_index(folder.parent).get(folder.name, {}).get("sha256")
    came = content_sha256(path)
    if expected is not None and came != expected:
        words = f"SHA-256 {str(expected)[:_HASH_SHOWN]}..., as stated in {INDEX} beside it"
        raise InputError(str(path), f"SHA-256 {came[:_HASH_SHOWN]}...", words)
    return path


def content_sha256(path: Path) -> str:
    """Return the SHA-256 of the canonical JSON in a frozen file, as 64 hexadecimal digits.

    Raises
    ------
    InputError
        When the file cannot be read.
    """
    data = unpacked_bytes(path, DOCUMENT, "a frozen problem")
    return hashlib.sha256(data.rstrip(b"\n")).hexdigest()
