"""A schedule as a list of services with a beginning and an end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from qkdopt.optimize.problem import SchedulingProblem

__all__ = ["Service", "services_of"]


@dataclass(frozen=True)
class Service:
    """Uninterrupted service of one link.

    Attributes
    ----------
    link
        Name of the link.
    begin_utc, end_utc
        First instant, and first instant after.
    bits
        Secret bits delivered.
    """

    link: str
    begin_utc: datetime
    end_utc: datetime
    bits: int


def services_of(
    problem: SchedulingProblem, schedule: Sequence[int], start_utc: datetime
) -> list[Service]:
    """Return the services of a schedule in order of time; idling ends one.

    Parameters
    ----------
    schedule
        Link or -1 for each active interval.
    start_utc
        Instant at which interval 0 begins.
    """
    found: list[Service] = []
    previous: tuple[int, int] | None = None
    for a, (index, n) in enumerate(zip(problem.interval.tolist(), schedule, strict=True)):
        if n < 0:
            continue
        begin, end = (
            start_utc + timedelta(seconds=float(m * problem.interval_s)) for m in (index, index + 1)
        )
        bits = int(problem.bits[n, a])
        if previous == (n, index - 1):
            last = found.pop()
            found.append(Service(last.link, last.begin_utc, end, last.bits + bits))
        else:
            found.append(Service(problem.links[n].name, begin, end, bits))
        previous = (n, index)
    return found
