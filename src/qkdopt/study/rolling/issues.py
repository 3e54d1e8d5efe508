"""When forecasts are issued, and what is flown until the next one."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Self

import numpy as np

from qkdopt.arrays import Integers
from qkdopt.constants import SECONDS_PER_DAY
from qkdopt.errors import InputError
from qkdopt.study.rolling.cloudy_keys import CloudyKeys
from qkdopt.timegrid import TimeGrid

ISSUE_HOUR_UTC = 12


@dataclass(frozen=True, eq=False)
class Issues:
    """The days of a back-test; ``I`` issues, each followed by some key.

    Attributes
    ----------
    issue_s
        When each forecast is issued, seconds after the start of the horizon, shape ``(I,)``.
    instant
        The first instant of the sky after each issue, then how many there are, ``(I + 1,)``.
    begin
        The first active interval after each issue, then how many there are, ``(I + 1,)``.
    """

    issue_s: Integers
    instant: Integers
    begin: Integers

    @classmethod
    def of(cls, grid: TimeGrid, keys: CloudyKeys) -> Self:
        """Return the issues at 12:00 UTC of a horizon; days without key have none.

        Raises
        ------
        InputError
            Where there is no key at all.
        """
        if not keys.step.size:
            raise InputError("scenario", "no key under a clear sky", "some key")
        start = grid.start_utc
        noon = start.replace(hour=ISSUE_HOUR_UTC, minute=0, second=0, microsecond=0)
        first_s = round((noon - start) / timedelta(seconds=1))
        first_s -= SECONDS_PER_DAY if first_s > 0 else 0
        every_s = np.arange(first_s, grid.duration_s, SECONDS_PER_DAY)
        instant = np.append(np.searchsorted(keys.time_s, every_s), keys.time_s.size)
        used = np.flatnonzero(np.diff(instant))
        instant = np.append(instant[used], keys.time_s.size)
        return cls(every_s[used], instant, np.searchsorted(keys.step, instant))

    @property
    def count(self) -> int:
        """How many issues there are."""
        return self.issue_s.size

    def instants(self, issue: int) -> slice:
        """Return the instants from an issue to the next."""
        return slice(int(self.instant[issue]), int(self.instant[issue + 1]))

    def flown(self, issue: int) -> slice:
        """Return the active intervals from an issue to the next."""
        return slice(int(self.begin[issue]), int(self.begin[issue + 1]))
