"""Load scenario files: TOML in, a :class:`Scenario` or a one-line error out."""

import math
import warnings
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import Any, TypeVar

from qkdopt.constants import SECONDS_PER_DAY
from qkdopt.documents import read_toml
from qkdopt.errors import Described, InputError
from qkdopt.library import scenario_path
from qkdopt.physics.scenario.devices import Detector, Optics
from qkdopt.physics.scenario.drag import expected_along_track_error_m
from qkdopt.physics.scenario.entanglement import entanglement
from qkdopt.physics.scenario.finite_key import FiniteKey
from qkdopt.physics.scenario.horizon import horizon
from qkdopt.physics.scenario.links import check_links, check_tables, links
from qkdopt.physics.scenario.loss_terms import Losses
from qkdopt.physics.scenario.model import Scenario, ScenarioWarning
from qkdopt.physics.scenario.parts import Atmosphere, Visibility
from qkdopt.physics.scenario.plugin_table import plugins
from qkdopt.physics.scenario.point_tables import checked_table
from qkdopt.physics.scenario.satellite import Satellite
from qkdopt.physics.scenario.satellites import satellites
from qkdopt.physics.scenario.settings import Loaded, changed_tables
from qkdopt.physics.scenario.station_settings import check_stations
from qkdopt.physics.scenario.tables import clouds, source, stations
from qkdopt.physics.scenario.validation import check_keys, plain, table_of, validated
from qkdopt.physics.scenario.values import Part
from qkdopt.tensor import exact_weights
from qkdopt.timegrid import TimeGrid

_Part = TypeVar("_Part", bound=Part)
_FORMAT = "qkdopt-scenario"
_VERSION = 1
_KEYS = (
    "format",
    "version",
    "name",
    "description",
    "horizon",
    "satellite",
    "constellation",
    "source",
    "detector",
    "optics",
    "atmosphere",
    "visibility",
    "station",
    "link",
    "operations",
    "clouds",
    "losses",
    "entanglement",
    "plugin",
    "finite_key",
)
_NO_OBJECT = 0  # catalogue number of constructed elements
_OLDEST_ELEMENTS_DAYS = 14.0
_BAD_CASE = 4


def load_scenario(name_or_path: str | PathLike[str]) -> Scenario:
    """Read a scenario file, or the scenario of a published problem.

    Parameters
    ----------
    name_or_path
        A TOML file, a folder that holds ``scenario.toml``, or a published problem's name.

    Raises
    ------
    InputError
        In one line: file, key, what was given, what was expected.

    Warns
    -----
    ScenarioWarning
        When elements are more than 14 days away from an instant of the horizon, before or
        after; with the error along the track to expect there. Elements of catalogue number 0
        are of a planned orbit and have no age.
    """
    path = scenario_path(name_or_path)
    tables = read_toml(path)
    return parse_scenario(tables, where=str(path), folder=path.parent)


def parse_scenario(
    tables: Mapping[str, object], *, where: str = "scenario", folder: str | PathLike[str] = "."
) -> Scenario:
    """Return the scenario of tables that are already in memory, as TOML would give them.

    Parameters
    ----------
    tables
        Tables and arrays of tables by key, in the layout of a scenario file.
    where
        Prefixed to the key in errors.
    folder
        Where files of elements and clouds are looked for.
    """
    return _parsed(deepcopy(dict(tables)), where, Path(folder), None)


def reparsed(scenario: Scenario, settings: Mapping[str, object]) -> Scenario:
    """Return a scenario with some of its keys set; see `Scenario.with_settings`.

    Cloud files are read again only where the stations, the horizon or their table changed.
    """
    loaded = scenario.loaded
    if loaded is None or not loaded.describes(scenario):
        came = Described("a scenario that was changed after it was loaded")
        raise InputError(scenario.origin, came, "settings before any other change")
    tables = changed_tables(loaded.tables, settings)
    return _parsed(tables, loaded.where, loaded.folder, loaded)


def _parsed(
    tables: Mapping[str, object], where: str, folder: Path, earlier: Loaded | None
) -> Scenario:
    """Return the scenario of tables; clouds that are the same as earlier are not read again."""

    def part(kind: type[_Part], name: str) -> _Part:
        return checked_table(kind, table_of(tables, name, where), f"{where}: {name}", folder)

    check_keys(tables, _KEYS, where)
    _check_format(tables, where)
    name, description = _texts(tables, where)
    horizon_table = table_of(tables, "horizon", where)
    grid, switch_s, ut1_minus_utc_s = horizon(horizon_table, f"{where}: horizon")
    ends = stations(tables, where, folder)
    known = None if earlier is None else earlier.clouds_of(tables, ends, grid)
    scenario = Scenario(
        name=name,
        description=description,
        grid=grid,
        switch_s=switch_s,
        ut1_minus_utc_s=ut1_minus_utc_s,
        satellites=satellites(tables, grid, where, folder),
        stations=ends,
        links=links(tables, ends, where),
        source=source(tables, where),
        detector=validated(Detector, table_of(tables, "detector", where), f"{where}: detector"),
        optics=part(Optics, "optics"),
        atmosphere=part(Atmosphere, "atmosphere"),
        visibility=part(Visibility, "visibility"),
        operations=dict(table_of(tables, "operations", where)),
        clouds=clouds(tables, ends, grid, where, folder, known),
        losses=part(Losses, "losses") if "losses" in tables else None,
        entanglement=entanglement(tables, where, folder),
        plugins=plugins(tables, where),
        finite_key=part(FiniteKey, "finite_key") if "finite_key" in tables else None,
        origin=where,
    )
    check_links(scenario, where)
    check_tables(tables, scenario, where)
    scenario.detector.check(f"{where}: detector")
    check_stations(scenario, where)
    if scenario.weights is not None:
        names = [link.name for link in scenario.links]
        exact_weights(scenario.weights, names, f"{where}: weights")
    for item in scenario.satellites:
        _warn_of_old_elements(item, grid, where)
    if len(scenario.satellites) == 1:
        scenario = scenario.of_satellite(scenario.satellite)
    return replace(scenario, loaded=Loaded(tables, where, folder.resolve(), scenario))


def _check_format(tables: Mapping[str, object], where: str) -> None:
    if tables.get("format") != _FORMAT:
        raise InputError(f"{where}: format", plain(tables.get("format", "nothing")), _FORMAT)
    if tables.get("version") != _VERSION:
        came = plain(tables.get("version", "nothing"))
        raise InputError(f"{where}: version", came, str(_VERSION))


def _texts(tables: Mapping[str, object], where: str) -> tuple[str, str]:
    name = tables.get("name", "")
    if not isinstance(name, str) or not name.strip() or not name.isprintable():
        raise InputError(f"{where}: name", plain(name) or "nothing", "a line of text")
    description = tables.get("description", "")
    if not isinstance(description, str):
        raise InputError(f"{where}: description", plain(description), "text")
    return name.strip(), description.strip()


def _warn_of_old_elements(item: Satellite, grid: TimeGrid, where: str) -> None:
    if item.elements.catalogue_number(where) == _NO_OBJECT:
        return  # a planned orbit: there is nothing that it could have drifted away from
    record = item.elements.satrec(where)
    day, fraction = grid.start_julian_date
    epoch_days = (record.jdsatepoch - day) + (record.jdsatepochF - fraction)
    away = max(abs(epoch_days), abs(grid.duration_s / SECONDS_PER_DAY - epoch_days))
    if away > _OLDEST_ELEMENTS_DAYS:
        message = (
            f"{where}: the elements of {item.name} are {away:.0f} days away from the farthest "
            f"instant of the horizon; along the track, expect {_error_words(record, away)}"
        )
        warnings.warn(message, ScenarioWarning, stacklevel=4)


def _error_words(record: Any, away_days: float) -> str:
    error_km = expected_along_track_error_m(record, away_days) / 1e3
    half_turn_km = math.pi * record.a * record.radiusearthkm
    if _BAD_CASE * error_km > half_turn_km:
        return "an error of up to half a revolution"
    return f"an error of about {error_km:,.0f} km, in bad cases {_BAD_CASE} times that"
