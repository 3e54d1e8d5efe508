"""The satellites of a scenario: elements, literal or in files, and constellations."""

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated
from xml.etree.ElementTree import ParseError

from annotated_types import Ge, Le
from pydantic import Field
from sgp4 import omm

from qkdopt.errors import Described, InputError, LimitError
from qkdopt.opening import TEXT, read_text
from qkdopt.physics.scenario.constellations import MOST_GENERATED, constellation_elements
from qkdopt.physics.scenario.elements import Elements, tle_sets
from qkdopt.physics.scenario.own_settings import OWN, own_settings
from qkdopt.physics.scenario.satellite import Satellite
from qkdopt.physics.scenario.validation import check_keys, checked_name, plain, tables_of, validated
from qkdopt.physics.scenario.values import Part, Text, default
from qkdopt.timegrid import TimeGrid

_WAYS = ("tle", "tle_file", "omm", "omm_file")
_FIXED_KEYWORDS = {
    "CENTER_NAME": "EARTH",
    "MEAN_ELEMENT_THEORY": "SGP4",
    "REF_FRAME": "TEME",
    "TIME_SYSTEM": "UTC",
}


class Label(Part):
    """What a ``[[satellite]]`` says beside its elements and what it has of its own."""

    name: Text = Field(description="Name of the satellite")
    catalogue_number: Annotated[int, Ge(0), Le(999_999_999)] | None = default(
        None, "Catalogue number that chooses one of several element sets"
    )


def satellites(
    tables: Mapping[str, object], grid: TimeGrid, where: str, folder: Path
) -> tuple[Satellite, ...]:
    """Return the satellites: those of ``[[satellite]]``, then those of ``[[constellation]]``.

    Raises
    ------
    InputError
        For none, for two of one name, and for two that are the same object: of the same catalogue
        number, or of the same elements.
    LimitError
        For more than :data:`~qkdopt.physics.scenario.constellations.MOST_GENERATED`.
    """
    found: list[Satellite] = []
    names: set[str] = set()
    for item, key in _each(tables, grid, where, folder):
        checked_name(item.name, names & {item.name}, f"{key}.name")
        names.add(item.name)
        found.append(item)
        if len(found) > MOST_GENERATED:
            came = Described(f"more than {MOST_GENERATED:,} satellites")
            raise LimitError(f"{where}: satellites", came, f"at most {MOST_GENERATED:,}")
    if not found:
        raise InputError(f"{where}: satellite", "none", "one table [[satellite]]")
    _check_objects(found, where)
    return tuple(found)


def _each(
    tables: Mapping[str, object], grid: TimeGrid, where: str, folder: Path
) -> Iterator[tuple[Satellite, str]]:
    """Yield each satellite and the table that it comes from."""
    for position, table in enumerate(tables_of(tables, "satellite", where)):
        key = f"{where}: satellite[{position}]"
        name, elements = _stated(table, key, folder)
        yield Satellite(name, elements, own_settings(table, tables, key, folder)), key
    for position, table in enumerate(tables_of(tables, "constellation", where)):
        key = f"{where}: constellation[{position}]"
        own = own_settings(table, tables, key, folder)
        for name, elements in constellation_elements(table, OWN, grid.start_utc, key):
            yield Satellite(name, elements, own), key


def _check_objects(found: list[Satellite], where: str) -> None:
    """Refuse two satellites that are one; catalogue number 0 is that of planned orbits."""
    known: dict[object, Satellite] = {}
    for item in found:
        number = item.elements.catalogue_number(where)
        same = {f"catalogue number {number}": number} if number else {}
        for what, own in {**same, "elements": item.elements.orbit(where)}.items():
            earlier = known.setdefault(own, item)
            if earlier is not item:
                came = Described(f"the same {what} as of {earlier.name}")
                raise InputError(f"{where}: satellite {item.name}", came, "each object once")


def _stated(table: Mapping[str, object], where: str, folder: Path) -> tuple[str, Elements]:
    """Return name and elements of a table; files are looked for in ``folder``.

    Raises
    ------
    InputError
        Unless exactly one of ``tle``, ``tle_file``, ``omm``, ``omm_file`` is given and holds
        exactly one element set (of ``catalogue_number``, where that is given).
    """
    check_keys(table, (*Label.model_fields, *_WAYS, *OWN), where)
    label = validated(Label, {k: table[k] for k in Label.model_fields if k in table}, where)
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
    return label.name, chosen


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
