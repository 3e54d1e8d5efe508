"""Problems as files: canonical JSON, plain or gzip-compressed."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from os import PathLike
from typing import Any

from qkdopt.certificates import canonical_json
from qkdopt.errors import InputError
from qkdopt.files import read_json, write_text
from qkdopt.numerals import NumeralError, read_decimal
from qkdopt.optimize.operations import NO_OPERATIONS, Operations
from qkdopt.optimize.problem import Link, SchedulingProblem
from qkdopt.tensor import KeyTensor, whole_traffic

__all__ = ["problem_from_document", "read_problem", "write_problem"]

_FORMAT = "qkdopt-problem"
_VERSION = 1
_REQUIRED = ("interval_s", "switch_s", "targets", "links", "interval", "K")
_OPTIONAL = (
    "format", "version", "weights", "stock", "demand", "traffic", "options", "information",
)  # fmt: skip


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


def problem_from_document(document: Any, where: str = "problem") -> SchedulingProblem:
    """Return the problem that a parsed document states.

    Raises
    ------
    InputError
        Naming the field, what stood there and what was expected.
    """
    if not isinstance(document, dict) or document.get("format") != _FORMAT:
        raise InputError(where, document, f'an object with "format": "{_FORMAT}"')
    if document.get("version") != _VERSION or type(document["version"]) is not int:
        raise InputError(f"{where}: version", document.get("version"), str(_VERSION))
    for key in _REQUIRED:
        if key not in document:
            raise InputError(f"{where}: {key}", "nothing", "a value")
    for key in document:
        if key not in (*_REQUIRED, *_OPTIONAL):
            raise InputError(f"{where}: {key}", "an unknown key", "none of that name")
    targets = _names(document["targets"], f"{where}: targets")
    links = _links(document["links"], len(targets), f"{where}: links")
    interval = _integers(document["interval"], f"{where}: interval")
    keys = KeyTensor.create(
        _table(document["K"], len(links), len(interval), f"{where}: K"),
        interval,
        [link.name for link in links],
        interval_s=_decimal(document["interval_s"], f"{where}: interval_s"),
        switch_s=_decimal(document["switch_s"], f"{where}: switch_s"),
        where=where,
    )
    operations = NO_OPERATIONS
    if "options" in document:
        operations = Operations.from_document(document["options"], f"{where}: options")
        operations.check_links(len(links), f"{where}: options")
    weights = _weights(document, targets, f"{where}: weights")
    problem = SchedulingProblem.create(keys, links, targets, weights, operations)
    return replace(
        problem,
        stock=_bits(document, "stock", len(targets), where),
        demand=_bits(document, "demand", len(targets), where),
        information=_information(document, f"{where}: information"),
        traffic=_traffic(document, targets, where),
    )


def _traffic(
    document: dict[str, Any], targets: tuple[str, ...], where: str
) -> tuple[tuple[int, ...], ...] | None:
    if "traffic" not in document:
        return None
    where = f"{where}: traffic"
    rows = _table(document["traffic"], len(targets), len(targets), where)
    by_name = {
        name: dict(zip(targets, row, strict=True)) for name, row in zip(targets, rows, strict=True)
    }
    return whole_traffic(by_name, targets, where)


def _names(value: Any, where: str) -> tuple[str, ...]:
    good = isinstance(value, list) and value and all(type(name) is str for name in value)
    if not good or len(set(value)) < len(value):
        raise InputError(where, value, "a list of different names")
    for position, name in enumerate(value):
        if not name.strip() or not name.isprintable():
            raise InputError(f"{where}[{position}]", name, "a name that can be printed")
    return tuple(value)


def _links(value: Any, targets: int, where: str) -> tuple[Link, ...]:
    if not isinstance(value, list):
        raise InputError(where, value, 'a list of {"name": ..., "target": ...}')
    links = []
    for position, link in enumerate(value):
        place = f"{where}[{position}]"
        if not isinstance(link, dict) or set(link) != {"name", "target"}:
            raise InputError(place, link, 'an object {"name": ..., "target": ...}')
        if type(link["name"]) is not str or not link["name"].isprintable():
            raise InputError(f"{place}.name", link["name"], "a name that can be printed")
        if type(link["target"]) is not int or not 0 <= link["target"] < targets:
            raise InputError(f"{place}.target", link["target"], f"an index below {targets}")
        links.append(Link(link["name"], link["target"]))
    return tuple(links)


def _integers(value: Any, where: str) -> list[int]:
    if not isinstance(value, list) or not all(type(item) is int for item in value):
        raise InputError(where, value, "a list of whole numbers")
    if any(abs(item) >= 2**62 for item in value):
        raise InputError(where, "a number beyond 2^62", "smaller numbers")
    return value


def _table(value: Any, links: int, intervals: int, where: str) -> list[list[int]]:
    if not isinstance(value, list) or len(value) != links:
        raise InputError(where, type(value).__name__, f"a list of {links} rows")
    for position, row in enumerate(value):
        if len(_integers(row, f"{where}[{position}]")) != intervals:
            raise InputError(f"{where}[{position}]", f"{len(row)} values", f"{intervals} values")
    return value


def _decimal(value: Any, where: str) -> Decimal:
    try:
        if type(value) is str:
            return read_decimal(value)
    except NumeralError:
        pass
    raise InputError(where, value, 'seconds as decimal text such as "10"')


def _weights(document: dict[str, Any], targets: tuple[str, ...], where: str) -> list[int] | None:
    if "weights" not in document:
        return None
    weights = _integers(document["weights"], where)
    if len(weights) != len(targets) or min(weights) < 0 or not any(weights):
        raise InputError(where, weights, f"{len(targets)} whole numbers >= 0, not all 0")
    return weights


def _information(document: dict[str, Any], where: str) -> dict[str, str] | None:
    if "information" not in document:
        return None
    found = document["information"]
    good = isinstance(found, dict) and all(type(text) is str for text in found.values())
    if not good or not found:
        raise InputError(where, found, "an object of texts")
    return dict(found)


def _bits(document: dict[str, Any], key: str, targets: int, where: str) -> tuple[int, ...] | None:
    if key not in document:
        return None
    bits = _integers(document[key], f"{where}: {key}")
    if len(bits) != targets or min(bits) < 0:
        raise InputError(f"{where}: {key}", bits, f"{targets} whole numbers >= 0")
    return tuple(bits)
