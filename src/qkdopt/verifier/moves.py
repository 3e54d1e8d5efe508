"""The state space of schedules: interval by interval, what a schedule's past allows next.

A *state* before an interval is: from which interval on each link may be served, the counters of
operations, and the link served last where these depend on it.  Nothing else about the past matters.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple, TypeAlias

from qkdopt.verifier.model import NONE, Problem, Satellite
from qkdopt.verifier.operations import Operations

_STEPS = 8  # for each link that a state remembers

_State: TypeAlias = tuple[int, int, tuple[int, ...]]
"""Counters, the link served last by its position, and when each link may be served."""


class Move(NamedTuple):
    """From one state to another; ``target`` is `NONE` where no link is served."""

    before: int
    after: int
    target: int
    bits: int


def every_move(problem: Problem, counted: Collection[int]) -> list[list[Move]]:
    """Return the moves of each interval, satellite after satellite; states are numbered from 0.

    There is one state at the beginning and one at the end.  Links to targets that are not
    ``counted`` are not served.
    """
    found: list[list[Move]] = []
    n_moves = 0
    for satellite in problem.satellites:
        walk = _Walk(problem, satellite, counted)
        layer: dict[_State, int] = {(0, NONE, (0,) * len(satellite.links)): 0}
        n_intervals = len(satellite.times)
        for a in range(n_intervals):
            further: dict[_State, int] = {}
            moves: list[Move] = []
            for state, i in layer.items():
                for then, target, bits in walk.moves(state, a):
                    if a + 1 < n_intervals:
                        j = further.setdefault(then, len(further))
                        moves.append(Move(i, j, target, bits))
                    elif walk.operations.complete(then[0]):
                        moves.append(Move(i, 0, target, bits))
            found.append(moves)
            n_moves += len(moves)
            problem.budget.keep(4 * n_moves)
            layer = further
        if walk.operations.impossible:
            found.append([])
    return found


class _Walk:
    """What one satellite's schedules may do in each state."""

    def __init__(self, problem: Problem, satellite: Satellite, counted: Collection[int]) -> None:
        self.problem, self.satellite = problem, satellite
        self.operations = Operations(satellite, problem.budget)
        self.targets = [problem.links[n].target for n in satellite.links]
        self.counted = [target in counted for target in self.targets]

    def moves(self, state: _State, a: int) -> Iterator[tuple[_State, int, int]]:
        """Yield the state after an interval, and target and bits of what is served there."""
        counters, own, ready = state
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
                yield then, self.targets[i], bits

    def rested(self, counters: int, time: int, later: int) -> int:
        """Return the counters before the next interval, where a pass may end between."""
        if self.operations.per_pass and later > time + 1:
            return self.operations.rested(counters)
        return counters

    def clipped(self, ready: Collection[int], later: int) -> tuple[int, ...]:
        """Return when links may be served, as far as it matters from an interval on."""
        end = self.satellite.times[-1] + 1
        return tuple(min(max(x, later), end) for x in ready)
