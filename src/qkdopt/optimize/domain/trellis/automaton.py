"""Schedules as the words of a deterministic automaton: one path for each service vector.

The graph's states, step by step. After a *service* a schedule stops, or decides for a link;
it then walks along that link's nodes and serves or skips each, until it serves. So what a
schedule does between two services is decided once, and paths and schedules are one to one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from qkdopt.optimize.domain.trellis.graph import DEAD, Graph
from qkdopt.optimize.domain.trellis.potentials import Potentials

__all__ = ["START", "STOP", "Automaton", "State"]

_STAY, _TURN, _BEGIN, _SERVED, _STOPPED, _STARTED = range(6)


class State(NamedTuple):
    """Where a schedule stands: at a node, about to serve or skip it, or having served it."""

    kind: int
    node: int
    label: int


START = State(_STARTED, -1, 0)
STOP = State(_STOPPED, -1, 0)


class Automaton:
    """Moves between states, and the most that can follow each (potentials are exact)."""

    def __init__(self, graph: Graph, potentials: Potentials) -> None:
        self._graph = graph
        self._potentials = potentials
        self._target = graph.target
        self._end = int(graph.barrier[-1])

    def served(self, state: State) -> int | None:
        """Return the node that reaching ``state`` has served, or ``None``."""
        return state.node if state.kind == _SERVED else None

    def most(self, state: State) -> int:
        """Return the value of the best way to go on, ``DEAD`` if there is none."""
        if state.kind == _STOPPED:
            return 0
        if state.kind == _STARTED:
            return self._potentials.optimum
        ahead = self._potentials.ahead
        if state.kind == _BEGIN:
            return int(ahead.begun[state.node])
        table = {_STAY: ahead.held, _TURN: ahead.turned, _SERVED: ahead.after}[state.kind]
        return int(table[state.node, state.label])

    def moves(self, state: State) -> list[tuple[int, State]]:
        """Return (gain, next state) of every move from which the rules can still be kept."""
        if state.kind == _STARTED:
            found = self._starts()
        elif state.kind == _SERVED:
            found = self._decisions(state)
        else:
            found = self._serve_or_skip(state)
        return [(gain, after) for gain, after in found if self.most(after) != DEAD]

    def _starts(self) -> Iterator[tuple[int, State]]:
        if self._end < 0:
            yield 0, STOP
        for head in self._graph.earliest[0].tolist():
            if head >= 0 and self._barrier(head) < 0:
                yield 0, State(_BEGIN, head, 0)

    def _decisions(self, state: State) -> Iterator[tuple[int, State]]:
        own, interval = (int(part) for part in self._graph.node[:2, state.node])
        if self._graph.labels.final[state.label] and interval >= self._end:
            yield 0, STOP
        for n, node in enumerate(self._target[state.node].tolist()):
            if node >= 0 and interval >= self._barrier(node):
                yield 0, State(_STAY if n == own else _TURN, node, self._carried(state, node))

    def _serve_or_skip(self, state: State) -> Iterator[tuple[int, State]]:
        graph, node = self._graph, state.node
        tables = {_STAY: graph.labels.stay, _TURN: graph.labels.turn}
        begins = state.kind == _BEGIN
        label = graph.labels.first if begins else int(tables[state.kind][state.label])
        if label >= 0:
            yield int(graph.gain[node]), State(_SERVED, node, label)
        own, interval, _, locked = (int(part) for part in graph.node[:4, node])
        following = int(self._target[node, own])
        if following >= 0 and not locked and self._barrier(following) < interval:
            carried = 0 if begins else self._carried(state, following)
            yield 0, State(state.kind, following, carried)

    def _barrier(self, node: int) -> int:
        return int(self._graph.barrier[self._graph.node[1, node]])

    def _carried(self, state: State, node: int) -> int:
        passes = self._graph.node[2]
        same = passes[state.node] == passes[node]
        return state.label if same else int(self._graph.labels.rest[state.label])
