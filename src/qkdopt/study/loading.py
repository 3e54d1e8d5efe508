"""Load a problem from any file that holds one."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qkdopt.contact import ContactProblem
    from qkdopt.optimize.problem import SchedulingProblem

KEY_ENDINGS = (".nc", ".csv")
PROBLEM_ENDINGS = (".json", ".json.gz")


def load_problem(path: str | PathLike[str]) -> SchedulingProblem | ContactProblem:
    """Return the problem that a file holds, or a published problem's frozen file.

    Parameters
    ----------
    path
        Name of a published problem, or a file: a problem as JSON of version 1 or 2, plain or
        compressed by gzip; a certificate, for the problem in it; a key tensor as CSV (``.csv``) or
        NetCDF (``.nc``), each of whose links is its own target. What does not end in one of these
        is read as JSON.

    Raises
    ------
    InputError
        When it cannot be read as a problem: the message names file and key, what stood there and
        what was expected.
    LimitError
        For a problem that needs more memory than is spent on it.

    Examples
    --------
    >>> import qkdopt as qo
    >>> qo.load_problem("hand-two-cities")
    SchedulingProblem(2 links, 9 active intervals of 10 s, tau 1)
    """
    from qkdopt.contact.problem import FORMAT
    from qkdopt.contact.problem_file import CERTIFICATE_FORMAT
    from qkdopt.contact.problem_file import problem_from_document as contacts_from_document
    from qkdopt.documents import read_json
    from qkdopt.optimize.problem import SchedulingProblem
    from qkdopt.optimize.problem_file import problem_from_document
    from qkdopt.tensor import KeyTensor

    found = problem_path(path)
    if found.suffix.lower() in KEY_ENDINGS:
        return SchedulingProblem.from_keys(KeyTensor.load(found))
    document, where = read_json(found, "a problem as JSON"), str(found)
    if isinstance(document, dict):
        inside = document.get("format") in ("qkdopt-certificate", CERTIFICATE_FORMAT)
        document = document.get("problem") if inside else document
    if isinstance(document, dict) and document.get("format") == FORMAT:
        return contacts_from_document(document, where)
    return problem_from_document(document, where)


def problem_path(name_or_path: str | PathLike[str]) -> Path:
    """Return the file meant by a path, or the frozen file of a published problem's name.

    Raises
    ------
    InputError
        For a name that no problem has, and a frozen file that is not what was published.
    """
    from qkdopt.library import PROBLEM, checked_problem, problem_folder, problem_names

    path = Path(name_or_path)
    if path.is_file() or path.suffix or len(path.parts) > 1:
        return path
    if path.is_dir() and str(name_or_path) not in problem_names():
        return path
    folder = problem_folder(str(name_or_path))
    return checked_problem(folder) if (folder / PROBLEM).is_file() else path
