"""The parts of a scheduling problem: satellites with their keys, stations, links."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import pairwise

import numpy as np

from qkdopt.arrays import Integers
from qkdopt.optimize.operations import NO_OPERATIONS, Operations
from qkdopt.tensor import KeyTensor, Scenarios, Sessions
from qkdopt.tensor.scenarios import table_of

UNNAMED = "satellite"
"""Name of the one satellite of a problem that gives it none, as version 1 does."""


@dataclass(frozen=True)
class Station:
    """A place on the ground.

    Attributes
    ----------
    receivers
        How many satellites it can receive at once, at least 1.
    switch_s
        Time in which a receiver turns from one satellite to another [s].
    """

    name: str
    receivers: int = 1
    switch_s: Decimal = Decimal(0)


@dataclass(frozen=True)
class Link:
    """Something that can be served in an interval, and the target that its bits count for.

    Attributes
    ----------
    target, satellite
        Indices into the problem's lists.
    stations
        Indices of one station, or of two that receive a pair of photons; increasing. Empty, in a
        link that is handed to :meth:`SchedulingProblem.create`: a station of the link's own.
    """

    name: str
    target: int
    satellite: int = 0
    stations: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Network:
    """What the links of key tensors are, by their names: where they end, and what for.

    Attributes
    ----------
    stations
        The stations; those that no member names have one receiver and no set-up time.
    ends
        Names of the one station, or the two, of a link; that of its own name by default.
    targets
        Name of the target that a link's bits count for; its own name by default.
    """

    stations: tuple[Station, ...] = ()
    ends: Mapping[str, Sequence[str]] = field(default_factory=dict)
    targets: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False, kw_only=True)
class Satellite:
    """One satellite, what its links can deliver, and the rules for its schedule.

    ``N`` links (those of the problem that name it, in their order), ``A`` active intervals.

    Attributes
    ----------
    bits
        ``K[n, a]``: secret bits of link ``n`` in active interval ``a``; int64 >= 0, shape
        ``(N, A)``, column-major (each interval's links are adjacent), read-only.
    interval
        Global indices ``t[a]`` of the active intervals, increasing, shape ``(A,)``, read-only.
        All ``K`` of one may be 0: nobody is served there, but the pass goes on.
    switch_s
        Length of a hand-over [s], exact.
    operations
        Further rules, by index of the satellite's own links; none by default.
    sessions
        Key lengths of uninterrupted services, which count instead of the sums of ``bits``.
    scenarios
        Bits under each of several skies; ``bits`` are the most that any of them brings.
    """

    name: str
    switch_s: Decimal
    bits: Integers
    interval: Integers
    operations: Operations = NO_OPERATIONS
    sessions: Sessions | None = None
    scenarios: Scenarios | None = None

    @classmethod
    def with_keys(cls, keys: KeyTensor, name: str, operations: Operations) -> Satellite:
        """Return the satellite that can deliver what a tensor says, in all of its intervals."""
        return cls(
            name=name,
            switch_s=keys.switch_s,
            bits=keys.bits,
            interval=keys.interval,
            operations=operations,
            sessions=keys.sessions,
            scenarios=keys.scenarios,
        )

    def contacts_by_link(self) -> list[list[tuple[int, list[int]]]]:
        """Return (first interval, bits) of the contacts of each link."""
        link, place = np.nonzero(np.ascontiguousarray(self.bits))
        interval, bits = self.interval[place], self.bits[link, place].tolist()
        begin = np.flatnonzero((np.diff(interval) != 1) | (np.diff(link) != 0)) + 1
        edges = [0, *begin.tolist(), link.size] if link.size else []
        found: list[list[tuple[int, list[int]]]] = [[] for _ in range(len(self.bits))]
        for first, end in pairwise(edges):
            found[link[first]].append((int(interval[first]), bits[first:end]))
        return found

    def scenario(self, number: int) -> Satellite:
        """Return the satellite under one sky, with the same active intervals.

        Raises
        ------
        InputError
            When there is no such scenario.
        """
        return replace(self, bits=table_of(self.scenarios, number), scenarios=None)

    def beginning(self, count: int) -> Satellite:
        """Return the satellite with only its first active intervals."""
        bits, interval = self.bits[:, :count].copy(order="F"), self.interval[:count]
        sessions = self.sessions
        if sessions is not None:
            sessions = sessions.restricted(bits > 0, np.arange(interval.size))
        scenarios = self.scenarios
        if scenarios is not None:
            scenarios = scenarios.restricted(np.arange(interval.size))
        return replace(self, bits=bits, interval=interval, sessions=sessions, scenarios=scenarios)

    def has_keys_of(self, other: Satellite) -> bool:
        """Say whether another satellite's links deliver the same, interval by interval."""
        pairs = [(self.interval, other.interval), (self.bits, other.bits)]
        for one, two in (self.sessions, other.sessions), (self.scenarios, other.scenarios):
            if one is None or two is None:
                if one is not two:
                    return False
            else:
                pairs.append((one.bits, two.bits))
        return all(np.array_equal(*pair) for pair in pairs)

    def active_runs(self) -> list[list[int]] | None:
        """Return the runs ``[first, last]`` of active intervals, both ends included.

        ``None`` where each of them is in a contact, so that the contacts say which they are.
        """
        if self.bits.any(axis=0).all():
            return None
        return runs_of(self.interval)


def runs_of(interval: Integers) -> list[list[int]]:
    """Return the maximal runs ``[first, last]`` of consecutive numbers, of increasing ones."""
    if not interval.size:
        return []
    ends = np.flatnonzero(np.diff(interval) != 1)
    firsts = interval[np.concatenate(([0], ends + 1))]
    lasts = interval[np.concatenate((ends, [interval.size - 1]))]
    return [[first, last] for first, last in zip(firsts.tolist(), lasts.tolist(), strict=True)]


def stations_of_their_own(links: Sequence[Link]) -> tuple[tuple[Link, ...], tuple[Station, ...]]:
    """Return links each of which has a station of its own, and these, of the links' names."""
    own = tuple(Link(link.name, link.target, link.satellite, (n,)) for n, link in enumerate(links))
    return own, tuple(Station(link.name) for link in links)
