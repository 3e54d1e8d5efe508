"""The interval length of a CSV key tensor, from its comments or its rows.

    # interval of 30 s            also: 30 s intervals, interval: 0.5 min, interval_s = 30, ...
    interval,time_utc,Graz,...    a column of instants, the start of each interval

All statements must agree; a remark on intervals and seconds in none of these forms, or
indices that look like seconds, are refused unless the length of an interval is given.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from qkdopt.errors import Described, InputError
from qkdopt.numerals import NumeralError, read_decimal
from qkdopt.timegrid import decimal_seconds, plain_decimal

TIME_COLUMN = "time_utc"
_TIMES = ("time", "time_s", "seconds", "second", "utc", "date", "datetime", "timestamp", "start",
          "start_s", "start_utc", "end", "end_s", "end_utc", "offset_s", "time_offset")  # fmt: skip
_FORMS = '"# interval of 30 s", or --interval'
_LOOKS_LIKE_SECONDS = 3  # rows from which a common step of the indices is no accident
_MICROSECOND = timedelta(microseconds=1)
_FINEST = 10**12  # lengths have at most twelve decimals

_NUMBER = r"(?P<number>\d{1,15}(?:\.\d{1,12})?)"
_UNIT = r"(?P<unit>ms|s|secs?|seconds?|min|mins|minutes?|h|hours?)\b"
_STATED = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"\bintervals?(?: length| duration| lengths)?\s*(?:of|:|=|is|are|lasts?|take[s]?)?\s*"
        rf"{_NUMBER}\s*-?{_UNIT}",
        rf"\binterval(?:_s\b|\s*[\[(]s[\])])\s*[:=]?\s*{_NUMBER}(?![\d.,])",
        rf"(?<![\d.,]){_NUMBER}[\s-]*{_UNIT}[\s-]+(?:long[\s-]+|per[\s-]+)?intervals?\b",
    )
)
_REMARK = re.compile(rf"(?=.*\bintervals?(?:_s)?\b).*\d\s*-?{_UNIT}", re.IGNORECASE)
_SECONDS = {"ms": Decimal("0.001"), "s": Decimal(1), "m": Decimal(60), "h": Decimal(3600)}


@dataclass
class Statements:
    """The lengths [s] that were found, each with its place; all must be the same."""

    where: str
    found: list[tuple[str, Decimal]] = field(default_factory=list)
    unclear: tuple[str, str] | None = None

    def comment(self, line: int, text: str) -> None:
        """Take a comment into account."""
        place = f"{self.where}:{line}"
        matches = [match for form in _STATED for match in form.finditer(text)]
        for match in matches:
            unit = (match.groupdict().get("unit") or "s").lower()
            factor = _SECONDS["ms" if unit == "ms" else unit[0]]
            try:
                self.state(place, read_decimal(match["number"]) * factor)
            except NumeralError as error:
                raise InputError(place, str(error), "the length of an interval") from error
        if not matches and self.unclear is None and _REMARK.match(text):
            self.unclear = place, text

    def state(self, place: str, seconds: object) -> None:
        """Add a length; refuse one that differs from those before."""
        length = decimal_seconds(seconds, place, positive=True)
        if self.found and self.found[0][1] != length:
            first, other = self.found[0]
            came = Described(f"an interval of {plain_decimal(length)} s")
            raise InputError(place, came, f"{plain_decimal(other)} s as in {first}")
        self.found.append((place, length))

    def instants(self, indices: Sequence[int], instants: Sequence[datetime]) -> datetime | None:
        """Take the column of instants into account; return when interval 0 begins.

        Raises
        ------
        InputError
            When the instants are not those of equal intervals.
        """
        steps = [
            (b - a, (v - u) // _MICROSECOND)
            for (a, b), (u, v) in zip(pairwise(indices), pairwise(instants), strict=True)
        ]
        place = f"{self.where}: column {TIME_COLUMN}"
        lengths = {Fraction(microseconds, count * 10**6) for count, microseconds in steps}
        if len(lengths) > 1:
            came = " and ".join(f"{float(s):g} s" for s in sorted(lengths)[:2])
            raise InputError(
                place, Described(f"{came} to an interval"), "instants of equal intervals"
            )
        for length in lengths:
            if length <= 0 or _FINEST % length.denominator:
                raise InputError(
                    place, Described(f"{float(length):g} s to an interval"), "a decimal > 0"
                )
            self.state(place, Decimal(length.numerator) / length.denominator)
        if not self.found or not indices:
            return None
        since = self.found[0][1] * indices[0] * 10**6
        try:
            return instants[0] - int(since) * _MICROSECOND
        except OverflowError as error:
            raise InputError(place, str(instants[0]), "an index that counts from a date") from error

    def length(self, indices: Sequence[int]) -> Decimal | None:
        """Return the length [s]; ``None`` when the file states none and suggests none.

        Raises
        ------
        InputError
            When statements are ambiguous or unusable.
        """
        if self.found:
            return self.found[0][1]
        if self.unclear is not None:
            place, text = self.unclear
            raise InputError(place, text, f"the length of an interval as {_FORMS}")
        step = math.gcd(*(b - a for a, b in pairwise(indices)))
        if step > 1 and len(indices) >= _LOOKS_LIKE_SECONDS:
            came = Described(f"indices in steps of {step}")
            expected = f"indices that count intervals (not seconds), or their length as {_FORMS}"
            raise InputError(f"{self.where}: column interval", came, expected)
        return None


def link_columns(header: Sequence[str], where: str) -> tuple[str, ...]:
    """Return the names of the links of a header ``interval[,time_utc],<link>,...``.

    Raises
    ------
    InputError
        For a column that holds other times: it would be taken for a link.
    """
    names = header[1:]
    if names and names[0].lower() == TIME_COLUMN:
        names = names[1:]
    for name in names:
        if name.lower().replace(" ", "_") in (TIME_COLUMN, *_TIMES):
            expected = f"links; times only as {TIME_COLUMN}, right after interval"
            raise InputError(where, Described(f"a column {name}"), expected)
    return tuple(names)
