"""Keys under an ensemble of skies: each member as if it were alone, and files of them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

import qkdopt as qo
from cloud_files import csv_file, ten_minutes
from command_line import TWO_CITIES, CommandLine
from physics_scenarios import scenario
from qkdopt.errors import InputError, LimitError
from qkdopt.physics import Scenario, key_details, parse_scenario, several_keys
from qkdopt.physics.clouds import CloudEnsemble
from qkdopt.study import problem_of
from qkdopt.study.cloud_scenarios import in_clouds
from qkdopt.tensor import KeyTensor
from satellite_scenarios import THREE_SATELLITES


def night(name: str) -> Scenario:
    """Return a night of a published problem."""
    whole = qo.load_scenario(name)
    return replace(whole, grid=replace(whole.grid, count=8640))


def check_members(under: Scenario, keys: KeyTensor) -> None:
    """Compare with the keys of each member as a known sky."""
    assert keys.scenarios is not None
    assert under.ensemble is not None
    assert len(keys.scenarios) == len(under.ensemble)
    assert keys.bits.any(axis=0).all()
    for k, sky in enumerate(under.ensemble.each()):
        alone = qo.compute_keys(under.with_clouds(sky))
        found = keys.scenario(k).without_empty_intervals()
        assert np.array_equal(found.bits, alone.bits)
        assert np.array_equal(found.interval, alone.interval)
    assert keys.scenarios.probability == (Fraction(1, len(keys.scenarios)),) * len(keys.scenarios)


@pytest.mark.parametrize("name", ["micius-china-2016-night", "iberia-mixed-2025"])
def test_each_member_is_as_if_alone(name: str) -> None:
    given = night(name)
    under = given.with_clouds(qo.draw_clouds(given, "heavy", members=4, seed=2))
    keys = qo.compute_keys(under, workers=2)
    assert keys.interval.size > 50
    check_members(under, keys)
    assert "4 drawn from seed 2" in keys.provenance["clouds"]
    assert (
        keys.provenance["scenario_sha256"] != qo.compute_keys(given).provenance["scenario_sha256"]
    )


def test_an_interval_is_active_where_some_member_has_bits() -> None:
    given = night("micius-china-2016-night")
    drawn = qo.draw_clouds(given, members=2)
    codes = np.zeros_like(drawn.code)
    codes[0, : codes.shape[1] * 2 // 3], codes[1, codes.shape[1] * 2 // 3 :] = 150, 150
    keys = qo.compute_keys(given.with_clouds(replace(drawn, code=codes)))
    clear = qo.compute_keys(given)
    assert keys.interval.tolist() == clear.interval.tolist()
    assert np.array_equal(keys.bits, clear.bits)
    assert np.array_equal(keys.scenario(0).bits + keys.scenario(1).bits, clear.bits)
    assert all(keys.scenario(k).bits.any() for k in range(2))


def test_several_satellites() -> None:
    given = parse_scenario(tomllib.loads(THREE_SATELLITES))
    under = given.with_clouds(qo.draw_clouds(given, members=3))
    for name, keys in qo.compute_keys_by_satellite(under).items():
        alone = next(one for one in under.each_satellite() if one.satellite.name == name)
        check_members(alone, keys)
    problem = problem_of(under)
    assert problem.version == 2
    assert problem.probabilities == (Fraction(1, 3),) * 3


def test_a_satellite_without_links_has_the_same_scenarios() -> None:
    given = scenario()
    nobody = replace(given.with_clouds(qo.draw_clouds(given, members=3)), links=())
    assert len(qo.compute_keys(nobody).scenarios or ()) == 3


def test_the_problem_of_one_satellite() -> None:
    given = night("micius-china-2016-night")
    problem = problem_of(in_clouds(given, ["5"], seed=9))
    assert problem.version == 2
    assert len(problem.probabilities or ()) == 5
    assert problem.weights is not None


def test_what_knows_one_sky_refuses() -> None:
    under = in_clouds(night("micius-china-2016-night"), ["2"])
    with pytest.raises(InputError, match="got clouds of 2 members, expected one sky, for what was"):
        key_details(under)
    sessions = replace(under, finite_key=scenario(finite_key={}).finite_key)
    with pytest.raises(InputError, match='got block = "session" under 2 members of clouds'):
        qo.compute_keys(sessions)


@pytest.fixture
def keys() -> KeyTensor:
    return qo.compute_keys(in_clouds(night("micius-china-2016-night"), ["3"]))


def test_netcdf_and_back(keys: KeyTensor, tmp_path: Path) -> None:
    shares = (Fraction(1, 2), Fraction(1, 3), Fraction(1, 6))
    assert keys.scenarios is not None
    keys = keys.in_scenarios(keys.scenarios.bits, shares)
    keys.save(tmp_path / "k.nc")
    again = KeyTensor.load(tmp_path / "k.nc")
    assert again.scenarios is not None
    assert keys.scenarios is not None
    assert again.scenarios.probability == shares
    assert np.array_equal(again.scenarios.bits, keys.scenarios.bits)
    assert np.array_equal(again.bits, keys.bits)
    assert again.provenance == keys.provenance
    assert (
        qo.SchedulingProblem.from_keys(again).sha256 == qo.SchedulingProblem.from_keys(keys).sha256
    )
    assert xr.open_dataset(tmp_path / "k.nc").sizes["scenario"] == 3


def test_csv_has_no_room_for_scenarios(keys: KeyTensor, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="got keys in several cloud scenarios, expected a file"):
        keys.save(tmp_path / "k.csv")


DAMAGED: dict[str, tuple[Callable[[xr.Dataset], xr.Dataset], str]] = {
    "other most": (
        lambda d: d.assign(key_bits=d.key_bits + 1),
        "key_bits: got other bits, expected the most of any scenario",
    ),
    "no probability": (lambda d: d.drop_vars("probability"), "variable probability: got nothing"),
    "sum": (
        lambda d: d.assign(probability=("scenario", np.array(["1/3", "1/3", "1/6"], object))),
        "probability: got a sum of 5/6, expected a sum of 1",
    ),
    "no fraction": (
        lambda d: d.assign(probability=("scenario", np.array(["0.5", "1/3", "1/6"], object))),
        "probability[0]: got '0.5', expected a fraction in lowest terms",
    ),
    "turned": (
        lambda d: d.assign(scenario_bits=d.scenario_bits.transpose("link", ...)),
        "scenario_bits: got dims link, scenario, interval, scenario, expected dims scenario,",
    ),
    "negative": (lambda d: d.assign(scenario_bits=d.scenario_bits - 1), "scenario_bits"),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_damaged_files_are_refused(keys: KeyTensor, tmp_path: Path, name: str) -> None:
    change, message = DAMAGED[name]
    change(keys.dataset).to_netcdf(tmp_path / "k.nc")
    with pytest.raises(InputError, match=re.escape(message)):
        KeyTensor.load(tmp_path / "k.nc")


def test_skies_that_a_user_asks_for(tmp_path: Path) -> None:
    given = scenario()

    def sky(*texts: str, **asked: Any) -> CloudEnsemble:
        found = in_clouds(given, texts, **asked).ensemble
        assert found is not None
        return found

    drawn = sky("4", marginal="heavy", seed=5)
    assert drawn.code.tobytes() == qo.draw_clouds(given, "heavy", 4, 5).code.tobytes()
    fresh = sky("4", marginal="heavy", seed=5, fresh=True)
    assert "fresh" in fresh.label
    assert not any(np.array_equal(one, other) for one in drawn.code for other in fresh.code)
    file = csv_file(tmp_path / "a.csv", ten_minutes(144, "7,9"))
    assert sky(str(file)).code[0, 0].tolist() == [7, 9]


def test_more_skies_than_there_is_memory_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(several_keys, "MOST_BYTES", 2_000_000)
    given = night("micius-china-2016-night")
    in_clouds(given, ["5"])
    with pytest.raises(LimitError, match="got 1 satellite under 200 skies, whose keys take about"):
        in_clouds(given, ["200"])


@pytest.mark.parametrize(
    ("texts", "more", "message"),
    [
        ([], {}, "--clouds: got nothing, expected files of cloud ensembles, or one number"),
        (["3", "a.csv"], {}, "--clouds: got 3, a.csv, expected files"),
        (["3", "4"], {"fresh": True}, "--fresh: got 3, 4, expected files"),
        (["0"], {}, "--clouds: got 0, expected 1 to 10,000 skies to draw"),
        (["9" * 400], {}, r"--clouds: got 9{77}\.\.\., expected 1 to 10,000 skies"),
        (["a.csv"], {"marginal": "mild"}, "--marginal: got mild, expected none with files"),
        (["a.csv"], {}, "a.csv: file not found"),
        (["1e3"], {}, "1e3: got no ending, expected clouds that end in"),
    ],
)
def test_skies_that_are_refused(texts: list[str], more: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        in_clouds(scenario(), texts, **more)


def test_the_command_writes_what_python_computes(qkdopt: CommandLine) -> None:
    Path("two.toml").write_text(TWO_CITIES)
    drawn = ("--clouds", "3", "--marginal", "heavy", "--clouds-seed", "4")
    answer = qkdopt("keys", "two.toml", *drawn, "-o", "skies.nc")
    assert answer.code == 0
    assert "clouds: SYNTHETIC, 3 drawn from seed 4: 0.3 clear, 0.35 overcast" in answer.out
    assert "in 3 scenarios" in answer.out
    expected = qo.compute_keys(
        in_clouds(qo.load_scenario("two.toml"), ["3"], marginal="heavy", seed=4)
    )
    found = KeyTensor.load("skies.nc").scenarios
    assert found is not None
    assert expected.scenarios is not None
    assert np.array_equal(found.bits, expected.scenarios.bits)
    assert "a file that ends in .nc" in qkdopt("keys", "two.toml", *drawn, "-o", "k.csv").complaint
    assert "one sky" in qkdopt("keys", "two.toml", *drawn, "--details", "d.csv").complaint
    alone = qkdopt("keys", "two.toml", "--marginal", "mild", "-o", "k.nc")
    assert alone.complaint.endswith("--marginal: got mild, expected none without --clouds")
