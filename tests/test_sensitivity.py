"""What-if studies: rows are what single scenarios give, in any order of work."""

from __future__ import annotations

import csv
import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import qkdopt as qo
from command_line import TWO_CITIES
from pair_scenarios import pairs
from physics_scenarios import START, tables
from qkdopt.documents import read_json
from qkdopt.errors import InputError, LimitError
from qkdopt.physics import Scenario, parse_scenario
from qkdopt.study import problem_of
from qkdopt.study.result_folder import ResultFolder
from qkdopt.study.sensitivity_document import WHAT_IF, SensitivityDocument
from qkdopt.study.sensitivity_result import Sensitivity
from satellite_scenarios import THREE_SATELLITES

DAY = {"start_utc": START, "duration_days": 1}
SETTINGS: dict[str, list[object]] = {"switch_s": [0, 60], "receiver_diameter_m": [0.5, 1.5]}


def base(**changes: Any) -> Scenario:
    return parse_scenario(tables(**{"horizon": DAY, **changes}))


def by_hand(switch_s: float, diameter_m: float) -> Scenario:
    horizon = {**DAY, "switch_s": switch_s}
    return base(horizon=horizon, optics={"receiver_diameter_m": diameter_m})


def best(scenario: Scenario) -> int:
    outcome = qo.solve(problem_of(scenario), qo.GeneralDelivery())
    assert outcome.optimal
    return int(outcome.value)


def test_rows_of_a_grid_are_single_scenarios_written_by_hand() -> None:
    found = qo.sensitivity(base(), SETTINGS, grid=True)
    assert [row.optimum.value for row in found.rows] == [
        best(by_hand(switch_s, diameter_m)) for switch_s in (0, 60) for diameter_m in (0.5, 1.5)
    ]
    assert found.base.optimum.value == best(base())
    assert [row.settings["switch_s"] for row in found.rows] == [0, 0, 60, 60]
    assert found.holds


def test_one_at_a_time_changes_nothing_else() -> None:
    found = qo.sensitivity(base(), SETTINGS)
    values = [row.optimum.value for row in found.rows]
    assert values[:2] == [best(by_hand(0, 1.0)), best(by_hand(60, 1.0))]
    assert values[2:] == [best(by_hand(10, 0.5)), best(by_hand(10, 1.5))]
    gains = [value - found.base.optimum.value for value in values]
    assert [found.difference(row) for row in found.rows] == [(gain, gain) for gain in gains]
    assert gains[1] <= 0 <= gains[0]
    assert gains[2] < 0 < gains[3]


def test_a_setting_equal_to_its_present_value_gives_the_base() -> None:
    found = qo.sensitivity(base(), {"receiver_diameter_m": [1.0], "switch_s": [10]})
    for row in found.rows:
        assert row.optimum.value == found.base.optimum.value
        assert row.delivered == found.base.delivered
        assert set(row.differences(found.base).values()) == {0}
        assert found.share(row) == 0


def test_stations_get_what_targets_get_where_each_has_its_own() -> None:
    found = qo.sensitivity(base(), {"switch_s": [30], "optics.receiver_diameter_m": [1.5]})
    for row in (found.base, *found.rows):
        assert row.stations == row.delivered
        assert sum(row.stations.values()) == row.optimum.value
        gained = row.differences(found.base)
        assert all(found.base.stations[n] + gained[n] == row.stations[n] for n in gained)


def test_both_ends_of_a_pair_get_its_bits() -> None:
    found = qo.sensitivity(pairs(), {"link.west.target": ["w"]})
    row = found.rows[0]
    assert "w" in row.delivered
    assert sum(row.stations.values()) == 2 * row.total


def test_several_satellites(tmp_path: Path) -> None:
    (tmp_path / "three.toml").write_text(THREE_SATELLITES)
    found = qo.sensitivity(tmp_path / "three.toml", {"station.Chengdu.receivers": [1, 3]})
    least, most = (row.optimum for row in found.rows)
    assert least.value <= found.base.optimum.value <= most.value
    assert set(found.base.stations) == {"Urumqi", "Chengdu"}


def test_processes_find_the_same(processes_here: None) -> None:
    alone = qo.sensitivity(base(), SETTINGS)
    assert qo.sensitivity(base(), SETTINGS, processes=2).document() == alone.document()


def keeper(folder: Path, **inputs: str) -> ResultFolder:
    return ResultFolder(folder, WHAT_IF, inputs, {}, fresh=False)


class Stopping:
    """A keeper that is interrupted after some points."""

    def __init__(self, folder: ResultFolder, points: int) -> None:
        self.folder, self.left = folder, points

    def earlier(self, name: str) -> qo.Certificate | None:
        return self.folder.earlier(name)

    def keep(self, name: str, certificate: qo.Certificate, found: Sensitivity) -> None:
        self.folder.keep(name, certificate, found)
        self.left -= 1
        if not self.left:
            raise KeyboardInterrupt


def test_a_run_that_was_interrupted_goes_on(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        qo.sensitivity(base(), SETTINGS, keeper=Stopping(keeper(tmp_path), 3))
    left = SensitivityDocument.read(tmp_path / WHAT_IF)
    assert (len(left.rows), left.points) == (2, 4)
    again = keeper(tmp_path)
    found = qo.sensitivity(base(), SETTINGS, keeper=again)
    assert len(again.reused) == 3
    assert found.document() == qo.sensitivity(base(), SETTINGS).document()
    assert read_json(tmp_path / WHAT_IF, "json") == json.loads(json.dumps(found.document()))


def test_further_values_reuse_those_that_are_known(tmp_path: Path) -> None:
    qo.sensitivity(base(), {"switch_s": [0]}, keeper=keeper(tmp_path))
    more = keeper(tmp_path)
    found = qo.sensitivity(base(), {"switch_s": [0, 30]}, keeper=more)
    assert len(more.reused) == 2
    assert len(found.rows) == 2
    other = keeper(tmp_path, seed="1")
    qo.sensitivity(base(), {"switch_s": [0]}, keeper=other)
    assert other.reused == []


def test_a_certificate_that_was_changed_is_made_again(tmp_path: Path) -> None:
    first = qo.sensitivity(base(), {"switch_s": [0]}, keeper=keeper(tmp_path))
    for path in (tmp_path / "certificates").iterdir():
        path.write_bytes(b"changed")
    again = keeper(tmp_path)
    assert qo.sensitivity(base(), {"switch_s": [0]}, keeper=again).document() == first.document()
    assert again.reused == []


def test_table_and_document_say_the_same(tmp_path: Path) -> None:
    found = qo.sensitivity(base(), SETTINGS)
    found.to_csv(tmp_path / "t.csv")
    rows = list(csv.DictReader((tmp_path / "t.csv").read_text().splitlines()))
    assert [int(row["value"]) for row in rows[1:]] == [row.optimum.value for row in found.rows]
    assert [row["switch_s"] for row in rows] == ["", "0", "60", "", ""]
    more = [int(row["Urumqi_difference"]) for row in rows[1:]]
    assert more == [row.differences(found.base)["Urumqi"] for row in found.rows]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"swich_s": [1]}, "did you mean switch_s"),
        ({"station.Urumki.alt_m": [1]}, "did you mean Urumqi"),
        ({"switch_s": [0, -1]}, "horizon.switch_s: got -1"),
        ({"switch_s": 30}, "settings: switch_s: got 30, expected a list of values"),
        ({"name": "abc"}, "settings: name: got abc, expected a list of values"),
        ({"switch_s": []}, "settings: got none"),
        ({}, "settings: got none"),
        ({"operations.max_services": ["x"]}, "operations"),
    ],
)
def test_bad_settings_are_refused_before_anything_is_computed(
    settings: dict[str, Any], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qkdopt.study.sensitivity_run.solved_point", None)
    with pytest.raises(InputError, match=message):
        qo.sensitivity(base(), settings)


def test_too_many_settings_are_refused() -> None:
    with pytest.raises(LimitError, match=r"1,002,001 settings.*at most 1,000"):
        qo.sensitivity(base(), {"switch_s": range(1001), "alt_m": range(1001)}, grid=True)


def test_arrays_and_names_are_taken() -> None:
    found = qo.sensitivity(base(), {"optics.receiver_diameter_m": np.linspace(0.5, 1.0, 2)})
    assert [row.settings for row in found.rows] == [
        {"optics.receiver_diameter_m": 0.5},
        {"optics.receiver_diameter_m": 1.0},
    ]


def test_the_given_tables_stay_as_they_are() -> None:
    own = tables(horizon=DAY)
    before = deepcopy(own)
    qo.sensitivity(parse_scenario(own), {"switch_s": [30]})
    assert own == before


def two_cities(qkdopt: Any) -> str:
    return str(qkdopt.write("two.toml", TWO_CITIES))


def test_the_command_writes_a_folder_and_goes_on(qkdopt: Any, tmp_path: Path) -> None:
    name, folder = two_cities(qkdopt), tmp_path / "out"
    words = ["what-if", name, "--set", "switch_s=0,30", "--set", "station.Urumqi.alt_m=900"]
    first = qkdopt(*words, "-o", folder)
    assert first.code == 0
    assert "station.Urumqi.alt_m = 900" in first.out
    assert {path.name for path in folder.iterdir()} == {
        "certificates", "resume.json", "what-if.csv", "what-if.json", "what-if.png",
    }  # fmt: skip
    assert len(list((folder / "certificates").iterdir())) == 4
    again = qkdopt(*words, "-o", folder, "--json")
    assert again.json == json.loads((folder / "what-if.json").read_text())
    assert "Reused from an earlier run: 4" in qkdopt(*words, "-o", folder).out


def test_the_command_knows_grids_and_strategies(qkdopt: Any) -> None:
    name = two_cities(qkdopt)
    found = qkdopt(
        "what-if", name, "--set", "switch_s=0,30", "--set", 'visibility.darkness=["none"]',
        "--grid", "--strategy", "pd", "--json",
    ).json  # fmt: skip
    assert found["grid"]
    assert found["strategy"] == "pd"
    assert [row["settings"]["switch_s"] for row in found["rows"]] == [0, 30]
    assert found["rows"][0]["settings"]["visibility.darkness"] == ["none"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "--set: got nothing, expected KEY=VALUE"),
        (["--set", "switch_s"], "--set: got switch_s, expected KEY=VALUE"),
        (["--set", "switch_s="], "--set: got 'switch_s=', expected KEY=VALUE"),
        (["--set", "switch_s=0,,1"], "--set: got 'switch_s=0,,1', expected KEY=VALUE"),
        (["--set", "swich_s=0"], "did you mean switch_s?"),
        (["--set", "switch_s=soon"], "horizon.switch_s: got soon, expected a number"),
    ],
)
def test_bad_options_are_one_line(qkdopt: Any, options: list[str], message: str) -> None:
    answer = qkdopt("what-if", two_cities(qkdopt), *options)
    assert answer.code == 2
    assert message in answer.complaint


def test_files_of_others_are_not_overwritten(qkdopt: Any, tmp_path: Path) -> None:
    (tmp_path / "what-if.csv").write_text("mine")
    words = ["what-if", two_cities(qkdopt), "--set", "switch_s=0", "-o", tmp_path]
    answer = qkdopt(*words)
    assert answer.code == 2
    assert "what-if.csv" in answer.complaint
    assert qkdopt(*words, "--force").code == 0
