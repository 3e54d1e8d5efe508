"""Problems as files: canonical JSON of either version, plain or gzip-compressed."""

from os import PathLike

from qkdopt.certificates import canonical_json
from qkdopt.documents import read_json
from qkdopt.errors import InputError
from qkdopt.files import write_text
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.problem.documents import FORMAT
from qkdopt.optimize.problem.version_1 import read_version_1
from qkdopt.optimize.problem.version_2 import read_version_2

_READERS = {1: read_version_1, 2: read_version_2}


def write_problem(problem: SchedulingProblem, path: str | PathLike[str]) -> None:
    """Write the canonical document to ``.json`` or ``.json.gz``, whole or not at all."""
    write_text(path, canonical_json(problem.document()) + "\n")


def read_problem(path: str | PathLike[str]) -> SchedulingProblem:
    """Read a problem from ``.json`` or ``.json.gz``; a certificate gives the problem in it.

    Raises
    ------
    InputError
        When the file cannot be read as a problem.
    """
    document = read_json(path, "a problem as JSON")
    if isinstance(document, dict) and document.get("format") == "qkdopt-certificate":
        document = document.get("problem")
    return problem_from_document(document, str(path))


def problem_from_document(document: object, where: str = "problem") -> SchedulingProblem:
    """Return the problem that a parsed document states, which keeps the document's version.

    Raises
    ------
    InputError
        Naming the field, what stood there and what was expected.
    """
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise InputError(where, document, f'an object with "format": "{FORMAT}"')
    version = document.get("version")
    if type(version) is not int or version not in _READERS:
        raise InputError(f"{where}: version", version, "1 or 2")
    return _READERS[version](document, where)
