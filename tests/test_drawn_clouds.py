"""Drawn skies: marginals, correlation, and streams of random numbers of their own."""

from __future__ import annotations

import numpy as np
import pytest

import qkdopt as qo
from physics_scenarios import scenario
from qkdopt.errors import InputError
from qkdopt.physics.clouds import Place
from qkdopt.physics.clouds.fields import Correlation, distances_km, latent_fields
from qkdopt.physics.clouds.marginals import Marginal, codes_from_latent, marginal_of

PLACES = [
    Place("Beijing", 39.9075, 116.39723),
    Place("Jinan", 36.66833, 116.99722),
    Place("Urumqi", 43.80096, 87.60046),
]
MANY = 4000


def test_distances() -> None:
    # By hand: a quarter of the meridian of a sphere is 6371 pi / 2 = 10,007.543 km.
    pole = [Place("equator", 0.0, 30.0), Place("pole", 90.0, 0.0), Place("again", 0.0, 390.0)]
    found = distances_km(pole)
    assert found[0, 1] == pytest.approx(10_007.543, abs=1e-3)
    assert found[0, 2] == pytest.approx(0.0, abs=1e-6)
    assert np.array_equal(found, found.T)


@pytest.mark.parametrize(("name", "clear", "overcast"), [("mild", 0.5, 0.05), ("heavy", 0.3, 0.35)])
def test_marginals(name: str, clear: float, overcast: float) -> None:
    codes = codes_from_latent(latent_fields(PLACES, 1, 600, 7, MANY), name)[:, 0]
    assert np.array_equal(codes, np.rint(codes))
    assert codes.min() == 0.0
    assert codes.max() == 150.0
    between = 1.0 - clear - overcast
    for code in (0, 30, 75, 120, 149):
        share = clear + between * (code + 0.5) / 150  # rounded to whole codes
        error = np.sqrt(share * (1 - share) / MANY)
        assert np.abs((codes <= code).mean(axis=0) - share).max() < 4 * error


def test_codes_by_hand() -> None:
    # Quantiles 0.5, 0.725 and 0.95 of "mild": clear, half of what is between, overcast.
    z = np.array([-9.0, 0.0, 0.597760, 1.6449, 9.0])
    assert codes_from_latent(z).tolist() == [0, 0, 75, 150, 150]
    assert codes_from_latent(z, "0.5,0.05").tolist() == codes_from_latent(z, "mild").tolist()
    assert codes_from_latent(z, Marginal(0.0, 0.0))[1] == 75


def test_correlation_in_time_and_space() -> None:
    """Between any two steps and stations, within the error of independent members."""
    steps, step_s, lengths = 5, 5400, Correlation(time_h=6.0, distance_km=300.0)
    fields = latent_fields(PLACES, steps, step_s, 3, MANY, lengths).reshape(MANY, -1)
    hours = np.arange(steps) * step_s / 3600
    in_time = np.exp(-np.abs(hours[:, None] - hours) / 6.0)
    expected = np.kron(in_time, np.exp(-distances_km(PLACES) / 300.0))
    found = fields.T @ fields / MANY
    error = np.sqrt((1.0 + expected**2) / MANY)
    assert (np.abs(found - expected) / error).max() < 4.5
    assert np.abs(fields.mean(axis=0)).max() < 4 / np.sqrt(MANY)


def test_two_stations_at_one_place_have_one_sky() -> None:
    fields = latent_fields([PLACES[0], PLACES[0], PLACES[1]], 3, 600, 1)
    assert fields[..., 0] == pytest.approx(fields[..., 1], abs=1e-5)


def test_members_are_their_own() -> None:
    few, many = (latent_fields(PLACES, 20, 600, 5, members) for members in (2, 7))
    assert np.array_equal(few, many[:2])
    assert np.unique(many[:, 0, 0]).size == 7
    assert not np.array_equal(latent_fields(PLACES, 20, 600, 6), few[:1])


def test_an_ensemble_covers_the_horizon() -> None:
    found = qo.draw_clouds(scenario(), "heavy", members=3, seed=4)
    assert found.code.shape == (3, 144, 2)
    assert len(found) == 3
    assert found.synthetic
    assert "SYNTHETIC" in found.label
    assert "0.3 clear, 0.35 overcast" in found.label
    assert not found.code.flags.writeable
    again = qo.draw_clouds(scenario(), marginal_of("0.3,0.35"), members=5, seed=4)
    assert again.code[:3].tobytes() == found.code.tobytes()
    assert qo.draw_clouds(scenario(), step_s=50_000, members=1).code.shape == (1, 2, 2)


def test_members_and_their_mean_are_series() -> None:
    drawn = qo.draw_clouds(scenario(), members=3)
    second, station = np.array([0, 600, 86_399]), np.array([0, 1, 1])
    start = scenario().grid.start_utc
    every = drawn.codes_at(start, second, station)
    assert every.shape == (3, 3)
    for k in range(3):
        assert np.array_equal(drawn.member(k).codes_at(start, second, station), every[k])
    assert np.allclose(drawn.mean().codes_at(start, second, station), every.mean(axis=0))
    under = scenario().with_clouds(drawn)
    assert under.ensemble is drawn
    assert under.assumptions == ("synthetic clouds",)
    assert under.digest != scenario().with_clouds(drawn.member(0)).digest


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"members": 0}, "members: got 0, expected 1 to 10,000"),
        ({"seed": -1}, "seed: got -1, expected a whole number"),
        ({"step_s": 0}, "step_s: got 0, expected 1 to 86,400, the horizon"),
        ({"step_s": 1, "members": 1000}, "expected at most 67,108,864 codes"),
        ({"marginal": "mildly"}, "expected mild or heavy, or two shares such as 0.3,0.35"),
        ({"marginal": "0.5,0.5"}, "expected two shares >= 0 whose sum is below 1"),
        ({"marginal": "-0.1,0.5"}, "expected two shares >= 0 whose sum is below 1"),
    ],
)
def test_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        qo.draw_clouds(scenario(), **change)


def test_lengths_are_positive() -> None:
    with pytest.raises(InputError, match=r"time_h: got 0\.0, expected a number above 0"):
        Correlation(time_h=0.0)


def test_clouds_of_other_stations_are_refused() -> None:
    drawn = qo.draw_clouds(qo.load_scenario("micius-china-2016"), members=1)
    with pytest.raises(InputError, match="got clouds of 11 stations, expected clouds of its 2"):
        scenario().with_clouds(drawn)
