"""The state space of a short horizon: interval by interval, what a schedule's past allows next.

A *state* before an interval is the label of the operations, the link served last where that
matters, and for each link the interval from which it may be served. Schedules that agree in it can
be continued alike. Several satellites take turns, in order of time where they share receivers:
there a state has that of each, and who used the receivers last; elsewhere one after another.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.optimize.domain.delivery import Delivery
from qkdopt.optimize.domain.trellis.graph import Graph, graph_of_rows
from qkdopt.optimize.limits import FREE, IDLES, Limits, SatelliteLimits, limits_of
from qkdopt.optimize.problem import SchedulingProblem

_UNSERVED = -1  # label of a schedule that has served no link
_State = tuple[int, int, tuple[int, ...]]
_NEW: _State = (_UNSERVED, -1, ())  # before all services of a part, and after them
_Uses = tuple[tuple[int, int, int], ...]
_States = tuple[tuple[_State, ...], _Uses]


@dataclass(frozen=True, eq=False)
class Moves:
    """The moves of a satellite in one interval, ``M`` of them, all of shape ``(M,)``.

    Attributes
    ----------
    before, after
        Numbers of the states that they lead from and to.
    link
        Served, -1 where the interval idles.
    """

    before: Integers
    after: Integers
    link: Integers

    def reversed(self) -> Moves:
        """Return the same moves from the end."""
        return Moves(self.after, self.before, self.link)


@dataclass(frozen=True, eq=False)
class StateSpace:
    """Moves of each interval from a first state to a last one.

    Attributes
    ----------
    row
        Number of each step's active interval, shape ``(A,)``.
    moves
        By step; numbers of states count from 0 before each. There is one state before the first
        step, and one after the last.
    states
        How many there are before each step and after the last.
    """

    row: Integers
    moves: tuple[Moves, ...]
    states: tuple[int, ...]

    @classmethod
    def of(cls, delivery: Delivery, most: int) -> StateSpace | None:
        """Return that of all schedules, ``None`` with more moves than ``most``."""
        problem = delivery.problem
        if problem.in_sessions:
            return None
        active, links = problem.interval.size, len(problem.links)
        if active * links > most // 4:
            return None
        row: list[int] = []
        moves: list[Moves] = []
        states = [1]
        receivers = _Receivers(problem)
        for part in _parts(problem):
            together = _Together(delivery, part, receivers)
            layer: dict[_States, int] = {together.first: 0}
            for step, own in enumerate(together.row):
                following: dict[_States, int] = {}
                found = [
                    (i, following.setdefault(state, len(following)), link)
                    for states_, i in layer.items()
                    for state, link in together.moves(states_, step)
                ]
                most -= len(found)
                if most < 0:
                    return None
                moves.append(Moves(*np.array(found, np.int64).reshape(-1, 3).T))
                states.append(max(1, len(following)))
                row.append(own)
                layer = following
        return cls(np.array(row, np.int64), tuple(moves), tuple(states))

    def most_after(self, gains: Floats) -> list[Floats]:
        """Return the most that can still be gained in each state, by step and after the last.

        ``gains`` of serving link ``n`` in step ``a`` have shape ``(A, N)``.
        """
        most = [np.zeros(1)]
        for a in reversed(range(len(self.moves))):
            moves = self.moves[a]
            found = most[-1][moves.after] + _earned(gains[a], moves)
            here = np.full(self.states[a], -np.inf)
            np.maximum.at(here, moves.before, found)
            most.append(here)
        return most[::-1]

    def most_before(self, gains: Floats) -> list[Floats]:
        """Return the most that can have been gained up to each state, alike."""
        most = [np.zeros(1)]
        for a, moves in enumerate(self.moves):
            here = np.full(self.states[a + 1], -np.inf)
            np.maximum.at(here, moves.after, most[-1][moves.before] + _earned(gains[a], moves))
            most.append(here)
        return most


def _earned(gains: Floats, moves: Moves) -> Floats:
    return np.append(gains, 0.0)[moves.link]


def _parts(problem: SchedulingProblem) -> list[Integers]:
    """Return the active intervals of parts whose schedules combine freely."""
    active = np.arange(problem.interval.size)
    if problem.joined is None or problem.receivers is not None:
        return [active]  # as in the verifier
    return np.split(active, problem.joined.begin[1:-1])


class _Together:
    """The moves of all satellites in some active intervals, in order of time."""

    def __init__(self, delivery: Delivery, part: Integers, receivers: _Receivers) -> None:
        limits, joined = limits_of(delivery.problem), delivery.problem.joined
        own = np.zeros(part.size, np.int64) if joined is None else joined.satellite[part]
        time = delivery.problem.interval[part] if joined is None else joined.interval[part]
        satellites, place = np.unique(own, return_inverse=True)
        rows = [part[own == s][np.argsort(time[own == s])] for s in satellites]
        order = np.lexsort((own, time))
        self.row: list[int] = part[order].tolist()
        self._place: list[int] = place[order].tolist()
        numbers = [count() for _ in rows]
        self._number = [next(numbers[s]) for s in self._place]
        self._walks = [
            _Walk(delivery, limits, limits.satellites[s], own)
            for s, own in zip(satellites.tolist(), rows, strict=True)
        ]
        self._receivers = receivers
        self.first: _States = (_NEW,) * len(rows), ()

    def moves(self, states: _States, step: int) -> Iterator[tuple[_States, int]]:
        """Yield the states after a step and the link served there, for every move."""
        walking, used = states
        s, a, ends = self._place[step], self.row[step], step + 1 == len(self.row)
        for state, link in self._walks[s].moves(walking[s], self._number[step]):
            uses = self._receivers.after(used, a, link)
            if uses is not None:
                yield ((*walking[:s], state, *walking[s + 1 :]), () if ends else uses), link


class _Receivers:
    """Which satellites used contested receivers last, as far as it still matters."""

    def __init__(self, problem: SchedulingProblem) -> None:
        self._slots: dict[tuple[int, int], list[tuple[int, int, int]]] = {}
        shared, self._joined = problem.receivers, problem.joined
        if shared is None:
            return
        for a, n, k in zip(shared.row.tolist(), shared.column.tolist(), shared.slot, strict=True):
            of_slot = int(shared.station[k]), int(shared.receivers[k]), int(shared.tau[k])
            self._slots.setdefault((a, n), []).append(of_slot)

    def after(self, uses: _Uses, a: int, link: int) -> _Uses | None:
        """Return the uses once an interval serves a link, ``None`` where there is no room.

        A use is a station, a satellite, and until when no other satellite can have its receiver.
        """
        if not self._slots or self._joined is None:
            return uses
        own, now = int(self._joined.satellite[a]), int(self._joined.interval[a])
        kept = {(station, s): until for station, s, until in uses if until >= now}
        for station, receivers, tau in self._slots.get((a, link), ()):
            kept[station, own] = now + tau
            if sum(at == station for at, _ in kept) > receivers:
                return None
        return tuple(sorted((*use, until) for use, until in kept.items()))


class _Walk:
    """The moves of one satellite in some of its active intervals, by its graph of services."""

    def __init__(
        self, delivery: Delivery, limits: Limits, own: SatelliteLimits, rows: Integers
    ) -> None:
        self._lock: list[int] = limits.lock[rows].tolist()
        self._graph: Graph = graph_of_rows(delivery.problem, own, rows)
        self._active, self._labels = rows.size, self._graph.labels
        self._counts = bool((self._labels.stay != self._labels.turn).any())  # hand-overs
        self._cells: list[list[int]] = [[] for _ in range(self._active)]
        for cell, (n, a) in enumerate(self._graph.cell[:2].T.tolist()):
            if delivery.position[n] >= 0:
                self._cells[a].append(cell)
        self._follow = self._graph.target.tolist()
        self._begins = np.append(np.diff(limits.passes[rows]) > 0, False)

    def moves(self, state: _State, a: int) -> Iterator[tuple[_State, int]]:
        """Yield the state after interval ``a`` and the link served there, for every move.

        Whatever may end after the last interval ends in one state.
        """
        for following, link in self._every_move(state, a):
            if a + 1 < self._active:
                yield following, link
            elif following[0] == _UNSERVED or self._labels.final[following[0]]:
                yield _NEW, link

    def _every_move(self, state: _State, a: int) -> Iterator[tuple[_State, int]]:
        label, own, ready = state
        if self._lock[a] in (FREE, IDLES):
            later = tuple(max(a + 1, time) for time in ready)
            yield (self._rested(label, a), own, later), -1
        for cell in self._cells[a]:
            n = int(self._graph.cell[0, cell])
            if ready and ready[n] > a:
                continue
            following = self._after(label, same=own == n)
            if following >= 0:
                last = n if self._counts else -1
                yield (self._rested(following, a), last, self._ready(cell, a)), n

    def _after(self, label: int, *, same: bool) -> int:
        if label == _UNSERVED:
            return self._labels.first
        return int((self._labels.stay if same else self._labels.turn)[label])

    def _rested(self, label: int, a: int) -> int:
        if label == _UNSERVED or not self._begins[a]:
            return label
        return int(self._labels.rest[label])

    def _ready(self, cell: int, a: int) -> tuple[int, ...]:
        """Return from which interval on each link may be served after a cell."""
        interval = self._graph.cell[1]
        return tuple(
            max(a + 1, int(interval[later])) if later >= 0 else self._active
            for later in self._follow[cell]
        )
