"""When a rule holds: an index, seconds, instants, dates or weekdays, in global intervals.

An interval belongs to a span of time as soon as it overlaps it. Days are those of UTC, or of a
clock that is a fixed time ahead of it; they have 86,400 s.
"""

import math
import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from qkdopt.constants import SECONDS_PER_DAY
from qkdopt.errors import Described, InputError
from qkdopt.timegrid import decimal_seconds, utc_instant

WAYS = (("interval",), ("from_s", "until_s"), ("from_utc", "until_utc"), ("dates",), ("weekdays",))
"""The members of a rule that say when it holds."""

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WEEKDAY_OF_EPOCH = 3  # a Thursday
_FIRST_YEAR, _LAST_YEAR = 1957, 2100
_MOST_DAYS = 36_600
_OFFSET = re.compile(r"([+-])(\d\d):([0-5]\d)")
_LARGEST_OFFSET_S = 14 * 3600
_DATE = "a list of dates such as 2016-09-20"
_NO_START = Described("a problem that does not say when interval 0 begins")
_GIVE_A_START = "start_utc = ... at the top of the rules, or indices or seconds"


@dataclass(frozen=True)
class RuleClock:
    """What rules about time refer to.

    Attributes
    ----------
    interval_s
        Length of an interval [s].
    start_utc
        Instant at which interval 0 begins; ``None`` where nobody knows it.
    active
        Global indices in which anything can be served, increasing; ``None`` where nobody knows.
    """

    interval_s: Decimal
    start_utc: datetime | None = None
    active: Sequence[int] | None = None

    def ranges(self, entry: Mapping[str, object], where: str) -> Iterator[range]:
        """Yield the intervals in which a rule holds, as ranges of global indices.

        Parameters
        ----------
        entry
            The rule, with the members of one of :data:`WAYS`; next to dates and weekdays also
            ``utc_offset``, how far the clock of its days is ahead of UTC.

        Raises
        ------
        InputError
            Naming the member, what stood there and what was expected.
        """
        if "interval" in entry:
            yield _index(entry["interval"], f"{where}.interval")
        elif "from_s" in entry:
            begins = decimal_seconds(entry["from_s"], f"{where}.from_s")
            ends = decimal_seconds(entry["until_s"], f"{where}.until_s", positive=True)
            if ends <= begins:
                raise InputError(f"{where}.until_s", str(ends), f"more than from_s = {begins}")
            yield self._overlapping(Fraction(begins), Fraction(ends))
        elif "from_utc" in entry:
            first = utc_instant(entry["from_utc"], f"{where}.from_utc")
            last = utc_instant(entry["until_utc"], f"{where}.until_utc")
            if last <= first:
                expected = f"an instant after from_utc = {first.isoformat()}"
                raise InputError(f"{where}.until_utc", last.isoformat(), expected)
            start_s = self._start_s(f"{where}.from_utc")
            yield self._overlapping(_seconds(first) - start_s, _seconds(last) - start_s)
        else:
            yield from self._days(entry, where)

    def among_active(self, intervals: range) -> Sequence[int]:
        """Return the intervals in which anything can be served; all where nobody knows."""
        if self.active is None:
            return intervals
        first, beyond = (bisect_left(self.active, end) for end in (intervals.start, intervals.stop))
        return [int(t) for t in self.active[first:beyond]]

    def _days(self, entry: Mapping[str, object], where: str) -> Iterator[range]:
        """Yield the intervals of days, numbered from 1970-01-01."""
        offset_s = _offset(entry.get("utc_offset", "+00:00"), f"{where}.utc_offset")
        if "dates" in entry:
            days: Sequence[int] = _dates(entry["dates"], f"{where}.dates")
            start_s = self._start_s(f"{where}.dates") + offset_s
        else:
            wanted = _weekdays(entry["weekdays"], f"{where}.weekdays")
            start_s = self._start_s(f"{where}.weekdays") + offset_s
            every = self._horizon(start_s, f"{where}.weekdays")
            days = [day for day in every if (day + _WEEKDAY_OF_EPOCH) % len(_WEEKDAYS) in wanted]
        for day in days:
            begins = day * SECONDS_PER_DAY - start_s
            yield self._overlapping(begins, begins + SECONDS_PER_DAY)

    def _horizon(self, start_s: Fraction, where: str) -> range:
        """Return the days between the first and the last active interval."""
        if self.active is None:
            came = Described("a problem whose intervals are not known")
            raise InputError(where, came, "dates, or from_utc and until_utc")
        if not len(self.active):
            return range(0)
        length = Fraction(self.interval_s)
        first = math.floor((start_s + int(self.active[0]) * length) / SECONDS_PER_DAY)
        beyond = math.ceil((start_s + (int(self.active[-1]) + 1) * length) / SECONDS_PER_DAY)
        if beyond - first > _MOST_DAYS:
            raise InputError(
                where, Described(f"{beyond - first:,} days"), f"at most {_MOST_DAYS:,} days"
            )
        return range(first, beyond)

    def _start_s(self, where: str) -> Fraction:
        """Return when interval 0 begins [s since 1970]."""
        if self.start_utc is None:
            raise InputError(where, _NO_START, _GIVE_A_START)
        return _seconds(self.start_utc)

    def _overlapping(self, begins_s: Fraction, ends_s: Fraction) -> range:
        """Return the intervals that overlap a span after the start of interval 0 [s]."""
        length = Fraction(self.interval_s)
        first = max(0, math.floor(begins_s / length))
        return range(first, max(first, math.ceil(ends_s / length)))


def _seconds(instant: datetime) -> Fraction:
    return Fraction((instant - _EPOCH) // timedelta(microseconds=1), 10**6)


def _index(value: object, where: str) -> range:
    if type(value) is not int or value < 0:
        raise InputError(where, value, "a global index >= 0")
    return range(value, value + 1)


def _offset(value: object, where: str) -> int:
    found = _OFFSET.fullmatch(value) if isinstance(value, str) else None
    if found:
        sign, hours, minutes = found.groups()
        seconds = int(hours) * 3600 + int(minutes) * 60
        if seconds <= _LARGEST_OFFSET_S:
            return -seconds if sign == "-" else seconds
    raise InputError(where, value, 'hours and minutes ahead of UTC such as "+08:00", up to 14:00')


def _dates(value: object, where: str) -> list[int]:
    if not isinstance(value, list) or not value:
        raise InputError(where, value, _DATE)
    days = []
    for position, stated in enumerate(value):
        place, day = f"{where}[{position}]", stated
        if isinstance(stated, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", stated, re.ASCII):
            try:
                day = date.fromisoformat(stated)
            except ValueError as error:
                raise InputError(place, stated, "a day that exists") from error
        if not isinstance(day, date) or isinstance(day, datetime):
            raise InputError(place, stated, _DATE)
        if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
            raise InputError(place, str(day), f"a year from {_FIRST_YEAR} to {_LAST_YEAR}")
        days.append(day.toordinal() - _EPOCH.toordinal())
    return sorted(set(days))


def _weekdays(value: object, where: str) -> set[int]:
    expected = 'a list of weekdays such as ["Tuesday", "Wednesday"]'
    if not isinstance(value, list) or not value:
        raise InputError(where, value, expected)
    wanted = set()
    for position, name in enumerate(value):
        if not isinstance(name, str) or name.lower() not in _WEEKDAYS:
            raise InputError(f"{where}[{position}]", name, "an English weekday such as Tuesday")
        wanted.add(_WEEKDAYS.index(name.lower()))
    return wanted
