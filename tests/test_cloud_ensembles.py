"""Ensembles of skies from files: what each layout means, and members that do not fit together."""

from __future__ import annotations

import random
import re
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from cloud_files import START, csv_file, era5_file, ten_minutes
from physics_scenarios import tables
from qkdopt.errors import InputError
from qkdopt.physics import parse_scenario
from qkdopt.physics.clouds import CloudEnsemble, Place
from qkdopt.physics.clouds.ensemble_files import read_ensemble
from qkdopt.timegrid import TimeGrid

PLACES = (Place("Urumqi", 43.80096, 87.60046), Place("Shanghai", 31.22222, 121.45806))
GRID = TimeGrid(START, 10, 8640)
LAT, LON = np.arange(60.0, 0, -15.0), np.arange(0, 360, 30.0)
MEMBERS = ("valid_time", "number", "latitude", "longitude")


def read(*files: Path, missing: str = "refuse") -> CloudEnsemble:
    return read_ensemble(files, PLACES, GRID, missing=missing)


def covers(*by_member: float, hours: int = 24, lat: np.ndarray = LAT) -> np.ndarray:
    """Return fields of one cover each, shape (hours, members, latitudes, longitudes)."""
    shape = (hours, len(by_member), lat.size, LON.size)
    return np.broadcast_to(np.array(by_member)[None, :, None, None], shape)


def era5(path: Path, *by_member: float, **changes: object) -> Path:
    start = START + timedelta(hours=int(changes.pop("after", 0)))
    lat = changes.pop("lat", LAT)
    cover = covers(*by_member, hours=int(changes.pop("hours", 24)), lat=lat)
    return era5_file(path, cover, lat=lat, lon=LON, dims=MEMBERS, packed=False, start=start)


def rows(path: Path, codes: dict[str, float], *, without: str = "") -> Path:
    """Write the same code at every instant and station of a member."""
    lines = [
        f"{member},{START + k * timedelta(minutes=10):%Y-%m-%dT%H:%M:%SZ},{place.name},{code}"
        for member, code in codes.items()
        for k in range(144)
        for place in PLACES
    ]
    kept = [line for line in lines if not without or without not in line]
    path.write_text("\n".join(["# a comment", "member,time_utc,station,code", *kept]) + "\n")
    return path


def forecast(path: Path, cover: np.ndarray, **changes: object) -> Path:
    """Write what cfgrib makes of a forecast: number, step, one reference time, per cent."""
    hours = np.arange(cover.shape[1]) * 3
    reference = np.datetime64(START.replace(tzinfo=None), "ns")
    facts = {"units": "%", **changes}
    data = xr.DataArray(
        cover.astype(np.float32),
        dims=("number", "step", "latitude", "longitude"),
        coords={
            "number": np.arange(1, len(cover) + 1),
            "step": ("step", hours, {"units": "hours"}),
            "time": reference,
            "valid_time": ("step", reference + hours.astype("timedelta64[h]")),
            "latitude": LAT,
            "longitude": LON,
        },
        attrs=facts,
        name="tcc",
    )
    data.to_netcdf(path, engine="netcdf4")
    return path


def test_members_of_era5(tmp_path: Path) -> None:
    found = read(era5(tmp_path / "e.nc", 0.2, 0.6, 1.0))
    assert found.code.shape == (3, 24, 2)
    assert found.code[:, 5, 1] == pytest.approx([30, 90, 150], abs=1e-4)
    assert found.step_s == 3600
    assert not found.synthetic
    assert "3 members" in found.label


def test_one_member_that_is_no_dimension(tmp_path: Path) -> None:
    dims = ("time", "latitude", "longitude")
    for name, cover in (("a.nc", 0.2), ("b.nc", 0.6)):
        field = np.full((24, LAT.size, LON.size), cover)
        era5_file(tmp_path / name, field, lat=LAT, lon=LON, dims=dims, packed=False)
    found = read(tmp_path / "a.nc", tmp_path / "b.nc")
    assert found.code[:, 0, 0] == pytest.approx([30, 90], abs=1e-4)


@pytest.mark.parametrize("units", ["%", "1"])
def test_forecasts_by_step(tmp_path: Path, units: str) -> None:
    full = 100.0 if units == "%" else 1.0
    cover = np.zeros((3, 9, LAT.size, LON.size))
    cover[1, 4] = full / 2
    cover[2] = full
    found = read(forecast(tmp_path / "f.nc", cover, units=units))
    assert found.step_s == 3 * 3600
    start, second, station = GRID.start_utc, np.array([43199, 43200, 54000]), np.zeros(3, int)
    codes = found.codes_at(start, second, station)
    assert codes.tolist() == [[0, 0, 0], [0, 75, 0], [150, 150, 150]]


def test_a_forecast_of_the_new_store(tmp_path: Path) -> None:
    """There the reference time is a dimension, and instants have two."""
    whole = xr.load_dataset(
        forecast(tmp_path / "f.nc", np.full((2, 9, LAT.size, LON.size), 50.0)), decode_times=False
    )
    names = {"time": "forecast_reference_time", "step": "forecast_period"}
    wide = whole.rename(names).expand_dims("forecast_reference_time", axis=1)
    valid = whole["valid_time"].variable
    wide = wide.assign_coords(
        valid_time=(tuple(names.values()), valid.values[np.newaxis], valid.attrs)
    )
    wide.to_netcdf(tmp_path / "g.nc")
    assert read(tmp_path / "g.nc").code.mean() == pytest.approx(75.0)
    xr.concat([wide, wide], "forecast_reference_time").to_netcdf(tmp_path / "h.nc")
    with pytest.raises(InputError, match="expected those of one forecast in a file"):
        read(tmp_path / "h.nc")


def test_members_of_the_new_store(tmp_path: Path) -> None:
    """There ``expver`` is text along the instants, and members come first."""
    hours = np.datetime64(START.replace(tzinfo=None), "ns") + np.arange(8) * np.timedelta64(3, "h")
    data = xr.DataArray(
        np.full((10, 8, LAT.size, LON.size), 0.5, np.float32),
        dims=("number", "valid_time", "latitude", "longitude"),
        coords={
            "number": np.arange(10.0),
            "valid_time": hours,
            "expver": ("valid_time", ["0001"] * 8),
            "latitude": LAT,
            "longitude": LON,
        },
        attrs={"units": "(0 - 1)"},
        name="tcc",
    )
    data.to_netcdf(tmp_path / "m.nc")
    found = read(tmp_path / "m.nc")
    assert found.code.shape == (10, 8, 2)
    assert (found.code == 75).all()


def test_rows_of_members(tmp_path: Path) -> None:
    found = read(rows(tmp_path / "c.csv", {"control": 7, "late": 99.5}))
    assert found.code.shape == (2, 144, 2)
    assert found.code[:, 3, 0].tolist() == [7, 99.5]


def test_order_of_rows_and_columns_does_not_matter(tmp_path: Path) -> None:
    path = rows(tmp_path / "c.csv", {"a": 7, "b": 99})
    _, header, *lines = path.read_text().splitlines()
    turned = [",".join(line.split(",")[::-1]) for line in [header, *lines[::-1]]]
    (tmp_path / "d.csv").write_text("\n".join([*turned, "1,Elsewhere,2016-09-19,a"]) + "\n")
    assert np.array_equal(read(tmp_path / "d.csv").code[::-1], read(path).code)


def test_each_file_is_a_member(tmp_path: Path) -> None:
    files = [csv_file(tmp_path / f"{k}.csv", ten_minutes(144, f"{k},9")) for k in range(3)]
    assert read(*files).code[:, 0].tolist() == [[0, 9], [1, 9], [2, 9]]


def test_each_file_is_a_part_of_time(tmp_path: Path) -> None:
    late = era5(tmp_path / "b.nc", 0.6, 1.0, hours=12, after=12)
    found = read(late, era5(tmp_path / "a.nc", 0.0, 0.2, hours=12))
    assert found.code[:, [0, 12], 0] == pytest.approx(np.array([[0, 90], [30, 150]]), abs=1e-4)


def test_members_of_several_files(tmp_path: Path) -> None:
    one, two = rows(tmp_path / "a.csv", {"1": 5}), rows(tmp_path / "b.csv", {"2": 6, "3": 7})
    assert read(one, two).code[:, 0, 0].tolist() == [5, 6, 7]


@given(
    codes=st.lists(st.lists(st.integers(0, 150), min_size=4, max_size=4), min_size=1, max_size=4),
    files=st.integers(1, 3),
    rng=st.randoms(use_true_random=False),
)
def test_rows_may_lie_in_any_order_in_any_files(
    codes: list[list[int]], files: int, rng: random.Random, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Two half days of two stations, for each of up to four members."""
    folder = tmp_path_factory.mktemp("rows")
    lines = [
        f"{member},2016-09-19T{12 * half:02}:00:00Z,{PLACES[n].name},{own[2 * half + n]}"
        for member, own in enumerate(codes)
        for half in (0, 1)
        for n in (0, 1)
    ]
    # A file has all stations of the members and instants in it.
    parts: list[list[str]] = [[] for _ in range(files)]
    for pair in range(0, len(lines), 2):
        rng.choice(parts).extend(lines[pair : pair + 2])
    written = []
    for number, part in enumerate(filter(None, parts)):
        rng.shuffle(part)
        written.append(folder / f"{number}.csv")
        written[-1].write_text("\n".join(["member,time_utc,station,code", *part]) + "\n")
    found = read(*written)
    assert found.step_s == 12 * 3600
    order = [part.split(",")[0] for file in written for part in file.read_text().split()[1:]]
    expected = [codes[int(member)] for member in dict.fromkeys(order)]
    assert found.code.reshape(len(codes), 4).tolist() == expected


def test_gaps_are_filled_by_rule_in_each_member(tmp_path: Path) -> None:
    path = rows(tmp_path / "c.csv", {"a": 7, "b": 99})
    lines = path.read_text().splitlines()
    lines[-1] = lines[-1].replace("99", "")
    path.write_text("\n".join(lines))
    with pytest.raises(InputError, match="member b: Shanghai: got 'no code at 2016-09-19T23:50"):
        read(path)
    assert read(path, missing="clear").code[:, -1].tolist() == [[7, 7], [99, 0]]


REFUSED = {
    "other instants": "a.csv: member b: got no code at 2016-09-19T05:00:00Z, "
    "expected the instants of member a",
    "no station": "a.csv: member b: Shanghai: got 'no rows', expected rows for every station",
    "no station at all": "a.csv: got no row for a station of the scenario, expected rows for Urum",
    "folder": "away: got a folder, expected clouds that end in",
    "twice": "line 291: got 'Urumqi at 2016-09-19T00:00:00Z again', expected each code",
    "nameless": "line 3: got no member, expected a name or number in each row",
    "grid": "b.nc: tcc.*: got a grid of 10 x 30 deg, expected that of .*a.nc: tcc, 15 x 30 deg",
    "cell": "b.nc: tcc.*: got a nearest cell at 44, 90 deg, expected 45, 90 deg as of .*a.nc",
    "span": "b.nc: tcc: member 5: got no code at 2016-09-19T23:00:00Z, expected the instants",
    "instant twice": "in two files",
    "ending": "c.grib: got .grib, expected clouds that end in .csv or .nc",
    "absent": "d.nc: file not found",
    "percent": "got 50.0, expected 0 <= tcc <= 1, or units %",
    "member twice": "number: got '0, 0', expected each member once",
    "missing instant": "valid_time: got 'a missing instant', expected instants",
    "number of instants": "number: got '0, 1, 2, .*, expected each member once",
    "outside": "f.csv.*got '2015-09-19T00:00:00Z to",
}


def refused(name: str, folder: Path) -> list[Path]:
    match name:
        case "other instants":
            return [rows(folder / "a.csv", {"a": 1, "b": 2}, without="b,2016-09-19T05:00")]
        case "no station":
            path = rows(folder / "a.csv", {"a": 1, "b": 2})
            kept = [x for x in path.read_text().splitlines() if not re.match("b.*Shanghai", x)]
            path.write_text("\n".join(kept))
            return [path]
        case "no station at all":
            path = rows(folder / "a.csv", {"a": 1})
            path.write_text(path.read_text().replace("Urumqi", "X").replace("Shanghai", "Y"))
            return [path]
        case "folder":
            (folder / "away").mkdir()
            return [folder / "away"]
        case "twice":
            path = rows(folder / "a.csv", {"a": 1})
            path.write_text(path.read_text() + "a,2016-09-19T00:00:00Z,Urumqi,1\n")
            return [path]
        case "nameless":
            return [rows(folder / "a.csv", {" ": 1})]
        case "grid" | "cell":
            lat = np.arange(60.0, 0, -10.0) if name == "grid" else np.arange(59.0, 0, -15.0)
            one = era5(folder / "a.nc", 0.2)
            other = era5(folder / "b.nc", 0.2, 0.4, lat=lat)
            return [one, other]
        case "span":
            long, short = folder / "a.nc", folder / "b.nc"
            era5(long, 0.2)
            era5(short, 0.1, hours=23)
            whole = xr.load_dataset(short).assign_coords(number=[5])
            whole.to_netcdf(short)
            return [long, short]
        case "instant twice":
            return [era5(folder / "a.nc", 0.1, 0.2), era5(folder / "b.nc", 0.1, 0.2)]
        case "ending":
            (folder / "c.grib").write_bytes(b"GRIB")
            return [folder / "c.grib"]
        case "percent":
            return [forecast(folder / "f.nc", np.full((2, 9, 4, 12), 50.0), units="1")]
        case "member twice":
            whole = xr.load_dataset(era5(folder / "a.nc", 0.1, 0.2))
            whole.assign_coords(number=[0, 0]).to_netcdf(folder / "b.nc")
            return [folder / "b.nc"]
        case "missing instant":
            whole = xr.load_dataset(era5(folder / "a.nc", 0.1, 0.2))
            instants = whole.valid_time.values.copy()
            instants[3] = np.datetime64("NaT", "ns")
            whole.assign_coords(valid_time=instants).to_netcdf(folder / "b.nc")
            return [folder / "b.nc"]
        case "number of instants":
            whole = xr.load_dataset(era5(folder / "a.nc", 0.1, 0.2))
            whole.assign_coords(number=("valid_time", np.arange(24))).to_netcdf(folder / "b.nc")
            return [folder / "b.nc"]
        case "outside":
            early = START - timedelta(days=366)
            return [csv_file(folder / "f.csv", ten_minutes(144, "1,9", early))]
        case _:
            return [folder / "d.nc"]


@pytest.mark.parametrize("name", REFUSED)
def test_what_does_not_fit_is_refused_by_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=REFUSED[name]) as caught:
        read(*refused(name, tmp_path))
    assert "\n" not in str(caught.value)


def test_a_scenario_s_own_sky_is_no_ensemble(tmp_path: Path) -> None:
    era5(tmp_path / "e.nc", 0.2, 0.6)
    horizon = {"start_utc": START, "duration_days": 1}
    with pytest.raises(InputError, match=r"e\.nc: number: got 2 members, expected one sky"):
        parse_scenario(
            tables(horizon=horizon, clouds={"format": "era5", "file": "e.nc"}), folder=tmp_path
        )
