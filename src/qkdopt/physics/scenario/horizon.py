"""The ``[horizon]`` table: start, duration, interval length, hand-over time."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from qkdopt.constants import SECONDS_PER_DAY
from qkdopt.errors import InputError
from qkdopt.numerals import NumeralError, exact_decimal
from qkdopt.physics.scenario.validation import check_keys, plain
from qkdopt.timegrid import TimeGrid, decimal_seconds, utc_instant

_KEYS = ("start_utc", "end_utc", "duration_days", "interval_s", "switch_s", "ut1_minus_utc_s")
_MOST_DAYS = 3660
_LONGEST_INTERVAL_S = SECONDS_PER_DAY
_LARGEST_UT1_S = Decimal("0.9")


def horizon(table: Mapping[str, object], where: str) -> tuple[TimeGrid, Decimal, float]:
    """Return the time grid, the switching time [s] and UT1 - UTC [s].

    Raises
    ------
    InputError
        For a missing start or end, a reversed or empty horizon, an interval that is not a
        whole number of seconds, a horizon that is not a whole number of intervals.
    """
    check_keys(table, _KEYS, where)
    interval_s = _interval(table.get("interval_s", 10), f"{where}.interval_s")
    start = utc_instant(table.get("start_utc", "nothing"), f"{where}.start_utc")
    length_s, key = _length(table, start, where)
    count, rest = divmod(length_s, interval_s)
    if rest:
        came = f"a horizon of {float(length_s):.12g} s"
        raise InputError(key, came, f"a whole number of intervals of {interval_s} s")
    switch_s = switching_time(table.get("switch_s", 10), f"{where}.switch_s")
    ut1_key = f"{where}.ut1_minus_utc_s"
    ut1 = _decimal(table.get("ut1_minus_utc_s", 0), ut1_key, "-0.9 <= ut1_minus_utc_s <= 0.9")
    if not -_LARGEST_UT1_S <= ut1 <= _LARGEST_UT1_S:
        raise InputError(ut1_key, float(ut1), "-0.9 <= ut1_minus_utc_s <= 0.9")
    return TimeGrid(start, interval_s, int(count)), switch_s, float(ut1)


def switching_time(value: object, where: str) -> Decimal:
    """Return a time [s] to turn from one link, or satellite, to another.

    Raises
    ------
    InputError
        For anything but a number of seconds >= 0.
    """
    switch_s = _decimal(value, where, "a number of seconds >= 0")
    try:
        return decimal_seconds(switch_s, where)
    except InputError as error:
        raise InputError(where, plain(switch_s), error.expected) from None


def _interval(value: object, where: str) -> int:
    expected = f"a whole number of seconds, 1 <= interval_s <= {_LONGEST_INTERVAL_S}"
    seconds = _decimal(value, where, expected)
    if seconds != seconds.to_integral_value() or not 1 <= seconds <= _LONGEST_INTERVAL_S:
        raise InputError(where, plain(value), expected)
    return int(seconds)


def _length(table: Mapping[str, object], start: datetime, where: str) -> tuple[Decimal, str]:
    """Return the length of the horizon [s] and the key that gave it."""
    if ("end_utc" in table) == ("duration_days" in table):
        came = "both" if "end_utc" in table else "neither"
        raise InputError(where, came, "one of end_utc and duration_days")
    if "end_utc" in table:
        key = f"{where}.end_utc"
        end = utc_instant(table["end_utc"], key)
        if end <= start:
            expected = f"an instant after start_utc = {start.isoformat()}"
            raise InputError(key, end.isoformat(), expected)
        length_s = Decimal((end - start) // timedelta(microseconds=1)) / 10**6
    else:
        key = f"{where}.duration_days"
        expected = f"0 < duration_days <= {_MOST_DAYS}"
        days = _decimal(table["duration_days"], key, expected)
        if not 0 < days <= _MOST_DAYS:
            raise InputError(key, float(days), expected)
        length_s = days * SECONDS_PER_DAY
    if length_s > _MOST_DAYS * SECONDS_PER_DAY:
        raise InputError(key, f"{length_s / SECONDS_PER_DAY} days", f"at most {_MOST_DAYS} days")
    return length_s, key


def _decimal(value: object, where: str, expected: str) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise InputError(where, plain(value), expected)
    try:
        return exact_decimal(value)
    except NumeralError as error:
        raise InputError(where, plain(value), expected) from error
