"""What the paths of a schedule serve: run after run, with the bits of each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from qkdopt.arrays import Integers
from qkdopt.optimize.problem.model import SchedulingProblem


@dataclass(frozen=True, eq=False)
class ServedRun:
    """Uninterrupted service of one link.

    Attributes
    ----------
    satellite, link
        Indices into the problem's lists.
    first, last
        Global indices of the intervals, both ends included.
    each
        Bits of each interval in the key tensor, shape ``(last - first + 1,)``; in cloud scenarios
        mean bits, rounded up.
    session_bits
        Key length of the session that the run is, where these count.
    """

    satellite: int
    link: int
    first: int
    last: int
    each: Integers
    session_bits: int | None = None

    @property
    def bits(self) -> int:
        """Bits of the whole run, as the problem counts them."""
        return self.asymptotic_bits if self.session_bits is None else self.session_bits

    @cached_property
    def asymptotic_bits(self) -> int:
        """Sum of the bits of its intervals."""
        return int(self.each.sum())


def served_runs(
    problem: SchedulingProblem, paths: Sequence[Sequence[Sequence[int]]]
) -> Iterator[ServedRun]:
    """Yield the runs of each satellite in order of time, one satellite after another.

    Parameters
    ----------
    problem
        Of one satellite or of several.
    paths
        The runs ``[link, first, last]`` of each satellite, as ``Certificate.paths`` has them.
    """
    for s, (satellite, runs) in enumerate(zip(problem.satellites, paths, strict=True)):
        row_of = {n: row for row, n in enumerate(problem.links_of(s))}
        sessions, scenarios = satellite.sessions, satellite.scenarios
        table = satellite.bits if scenarios is None else scenarios.mean
        for n, first, last in runs:
            begin = int(np.searchsorted(satellite.interval, first))
            end = begin + last - first + 1
            each = table[row_of[n], begin:end]
            bits = None if sessions is None else sessions.bits_within(row_of[n], begin, end)
            yield ServedRun(s, n, first, last, each, bits)
