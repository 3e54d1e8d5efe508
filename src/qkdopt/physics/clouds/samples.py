"""Common form of all cloud data: codes by instant and station."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.constants import SECONDS_PER_DAY
from qkdopt.errors import InputError
from qkdopt.timegrid import TimeGrid

LARGEST_CODE = 150.0
_ROUNDING = 1e-6
_DAYS_BEFORE = 31


@dataclass(frozen=True)
class Place:
    """A station: its name and geodetic coordinates [deg], north and east positive."""

    name: str
    lat_deg: float
    lon_deg: float


@dataclass(frozen=True)
class Span:
    """The part of a long series that counts, in seconds since 1970-01-01 UTC, ends included."""

    first_s: int
    last_s: int

    @classmethod
    def of(cls, grid: TimeGrid) -> Self:
        """Return the horizon, with the time before it in which a known code may hold on."""
        first_s, last_s = (round(t.timestamp()) for t in (grid.start_utc, grid.end_utc))
        return cls(first_s - _DAYS_BEFORE * SECONDS_PER_DAY, last_s + SECONDS_PER_DAY)

    def kept(self, time_s: Integers) -> Integers:
        """Return the positions of the instants that count, shape ``(K,)``.

        Without one, the first and the last two define what the series covers.
        """
        inside = np.flatnonzero((time_s >= self.first_s) & (time_s <= self.last_s))
        if inside.size:
            return np.arange(inside[0], inside[-1] + 1)
        ends = np.arange(time_s.size)
        return np.unique(np.concatenate((ends[:2], ends[-2:])))


@dataclass(frozen=True)
class Samples:
    """Codes as a file gives them, ``T`` instants for ``N`` stations.

    Attributes
    ----------
    where
        File and variable, for messages.
    time_s
        Seconds since 1970-01-01 UTC, shape ``(T,)``.
    code
        Cloud codes, shape ``(T, N)``; ``nan`` where data are missing.
    grid
        Spacing and cells of the grid that they are from, as
        :func:`~qkdopt.physics.clouds.netcdf_file.cells_of` has them; ``None`` without one.
    """

    where: str
    time_s: Integers
    code: Floats
    grid: Floats | None = None

    def checked(self, places: tuple[Place, ...]) -> Self:
        """Return the samples, codes that exceed their limits by rounding clipped.

        Raises
        ------
        InputError
            Without any sample, for instants that do not increase, and for a code outside
            0 to 150.
        """
        if not self.time_s.size:
            raise InputError(self.where, "no instants", "at least one")
        back = np.flatnonzero(np.diff(self.time_s) <= 0)
        if back.size:
            early, late = (instant_text(int(t)) for t in self.time_s[back[0] : back[0] + 2])
            raise InputError(f"{self.where}: time", f"{late} after {early}", "increasing times")
        slack = _ROUNDING * LARGEST_CODE
        outside = ~np.isnan(self.code) & ~(
            (self.code >= -slack) & (self.code <= LARGEST_CODE + slack)
        )
        if outside.any():
            row, column = (int(i[0]) for i in np.nonzero(outside))
            where = f"{self.where}: {places[column].name} at {instant_text(int(self.time_s[row]))}"
            raise InputError(where, float(self.code[row, column]), "0 <= code <= 150")
        return replace(self, code=np.clip(self.code, 0.0, LARGEST_CODE))

    def near(self, span: Span) -> Self:
        """Return the samples that count."""
        kept = span.kept(self.time_s)
        return replace(self, time_s=self.time_s[kept], code=self.code[kept])


def joined(parts: list[Samples], where: str) -> Samples:
    """Return the samples of several files as one, in order of time.

    Raises
    ------
    InputError
        When two files hold the same instant.
    """
    time_s = np.concatenate([part.time_s for part in parts])
    order = np.argsort(time_s, kind="stable")
    time_s = time_s[order]
    twice = np.flatnonzero(np.diff(time_s) == 0)
    if twice.size:
        came = f"{instant_text(int(time_s[twice[0]]))} in two files"
        raise InputError(f"{where}: time", came, "each instant once")
    codes = np.concatenate([part.code for part in parts])[order]
    return Samples(where, time_s, codes, parts[0].grid)


def instant_text(time_s: int) -> str:
    """Return seconds since 1970 as an instant in UTC."""
    return f"{np.datetime64(time_s, 's')}Z"
