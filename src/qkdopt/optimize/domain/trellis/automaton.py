"""Schedules as the words of a deterministic automaton: one path for each service vector.

The graph's states, step by step. After a *service* a schedule stops, or decides for a link;
it then walks along that link's cells and serves or skips each, until it serves. So what a
schedule does between two services is decided once, and paths and schedules are one to one.
"""

from collections.abc import Iterator
from typing import NamedTuple

from qkdopt.optimize.domain.trellis.graph import DEAD, Graph
from qkdopt.optimize.domain.trellis.potentials import Potentials

_STAY, _TURN, _BEGIN, _SERVED, _STOPPED, _STARTED = range(6)


class State(NamedTuple):
    """Where a schedule stands: about to serve or skip a cell, or having served it at a node.

    ``place`` is the number of the cell, or of the node where it has served.
    """

    kind: int
    place: int
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
        self._goes_on = {int(k): after for after, k in enumerate(graph.continues) if k >= 0}
        self._later = {int(c): after for after, c in enumerate(graph.cell[5]) if c >= 0}

    def served(self, state: State) -> int | None:
        """Return the cell that reaching ``state`` has served, or ``None``."""
        return int(self._graph.cell_of[state.place]) if state.kind == _SERVED else None

    def most(self, state: State) -> int:
        """Return the value of the best way to go on, ``DEAD`` if there is none."""
        if state.kind == _STOPPED:
            return 0
        if state.kind == _STARTED:
            return self._potentials.optimum
        ahead = self._potentials.ahead
        if state.kind == _BEGIN:
            return int(ahead.begun[state.place])
        table = {_STAY: ahead.held, _TURN: ahead.turned, _SERVED: ahead.after}[state.kind]
        return int(table[state.place, state.label])

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
        graph, at = self._graph, int(self._graph.cell_of[state.place])
        own, interval = (int(part) for part in graph.cell[:2, at])
        if graph.labels.final[state.label] and interval >= self._end:
            yield 0, STOP
        following = self._goes_on.get(state.place, -1)
        label = int(graph.labels.stay[state.label])
        if following >= 0 and label >= 0:
            yield int(graph.gain[following]), State(_SERVED, following, label)
        for n, cell in enumerate(self._target[at].tolist()):
            if cell >= 0 and interval >= self._barrier(cell):
                yield 0, State(_STAY if n == own else _TURN, cell, self._carried(state, at, cell))

    def _serve_or_skip(self, state: State) -> Iterator[tuple[int, State]]:
        graph, cell = self._graph, state.place
        tables = {_STAY: graph.labels.stay, _TURN: graph.labels.turn}
        begins = state.kind == _BEGIN
        label = graph.labels.first if begins else int(tables[state.kind][state.label])
        if label >= 0:
            node = int(graph.node[cell])
            yield int(graph.gain[node]), State(_SERVED, node, label)
        interval, locked = int(graph.cell[1, cell]), bool(graph.cell[3, cell])
        following = self._later.get(cell, -1)
        if following >= 0 and not locked and self._barrier(following) < interval:
            carried = 0 if begins else self._carried(state, cell, following)
            yield 0, State(state.kind, following, carried)

    def _barrier(self, cell: int) -> int:
        return int(self._graph.barrier[self._graph.cell[1, cell]])

    def _carried(self, state: State, before: int, cell: int) -> int:
        passes = self._graph.cell[2]
        same = passes[before] == passes[cell]
        return state.label if same else int(self._graph.labels.rest[state.label])
