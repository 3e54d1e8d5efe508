"""The scheduling problem: integers only, canonical, no physics beyond."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import Any

from qkdopt.arrays import Integers
from qkdopt.certificates import digest
from qkdopt.notebook import as_table
from qkdopt.optimize.operations import NO_OPERATIONS, Operations
from qkdopt.tensor import KeyTensor, exact_weights, whole_bits, whole_traffic
from qkdopt.timegrid import decimal_seconds, plain_decimal, switching_intervals

__all__ = ["Link", "SchedulingProblem"]


@dataclass(frozen=True)
class Link:
    """Something that can be served in an interval, and the target that its bits count for."""

    name: str
    target: int


@dataclass(frozen=True, eq=False, kw_only=True)
class SchedulingProblem:
    """Serve at most one link per interval, with free intervals between different links.

    ``N`` links, ``A`` active intervals. If interval ``t[a]`` serves a link and the next
    service, of another link, is at ``t[a']``, then ``t[a'] - t[a] > tau``. Nothing else costs, and
    :class:`~qkdopt.optimize.operations.Operations` may ask for more.

    Attributes
    ----------
    bits
        ``K[n, a]``: secret bits of link ``n`` in active interval ``a``; int64 >= 0, shape
        ``(N, A)``, column-major (each interval's links are adjacent), read-only.
    interval
        Global indices ``t[a]`` of the active intervals, increasing, shape ``(A,)``, read-only.
        All ``K`` of one may be 0: nobody is served there, but the pass goes on.
    links, targets
        What can be served, and what the bits count for.
    interval_s, switch_s
        Length of an interval and of a hand-over [s], exact.
    weights
        Integer weight per target, or ``None``.
    operations
        Further rules; none by default.
    stock
        Bits that each target has before the first interval, or ``None``.
    demand
        Most bits that each target has a use for, or ``None``.
    information
        What else somebody wants to be known, text by name; no solver looks at it.
    traffic
        Bits that each pair of targets wants to share, symmetric with zeros on the diagonal, or
        ``None``.
    """

    bits: Integers
    interval: Integers
    links: tuple[Link, ...]
    targets: tuple[str, ...]
    interval_s: Decimal
    switch_s: Decimal
    weights: tuple[int, ...] | None = None
    operations: Operations = NO_OPERATIONS
    stock: tuple[int, ...] | None = None
    demand: tuple[int, ...] | None = None
    information: Mapping[str, str] | None = None
    traffic: tuple[tuple[int, ...], ...] | None = None

    @classmethod
    def from_keys(
        cls,
        keys: KeyTensor,
        *,
        switch_seconds: object | None = None,
        weights: Mapping[str, object] | None = None,
        operations: Operations | None = None,
        stock: Mapping[str, object] | None = None,
        demand: Mapping[str, object] | None = None,
        traffic: Mapping[str, Mapping[str, object]] | None = None,
    ) -> SchedulingProblem:
        """Return the problem of a key tensor; arguments override what the tensor says.

        Intervals in which no link has key are left out, so a pass ends where key ends. (A problem
        read from a file has the intervals, and so the passes, that the file lists.)

        Parameters
        ----------
        keys
            The tensor; each link is its own target.
        switch_seconds
            Length of a hand-over [s] as integer, decimal or decimal text.
        weights
            Weight by target name; decimals are scaled to integers.
        operations
            Further rules, or ``None``.
        stock
            Whole bits by target name, 0 for those that are not named.
        demand
            Whole bits by target name, for every target.
        traffic
            For every target its row of whole bits by the other target's name.

        Raises
        ------
        InputError
            For a negative or non-finite time, weights, stock, demand or traffic that do not fit,
            and rules about links that do not exist.
        """
        exact = (
            keys.weights
            if weights is None
            else tuple(exact_weights(weights, keys.links, "weights"))
        )
        if switch_seconds is not None:
            switch_s = decimal_seconds(switch_seconds, "switch_seconds")
            keys = replace(keys, switch_s=switch_s)
        links = [Link(name, target) for target, name in enumerate(keys.links)]
        problem = cls.create(keys.without_empty_intervals(), links, keys.links, exact, operations)
        return problem.having(stock=stock, demand=demand, traffic=traffic)

    @classmethod
    def create(
        cls,
        keys: KeyTensor,
        links: Sequence[Link],
        targets: Sequence[str],
        weights: Sequence[int] | None,
        operations: Operations | None = None,
    ) -> SchedulingProblem:
        """Return the problem of a tensor whose links may share targets.

        ``links`` are those of the tensor, in its order. All its intervals are active, those in
        which nothing can be delivered as well: they belong to their pass.
        """
        operations = operations or NO_OPERATIONS
        operations.check_links(len(links))
        return cls(
            bits=keys.bits,
            interval=keys.interval,
            links=tuple(links),
            targets=tuple(targets),
            interval_s=keys.interval_s,
            switch_s=keys.switch_s,
            weights=None if weights is None else tuple(weights),
            operations=operations,
        )

    def having(
        self,
        *,
        stock: Mapping[str, object] | None = None,
        demand: Mapping[str, object] | None = None,
        traffic: Mapping[str, Mapping[str, object]] | None = None,
    ) -> SchedulingProblem:
        """Return the problem with other stock, demand or traffic where given, by target name.

        Raises
        ------
        InputError
            For unknown targets, a target without demand, traffic that is no symmetric matrix,
            and anything but whole bits >= 0.
        """
        changes: dict[str, Any] = {}
        if stock is not None:
            changes["stock"] = whole_bits(stock, self.targets, "stock")
        if demand is not None:
            changes["demand"] = whole_bits(demand, self.targets, "demand", everyone=True)
        if traffic is not None:
            changes["traffic"] = whole_traffic(traffic, self.targets, "traffic")
        return replace(self, **changes) if changes else self

    @cached_property
    def tau(self) -> int:
        """Whole intervals that a hand-over keeps free (at most 2^61, which no index reaches)."""
        return min(switching_intervals(self.switch_s, self.interval_s), 2**61)

    @cached_property
    def link_target(self) -> tuple[int, ...]:
        """Target of each link, shape ``(N,)``."""
        return tuple(link.target for link in self.links)

    @cached_property
    def sum_of_best(self) -> int:
        """Bits of each interval's best link, added up: the most if switching were free."""
        return sum(map(int, self.bits.max(axis=0, initial=0)))

    def document(self) -> dict[str, Any]:
        """Return the canonical document; options that are off are absent."""
        document: dict[str, Any] = {
            "format": "qkdopt-problem",
            "version": 1,
            "interval_s": plain_decimal(self.interval_s),
            "switch_s": plain_decimal(self.switch_s),
            "targets": list(self.targets),
            "links": [{"name": link.name, "target": link.target} for link in self.links],
            "interval": self.interval.tolist(),
            "K": self.bits.tolist(),
        }
        if self.weights is not None:
            document["weights"] = list(self.weights)
        if self.operations:
            document["options"] = self.operations.document()
        if self.stock is not None:
            document["stock"] = list(self.stock)
        if self.demand is not None:
            document["demand"] = list(self.demand)
        if self.information:
            document["information"] = dict(self.information)
        if self.traffic is not None:
            document["traffic"] = [list(row) for row in self.traffic]
        return document

    @cached_property
    def sha256(self) -> str:
        """Hash of the canonical document: the name of the problem's content."""
        return digest(self.document())

    def _repr_html_(self) -> str:
        targets = ", ".join(self.targets)
        weights = "none" if self.weights is None else ", ".join(map(str, self.weights))
        rows = [
            ("links", len(self.links)),
            ("targets", targets),
            ("weights", weights),
            ("active intervals", self.interval.size),
            ("interval [s]", plain_decimal(self.interval_s)),
            ("hand-over [s]", plain_decimal(self.switch_s)),
            ("operations", ", ".join(self.operations.document()) or "none"),
            ("bits if switching were free", self.sum_of_best),
            ("sha256", self.sha256),
        ]
        return as_table("SchedulingProblem", rows)

    def __repr__(self) -> str:
        """Say the size and the switching time."""
        return (
            f"SchedulingProblem({len(self.links)} links, {self.interval.size} active intervals "
            f"of {plain_decimal(self.interval_s)} s, tau {self.tau})"
        )
