"""The state space of schedules: interval by interval, what a schedule's past allows next.

A *state* before an interval is: from which interval on each link may be served, the counters of
operations, and the link served last where these depend on it.  Nothing else about the past matters.
Where satellites contend for receivers they move together, one after another in each interval: then
it is the state of each satellite, and which of them used a station when, as far as it matters.
"""

from collections.abc import Collection, Iterator
from typing import NamedTuple, TypeAlias

from qkdopt.verifier.model import NONE, Problem, Satellite
from qkdopt.verifier.operations import Operations

_STEPS = 8  # for each link that a state remembers

_State: TypeAlias = tuple[int, int, tuple[int, ...]]
"""Counters, the link served last by its position, and when each link may be served."""

_NEW: _State = (0, NONE, ())  # before all intervals, and after them

_Uses: TypeAlias = tuple[tuple[int, int, int], ...]
"""Station, satellite, and when that used it last."""


class Move(NamedTuple):
    """From one state to another; ``target`` is `NONE` where no link is served."""

    before: int
    after: int
    target: int
    bits: int


def every_move(problem: Problem, counted: Collection[int]) -> list[list[Move]]:
    """Return the moves of each satellite and interval; states are numbered from 0.

    There is one state at the beginning and one at the end.  Links to targets that are not
    ``counted`` are not served.
    """
    found: list[list[Move]] = []
    n_moves, every, budget = 0, problem.satellites, problem.budget
    for group in [every] if problem.contested else [(x,) for x in every]:
        walks = [_Walk(problem, x, counted) for x in group]
        steps = sorted((t, s, a) for s, x in enumerate(group) for a, t in enumerate(x.times))
        layer: dict[tuple[tuple[_State, ...], _Uses], int] = {((_NEW,) * len(group), ()): 0}
        for time, s, a in steps:
            further: dict[tuple[tuple[_State, ...], _Uses], int] = {}
            moves: list[Move] = []
            for (states, uses), i in layer.items():
                for then, link, bits in walks[s].moves(states[s], a):
                    budget.spend(_STEPS * (len(group) + len(uses)))
                    now = _used(problem, uses, (link, s, time)) if problem.contested else ()
                    if now is not None:
                        key = (*states[:s], then, *states[s + 1 :]), now
                        target = NONE if link == NONE else problem.links[link].target
                        moves.append(Move(i, further.setdefault(key, len(further)), target, bits))
            if (time, s, a) == steps[-1]:  # no later use can be too soon
                moves = [x._replace(after=0) for x in moves]
            found.append(moves)
            n_moves += len(moves) + (len(group) - 1) * len(further)
            budget.keep(4 * n_moves)
            layer = further
        found += [[] for walk in walks if walk.operations.impossible]
    return found


def _used(problem: Problem, uses: _Uses, service: tuple[int, int, int]) -> _Uses | None:
    """Return the uses after a service (link, satellite, interval); ``None``: there is no room.

    Those drop out that no longer count: at most ``tau`` intervals back.
    """
    link, s, time = service
    stations = problem.stations
    latest = {(n, x): last for n, x, last in uses if last >= time - stations[n].tau}
    for n in () if link == NONE else problem.links[link].stations:
        latest[n, s] = time
        if sum(station == n for station, _ in latest) > stations[n].receivers:
            return None
    return tuple(sorted((n, x, last) for (n, x), last in latest.items()))


class _Walk:
    """What one satellite's schedules may do in each state."""

    def __init__(self, problem: Problem, satellite: Satellite, counted: Collection[int]) -> None:
        self.problem, self.satellite = problem, satellite
        self.operations = Operations(satellite, problem.budget)
        self.counted = [problem.links[n].target in counted for n in satellite.links]

    def moves(self, state: _State, a: int) -> Iterator[tuple[_State, int, int]]:
        """Yield the state after an interval, and link and bits of what is served there."""
        for then, link, bits in self.every(state, a):
            if a + 1 < len(self.satellite.times):
                yield then, link, bits
            elif self.operations.complete(then[0]):
                yield _NEW, link, bits

    def every(self, state: _State, a: int) -> Iterator[tuple[_State, int, int]]:
        """Yield the same also where a service ends too soon."""
        counters, own, ready = state
        ready = ready or (0,) * len(self.satellite.links)
        satellite, operations = self.satellite, self.operations
        time, served = satellite.times[a], satellite.served[a]
        later = satellite.times[a + 1] if a + 1 < len(satellite.times) else time + 1
        cells = zip(served, satellite.bits[slice(*satellite.starts[a : a + 2])], strict=True)
        self.problem.budget.spend(_STEPS * (2 + len(ready)) * (1 + len(served)))
        if time not in operations.locked:
            yield (self.rested(counters, time, later), own, self.clipped(ready, later)), NONE, 0
        for i, bits in cells:
            turns = own not in (NONE, i)
            number = operations.after(counters)[turns]
            if (
                ready[i] <= time
                and self.counted[i]
                and satellite.options.may_serve(satellite.links[i], time)
                and number is not None
                and not (turns and not operations.complete(counters))
            ):
                soonest = [
                    time + 1 if m == i else int(satellite.soonest(i, m, [time])[0])
                    for m in range(len(ready))
                ]
                remembered = i if operations.needed else NONE
                then = self.rested(number, time, later), remembered, self.clipped(soonest, later)
                yield then, satellite.links[i], bits

    def rested(self, counters: int, time: int, later: int) -> int:
        """Return the counters before the next interval, where a pass may end between."""
        if self.operations.per_pass and later > time + 1:
            return self.operations.rested(counters)
        return counters

    def clipped(self, ready: Collection[int], later: int) -> tuple[int, ...]:
        """Return when links may be served, as far as it matters from an interval on."""
        end = self.satellite.times[-1] + 1
        return tuple(min(max(x, later), end) for x in ready)
