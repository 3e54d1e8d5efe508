"""Contact problems as files: canonical JSON, checked member by member."""

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from os import PathLike
from typing import Any

from qkdopt.contact.problem import FORMAT, ContactProblem, Passes, Targets
from qkdopt.documents import read_json
from qkdopt.errors import InputError
from qkdopt.names import first_repeated
from qkdopt.numerals import read_decimal

CERTIFICATE_FORMAT = "qkdopt-contact-certificate"
_DECIMAL = re.compile(r"(0|[1-9][0-9]{0,17})(\.[0-9]{0,23}[1-9])?")
_DECIMAL_WORDS = 'decimal text such as "0.78": at most 18 digits, a point, 24 digits'
_PASS_COLUMNS = ("id", "node", "start_s", "end_s", "volume")
_TARGET_COLUMNS = ("id", "node", "priority", "operation")


def read_contact_problem(path: str | PathLike[str]) -> ContactProblem:
    """Read a contact problem from ``.json`` or ``.json.gz``; a certificate gives the one in it.

    Raises
    ------
    InputError
        When the file cannot be read as a contact problem.
    """
    document = read_json(path, "a contact problem as JSON")
    if isinstance(document, dict) and document.get("format") == CERTIFICATE_FORMAT:
        document = document.get("problem")
    return problem_from_document(document, str(path))


def problem_from_document(document: object, where: str = "contact problem") -> ContactProblem:
    """Return the problem that a parsed document states.

    Raises
    ------
    InputError
        Naming the field, what stood there and what was expected.
    """
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise InputError(where, document, f'an object with "format": "{FORMAT}"')
    if document.get("version") != 1 or type(document["version"]) is not int:
        raise InputError(f"{where}: version", document.get("version"), "1")
    required = ("format", "version", "gap_s", "nodes", "passes", "targets")
    _members(document, where, required, ("start_utc",))
    passes = _columns(document["passes"], f"{where}: passes", _PASS_COLUMNS, "orbit")
    targets = _columns(document["targets"], f"{where}: targets", _TARGET_COLUMNS, "application")
    start_utc = document.get("start_utc")
    return checked_problem(
        ContactProblem(
            gap_s=_decimals([document["gap_s"]], f"{where}: gap_s")[0],
            nodes=_texts(document["nodes"], f"{where}: nodes"),
            passes=Passes(
                id=_texts(passes["id"], f"{where}: passes.id"),
                node=_indices(passes["node"], f"{where}: passes.node"),
                start_s=_decimals(passes["start_s"], f"{where}: passes.start_s"),
                end_s=_decimals(passes["end_s"], f"{where}: passes.end_s"),
                volume=_decimals(passes["volume"], f"{where}: passes.volume"),
                orbit=_texts(passes.get("orbit", []), f"{where}: passes.orbit"),
            ),
            targets=Targets(
                id=_texts(targets["id"], f"{where}: targets.id"),
                node=_indices(targets["node"], f"{where}: targets.node"),
                priority=_decimals(targets["priority"], f"{where}: targets.priority"),
                operation=_texts(targets["operation"], f"{where}: targets.operation"),
                application=_texts(targets.get("application", []), f"{where}: targets.application"),
            ),
            start_utc=None if start_utc is None else _texts([start_utc], f"{where}: start_utc")[0],
        ),
        where,
    )


def checked_problem(problem: ContactProblem, where: str) -> ContactProblem:
    """Return ``problem``, or say which pass or target cannot be.

    Raises
    ------
    InputError
        For names that occur twice, nodes that do not exist, passes that end before they start.
    """
    for kind, names in (
        ("nodes", problem.nodes),
        ("passes", problem.passes.id),
        ("targets", problem.targets.id),
    ):
        if (twice := first_repeated(names)) is not None:
            raise InputError(f"{where}: {kind}", twice, "names that are all different")
    for kind, table in (("passes", problem.passes), ("targets", problem.targets)):
        for name, node in zip(table.id, table.node, strict=True):
            if not 0 <= node < len(problem.nodes):
                expected = f"the index of one of {len(problem.nodes)} nodes"
                raise InputError(f"{where}: {kind} {name}: node", node, expected)
    rows = zip(problem.passes.id, problem.passes.start_s, problem.passes.end_s, strict=True)
    for name, start, end in rows:
        if end < start:
            came = f"an end of {end} s after a start of {start} s"
            raise InputError(f"{where}: pass {name}", came, "an end not before the start")
    return problem


def _members(
    value: object, where: str, required: Iterable[str], optional: Iterable[str]
) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InputError(where, value, "an object")
    for key in value:
        if key not in (*required, *optional):
            raise InputError(f"{where}: {key}", "an unknown key", "none of that name")
    for key in required:
        if key not in value:
            raise InputError(f"{where}: {key}", "nothing", "a value")
    return value


def _columns(value: object, where: str, required: Sequence[str], extra: str) -> dict[str, Any]:
    columns = _members(value, where, required, (extra,))
    for key, column in columns.items():
        if not isinstance(column, list) or len(column) != len(columns["id"]):
            raise InputError(f"{where}.{key}", column, "lists of equal length")
    if columns.get(extra) == []:
        raise InputError(f"{where}.{extra}", "an empty list", "no such key")
    return columns


def _texts(value: object, where: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise InputError(where, value, "a list of names")
    for position, name in enumerate(value):
        if type(name) is not str or not name.strip() or not name.isprintable():
            raise InputError(f"{where}[{position}]", name, "a name that can be printed")
    return tuple(value)


def _indices(value: Any, where: str) -> tuple[int, ...]:
    for position, index in enumerate(value):
        if type(index) is not int or index < 0:
            raise InputError(f"{where}[{position}]", index, "the index of a node")
    return tuple(value)


def _decimals(value: Any, where: str) -> tuple[Decimal, ...]:
    for position, text in enumerate(value):
        if type(text) is not str or not _DECIMAL.fullmatch(text):
            raise InputError(f"{where}[{position}]", text, _DECIMAL_WORDS)
    return tuple(map(read_decimal, value))
