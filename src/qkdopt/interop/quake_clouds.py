"""The cloud tables that lie beside the "quake" data: ``data/cloud_cover/*.csv``.

A header, then one row per hour and city: date and time, city, cloud cover in per cent. The
published header names the first two columns the other way round; the rows decide. Rows may be
repeated. A sample's rate is multiplied by ``1 - cover / 100`` of the last row at or before it, as
in that project. Times have no zone; they are those of ``start_time`` in the data file.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from os import PathLike

from qkdopt.comma_separated import table_rows
from qkdopt.errors import InputError
from qkdopt.numerals import read_decimal, read_whole
from qkdopt.opening import TABLE, read_text

_COLUMNS = 3
_FULL_COVER = 100
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_START = re.compile(r"(\d{4})-([A-Z][a-z]{2}|\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)")
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?")
_COVER = re.compile(r"\d{1,3}(\.\d{1,12})?")
_MOST_STEPS = 2  # a row holds until the next, but not for longer than one missing row
_EXPECTED = "a row date and time, city, cover in per cent"


class CloudTable:
    """Cloud cover by city and time."""

    def __init__(self, path: str | PathLike[str]) -> None:
        """Read a table.

        Raises
        ------
        InputError
            For a file that is not a table, naming the line: other columns, a cover outside 0 to
            100, two covers for one city and time, a single time.
        """
        self._where = str(path)
        self._cover: dict[str, dict[datetime, Decimal]] = {}
        for line, row in self._rows(path):
            self._take(row, f"{self._where}:{line}")
        if not self._cover:
            raise InputError(self._where, "no rows", _EXPECTED)
        self._times = {city: sorted(own) for city, own in self._cover.items()}
        steps = [b - a for times in self._times.values() for a, b in pairwise(times)]
        if not steps:
            raise InputError(self._where, "one time alone", "rows at two times or more")
        self._longest = _MOST_STEPS * min(steps)

    def clear_share(self, city: str, instant: datetime) -> Fraction:
        """Return ``1 - cover / 100``.

        Raises
        ------
        InputError
            For a city or a time that the table does not have.
        """
        if city not in self._times:
            raise InputError(f"{self._where}: {city}", "no rows", "rows for every station")
        times = self._times[city]
        row = bisect_right(times, instant) - 1
        if row < 0 or instant - times[row] >= self._longest:
            came = f"no row at or shortly before {instant:%Y-%m-%d %H:%M:%S}"
            expected = f"rows from {times[0]:%Y-%m-%d %H:%M} on, for the whole of the data"
            raise InputError(f"{self._where}: {city}", came, expected)
        return 1 - Fraction(self._cover[city][times[row]]) / _FULL_COVER

    def _rows(self, path: str | PathLike[str]) -> Sequence[tuple[int, list[str]]]:
        text = read_text(path, TABLE, "a cloud table (.csv)")
        rows = list(table_rows(text, self._where, "a cloud table"))
        return [(line, row) for line, row in rows[1:] if any(row)]  # the first is the header

    def _take(self, row: list[str], where: str) -> None:
        if len(row) != _COLUMNS:
            raise InputError(where, ",".join(row), _EXPECTED)
        if not _TIME.fullmatch(row[0]):
            row = [row[1], row[0], row[2]]
        if not _TIME.fullmatch(row[0]) or not row[1] or not _COVER.fullmatch(row[2]):
            raise InputError(where, ",".join(row), _EXPECTED)
        try:
            instant = datetime.fromisoformat(row[0])
        except ValueError as error:
            raise InputError(where, row[0], "a date and time") from error
        cover = read_decimal(row[2])
        if cover > _FULL_COVER:
            raise InputError(where, row[2], "a cloud cover from 0 to 100 per cent")
        own = self._cover.setdefault(row[1], {})
        if own.setdefault(instant, cover) != cover:
            came = f"{row[2]} after {own[instant]}"
            raise InputError(where, came, f"one cover of {row[1]} at {row[0]}")


def start_time(text: object, where: str) -> datetime:
    """Return the instant of ``start_time``: ``2018-Jan-01 23:00:00``, or digits for the month.

    Raises
    ------
    InputError
        For anything else.
    """
    expected = 'an instant such as "2018-Jan-01 23:00:00"'
    match = _START.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise InputError(where, text or "nothing", expected)
    year, month, *rest = match.groups()
    if month in _MONTHS:
        month = str(_MONTHS.index(month) + 1)
    try:
        day, hour, minute, second = map(read_whole, rest)
        return datetime(read_whole(year), read_whole(month), day, hour, minute, second)
    except ValueError as error:
        raise InputError(where, text, f"{expected} ({error})") from error


def after(start: datetime, seconds: Decimal, where: str) -> datetime:
    """Return the instant ``seconds`` after ``start``, to the microsecond before."""
    try:
        return start + timedelta(microseconds=int(seconds * 10**6))
    except OverflowError as error:
        raise InputError(where, str(seconds), "an offset within the calendar") from error
