"""What totals assume: the table, its effects on the first paper's week, files and pages."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

import qkdopt as qo
from command_line import TWO_CITIES
from pair_scenarios import PAIRS, pairs
from physics_scenarios import START, scenario
from qkdopt.errors import InputError
from qkdopt.report import render_report, report_document
from qkdopt.study import assumptions
from qkdopt.study.assumption_rows import AssumedTotals
from qkdopt.study.assumption_table import ASSUMPTIONS, Times
from qkdopt.study.assumption_values import unit_of
from qkdopt.study.summary_document import SummaryDocument
from report_pages import HOSTILE, page_parts


def effects_of(found: AssumedTotals) -> dict[tuple[str, str], float | None]:
    return {(row.key, e.value): e.change for row in found.rows for e in row.effects}


@pytest.fixture(scope="module")
def week() -> AssumedTotals:
    return assumptions(qo.load_scenario("micius-china-2016"), effects=True)


def test_effects_on_the_first_papers_week(week: AssumedTotals) -> None:
    assert (week.total, week.bound, week.strategy) == (51_992_197, 51_992_197, "S-GD")
    found = effects_of(week)
    for key, value, change in (
        ("atmosphere.zenith_extinction_nepers", "0.206", 0.62),
        ("optics.receiver_diameter_m", "1.2", 0.44),
        ("source.misalignment_error", "0.01", 0.147),
        ("source.misalignment_error", "0.02", -0.135),
        ("source.signal_share", "0.5", -0.5),
        ("source.sifting_factor", "0.82", 0.64),
    ):
        assert found[key, value] == pytest.approx(change, abs=0.006), key
    assert found["visibility.acquisition_s", "10"] < 0
    assert found["atmosphere.extinction_scale_height_m", "8,000"] > 0
    assert -1 <= found["finite_key", "pass"] < found["finite_key", "horizon"]
    # Twice the aperture and half the divergence are one beam; sifting is a factor of the key.
    assert (
        found["optics.receiver_diameter_m", "2"] == found["optics.divergence_half_angle_urad", "5"]
    )


def test_an_effect_is_what_another_run_would_find(week: AssumedTotals) -> None:
    row = next(row for row in week.rows if row.key == "station.*.cloud_code")
    cloudy = next(effect for effect in row.effects if effect.value == "30")
    changed = qo.load_scenario("micius-china-2016").with_settings(cloudy.settings)
    assert {station.cloud_code for station in changed.stations} == {30}
    problem = qo.SchedulingProblem.from_keys(qo.compute_keys(changed))
    assert qo.solve(problem, qo.GeneralDelivery()).value == cloudy.total


def test_darkness_of_the_iberian_pairs() -> None:
    given = qo.load_scenario("iberia-2025")
    found = assumptions(given)
    assert found.total is None
    rows = {row.key: row for row in found.rows}
    assert rows["link.*.success_fraction"].value == "0.24 to 0.48"
    assert not [key for key in rows if key.startswith(("source.", "optics.", "detector."))]
    dark = next(e for e in rows["visibility.station_sun_below_deg"].effects if e.value == "-18")
    now, then = (
        qo.solve(qo.SchedulingProblem.from_keys(qo.compute_keys(item)), qo.GeneralDelivery()).value
        for item in (given, given.with_settings(dark.settings))
    )
    assert then / now - 1 == pytest.approx(-0.41, abs=0.005)


def test_every_alternative_can_be_set() -> None:
    """On scenarios that have all tables; what excludes another key says so in its note."""
    one = scenario(
        horizon={"start_utc": START, "duration_days": 0.1},
        losses={"pointing_jitter_urad": 1, "turbulence": "hufnagel-valley"},
    )
    both = pairs(
        horizon={"start_utc": START, "duration_days": 0.1},
        link=[{**PAIRS[0], "success_fraction": 0.3}, *PAIRS[1:]],
    )
    seen = set()
    for given in (one, both):
        for row in assumptions(given).rows:
            for effect in row.effects:
                changed = given.with_settings(effect.settings)
                assert changed.digest != given.digest, effect
                seen.add(row.key)
    # Without: a series of clouds, a basis bias, and a cloud formula under a clear sky.
    missing = {item.key for item in ASSUMPTIONS} - seen
    assert missing == {"clouds", "source.basis_bias", "atmosphere.cloud_model"}
    biased = assumptions(scenario(source={"basis_bias": 0.9}))
    keys = {row.key for row in biased.rows}
    assert "source.basis_bias" in keys
    assert "source.sifting_factor" not in keys


def test_series_of_clouds_can_be_taken_away() -> None:
    rows = {row.key: row for row in assumptions(qo.load_scenario("micius-china-2016-clouds")).rows}
    assert rows["clouds"].effects[0].settings == {"clouds": None}
    assert "atmosphere.cloud_model" in rows
    assert "station.*.cloud_code" not in rows


def test_units_bases_and_own_values() -> None:
    given = scenario(
        station=[
            {
                "name": "Urumqi",
                "lat_deg": 43.8,
                "lon_deg": 87.6,
                "optics": {"receiver_diameter_m": 2},
            },
            {"name": "Shanghai", "lat_deg": 31.2, "lon_deg": 121.5},
        ],
        source={"misalignment_error": 0.03},
    )
    rows = {row.key: row for row in assumptions(given).rows}
    aperture, errors = rows["optics.receiver_diameter_m"], rows["source.misalignment_error"]
    assert (aperture.unit, aperture.own) == ("m", ("Urumqi",))
    assert aperture.basis.startswith("default: Xinglong")
    assert (errors.value, errors.unit, errors.basis) == ("0.03", "", "the scenario")
    assert rows["visibility.darkness"].basis.startswith("default")
    assert "2016-09-22 19:50 UTC, -3.8 to -2.8 days old" in rows["satellite"].value
    assert unit_of("atmosphere.zenith_extinction_nepers") == "nepers"
    assert all(item.alternatives for item in ASSUMPTIONS)
    assert any(isinstance(a.value, Times) for item in ASSUMPTIONS for a in item.alternatives)


def test_what_cannot_be_set_says_why() -> None:
    given = scenario(horizon={"start_utc": START, "duration_days": 1})
    found = assumptions(replace(given, ut1_minus_utc_s=0.5), effects=True)
    notes = {effect.note for row in found.rows for effect in row.effects}
    assert len(notes) == 1
    assert "loaded" in notes.pop() or "parsed" in str(notes)


def test_values_that_are_no_bits_are_refused() -> None:
    given = scenario(
        horizon={"start_utc": START, "duration_days": 1},
        station=[
            {"name": "Urumqi", "lat_deg": 43.8, "lon_deg": 87.6, "weight": 1},
            {"name": "Shanghai", "lat_deg": 31.2, "lon_deg": 121.5, "weight": 2},
        ],
    )
    with pytest.raises(InputError, match="number of bits"):
        assumptions(given, effects=True, strategy=qo.BalancedDelivery())


def test_command_and_its_files(qkdopt) -> None:
    path = qkdopt.write("two.toml", TWO_CITIES)
    answer = qkdopt("run", path, "-o", "out", "--assumptions")
    assert answer.code == 0
    assert "assume" in answer.out
    assert "zenith extinction" in answer.out
    summary = SummaryDocument.read(qkdopt.folder / "out" / "summary.json")
    assert summary.assumptions is not None
    assert summary.assumptions.total == summary.strategies["gd"].value
    shown = json.loads((qkdopt.folder / "out" / "report.json").read_text(encoding="utf-8"))
    assert shown["assumptions"]["total"] == summary.assumptions.total
    assert qkdopt("report", "out").code == 0
    again = qkdopt("run", path, "-o", "out", "--json").json
    assert again["assumptions"]["rows"]
    assert "total" not in again["assumptions"]
    assert "gd.json" in again["taken_over"]


def test_page_shows_them() -> None:
    parts = page_parts(city=HOSTILE)
    plain = render_report(report_document(parts))
    assert 'id="assumptions"' not in plain
    assert parts.scenario is not None
    cheap = render_report(report_document(replace(parts, assumed=assumptions(parts.scenario))))
    assert 'href="#assumptions"' in cheap
    assert "--assumptions</code> adds" in cheap
    assert 'id="tornadochart"' not in cheap
    whole = assumptions(parts.scenario, effects=True)
    page = render_report(report_document(replace(parts, assumed=whole)))
    assert 'id="tornadochart"' in page
    assert HOSTILE not in page
    assert f"{whole.total:,} bits of S-GD" in page


def test_where_sessions_count_totals_are_finite() -> None:
    given = qo.load_scenario("micius-china-2016-night")
    given = given.with_settings({"finite_key.block": "session"})
    (row,) = [row for row in assumptions(given).rows if row.key == "finite_key"]
    assert (row.value, row.basis) == ("each session is a block", "stated")
    assert [effect.value for effect in row.effects] == ["pass", "horizon"]
