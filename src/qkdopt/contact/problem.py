"""The contact problem: passes, service targets, and the exact value of each pair."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from os import PathLike

from qkdopt.certificates import canonical_json, digest
from qkdopt.errors import InputError
from qkdopt.files import write_text
from qkdopt.timegrid import plain_decimal

FORMAT = "qkdopt-contact-problem"
KEY_EXCHANGE = "QKD"
"""The operation that needs key volume; any other is served without."""


@dataclass(frozen=True)
class Passes:
    """Columns of ``P`` passes of the satellite.

    Attributes
    ----------
    id
        Names, all different.
    node
        Index of the node that the pass is over.
    start_s, end_s
        Seconds after the beginning of the coverage, exact; ``start_s <= end_s``.
    volume
        Key volume available in the pass, exact, >= 0.
    orbit
        Which orbit the pass belongs to; information only.
    """

    id: tuple[str, ...]
    node: tuple[int, ...]
    start_s: tuple[Decimal, ...]
    end_s: tuple[Decimal, ...]
    volume: tuple[Decimal, ...]
    orbit: tuple[str, ...] = ()


@dataclass(frozen=True)
class Targets:
    """Columns of ``T`` service targets.

    Attributes
    ----------
    id
        Names, all different.
    node
        Index of the node where the target is.
    priority
        Value of serving it, exact, >= 0.
    operation
        ``QKD``, or anything else.
    application
        Application that requests it; information only.
    """

    id: tuple[str, ...]
    node: tuple[int, ...]
    priority: tuple[Decimal, ...]
    operation: tuple[str, ...]
    application: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class ContactProblem:
    """Assign passes to targets of the same node, with a gap between used passes.

    Each pass and each target is used at most once; at least ``gap_s`` lie between the end of a
    used pass and the start of the next; a target of operation QKD needs a pass with volume.
    To be maximised: the sum of ``priority (1 + volume)`` over QKD, ``priority`` over others.

    Checked where it is read, see :mod:`qkdopt.contact.problem_file`.
    """

    gap_s: Decimal
    nodes: tuple[str, ...]
    passes: Passes
    targets: Targets
    start_utc: str | None = None

    @cached_property
    def decimals(self) -> int:
        """Decimals of values: a value is a whole number of ``10 ** -decimals``."""
        return _places(self.targets.priority) + _places(self.passes.volume)

    @cached_property
    def priority(self) -> tuple[int, ...]:
        """Priorities as whole numbers, shape ``(T,)``."""
        return _whole(self.targets.priority)

    @cached_property
    def key_factor(self) -> tuple[int, ...]:
        """``1 + volume`` as whole numbers, shape ``(P,)``; with `plain_factor` for the 1."""
        return tuple(self.plain_factor + volume for volume in _whole(self.passes.volume))

    @cached_property
    def plain_factor(self) -> int:
        """Factor of a priority when no key is needed."""
        return int(10 ** _places(self.passes.volume))

    @cached_property
    def needs_key(self) -> tuple[bool, ...]:
        """Whether a target's operation is QKD, shape ``(T,)``."""
        return tuple(operation == KEY_EXCHANGE for operation in self.targets.operation)

    @cached_property
    def start(self) -> tuple[int, ...]:
        """Starts in whole ticks, shape ``(P,)``; see `busy_until`."""
        return tuple(scaled(s, self._tick_places) for s in self.passes.start_s)

    @cached_property
    def busy_until(self) -> tuple[int, ...]:
        """Ends plus the gap, in the ticks of `start`: another used pass starts then or later."""
        gap = scaled(self.gap_s, self._tick_places)
        return tuple(scaled(s, self._tick_places) + gap for s in self.passes.end_s)

    def in_time(self, passes: Iterable[int]) -> list[int]:
        """Return passes in order of time; one of no length before a longer one of its start."""
        return sorted(passes, key=lambda p: (self.start[p], self.busy_until[p]))

    @cached_property
    def _tick_places(self) -> int:
        return _places((self.gap_s, *self.passes.start_s, *self.passes.end_s))

    @cached_property
    def node_passes(self) -> tuple[tuple[int, ...], ...]:
        """Passes of each node."""
        return _grouped(self.passes.node, len(self.nodes))

    @cached_property
    def node_targets(self) -> tuple[tuple[int, ...], ...]:
        """Targets of each node."""
        return _grouped(self.targets.node, len(self.nodes))

    def value(self, p: int, t: int) -> int | None:
        """Return the value of pass ``p`` serving target ``t``; ``None`` when infeasible."""
        if self.passes.node[p] != self.targets.node[t]:
            return None
        if not self.needs_key[t]:
            return self.priority[t] * self.plain_factor
        return self.priority[t] * self.key_factor[p] if self.passes.volume[p] else None

    @cached_property
    def pairs(self) -> int:
        """How many pairs of pass and target are possible."""
        count = 0
        for passes, targets in zip(self.node_passes, self.node_targets, strict=True):
            with_key = sum(self.needs_key[t] for t in targets)
            keyed = sum(self.passes.volume[p] > 0 for p in passes)
            count += keyed * with_key + len(passes) * (len(targets) - with_key)
        return count

    def document(self) -> dict[str, object]:
        """Return the canonical document; what is not stated is absent."""
        passes: dict[str, object] = {
            "id": list(self.passes.id),
            "node": list(self.passes.node),
            "start_s": _texts(self.passes.start_s),
            "end_s": _texts(self.passes.end_s),
            "volume": _texts(self.passes.volume),
        }
        targets: dict[str, object] = {
            "id": list(self.targets.id),
            "node": list(self.targets.node),
            "priority": _texts(self.targets.priority),
            "operation": list(self.targets.operation),
        }
        if self.passes.orbit:
            passes["orbit"] = list(self.passes.orbit)
        if self.targets.application:
            targets["application"] = list(self.targets.application)
        document = {
            "format": FORMAT,
            "version": 1,
            "gap_s": plain_decimal(self.gap_s),
            "nodes": list(self.nodes),
            "passes": passes,
            "targets": targets,
        }
        return document if self.start_utc is None else {**document, "start_utc": self.start_utc}

    @cached_property
    def sha256(self) -> str:
        """Hash of the canonical document: the name of the problem's content."""
        return digest(self.document())

    @classmethod
    def from_document(cls, document: object, where: str = "contact problem") -> ContactProblem:
        """Return the problem that a parsed document states; InputError when it states none."""
        from qkdopt.contact.problem_file import problem_from_document

        return problem_from_document(document, where)

    @classmethod
    def load(cls, path: str | PathLike[str]) -> ContactProblem:
        """Read ``.json`` or ``.json.gz``; a contact certificate gives the problem in it."""
        from qkdopt.contact.problem_file import read_contact_problem

        return read_contact_problem(path)

    def save(self, path: str | PathLike[str]) -> None:
        """Write the canonical document, atomically."""
        if not str(path).endswith((".json", ".json.gz")):
            raise InputError(str(path), "another ending", "a name that ends in .json or .json.gz")
        write_text(path, canonical_json(self.document()) + "\n")

    def __repr__(self) -> str:
        """Say the size."""
        return (
            f"ContactProblem({len(self.nodes)} nodes, {len(self.passes.id)} passes, "
            f"{len(self.targets.id):,} targets, {self.pairs:,} pairs)"
        )


def _places(values: Sequence[Decimal]) -> int:
    places = 0
    for value in values:
        exponent = value.as_tuple().exponent
        if isinstance(exponent, int) and -exponent > places:
            places = max(places, len(plain_decimal(value).partition(".")[2]))
    return places


def _whole(values: Sequence[Decimal]) -> tuple[int, ...]:
    places = _places(values)
    return tuple(scaled(value, places) for value in values)


def scaled(value: Decimal, places: int) -> int:
    """Return ``value * 10 ** places``, which is whole; Decimal itself rounds after 28 digits."""
    numerator, denominator = value.as_integer_ratio()
    return int(numerator * 10**places // denominator)


def _texts(values: Sequence[Decimal]) -> list[str]:
    return [plain_decimal(value) for value in values]


def _grouped(node: Sequence[int], count: int) -> tuple[tuple[int, ...], ...]:
    groups: list[list[int]] = [[] for _ in range(count)]
    for position, n in enumerate(node):
        groups[n].append(position)
    return tuple(map(tuple, groups))
