"""Positions of orbits that do not exist are refused; those of orbits that do are not."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sgp4.api import WGS72, Satrec

from command_line import CommandLine
from qkdopt.errors import InputError
from qkdopt.physics import compute_keys, load_scenario
from qkdopt.physics.orbit.plausible import RadiusLimits

ORBITS = Path(__file__).parent / "data" / "orbits"
GRAVITY_KM3_PER_S2 = 398_600.8  # WGS-72
EARTH_KM = 6_378.135


def orbit(perigee_km: float, apogee_km: float, *, bstar: float = 0.0, **angles: float) -> Satrec:
    """Return the record of an orbit by its heights, epoch 2015-10-04."""
    axis_km = EARTH_KM + (perigee_km + apogee_km) / 2
    motion = 60 * math.sqrt(GRAVITY_KM3_PER_S2 / axis_km**3)
    eccentricity = (apogee_km - perigee_km) / 2 / axis_km
    found = Satrec()
    named = {name: angles.get(name, 1.0) for name in ("argpo", "inclo", "mo", "nodeo")}
    found.sgp4init(
        WGS72, "i", 5, 24_018.3, bstar, 0.0, 0.0, eccentricity, named["argpo"], named["inclo"],
        named["mo"], motion, named["nodeo"],
    )  # fmt: skip
    return found


def radii(record: Satrec, days: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return radius [km], and its limits, where SGP4 reports no error."""
    codes, position, _ = record.sgp4_array(
        np.full(len(days), record.jdsatepoch), record.jdsatepochF + days
    )
    good = codes == 0
    least, greatest = RadiusLimits(record).at(record.jdsatepoch + record.jdsatepochF + days[good])
    return np.linalg.norm(position[good], axis=1), least, greatest


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "before-the-epoch",
            "got 91,442 km from the Earth's centre, expected 6,613 to 7,603 km",
        ),
        ("night-before-the-epoch", "4.9 days before their epoch"),
        ("after-the-end", "orbit at 2025-12-17T00:00:00Z: got 34,909 km"),
    ],
)
@pytest.mark.filterwarnings("ignore::qkdopt.physics.ScenarioWarning")
def test_orbits_that_do_not_exist(name: str, message: str) -> None:
    given = load_scenario(ORBITS / f"{name}.toml")
    with pytest.raises(InputError) as error:
        compute_keys(given)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("command", ["check", "run", "keys"])
def test_every_command_refuses_them_in_one_line(qkdopt: CommandLine, command: str) -> None:
    path = ORBITS / "night-before-the-epoch.toml"
    output = ("-o", "keys.csv" if command == "keys" else "results") if command != "check" else ()
    complaint = qkdopt(command, path, *output).complaint
    assert "53,270 km from the Earth's centre" in complaint


@pytest.mark.filterwarnings("ignore::qkdopt.physics.ScenarioWarning")
def test_an_orbit_that_looks_right_again_after_its_end() -> None:
    # The series for the drag swings through zero between; where it is near -1 the radius is
    # that of the epoch again: 560 days after, by bisection.
    given = load_scenario(ORBITS / "after-the-end.toml")
    record = given.satellites[0].elements.satrec("test")
    days = np.arange(400.0, 800.0, 0.01)
    radius, least, greatest = radii(record, days)
    inside = (radius >= least) & (radius <= greatest)
    assert inside.any()
    codes, _, _ = record.sgp4_array(
        np.full(len(days), record.jdsatepoch), record.jdsatepochF + days
    )
    later = days[codes == 0][inside][0]
    from dataclasses import replace
    from datetime import timedelta

    from qkdopt.physics.orbit.plausible import instant_utc
    from qkdopt.physics.orbit.propagation import check_lifetime, propagate

    begin = instant_utc(record.jdsatepoch, record.jdsatepochF + later)
    grid = replace(given.grid, start_utc=begin.replace(microsecond=0), count=1)
    propagate(record, grid, np.array([0.0]), "here alone it looks right")
    with pytest.raises(InputError, match="as perigee and apogee of the elements allow") as error:
        check_lifetime(record, grid, "test")
    year = (begin - timedelta(days=200)).year
    assert f"orbit at {year}-" in str(error.value) or f"orbit at {year + 1}-" in str(error.value)


def test_limits_by_hand() -> None:
    # Circular at 500 km, no drag: a = 6,878 km = 1.0784 Earth radii = p. Periodic terms, with
    # J2 = 1.0826e-3 and J3/J2 = -2.339e-3: 1.5 J2 a/p^2 + J2/4p = 1.757e-3, and half of
    # 2.339e-3 a/p = 1.169e-3; times 1.5, in km 28.0; and 20 km. Kozai's mean motion takes 0.3 km.
    least, greatest = RadiusLimits(orbit(500, 500)).at(np.array([2_457_300.0]))
    assert greatest[0] == pytest.approx(6_878.1 + 48.0, abs=0.5)
    assert least[0] == pytest.approx(6_878.1 - 48.0, abs=0.5)


def test_drag_widens_the_limits_on_its_side_only() -> None:
    plain, dragged = RadiusLimits(orbit(400, 400)), RadiusLimits(orbit(400, 400, bstar=5e-3))
    epoch = orbit(400, 400).jdsatepoch + 0.3
    before, after = np.array([epoch - 10]), np.array([epoch + 10])
    assert dragged.at(before)[1] > plain.at(before)[1] + 10
    assert dragged.at(before)[0] == pytest.approx(plain.at(before)[0])
    assert dragged.at(after)[0] < plain.at(after)[0] - 10
    assert dragged.at(after)[1] == pytest.approx(plain.at(after)[1])
    assert dragged.at(np.array([epoch + 1e4]))[0] == pytest.approx(6_436.8)  # 80 km over the pole


def test_no_position_is_refused_too() -> None:
    limits = RadiusLimits(orbit(500, 500))
    with pytest.raises(InputError, match=r"got no position .SGP4 error 1."):
        limits.check(2_457_300.0, np.zeros(1), np.full((1, 3), np.nan), np.ones(1, np.uint8), "x")


KINDS = {
    "low": st.tuples(st.floats(320, 2000), st.floats(0, 300), st.floats(-6, -3.3)),
    "medium": st.tuples(st.floats(2000, 25_000), st.floats(0, 2000), st.just(-9.0)),
    "geostationary": st.tuples(st.floats(35_500, 36_000), st.floats(0, 200), st.just(-9.0)),
    "transfer": st.tuples(st.floats(250, 1000), st.floats(20_000, 40_000), st.floats(-6, -3)),
    "molniya": st.tuples(st.floats(500, 2500), st.floats(36_000, 38_500), st.floats(-7, -4)),
    "high": st.tuples(st.floats(1500, 30_000), st.floats(30_000, 250_000), st.just(-9.0)),
}


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_orbits_that_exist_are_not_refused_within_a_month(kind: str, data: st.DataObject) -> None:
    perigee_km, more_km, drag = data.draw(KINDS[kind])
    angles = {
        name: data.draw(st.floats(1e-3, 3.14 if name == "inclo" else 6.28))
        for name in ("argpo", "inclo", "mo", "nodeo")
    }
    record = orbit(perigee_km, perigee_km + more_km, bstar=10.0**drag, **angles)
    assert record.error == 0
    radius, least, greatest = radii(record, np.linspace(-30, 30, 400) + 0.0137)
    assert radius.size == 400
    assert (radius > least + 5).all()
    assert (radius < greatest - 5).all()
