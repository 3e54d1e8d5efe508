"""Details of keys: losses by term, clicks, errors, geometry, and the bits of the tensor."""

from __future__ import annotations

import csv
import importlib
import math
import sys
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

import qkdopt as qo
from pair_scenarios import PAIRS, mixed, pairs
from physics_scenarios import START, scenario, shorter
from qkdopt.errors import InputError, LimitError
from qkdopt.physics import KeyDetails, Scenario, parse_scenario, several_keys
from qkdopt.physics.details import details_of
from qkdopt.physics.link import DownlinkBudget
from qkdopt.physics.link.pair_arm import PairArmBudget
from satellite_scenarios import THREE_SATELLITES

EVERYTHING = {
    "pointing_jitter_urad": 2,
    "turbulence": "hufnagel-valley",
}
REFERENCE = Path(__file__).parent / "data" / "geometry_skyfield.csv"
PLUGINS = Path(__file__).parent / "data" / "plugins"


def bits_in(details: KeyDetails, satellite: str) -> dict[tuple[str, int], int]:
    """Return the secret bits of one satellite's cells that have some."""
    columns = details.columns
    rows = zip(
        columns["satellite"], columns["link"], columns["interval"].tolist(),
        columns["secret_bits"].tolist(), strict=True,
    )  # fmt: skip
    return {
        (link, interval): bits for name, link, interval, bits in rows if bits and name == satellite
    }


def bits_of(keys: qo.KeyTensor) -> dict[tuple[str, int], int]:
    found = np.argwhere(keys.bits > 0).tolist()
    return {(keys.links[n], int(keys.interval[a])): int(keys.bits[n, a]) for n, a in found}


@pytest.mark.parametrize(
    "found",
    [
        scenario(),
        scenario(losses=EVERYTHING, atmosphere={"cloud_model": "exponent-scale"}),
        pairs(),
        pairs(link=[{**PAIRS[0], "success_fraction": 0.3}, *PAIRS[1:]]),
        mixed(),
    ],
    ids=["stations", "losses", "pairs", "expected", "mixed"],
)
def test_secret_bits_are_those_of_the_tensor(found: Scenario) -> None:
    details = qo.key_details(found)
    assert bits_in(details, found.satellite.name) == bits_of(qo.compute_keys(found))
    links = details.columns["link"].tolist()
    order = [link.name for link in found.links]
    assert [order.index(link) for link in links] == sorted(order.index(link) for link in links)


def test_secret_bits_of_several_satellites() -> None:
    found = parse_scenario(tomllib.loads(THREE_SATELLITES))
    details = qo.key_details(found, workers=2)
    for name, keys in qo.compute_keys_by_satellite(found).items():
        assert bits_in(details, name) == bits_of(keys)


@pytest.mark.parametrize("found", [scenario(losses=EVERYTHING), mixed()], ids=["one", "mixed"])
def test_terms_add_up_and_sums_agree(found: Scenario) -> None:
    columns = qo.key_details(found).columns
    for prefix in ("", "second_") if "second_station" in columns else ("",):
        terms = [
            values for name, values in columns.items()
            if name.startswith(f"{prefix}loss_") and name != f"{prefix}loss_total_db"
        ]  # fmt: skip
        total = columns[f"{prefix}loss_total_db"]
        np.testing.assert_allclose(
            np.nansum(terms, axis=0)[~np.isnan(total)], total[~np.isnan(total)]
        )
        assert (np.nanmin(terms, axis=1) >= 0).all()
    contact, sifted = columns["contact_s"], columns["sifted_bits"]
    assert contact.min() >= 1
    assert contact.max() == found.grid.interval_s
    assert (sifted <= columns["click_rate_hz"] * contact * (1 + 1e-12)).all()
    assert (columns["secret_bits"] <= sifted).all()
    assert (columns["qber"] < 0.5).all()
    # The interval's own seconds: middle, and mask.
    assert (columns["time"] == (columns["interval"] + 0.5) * found.grid.interval_s).all()
    whole = contact == found.grid.interval_s
    assert (columns["elevation_deg"][whole] >= found.visibility.minimum_elevation_deg).all()
    assert (columns["sun_elevation_deg"][whole] < found.visibility.station_sun_below_deg).all()


def test_clicks_and_errors_by_hand() -> None:
    # A steady satellite of one second: with Y0 = 0 and no misalignment nothing is wrong, and
    # clicks are 1 - exp(-mu eta) of the pulses; half of them are sifted.
    found = scenario(detector={"background_yield": 0.0}, source={"misalignment_error": 0.0})
    columns = qo.key_details(found).columns
    assert (columns["qber"] == 0).all()
    eta = 10 ** (-columns["loss_total_db"] / 10)
    whole = columns["contact_s"] == 10
    clicks = -200e6 * np.expm1(-0.5 * eta)
    # Means of decibels against means of clicks: within a pass they differ by under 1 %.
    np.testing.assert_allclose(columns["click_rate_hz"][whole], clicks[whole], rtol=0.01)
    np.testing.assert_allclose(
        columns["sifted_bits"], 0.5 * columns["click_rate_hz"] * columns["contact_s"]
    )


def test_factors_by_hand() -> None:
    budget = DownlinkBudget.of(scenario(losses={"pointing_jitter_urad": 2}))
    found = budget.factors(np.array([500e3, np.nan]), np.radians([30.0, 30.0]), 99.0)
    # w = 5 m: 1 - exp(-1/50); with jitter w^2 = 25 + 4: 1 - exp(-1/58).
    assert found["geometric"][0] == pytest.approx(0.019801326693)
    assert found["jitter"][0] == pytest.approx(-math.expm1(-1 / 58) / 0.019801326693)
    assert found["turbulence"][0] == 1.0
    # exp(-0.5 / sin 30 deg), 51/150, 8 dB, a half.
    assert found["atmosphere"][0] == pytest.approx(math.exp(-1))
    assert found["clouds"][0] == pytest.approx(0.34)
    assert (found["receiver_optics"][0], found["detector"][0]) == (0.16, 0.5)
    assert all(np.isnan(values[1]) for values in found.values())


def test_factors_at_the_limits() -> None:
    budget = DownlinkBudget.of(scenario(losses=EVERYTHING))
    found = budget.factors(np.array([1e6, 1e6]), np.array([0.0, 1.0]), np.array([0.0, 150.0]))
    assert found["atmosphere"][0] == 0.0
    assert found["clouds"].tolist() == [1.0, 0.0]
    assert found["turbulence"][0] == 0.0  # infinite spread at the horizon
    assert 0 < found["turbulence"][1] < 1


@given(
    st.lists(st.tuples(st.floats(3e5, 4e7), st.floats(0.02, 1.57)), min_size=1, max_size=20),
    st.floats(0, 150),
    st.sampled_from(["transmittance-factor", "exponent-scale"]),
    st.sampled_from([{}, {"pointing_jitter_urad": 3}, EVERYTHING]),
)
@settings(max_examples=60, deadline=None)
def test_product_of_factors_is_the_transmittance(
    places: list[tuple[float, float]], code: float, model: str, losses: dict[str, object]
) -> None:
    range_m, elevation_rad = np.array(places).T
    budget = DownlinkBudget.of(scenario(losses=losses, atmosphere={"cloud_model": model}))
    product = np.prod(list(budget.factors(range_m, elevation_rad, code).values()), axis=0)
    np.testing.assert_allclose(
        product, budget.transmittance(range_m, elevation_rad, code), rtol=1e-12, atol=1e-300
    )


def test_product_of_factors_of_a_pair() -> None:
    found = pairs()
    arm = PairArmBudget.of(found)
    range_m, elevation_rad = np.array([5e5, 9e5, 2e6, np.nan]), np.array([1.5, 0.6, 0.2, 0.3])
    factors = arm.factors(range_m, elevation_rad, 40.0)
    product = np.prod(list(factors.values()), axis=0)
    np.testing.assert_allclose(product, arm.transmittance(range_m, elevation_rad, 40.0), rtol=1e-12)
    assert (factors["jitter"][:3] < 1).all()
    steady = PairArmBudget.of(pairs(entanglement={"optics": {"pointing_jitter_urad": 0}}))
    np.testing.assert_allclose(
        steady.factors(range_m, elevation_rad)["geometric"][:3], factors["geometric"][:3], rtol=1e-6
    )
    assert (steady.factors(range_m, elevation_rad)["jitter"][:3] == 1).all()


def test_losses_of_other_packages_have_their_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(PLUGINS)
    importlib.invalidate_caches()
    loss = {"name": "fixed-loss", "loss_db": 1.5}
    found = scenario(plugin={"loss": [loss]})
    columns = qo.key_details(found).columns
    np.testing.assert_allclose(columns["loss_fixed_loss_db"], 1.5)
    total = qo.key_details(scenario()).columns["loss_total_db"]
    np.testing.assert_allclose(columns["loss_total_db"], total + 1.5)
    sys.modules.pop("qkdopt_example", None)


def test_geometry_against_skyfield() -> None:
    """Rows of the reference that a pass holds: elevation, azimuth, range and Sun."""
    found = scenario(
        horizon={"start_utc": START, "duration_days": 7, "interval_s": 2},
        visibility={"darkness": ["none"]},
    )
    columns = qo.key_details(found).columns
    rows = {
        (link, float(seconds)): position
        for position, (link, seconds) in enumerate(
            zip(columns["link"], columns["time"], strict=True)
        )
    }
    seen = 0
    with REFERENCE.open(encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            instant = datetime.fromisoformat(row["time_utc"].replace("Z", "+00:00"))
            row_at = rows.get((row["city"], (instant - START).total_seconds() + 1.0))
            if row_at is None or float(row["elevation_deg"]) > 70:
                continue
            seen += 1
            # One second after the reference: up to 0.9 deg and 7.6 km.
            assert columns["elevation_deg"][row_at] == pytest.approx(
                float(row["elevation_deg"]), abs=1
            )
            assert columns["range_m"][row_at] == pytest.approx(
                float(row["range_km"]) * 1e3, abs=8e3
            )
            assert columns["sun_elevation_deg"][row_at] == pytest.approx(
                float(row["sun_elevation_deg"]), abs=0.02
            )
            turned = columns["azimuth_deg"][row_at] - float(row["azimuth_deg"])
            assert abs((turned + 180) % 360 - 180) < 3
    assert seen >= 3


def test_netcdf_and_csv_say_the_same(tmp_path: Path) -> None:
    details = qo.key_details(mixed())
    details.save(tmp_path / "details.nc")
    details.save(tmp_path / "details.csv")
    with xr.open_dataset(tmp_path / "details.nc") as stored:
        assert stored.attrs["Conventions"].startswith("CF-")
        assert str(stored["time"].values[0])[:10] == "2016-09-19"
        for name, variable in stored.variables.items():
            assert variable.attrs["long_name"], name
        assert stored["elevation_deg"].attrs["units"] == "degree"
        assert "middle of the interval" in stored["elevation_deg"].attrs["cell_methods"]
        assert "mean" in stored["loss_total_db"].attrs["cell_methods"]
        assert stored["secret_bits"].dtype == np.int64
        secret = stored["secret_bits"].values
    lines = (tmp_path / "details.csv").read_text(encoding="utf-8").splitlines()
    words = [line for line in lines if line.startswith("#")]
    assert not any("," in line for line in words)
    rows = list(csv.DictReader(lines[len(words) :]))
    assert [int(row["secret_bits"]) for row in rows] == secret.tolist()
    assert len(words) == 1 + len(rows[0])
    first = datetime.fromisoformat(rows[0]["time_utc"].replace("Z", "+00:00"))
    assert (first - START).total_seconds() == details.columns["time"][0]
    alone = [row for row in rows if not row["second_station"]]
    assert alone
    assert {row["second_loss_total_db"] for row in alone} == {""}
    for column in ("elevation_deg", "loss_total_db", "qber", "second_range_m"):
        found = [float(row[column] or "nan") for row in rows]
        np.testing.assert_allclose(found, details.columns[column], rtol=1e-11)


def test_of_some_intervals_only() -> None:
    found = scenario()
    whole = details_of(found)
    wanted = np.unique(whole["interval"])[5::7]
    part = details_of(found, wanted)
    kept = np.isin(whole["interval"], wanted)
    for name, values in part.items():
        np.testing.assert_array_equal(values, whole[name][kept])


def test_without_contact(tmp_path: Path) -> None:
    found = shorter(scenario(), start=datetime(2016, 9, 19, 3, tzinfo=UTC), seconds=600)
    details = qo.key_details(found)
    assert {len(values) for values in details.columns.values()} == {0}
    for name in ("none.nc", "none.csv"):
        details.save(tmp_path / name)
        assert (tmp_path / name).stat().st_size


def test_refusals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    details = qo.key_details(scenario())
    with pytest.raises(InputError, match=r"details\.txt.*ends in \.nc or \.csv"):
        details.save(tmp_path / "details.txt")
    with pytest.raises(InputError, match="threads"):
        qo.key_details(scenario(), workers=0)
    monkeypatch.setattr(several_keys, "MOST_BYTES", 1000)
    with pytest.raises(LimitError, match="3 satellites"):
        qo.key_details(parse_scenario(tomllib.loads(THREE_SATELLITES)))


def test_command(qkdopt, tmp_path: Path) -> None:
    from command_line import TWO_CITIES

    path = qkdopt.write("two.toml", TWO_CITIES)
    assert qkdopt("keys", path, "--details", "passes.csv").code == 0
    assert qkdopt("keys", path, "-o", "keys.nc", "--details", "passes.nc").code == 0
    assert {"passes.csv", "passes.nc", "keys.nc"} <= {item.name for item in qkdopt.folder.iterdir()}
    assert "-o FILE or --details FILE" in qkdopt("keys", path).complaint
    assert "ends in .nc or .csv" in qkdopt("keys", path, "--details", "passes.xlsx").complaint
