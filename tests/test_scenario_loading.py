"""Scenario files: what is read, and one line for each thing that cannot be."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from physics_scenarios import LINE_1, LINE_2, START, TABLES, edited_tle, scenario, tables
from qkdopt.errors import InputError
from qkdopt.physics import ScenarioWarning, compute_keys, load_scenario, parse_scenario

STATION = TABLES["station"][0]
SATELLITE = TABLES["satellite"][0]
HORIZON = {"start_utc": START, "end_utc": datetime(2016, 9, 20, tzinfo=UTC)}

TOML = f"""
format = "qkdopt-scenario"
version = 1
name = "small"
[horizon]
start_utc = 2016-09-19T00:00:00Z
duration_days = 0.5
switch_s = 2.50
[[satellite]]
name = "Micius"
tle = '''
    {LINE_1}
    {LINE_2}
'''
[[station]]
name = "A"
lat_deg = 10.5
lon_deg = 20
weight = 0.1
[[station]]
name = "B"
lat_deg = -10
lon_deg = 20
weight = 3
"""


def one_line(error: pytest.ExceptionInfo[Exception]) -> str:
    text = str(error.value)
    assert "\n" not in text
    return text


def test_published_problem() -> None:
    found = load_scenario("micius-china-2016")
    assert found.grid.count == 60480
    assert found.grid.interval_s == 10
    assert len(found.stations) == 11
    assert found.weights is not None
    assert found.weights["Wuhan"] == Decimal("1076.62")
    assert found.detector.vacuum_yield == pytest.approx(1e-7)


def test_file_keeps_decimals_exactly(tmp_path: Path) -> None:
    path = tmp_path / "scenario.toml"
    path.write_text(TOML, encoding="utf-8")
    found = load_scenario(path)
    assert found == replace(load_scenario(tmp_path), origin="elsewhere")
    assert found.weights == {"A": Decimal("0.1"), "B": Decimal("3")}
    assert found.switch_s == Decimal("2.5")
    assert found.grid.duration_s == 43200
    assert found.stations[0].alt_m == 0.0
    assert found.links[1].station == "B"


def test_digest_sees_every_number_but_no_wording() -> None:
    found = scenario()
    assert scenario().digest == found.digest
    assert len(found.digest) == 64
    assert scenario(description="other words").digest == found.digest
    assert parse_scenario(tables(), where="elsewhere").digest == found.digest
    for change in (
        {"optics": {"receiver_diameter_m": 1.2}},
        {"horizon": {**HORIZON, "switch_s": 9}},
        {"horizon": {**HORIZON, "ut1_minus_utc_s": -0.25}},
        {"visibility": {"darkness": ["umbra"]}},
        {"station": [STATION]},
    ):
        assert scenario(**change).digest != found.digest


def test_links_choose_and_name_stations() -> None:
    found = scenario(link=[{"name": "east", "station": "Shanghai"}])
    assert [link.name for link in found.links] == ["east"]
    assert found.station_of(found.links[0]).lat_deg == pytest.approx(31.22222)
    assert found.weights is None


def test_end_and_duration_mean_the_same() -> None:
    assert scenario(horizon=HORIZON).grid == scenario().grid
    text = {"start_utc": "2016-09-19T08:00:00+08:00", "duration_days": 1}
    assert scenario(horizon=text).grid == scenario().grid


BAD: list[tuple[dict[str, Any], str]] = [
    # stations
    (
        {"station": [{**STATION, "lat_deg": Decimal("129.65")}]},
        "s.toml: station[0].lat_deg: got 129.65, expected -90 <= lat_deg <= 90",
    ),
    ({"station": [{**STATION, "lat_deg": 129}]}, "station[0].lat_deg: got 129, expected -90 <="),
    ({"station": [{**STATION, "lon_deg": 180.5}]}, "expected -180 <= lon_deg <= 180"),
    ({"station": [{**STATION, "lat_deg": float("nan")}]}, "station[0].lat_deg: got nan, expected"),
    ({"station": [{**STATION, "lat_deg": Decimal("NaN")}]}, "station[0].lat_deg: got nan"),
    ({"station": [{**STATION, "alt_m": float("inf")}]}, "station[0].alt_m: got inf, expected -500"),
    ({"station": [{**STATION, "lat_deg": "43.8"}]}, "station[0].lat_deg: got '43.8', expected"),
    ({"station": [{**STATION, "lat_deg": True}]}, "station[0].lat_deg: got True, expected"),
    ({"station": [{**STATION, "cloud_code": 151}]}, "expected 0 <= cloud_code <= 150"),
    ({"station": [{**STATION, "weight": -1}]}, "station[0].weight: got -1, expected 0 <= weight"),
    ({"station": [{**STATION, "weight": 0}]}, "expected at least one weight > 0"),
    ({"station": [{"name": "A", "lon_deg": 1}]}, "station[0].lat_deg: got nothing, expected -90"),
    ({"station": [{**STATION, "name": " "}]}, "station[0].name: got ' ', expected a line of text"),
    ({"station": [{**STATION, "name": "a\nb"}]}, "expected a line of text"),
    (
        {"station": [STATION, STATION]},
        "station[1].name: got Urumqi, expected names that are all different",
    ),
    ({"station": [{**STATION, "latdeg": 4}]}, "got 'unknown key latdeg'"),
    ({"station": [{**STATION, "latdeg": 4}]}, "(did you mean lat_deg?)"),
    (
        {"station": [{**STATION, "weight": 1}, TABLES["station"][1]]},
        "station[1].weight: got nothing, expected a weight for all stations or for none",
    ),
    ({"station": []}, "station: got none, expected at least one table [[station]]"),
    ({"station": {"name": "A"}}, "expected tables [[station]]"),
    # horizon
    (
        {"horizon": {**HORIZON, "end_utc": datetime(2016, 9, 18, tzinfo=UTC)}},
        "horizon.end_utc: got '2016-09-18T00:00:00+00:00', expected an instant after start_utc",
    ),
    ({"horizon": {**HORIZON, "end_utc": START}}, "expected an instant after start_utc"),
    ({"horizon": {"start_utc": START, "duration_days": 0}}, "expected 0 < duration_days"),
    ({"horizon": {"start_utc": START, "duration_days": -1}}, "horizon.duration_days: got -1.0"),
    ({"horizon": {"start_utc": START, "duration_days": 1e9}}, "expected 0 < duration_days <= 3660"),
    ({"horizon": {"start_utc": START}}, "got neither, expected one of end_utc and duration_days"),
    ({"horizon": {**HORIZON, "duration_days": 1}}, "horizon: got both"),
    ({"horizon": {"duration_days": 1}}, "horizon.start_utc: got nothing, expected an instant"),
    ({"horizon": {**HORIZON, "start_utc": datetime(2016, 9, 19)}}, "an instant in UTC such as"),
    ({"horizon": {**HORIZON, "start_utc": "yesterday"}}, "horizon.start_utc: got yesterday"),
    ({"horizon": {**HORIZON, "interval_s": 7}}, "expected a whole number of intervals of 7 s"),
    ({"horizon": {**HORIZON, "interval_s": 0}}, "expected a whole number of seconds, 1 <="),
    ({"horizon": {**HORIZON, "interval_s": 2.5}}, "horizon.interval_s: got 2.5"),
    ({"horizon": {**HORIZON, "interval_s": float("nan")}}, "horizon.interval_s: got nan"),
    ({"horizon": {**HORIZON, "switch_s": -1}}, "horizon.switch_s: got -1.0, expected a number of"),
    ({"horizon": {**HORIZON, "ut1_minus_utc_s": 1}}, "-0.9 <= ut1_minus_utc_s <= 0.9"),
    ({"horizon": {**HORIZON, "interval": 10}}, "(did you mean interval_s?)"),
    ({"horizon": 7}, "horizon: got 7, expected a table [horizon]"),
    # devices and sky
    ({"source": {"pulse_rate_hz": 0}}, "source.pulse_rate_hz: got 0, expected 0 < pulse_rate_hz"),
    ({"source": {"decoy_intensity": 0.5}}, "expected decoy_intensity < signal_intensity = 0.5"),
    ({"source": {"signal_share": 1.5}}, "expected 0 <= signal_share <= 1"),
    ({"source": {"protocol": "b92"}}, "source.protocol: got b92, expected decoy-bb84"),
    ({"source": {"pulse_rate": 1}}, "(did you mean pulse_rate_hz?)"),
    ({"detector": {"efficiency": 50}}, "detector.efficiency: got 50, expected 0 <= efficiency <="),
    ({"detector": {"background_yield": 2}}, "0 <= background_yield <= 1"),
    (
        {"detector": {"background_yield": 1e-6, "gate_s": 1e-9}},
        "expected either background_yield or gate_s, not both",
    ),
    ({"detector": {"dark_count_rate_hz": 1e12}}, "detector.dark_count_rate_hz: got 4000.0"),
    ({"optics": {"divergence_half_angle_urad": 0}}, "0 < divergence_half_angle_urad"),
    ({"optics": {"divergence_urad": 10}}, "(did you mean divergence_half_angle_urad?)"),
    ({"atmosphere": {"cloud_model": "fog"}}, "transmittance-factor or exponent-scale"),
    ({"atmosphere": {"zenith_extinction_nepers": -1}}, "0 <= zenith_extinction_nepers"),
    ({"visibility": {"darkness": ["night"]}}, "visibility.darkness[0]: got night, expected a list"),
    ({"visibility": {"darkness": []}}, "visibility.darkness: got [], expected a list of"),
    ({"visibility": {"darkness": ["none", "umbra"]}}, "expected none to stand alone"),
    ({"visibility": {"darkness": ["umbra", "umbra"]}}, "expected each rule at most once"),
    ({"visibility": {"minimum_elevation_deg": 90}}, "0 <= minimum_elevation_deg < 90"),
    # links, satellites, top level
    ({"link": [{"name": "a", "station": "Rome"}]}, "link[0].station: got Rome, expected one of"),
    ({"link": []}, "link: got none"),
    ({"link": [{"name": "a", "station": "Urumqi"}] * 2}, "link[1].name: got a, expected names"),
    ({"satellite": []}, "satellite: got none, expected one table [[satellite]]"),
    ({"satellite": [{"name": "x"}]}, "satellite[0]: got 'no elements', expected one of tle"),
    ({"satellite": [{**SATELLITE, "omm": ""}]}, "satellite[0]: got 'tle and omm'"),
    ({"satellite": [SATELLITE, SATELLITE]}, "satellite[1].name: got Micius, expected names"),
    ({"satellite": [{"name": "x", "tle": 7}]}, "satellite[0].tle: got 7, expected text"),
    ({"satellite": [{"name": "x", "tle_file": "no.tle"}]}, "tle_file: got 'no file no.tle'"),
    ({"satelite": []}, "s.toml: got 'unknown key satelite', expected one of format"),
    ({"satelite": []}, "(did you mean satellite?)"),
    ({"format": "toml"}, "s.toml: format: got toml, expected qkdopt-scenario"),
    ({"version": 2}, "s.toml: version: got 2, expected 1"),
    ({"name": ""}, "s.toml: name: got nothing, expected a line of text"),
]


@pytest.mark.parametrize(("change", "message"), BAD)
def test_bad_scenarios(change: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as error:
        parse_scenario(tables(**change), where="s.toml")
    text = one_line(error)
    assert message in text
    assert text.startswith("s.toml: ")


def test_several_satellites_are_loaded_and_computed_one_by_one() -> None:
    both = scenario(satellite=[SATELLITE, {"name": "b", "tle": edited_tle(mo=1.0, number=0)}])
    assert [item.name for item in both.satellites] == [SATELLITE["name"], "b"]
    assert [alone.satellite.name for alone in both.each_satellite()] == [SATELLITE["name"], "b"]
    with pytest.raises(InputError, match="2 satellites") as error:
        compute_keys(both)
    one_line(error)
    with pytest.raises(InputError, match="name"):
        scenario(satellite=[SATELLITE, SATELLITE])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name = ", "a syntax error"),
        ("name = 1\nname = 2", "a syntax error"),
        ("x = 1e99999999999999999999", "an exponent of"),
        ("", "format: got nothing, expected qkdopt-scenario"),
        ("\ufeffname = ", "a syntax error"),
    ],
)
def test_bad_files(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as error:
        load_scenario(path)
    assert message in one_line(error)
    assert str(path) in str(error.value)


def test_missing_file_binary_file_and_unknown_name(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"file not found.*, expected a scenario file"):
        load_scenario(tmp_path / "absent.toml")
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match=r"binary\.toml"):
        load_scenario(tmp_path / "binary.toml")
    with pytest.raises(InputError, match="micius-china-2016"):
        load_scenario("micius-china-2017")


def test_old_elements_warn_once() -> None:
    # Epoch 2016-09-22 19:50: 15.2 days before the end of October 7th, 52.8 after August 1st.
    late = {"start_utc": datetime(2016, 10, 7, tzinfo=UTC), "duration_days": 1}
    with pytest.warns(ScenarioWarning, match="Micius are 15 days away from the farthest") as caught:
        scenario(horizon=late)
    assert len(caught) == 1
    early = {"start_utc": datetime(2016, 8, 1, tzinfo=UTC), "duration_days": 1}
    with pytest.warns(ScenarioWarning, match="53 days away from the farthest instant"):
        scenario(horizon=early)
    scenario(horizon={**late, "start_utc": datetime(2016, 10, 5, tzinfo=UTC)})


@pytest.mark.parametrize(
    ("start", "days"), [(datetime(2016, 9, 22), 15), (datetime(2016, 9, 3), 20)]
)
def test_old_elements_warn_of_either_end_of_a_horizon_around_them(
    start: datetime, days: int
) -> None:
    away = {"start_utc": start.replace(tzinfo=UTC), "duration_days": days}
    with pytest.warns(ScenarioWarning, match="Micius are (14|20) days away"):
        scenario(horizon=away)


def test_old_elements_warn_of_the_error_along_the_track() -> None:
    # By hand: C1 = 7.336e-10 per minute (SGP4's own), 15.17 d = 21,845 min, n = 0.06648 rad/min,
    # a = 6,870 km: drag moves it by 1.5 C1 t^2 n a = 240 km; 1 + 0.3 * 15.17 + 240 / 4 = 66 km.
    late = {"start_utc": datetime(2016, 10, 7, tzinfo=UTC), "duration_days": 1}
    with pytest.warns(ScenarioWarning) as caught:
        scenario(horizon=late)
    assert str(caught[0].message).endswith(
        "along the track, expect an error of about 66 km, in bad cases 4 times that"
    )
    with pytest.warns(ScenarioWarning, match="an error of up to half a revolution"):
        scenario(horizon={**late, "start_utc": datetime(2019, 10, 7, tzinfo=UTC)})


def test_loading_a_scenario_stays_light() -> None:
    code = (
        "import sys; from qkdopt.physics import load_scenario; load_scenario('micius-china-2016');"
        "heavy = {'numba', 'pyomo', 'highspy', 'xarray', 'pandas', 'scipy', 'matplotlib'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"
