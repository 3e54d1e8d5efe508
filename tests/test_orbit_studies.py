"""Orbit studies: constructed elements, sweeps, losses, processes."""

from __future__ import annotations

import math
import pickle
from dataclasses import replace

import numpy as np
import pytest

from physics_scenarios import scenario, shorter
from qkdopt.errors import InputError
from qkdopt.physics import Scenario, compute_keys, load_scenario
from qkdopt.physics.orbit import at_altitude, geostationary
from qkdopt.study import OrbitCase, study_orbits
from qkdopt.study.orbits import (
    available_by_rule,
    from_orbit,
    geometric_loss_db,
    loss_range,
    with_optics,
)
from qkdopt.study.processes import over_processes


@pytest.fixture(scope="module")
def micius() -> Scenario:
    return load_scenario("micius-china-2016")


def test_only_the_mean_motion_changes(micius: Scenario) -> None:
    old = micius.satellites[0].elements.satrec("old")
    new = at_altitude(micius.satellites[0].elements, 2500).satrec("new")
    for name in ("inclo", "nodeo", "ecco", "argpo", "mo", "bstar"):
        assert getattr(new, name) == pytest.approx(getattr(old, name), abs=1e-6)
    assert new.jdsatepoch + new.jdsatepochF == pytest.approx(old.jdsatepoch + old.jdsatepochF)
    # By hand: sqrt(398600.8 / 8878.137^3) = 7.5473e-4 rad/s, a period of 138.75 min.
    assert 2 * math.pi / new.no_kozai == pytest.approx(138.75, abs=0.01)


def test_available_durations_under_each_rule(micius: Scenario) -> None:
    # The scheduling paper: 204 min, 12 h 36, 22 h 45, 358,700 s.
    own = available_by_rule(from_orbit(micius, "own"), ["station-night"])["station-night"]
    assert own / 60 == pytest.approx(204, rel=0.01)
    higher = available_by_rule(from_orbit(micius, 2500))
    assert higher["station-night"] / 60 == pytest.approx(756, rel=0.002)
    assert higher["umbra"] < higher["station-night"] < higher["any-night"]
    highest = available_by_rule(from_orbit(micius, 5000), ["any-night"])["any-night"]
    assert highest / 60 == pytest.approx(1365, rel=0.005)
    still = from_orbit(micius, "geostationary")
    assert available_by_rule(still, ["station-night"])["station-night"] == pytest.approx(
        358_700, rel=0.001
    )


def test_geostationary_stands_still(micius: Scenario) -> None:
    from qkdopt.physics.orbit import Access

    elements = geostationary(micius.satellites[0].elements, 105.0)
    satellite = replace(micius.satellites[0], elements=elements)
    visibility = micius.visibility.model_copy(update={"darkness": ("none",)})
    found = shorter(replace(micius, satellites=(satellite,), visibility=visibility), seconds=86400)
    access = Access(found)
    blocks = [access.samples(block) for block in access.blocks()]
    for station in range(len(found.stations)):
        seen = [s.elevation_rad[s.station == station] for s in blocks]
        elevation = np.concatenate(seen)
        assert elevation.size == 86400
        assert math.degrees(np.ptp(elevation)) < 0.3


def test_losses_grow_with_range_and_divergence() -> None:
    week = shorter(scenario(), seconds=86400)
    near, far = loss_range(week), loss_range(from_orbit(week, 2500))
    assert near is not None
    assert far is not None
    assert near.least_db < near.median_db < near.greatest_db < far.greatest_db
    wide = loss_range(with_optics(week, divergence_urad=20))
    assert wide is not None
    assert wide.median_db == pytest.approx(near.median_db + 20 * math.log10(2), abs=0.1)
    # 1 - exp(-D^2 / 2 w^2) by hand: w = 5 m, D = 2 m: 0.0768837, 11.14 dB.
    loss = geometric_loss_db(np.array([500.0, np.nan]), 10, 2)
    assert loss[0] == pytest.approx(11.1417, abs=1e-3)
    assert np.isnan(loss[1])
    nowhere = replace(
        week, visibility=week.visibility.model_copy(update={"minimum_elevation_deg": 89.99})
    )
    assert loss_range(nowhere) is None


def test_processes_change_nothing() -> None:
    day = shorter(scenario(), seconds=86400)
    cases = [OrbitCase(), OrbitCase(2500, 3, 2), OrbitCase("geostationary", 1, 2)]
    counted: list[int] = []
    alone = study_orbits(day, cases, processes=1)
    spread = study_orbits(day, cases, processes=2, done=counted.append)
    assert counted == [1, 2, 3]
    for one, other in zip(alone, spread, strict=True):
        assert one.case == other.case
        assert (one.available_s, one.losses) == (other.available_s, other.losses)
        np.testing.assert_array_equal(one.keys.bits, other.keys.bits)
    np.testing.assert_array_equal(alone[0].keys.bits, compute_keys(day).bits)
    again = pickle.loads(pickle.dumps(alone[0].keys))
    assert again.provenance == alone[0].keys.provenance
    assert again.weights == alone[0].keys.weights


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: from_orbit(scenario(), 100), "200 <= altitude_km"),
        (lambda: from_orbit(scenario(), math.nan), "200 <= altitude_km"),
        (lambda: from_orbit(scenario(), "polar"), "kilometres, own or geostationary"),
        (lambda: with_optics(scenario(), divergence_urad=0), "0 < divergence_half_angle_urad"),
        (lambda: over_processes(abs, [1], processes=0), "at least 1 process"),
    ],
)
def test_bad_input(call, words: str) -> None:
    with pytest.raises(InputError, match=words):
        call()
