"""What a problem is to the verifier, whatever the version of its document."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from itertools import accumulate, chain, groupby
from math import inf
from typing import NamedTuple, Self, TypeAlias

from qkdopt.verifier.budget import Budget

NONE = -1
"""Stands for no link where a schedule idles, and for every link where all are forbidden."""

Path: TypeAlias = Sequence[tuple[int, int, int | None]]
"""What a satellite serves, in order of time: interval, link, and bits, ``None`` where it has none.

Where keys are of sessions, bits are those that the session has more by the interval.
"""

Columns: TypeAlias = Mapping[tuple[int, int], Sequence[int]]
"""By link and interval: bits more, of the session from each interval of the contact up to here, or
the bits in each cloud scenario."""


class Link(NamedTuple):
    """A direction that a satellite can turn to; ``position`` counts among that satellite's."""

    name: str
    target: int
    satellite: int
    position: int
    stations: tuple[int, ...] = ()


class Station(NamedTuple):
    """Receivers, and the intervals that each of them needs from one satellite to another."""

    name: str
    receivers: int
    tau: int


class Slew(NamedTuple):
    """Turns from one link to another that take less time than usual, in runs of intervals.

    A turn right after one of the intervals ``firsts[i]`` to ``lasts[i]`` takes ``idle[i]``; one in
    run ``i`` or later is over at ``over[i]`` at the soonest.  Runs are in order and disjoint; after
    the last there is one that never comes.
    """

    firsts: Sequence[float]
    lasts: Sequence[float]
    idle: Sequence[int]
    over: Sequence[float]

    @classmethod
    def of(cls, runs: Sequence[tuple[int, int, int]]) -> Self:
        """Return that of runs (first, last, idle)."""
        over = accumulate((first + 1 + idle for first, _, idle in reversed(runs)), min, initial=inf)
        firsts, lasts, idle = zip(*runs, (inf, inf, 0), strict=True)
        return cls(firsts, lasts, idle, [*over][::-1])

    def soonest(self, times: Sequence[int], usual: int) -> list[float]:
        """Return the intervals from which a link may be served after the other's last service.

        The satellite may turn at once or keep pointing and turn later: the soonest end counts.
        """
        firsts, lasts, idle, over = self
        i, usual, found = (bisect_left(lasts, times[0]) if times else 0), usual + 1, []
        for time in times:
            while lasts[i] < time:
                i += 1
            soonest, later = time + usual, i
            if firsts[i] <= time:
                later = i + 1
                if time + 1 + idle[i] < soonest:
                    soonest = time + 1 + idle[i]
            found.append(soonest if soonest < over[later] else over[later])
        return found


@dataclass(frozen=True)
class Options:
    """Rules of one satellite besides switching; what is off allows everything.

    Forbidden and locked are pairs (link or -1, global interval): -1 forbids every link, and demands
    idling.  ``tau``: intervals that a hand-over from link to link keeps free, by their positions;
    ``slew``: when it needs fewer.
    """

    forbidden: frozenset[tuple[int, int]] = frozenset()
    locked: frozenset[tuple[int, int]] = frozenset()
    dwell: int = 1  # fewest intervals that a service serves
    handovers_per_pass: int | None = None
    handovers: int | None = None
    service_per_pass: int | None = None  # most intervals served in a pass
    tau: tuple[tuple[int, ...], ...] | None = None
    slew: Mapping[tuple[int, int], Slew] = field(default_factory=dict)

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
    def only_turns(self) -> bool:
        """Whether rules only close cells, and say how long turns from link to link take."""
        return replace(self, tau=None, slew={}).only_close

    @cached_property
    def only_close(self) -> bool:
        """Whether all rules only close cells: some links must not serve in some intervals."""
        idle = frozenset(pair for pair in self.locked if pair[0] == NONE)
        return self == Options(forbidden=self.forbidden, locked=idle)


@dataclass(frozen=True)
class Satellite:
    """One satellite and its cells: the intervals in which it has bits for a link."""

    name: str
    links: tuple[int, ...]  # its own, rising
    tau: int  # switching time in intervals, rounded up: a hand-over needs more than tau
    times: Sequence[int]  # global indices of its active intervals, rising
    served: Sequence[Sequence[int]]  # for each the positions of the links with bits, rising
    bits: Sequence[int]  # of each cell, by interval and then by link
    options: Options
    sessions: Columns = field(default_factory=dict)  # none where the bits of cells add up
    scenarios: Columns = field(default_factory=dict)  # bits of each, by cell; ``bits`` are the most

    @cached_property
    def starts(self) -> Sequence[int]:
        """Where the cells of each active interval begin, and where the last ones end."""
        return list(accumulate(map(len, self.served), initial=0))

    @property
    def least_tau(self) -> int:
        """Intervals that every hand-over keeps free: none where it depends on the links."""
        return 0 if self.options.tau is not None or self.options.slew else self.tau

    def soonest(self, i: int, j: int, times: Sequence[int]) -> Sequence[float]:
        """Return from when on link ``j`` may follow ``i``, served last in intervals, rising."""
        usual = self.tau if self.options.tau is None else self.options.tau[i][j]
        slew = self.options.slew.get((i, j))
        if slew is None:
            return [time + 1 + usual for time in times]
        return slew.soonest(times, usual)

    def path(self, served: Iterable[tuple[int, int]]) -> Path:
        """Return what the satellite serves: pairs of active interval, by its number, and link."""
        position = {n: i for i, n in enumerate(self.links)}
        path: list[tuple[int, int, int | None]] = []
        length = 0  # of the present session
        for a, n in served:
            here, time, bits = self.served[a], self.times[a], None
            if (i := position.get(n)) in here:
                goes_on = bool(path) and path[-1][:2] == (time - 1, n) and path[-1][2] is not None
                length = length + 1 if goes_on else 1
                bits = self.bits[self.starts[a] + here.index(i)]
                if self.sessions:
                    bits = self.sessions[n, time][-length]
            path.append((time, n, bits))
        return path


@dataclass(frozen=True)
class Problem:
    """Satellites, the stations that they share (none in version 1), targets, and whole bits.

    ``weights``, ``stock`` and ``demand`` of each target, and ``traffic`` of each pair in shared
    bits, are ``None`` where not stated, and so are ``probabilities`` of cloud scenarios.
    ``sha256`` is that of the canonical document, ``budget`` what is left of the steps that
    verifying claims about the problem may take.
    """

    targets: tuple[str, ...]
    links: tuple[Link, ...]
    satellites: tuple[Satellite, ...]
    stations: tuple[Station, ...]
    weights: tuple[int, ...] | None
    stock: tuple[int, ...] | None
    demand: tuple[int, ...] | None
    traffic: tuple[tuple[int, ...], ...] | None
    sha256: str
    budget: Budget
    probabilities: tuple[Fraction, ...] | None = None

    @cached_property
    def contested(self) -> bool:
        """Whether more satellites could use some station at once than it has receivers."""
        users = {(station, link.satellite) for link in self.links for station in link.stations}
        if len(users) == len({station for station, _ in users}):
            return False
        uses = [
            (station, time, s)
            for station, at in self.visible.items()
            for time, satellites in at.items()
            for s in satellites
        ]
        self.budget.spend(4 * len(uses))
        return any(self.crowded(uses))

    def crowded(self, uses: Iterable[tuple[int, int, int]]) -> Iterator[tuple[int, int, int]]:
        """Yield station, interval, and how many satellites use it where these are too many.

        Uses in the ``tau + 1`` intervals up to that one count; ``uses`` are sorted.  The intervals
        that end with a use are enough: any others with as many satellites hold some that do.
        """
        for number, here in groupby(uses, lambda use: use[0]):
            station, latest = self.stations[number], dict[int, int]()
            for time, now in groupby(here, lambda use: use[1]):
                self.budget.spend(4 * len(latest) + 4)
                latest |= {s: time for _, _, s in now}
                latest = {s: t for s, t in latest.items() if t >= time - station.tau}
                if len(latest) > station.receivers:
                    yield number, time, len(latest)

    @cached_property
    def visible(self) -> Mapping[int, Mapping[int, Sequence[int]]]:
        """Which satellites could use a station in an interval, each in order."""
        found: dict[int, dict[int, list[int]]] = {}
        for s, satellite in enumerate(self.satellites):
            stations = [self.links[n].stations for n in satellite.links]
            for time, here in zip(satellite.times, satellite.served, strict=True):
                for station in chain.from_iterable(stations[i] for i in here):
                    users = found.setdefault(station, {}).setdefault(time, [])
                    if not users or users[-1] != s:
                        users.append(s)
        return {station: dict(sorted(at.items())) for station, at in found.items()}
