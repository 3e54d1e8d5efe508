"""Read a problem of version 1: one satellite and a dense table of bits."""

from dataclasses import replace
from typing import Any

from qkdopt.errors import InputError
from qkdopt.optimize.operations import NO_OPERATIONS, Operations
from qkdopt.optimize.problem import fields
from qkdopt.optimize.problem.model import SchedulingProblem
from qkdopt.optimize.problem.parts import Link
from qkdopt.tensor import KeyTensor

_REQUIRED = ("interval_s", "switch_s", "targets", "links", "interval", "K")
_OPTIONAL = (
    "format", "version", "weights", "stock", "demand", "traffic", "options", "information",
)  # fmt: skip


def read_version_1(document: dict[str, Any], where: str) -> SchedulingProblem:
    """Return the problem that a document states whose format and version are known.

    Raises
    ------
    InputError
        Naming the field, what stood there and what was expected.
    """
    fields.members(document, where, _REQUIRED, _OPTIONAL)
    targets = fields.names(document["targets"], f"{where}: targets")
    links = _links(document["links"], len(targets), f"{where}: links")
    interval = fields.integers(document["interval"], f"{where}: interval")
    keys = KeyTensor.create(
        fields.table(document["K"], len(links), len(interval), f"{where}: K"),
        interval,
        [link.name for link in links],
        interval_s=fields.decimal(document["interval_s"], f"{where}: interval_s"),
        switch_s=fields.decimal(document["switch_s"], f"{where}: switch_s"),
        where=where,
    )
    operations = NO_OPERATIONS
    if "options" in document:
        operations = Operations.from_document(document["options"], f"{where}: options")
        operations.check_links(len(links), f"{where}: options")
    weights = None
    if "weights" in document:
        weights = fields.weights(document["weights"], len(targets), f"{where}: weights")
    stock, demand = (
        fields.whole_bits_of(document[key], len(targets), f"{where}: {key}")
        if key in document
        else None
        for key in ("stock", "demand")
    )
    return replace(
        SchedulingProblem.create(keys, links, targets, weights, operations),
        stock=stock,
        demand=demand,
        information=fields.information(document, where),
        traffic=fields.traffic(document, targets, where),
    )


def _links(value: object, targets: int, where: str) -> tuple[Link, ...]:
    if not isinstance(value, list):
        raise InputError(where, value, 'a list of {"name": ..., "target": ...}')
    links = []
    for position, link in enumerate(value):
        place = f"{where}[{position}]"
        if not isinstance(link, dict) or set(link) != {"name", "target"}:
            raise InputError(place, link, 'an object {"name": ..., "target": ...}')
        if type(link["name"]) is not str or not link["name"].isprintable():
            raise InputError(f"{place}.name", link["name"], "a name that can be printed")
        target = fields.index(link["target"], targets, f"{place}.target")
        links.append(Link(link["name"], target))
    return tuple(links)
