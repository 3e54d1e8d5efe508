"""The table of capture probabilities keeps the error that it states."""

from __future__ import annotations

import numpy as np
import pytest

from qkdopt.errors import InputError
from qkdopt.physics.link.diffraction import BeamTable, mean_capture_probability, optimum_waist_m

OPTICS = {
    "wavelength_m": 810e-9,
    "transmitter_radius_m": 0.15,
    "receiver_radius_m": 0.6,
    "jitter_rad": 0.47e-6,
}


def table(**changes: object) -> BeamTable:
    usual = {"waist_m": 0.129, "nearest_m": 380e3, "farthest_m": 2_400e3}
    return BeamTable(**{**OPTICS, **usual, **changes})


@pytest.mark.parametrize("waist", [0.129, 0.05, 0.4, "optimised"])
@pytest.mark.parametrize("relative_error", [1e-5, 1e-8])
def test_stated_error_is_kept(waist: float | str, relative_error: float) -> None:
    made = table(waist_m=waist, relative_error=relative_error)
    # Random distances, and dense ones where interpolation is worst: beside the ends.
    range_m = np.random.default_rng(3).uniform(380e3, 2_400e3, 400)
    range_m = np.r_[range_m, np.linspace(380e3, 420e3, 101), np.linspace(2_200e3, 2_400e3, 101)]
    waist_m = optimum_waist_m(range_m, *OPTICS.values()) if waist == "optimised" else waist
    exact = mean_capture_probability(waist_m, range_m, *OPTICS.values())
    error = np.abs(made.capture_probability(range_m) / exact - 1).max()
    # The kernel's own noise, some 1e-9, is on both sides.
    assert error <= relative_error
    assert error <= 2 * made.measured_error + 5e-9


def test_missing_value_shape_and_ends() -> None:
    made = table()
    found = made.capture_probability([[380e3, np.nan], [2_400e3, 500e3]])
    assert found.shape == (2, 2)
    assert np.isnan(found).tolist() == [[False, True], [False, False]]


def test_near_field_with_a_focus() -> None:
    made = table(nearest_m=60e3, farthest_m=500e3, focus_m=200e3)
    range_m = np.geomspace(60e3, 500e3, 99)
    exact = mean_capture_probability(0.129, range_m, *OPTICS.values(), focus_m=200e3)
    assert made.capture_probability(range_m) == pytest.approx(exact, rel=2e-8)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"nearest_m": 0.0}, "0 < nearest_m < farthest_m"),
        ({"farthest_m": 100e3}, "0 < nearest_m < farthest_m"),
        ({"waist_m": "best"}, "metres or 'optimised'"),
        ({"waist_m": 0.0}, "waist_m > 0"),
        ({"jitter_rad": -1e-7}, "jitter_rad >= 0"),
        ({"relative_error": 0.0}, "relative_error > 0"),
        ({"relative_error": 1e-17}, "an error that 4,096 steps reach"),
        ({"nearest_m": 1.0, "farthest_m": 9.0}, "a beam that can be resolved"),
    ],
)
def test_bad_input(changes: dict[str, object], expected: str) -> None:
    with pytest.raises(InputError, match=expected) as caught:
        table(**changes)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("range_m", [379e3, 2_401e3])
def test_beyond_the_table(range_m: float) -> None:
    with pytest.raises(InputError, match=r"380000 <= range_m <= 2\.4e\+06"):
        table().capture_probability([500e3, range_m])
