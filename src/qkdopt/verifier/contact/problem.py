"""The contact problem, checked member by member and counted in whole numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from qkdopt.errors import InputError
from qkdopt.verifier.budget import Budget
from qkdopt.verifier.document import check_head, sha256_of
from qkdopt.verifier.fields import describe, members, text, whole_numbers

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
        What is left of the steps that judging claims about the problem may take.
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
        """Return what pass ``p`` given to target ``t`` is worth, ``None`` when that cannot be."""
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
    n_nodes = len(_names(found["nodes"], f"{where}.nodes", None, different=True))
    passes = members(found["passes"], f"{where}.passes", _PASSES, ("orbit",))
    targets = members(found["targets"], f"{where}.targets", _TARGETS, ("application",))
    pass_id = _names(passes["id"], f"{where}.passes.id", None, different=True)
    target_id = _names(targets["id"], f"{where}.targets.id", None, different=True)
    if "orbit" in passes:
        _names(passes["orbit"], f"{where}.passes.orbit", len(pass_id))
    if "application" in targets:
        _names(targets["application"], f"{where}.targets.application", len(target_id))
    starts = _decimals(passes["start_s"], f"{where}.passes.start_s", len(pass_id))
    ends = _decimals(passes["end_s"], f"{where}.passes.end_s", len(pass_id))
    gap = _decimals([found["gap_s"]], f"{where}.gap_s", 1)
    times, _ = _common([*starts, *ends, *gap])
    start, end = times[: len(starts)], times[len(starts) : -1]
    for p, (earlier, later) in enumerate(zip(start, end, strict=True)):
        if later < earlier:
            raise InputError(f"{where}.passes.end_s[{p}]", ends[p], "an end not before the start")
    volumes = _decimals(passes["volume"], f"{where}.passes.volume", len(pass_id))
    volume, volume_decimals = _common(volumes)
    priorities = _decimals(targets["priority"], f"{where}.targets.priority", len(target_id))
    priority, priority_decimals = _common(priorities)
    operations = _names(targets["operation"], f"{where}.targets.operation", len(target_id))
    return ContactProblem(
        pass_id=pass_id,
        pass_node=_nodes(passes["node"], f"{where}.passes.node", len(pass_id), n_nodes),
        start=start,
        end=end,
        gap=times[-1],
        volume=volume,
        one=10**volume_decimals,
        target_id=target_id,
        target_node=_nodes(targets["node"], f"{where}.targets.node", len(target_id), n_nodes),
        priority=priority,
        needs_key=tuple(operation == "QKD" for operation in operations),
        decimals=volume_decimals + priority_decimals,
        sha256=sha256_of(found),
        budget=budget or Budget(),
    )


def _names(
    value: object, where: str, length: int | None, *, different: bool = False
) -> tuple[str, ...]:
    if type(value) is not list or (length is not None and len(value) != length):
        raise InputError(where, describe(value), f"a list of {length or 'names'}")
    names = tuple(text(name, f"{where}[{i}]") for i, name in enumerate(value))
    if different and len(set(names)) < len(names):
        raise InputError(where, describe(value), "names that are all different")
    return names


def _nodes(value: object, where: str, length: int, n_nodes: int) -> tuple[int, ...]:
    return whole_numbers(value, where, length, 0, n_nodes, "the index of a node")


def _decimals(value: object, where: str, length: int) -> tuple[str, ...]:
    if type(value) is not list or len(value) != length:
        raise InputError(where, describe(value), f"a list of {length:,}")
    for i, number in enumerate(value):
        if type(number) is not str or not _DECIMAL.fullmatch(number):
            raise InputError(f"{where}[{i}]", describe(number), 'decimal text such as "0.78"')
    return tuple(value)


def _common(numbers: list[str] | tuple[str, ...]) -> tuple[tuple[int, ...], int]:
    """Return decimals as whole numbers of a common power of ten, and its number of decimals."""
    split = [number.partition(".") for number in numbers]
    places = max((len(fraction) for _, _, fraction in split), default=0)
    return tuple(int(head + fraction.ljust(places, "0")) for head, _, fraction in split), places
