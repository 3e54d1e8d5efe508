"""The services of a problem and where each can lead: the network of ``path_flow``."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from qkdopt.arrays import Integers
from qkdopt.optimize.formulations.servable import Servable, servable
from qkdopt.optimize.limits import Limits, SatelliteLimits, limits_of
from qkdopt.optimize.problem import SchedulingProblem

OLD, NEW = 0, 1


@dataclass(frozen=True, eq=False)
class Network:
    """The services and where each can lead.

    Attributes
    ----------
    sessions
        ``(n, i, j)``: link ``n`` may be served from ``i`` to ``j`` without a break; none where
        bits are of single intervals.
    following, preceding
        Neighbours on the same link.
    resuming
        ``(n, a)``: the intervals after whose service ``n`` may be served again from the one that
        follows ``a`` on: ``a`` itself, but what ends in a session leaves the interval after it out.
    arrival
        ``(n, b, q)``: the first interval in which flow that leaves can begin.
    first
        The intervals in which a unit of flow begins.
    own, members, origins
        Of each interval its satellite's limits, the links of each of its pools, and the kinds of
        flow in a pool.
    """

    sets: Servable
    limits: Limits
    sessions: Collection[tuple[int, int, int]]
    following: dict[tuple[int, int], int]
    preceding: dict[tuple[int, int], int]
    resuming: dict[tuple[int, int], list[int]]
    arrival: dict[tuple[int, int, int], int]
    first: list[int]
    own: list[SatelliteLimits]
    members: list[list[list[int]]]
    origins: list[tuple[int, ...]]

    def counts(self, a: int) -> range:
        """Return how many intervals a service may have lasted, up to the minimum dwell."""
        return range(1, self.own[a].dwell + 1)


def network_of(problem: SchedulingProblem) -> Network:
    """Return the network of ``problem``."""
    sets, limits, joined = servable(problem), limits_of(problem), problem.joined
    sessions = _sessions(problem, limits)
    active, every = problem.interval.size, range(len(problem.links))
    ends = np.array([0, active] if joined is None else joined.begin)
    end_of = np.repeat(ends[1:], np.diff(ends)).tolist()
    own, members = [limits.satellites[0]] * active, [[list(every)]] * active
    for item in limits.satellites:
        apart = _wait_apart(item, sessions, problem.interval)
        for a in item.rows.tolist():
            own[a], members[a] = item, [[n] for n in every] if apart else [list(every)]
    following: dict[tuple[int, int], int] = {}
    arrival: dict[tuple[int, int, int], int] = {}
    last: dict[int, int] = {}
    times = problem.interval
    for n, a in sets.pairs:
        if n in last and a < end_of[last[n]]:
            following[n, last[n]] = a
        last[n] = a
        for q, inside in enumerate(members[a]):
            other = inside[0] if inside[0] != n else inside[-1]
            if other != n:
                soonest = own[a].turns.soonest(n, other, times[a : a + 1])
                arrival[n, a, q] = int(np.searchsorted(times, soonest[0]))
    resuming: dict[tuple[int, int], list[int]] = {}
    for n, a in sets.pairs:
        after = following.get((n, a), a)
        resuming.setdefault((n, after if (n, a, after) in sessions else a), []).append(a)
    arrival = {key: a for key, a in arrival.items() if a < end_of[key[1]]}
    if sessions:
        counted = [
            len(pools) > 1 or (item.dwell, item.handovers, item.pass_handovers) != (1, None, None)
            for pools, item in zip(members, own, strict=True)
        ]
        following = _held(following, resuming, arrival, counted)
    return Network(
        sets,
        limits,
        sessions,
        following,
        {(n, after): before for (n, before), after in following.items()},
        resuming,
        arrival,
        sorted({int(a) for a in ends[:-1] if a < active}),
        own,
        members,
        [(OLD,) if item.pass_handovers is None else (OLD, NEW) for item in own],
    )


def _sessions(problem: SchedulingProblem, limits: Limits) -> dict[tuple[int, int, int], None]:
    """Return the sessions that no rule cuts, in the order of their first intervals by link."""
    if problem.sessions is None:
        return {}
    found: dict[tuple[int, int, int], None] = {}
    for n, (first, size) in zip(
        problem.sessions.link.tolist(), problem.sessions.spans(), strict=True
    ):
        able = limits.servable[n, first : first + size].tolist()
        for i in range(size):
            for j in range(i, size):
                if not able[j]:
                    break
                found[n, first + i, first + j] = None
    return found


def _wait_apart(
    own: SatelliteLimits, sessions: Collection[tuple[int, int, int]], times: Integers
) -> bool:
    """Say whether each link needs a pool of its own.

    It does where links wait for different times, and where who has just left a link could come
    back at once: that would be the same session.
    """
    tau = own.turns.tau[own.turns.tau >= 0]
    if own.turns.slew or np.unique(tau).size > 1:
        return True
    rows, least = {*own.rows.tolist()}, tau.min(initial=np.iinfo(np.int64).max)
    return any(times[j] - times[i] > least for _, i, j in sessions if j == i + 1 and i in rows)


def _held(
    following: dict[tuple[int, int], int],
    resuming: dict[tuple[int, int], list[int]],
    arrival: dict[tuple[int, int, int], int],
    counted: list[bool],
) -> dict[tuple[int, int], int]:
    """Return the neighbours between which there is flow that must hold its link.

    It need not where it can as well leave and come back by then, unless that is ``counted``.
    """
    latest: dict[int, int] = {}
    kept = {}
    for (n, a), after in following.items():
        latest[n] = b = max([latest.get(n, -1), *resuming.get((n, a), ())])
        if b >= 0 and (counted[a] or arrival.get((n, b, 0), after + 1) > after):
            kept[n, a] = after
    return kept
