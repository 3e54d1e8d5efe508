"""Several satellites as one: their blocks one after another on a time axis of their own.

The blocks of a satellite (gaps longer than a hand-over between them) combine freely, and so do
those of different satellites but for the receivers that they share. So a problem of several
satellites is that of one satellite whose active intervals are all of theirs, block by block with
gaps in between, and a list of shared receivers. Links of different satellites to the same
stations and target are one link there. Paths, longest paths, formulations and columns of
one satellite are then those of all.

Where hand-overs take different times, each satellite's time is stretched: for ``tau`` intervals
by ``(T + 1) / (tau + 1)``, so that all hand-overs take ``T``.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from itertools import pairwise
from math import lcm

import numpy as np

from qkdopt.arrays import Integers, read_only
from qkdopt.errors import Described, InputError
from qkdopt.optimize.layout.blocks import Block, Intervals, blocks_of, longest_turn, places
from qkdopt.optimize.layout.contested import shared_receivers
from qkdopt.optimize.layout.further_keys import joined_scenarios, joined_sessions
from qkdopt.optimize.operations import ALL, NO_OPERATIONS, NONE, Operations
from qkdopt.optimize.problem import Link, Satellite, SchedulingProblem
from qkdopt.optimize.problem.joined import Joined
from qkdopt.optimize.problem.receivers import SharedReceivers
from qkdopt.tensor.slew_table import SlewTable

_LONGEST_STRETCH = 1000


@dataclass(frozen=True, eq=False)
class Layout:
    """A problem of several satellites, and the same as that of one.

    ``A`` active intervals of all satellites, ``N`` links of the one.

    Attributes
    ----------
    stated, problem
        The problem of several satellites, and of one.
    satellite, interval
        Of each active interval: whose it is, and its global index; shape ``(A,)``.
    link
        The link that satellite ``s`` has in place of link ``n``, -1 for none; shape ``(S, N)``.
    """

    stated: SchedulingProblem
    problem: SchedulingProblem
    satellite: Integers
    interval: Integers
    link: Integers

    @cached_property
    def _order(self) -> Integers:
        """Active intervals by satellite, then time."""
        return np.lexsort((self.interval, self.satellite))

    def paths(self, service: Integers) -> list[list[list[int]]]:
        """Return the runs ``[link, first, last]`` of each satellite; global, ends included."""
        paths: list[list[list[int]]] = [[] for _ in self.stated.satellites]
        for a in self._order[service[self._order] >= 0].tolist():
            s, t = int(self.satellite[a]), int(self.interval[a])
            link, path = int(self.link[s, service[a]]), paths[s]
            if path and path[-1][0] == link and path[-1][2] == t - 1:
                path[-1][2] = t
            else:
                path.append([link, t, t])
        return paths

    def service(self, paths: Sequence[Sequence[Sequence[int]]]) -> Integers:
        """Return the services of paths, shape ``(A,)``; the inverse of :meth:`paths`."""
        service = np.full(self.satellite.size, -1, np.int64)
        order, column = self._order, {}
        for s, n in np.argwhere(self.link >= 0).tolist():
            column[int(self.link[s, n])] = n
        for s, path in enumerate(paths):
            own = order[self.satellite[order] == s]
            for link, first, last in path:
                a, b = np.searchsorted(self.interval[own], [first, last + 1])
                service[own[a:b]] = column[link]
        return service

    def blocks(self, first: int, end: int) -> list[list[int]]:
        """Return ``[satellite, first, last]`` of active intervals ``first`` up to ``end``.

        Those of a satellite that follow one another, global, ends included.
        """
        place = np.empty(self.satellite.size, np.int64)
        place[self._order] = np.arange(place.size)
        rows = self._order[np.sort(place[first:end])]
        satellite, interval = self.satellite[rows], self.interval[rows]
        cuts = np.flatnonzero((np.diff(place[rows]) > 1) | (np.diff(satellite) != 0)) + 1
        edges = np.concatenate([[0], cuts, [rows.size]]).tolist()
        return [
            [int(satellite[a]), int(interval[a]), int(interval[b - 1])] for a, b in pairwise(edges)
        ]

    def branching(self, item: Sequence[int]) -> list[int]:
        """Return ``[link, first, last]`` as certificates state ``[first, last, link]``.

        ``[interval, link]`` asks about one active interval.
        """
        first, last, link = item[0], item[-2], item[-1]
        s = int(self.satellite[first])
        return [int(self.link[s, link]), int(self.interval[first]), int(self.interval[last])]


def laid_out(problem: SchedulingProblem) -> Layout:
    """Return a problem of several satellites as that of one."""
    parts = [problem.of_satellite(s) for s in range(len(problem.satellites))]
    names, link = _columns(problem)
    tau, stretches = _stretches([part.tau for part in parts])
    turns = [s * (longest_turn(part) + 1) - 1 for s, part in zip(stretches, parts, strict=True)]
    blocks = [block for s, part in enumerate(parts) for block in blocks_of(s, part)]
    active = Intervals.of(parts, blocks)
    components, shared = shared_receivers(problem, parts, link, active)
    order, begin = _by_component(blocks, components)
    rows = np.concatenate([active.rows(block) for block in order] or [np.zeros(0, np.int64)])
    placed = np.empty(rows.size, np.int64)
    placed[rows] = np.arange(rows.size)
    satellite, interval = active.satellite[rows], active.interval[rows]
    bits = np.zeros((len(names), rows.size), np.int64, order="F")
    cells = [
        (places(link[s], problem.links_of(s)), placed[active.satellite == s])
        for s in range(len(parts))
    ]
    for part, at in zip(parts, cells, strict=True):
        bits[np.ix_(*at)] = part.bits
    axis = _time_axis(order, interval, stretches, max(tau, *turns))
    one = Satellite(
        name="all satellites", switch_s=Decimal(tau) * problem.interval_s, bits=read_only(bits),
        interval=axis,
        operations=_cells(problem, satellite, interval, axis, link),
        sessions=joined_sessions(parts, cells, bits.shape),
        scenarios=joined_scenarios(parts, cells, bits.shape),
    )  # fmt: skip
    receivers = None
    if shared is not None:
        receivers = _placed(shared, placed, begin)
    joined = Joined(
        satellite=satellite,
        interval=interval,
        passes=active.passes[rows],
        begin=np.cumsum([0, *(block.end - block.first for block in order)]),
        operations=tuple(
            _counted(problem, s, link[s], _slew(part, stretches[s], interval[own], axis[own]))
            for s, part in enumerate(parts)
            for own in (satellite == s,)
        ),
        stretch=tuple(stretches),
    )
    joint = replace(
        problem, satellites=(one,), links=tuple(names), receivers=receivers, joined=joined,
        version=2,
    )  # fmt: skip
    return Layout(problem, joint, satellite, interval, link)


def _columns(problem: SchedulingProblem) -> tuple[list[Link], Integers]:
    """Return the links of the one satellite, and which link of each satellite they are."""
    names: list[Link] = []
    known: dict[tuple[object, ...], int] = {}
    link = np.full((len(problem.satellites), len(problem.links)), -1, np.int64)
    for s in range(len(problem.satellites)):
        seen: dict[tuple[object, ...], int] = {}
        for n in problem.links_of(s):
            stated = problem.links[n]
            alike = (stated.stations, stated.target)
            seen[alike] = count = seen.get(alike, -1) + 1
            place = known.setdefault((*alike, count), len(names))
            if place == len(names):
                names.append(replace(stated, satellite=0))
            link[s, place] = n
    return names, link[:, : len(names)]


def _stretches(taus: Sequence[int]) -> tuple[int, list[int]]:
    common = lcm(*(tau + 1 for tau in taus))
    if common > _LONGEST_STRETCH * max(tau + 1 for tau in taus):
        came = Described(f"{len(set(taus))} different ones")
        raise InputError("satellites: switch_s", came, "times with a common multiple")
    return common - 1, [common // (tau + 1) for tau in taus]


def _by_component(blocks: Sequence[Block], component: Integers) -> tuple[list[Block], Integers]:
    """Return the blocks, those of a component together, and where components begin."""
    order = np.argsort(component, kind="stable").tolist()
    ordered = [blocks[i] for i in order]
    ends = np.cumsum([0, *(block.end - block.first for block in ordered)])
    labels = component[order]
    starts = np.flatnonzero(np.diff(labels, prepend=-1)) if labels.size else np.zeros(0, np.int64)
    return ordered, np.append(ends[starts], ends[-1])


def _time_axis(
    blocks: Sequence[Block], interval: Integers, stretches: Sequence[int], longest: int
) -> Integers:
    """Return indices on the common axis: stretched inside blocks, with gaps between them."""
    axis, begin, at = np.empty(interval.size, np.int64), 0, 0
    for block in blocks:
        end = begin + block.end - block.first
        own = (interval[begin:end] - interval[begin]) * stretches[block.satellite]
        axis[begin:end] = own + at
        at, begin = int(axis[end - 1]) + longest + 2, end
    return read_only(axis)


def _slew(part: SchedulingProblem, stretch: int, interval: Integers, axis: Integers) -> SlewTable:
    """Return the turns of a satellite that take less time, on the axis.

    Cut where blocks end; between blocks there is time for any turn.
    """
    table = part.operations.slew.runs
    order = np.argsort(interval)
    shift = (axis - stretch * interval)[order]  # one for each block
    begins = np.flatnonzero(np.diff(shift, prepend=shift[:1] - 1))
    found = [np.zeros((0, table.shape[1]), np.int64)]
    for begin, end in pairwise([*begins.tolist(), order.size]):
        inside = interval[order[[begin, end - 1]]]
        runs = table[(table[:, 2] <= inside[1]) & (table[:, 3] >= inside[0])]
        runs[:, 2:4] = stretch * np.clip(runs[:, 2:4], *inside) + shift[begin]
        runs[:, 4] = stretch * np.minimum(runs[:, 4], longest_turn(part))
        found.append(runs)
    return SlewTable.of(np.concatenate(found), by_pair=True)


def _counted(problem: SchedulingProblem, s: int, link: Integers, slew: SlewTable) -> Operations:
    """Return the rules of a satellite that are not about single cells, with links as laid out."""
    column = places(link, problem.links_of(s)).tolist()
    runs = slew.of_links(dict(enumerate(column)))
    rules = replace(problem.satellites[s].operations, forbidden=(), locked=(), slew=runs)
    stated = rules.switch_matrix_s
    if stated is None:
        return rules
    matrix = [[Decimal(0)] * link.size for _ in range(link.size)]
    for n, row in zip(column, stated, strict=True):
        for m, seconds in zip(column, row, strict=True):
            matrix[n][m] = seconds
    return replace(rules, switch_matrix_s=tuple(map(tuple, matrix)))


def _cells(
    problem: SchedulingProblem,
    satellite: Integers,
    interval: Integers,
    axis: Integers,
    link: Integers,
) -> Operations:
    """Return the cells that are locked or forbidden, as they are laid out."""
    if not any(item.operations for item in problem.satellites):
        return NO_OPERATIONS
    place = {(int(s), int(t)): int(x) for s, t, x in zip(satellite, interval, axis, strict=True)}
    columns = [
        dict(enumerate(places(link[s], problem.links_of(s)).tolist())) | {ALL: ALL, NONE: NONE}
        for s in range(len(problem.satellites))
    ]

    beyond = int(axis[-1]) + 1 if axis.size else 0  # locks there contradict themselves

    def moved(rule: str) -> tuple[tuple[int, int], ...]:
        found = {
            (columns[s][n], place.get((s, t), beyond))
            for s, item in enumerate(problem.satellites)
            for n, t in getattr(item.operations, rule)
            if (s, t) in place or (rule == "locked" and n != NONE)
        }
        return tuple(sorted(found, key=lambda pair: pair[::-1]))

    return Operations(forbidden=moved("forbidden"), locked=moved("locked"))


def _placed(shared: SharedReceivers, placed: Integers, begin: Integers) -> SharedReceivers:
    """Return shared receivers with rows where they are laid out."""
    row = placed[shared.row]
    order = np.lexsort((shared.slot, shared.column, row))
    return replace(
        shared, row=row[order], column=shared.column[order], slot=shared.slot[order], begin=begin
    )
