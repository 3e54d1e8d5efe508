"""The k best schedules, and all optimal ones: counted and drawn without listing them."""

import heapq
from itertools import count

import numpy as np

from qkdopt.errors import InputError, SolverError
from qkdopt.optimize.domain.trellis.automaton import START, STOP, Automaton, State
from qkdopt.optimize.domain.trellis.graph import DEAD, Graph, graph_of
from qkdopt.optimize.domain.trellis.potentials import potentials_of
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.schedule import IDLE, Schedule
from qkdopt.optimize.strategies import Strategy

# The cells served so far: the last one, and those before it.
_Past = tuple[int, "_Past"] | None


def best_schedules(
    problem: SchedulingProblem, strategy: Strategy, k: int
) -> list[tuple[Schedule, int]]:
    """Return the ``k`` best different schedules with their values, best first.

    Schedules differ when they serve different links in some interval. Fewer are returned
    when there are no more, none when no schedule obeys the rules. Exact: exact potentials
    say of every departure from a known schedule what it can still be worth.

    Parameters
    ----------
    problem
        Any problem with any operations.
    strategy
        One whose objective is linear in the delivered bits.
    k
        How many, at least 1.

    Raises
    ------
    InputError
        For ``k`` below 1.
    SolverError
        For other strategies, sums beyond 2^62, and too many labels for the memory.
    """
    if k < 1:
        raise InputError("k", k, "at least 1")
    graph, automaton = _automaton(problem, strategy)
    if automaton.most(START) == DEAD:
        return []
    found: list[tuple[Schedule, int]] = []
    number = count()  # ties are broken by age, so that nothing else is compared
    departures: list[tuple[int, int, int, State, _Past]] = [
        (-automaton.most(START), next(number), 0, START, None)
    ]
    while departures and len(found) < k:
        total, _, value, state, past = heapq.heappop(departures)
        while state != STOP:
            best: tuple[int, State] | None = None
            for gain, after in automaton.moves(state):
                worth = value + gain + automaton.most(after)
                if best is None and worth == -total:
                    best = (gain, after)
                    continue
                heapq.heappush(
                    departures,
                    (-worth, next(number), value + gain, after, _with(automaton, past, after)),
                )
            if best is None:
                raise SolverError("the potentials do not fit the graph")
            value, state = value + best[0], best[1]
            past = _with(automaton, past, state)
        found.append((_schedule(graph, past), value))
        if len(departures) > 8 * k:  # only the k - len(found) best can still be needed
            departures = heapq.nsmallest(k - len(found), departures)
    return found


class OptimalSchedules:
    """All optimal schedules of a problem, without a list of them.

    Attributes
    ----------
    value
        Their value, or ``None`` when no schedule obeys the rules.
    count
        How many different ones there are, as an exact integer.
    """

    def __init__(self, problem: SchedulingProblem, strategy: Strategy) -> None:
        self._graph, self._automaton = _automaton(problem, strategy)
        most = self._automaton.most(START)
        self.value = None if most == DEAD else most
        self._ways = {STOP: 1}
        self.count = 0 if most == DEAD else self._count()

    def sample(self, rng: np.random.Generator) -> Schedule:
        """Return one of them, each with the same probability.

        Raises
        ------
        SolverError
            When there is none.
        """
        if not self.count:
            raise SolverError("no schedule obeys the rules")
        state, past = START, None
        while state != STOP:
            drawn = _below(self._ways[state], rng)
            for after in self._best_moves(state):
                if drawn < self._ways[after]:
                    break
                drawn -= self._ways[after]
            state, past = after, _with(self._automaton, past, after)
        return _schedule(self._graph, past)

    def _best_moves(self, state: State) -> list[State]:
        most = self._automaton.most
        moves = self._automaton.moves(state)
        return [after for gain, after in moves if gain + most(after) == most(state)]

    def _count(self) -> int:
        """Count backwards with a stack of its own: schedules are longer than Python's."""
        stack = [START]
        while stack:
            state = stack[-1]
            moves = self._best_moves(state)
            unknown = [after for after in moves if after not in self._ways]
            if unknown:
                stack.extend(unknown)
                continue
            self._ways[state] = sum(self._ways[after] for after in moves)
            stack.pop()
        return self._ways[START]


def _automaton(problem: SchedulingProblem, strategy: Strategy) -> tuple[Graph, Automaton]:
    graph = graph_of(problem, strategy)
    return graph, Automaton(graph, potentials_of(graph))


def _with(automaton: Automaton, past: _Past, state: State) -> _Past:
    cell = automaton.served(state)
    return past if cell is None else (cell, past)


def _schedule(graph: Graph, past: _Past) -> Schedule:
    service = np.full(graph.index.size, IDLE, np.int64)
    while past is not None:
        cell, past = past
        service[graph.cell[1, cell]] = graph.cell[0, cell]
    return Schedule(service)


def _below(limit: int, rng: np.random.Generator) -> int:
    """Return a whole number from 0 to ``limit - 1``, uniform also beyond 64 bits."""
    bits = limit.bit_length()
    while True:
        drawn = int.from_bytes(rng.bytes(-(-bits // 8)), "big") >> (-bits % 8)
        if drawn < limit:
            return drawn
