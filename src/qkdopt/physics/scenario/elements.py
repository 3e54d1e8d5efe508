"""Orbital elements: two-line sets and OMM records, checked before use.

Public copies of element sets carry lines of 70 characters, wrong checksums, two sets joined
in one string and edited inclinations. Each is refused by name.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sgp4 import omm
from sgp4.api import SGP4_ERRORS, Satrec

from qkdopt.errors import InputError
from qkdopt.numerals import NumeralError, read_float, read_whole

_LINE_LENGTH = 69
_LINES_PER_SET = 2
_ONE_SET = "one two-line element set"

# First and last column (from 0, end exclusive), name, least and greatest value of the fields
# of line 2; the eccentricity's decimal point is implied.
_FIELDS = (
    (8, 16, "inclination", 0.0, 180.0),
    (17, 25, "right ascension of the node", 0.0, 360.0),
    (26, 33, "eccentricity", 0.0, 0.9999999),
    (34, 42, "argument of perigee", 0.0, 360.0),
    (43, 51, "mean anomaly", 0.0, 360.0),
    (52, 63, "mean motion", 1e-8, 20.0),
)
_ECCENTRICITY_COLUMN = 26
# Letters count as zero in the checksum, so the characters of line 1's rates are checked. Some
# publishers write a zero before the point, or leave digits blank; SGP4's reader knows both.
_RATES = (
    (33, 43, "first derivative of mean motion", re.compile(r"(?=.{10}$) *[+-]?0?\.\d{4,} *")),
    (44, 52, "second derivative of mean motion", re.compile(r"[ +-][ \d]{5}[ +-][ \d]")),
    (53, 61, "drag term", re.compile(r"[ +-][ \d]{5}[ +-][ \d]")),
)
# Beyond, two-line sets have no number, in five digits or with a letter (Alpha-5).
_LARGEST_TLE_NUMBER, _LARGEST_NUMBER = 339_999, 999_999_999
_LEAST_DAY, _LAST_DAY = 1.0, 366.99999999
# What SGP4 is initialised with: attribute, name, least and greatest value (radians, minutes).
_INITIAL = (
    ("inclo", "inclination [rad]", 0.0, math.pi),
    ("ecco", "eccentricity", 0.0, 0.9999999),
    ("no_kozai", "mean motion [rad/min]", 1e-10, 0.0873),
    ("nodeo", "right ascension of the node [rad]", -7.0, 7.0),
    ("argpo", "argument of perigee [rad]", -7.0, 7.0),
    ("mo", "mean anomaly [rad]", -7.0, 7.0),
    ("bstar", "drag term", -10.0, 10.0),
    ("jdsatepoch", "Julian date of the epoch", 2_435_838.5, 2_488_069.5),  # 1957 to 2099
)


@dataclass(frozen=True)
class Elements:
    """Mean elements of one satellite for SGP4, as text.

    Attributes
    ----------
    kind
        ``"tle"`` or ``"omm"``.
    record
        The two lines under the keys ``"1"`` and ``"2"``, or the OMM's keywords and values.
    """

    kind: str
    record: tuple[tuple[str, str], ...]

    def catalogue_number(self, where: str) -> int:
        """Return the catalogue number: up to 339,999 in two-line sets, nine digits in an OMM.

        Raises
        ------
        InputError
            As :meth:`satrec`.
        """
        if self.kind == "omm":
            return _omm_number(dict(self.record), where)
        return int(self.satrec(where).satnum)

    def orbit(self, where: str) -> tuple[float, ...]:
        """Return the numbers that SGP4 starts from, whatever the object is called.

        Raises
        ------
        InputError
            As :meth:`satrec`.
        """
        record = self.satrec(where)
        return record.jdsatepochF, *(getattr(record, attribute) for attribute, *_ in _INITIAL)

    def satrec(self, where: str) -> Any:
        """Return a new ``sgp4.api.Satrec``; its number is 0 where SGP4 cannot hold the OMM's.

        Raises
        ------
        InputError
            When a keyword is missing or unreadable, or SGP4 refuses the elements.
        """
        fields = dict(self.record)
        if self.kind == "tle":
            satellite = Satrec.twoline2rv(fields["1"], fields["2"])
        else:
            satellite = Satrec()
            number = _omm_number(fields, where)
            if number > _LARGEST_TLE_NUMBER:
                fields["NORAD_CAT_ID"] = "0"
            try:
                omm.initialize(satellite, fields)
            except KeyError as error:
                raise InputError(where, f"no {error.args[0]}", "a complete OMM record") from error
            except (ValueError, TypeError, OverflowError) as error:
                raise InputError(where, str(error), "OMM values as in CCSDS 502.0") from error
        if satellite.error:
            meaning = SGP4_ERRORS.get(satellite.error, "values that are not finite")
            raise InputError(where, f"SGP4 error: {meaning}", "elements of a closed orbit")
        for attribute, name, least, greatest in _INITIAL:
            value = getattr(satellite, attribute)
            if not least <= value <= greatest:
                expected = f"{least:.9g} <= {name} <= {greatest:.9g}"
                raise InputError(where, f"{name} {value:.9g}", expected)
        return satellite


def _omm_number(fields: Mapping[str, str], where: str) -> int:
    text = fields.get("NORAD_CAT_ID", "")
    if not text:
        raise InputError(where, "no NORAD_CAT_ID", "a complete OMM record")
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(_LARGEST_NUMBER))):
        raise InputError(f"{where}: NORAD_CAT_ID", text, "a whole number of up to nine digits")
    return read_whole(text)


def tle_sets(text: str, where: str) -> list[Elements]:
    """Return every element set in ``text``, each with or without a name line before it.

    Raises
    ------
    InputError
        Naming the line and the trap: empty text, wrong length, line number, catalogue number,
        checksum, or a value out of range.
    """
    lines = [line.strip() for line in text.splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    if not lines:
        raise InputError(where, "nothing", _ONE_SET)
    found: list[Elements] = []
    position = 0
    while position < len(lines):
        if not lines[position].startswith("1 ") and not lines[position].startswith("2 "):
            position += 1  # the satellite's name
        pair = lines[position : position + _LINES_PER_SET]
        if len(pair) < _LINES_PER_SET:
            if pair:
                _check_line(pair[0], "1", f"{where}: line 1")
            raise InputError(where, "half an element set", "line 1 and line 2")
        _check_pair(pair[0], pair[1], where)
        found.append(Elements("tle", (("1", pair[0]), ("2", pair[1]))))
        position += _LINES_PER_SET
    return found


def _check_pair(first: str, second: str, where: str) -> None:
    for number, line in (("1", first), ("2", second)):
        _check_line(line, number, f"{where}: line {number}")
    if first[2:7] != second[2:7]:
        came = f"catalogue number {second[2:7].strip()}"
        raise InputError(f"{where}: line 2", came, f"{first[2:7].strip()} as in line 1")
    _value(first, 20, 32, "day of the epoch", _LEAST_DAY, _LAST_DAY, f"{where}: line 1")
    _value(first, 18, 20, "year of the epoch", 0.0, 99.0, f"{where}: line 1")
    for start, end, name, pattern in _RATES:
        if not pattern.fullmatch(first[start:end]):
            came = f"{name} {first[start:end].strip()}"
            raise InputError(f"{where}: line 1", came, "digits, signs and a point only")
    for start, end, name, least, greatest in _FIELDS:
        _value(second, start, end, name, least, greatest, f"{where}: line 2")


def _check_line(line: str, number: str, where: str) -> None:
    if len(line) > _LINE_LENGTH and f"{number} {line[2:7]}" in line[2:]:
        raise InputError(where, "two element sets joined in one line", _ONE_SET)
    if len(line) > _LINE_LENGTH and "2 " + line[2:7] in line[2:]:
        raise InputError(where, "lines 1 and 2 joined in one line", "two separate lines")
    if len(line) != _LINE_LENGTH or not line.isascii():
        came = f"a line of {len(line)} characters"
        raise InputError(where, came, f"{_LINE_LENGTH} characters (plain ASCII)")
    if line[:2] != f"{number} ":
        raise InputError(where, f"line number {line[:2].strip()}", f"line number {number}")
    total = sum(int(c) if c.isdigit() else c == "-" for c in line[:-1]) % 10
    if line[-1] != str(total):
        expected = f"checksum {total} (was a number edited?)"
        raise InputError(where, f"checksum {line[-1]}", expected)


def _value(
    line: str, start: int, end: int, name: str, least: float, greatest: float, where: str
) -> None:
    text = line[start:end].strip()
    point = "0." if start == _ECCENTRICITY_COLUMN else ""
    try:
        value = read_float(point + text)
    except NumeralError:
        value = math.nan
    if not least <= value <= greatest:
        expected = f"{least:g} <= {name} <= {greatest:g}"
        raise InputError(where, f"{name} {text}", expected)
