"""Validate a table of a TOML file; errors are one line."""

import math
from collections.abc import Iterable, Mapping
from datetime import date, time
from decimal import Decimal
from typing import Any, TypeAlias, TypeVar, get_args, get_origin

import annotated_types
from pydantic import ValidationError
from pydantic.fields import FieldInfo

from qkdopt.errors import InputError
from qkdopt.nearest import one_of
from qkdopt.physics.scenario.values import Part

_MOST_TABLES = 1000
Tables: TypeAlias = Mapping[str, Any]
"""Tables as TOML gives them."""

_Part = TypeVar("_Part", bound=Part)


def validated(part: type[_Part], table: Mapping[str, object], where: str) -> _Part:
    """Return ``table`` as a ``part``.

    Raises
    ------
    InputError
        For an unknown, missing or unusable value; ``where`` is prefixed to the key.
    """
    check_keys(table, part.model_fields, where)
    try:
        return part.model_validate(dict(table))
    except ValidationError as error:
        first = error.errors()[0]
        key, *rest = first["loc"]
        came = plain(_at(table, first["loc"]))
        field = part.model_fields[str(key)]
        places = "".join(f"[{place}]" for place in rest if isinstance(place, int))
        expected = _expected(str(key), field)
        raise InputError(f"{where}.{key}{places}", came, expected) from None


def check_keys(table: Mapping[str, object], known: Iterable[str], where: str) -> None:
    """Refuse an unknown key and name the nearest known one."""
    names = list(known)
    for key in table:
        if key not in names:
            raise InputError(where, f"unknown key {key}", one_of(names, key))


def table_of(tables: Mapping[str, object], key: str, where: str) -> Tables:
    """Return the table ``[key]``, empty when it is absent."""
    table = tables.get(key, {})
    if not isinstance(table, Mapping):
        raise InputError(f"{where}: {key}", plain(table), f"a table [{key}]")
    return table


def tables_of(tables: Mapping[str, object], key: str, where: str) -> list[Tables]:
    """Return the array of tables ``[[key]]``, empty when it is absent."""
    rows = tables.get(key, [])
    if not isinstance(rows, list):
        raise InputError(f"{where}: {key}", plain(rows), f"tables [[{key}]]")
    if len(rows) > _MOST_TABLES:
        raise InputError(f"{where}: {key}", f"{len(rows):,} tables", f"at most {_MOST_TABLES:,}")
    for position, row in enumerate(rows):
        if not isinstance(row, Mapping):
            raise InputError(f"{where}: {key}[{position}]", plain(row), f"a table [[{key}]]")
    return rows


def checked_name(name: str, earlier: Iterable[str], where: str) -> None:
    """Refuse a name that was used before."""
    if name in set(earlier):
        raise InputError(where, name, "names that are all different")


def plain(value: object) -> object:
    """Return ``value`` as it is written in the file: decimals as numbers, instants as text."""
    if isinstance(value, Decimal):
        number = float(value)
        beyond_a_float = value.is_finite() and bool(value) and abs(number) in (0.0, math.inf)
        return str(value) if beyond_a_float else number
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def _at(table: Mapping[str, object], places: Iterable[str | int]) -> object:
    """Return what the file holds at ``places``, before any conversion."""
    value: object = table
    for place in places:
        if isinstance(place, str) and isinstance(value, Mapping):
            value = value.get(place, "nothing")
        elif isinstance(place, int) and isinstance(value, list | tuple):
            value = value[place]
    return value


def _expected(key: str, field: FieldInfo) -> str:
    choices = _choices(field.annotation)
    if choices:
        kind = "a list of " if get_origin(field.annotation) is tuple else ""
        return kind + " or ".join([*choices, *filter(None, [_range(key, field)])])
    text = _range(key, field)
    if text:
        return text
    if str not in _types(field.annotation):
        return "a finite number"
    several = tuple in _types(field.annotation)
    return "a list of lines of text, not empty" if several else "a line of text"


def _types(annotation: object) -> set[object]:
    """Return the types that an annotation is made of, at any depth."""
    inner = (_types(item) for item in get_args(annotation))
    return {get_origin(annotation) or annotation}.union(*inner)


def _choices(annotation: object) -> list[str]:
    found: list[str] = []
    for item in get_args(annotation):
        if isinstance(item, str | int):
            found.append(str(item))
        elif get_args(item):
            found += _choices(item)
    return found


def _range(key: str, field: FieldInfo) -> str:
    """Return the limits of a field as ``low <= key <= high``."""
    low = high = ""
    for item in _metadata(field):
        match item:
            case annotated_types.Ge(ge=limit):
                low = f"{limit:g} <= "
            case annotated_types.Gt(gt=limit):
                low = f"{limit:g} < "
            case annotated_types.Le(le=limit):
                high = f" <= {limit:g}"
            case annotated_types.Lt(lt=limit):
                high = f" < {limit:g}"
    return f"{low}{key}{high}" if low or high else ""


def _metadata(field: FieldInfo) -> list[object]:
    found = list(field.metadata)
    for option in get_args(field.annotation):
        for item in getattr(option, "__metadata__", ()):
            found += item.metadata if isinstance(item, FieldInfo) else [item]
    return found
