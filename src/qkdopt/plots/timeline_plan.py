"""What a timeline shows, and where its rows and lanes are."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Self

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.schedule import Schedule
from qkdopt.plots.compressed_time import CompressedTime, compressed_time

# Okabe and Ito's colours that the common kinds of colour blindness keep apart.
STRONG = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
_LANES = 0.68  # height of all lanes of a row, of which one link has 1


@dataclass(frozen=True, eq=False)
class TimelineFrame:
    """Names of the rows from the top down, the clock, and the axis.

    Attributes
    ----------
    interval
        Global indices of the intervals on the axis, increasing, shape ``(A,)``.
    interval_s
        Length of an interval [s].
    start_utc
        Instant at which interval 0 begins, ``None`` where that is not known.
    """

    names: list[str]
    interval: Integers
    interval_s: Decimal
    start_utc: datetime | None
    axis: CompressedTime

    def instant(self, position: int, pattern: str) -> str:
        """Return when active interval ``position`` begins: an instant, or its index."""
        index = int(self.interval[position])
        if self.start_utc is None:
            return f"{index:,}"
        begins = self.start_utc + timedelta(seconds=float(index * self.interval_s))
        return begins.strftime(pattern)


@dataclass(frozen=True, eq=False)
class TimelinePlan(TimelineFrame):
    """A frame whose rows are links: the problem, and each strategy's schedule by label."""

    problem: SchedulingProblem
    schedules: dict[str, Schedule]

    @classmethod
    def of(
        cls, problem: SchedulingProblem, start_utc: datetime | None, schedules: dict[str, Schedule]
    ) -> Self:
        """Return the plan of a problem of one satellite."""
        axis = compressed_time(problem.interval, float(problem.interval_s))
        names = [link.name for link in problem.links]
        clock = problem.interval, problem.interval_s, start_utc
        return cls(names, *clock, axis, problem, schedules)

    @property
    def lane_height(self) -> float:
        """Height of one schedule's lane."""
        return _LANES / max(1, len(self.schedules))

    def lane(self, link: int, lane: int) -> float:
        """Return where the middle of a lane of a link's row is."""
        return link - _LANES / 2 + (lane + 0.5) * self.lane_height

    def colour(self, lane: int) -> str:
        """Return the colour of a lane."""
        return STRONG[lane % len(STRONG)]


def boxes(left: Floats, right: Floats, low: Floats, high: Floats) -> Floats:
    """Return the corners of rectangles, shape ``(number, 4, 2)``."""
    corners = [(left, low), (right, low), (right, high), (left, high)]
    return np.stack([np.stack(corner, axis=-1) for corner in corners], axis=1)
