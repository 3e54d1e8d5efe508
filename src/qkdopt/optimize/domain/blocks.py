"""Cut the horizon where a hand-over fits into any gap: the pieces are independent."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from qkdopt.arrays import Bools, Floats, Integers
from qkdopt.optimize.domain.delivery import Delivery
from qkdopt.optimize.limits import limits_of
from qkdopt.optimize.problem import SchedulingProblem


@dataclass(frozen=True, eq=False)
class Blocks:
    """``B`` runs of active intervals whose schedules combine freely.

    Whatever one block serves last, any link can be served first in the next, so the longest path
    is the sum of those of the blocks.

    Attributes
    ----------
    delivery
        What schedules deliver to ``T`` targets.
    begin
        First active interval of each block, then ``A``; shape ``(B + 1,)``.
    dwell
        Schedules of a block combine freely with others where every service lasts so long inside.
    """

    delivery: Delivery
    begin: Integers
    dwell: int = 1

    @classmethod
    def create(cls, delivery: Delivery) -> Self:
        """Return the blocks of a problem."""
        return cls(delivery, _begin(delivery.problem, pieces=False))

    @classmethod
    def pieces(cls, delivery: Delivery) -> Self:
        """Return smaller blocks, of whose schedules only some combine: :meth:`combining`."""
        own, problem = limits_of(delivery.problem).satellites[0], delivery.problem
        free = problem.joined is not None or own.handovers is not None
        return cls(delivery, _begin(problem, pieces=True), 1 if free else own.dwell)

    @property
    def count(self) -> int:
        """How many blocks there are."""
        return self.begin.size - 1

    @property
    def longest(self) -> int:
        """How many intervals the longest block has, 0 without any."""
        return int(np.diff(self.begin).max(initial=0))

    def of(self, interval: int) -> int:
        """Return the block of an active interval."""
        return int(np.searchsorted(self.begin, interval, side="right")) - 1

    @property
    def may_idle(self) -> Bools:
        """Whether no lock requires a service in a block, shape ``(B,)``."""
        held = limits_of(self.delivery.problem).lock >= 0
        block = np.repeat(np.arange(self.count), np.diff(self.begin))
        idle: Bools = np.bincount(block, held, self.count) == 0
        return idle

    def combining(self, services: Integers) -> Integers:
        """Return which parts of legal schedules fit with all those of other blocks.

        ``services`` has the links of one block's intervals, ``(schedules, intervals)``.
        """
        if self.dwell == 1:
            return np.arange(len(services))
        return np.flatnonzero([_lasts(service, self.dwell) for service in services])

    def delivered(self, service: Integers) -> Floats:
        """Return the bits that each target gets in each block, whole, shape ``(B, T)``."""
        return self.delivery.by_block(service, self.begin)


def _lasts(service: Integers, dwell: int) -> bool:
    """Return whether every service lasts ``dwell`` intervals."""
    served = service[service >= 0]
    ends = np.flatnonzero(np.diff(served, append=-1)) + 1
    return bool((np.diff(ends, prepend=0) >= dwell).all())


def _begin(problem: SchedulingProblem, *, pieces: bool) -> Integers:
    """Return where blocks begin, then ``A``.

    Two neighbours are in two blocks when any hand-over fits between them and no rule
    spans both: minimum dwell (but for ``pieces``) and a limit to all hand-overs do, limits per
    pass only within passes. Satellites that share receivers are in one block.
    """
    interval, limits = problem.interval, limits_of(problem)
    if not interval.size:
        return np.zeros(1, np.int64)
    if problem.receivers is not None:
        return problem.receivers.begin
    if problem.joined is not None:
        return problem.joined.begin
    (own,) = limits.satellites
    gap = problem.tau if "switch_matrix_s" not in problem.rules else limits.longest_tau
    per_pass = own.pass_handovers is not None or own.pass_service is not None
    if per_pass or problem.in_sessions:  # which neither passes nor sessions have inside
        gap = max(gap, 1)
    cuts = np.flatnonzero(np.diff(interval) > gap) + 1
    spanning = own.handovers is not None or (own.dwell > 1 and not pieces)
    return np.array([0, *([] if spanning else cuts.tolist()), interval.size], np.int64)
