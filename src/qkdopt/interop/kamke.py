"""Contact instances of the satellite-QKD scheduling data by Kamke, as JSON.

A list with one object: ``coverage_start``, ``satellite_passes`` (id, nodeId, startTime, endTime,
achievableKeyVolume, orbitId) and ``service_targets`` (id, applicationId, priority, nodeId,
requestedOperation). Times are ISO 8601; without a zone they are taken to be UTC. Numbers are read
with all digits that the file has. Other keys are passed over. A pass may begin and end at the same
instant, as in four of the published files: it can serve a target like any other.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from os import PathLike

from qkdopt.contact.problem import ContactProblem, Passes, Targets
from qkdopt.contact.problem_file import checked_problem
from qkdopt.documents import read_json
from qkdopt.errors import InputError
from qkdopt.numerals import read_decimal
from qkdopt.timegrid import plain_decimal

GAP_S = Decimal(60)
"""Seconds between the end of a used pass and the start of the next, in those instances."""

_PASS_KEYS = ("id", "nodeId", "startTime", "endTime", "achievableKeyVolume")
_TARGET_KEYS = ("id", "priority", "nodeId", "requestedOperation")
_MOST_DECIMALS = 24
_FINEST = 100  # decimals as written; trailing zeros do not count against _MOST_DECIMALS
_LARGEST = Decimal(10) ** 15
_SECONDS_A_DAY = 86_400
_INSTANT = re.compile(
    r"(\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2})?)(\.\d{1,12})?(Z|[+-]\d{2}:?\d{2})?"
)


def import_kamke(path: str | PathLike[str]) -> ContactProblem:
    """Return the contact problem of an instance file, ``.json`` or ``.json.gz``.

    Raises
    ------
    InputError
        For a file that is not JSON or not of this layout, ids that occur twice, passes that end
        before they start, volumes or priorities that are negative or no numbers.
    """
    where = str(path)
    document = read_json(path, "a contact instance as JSON", exact=True)
    if not isinstance(document, list) or len(document) != 1 or not isinstance(document[0], dict):
        came = f"a list of {len(document)}" if isinstance(document, list) else "no list"
        raise InputError(where, came, "a list with one object (a contact instance)")
    instance = document[0]
    for key in ("coverage_start", "satellite_passes", "service_targets"):
        if key not in instance:
            raise InputError(f"{where}: {key}", "nothing", "a value")
    began = _instant(instance["coverage_start"], f"{where}: coverage_start")
    passes = _rows(instance, "satellite_passes", _PASS_KEYS, where)
    targets = _rows(instance, "service_targets", _TARGET_KEYS, where)
    place: dict[str, int] = {}
    pass_nodes = _nodes(passes, "satellite_passes", where, place)
    target_nodes = _nodes(targets, "service_targets", where, place)
    problem = ContactProblem(
        gap_s=GAP_S,
        nodes=tuple(place),
        passes=_passes(passes, pass_nodes, began, f"{where}: satellite_passes"),
        targets=_targets(targets, target_nodes, f"{where}: service_targets"),
        start_utc=_utc_text(began),
    )
    return checked_problem(problem, where)


def _passes(
    rows: Sequence[dict[str, object]], node: tuple[int, ...], began: Decimal, where: str
) -> Passes:
    return Passes(
        id=_names(rows, "id", where),
        node=node,
        start_s=_times(rows, "startTime", began, where),
        end_s=_times(rows, "endTime", began, where),
        volume=_numbers(rows, "achievableKeyVolume", where),
        orbit=_names(rows, "orbitId", where) if all("orbitId" in row for row in rows) else (),
    )


def _targets(rows: Sequence[dict[str, object]], node: tuple[int, ...], where: str) -> Targets:
    with_application = all("applicationId" in row for row in rows)
    return Targets(
        id=_names(rows, "id", where),
        node=node,
        priority=_numbers(rows, "priority", where),
        operation=_names(rows, "requestedOperation", where),
        application=_names(rows, "applicationId", where) if with_application else (),
    )


def _rows(
    instance: dict[str, object], key: str, required: Sequence[str], where: str
) -> list[dict[str, object]]:
    rows = instance[key]
    if not isinstance(rows, list):
        raise InputError(f"{where}: {key}", rows, "a list of objects")
    for i, row in enumerate(rows):
        if not isinstance(row, dict):
            raise InputError(f"{where}: {key}[{i}]", row, "an object")
        for name in required:
            if name not in row:
                raise InputError(f"{where}: {key}[{i}].{name}", "nothing", "a value")
    return rows


def _nodes(
    rows: Sequence[dict[str, object]], key: str, where: str, place: dict[str, int]
) -> tuple[int, ...]:
    names = _names(rows, "nodeId", f"{where}: {key}")
    return tuple(place.setdefault(name, len(place)) for name in names)


def _names(rows: Sequence[dict[str, object]], key: str, where: str) -> tuple[str, ...]:
    found = []
    for i, row in enumerate(rows):
        value = row[key]
        if type(value) is int and value.bit_length() <= 64:  # noqa: PLR2004 (ids are short)
            value = str(value)
        if type(value) is not str or not value.strip() or not value.isprintable():
            raise InputError(f"{where}[{i}].{key}", row[key], "a whole number or a name")
        found.append(value)
    return tuple(found)


def _numbers(rows: Sequence[dict[str, object]], key: str, where: str) -> tuple[Decimal, ...]:
    found = []
    for i, row in enumerate(rows):
        value = row[key]
        if type(value) is int and 0 <= value < _LARGEST:
            value = Decimal(value)
        if not isinstance(value, Decimal) or not 0 <= value < _LARGEST or _too_fine(value):
            expected = f"a number from 0 to {_LARGEST:.0e}, at most {_MOST_DECIMALS} decimals"
            raise InputError(f"{where}[{i}].{key}", _shown(row[key]), expected)
        found.append(value)
    return tuple(found)


def _too_fine(value: Decimal) -> bool:
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int) or -exponent > _FINEST:
        return True
    return len(plain_decimal(value).partition(".")[2]) > _MOST_DECIMALS


def _shown(value: object) -> object:
    return str(value) if isinstance(value, Decimal | int) else value


def _times(
    rows: Sequence[dict[str, object]], key: str, began: Decimal, where: str
) -> tuple[Decimal, ...]:
    found = []
    for i, row in enumerate(rows):
        seconds = _instant(row[key], f"{where}[{i}].{key}") - began
        if seconds < 0:
            raise InputError(f"{where}[{i}].{key}", row[key], "a time after coverage_start")
        found.append(seconds)
    return tuple(found)


def _instant(value: object, where: str) -> Decimal:
    """Return seconds since the epoch of Python's calendar, exact, in UTC."""
    expected = "a time such as 2024-01-15T00:27:35"
    match = _INSTANT.fullmatch(value) if type(value) is str else None
    if match is None:
        raise InputError(where, value, expected)
    stem, fraction, zone = match.groups()
    try:
        moment = datetime.fromisoformat(stem + (zone or "Z"))
        since = moment.astimezone(UTC) - datetime(1, 1, 1, tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise InputError(where, value, f"{expected} ({error})") from error
    return Decimal(since.days * _SECONDS_A_DAY + since.seconds) + read_decimal(fraction or "0")


def _utc_text(seconds: Decimal) -> str:
    days, rest = divmod(int(seconds), _SECONDS_A_DAY)
    day = datetime.fromordinal(days + 1).date()
    hours, rest = divmod(rest, 3600)
    fraction = str(seconds % 1).removeprefix("0").rstrip("0").rstrip(".") if seconds % 1 else ""
    return f"{day}T{hours:02}:{rest // 60:02}:{rest % 60:02}{fraction}Z"
