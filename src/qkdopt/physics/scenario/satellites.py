"""Elements of a ``[[satellite]]`` table: literal or file, two-line sets or OMM."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from xml.etree.ElementTree import ParseError

from pydantic import Field
from sgp4 import omm

from qkdopt.errors import InputError
from qkdopt.opening import TEXT, read_text
from qkdopt.physics.scenario.elements import Elements, tle_sets
from qkdopt.physics.scenario.model import Satellite
from qkdopt.physics.scenario.validation import check_keys, plain, validated
from qkdopt.physics.scenario.values import Part, Text

__all__ = ["satellite"]

_WAYS = ("tle", "tle_file", "omm", "omm_file")
_FIXED_KEYWORDS = {
    "CENTER_NAME": "EARTH",
    "MEAN_ELEMENT_THEORY": "SGP4",
    "REF_FRAME": "TEME",
    "TIME_SYSTEM": "UTC",
}


class _Label(Part):
    name: Text
    catalogue_number: int | None = Field(default=None, ge=0, le=999_999_999)


def satellite(table: Mapping[str, object], where: str, folder: Path) -> Satellite:
    """Return the satellite of a table; files are looked for in ``folder``.

    Raises
    ------
    InputError
        Unless exactly one of ``tle``, ``tle_file``, ``omm``, ``omm_file`` is given and holds
        exactly one element set (of ``catalogue_number``, where that is given).
    """
    check_keys(table, ("name", "catalogue_number", *_WAYS), where)
    label = validated(_Label, {k: v for k, v in table.items() if k not in _WAYS}, where)
    given = [way for way in _WAYS if way in table]
    if len(given) != 1:
        raise InputError(where, " and ".join(given) or "no elements", f"one of {', '.join(_WAYS)}")
    key = f"{where}.{given[0]}"
    text = table[given[0]]
    if not isinstance(text, str):
        raise InputError(key, plain(text), "text")
    if given[0].endswith("_file"):
        text = _read(folder / text, key, text)
    sets = tle_sets(text, key) if given[0].startswith("tle") else _omm_sets(text, key)
    chosen = _chosen(sets, label.catalogue_number, key)
    chosen.satrec(key)
    return Satellite(name=label.name, elements=chosen)


def _read(path: Path, where: str, name: str) -> str:
    if not path.exists():
        raise InputError(where, f"no file {name}", "a file beside the scenario")
    return read_text(path, TEXT, "a text file", where)


def _omm_sets(text: str, where: str) -> list[Elements]:
    try:
        if text.lstrip().startswith("<"):
            records = list(omm.parse_xml(io.StringIO(text)))
        else:
            records = list(omm.parse_csv(io.StringIO(text.lstrip())))
    except (ParseError, AttributeError, TypeError, csv.Error) as error:
        raise InputError(where, f"unreadable OMM ({error})", "OMM as CSV or XML") from error
    if not records:
        raise InputError(where, "nothing", "an OMM record as CSV or XML")
    return [_omm_elements(record, where) for record in records]


def _omm_elements(record: Mapping[object, object], where: str) -> Elements:
    fields = {str(k).strip(): str(v or "").strip() for k, v in record.items() if k is not None}
    for keyword, value in _FIXED_KEYWORDS.items():
        if fields.get(keyword, value) != value:
            raise InputError(f"{where}: {keyword}", fields[keyword], value)
    if "EPOCH" in fields:
        epoch = fields["EPOCH"].removesuffix("Z")
        fields["EPOCH"] = epoch if "." in epoch else epoch + ".0"
    return Elements("omm", tuple(sorted(fields.items())))


def _chosen(sets: list[Elements], number: int | None, where: str) -> Elements:
    numbers = [item.catalogue_number(where) for item in sets]
    if number is not None:
        sets = [item for item, own in zip(sets, numbers, strict=True) if own == number]
    if len(sets) == 1:
        return sets[0]
    if number is None:
        came = f"{len(sets)} element sets joined in one text"
        raise InputError(where, came, "one, or a catalogue_number that chooses")
    came = f"{len(sets)} element sets of catalogue number {number}"
    raise InputError(where, came, "exactly one")
