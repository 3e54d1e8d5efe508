"""The rules of a problem in whole intervals, and whether they contradict each other at once."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from weakref import WeakKeyDictionary

import numpy as np

from qkdopt.arrays import Bools, Integers
from qkdopt.optimize.closures import closed_cells
from qkdopt.optimize.handover_times import HandoverTimes
from qkdopt.optimize.operations import ALL, NONE, Operations
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.timegrid import switching_intervals

FREE = -2
"""In :attr:`Limits.lock`: nothing is demanded of the interval."""

IDLES = -1
"""In :attr:`Limits.lock`: nobody may be served."""


@dataclass(frozen=True, eq=False)
class SatelliteLimits:
    """What one satellite's path may do, counted in intervals; ``N`` links.

    Attributes
    ----------
    rows
        Numbers of its active intervals, rising.
    turns
        How long hand-overs take.
    dwell
        Least intervals of a service, at least 1.
    handovers, pass_handovers, pass_service
        Most hand-overs, hand-overs within a pass, intervals served in a pass; ``None``
        where there is no limit.
    """

    rows: Integers
    turns: HandoverTimes
    dwell: int = 1
    handovers: int | None = None
    pass_handovers: int | None = None
    pass_service: int | None = None


@dataclass(frozen=True, eq=False)
class Limits:
    """What the rules allow, counted in intervals; ``N`` links, ``A`` active intervals.

    Attributes
    ----------
    servable
        Whether link ``n`` may be served in ``a``: it has key, is not forbidden, and no lock
        demands something else; shape ``(N, A)``.
    lock
        The link that each interval must serve, :data:`IDLES` or :data:`FREE`, shape ``(A,)``.
    passes
        Number of the pass that each interval belongs to, shape ``(A,)``.
    satellites
        What the path of each satellite may do.
    """

    servable: Bools
    lock: Integers
    passes: Integers
    satellites: tuple[SatelliteLimits, ...]

    @property
    def longest_tau(self) -> int:
        """Most intervals that any hand-over keeps free."""
        return max(int(own.turns.tau.max(initial=0)) for own in self.satellites)


_KNOWN: WeakKeyDictionary[SchedulingProblem, Limits] = WeakKeyDictionary()


def limits_of(problem: SchedulingProblem) -> Limits:
    """Return the rules of ``problem`` in whole intervals, in exact arithmetic.

    Problems do not change, so each one's limits are computed once.
    """
    if problem not in _KNOWN:
        _KNOWN[problem] = _limits_of(problem)
    return _KNOWN[problem]


def _limits_of(problem: SchedulingProblem) -> Limits:
    joined = problem.joined
    servable = (problem.bits > 0) & ~closed_cells(problem)
    lock = np.full(problem.interval.size, FREE, np.int64)
    for link, a in _active(problem, problem.operations.locked):
        lock[a] = link
        servable[np.arange(len(problem.links)) != link, a] = False
    if joined is None:
        passes = np.cumsum(
            np.diff(problem.interval, prepend=problem.interval[:1]) > 1, dtype=np.int64
        )
        own = _of_satellite(problem, problem.operations, np.arange(lock.size))
        return Limits(servable, lock, passes, (own,))
    every = (
        _of_satellite(problem, operations, np.flatnonzero(joined.satellite == s), stretch)
        for s, (operations, stretch) in enumerate(
            zip(joined.operations, joined.stretch, strict=True)
        )
    )
    return Limits(servable, lock, joined.passes, tuple(every))


def _of_satellite(
    problem: SchedulingProblem, operations: Operations, rows: Integers, stretch: int = 1
) -> SatelliteLimits:
    """Return a satellite's limits; its time is stretched, so hand-overs take longer."""
    service_s = operations.max_service_s_per_pass
    return SatelliteLimits(
        rows=rows,
        turns=HandoverTimes(_tau(problem, operations, stretch), operations.slew),
        dwell=max(
            1, switching_intervals(operations.minimum_dwell_s or Decimal(0), problem.interval_s)
        ),
        handovers=operations.max_handovers,
        pass_handovers=operations.max_handovers_per_pass,
        pass_service=None
        if service_s is None
        else math.floor(Fraction(service_s) / Fraction(problem.interval_s)),
    )


def contradiction(problem: SchedulingProblem) -> str | None:
    """Return why no schedule can obey the rules, where one look is enough; else ``None``."""
    if len(problem.satellites) == 1:
        return next(_contradictions(problem), None)
    parts = (problem.of_satellite(s) for s in range(len(problem.satellites)))
    return next((why for part in parts for why in _contradictions(part)), None)


def _contradictions(problem: SchedulingProblem) -> Iterator[str]:
    operations = problem.operations
    if not operations.locked:
        return
    position = {int(t): a for a, t in enumerate(problem.interval)}
    forbidden = set(operations.forbidden)
    demanded: dict[int, int] = {}
    for link, t in operations.locked:
        name = _name(problem, link)
        if t in demanded:
            yield f"interval {t} is locked to {_name(problem, demanded[t])} and to {name}"
        demanded[t] = link
        if link == NONE:
            continue
        if t not in position or problem.bits[link, position[t]] == 0:
            yield f"{name} is locked in interval {t}, where it has no key"
        if (link, t) in forbidden or (ALL, t) in forbidden:
            yield f"{name} is locked in interval {t} and forbidden there"
    served = [(t, link) for t, link in sorted(demanded.items()) if link != NONE]
    uniform = not {"switch_matrix_s", "slew"} & {*problem.rules}
    for (t, link), (later, other) in pairwise(served):
        if link != other and later - t <= problem.tau and uniform:
            yield (
                f"{_name(problem, link)} is locked in interval {t} and "
                f"{_name(problem, other)} in {later}: too soon for a hand-over"
            )
    if problem.receivers is not None:
        service = np.full(problem.interval.size, -1, np.int64)
        for t, link in served:
            service[position[t]] = link
        if not problem.receivers.obeyed(service):
            yield "a station is locked to more satellites at once than it has receivers"


def _active(
    problem: SchedulingProblem, pairs: tuple[tuple[int, int], ...]
) -> Iterator[tuple[int, int]]:
    position = {int(t): a for a, t in enumerate(problem.interval)} if pairs else {}
    return ((link, position[t]) for link, t in pairs if t in position)


def _tau(problem: SchedulingProblem, operations: Operations, stretch: int) -> Integers:
    links = len(problem.links)
    matrix = operations.switch_matrix_s
    if matrix is None:
        tau = np.full((links, links), problem.tau, np.int64)
    else:
        times = {seconds for row in matrix for seconds in row}
        whole = {s: stretch * (switching_intervals(s, problem.interval_s) + 1) - 1 for s in times}
        tau = np.array([[whole[s] for s in row] for row in matrix], np.int64)
        tau = tau.reshape(links, links)
    np.fill_diagonal(tau, -1)
    return tau


def _name(problem: SchedulingProblem, link: int) -> str:
    return "idling" if link == NONE else problem.links[link].name
