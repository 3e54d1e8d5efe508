"""What follows from the parts of a problem: its one satellite, links by satellite, sums."""

from decimal import Decimal
from fractions import Fraction
from functools import cached_property

import numpy as np

from qkdopt.arrays import Integers
from qkdopt.errors import Described, InputError
from qkdopt.optimize.operations import Operations
from qkdopt.optimize.problem.joined import Joined
from qkdopt.optimize.problem.parts import Link, Satellite
from qkdopt.optimize.problem.receivers import SharedReceivers
from qkdopt.tensor.scenarios import Scenarios
from qkdopt.tensor.sessions import ServedSessions, Sessions
from qkdopt.timegrid import switching_intervals


class Views:
    """Views of the lists of a :class:`~qkdopt.SchedulingProblem`."""

    satellites: tuple[Satellite, ...]
    links: tuple[Link, ...]
    interval_s: Decimal
    receivers: SharedReceivers | None
    joined: Joined | None

    @property
    def satellite(self) -> Satellite:
        """The one satellite that there is.

        Raises
        ------
        InputError
            When there are several: each has its own keys, and its own part of the problem.
        """
        if len(self.satellites) > 1:
            came = Described(f"{len(self.satellites)} satellites")
            raise InputError("problem", came, "one satellite")
        return self.satellites[0]

    @property
    def bits(self) -> Integers:
        """``K[n, a]`` of the one satellite, int64 >= 0, shape ``(N, A)``, column-major."""
        return self.satellite.bits

    @property
    def interval(self) -> Integers:
        """Global indices of the one satellite's active intervals, increasing, shape ``(A,)``."""
        return self.satellite.interval

    @property
    def switch_s(self) -> Decimal:
        """Length of a hand-over of the one satellite [s], exact."""
        return self.satellite.switch_s

    @property
    def operations(self) -> Operations:
        """Further rules for the one satellite."""
        return self.satellite.operations

    @property
    def sessions(self) -> Sessions | None:
        """Key lengths of the one satellite's sessions, where keys are of finite blocks."""
        return self.satellite.sessions

    @property
    def in_sessions(self) -> bool:
        """Whether key lengths of sessions count, instead of sums over intervals."""
        return any(satellite.sessions is not None for satellite in self.satellites)

    @property
    def scenarios(self) -> Scenarios | None:
        """Bits of the one satellite under each of several skies, where there are several."""
        return self.satellite.scenarios

    @property
    def in_scenarios(self) -> bool:
        """Whether bits are stated under several skies."""
        return self.probabilities is not None

    @property
    def probabilities(self) -> tuple[Fraction, ...] | None:
        """Probability of each cloud scenario, shape ``(M,)``; the same for all satellites."""
        stated = self.satellites[0].scenarios
        return None if stated is None else stated.probability

    @cached_property
    def rules(self) -> tuple[str, ...]:
        """Names of the rules besides switching that some satellite has.

        One of them is that bits are of whole sessions.
        """
        stated = [satellite.operations for satellite in self.satellites]
        stated += [] if self.joined is None else self.joined.operations
        names = [name for rules in stated for name in rules.names]
        return tuple(dict.fromkeys(names + ["sessions"] * self.in_sessions))

    @property
    def more_than_switching(self) -> bool:
        """Whether schedules obey more than switching: rules, or receivers that are shared."""
        return bool(self.rules) or self.receivers is not None

    @cached_property
    def tau(self) -> int:
        """Whole intervals that a hand-over keeps free (at most 2^61, which no index reaches)."""
        return min(switching_intervals(self.switch_s, self.interval_s), 2**61)

    @cached_property
    def link_target(self) -> tuple[int, ...]:
        """Target of each link, shape ``(N,)``."""
        return tuple(link.target for link in self.links)

    @cached_property
    def sum_of_best(self) -> int:
        """Bits of each interval's best link, added up: the most if switching were free.

        Of sessions, the most that their bits change by serving each interval.
        """
        every = (
            satellite.bits.max(axis=0, initial=0)
            if satellite.sessions is None
            else satellite.sessions.most
            for satellite in self.satellites
        )
        return sum(sum(most.tolist()) for most in every)

    @cached_property
    def reach(self) -> tuple[int, ...]:
        """Bits that no schedule of the one satellite can exceed with each link, ``(N,)``."""
        if self.sessions is not None:
            return self.sessions.reach
        return tuple(sum(row.tolist()) for row in self.bits)

    def served(self, service: Integers) -> ServedSessions:
        """Return what adds up in a schedule of the one satellite.

        Its sessions where these count, else its served intervals, each as one, in order of time;
        ``service`` is the link of each active interval or -1, shape ``(A,)``.
        """
        if self.sessions is not None:
            return self.sessions.served(service)
        at = np.flatnonzero(service >= 0)
        return ServedSessions(service[at], at, at, self.bits[service[at], at])

    def served_bits(self, service: Integers) -> tuple[Integers, Integers]:
        """Return link and bits of what adds up in a schedule: see :meth:`served`."""
        served = self.served(service)
        return served.link, served.bits

    def links_of(self, satellite: int) -> tuple[int, ...]:
        """Return the indices of a satellite's links, in the order of its rows of ``K``."""
        return self._links_by_satellite[satellite]

    @cached_property
    def _links_by_satellite(self) -> tuple[tuple[int, ...], ...]:
        links: list[list[int]] = [[] for _ in self.satellites]
        for n, link in enumerate(self.links):
            links[link.satellite].append(n)
        return tuple(map(tuple, links))
