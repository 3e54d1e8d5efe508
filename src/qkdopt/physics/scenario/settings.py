"""Set any key of a scenario by its dotted path: ``station.Graz.optics.receiver_diameter_m``.

A path names tables as the file does, and a station, satellite, constellation or link by its name;
names with dots or blanks stand in quotation marks. Tables in between may be left out where only
one has the key: ``switch_s`` is ``horizon.switch_s``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from qkdopt.errors import Described, InputError
from qkdopt.physics.clouds import CloudSeries
from qkdopt.physics.scenario.setting_paths import Place, dotted, parts_of, place_of
from qkdopt.physics.scenario.station import Station
from qkdopt.physics.scenario.validation import Tables, plain
from qkdopt.timegrid import TimeGrid

if TYPE_CHECKING:
    from qkdopt.physics.scenario.model import Scenario


@dataclass(frozen=True)
class Loaded:
    """What a scenario was parsed from, and the scenario as it was then.

    Attributes
    ----------
    tables
        As TOML gives them.
    where
        Prefixed to keys in errors.
    folder
        Where files of elements and clouds are looked for.
    """

    tables: Tables
    where: str
    folder: Path
    scenario: Scenario

    def describes(self, scenario: Scenario) -> bool:
        """Return whether a scenario is as it was parsed."""
        return scenario == self.scenario and scenario.operations == self.scenario.operations

    def clouds_of(
        self, tables: Tables, stations: Iterable[Station], grid: TimeGrid
    ) -> CloudSeries | None:
        """Return the clouds as they were read, where other tables ask for the same."""
        was = self.scenario
        same = tables.get("clouds") == self.tables.get("clouds") and grid == was.grid
        return was.clouds if same and _sites(stations) == _sites(was.stations) else None


def changed_tables(tables: Tables, settings: Mapping[str, object]) -> Tables:
    """Return a scenario's tables with some keys set; the given tables stay as they are.

    Parameters
    ----------
    settings
        Values by path, as TOML would give them; ``None`` removes a key, so that its default holds.

    Raises
    ------
    InputError
        For a path that is none, names nothing or may mean several keys, and for two of one key.
    """
    found: Tables = _with_all_links(tables, settings)
    earlier: dict[Place, str] = {}
    for path, value in settings.items():
        place = place_of(found, path, whole=value is None or isinstance(value, Mapping | list))
        if place in earlier:
            came = Described(f"{dotted(found, place)} twice")
            raise InputError(f"setting {path}", came, f"it once (also {earlier[place]})")
        earlier[place] = path
    for place, path in sorted(earlier.items(), key=lambda item: _last_first(item[0])):
        found = cast(Tables, _with(found, place, _as_toml(settings[path]), path))
    return found


def _sites(stations: Iterable[Station]) -> list[tuple[str, float, float]]:
    return [(item.name, item.lat_deg, item.lon_deg) for item in stations]


def _with_all_links(tables: Tables, paths: Iterable[str]) -> Tables:
    """Return the tables; with those of the usual links where a path names a link."""
    if "link" in tables or all(parts_of(path)[0] != "link" for path in paths):
        return tables
    ends = [item["name"] for item in tables["station"]]
    return {**tables, "link": [{"name": name, "station": name} for name in ends]}


def _last_first(place: Place) -> list[tuple[int, str]]:
    """Return a key that sorts positions downwards, so that removed rows shift no others."""
    return [(-part, "") if isinstance(part, int) else (0, part) for part in place]


def _with(table: object, place: Place, value: object, path: str) -> object:
    """Return a copy of a table or an array of tables in which one place is another."""
    key, rest = place[0], place[1:]
    items: dict[str | int, object]
    if isinstance(table, list) and isinstance(key, int):
        items = {**dict(enumerate(table))}
    elif isinstance(table, Mapping) and isinstance(key, str):
        items = {**table}
    else:
        raise InputError(f"setting {path}", plain(table), "a table, to have keys")
    if rest:
        items[key] = _with(items.get(key, {}), rest, value, path)
    elif value is None:
        items.pop(key, None)
    else:
        items[key] = value
    return [*items.values()] if isinstance(table, list) else items


def _as_toml(value: object) -> object:
    """Return a value as TOML would give it: no numbers and arrays of NumPy, no tuples."""
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, list | tuple):
        return [_as_toml(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): _as_toml(item) for key, item in value.items()}
    return value
