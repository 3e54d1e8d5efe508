"""Tuned sources: what is printed is what was certified, and no worse than a scan."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

import qkdopt as qo
from command_line import TWO_CITIES
from pair_scenarios import pairs
from physics_scenarios import START, tables
from qkdopt.documents import parse_toml
from qkdopt.errors import InputError
from qkdopt.optimize.schedule import Schedule
from qkdopt.physics import Scenario, parse_scenario
from qkdopt.study import problem_of, tune
from qkdopt.study.finite_keys import evaluate_finite_keys
from qkdopt.study.sensitivity_document import SensitivityDocument
from qkdopt.study.tuning_space import tuned_by_default

HORIZON = {"start_utc": START, "duration_days": 1}
SIGNAL = "source.signal_intensity"


def base(**changes: Any) -> Scenario:
    return parse_scenario(tables(**{"horizon": HORIZON, **changes}))


def test_the_best_is_at_least_that_of_a_scan() -> None:
    found = tune(base(), {SIGNAL: (0.2, 1.2)}, trials=25)
    scan = qo.sensitivity(base(), {SIGNAL: [0.2 + 0.05 * n for n in range(21)]})
    most = max(row.optimum.value for row in scan.rows)
    assert found.best.optimum.value >= 0.999 * most
    assert found.best.optimum.value > found.study.base.optimum.value
    assert found.study.holds


def test_the_printed_lines_give_the_certified_value() -> None:
    found = tune(base(), trials=12, seed=3)
    lines = parse_toml(found.toml)
    assert set(lines["source"]) == {"signal_intensity", "decoy_intensity"}
    again = qo.solve(problem_of(base(**lines)), qo.GeneralDelivery())
    assert again.value == found.best.optimum.value


def test_a_seed_gives_the_same_trials() -> None:
    one, same, other = (tune(base(), trials=8, seed=seed).study for seed in (1, 1, 2))
    assert one.document() == same.document()
    assert [row.settings for row in one.rows] != [row.settings for row in other.rows]


def test_shares_add_up_and_stated_settings_are_tuned() -> None:
    source = {"signal_share": 0.5, "decoy_share": 0.3, "vacuum_share": 0.2, "basis_bias": 0.7}
    given = base(source=source)
    assert set(tuned_by_default(given)) >= {"source.signal_share", "source.basis_bias"}
    found = tune(given, trials=6)
    for row in found.study.rows:
        shares = [row.settings[f"source.{kind}_share"] for kind in ("signal", "decoy", "vacuum")]
        assert sum(shares) == pytest.approx(1)
        assert shares[1] / shares[2] == pytest.approx(1.5)
    assert set(tuned_by_default(base())) == {SIGNAL, "source.decoy_intensity"}


def test_pairs_are_tuned_in_brightness() -> None:
    assert set(tuned_by_default(pairs())) == {"entanglement.source.mean_pairs_per_window"}


@pytest.mark.parametrize(
    ("bounds", "options", "message"),
    [
        ({"source.signal_intensty": (0.2, 0.9)}, {}, "did you mean signal_intensity"),
        ({SIGNAL: (0.9, 0.2)}, {}, r"bounds of source.signal_intensity: got '0.9:0.2'"),
        ({SIGNAL: (0.2, 30.0)}, {}, r"source.signal_intensity: got 30.0"),
        ({SIGNAL: (0.2, 0.9)}, {"trials": 2}, "trials: got 2, expected a whole number, 5 to 999"),
        ({SIGNAL: (0.2, 0.9)}, {"strategy": qo.LeastDivergence("0.9")}, "strategy: got least"),
        ({}, {}, "got nothing to tune"),
    ],
)
def test_what_cannot_be_tuned_is_refused(
    bounds: dict[str, tuple[float, float]], options: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        tune(base(), bounds, **options)


def test_the_command_prints_lines_and_writes_trials(qkdopt: Any, tmp_path: Path) -> None:
    name = qkdopt.write("two.toml", TWO_CITIES)
    words = ["tune", name, "--vary", f"{SIGNAL}=0.3:0.9", "--trials", "6"]
    answer = qkdopt(*words, "-o", tmp_path / "trials.json")
    assert answer.code == 0
    assert "[source]\nsignal_intensity = " in answer.out
    assert len(SensitivityDocument.read(tmp_path / "trials.json").rows) == 6
    found = qkdopt(*words, "--json").json
    assert found["rows"] == json.loads((tmp_path / "trials.json").read_text())["rows"]
    assert qkdopt("tune", name, "--vary", "x").code == 2
    assert qkdopt(*words, "-o", "trials.txt").code == 2


def finite(**own: object) -> Scenario:
    return base(finite_key={"block": "horizon", **own})


@pytest.mark.parametrize("proof", ["lim-2014", "wiesemann-one-decoy"])
def test_finite_blocks_get_more_bits_from_the_printed_lines(proof: str) -> None:
    one_decoy = {"intensities": [0.5, 0.1], "shares": [0.8, 0.2]}
    given = finite(proof=proof, eps_secrecy=1e-8, **({} if proof == "lim-2014" else one_decoy))
    found = tune(given, finite=True, trials=24)
    best, before = found.best, found.study.base
    assert before.finite_bits < best.finite_bits < best.total
    assert best.optimum == before.optimum
    assert found.study.holds
    again = base(**parse_toml(found.toml))
    assert again.finite_key == given.with_settings(best.settings).finite_key
    problem = problem_of(again)
    schedule = Schedule.create(qo.solve(problem, qo.GeneralDelivery()).certificate.schedule)
    assert evaluate_finite_keys(again, problem, schedule).evaluation.total == best.finite_bits


def test_finite_shares_add_up_and_what_is_not_tuned_stays() -> None:
    found = tune(finite(), {"decoy_part": (0.2, 0.8)}, finite=True, trials=8)
    for row in found.study.rows:
        shares = row.settings["finite_key.shares"]
        assert sum(shares) == pytest.approx(1, abs=1e-12)
        assert shares[0] == 0.7501
        assert 0.2 <= shares[1] / (1 - shares[0]) <= 0.8
        assert row.settings["finite_key.intensities"] == [0.7921, 0.1707, 0.0]
        assert row.settings["finite_key.key_basis_share"] == 0.7611


def test_another_block_rule_has_other_settings_which_the_lines_name() -> None:
    session, whole = (
        tune(base(finite_key={"block": block}), finite=True, trials=30)
        for block in ("session", "horizon")
    )
    assert session.best.settings != whole.best.settings
    assert 'block = "session"' in session.toml
    assert 'block = "horizon"' in whole.toml


def test_sessions_are_tuned_together_with_the_schedule() -> None:
    """The printed lines have the certified value; by default the table in use is tuned."""
    given = base(finite_key={"block": "session"})
    found = tune(given, {"basis_bias": (0.7, 0.95)}, trials=8)
    best = found.best
    assert best.finite_bits is None
    again = given.with_settings(best.settings)
    outcome = qo.solve(problem_of(again), qo.GeneralDelivery())
    assert outcome.optimal
    assert outcome.value == best.optimum.value > found.study.base.optimum.value


def test_sources_that_may_not_exist_are_passed_over() -> None:
    """The second intensity must exceed the third, which stays."""
    given = finite(intensities=[0.8, 0.2, 0.15])
    found = tune(given, {"decoy_ratio": (0.05, 0.5)}, finite=True, trials=12)
    assert 1 < len(found.study.rows) < 12
    assert all(row.settings["finite_key.intensities"][1] > 0.15 for row in found.study.rows)


@pytest.mark.parametrize(
    ("bounds", "message"),
    [
        ({"signal_intensty": (0.1, 1.0)}, "did you mean signal_intensity"),
        ({"signal_intensity": (1.0, 0.1)}, r"bounds of signal_intensity: got '1.0:0.1'"),
        ({"basis_bias": (-0.1, 0.9)}, r"bounds of basis_bias: got '-0.1:0.9', expected 0.001 <="),
        ({}, "got nothing to tune"),
    ],
)
def test_ranges_of_finite_keys_that_do_not_fit_are_refused(
    bounds: dict[str, tuple[float, float]], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        tune(finite(), bounds, finite=True)


def test_finite_keys_need_their_table() -> None:
    with pytest.raises(InputError, match=r"a table \[finite_key\]"):
        tune(base(), finite=True)


def test_the_command_tunes_finite_blocks(qkdopt: Any, tmp_path: Path) -> None:
    name, written = str(qkdopt.write("two.toml", TWO_CITIES)), tmp_path / "trials.csv"
    words = ["tune", name, "--finite-key", "block=horizon", "--trials", "16"]
    answer = qkdopt(*words, "-o", written)
    assert answer.code == 0
    assert '[finite_key]\nproof = "lim-2014"\nblock = "horizon"\n' in answer.out
    rows = list(csv.DictReader(written.read_text().splitlines()))
    assert len(rows) == 17  # the scenario as it is before the trials
    qkdopt(*words, "-o", tmp_path / "trials.json")
    read = SensitivityDocument.read(tmp_path / "trials.json")
    known = [row.finite_bits for row in (read.base, *read.rows)]
    assert known == [int(row["finite_bits"]) for row in rows]
    assert f"{max(known):,}" in answer.out
    assert qkdopt("tune", name, "--finite-key", "block").code == 2
    assert qkdopt(*words, "--vary", "source.signal_intensity=0.2:0.9").code == 2
