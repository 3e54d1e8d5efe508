"""Values of a scenario by dotted key, their units and bases, and who has values of their own."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

from qkdopt.numerals import exact_decimal

if TYPE_CHECKING:
    from qkdopt.physics import Scenario

_OFF = {"losses": "none", "clouds": "none"}
_SCENARIO = "horizon"


def value_of(scenario: Scenario, key: str) -> object | None:
    """Return the value in use, or ``None`` where the scenario has nothing that it would move."""
    before, star, after = key.partition(".*.")
    if star:
        ends = scenario.stations if before == "station" else scenario.pair_links
        found = {getattr(item, after) for item in ends}
        constant = before != "station" or scenario.clouds is None
        return _of_all(found) if constant and found != {None} else None
    if key == "clouds":
        return None if scenario.clouds is None else scenario.clouds.label
    if key == "atmosphere.cloud_model":
        cloudy = scenario.clouds is not None or any(s.cloud_code for s in scenario.stations)
        return scenario.atmosphere.cloud_model if cloudy else None
    if _has_table(scenario, key):
        return None
    if key == "horizon.switch_s":
        return None if scenario.slew is not None else float(scenario.switch_s)
    by_night = not {"station-night", "any-night"}.isdisjoint(scenario.visibility.darkness)
    if key == "visibility.station_sun_below_deg" and not by_night:
        return None
    table, _, rest = key.partition(".")
    holder: object = scenario if table == _SCENARIO else getattr(scenario, table)
    if holder is None:
        return _OFF.get(table)
    for name in rest.split("."):
        holder = getattr(holder, name)
    if key == "source.sifting_factor" and scenario.source.basis_bias is not None:
        return None
    return _OFF.get(table) if holder is None else holder


def _has_table(scenario: Scenario, key: str) -> bool:
    """Return whether a table of transmittance stands in place of the key."""
    extinction = ("atmosphere.zenith_extinction_nepers", "atmosphere.extinction_scale_height_m")
    return key in extinction and scenario.atmosphere.transmittance_table is not None


def _of_all(found: set[object]) -> object:
    """Return the only value of a set, or from which to which they are."""
    if len(found) == 1:
        return next(iter(found))
    known = sorted(1.0 if value is None else float(exact_decimal(value)) for value in found)
    return f"{known[0]:g} to {known[-1]:g}"


def unit_of(key: str) -> str:
    """Return the unit of a key, empty where it has none."""
    unit = str(_schema_of(key).get("unit", ""))
    return "" if unit == "1" else unit


def basis_of(key: str, value: object) -> str:
    """Return where a value comes from: the source of the default, or the scenario."""
    if value == "none" and key.partition(".")[0] in _OFF:
        return "default: off"
    known = _schema_of(key)
    default = known.get("default")
    same = value == (tuple(default) if isinstance(default, list | tuple) else default)
    if "default" in known and same:
        return f"default: {known['source']}" if "source" in known else "default"
    return "the scenario"


def owners_of(scenario: Scenario, key: str) -> tuple[str, ...]:
    """Return the stations and satellites with a value of their own in place of the common one."""
    table, _, rest = key.partition(".")
    if "*" in key or table in ("horizon", "clouds"):
        return ()
    common = _walked(getattr(scenario, table), rest)
    found = [
        station.name
        for station in scenario.stations
        if hasattr(settings := scenario.at(station.name), table)
        and _walked(getattr(settings, table), rest) != common
    ]
    own = [item for item in scenario.satellites if table in item.own]
    found += [i.name for i in own if _walked(dict(i.own)[table], rest) != common]
    return tuple(found)


def _walked(holder: object, path: str) -> object:
    for name in path.split("."):
        holder = None if holder is None else getattr(holder, name)
    return holder


@cache
def _schema() -> Mapping[str, object]:
    from qkdopt.physics.scenario.schema import scenario_schema

    return scenario_schema()


def _schema_of(key: str) -> Mapping[str, object]:
    """Return what the schema says of a key; nothing where it is no single one."""
    here = _schema()
    for name in key.split("."):
        if name == "*":
            here = _member(here, "items")
            kinds = here.get("anyOf")
            here = kinds[-1] if isinstance(kinds, list) else here  # of links: those of pairs
        else:
            here = _member(_member(here, "properties"), name)
    return here


def _member(schema: Mapping[str, object], name: str) -> Mapping[str, object]:
    found = schema.get(name)
    return found if isinstance(found, Mapping) else {}
