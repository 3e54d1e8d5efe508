"""What a timeline shows, and where its rows and lanes are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.schedule import Schedule
from qkdopt.plots.compressed_time import CompressedTime

__all__ = ["TimelinePlan"]

# Okabe and Ito's colours that the common kinds of colour blindness keep apart.
_STRONG = ("#0072B2", "#D55E00", "#009E73", "#CC79A7")
_LANES = 0.68  # height of all lanes of a row, of which one link has 1


@dataclass(frozen=True, eq=False)
class TimelinePlan:
    """The problem, its clock, the axis, and each strategy's schedule by label."""

    problem: SchedulingProblem
    start_utc: datetime | None
    axis: CompressedTime
    schedules: dict[str, Schedule]

    @property
    def names(self) -> list[str]:
        """Names of the links, from the top row down."""
        return [link.name for link in self.problem.links]

    @property
    def lane_height(self) -> float:
        """Height of one schedule's lane."""
        return _LANES / max(1, len(self.schedules))

    def lane(self, link: int, lane: int) -> float:
        """Return where the middle of a lane of a link's row is."""
        return link - _LANES / 2 + (lane + 0.5) * self.lane_height

    def colour(self, lane: int) -> str:
        """Return the colour of a lane."""
        return _STRONG[lane % len(_STRONG)]

    def instant(self, position: int, pattern: str) -> str:
        """Return when active interval ``position`` begins: an instant, or its index."""
        index = int(self.problem.interval[position])
        if self.start_utc is None:
            return f"{index:,}"
        begins = self.start_utc + timedelta(seconds=float(index * self.problem.interval_s))
        return begins.strftime(pattern)
