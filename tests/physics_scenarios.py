"""Scenarios that several tests of the physics tower start from."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sgp4.api import Satrec
from sgp4.exporter import export_tle

from qkdopt.physics import Scenario, parse_scenario
from qkdopt.timegrid import TimeGrid

LINE_1 = "1 41731U 16051A   16266.82653160  .00002347  00000-0  10105-3 0  9997"
LINE_2 = "2 41731  97.3660 181.9185 0014904 125.7922 319.2797 15.23497871  5806"
START = datetime(2016, 9, 19, tzinfo=UTC)

TABLES: dict[str, Any] = {
    "format": "qkdopt-scenario",
    "version": 1,
    "name": "two cities",
    "horizon": {"start_utc": START, "duration_days": 1},
    "satellite": [{"name": "Micius", "tle": f"{LINE_1}\n{LINE_2}\n"}],
    "station": [
        {"name": "Urumqi", "lat_deg": 43.80096, "lon_deg": 87.60046, "alt_m": 850},
        {"name": "Shanghai", "lat_deg": 31.22222, "lon_deg": 121.45806, "alt_m": 10},
    ],
}


def tables(**changes: Any) -> dict[str, Any]:
    """Return a copy of the tables with some of them replaced."""
    return {**deepcopy(TABLES), **changes}


def scenario(**changes: Any) -> Scenario:
    return parse_scenario(tables(**changes))


def shorter(whole: Scenario, *, start: datetime = START, seconds: int) -> Scenario:
    grid = TimeGrid(start, whole.grid.interval_s, seconds // whole.grid.interval_s)
    return replace(whole, grid=grid)


def with_checksum(line: str) -> str:
    total = sum(int(c) if c.isdigit() else c == "-" for c in line[:68]) % 10
    return line[:68] + str(total)


def edited_tle(number: int | None = None, **elements: float) -> str:
    """Return Micius' element set with other mean elements (radians, radians per minute)."""
    old = Satrec.twoline2rv(LINE_1, LINE_2)
    values = {
        name: elements.get(name, getattr(old, name))
        for name in ("bstar", "ecco", "argpo", "inclo", "mo", "no_kozai", "nodeo")
    }
    epoch = old.jdsatepoch + old.jdsatepochF - 2433281.5
    new = Satrec()
    new.sgp4init(
        1,  # WGS-72
        "i",
        old.satnum if number is None else number,
        epoch,
        values["bstar"],
        0.0,
        0.0,
        values["ecco"],
        values["argpo"],
        values["inclo"],
        values["mo"],
        values["no_kozai"],
        values["nodeo"],
    )
    new.classification, new.intldesg = "U", "16051A"
    return "\n".join(export_tle(new))
