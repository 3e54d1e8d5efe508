"""Geometry against Skyfield: 0.02 deg, 0.2 km, and 0.01 deg of the Sun."""

from __future__ import annotations

import csv
import math
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from sgp4.api import Satrec
from skyfield.api import EarthSatellite, load, wgs84

from physics_scenarios import LINE_1, LINE_2, START
from qkdopt.physics import load_scenario
from qkdopt.physics.orbit import (
    Access,
    geodetic_to_earth_fixed,
    in_umbra,
    look_angles,
    propagate,
    sun_elevation,
    teme_to_earth_fixed,
)
from qkdopt.timegrid import TimeGrid

GRID = TimeGrid(START, 10, 60480)
DAY = GRID.start_julian_date[0]
SATREC = Satrec.twoline2rv(LINE_1, LINE_2)
REFERENCE = Path(__file__).parent / "data" / "geometry_skyfield.csv"
PLACES = {
    "north pole": (90.0, 0.0, 0.0),
    "south pole": (-90.0, 45.0, 2800.0),
    "date line east": (10.0, -179.9999, 0.0),
    "date line west": (-16.5, 180.0, 10.0),
    "equator": (0.0, 0.0, 0.0),
    "Sydney": (-33.87, 151.21, 58.0),
    "Punta Arenas": (-53.16, -70.91, 34.0),
    "Lhasa": (29.65, 91.1, 3650.0),
}


def ours(
    place: tuple[float, float, float], seconds: np.ndarray, ut1: float = 0.0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    station, axes = geodetic_to_earth_fixed(
        math.radians(place[0]), math.radians(place[1]), place[2]
    )
    position, _, fractions = propagate(SATREC, GRID, seconds, "test")
    fixed = teme_to_earth_fixed(position, DAY, fractions, ut1)
    return look_angles(fixed, station, axes)


def skyfields(
    place: tuple[float, float, float], seconds: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    ts = load.timescale(builtin=True)
    satellite = EarthSatellite(LINE_1, LINE_2, ts=ts)
    times = ts.from_datetimes([START + timedelta(seconds=float(s)) for s in seconds])
    elevation, azimuth, distance = (
        (satellite - wgs84.latlon(*place[:2], elevation_m=place[2])).at(times).altaz()
    )
    return elevation.degrees, azimuth.degrees, distance.km, times.dut1


def angle_between(a1: np.ndarray, e1: np.ndarray, a2: np.ndarray, e2: np.ndarray) -> np.ndarray:
    def vector(azimuth: np.ndarray, elevation: np.ndarray) -> np.ndarray:
        c = np.cos(elevation)
        return np.stack([c * np.sin(azimuth), c * np.cos(azimuth), np.sin(elevation)])

    chord = np.linalg.norm(vector(a1, e1) - vector(a2, e2), axis=0)
    return np.degrees(2 * np.arcsin(chord / 2))


def reference_rows() -> dict[str, list[dict[str, str]]]:
    rows = defaultdict(list)
    with REFERENCE.open(encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            rows[row["city"]].append(row)
    return rows


def test_reference_table() -> None:
    stations = {item.name: item for item in load_scenario("micius-china-2016").stations}
    rows = reference_rows()
    assert sum(map(len, rows.values())) == 451
    for city, table in rows.items():
        station = stations[city]
        instants = [datetime.fromisoformat(row["time_utc"]) for row in table]
        seconds = np.array([(instant - START).total_seconds() for instant in instants])
        place = (station.lat_deg, station.lon_deg, station.alt_m)
        elevation, azimuth, range_m = ours(place, seconds)
        column = {key: np.array([float(row[key]) for row in table]) for key in list(table[0])[2:]}
        np.testing.assert_allclose(np.degrees(elevation), column["elevation_deg"], atol=0.02)
        np.testing.assert_allclose(range_m / 1e3, column["range_km"], atol=0.2)
        turn = (np.degrees(azimuth) - column["azimuth_deg"] + 180) % 360 - 180
        assert np.all(np.abs(turn) * np.cos(elevation) < 0.02)
        _, axes = geodetic_to_earth_fixed(station.latitude_rad, station.longitude_rad, 0.0)
        sun = sun_elevation(DAY, seconds / 86400.0, axes)
        np.testing.assert_allclose(np.degrees(sun), column["sun_elevation_deg"], atol=0.01)


def test_reference_umbra() -> None:
    # Skyfield's shadow is that of the Sun's centre, ours the cone of its whole disc: the two
    # differ only between umbra and cylinder, which a low orbit crosses in under ten seconds.
    table = [row for rows in reference_rows().values() for row in rows]
    seconds = np.array(
        [(datetime.fromisoformat(row["time_utc"]) - START).total_seconds() for row in table]
    )
    position, _, fractions = propagate(SATREC, GRID, seconds, "test")
    dark = in_umbra(position, DAY, fractions)
    sunlit = np.array([row["sat_sunlit"] == "1" for row in table])
    assert not np.any(dark & sunlit)
    assert np.mean(dark == ~sunlit) > 0.98


@pytest.mark.parametrize("name", PLACES)
def test_places_where_formulas_break(name: str) -> None:
    seconds = np.arange(0.0, 86400.0, 97.0)
    elevation, azimuth, range_km, dut1 = skyfields(PLACES[name], seconds)
    for ut1, angle_limit, range_limit in ((0.0, 0.02, 0.2), (float(dut1[0]), 1e-3, 0.02)):
        own_elevation, own_azimuth, own_range = ours(PLACES[name], seconds, ut1)
        np.testing.assert_allclose(np.degrees(own_elevation), elevation, atol=angle_limit)
        np.testing.assert_allclose(own_range / 1e3, range_km, atol=range_limit)
        apart = angle_between(
            own_azimuth, own_elevation, np.radians(azimuth), np.radians(elevation)
        )
        assert apart.max() < angle_limit


def test_zenith_and_horizon() -> None:
    # A station right below the satellite, and one from which it stands on the horizon.
    ts = load.timescale(builtin=True)
    instant = datetime(2016, 9, 23, 16, 36, tzinfo=UTC)
    seconds = np.array([(instant - START).total_seconds()])
    below = wgs84.subpoint_of(EarthSatellite(LINE_1, LINE_2, ts=ts).at(ts.from_datetime(instant)))
    here = (below.latitude.degrees, below.longitude.degrees, 0.0)
    elevation, _, _ = ours(here, seconds, float(ts.from_datetime(instant).dut1))
    assert np.degrees(elevation[0]) > 89.99
    for offset in (5.0, 20.0, 22.0, 25.0, 80.0):
        place = (here[0] - offset, here[1], 0.0)
        reference, _, range_km, _ = skyfields(place, seconds)
        elevation, _, range_m = ours(place, seconds)
        assert np.degrees(elevation[0]) == pytest.approx(float(reference[0]), abs=0.02)
        assert range_m[0] / 1e3 == pytest.approx(float(range_km[0]), abs=0.2)


@pytest.mark.parametrize("ut1_minus_utc_s", [-0.9, 0.0, 0.9])
def test_the_search_turns_the_earth_by_ut1_like_the_frames(ut1_minus_utc_s: float) -> None:
    whole = replace(load_scenario("micius-china-2016"), ut1_minus_utc_s=ut1_minus_utc_s)
    access = Access(whole)
    sight = max(map(access.samples, access.blocks()), key=lambda one: one.second.size)
    first = int(sight.station[0])
    station = whole.stations[first]
    mine = sight.station == first
    elevation, _, distance = ours(
        (station.lat_deg, station.lon_deg, station.alt_m), sight.second[mine] + 0.5, ut1_minus_utc_s
    )
    # 0.9 s turn the station by 350 m; interpolation is good to centimetres.
    np.testing.assert_allclose(sight.range_m[mine], distance, atol=0.1)
    np.testing.assert_allclose(sight.elevation_rad[mine], elevation, atol=1e-6)
