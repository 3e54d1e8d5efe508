"""Cloud files that cannot be used: one line with file, variable, expectation."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cloud_files import START, csv_file, era5_file, himawari_file, ten_minutes
from physics_scenarios import TABLES, tables
from qkdopt.errors import InputError
from qkdopt.physics import parse_scenario

LAT, LON = np.arange(60.0, 0, -15.0), np.arange(0, 360, 30.0)
DAY = np.full((24, LAT.size, LON.size), 0.5)
FIELD = np.full((LAT.size, LON.size), 5.0)
CSV = {"format": "csv", "file": "c.csv"}
ERA5 = {"format": "era5", "file": "e.nc"}
HIMAWARI = {"format": "himawari-l2", "file": "*.nc"}


def complaint(folder: Path, section: Any, **more: Any) -> str:
    horizon = {"start_utc": START, "duration_days": 1}
    with pytest.raises(InputError) as caught:
        parse_scenario(tables(horizon=horizon, clouds=section, **more), folder=folder)
    text = str(caught.value)
    assert "\n" not in text
    return text


def rows(change: Callable[[list[str]], object]) -> list[str]:
    found = ten_minutes(144)
    change(found)
    return found


CSV_CASES: dict[str, tuple[list[str], tuple[str, ...]]] = {
    "wrong week": (
        ten_minutes(144, start=START + timedelta(days=7)),
        ("c.csv", "2016-09-26", "codes from 2016-09-19T00:00:00Z"),
    ),
    "ends early": (ten_minutes(143), ("c.csv", "Urumqi", "2016-09-19T23:50:00Z", "missing =")),
    "gap": (rows(lambda r: r.pop(7)), ("c.csv", "no code at 2016-09-19T01:10:00Z")),
    "empty cell": (
        rows(lambda r: r.__setitem__(3, r[3].replace("0,0", "0,"))),
        ("Shanghai", "no code at 2016-09-19T00:30:00Z"),
    ),
    "times out of order": (
        rows(lambda r: r.insert(5, r.pop(9))),
        ("c.csv", "time", "increasing times"),
    ),
    "twice": (rows(lambda r: r.insert(5, r[5])), ("time", "increasing times")),
    "odd step": (
        rows(lambda r: r.__setitem__(5, r[5].replace("50:00", "52:00"))),
        ("whole multiples of the step",),
    ),
    "too high": (
        rows(lambda r: r.__setitem__(3, r[3].replace("0,0", "151,0"))),
        ("Urumqi at 2016-09-19T00:30:00Z", "got 151.0, expected 0 <= code <= 150"),
    ),
    "negative": (
        rows(lambda r: r.__setitem__(3, r[3].replace("0,0", "0,-1"))),
        ("Shanghai", "0 <= code <= 150"),
    ),
    "no number": (
        rows(lambda r: r.__setitem__(3, r[3].replace("0,0", "0,thin"))),
        ("line 6: Shanghai", "got thin"),
    ),
    "nan": (
        rows(lambda r: r.__setitem__(3, r[3].replace("0,0", "nan,0"))),
        ("line 6: Urumqi", "got nan"),
    ),
    "no instant": (
        rows(lambda r: r.__setitem__(3, "yesterday,0,0")),
        ("line 6: time_utc", "yesterday"),
    ),
    "short row": (rows(lambda r: r.__setitem__(3, r[3][:-2])), ("line 6", "2 cells")),
    "nothing": ([], ("c.csv", "no instants")),
}


@pytest.mark.parametrize("case", CSV_CASES)
def test_csv(tmp_path: Path, case: str) -> None:
    lines, words = CSV_CASES[case]
    csv_file(tmp_path / "c.csv", lines)
    text = complaint(tmp_path, CSV)
    for word in words:
        assert word in text


def test_csv_without_a_station_s_column(tmp_path: Path) -> None:
    csv_file(tmp_path / "c.csv", ten_minutes(144), "Urumqi,Shangai")
    assert "c.csv: Shanghai: got 'no such column'" in complaint(tmp_path, CSV)
    (tmp_path / "c.csv").write_bytes(b"\xff\xfe")
    assert "unreadable" in complaint(tmp_path, CSV)


def test_previous_needs_a_first_code(tmp_path: Path) -> None:
    csv_file(tmp_path / "c.csv", ten_minutes(144)[1:])
    text = complaint(tmp_path, {**CSV, "missing": "previous"})
    assert "no code at 2016-09-19T00:00:00Z" in text


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": "cc"}, ("e.nc: variable tcc", "got cc")),
        ({"scale": False}, ("e.nc: tcc", "without scale_factor")),
        ({"lat": LAT - 60}, ("e.nc: tcc: Urumqi", "a station on the grid", "latitude -45 to 0")),
        ({"start": START + timedelta(days=7)}, ("e.nc", "2016-09-26", "horizon")),
        ({"cover": 3 * DAY, "packed": False}, ("e.nc: tcc", "0 <= tcc <= 1")),
        ({"cover": np.nan * DAY, "packed": False}, ("e.nc", "no code at")),
    ],
)
def test_era5(tmp_path: Path, change: dict[str, Any], words: tuple[str, ...]) -> None:
    settings = {"cover": DAY, "lat": LAT, "lon": LON, **change}
    era5_file(tmp_path / "e.nc", settings.pop("cover"), **settings)
    text = complaint(tmp_path, ERA5)
    for word in words:
        assert word in text


def test_era5_twice_the_same_hours(tmp_path: Path) -> None:
    for name in ("a.nc", "b.nc"):
        era5_file(tmp_path / name, DAY, lat=LAT, lon=LON)
    text = complaint(tmp_path, {"format": "era5", "file": "*.nc"})
    assert "2016-09-19T00:00:00Z in two files" in text


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": "CLTT"}, ("variable CLOT", "got CLTT")),
        ({"packed": False}, ("CLOT", "int16 without scale_factor")),
        ({"lon": LON / 10}, ("CLOT: Urumqi", "a station on the grid", "longitude 0 to 33")),
    ],
)
def test_himawari(tmp_path: Path, change: dict[str, Any], words: tuple[str, ...]) -> None:
    himawari_file(tmp_path, START, FIELD, **{"lat": LAT, "lon": LON, **change})
    text = complaint(tmp_path, HIMAWARI)
    for word in words:
        assert word in text


def test_himawari_with_another_name(tmp_path: Path) -> None:
    himawari_file(tmp_path, START, FIELD, lat=LAT, lon=LON).rename(tmp_path / "scan.nc")
    assert "NC_H08_YYYYMMDD_hhmm_L2CLP" in complaint(tmp_path, HIMAWARI)


def test_no_netcdf_at_all(tmp_path: Path) -> None:
    (tmp_path / "e.nc").write_text("not a grid")
    assert "expected a NetCDF file" in complaint(tmp_path, ERA5).replace("'", "")


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ({"format": "csv"}, "one of file and files"),
        ({**CSV, "files": ["c.csv"]}, "one of file and files"),
        ({**CSV, "file": "absent.csv"}, "no file absent.csv"),
        ({**CSV, "missing": "guess"}, "refuse or previous or clear or blocked"),
        ({**CSV, "format": "grib"}, "csv or himawari-l2 or era5"),
        ({**CSV, "stations": 2}, "unknown key stations"),
        ([CSV], "a table [clouds]"),
    ],
)
def test_the_table_itself(tmp_path: Path, section: Any, words: str) -> None:
    assert words in complaint(tmp_path, section)


def test_constant_code_beside_a_series(tmp_path: Path) -> None:
    csv_file(tmp_path / "c.csv", ten_minutes(144))
    station = [{**TABLES["station"][0], "cloud_code": 3}, TABLES["station"][1]]
    text = complaint(tmp_path, CSV, station=station)
    assert "station[0].cloud_code" in text
