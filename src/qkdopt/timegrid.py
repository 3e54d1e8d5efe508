"""The common clock: a horizon cut into equal intervals, and durations in exact arithmetic."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from qkdopt.constants import JULIAN_DATE_UNIX_EPOCH
from qkdopt.errors import InputError
from qkdopt.numerals import NumeralError, exact_decimal

_FIRST_YEAR, _LAST_YEAR = 1957, 2100
_INSTANT = f"an instant in UTC such as 2016-09-19T00:00:00Z, from {_FIRST_YEAR} to {_LAST_YEAR}"

_MOST_DECIMALS = 12
_LONGEST_S = Decimal(10) ** 12


@dataclass(frozen=True)
class TimeGrid:
    """A horizon of ``count`` intervals of ``interval_s`` seconds from ``start_utc``.

    Interval ``m`` covers ``[m, m + 1) * interval_s`` after the start. UTC days are taken to
    have 86,400 s: a leap second inside the horizon is not modelled.
    """

    start_utc: datetime
    interval_s: int
    count: int

    @property
    def duration_s(self) -> int:
        """Length of the horizon [s]."""
        return self.interval_s * self.count

    @property
    def end_utc(self) -> datetime:
        """First instant after the horizon."""
        return self.start_utc + timedelta(seconds=self.duration_s)

    def interval_start(self, index: int) -> datetime:
        """Return the instant at which interval ``index`` begins."""
        return self.start_utc + timedelta(seconds=index * self.interval_s)

    @property
    def start_julian_date(self) -> tuple[float, float]:
        """Julian date of the start in UTC as (day ending in .5, fraction of a day)."""
        since_epoch = self.start_utc - datetime(1970, 1, 1, tzinfo=UTC)
        fraction = (since_epoch - timedelta(days=since_epoch.days)) / timedelta(days=1)
        return JULIAN_DATE_UNIX_EPOCH + since_epoch.days, fraction


def decimal_seconds(value: object, where: str, *, positive: bool = False) -> Decimal:
    """Return a duration in seconds as an exact decimal.

    Raises
    ------
    InputError
        When ``value`` is not a finite decimal number >= 0 (> 0 if ``positive``).
    """
    expected = "a number of seconds > 0" if positive else "a number of seconds >= 0"
    try:
        seconds = exact_decimal(value)
    except NumeralError as error:
        raise InputError(where, value, expected) from error
    if not 0 <= seconds <= _LONGEST_S or (positive and seconds == 0):
        raise InputError(where, value, f"{expected}, at most {_LONGEST_S:f}")
    exponent = seconds.normalize().as_tuple().exponent
    if isinstance(exponent, int) and -exponent > _MOST_DECIMALS:
        raise InputError(where, value, f"{expected}, at most {_MOST_DECIMALS} decimals")
    return seconds


def utc_instant(value: object, where: str, *, assume_utc: bool = False) -> datetime:
    """Return an instant in UTC from a time of TOML, or from text in the form of ISO 8601.

    Parameters
    ----------
    assume_utc
        Whether an instant without an offset is UTC; otherwise it is refused.

    Raises
    ------
    InputError
        When ``value`` is not such an instant, or far from the age of satellites.
    """
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError as error:
            raise InputError(where, value or "nothing", _INSTANT) from error
    if assume_utc and isinstance(value, datetime) and value.tzinfo is None:
        value = value.replace(tzinfo=UTC)
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise InputError(where, str(value), _INSTANT)
    if not _FIRST_YEAR <= value.year <= _LAST_YEAR:
        raise InputError(where, value.isoformat(), _INSTANT)
    return value.astimezone(UTC)


def plain_decimal(value: Decimal) -> str:
    """Return the one canonical spelling of a decimal: no exponent, no trailing zeros."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("", "-0") else text


def switching_intervals(switch_s: Decimal, interval_s: Decimal) -> int:
    """Return tau, the number of whole intervals that a hand-over keeps free (rounded up)."""
    return math.ceil(Fraction(switch_s) / Fraction(interval_s))
