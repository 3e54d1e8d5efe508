"""Cloud series: what each layout means, gaps by rule, the code at a sample's time."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud_files import START, csv_file, era5_file, himawari_file, ten_minutes
from physics_scenarios import scenario, shorter, tables
from qkdopt import library
from qkdopt.physics import Scenario, compute_keys, load_scenario, parse_scenario
from qkdopt.physics.clouds import Place, read_clouds
from qkdopt.timegrid import TimeGrid

PLACES = (Place("Urumqi", 43.80096, 87.60046), Place("Shanghai", 31.22222, 121.45806))
LAT, LON = np.arange(60.0, -60.1, -5.0), np.arange(80.0, 200.1, 5.0)
NEAREST = ((3, 2), (6, 8))  # 45 N 90 E and 30 N 120 E


def clouded(folder: Path, minutes: int = 1440, **section: object) -> Scenario:
    horizon = {"start_utc": START, "end_utc": START + timedelta(minutes=minutes)}
    return parse_scenario(tables(horizon=horizon, clouds=section), folder=folder)


def grid_of(values: tuple[float, float], rest: float = 99.0) -> np.ndarray:
    """Return a field that has ``values`` at the two nearest cells and ``rest`` elsewhere."""
    field = np.full((LAT.size, LON.size), rest)
    for cell, value in zip(NEAREST, values, strict=True):
        field[cell] = value
    return field


def test_csv_code_holds_for_its_step(tmp_path: Path) -> None:
    rows = ten_minutes(144)
    rows[1] = rows[1].replace("0,0", "99,57.5")
    csv_file(tmp_path / "c.csv", rows)
    found = clouded(tmp_path, format="csv", file="c.csv")
    second = np.array([599, 600, 1199, 1200, 600])
    station = np.array([0, 0, 0, 0, 1])
    assert found.cloud_codes(station, second).tolist() == [0, 99, 99, 0, 57.5]
    assert found.clouds is not None
    assert found.clouds.code.shape == (144, 2)


def test_column_order_and_other_columns_do_not_matter(tmp_path: Path) -> None:
    csv_file(tmp_path / "c.csv", ten_minutes(144, "7,8,9"), "Shanghai,Elsewhere,Urumqi")
    found = clouded(tmp_path, format="csv", file="c.csv")
    assert found.cloud_codes(np.array([0, 1]), np.array([0, 0])).tolist() == [9, 7]


def test_himawari_scans(tmp_path: Path) -> None:
    for k in range(6):
        field = grid_of((12.34, 150.0) if k != 2 else (np.nan, 3.0))
        himawari_file(tmp_path, START + k * timedelta(minutes=10), field, lat=LAT, lon=LON)
    hour = {"format": "himawari-l2", "file": "NC_H08_*.nc"}
    found = clouded(tmp_path, 60, **hour, missing="previous")
    assert found.clouds is not None
    assert found.clouds.code[:, 0] == pytest.approx(np.full(6, 12.34), abs=1e-5)
    assert found.clouds.code[:, 1] == pytest.approx([150, 150, 3, 150, 150, 150], abs=1e-5)
    blocked = clouded(tmp_path, 60, **hour, missing="blocked")
    assert blocked.clouds is not None
    assert blocked.clouds.code[2, 0] == 150
    clear = clouded(tmp_path, 60, **hour, missing="clear")
    assert clear.clouds is not None
    assert clear.clouds.code[2, 0] == 0


def test_himawari_clear_cells_have_no_thickness(tmp_path: Path) -> None:
    kind = np.full((LAT.size, LON.size), 255, dtype="u1")
    kind[NEAREST[0]] = 0
    for k in range(6):
        instant = START + k * timedelta(minutes=10)
        field = grid_of((np.nan, 5.0))
        himawari_file(tmp_path, instant, field, lat=LAT, lon=LON, cloud_type=kind)
    found = clouded(tmp_path, 60, format="himawari-l2", file="*.nc")
    assert found.clouds is not None
    assert found.clouds.code[0] == pytest.approx([0, 5.0], abs=1e-6)


def test_valid_range_is_in_packed_counts(tmp_path: Path) -> None:
    # Count 15,001 is beyond valid_max = 15,000 (which would be 150.01): missing, not an error.
    himawari_file(tmp_path, START, grid_of((150.01, 1.0)), lat=LAT, lon=LON)
    found = clouded(tmp_path, 10, format="himawari-l2", file="*.nc", missing="clear")
    assert found.clouds is not None
    assert found.clouds.code[0] == pytest.approx([0, 1.0], abs=1e-6)


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("time", ["time", "valid_time"])
@pytest.mark.parametrize("lon", [np.arange(0, 360, 30.0), np.arange(-180, 180, 30.0)])
def test_era5_layouts(tmp_path: Path, packed: bool, time: str, lon: np.ndarray) -> None:
    lat = np.arange(60.0, 0, -15.0)
    cover = np.zeros((24, lat.size, lon.size))
    cover[:, 1, lon == 90] = 0.25  # 45 N 90 E
    cover[5, 2, lon == 120] = 1.0  # 30 N 120 E
    dims = (time, "latitude", "longitude")
    era5_file(tmp_path / "e.nc", cover, lat=lat, lon=lon, dims=dims, packed=packed)
    found = clouded(tmp_path, format="era5", file="e.nc")
    codes = found.cloud_codes(np.array([0, 1, 1, 1]), np.array([0, 17999, 18000, 21600]))
    assert codes == pytest.approx([37.5, 0, 150, 0], abs=0.002)


def test_era5_versions(tmp_path: Path) -> None:
    lat, lon = np.arange(60.0, 0, -15.0), np.arange(0, 360, 30.0)
    cover = np.full((24, 2, lat.size, lon.size), 0.2)
    cover[:, 1] = 0.6
    cover[10:, 0] = np.nan  # the final analysis ends, the preliminary one goes on
    cover[:10, 1] = np.nan
    dims = ("valid_time", "expver", "latitude", "longitude")
    era5_file(tmp_path / "e.nc", cover, lat=lat, lon=lon, dims=dims, packed=False)
    found = clouded(tmp_path, format="era5", file="e.nc")
    codes = found.cloud_codes(np.array([0, 0]), np.array([0, 86399]))
    assert codes == pytest.approx([30, 90], abs=1e-4)


def test_several_files_in_any_order(tmp_path: Path) -> None:
    lat, lon = np.arange(60.0, 0, -15.0), np.arange(0, 360, 30.0)
    noon = START + timedelta(hours=12)
    half = np.full((12, lat.size, lon.size), 0.5)
    era5_file(tmp_path / "a.nc", half, lat=lat, lon=lon, start=noon)
    era5_file(tmp_path / "b.nc", 0 * half, lat=lat, lon=lon)
    found = clouded(tmp_path, format="era5", files=["a.nc", "b.nc"])
    assert found.cloud_codes(np.array([1, 1]), np.array([0, 43200])) == pytest.approx(
        [0, 75], abs=0.002
    )


def test_clouds_act_at_the_sample_s_time(tmp_path: Path) -> None:
    clear = compute_keys(shorter(scenario(), seconds=86400))
    blocked_until = int(clear.interval[clear.interval.size // 2]) // 60 * 60  # in intervals
    rows = [
        row.replace("0,0", "150,150") if k < blocked_until // 60 else row
        for k, row in enumerate(ten_minutes(144))
    ]
    csv_file(tmp_path / "c.csv", rows)
    keys = compute_keys(clouded(tmp_path, format="csv", file="c.csv", synthetic=True))
    assert keys.interval.tolist() == [t for t in clear.interval.tolist() if t >= blocked_until]
    late = clear.interval >= blocked_until
    np.testing.assert_array_equal(keys.bits, clear.bits[:, late])
    assert keys.provenance["clouds"].startswith("SYNTHETIC, csv")


def test_constant_series_equals_constant_code(tmp_path: Path) -> None:
    csv_file(tmp_path / "c.csv", ten_minutes(144, "99,30"))
    series = clouded(tmp_path, format="csv", file="c.csv")
    codes = zip(scenario().stations, (99.0, 30.0), strict=True)
    stations = tuple(item.model_copy(update={"cloud_code": code}) for item, code in codes)
    constant = replace(scenario(), stations=stations)
    np.testing.assert_array_equal(compute_keys(series).bits, compute_keys(constant).bits)
    assert series.digest != constant.digest
    assert series.title == series.name


@given(st.lists(st.one_of(st.none(), st.floats(0, 150)), min_size=6, max_size=6))
def test_rules_fill_gaps_and_nothing_else(codes: list[float | None]) -> None:
    import tempfile

    grid = TimeGrid(START, 10, 360)
    cells = ["" if code is None else repr(code) for code in codes]
    rows = [row.replace("0,0", f"{c},0") for row, c in zip(ten_minutes(6), cells, strict=True)]
    with tempfile.TemporaryDirectory() as name:
        csv_file(Path(name) / "c.csv", rows)
        for rule, value in (("clear", 0.0), ("blocked", 150.0)):
            found = read_clouds(
                ["c.csv"], "csv", PLACES, grid, folder=Path(name), where="x", missing=rule
            )
            expected = [value if code is None else code for code in codes]
            assert found.code[:, 0].tolist() == expected


def test_published_week_is_forced_to_the_paper_s_facts() -> None:
    found = load_scenario("micius-china-2016-clouds")
    assert found.title == "micius-china-2016-clouds (synthetic clouds)"
    assert "SYNTHETIC" in found.description
    names = [item.name for item in found.stations]

    def code(city: str, *instant: int) -> float:
        second = round((datetime(2016, 9, *instant, tzinfo=UTC) - START).total_seconds())
        return float(found.cloud_codes(np.array([names.index(city)]), np.array([second]))[0])

    assert code("Xi'an", 23, 16, 36) == 99
    assert code("Chengdu", 23, 16, 36) == 57
    for hour in (12, 16, 20):
        assert code("Xi'an", 24, hour) == code("Chengdu", 24, hour) == 150
        assert code("Wuhan", 24, hour) < 20
    keys = compute_keys(found)
    on_the_24th = (keys.interval >= 5 * 8640) & (keys.interval < 6 * 8640)
    for city in ("Xi'an", "Chengdu"):
        assert not keys.bits[names.index(city)][on_the_24th].any()
    assert keys.bits[names.index("Wuhan")][on_the_24th].any()


def test_published_series_is_the_script_s() -> None:
    folder = library.problem_folder("micius-china-2016-clouds")
    spec = importlib.util.spec_from_file_location("make_clouds", folder / "make_clouds.py")
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    tables = script.tomllib.loads((folder / "scenario.toml").read_text())
    fresh = script.table(tables).splitlines()
    frozen = (folder / "clouds.csv").read_text().splitlines()
    assert fresh[:3] == frozen[:3]
    assert frozen[0].startswith("# SYNTHETIC")
    one, other = (
        np.array([row.split(",")[1:] for row in t[3:]], dtype=int) for t in (fresh, frozen)
    )
    # Rounding of a linear-algebra library may move a code by one.
    assert np.abs(one - other).max() <= 1
