"""The contact problem, checked member by member and counted in whole numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from qkdopt.errors import InputError
from qkdopt.verifier.budget import Budget
from qkdopt.verifier.document import check_head, sha256_of
from qkdopt.verifier.fields import describe, list_of, members, names, text, whole_numbers

__all__ = ["PROBLEM_FORMAT", "ContactProblem", "read_contact_problem"]

PROBLEM_FORMAT = "qkdopt-contact-problem"
_DECIMAL = re.compile(r"(0|[1-9][0-9]{0,17})(\.[0-9]{0,23}[1-9])?")
_PASSES = ("id", "node", "start_s", "end_s", "volume")
_TARGETS = ("id", "node", "priority", "operation")


@dataclass(frozen=True)
class ContactProblem:
    """``P`` passes over nodes and ``T`` targets at nodes.

    Attributes
    ----------
    gap, start, end
        In one common unit of time.
    volume, one
        Key volume of each pass, and the number 1, in one common unit.
    priority
        Priority of each target, in a unit of its own.
    needs_key
        Whether a target's operation is ``QKD``.
    decimals
        Values are whole numbers of ``10 ** -decimals``.
    budget
        What is left of the steps that verifying claims about the problem may take.
    """

    pass_id: tuple[str, ...]
    pass_node: tuple[int, ...]
    start: tuple[int, ...]
    end: tuple[int, ...]
    gap: int
    volume: tuple[int, ...]
    one: int
    target_id: tuple[str, ...]
    target_node: tuple[int, ...]
    priority: tuple[int, ...]
    needs_key: tuple[bool, ...]
    decimals: int
    sha256: str
    budget: Budget = field(default_factory=Budget, compare=False)

    def value(self, p: int, t: int) -> int | None:
        """Return the value of giving pass ``p`` to target ``t``, ``None`` where it cannot be."""
        if self.pass_node[p] != self.target_node[t]:
            return None
        if not self.needs_key[t]:
            return self.priority[t] * self.one
        return self.priority[t] * (self.one + self.volume[p]) if self.volume[p] else None

    def exclude(self, p: int, q: int) -> bool:
        """Return whether two different passes are too close for both to be used."""
        return self.start[p] < self.end[q] + self.gap and self.start[q] < self.end[p] + self.gap


def read_contact_problem(
    document: object, where: str, budget: Budget | None = None
) -> ContactProblem:
    """Return the contact problem that a parsed document describes.

    Raises
    ------
    InputError
        The document is not a well-formed contact problem.
    """
    check_head(document, where, PROBLEM_FORMAT)
    required = ("format", "version", "gap_s", "nodes", "passes", "targets")
    found = members(document, where, required, ("start_utc",))
    if "start_utc" in found:
        text(found["start_utc"], f"{where}.start_utc")
    n_nodes = len(names(found["nodes"], f"{where}.nodes"))
    passes = _columns(found, "passes", where, _PASSES, ("orbit",), n_nodes)
    targets = _columns(found, "targets", where, _TARGETS, ("application",), n_nodes)
    starts = _decimals(passes["start_s"], f"{where}.passes.start_s")
    ends = _decimals(passes["end_s"], f"{where}.passes.end_s")
    times, _ = _common([*starts, *ends, *_decimals([found["gap_s"]], f"{where}.gap_s")])
    start, end = times[: len(starts)], times[len(starts) : -1]
    for p, (earlier, later) in enumerate(zip(start, end, strict=True)):
        if later < earlier:
            raise InputError(f"{where}.passes.end_s[{p}]", ends[p], "an end not before the start")
    volume, volume_decimals = _common(_decimals(passes["volume"], f"{where}.passes.volume"))
    stated = _decimals(targets["priority"], f"{where}.targets.priority")
    priority, priority_decimals = _common(stated)
    return ContactProblem(
        pass_id=tuple(passes["id"]),
        pass_node=tuple(passes["node"]),
        start=start,
        end=end,
        gap=times[-1],
        volume=volume,
        one=10**volume_decimals,
        target_id=tuple(targets["id"]),
        target_node=tuple(targets["node"]),
        priority=priority,
        needs_key=tuple(operation == "QKD" for operation in targets["operation"]),
        decimals=volume_decimals + priority_decimals,
        sha256=sha256_of(found),
        budget=budget or Budget(),
    )


def _columns(
    found: dict[str, Any],
    member: str,
    where: str,
    required: tuple[str, ...],
    optional: tuple[str, ...],
    n_nodes: int,
) -> dict[str, Any]:
    """Return a table by columns of one length; names and nodes have been checked."""
    where = f"{where}.{member}"
    columns = members(found[member], where, required, optional)
    n = len(names(columns["id"], f"{where}.id"))
    for name, column in columns.items():
        place = f"{where}.{name}"
        if name == "node":
            whole_numbers(column, place, n, 0, n_nodes, "the index of a node")
        for i, x in enumerate(list_of(column, place, n)):
            if name in ("orbit", "application", "operation"):
                text(x, f"{place}[{i}]")
    return columns


def _decimals(value: list[Any], where: str) -> list[str]:
    for i, number in enumerate(value):
        if type(number) is not str or not _DECIMAL.fullmatch(number):
            raise InputError(f"{where}[{i}]", describe(number), 'decimal text such as "0.78"')
    return value


def _common(numbers: list[str]) -> tuple[tuple[int, ...], int]:
    """Return decimals as whole numbers of a common power of ten, and its number of decimals."""
    split = [number.partition(".") for number in numbers]
    places = max((len(fraction) for _, _, fraction in split), default=0)
    return tuple(int(head + fraction.ljust(places, "0")) for head, _, fraction in split), places
