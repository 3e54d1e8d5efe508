"""The contact problem, checked member by member and counted in whole numbers."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from qkdopt.verifier.budget import Budget
from qkdopt.verifier.forms import Members, list_of, names, refused, text, whole_numbers
from qkdopt.verifier.reading import check_head, sha256_of

PROBLEM_FORMAT = "qkdopt-contact-problem"
_DECIMAL = re.compile(r"(0|[1-9][0-9]{0,17})(\.[0-9]{0,23}[1-9])?")
_REQUIRED = ("format", "version", "gap_s", "nodes", "passes", "targets")
_PASSES = ("id", "node", "start_s", "end_s", "volume")
_TARGETS = ("id", "node", "priority", "operation")


@dataclass(frozen=True)
class ContactProblem:
    """Passes over nodes and targets at nodes.

    ``gap``, ``start`` and ``end`` are in one common unit of time, as key ``volume`` and the number
    ``one`` are; priorities have a unit of their own, values are whole numbers of
    ``10 ** -decimals``.  ``needs_key``: whether a target's operation is ``QKD``.
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
    budget: Budget

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
    found = Members(document, where, _REQUIRED, ("start_utc",))
    if "start_utc" in found:
        found("start_utc", text)
    n_nodes = len(found("nodes", names))
    passes = found("passes", _Table, _PASSES, "orbit", n_nodes)
    targets = found("targets", _Table, _TARGETS, "application", n_nodes)
    starts, ends = passes.column("start_s", _decimal), passes.column("end_s", _decimal)
    times, _ = _common([*starts, *ends, found("gap_s", _decimal)])
    start, end = times[: len(starts)], times[len(starts) : -1]
    for p, (earlier, later) in enumerate(zip(start, end, strict=True)):
        if later < earlier:
            raise refused(f"{where}.passes.end_s[{p}]", ends[p], "an end not before the start")
    volume, volume_decimals = _common(passes.column("volume", _decimal))
    priority, priority_decimals = _common(targets.column("priority", _decimal))
    return ContactProblem(
        pass_id=passes.ids,
        pass_node=passes.nodes,
        start=start,
        end=end,
        gap=times[-1],
        volume=volume,
        one=10**volume_decimals,
        target_id=targets.ids,
        target_node=targets.nodes,
        priority=priority,
        needs_key=tuple(x == "QKD" for x in targets.column("operation", text)),
        decimals=volume_decimals + priority_decimals,
        sha256=sha256_of(document),
        budget=budget or Budget(),
    )


class _Table:
    """A table by columns of one length, with names and nodes."""

    def __init__(
        self, value: object, where: str, required: tuple[str, ...], remark: str, n_nodes: int
    ) -> None:
        self.found = Members(value, where, required, (remark,))
        self.ids = self.found("id", names)
        node = 0, n_nodes, "the index of a node", len(self.ids)
        self.nodes = self.found("node", whole_numbers, *node)
        if remark in self.found:
            self.column(remark, text)

    def column(self, name: str, form: Callable[[object, str], str]) -> list[str]:
        """Return a column of texts."""
        return self.found(name, list_of, form, length=len(self.ids))


def _decimal(value: object, where: str) -> str:
    if type(value) is not str or not _DECIMAL.fullmatch(value):
        raise refused(where, value, 'decimal text such as "0.78"')
    return value


def _common(numbers: list[str]) -> tuple[tuple[int, ...], int]:
    """Return decimals as whole numbers of a common power of ten, and its number of decimals."""
    split = [number.partition(".") for number in numbers]
    places = max((len(fraction) for _, _, fraction in split), default=0)
    return tuple(int(head + fraction.ljust(places, "0")) for head, _, fraction in split), places
