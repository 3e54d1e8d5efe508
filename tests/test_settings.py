"""Settings by dotted path: the same as in the file, and one line for each that cannot be."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from physics_scenarios import LINE_1, LINE_2, START, scenario, tables
from qkdopt.errors import InputError
from qkdopt.physics import Scenario, compute_keys, load_scenario, parse_scenario
from qkdopt.physics.clouds import read_clouds

PAIR = [{"name": "pair", "stations": ["Urumqi", "Shanghai"]}]


def dotted_name() -> dict[str, Any]:
    return tables(station=[{"name": "St. Graz", "lat_deg": 47, "lon_deg": 15}])


@pytest.mark.parametrize(
    ("path", "value", "changes"),
    [
        ("horizon.switch_s", 30, {"horizon": {**tables()["horizon"], "switch_s": 30}}),
        ("switch_s", 2.5, {"horizon": {**tables()["horizon"], "switch_s": 2.5}}),
        ("optics.receiver_diameter_m", 0.4, {"optics": {"receiver_diameter_m": 0.4}}),
        ("receiver_diameter_m", 0.4, {"optics": {"receiver_diameter_m": 0.4}}),
        ("source.signal_intensity", 0.6, {"source": {"signal_intensity": 0.6}}),
        ("pointing_jitter_urad", 2, {"losses": {"pointing_jitter_urad": 2}}),
        ("visibility.darkness", ("umbra",), {"visibility": {"darkness": ["umbra"]}}),
        ("minimum_elevation_deg", np.float64(20), {"visibility": {"minimum_elevation_deg": 20}}),
    ],
)
def test_a_setting_is_what_the_file_would_say(
    path: str, value: object, changes: dict[str, Any]
) -> None:
    assert scenario().with_settings({path: value}) == scenario(**changes)


@pytest.mark.parametrize("path", ["station.Urumqi.alt_m", "station . 'Urumqi' . \"alt_m\""])
def test_a_station_is_named(path: str) -> None:
    found = scenario().with_settings({path: 1200})
    assert [item.alt_m for item in found.stations] == [1200, 10]


def test_names_with_dots_and_blanks_are_quoted() -> None:
    found = parse_scenario(dotted_name()).with_settings({'station."St. Graz".alt_m': 350})
    assert found.stations[0].alt_m == 350


def test_a_satellite_has_its_own_settings() -> None:
    found = scenario().with_settings({"satellite.Micius.optics.divergence_half_angle_urad": 5})
    assert found.optics.divergence_half_angle_urad == 5
    short = scenario().with_settings({"satellite.Micius.divergence_half_angle_urad": 5})
    assert short == found


def test_the_only_satellite_need_not_be_named() -> None:
    found = scenario().with_settings({"slew_rate_deg_s": 0.5})
    assert found.slew is not None
    assert found.slew.slew_rate_deg_s == 0.5
    assert found.switch_s == 360


def test_a_usual_link_can_be_set() -> None:
    found = scenario().with_settings({"link.Urumqi.target": "west"})
    assert [link.target_name for link in found.links] == ["west", "Shanghai"]


def test_pairs_have_settings_of_their_own() -> None:
    base = parse_scenario(tables(link=PAIR, entanglement={}))
    found = base.with_settings({"misalignment_error": 0.01, "link.pair.success_fraction": 0.5})
    assert found.entanglement is not None
    assert found.entanglement.source.misalignment_error == 0.01
    assert found.pair_links[0].success_fraction == 0.5


def test_a_plug_in_takes_any_key() -> None:
    with pytest.raises(InputError, match=r"plugin\.protocol\.name: got nothing"):
        scenario().with_settings({"plugin.protocol.qber": 0.02})


def test_none_removes_a_key_a_table_and_stations() -> None:
    base = scenario(losses={"pointing_jitter_urad": 2}, optics={"receiver_diameter_m": 0.4})
    found = base.with_settings({"losses": None, "optics.receiver_diameter_m": None})
    assert found == scenario(optics={})
    fewer = base.with_settings({"station.Urumqi": None})
    assert [item.name for item in fewer.stations] == ["Shanghai"]


def test_removed_rows_shift_no_others() -> None:
    rows = [{"name": name, "lat_deg": 10, "lon_deg": n} for n, name in enumerate("ABC")]
    base = parse_scenario(tables(station=rows))
    found = base.with_settings({"station.A": None, "station.C.alt_m": 7, "station.B.alt_m": 5})
    assert [(item.name, item.alt_m) for item in found.stations] == [("B", 5), ("C", 7)]


def test_settings_add_up_and_leave_the_first_scenario() -> None:
    base = scenario()
    before = base.digest
    twice = base.with_settings({"switch_s": 30}).with_settings({"optics.receiver_diameter_m": 2})
    once = base.with_settings({"switch_s": 30, "receiver_diameter_m": 2})
    assert twice == once
    assert twice.digest == once.digest
    assert base.digest == before
    assert base == scenario()


def test_no_setting_and_the_present_one_change_nothing() -> None:
    base = load_scenario("micius-china-2016")
    assert base.with_settings({}).digest == base.digest
    same = base.with_settings({"optics.receiver_diameter_m": 1.0, "switch_s": 10})
    assert same == base
    assert same.digest == base.digest


def test_keys_are_those_of_the_file() -> None:
    small = {"start_utc": START, "duration_days": 1}
    by_path = scenario(horizon=small).with_settings({"optics.receiver_diameter_m": 0.4})
    by_file = scenario(horizon=small, optics={"receiver_diameter_m": 0.4})
    assert np.array_equal(compute_keys(by_path).bits, compute_keys(by_file).bits)


def test_a_copy_in_another_process_can_be_set() -> None:
    copy: Scenario = pickle.loads(pickle.dumps(scenario()))
    assert copy.with_settings({"switch_s": 30}) == scenario().with_settings({"switch_s": 30})


def test_files_are_found_from_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "own.tle").write_text(f"{LINE_1}\n{LINE_2}\n")
    own = tables(satellite=[{"name": "Micius", "tle_file": "own.tle"}])
    monkeypatch.chdir(tmp_path)
    base = parse_scenario(own)
    monkeypatch.chdir("/")
    assert base.with_settings({"switch_s": 30}) == scenario().with_settings({"switch_s": 30})


def test_clouds_are_read_again_only_where_they_may_differ(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = "time_utc,Urumqi,Shanghai\n2016-09-19T00:00:00Z,10,20\n2016-09-19T12:00:00Z,30,40\n"
    (tmp_path / "clouds.csv").write_text(rows)
    base = parse_scenario(tables(clouds={"format": "csv", "file": "clouds.csv"}), folder=tmp_path)
    reads = []

    def counted(*given: Any, **options: Any) -> Any:
        reads.append(given)
        return read_clouds(*given, **options)

    monkeypatch.setattr("qkdopt.physics.scenario.tables.read_clouds", counted)
    assert base.with_settings({"switch_s": 30}).clouds is base.clouds
    assert not reads
    base.with_settings({"station.Urumqi.lat_deg": 44})
    assert len(reads) == 1
    assert base.with_settings({"clouds": None}).clouds is None


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"swich_s": 1}, "setting swich_s: got 'unknown key swich_s'.*did you mean switch_s?"),
        ({"station.Urumki.alt_m": 1}, "got Urumki, expected one of Urumqi, Shanghai .*Urumqi?"),
        ({"Urumqi.alt_m": 1}, r"unknown key Urumqi.*did you mean station\.Urumqi?"),
        ({"station.Urumqi.altm": 1}, "unknown key altm.*did you mean alt_m?"),
        ({"satellite.Mikius.switch_s": 1}, "got Mikius, expected one of Micius .*Micius?"),
        ({"optics": 1}, "setting optics: got a table, expected a key after it: wavelength_nm"),
        ({"station": 1}, "got tables, expected a name after it: Urumqi, Shanghai"),
        ({"switch_s.more": 1}, "got more, expected no further key after a value"),
        ({"a..b": 1}, "setting: got 'a..b', expected keys and names with dots"),
        ({"switch_s": 1, "horizon.switch_s": 2}, "got horizon.switch_s twice, .*also switch_s"),
        ({"switch_s": -1}, "scenario: horizon.switch_s: got -1.0, expected a number"),
        ({"receiver_diameter_m": 0}, "optics.receiver_diameter_m: got 0, expected 0 < "),
        ({"operations.max.x": 1, "operations.max": 2}, "got 2, expected a table, to have keys"),
    ],
)
def test_what_cannot_be_set_is_refused_in_one_line(
    settings: dict[str, object], message: str
) -> None:
    with pytest.raises(InputError, match=message) as error:
        scenario().with_settings(settings)
    assert "\n" not in str(error.value)


def test_a_key_that_two_tables_have_needs_its_table() -> None:
    rows = [*PAIR, {"name": "Urumqi", "station": "Urumqi"}]
    base = parse_scenario(tables(link=rows, entanglement={}))
    message = "the table, too: detector.efficiency or entanglement.detector.efficiency"
    with pytest.raises(InputError, match=message):
        base.with_settings({"efficiency": 0.7})


def test_a_scenario_changed_in_python_loses_nothing() -> None:
    changed = replace(scenario(), ut1_minus_utc_s=0.5)
    with pytest.raises(InputError, match="changed after it was loaded"):
        changed.with_settings({"switch_s": 30})
