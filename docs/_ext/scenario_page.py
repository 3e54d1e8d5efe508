"""The reference of scenario files, table by table, read off their JSON Schema."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

__all__ = ["scenario_page"]

_Schema = dict[str, Any]
_COLUMNS = ("key", "unit", "default", "range", "what it is", "source of the default")
_HEAD = f"| {' | '.join(_COLUMNS)} |\n|{'---|' * len(_COLUMNS)}"
_LARGE = 1e6


def scenario_page() -> str:
    """Return a section for each table of a scenario: keys, units, defaults, ranges, meaning."""
    from qkdopt.physics.scenario.schema import scenario_schema

    schema = scenario_schema()
    top = {key: value for key, value in schema["properties"].items() if _is_plain(value)}
    whole = {"properties": top, "required": schema["required"]}
    sections = [_section("The whole file", whole, "")]
    for name, table in schema["properties"].items():
        if name not in top:
            sections += _sections(name, table)
    return "\n\n".join(sections) + "\n"


def _is_plain(schema: _Schema) -> bool:
    """Say whether a key holds a value, not a table."""
    inner = schema.get("items", {})
    if "$ref" in schema or schema.get("type") == "object":
        return False
    return not inner.keys() & {"properties", "oneOf", "anyOf"}


def _sections(name: str, table: _Schema) -> Iterator[str]:
    """Yield the section of a table, of each kind of it, and of the tables in it."""
    head = f"[{name}]"
    if table.get("type") == "array":
        head, table = f"[[{name}]]", table["items"]
    for kind in _kinds(table):
        properties = kind.get("properties", {})
        inner = {key: value for key, value in properties.items() if not _is_plain(value)}
        if len(inner) < len(properties) or not properties:
            yield _section(f"`{head}`{_which(properties)}", kind, name)
        for key, value in inner.items():
            if "properties" in value.get("items", value) and not _replaces(value):
                yield from _sections(f"{name}.{key}", value)


def _kinds(table: _Schema) -> list[_Schema]:
    """Return the tables that may stand in one place; alternatives of keys are not such."""
    kinds: list[_Schema] = table.get("oneOf") or table.get("anyOf") or [table]
    return kinds if all("properties" in kind for kind in kinds) else [table]


def _replaces(table: _Schema) -> list[str]:
    """Return the keys of a common table that another may have in its place, with their path."""
    found = []
    for key, value in table.get("properties", {}).items():
        if "$ref" in value:
            found.append(key)
        elif below := _replaces(value):
            found += [f"{key}.{name}" for name in below]
    return found


def _which(properties: _Schema) -> str:
    """Return what sets one kind of a table apart from others in its array."""
    kinds = properties.get("kind", {})
    if values := kinds.get("enum", [kinds["const"]] if "const" in kinds else []):
        return " of kind " + " or ".join(values)
    return " to a pair" if "stations" in properties else ""


def _section(title: str, table: _Schema, name: str) -> str:
    required, properties = table.get("required", []), table.get("properties", {})
    rows = [
        _row(key, value, key in required) for key, value in properties.items() if _is_plain(value)
    ]
    parts = [f"## {title}", " ".join(_marked(table.get("description", "")).split())]
    parts.append("\n".join([_HEAD, *rows]) if rows else "")
    if whole := [key for key, value in properties.items() if "$ref" in value]:
        named = ", ".join(f"`[{name}.{key}]`" for key in whole)
        parts.append(f"{named} have the keys of the common tables, in their place.")
    for key, value in properties.items():
        if not _is_plain(value) and (own := _replaces(value)):
            named = ", ".join(f"`{item}`" for item in own)
            parts.append(f"`[{name}.{key}]` may have {named}, in place of those of `[{key}]`.")
    return "\n\n".join(filter(None, parts))


def _row(key: str, value: _Schema, required: bool) -> str:
    default = "required" if required else _text(_default(value))
    unit = value.get("unit", "")
    said = value.get("description", "").rstrip(".").removesuffix(f" [{unit}]")
    cells = [f"`{key}`", "" if unit == "1" else unit, default, _range(value), said]
    return "| " + " | ".join(_cell(cell) for cell in [*cells, value.get("source", "")]) + " |"


def _default(value: _Schema) -> object:
    """Return the default; exact decimals stand in the schema as text."""
    default = value.get("default")
    as_text = isinstance(default, str) and value.get("type") == "number"
    return float(default) if as_text else default or (None if default == [] else default)


def _cell(text: str) -> str:
    return text if text.startswith("`") else _marked(text).replace("|", "\\|")


def _marked(text: str) -> str:
    """Return text that Markdown prints as it is, but for code in backticks."""
    halves = (
        re.sub(r":\w+:`~?(?:[a-z]\w*\.)*(\w+(?:\.\w+)?)`", r"`\1`", text)
        .replace("``", "`")
        .split("`")
    )
    halves[::2] = [re.sub(r"([*_<\[$^])", r"\\\1", half) for half in halves[::2]]
    return "`".join(halves)


def _text(value: object) -> str:
    """Return a value as a scenario file has it."""
    match value:
        case None:
            return ""
        case bool():
            return f"`{str(value).lower()}`"
        case float():
            return f"`{_number(value)}`"
        case str():
            return f'`"{value}"`'
        case list():
            return f"`[{', '.join(_text(item).strip('`') for item in value)}]`"
    return f"`{value}`"


def _range(value: _Schema) -> str:
    """Return what a value may be: choices, limits, a form of text."""
    options = value.get("anyOf", [value])
    return ", or ".join(filter(None, map(_allowed, options)))


def _allowed(value: _Schema) -> str:
    if "const" in value:
        return _text(value["const"])
    if "enum" in value:
        return ", ".join(map(_text, value["enum"]))
    if isinstance(value.get("type"), list):  # a curve
        return "list of pairs, or a file"
    if value.get("type") == "array":
        inner = value.get("items", {})
        return f"list of {_allowed(inner)}" if "enum" in inner else "list of names"
    if value.get("type") == "boolean":
        return "`true`, `false`"
    if value.get("format") == "date-time":
        return "an instant"
    low = _limit(value, "minimum", "exclusiveMinimum", "≥", ">")
    high = _limit(value, "maximum", "exclusiveMaximum", "≤", "<")
    whole = "whole" if value.get("type") == "integer" else ""
    return ", ".join(filter(None, (whole, low, high)))


def _limit(value: _Schema, closed: str, opened: str, at_most: str, below: str) -> str:
    for key, sign in ((closed, at_most), (opened, below)):
        if key in value:
            return f"{sign}\N{NO-BREAK SPACE}{_number(value[key])}"
    return ""


def _number(value: float) -> str:
    """Return a number without the zeros and the plus of its exponent."""
    return re.sub(
        r"e([-+])0*",
        lambda match: f"e{match[1]}".rstrip("+"),
        f"{value:.3g}" if value >= _LARGE else f"{value:.10g}",
    )
