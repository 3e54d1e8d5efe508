"""Where published problems are found: in the installed package, or in the repository."""

from __future__ import annotations

import difflib
import os
from pathlib import Path

from qkdopt.errors import InputError

__all__ = ["models_folder", "problem_folder", "problem_names", "scenario_path"]

_PACKAGE = Path(__file__).parent


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
    return tuple(sorted(path.parent.name for path in models_folder().glob("*/scenario.toml")))


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
    near = difflib.get_close_matches(name, names, n=3) or names
    raise InputError("problem", name, f"a file, or a published problem such as {', '.join(near)}")


def scenario_path(name_or_path: str | os.PathLike[str]) -> Path:
    """Return the scenario file that a user means by a path or a published problem's name."""
    path = Path(name_or_path)
    if path.is_dir() and (path / "scenario.toml").is_file():
        return path / "scenario.toml"
    if path.is_file():
        return path
    if path.suffix or len(path.parts) > 1:
        raise InputError(str(path), "no file", "a scenario file")
    return problem_folder(str(name_or_path)) / "scenario.toml"
