"""Operational rules that planners add to a scheduling problem; all off by default.

A *service* is a maximal set of intervals that serve one link with nobody else served between
(idling inside does not end it). A *pass* is a maximal run of consecutive active indices. A
*hand-over* is a change of link between consecutive services; it happens *within* a pass when
the last interval of the earlier service and the first of the later one belong to that pass.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from typing import Any, Self

from qkdopt.errors import InputError
from qkdopt.tensor.slew_table import NO_SLEW, SlewTable
from qkdopt.timegrid import decimal_seconds, plain_decimal

ALL = -1
"""In ``forbidden``: every link."""

NONE = -1
"""In ``locked``: nobody is served."""

_LARGEST_INDEX = 2**62


@dataclass(frozen=True, kw_only=True)
class Operations:
    """Rules besides switching; make one with :meth:`create`.

    Attributes
    ----------
    forbidden
        Pairs (link or :data:`ALL`, global interval) that must not be served; sorted by
        interval, then link, each once.
    locked
        Pairs (link, global interval) that must be served, or (:data:`NONE`, interval) that
        must idle; sorted alike. A lock where there is no key contradicts the rules.
    minimum_dwell_s
        A service serves at least this long [s], rounded up to whole intervals.
    max_handovers_per_pass, max_handovers
        Most hand-overs within a pass, and at all.
    max_service_s_per_pass
        Longest time served in a pass [s], rounded down to whole intervals.
    switch_matrix_s
        Time of a hand-over from the link of the row to that of the column [s], shape
        ``(N, N)`` with zeros on the diagonal; it replaces the problem's ``switch_s``.
    slew
        Runs (from link, to link, first, last, idle): a hand-over that begins right after one of
        the global intervals ``first`` to ``last`` keeps only ``idle`` intervals free, where that
        is less than ``switch_s`` or the matrix say; see
        :mod:`qkdopt.optimize.handover_times`.
    """

    forbidden: tuple[tuple[int, int], ...] = ()
    locked: tuple[tuple[int, int], ...] = ()
    minimum_dwell_s: Decimal | None = None
    max_handovers_per_pass: int | None = None
    max_handovers: int | None = None
    max_service_s_per_pass: Decimal | None = None
    switch_matrix_s: tuple[tuple[Decimal, ...], ...] | None = None
    slew: SlewTable = NO_SLEW

    @classmethod
    def create(
        cls,
        *,
        forbidden: Iterable[Sequence[int]] = (),
        locked: Iterable[Sequence[int]] = (),
        minimum_dwell_s: object = None,
        max_handovers_per_pass: int | None = None,
        max_handovers: int | None = None,
        max_service_s_per_pass: object = None,
        switch_matrix_s: Sequence[Sequence[object]] | None = None,
        slew: SlewTable | Sequence[Sequence[object]] = (),
        where: str = "operations",
    ) -> Self:
        """Return checked rules; seconds may be integers, decimals or decimal text.

        Raises
        ------
        InputError
            Naming the rule, what stood there and what was expected.
        """
        dwell = _seconds(minimum_dwell_s, f"{where}: minimum_dwell_s")
        return cls(
            forbidden=_pairs(forbidden, f"{where}: forbidden"),
            locked=_pairs(locked, f"{where}: locked"),
            minimum_dwell_s=dwell or None,
            max_handovers_per_pass=_count(
                max_handovers_per_pass, f"{where}: max_handovers_per_pass"
            ),
            max_handovers=_count(max_handovers, f"{where}: max_handovers"),
            max_service_s_per_pass=_seconds(
                max_service_s_per_pass, f"{where}: max_service_s_per_pass"
            ),
            switch_matrix_s=_matrix(switch_matrix_s, f"{where}: switch_matrix_s"),
            slew=SlewTable.read(slew, f"{where}: slew"),
        )

    def __bool__(self) -> bool:
        """Return whether any rule is on."""
        return bool(self.names)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the rules that are on."""
        return tuple(
            rule.name
            for rule in fields(self)
            if getattr(self, rule.name) not in ((), None, NO_SLEW)
        )

    def check_links(self, links: int, where: str = "operations") -> None:
        """Refuse rules about links that a problem of ``links`` links does not have.

        Raises
        ------
        InputError
            Naming the rule.
        """
        for rule, pairs in (("forbidden", self.forbidden), ("locked", self.locked)):
            for link, interval in pairs:
                if link >= links:
                    came = f"link {link} in interval {interval}"
                    raise InputError(f"{where}: {rule}", came, f"a link from 0 to {links - 1}")
        if self.switch_matrix_s is not None and len(self.switch_matrix_s) != links:
            came = f"{len(self.switch_matrix_s)} rows"
            raise InputError(f"{where}: switch_matrix_s", came, f"{links} rows, one per link")
        beyond = self.slew.runs[(self.slew.runs[:, :2] >= links).any(axis=1)]
        for run in beyond.tolist():
            raise InputError(f"{where}: slew", run, f"links from 0 to {links - 1}")

    def of_links(self, links: Sequence[int], where: str = "operations") -> Self:
        """Return the rules as one of several satellites has them: about some of the links.

        Parameters
        ----------
        links
            The satellite's links, which are numbered anew in this order.

        Raises
        ------
        InputError
            For an interval that has to be idle: nothing says for which satellite.
        """
        if any(link == NONE for link, _ in self.locked):
            raise InputError(f"{where}: locked", "none", "a link, which says the satellite")
        number = {link: n for n, link in enumerate(links)} | {ALL: ALL}
        kept = {
            rule: tuple((number[n], t) for n, t in getattr(self, rule) if n in number)
            for rule in ("forbidden", "locked")
        }
        matrix = self.switch_matrix_s
        if matrix is not None:
            matrix = tuple(tuple(matrix[n][m] for m in links) for n in links)
        return replace(
            self,
            forbidden=tuple(sorted(kept["forbidden"], key=lambda pair: pair[::-1])),
            locked=tuple(sorted(kept["locked"], key=lambda pair: pair[::-1])),
            switch_matrix_s=matrix,
            slew=self.slew.of_links(number),
        )

    def slewing(self, slew: SlewTable) -> Self:
        """Return the rules with hand-overs that take less time, unless they have such."""
        return replace(self, slew=slew) if slew and not self.slew else self

    def document(self) -> dict[str, Any]:
        """Return the canonical document; rules that are off are absent."""
        document: dict[str, object] = {}
        for rule in ("forbidden", "locked"):
            if pairs := getattr(self, rule):
                document[rule] = [list(pair) for pair in pairs]
        for rule in ("minimum_dwell_s", "max_service_s_per_pass"):
            if (seconds := getattr(self, rule)) is not None:
                document[rule] = plain_decimal(seconds)
        for rule in ("max_handovers_per_pass", "max_handovers"):
            if (count := getattr(self, rule)) is not None:
                document[rule] = count
        if self.switch_matrix_s is not None:
            document["switch_matrix_s"] = [
                [plain_decimal(seconds) for seconds in row] for row in self.switch_matrix_s
            ]
        if self.slew:
            document["slew"] = self.slew.document()
        return document

    @classmethod
    def from_document(cls, document: object, where: str = "options") -> Self:
        """Return the rules that a canonical document states.

        Raises
        ------
        InputError
            Naming the rule, what stood there and what was expected.
        """
        if not isinstance(document, dict) or not document:
            raise InputError(where, document, "an object with at least one rule")
        for rule in document:
            if rule not in cls.__dataclass_fields__:
                known = ", ".join(cls.__dataclass_fields__)
                raise InputError(f"{where}: {rule}", "an unknown rule", f"one of {known}")
        return cls.create(**document, where=where)


NO_OPERATIONS = Operations()
"""Every rule off."""


def _pairs(pairs: object, where: str) -> tuple[tuple[int, int], ...]:
    if not isinstance(pairs, (list, tuple, set, frozenset)):
        raise InputError(where, pairs, "a list of [link, interval]")
    for pair in pairs:
        good = isinstance(pair, (list, tuple)) and [type(part) for part in pair] == [int, int]
        if not good or not (pair[0] >= ALL and 0 <= pair[1] < _LARGEST_INDEX):
            raise InputError(where, pair, "[link, interval]: a link or -1, an interval >= 0")
    return tuple(sorted({(link, t) for link, t in pairs}, key=lambda pair: (pair[1], pair[0])))


def _seconds(value: object, where: str) -> Decimal | None:
    return None if value is None else decimal_seconds(value, where)


def _count(value: object, where: str) -> int | None:
    if value is None:
        return None
    if type(value) is not int or value < 0:
        raise InputError(where, value, "a whole number >= 0")
    return value


def _matrix(rows: object, where: str) -> tuple[tuple[Decimal, ...], ...] | None:
    if rows is None:
        return None
    if not isinstance(rows, (list, tuple)):
        raise InputError(where, rows, "a square table of seconds")
    matrix = []
    for n, row in enumerate(rows):
        if not isinstance(row, (list, tuple)) or len(row) != len(rows):
            raise InputError(f"{where}[{n}]", row, f"a row of {len(rows)} times")
        seconds = [decimal_seconds(value, f"{where}[{n}][{m}]") for m, value in enumerate(row)]
        if seconds[n]:
            raise InputError(f"{where}[{n}][{n}]", row[n], "0: a link needs no turn to itself")
        matrix.append(tuple(seconds))
    return tuple(matrix)
