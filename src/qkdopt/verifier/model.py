"""What a problem is to the verifier, whatever the version of its document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple, TypeAlias

from qkdopt.verifier.budget import Budget

__all__ = ["NONE", "Link", "Options", "Path", "Problem", "Satellite", "Station"]

NONE = -1
"""Stands for no link where a schedule idles, and for every link where all are forbidden."""


Path: TypeAlias = Sequence[tuple[int, int, int]]
"""What a satellite serves, in order of time: interval, link, and bits, 0 where it has none."""


class Link(NamedTuple):
    """A direction that a satellite can turn to; ``position`` counts among that satellite's."""

    name: str
    target: int
    satellite: int = 0
    position: int = 0
    stations: tuple[int, ...] = ()


class Station(NamedTuple):
    """Receivers, and the intervals that each of them needs from one satellite to another."""

    name: str
    receivers: int
    tau: int


@dataclass(frozen=True)
class Options:
    """Rules of one satellite besides switching; what is off allows everything.

    Attributes
    ----------
    forbidden, locked
        Pairs (link or -1, global interval): -1 forbids every link, and demands idling.
    dwell
        Fewest intervals that a service serves, at least 1.
    handovers_per_pass, handovers, service_per_pass
        Most hand-overs within a pass, hand-overs at all, intervals served in a pass;
        ``None`` where there is no limit.
    tau
        Intervals that a hand-over from link to link keeps free, by their positions; ``None``
        where all take the switching time of the satellite.
    """

    forbidden: frozenset[tuple[int, int]] = frozenset()
    locked: frozenset[tuple[int, int]] = frozenset()
    dwell: int = 1
    handovers_per_pass: int | None = None
    handovers: int | None = None
    service_per_pass: int | None = None
    tau: tuple[tuple[int, ...], ...] | None = None

    def may_serve(self, link: int, time: int) -> bool:
        """Return whether a link is neither forbidden in an interval nor locked out of it."""
        if (link, time) in self.forbidden or (NONE, time) in self.forbidden:
            return False
        return self.demands.get(time, {link}) == {link}

    @cached_property
    def demands(self) -> Mapping[int, set[int]]:
        """Which link each locked interval must serve; two of them cannot both be."""
        demands: dict[int, set[int]] = {}
        for link, time in self.locked:
            demands.setdefault(time, set()).add(link)
        return demands

    @cached_property
    def only_close(self) -> bool:
        """Whether all rules only close cells: some links must not serve in some intervals."""
        idle = frozenset(pair for pair in self.locked if pair[0] == NONE)
        return self == Options(forbidden=self.forbidden, locked=idle)


@dataclass(frozen=True)
class Satellite:
    """One satellite and its cells: the intervals in which it has bits for a link.

    Attributes
    ----------
    links
        The links that are its own, rising.
    tau
        Switching time in intervals, rounded up: a hand-over needs more than ``tau``.
    times
        Global indices of its ``A`` active intervals, rising.
    ends
        Active interval ``a`` has the cells from ``ends[a]`` up to ``ends[a + 1]``.
    positions, bits
        Position of the link and bits of each cell, by interval and then by link.
    """

    name: str
    links: tuple[int, ...]
    tau: int
    times: Sequence[int]
    ends: Sequence[int]
    positions: Sequence[int]
    bits: Sequence[int]
    options: Options = Options()

    def path(self, served: Iterable[tuple[int, int]]) -> Path:
        """Return what the satellite serves: pairs of active interval, by its number, and link."""
        position = {n: i for i, n in enumerate(self.links)}
        ends, positions, bits, times = self.ends, self.positions, self.bits, self.times
        found = []
        for a, n in served:
            first, i = ends[a], position.get(n, NONE)
            here = positions[first : ends[a + 1]]
            found.append((times[a], n, bits[first + here.index(i)] if i in here else 0))
        return found


@dataclass(frozen=True)
class Problem:
    """Satellites, the stations that they share, targets, and whole bits.

    Attributes
    ----------
    weights, stock, demand
        Weight of each target, its stock and its demand in bits;
        ``None`` where not stated.
    traffic
        Traffic of each pair of targets in shared bits, symmetric; ``None`` where not stated.
    stations
        None where nothing can be shared: with one satellite.
    sha256
        Hash of the canonical document.
    budget
        What is left of the steps that verifying claims about the problem may take.
    """

    interval_s: Fraction
    targets: tuple[str, ...]
    links: tuple[Link, ...]
    satellites: tuple[Satellite, ...]
    stations: tuple[Station, ...]
    weights: tuple[int, ...] | None
    stock: tuple[int, ...] | None
    demand: tuple[int, ...] | None
    traffic: tuple[tuple[int, ...], ...] | None
    sha256: str
    budget: Budget = field(default_factory=Budget, compare=False)

    @cached_property
    def shared(self) -> bool:
        """Whether two satellites have links to one station."""
        users = {(station, link.satellite) for link in self.links for station in link.stations}
        return len(users) > len({station for station, _ in users})

    @cached_property
    def visible(self) -> Mapping[tuple[int, int], Sequence[int]]:
        """The intervals in which a satellite could use a station, by station and satellite."""
        found: dict[tuple[int, int], set[int]] = {}
        for s, satellite in enumerate(self.satellites):
            stations = [self.links[n].stations for n in satellite.links]
            for time, i, j in zip(
                satellite.times, satellite.ends, satellite.ends[1:], strict=False
            ):
                for position in satellite.positions[i:j]:
                    for station in stations[position]:
                        found.setdefault((station, s), set()).add(time)
        return {key: sorted(times) for key, times in found.items()}
