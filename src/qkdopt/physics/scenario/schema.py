"""The JSON Schema of scenario files, made from the tables' own definitions.

It describes what a file may hold, table by table. What depends on several values together
(reversed horizons, names used twice, files that do not exist) only the loader can say.

``python -m qkdopt.physics.scenario.schema`` prints it; ``schemas/scenario.schema.json`` is
that text.
"""

import json
from typing import Any

from qkdopt.physics.scenario import devices, link_parts, parts
from qkdopt.physics.scenario.constellations import Planes, Train, Walker
from qkdopt.physics.scenario.entanglement import PairDetector, PairOptics, PairSource
from qkdopt.physics.scenario.finite_key import FiniteKey
from qkdopt.physics.scenario.loss_terms import Clouds, Losses
from qkdopt.physics.scenario.satellites import Label
from qkdopt.physics.scenario.station import OF_PAIRS, OF_SATELLITES, OWN_TABLES, Station
from qkdopt.physics.scenario.values import Part

_TEXT = {"type": "string", "minLength": 1}
_INSTANT = {"type": "string", "format": "date-time"}
_SWITCH_S = {
    "type": "number",
    "minimum": 0,
    "description": "Time to turn from one link to another, exact; at most, with a slew rate",
    "unit": "s",
}
_HORIZON = {
    "type": "object",
    "description": "When: a start, and either an end or a duration.",
    "additionalProperties": False,
    "required": ["start_utc"],
    "properties": {
        "start_utc": {**_INSTANT, "description": "First instant (UTC)"},
        "end_utc": {**_INSTANT, "description": "End (UTC), not included"},
        "duration_days": {
            "type": "number",
            "exclusiveMinimum": 0,
            "maximum": 3660,
            "description": "Length, a whole number of intervals",
            "unit": "d",
        },
        "interval_s": {
            "type": "integer",
            "minimum": 1,
            "maximum": 86400,
            "default": 10,
            "description": "Length of an interval, in which the satellite serves one link",
            "unit": "s",
            "source": "scheduling paper",
        },
        "switch_s": {**_SWITCH_S, "default": 10, "source": "scheduling paper"},
        "ut1_minus_utc_s": {
            "type": "number",
            "minimum": -0.9,
            "maximum": 0.9,
            "default": 0,
            "description": "UT1 - UTC, constant over the horizon",
            "unit": "s",
            "source": "zero: 0.25 s turn the Earth by 0.001 deg",
        },
    },
    "oneOf": [{"required": ["end_utc"]}, {"required": ["duration_days"]}],
}
_ELEMENTS = {
    "tle": "Two-line elements in place",
    "tle_file": "File of two-line elements, beside the scenario",
    "omm": "Orbit mean-elements message in place, CSV or XML (CCSDS 502.0-B)",
    "omm_file": "File of such a message, beside the scenario",
}
_LIMITS = {
    "ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum",
}  # fmt: skip
_PLUGGED = {
    "type": "object",
    "required": ["name"],
    "properties": {"name": _TEXT},
    "additionalProperties": {"type": ["number", "string", "boolean"]},
}


def _own() -> dict[str, object]:
    """Return what satellites and constellations may have in place of the scenario's own."""
    tables = ("source", "optics", "entanglement", "operations")
    return {
        "switch_s": _SWITCH_S,
        **_part(parts.Slew)["properties"],
        **{table: {"$ref": f"#/properties/{table}"} for table in tables},
    }


def _satellite() -> dict[str, object]:
    found = _part(Label)
    ways = {way: {"type": "string", "description": words} for way, words in _ELEMENTS.items()}
    found["description"] = "A satellite and one set of its mean elements, in place or in a file."
    found["properties"] |= {**ways, **_own()}
    found["oneOf"] = [{"required": [way]} for way in _ELEMENTS]
    return found


def _station() -> dict[str, object]:
    """Return a station, whose own tables hold the keys of the common ones that it may have."""
    found = _part(Station)
    found.pop("$defs")
    properties = found["properties"]
    for name, part in OWN_TABLES.items():
        words = properties[name]["description"]
        properties[name] = {"description": words, **_own_keys(name, part)}
    pairs = {name: _own_keys(f"entanglement.{name}", part) for name, part in OF_PAIRS.items()}
    properties["entanglement"] = {
        "type": "object", "description": properties["entanglement"]["description"],
        "additionalProperties": False, "properties": pairs,
    }  # fmt: skip
    return found


def _own_keys(table: str, part: type[Part]) -> dict[str, object]:
    place = "#/properties/" + "/properties/".join(table.split("."))
    keys = [key for key in part.model_fields if key not in OF_SATELLITES.get(table, ())]
    refs = {key: {"$ref": f"{place}/properties/{key}"} for key in keys}
    return {"type": "object", "additionalProperties": False, "properties": refs}


def _pair_link() -> dict[str, object]:
    found = _part(link_parts.PairLink)
    found["required"].remove("name")
    return found


def _constellation(part: type[Part]) -> dict[str, object]:
    found = _part(part)
    epoch = {**_INSTANT, "description": "Epoch of the elements (UTC); the start without it"}
    found["properties"] |= {"epoch_utc": epoch, **_own()}
    return found


def scenario_schema() -> dict[str, Any]:
    """Return the schema (draft 2020-12) of a scenario file whose instants are ISO 8601 text."""
    tables: dict[str, object] = {
        "format": {"const": "qkdopt-scenario"},
        "version": {"const": 1},
        "name": {**_TEXT, "description": "Name of the scenario"},
        "description": {"type": "string", "description": "Text for people"},
        "horizon": _HORIZON,
        "satellite": {"type": "array", "items": _satellite()},
        "constellation": {
            "type": "array",
            "items": {"oneOf": [_constellation(part) for part in (Walker, Train, Planes)]},
        },
        "source": _part(devices.Source),
        "detector": _part(devices.Detector),
        "optics": _part(devices.Optics),
        "atmosphere": _part(parts.Atmosphere),
        "visibility": _part(parts.Visibility),
        "station": {"type": "array", "items": _station(), "minItems": 1},
        "link": {
            "type": "array",
            "items": {"anyOf": [_part(link_parts.Link), _pair_link()]},
            "minItems": 1,
        },
        "operations": {
            "type": "object",
            "description": "Rules of the schedule, on which no key depends: docs/operations.md",
        },
        "clouds": _part(Clouds),
        "losses": _part(Losses),
        "entanglement": _tables(source=PairSource, optics=PairOptics, detector=PairDetector),
        "finite_key": _part(FiniteKey),
        "plugin": {
            "type": "object",
            "additionalProperties": False,
            "properties": {"protocol": _PLUGGED, "loss": {"type": "array", "items": _PLUGGED}},
        },
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "scenario.schema.json",
        "title": "qkdopt scenario, version 1",
        "type": "object",
        "additionalProperties": False,
        "required": ["format", "version", "name", "horizon", "station"],
        "anyOf": [
            {"required": [key], "properties": {key: {"minItems": 1}}}
            for key in ("satellite", "constellation")
        ],
        "properties": tables,
    }


def _tables(**members: type[Part]) -> dict[str, object]:
    properties = {name: _part(part) for name, part in members.items()}
    return {"type": "object", "additionalProperties": False, "properties": properties}


def _part(part: type[Part]) -> dict[str, Any]:
    found: dict[str, Any] = _plain(part.model_json_schema())
    return found


def _plain(schema: object) -> Any:
    """Return pydantic's schema without its titles, nulls (TOML has none) and numbers as text."""
    if isinstance(schema, list):
        return [_plain(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    options = schema.get("anyOf")
    if isinstance(options, list):
        kept = [item for item in options if item.get("type") != "null"]
        if any(item.get("type") == "number" for item in kept):
            kept = [item for item in kept if item.get("type") != "string" or "const" in item]
        rest = {key: value for key, value in schema.items() if key != "anyOf"}
        if len(kept) == 1:
            return _plain({**rest, **kept[0]})
        schema = {**rest, "anyOf": kept}
    return {
        _LIMITS.get(key, key): {name: _plain(item) for name, item in value.items()}
        if key == "properties"
        else _plain(value)
        for key, value in schema.items()
        if not (key == "title" or (key == "default" and value is None))
    }


if __name__ == "__main__":
    print(json.dumps(scenario_schema(), indent=1))
