"""The state space of a short horizon: interval by interval, what a schedule's past allows next.

A *state* before an interval is the label of the operations, the link served last where that
matters, and for each link the interval from which it may be served. Schedules that agree in it can
be continued alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.optimize.domain.delivery import Delivery
from qkdopt.optimize.domain.trellis.graph import Graph, graph_of
from qkdopt.optimize.limits import FREE, IDLES, Limits, limits_of

__all__ = ["Moves", "StateSpace"]

_UNSERVED = -1  # label of a schedule that has served no link
_State = tuple[int, int, tuple[int, ...]]


@dataclass(frozen=True, eq=False)
class Moves:
    """The moves of one interval, ``M`` of them, all of shape ``(M,)``.

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
    moves
        By interval; numbers of states count from 0 before each. There is one state before the
        first interval, and one after the last.
    states
        How many there are before each interval and after the last.
    """

    moves: tuple[Moves, ...]
    states: tuple[int, ...]

    @classmethod
    def of(cls, delivery: Delivery, most: int) -> StateSpace | None:
        """Return that of one satellite's schedules, ``None`` with more moves than ``most``."""
        problem = delivery.problem
        if len(problem.satellites) > 1 or problem.joined is not None or problem.in_sessions:
            return None
        active, links = problem.interval.size, len(problem.links)
        if active * links > most // 4:
            return None
        builder = _Builder(delivery)
        layer: dict[_State, int] = {(_UNSERVED, -1, (0,) * links): 0}
        moves: list[Moves] = []
        states = [1]
        for a in range(active):
            following: dict[_State, int] = {}
            found = [
                (i, following.setdefault(state, len(following)), link)
                for key, i in layer.items()
                for state, link in builder.moves(key, a)
            ]
            if a + 1 == active:  # whatever may end here ends in one state
                ends = {i for state, i in following.items() if builder.may_end(state)}
                found, following = [(i, 0, n) for i, j, n in found if j in ends], {}
            most -= len(found)
            if most < 0:
                return None
            columns = np.array(found, np.int64).reshape(-1, 3).T
            moves.append(Moves(*columns))
            states.append(max(1, len(following)))
            layer = following
        return cls(tuple(moves), tuple(states))

    def most_after(self, gains: Floats) -> list[Floats]:
        """Return the most that can still be gained in each state, by interval and after the last.

        ``gains`` of serving link ``n`` in ``a`` have shape ``(A, N)``.
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


class _Builder:
    """The moves from a state, by the problem's graph of services."""

    def __init__(self, delivery: Delivery) -> None:
        problem = delivery.problem
        self._limits: Limits = limits_of(problem)
        self._graph: Graph = graph_of(problem, np.zeros(len(problem.links), np.int64))
        self._active, self._labels = problem.interval.size, self._graph.labels
        self._counts = bool((self._labels.stay != self._labels.turn).any())  # hand-overs
        self._cells: list[list[int]] = [[] for _ in range(self._active)]
        for cell, (n, a) in enumerate(self._graph.cell[:2].T.tolist()):
            if delivery.position[n] >= 0:
                self._cells[a].append(cell)
        self._follow = self._graph.target.tolist()
        passes = self._limits.passes
        self._begins = np.append(np.diff(passes) > 0, False)

    def moves(self, state: _State, a: int) -> Iterator[tuple[_State, int]]:
        """Yield the state after interval ``a`` and the link served there, for every move."""
        label, own, ready = state
        if self._limits.lock[a] in (FREE, IDLES):
            later = tuple(max(a + 1, time) for time in ready)
            yield (self._rested(label, a), own, later), -1
        for cell in self._cells[a]:
            n = int(self._graph.cell[0, cell])
            if ready[n] > a:
                continue
            following = self._after(label, same=own == n)
            if following >= 0:
                last = n if self._counts else -1
                yield (self._rested(following, a), last, self._ready(cell, a)), n

    def may_end(self, state: _State) -> bool:
        """Say whether a schedule may end in a state."""
        return state[0] == _UNSERVED or bool(self._labels.final[state[0]])

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
