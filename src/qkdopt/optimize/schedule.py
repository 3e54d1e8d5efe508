"""A finished schedule and what it delivers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from qkdopt.arrays import Integers
from qkdopt.errors import Described, InputError
from qkdopt.optimize.limits import FREE, SatelliteLimits, contradiction, limits_of
from qkdopt.optimize.problem import SchedulingProblem

IDLE = -1


@dataclass(frozen=True, eq=False)
class Schedule:
    """Which link each active interval serves.

    Attributes
    ----------
    service
        Index of the link, or :data:`IDLE`; int64, shape ``(A,)``.
    """

    service: Integers

    @classmethod
    def create(cls, service: ArrayLike) -> Schedule:
        """Return a schedule from anything that reads as integers.

        Raises
        ------
        InputError
            When the values are not a line of integers >= -1.
        """
        array = np.asarray(service)
        if array.size == 0:
            array = array.astype(np.int64).reshape(0)
        if array.ndim != 1 or array.dtype.kind not in "iu" or (array < IDLE).any():
            raise InputError("schedule", array.tolist(), "a link's index or -1 for each interval")
        return cls(array.astype(np.int64))

    def delivered(self, problem: SchedulingProblem) -> tuple[int, ...]:
        """Return the bits that each target gets, shape ``(number of targets,)``."""
        by_target = [0] * len(problem.targets)
        for target, bits in zip(problem.link_target, self._by_link(problem), strict=True):
            by_target[target] += bits
        return tuple(by_target)

    def value(self, problem: SchedulingProblem, coefficients: Sequence[int] | Integers) -> int:
        """Return ``sum_n c_n E_n`` as an exact integer; ``c_n`` by link, shape ``(N,)``."""
        every = zip(coefficients, self._by_link(problem), strict=True)
        return sum(int(coefficient) * bits for coefficient, bits in every)

    def delivered_by_scenario(self, problem: SchedulingProblem) -> Integers:
        """Return the bits that each target gets under each sky, int64, shape ``(M, T)``.

        Raises
        ------
        InputError
            Where the problem states one sky only.
        """
        if problem.scenarios is None:
            raise InputError("problem", "no scenarios", "bits in several scenarios")
        link, bits = problem.scenarios.served(self.service)
        found = np.zeros((len(problem.targets), len(bits)), np.int64)
        np.add.at(found, np.array(problem.link_target, np.int64)[link], bits.T)
        return found.T

    def _by_link(self, problem: SchedulingProblem) -> list[int]:
        """Return the bits of each link, exact."""
        if problem.in_scenarios:
            raise InputError("problem", Described("bits in scenarios"), "bits under one sky")
        link, bits = problem.served_bits(self.service)
        return [int(bits[link == n].sum()) for n in range(len(problem.links))]

    def without_empty_sessions(self, problem: SchedulingProblem) -> Schedule:
        """Return the schedule without the sessions that have no key, if every rule allows it."""
        sessions = problem.sessions
        if sessions is None:
            return self
        served, idle = sessions.served(self.service), self.service.copy()
        for first, last, bits in zip(*served[1:], strict=True):
            if not bits:
                idle[first : last + 1] = IDLE
        found = Schedule(idle)
        return found if found.is_legal(problem) else self

    def handovers(self) -> int:
        """Return how often consecutive services are of different links."""
        served = self.service[self.service != IDLE]
        return int(np.count_nonzero(np.diff(served)))

    def is_legal(self, problem: SchedulingProblem) -> bool:
        """Say whether every rule of the problem is kept (for makers; the verifier has its own)."""
        if self.service.shape != problem.interval.shape or (
            self.service.size and self.service.max() >= len(problem.links)
        ):
            return False
        served = np.flatnonzero(self.service != IDLE)
        links, times = self.service[served], problem.interval[served]
        if not (problem.bits[links, served] > 0).all():
            return False
        if problem.receivers is not None and not problem.receivers.obeyed(self.service):
            return False
        if problem.rules:
            return _obeys(problem, self.service)
        away = times[1:] - times[:-1]
        return bool((away[links[1:] != links[:-1]] > problem.tau).all())

    def to_list(self) -> list[int]:
        """Return the services as Python integers."""
        return [int(link) for link in self.service]


def _obeys(problem: SchedulingProblem, service: Integers) -> bool:
    """Say whether a schedule of existing services keeps switching and every operation."""
    if contradiction(problem):
        return False
    limits = limits_of(problem)
    demanded = limits.lock != FREE
    if (service[demanded] != limits.lock[demanded]).any():
        return False
    served = np.flatnonzero(service != IDLE)
    if not limits.servable[service[served], served].all():
        return False
    return all(_keeps_limits(problem, service, own) for own in limits.satellites)


def _keeps_limits(problem: SchedulingProblem, service: Integers, limits: SatelliteLimits) -> bool:
    """Say whether one satellite's path keeps switching and limits."""
    served = limits.rows[service[limits.rows] != IDLE]
    links, passes = service[served], limits_of(problem).passes
    turns = np.flatnonzero(links[1:] != links[:-1])
    if not limits.turns.obeyed(links, problem.interval[served]):
        return False
    if limits.handovers is not None and turns.size > limits.handovers:
        return False
    if links.size and limits.dwell > 1:
        lengths = np.diff(np.concatenate(([0], turns + 1, [links.size])))
        if (lengths < limits.dwell).any():
            return False
    before, after = passes[served[turns]], passes[served[turns + 1]]
    inside = before[before == after]
    return _most(limits.pass_handovers, inside) and _most(limits.pass_service, passes[served])


def _most(limit: int | None, passes: Integers) -> bool:
    """Say whether no pass is there more often."""
    return limit is None or bool(np.bincount(passes).max(initial=0) <= limit)
