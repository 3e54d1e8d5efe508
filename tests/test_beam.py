"""The truncated, jittered beam: references, limits, laws, missing values, bad input."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.polynomial.legendre import leggauss as _rule
from scipy.special import j1

from beam_references import adaptive_quadrature, two_dimensional_transforms
from qkdopt.errors import InputError
from qkdopt.physics.link.diffraction import (
    _kernels,
    matched_gaussian_capture_probability,
    mean_capture_probability,
    optimum_waist_m,
    untruncated_capture_probability,
)

# The Iberian paper: 15 cm and 60 cm telescopes, 0.47 urad; 810 nm is an assumption.
A, R, JITTER, WAVELENGTH = 0.15, 0.6, 0.47e-6, 810e-9
OPTICS = (WAVELENGTH, A, R, JITTER)

# waist, range, wavelength, transmitter, receiver, jitter: usual, without jitter, much too narrow
# and much too wide a waist, geostationary, near, very near, jitter far beyond the spot.
CASES = [
    (0.129, 600e3, 810e-9, 0.15, 0.6, 0.47e-6),
    (0.129, 600e3, 810e-9, 0.15, 0.6, 0.0),
    (0.0129, 400e3, 810e-9, 0.15, 0.6, 1e-6),
    (0.45, 1200e3, 1550e-9, 0.15, 1.0, 1e-6),
    (0.028, 2000e3, 810e-9, 0.15, 0.5, 3e-6),
    (0.1, 35_786e3, 848.6e-9, 0.15, 0.6, 1e-7),
    (0.1, 20e3, 810e-9, 0.15, 0.6, 5e-6),
    (0.05, 5e3, 810e-9, 0.15, 0.25, 1e-5),
    (0.13, 500e3, 810e-9, 0.15, 0.5, 2e-5),
]


@pytest.mark.parametrize("case", CASES)
def test_adaptive_quadrature(case: tuple[float, ...]) -> None:
    assert mean_capture_probability(*case) == pytest.approx(adaptive_quadrature(*case), rel=1e-7)


@pytest.mark.parametrize("focus_m", [600e3, 300e3, -200e3])
def test_focus_against_adaptive_quadrature(focus_m: float) -> None:
    case = (0.129, 600e3, *OPTICS)
    found = mean_capture_probability(*case, focus_m=focus_m)
    assert found == pytest.approx(adaptive_quadrature(*case, focus_m), rel=1e-7)


@pytest.mark.slow
def test_adaptive_quadrature_over_the_range_of_use() -> None:
    rng = np.random.default_rng(7)
    for _ in range(300):
        radius, receiver = rng.uniform(0.05, 0.5), rng.uniform(0.1, 1.5)
        case = (
            radius * np.exp(rng.uniform(np.log(0.05), np.log(3.0))),
            np.exp(rng.uniform(np.log(100e3), np.log(4e7))),
            rng.uniform(0.5e-6, 1.6e-6),
            radius,
            receiver,
            rng.choice([0.0, np.exp(rng.uniform(np.log(1e-8), np.log(1e-5)))]),
        )
        found = mean_capture_probability(*case)
        assert found == pytest.approx(adaptive_quadrature(*case), rel=1e-7), case


@pytest.mark.parametrize("range_m", [400e3, 1200e3])
def test_two_dimensional_transforms(range_m: float) -> None:
    # Appendix A of the paper. The grid's own error is 0.1 %: it halves with the step.
    case = (0.129, range_m, *OPTICS)
    assert mean_capture_probability(*case) == pytest.approx(
        two_dimensional_transforms(*case, across=1024, samples_in_radius=16), rel=2e-3
    )


def test_optimum_of_the_paper() -> None:
    range_m = np.array([400e3, 600e3, 800e3, 1200e3])
    waist_m = optimum_waist_m(range_m, *OPTICS)
    assert waist_m / A == pytest.approx([0.8362, 0.8583, 0.8660, 0.8715], abs=1e-4)
    assert mean_capture_probability(waist_m, range_m, *OPTICS) == pytest.approx(
        [0.423546, 0.217872, 0.129199, 0.059659], abs=1e-6
    )


def test_a_fixed_waist_is_good_enough() -> None:
    # fixed_waist.py prints this for more waists and jitters.
    range_m = np.linspace(400e3, 2000e3, 161)
    best = mean_capture_probability(optimum_waist_m(range_m, *OPTICS), range_m, *OPTICS)
    fixed = mean_capture_probability(0.86 * A, range_m, *OPTICS)
    assert (1 - fixed / best).max() == pytest.approx(0.00111, abs=1e-5)


def test_textbook_limits() -> None:
    # Far away, without jitter: the optimum is w0 = 0.892 a, and 0.8145 of the power that a
    # uniform beam would bring on the axis, pi a^2 / (lambda z)^2, arrives on a small receiver.
    range_m, receiver_m = 1e9, 0.01
    waist_m = optimum_waist_m(range_m, WAVELENGTH, A, receiver_m, 0.0)
    assert waist_m / A == pytest.approx(0.8921, abs=1e-4)
    ideal = math.pi * A**2 / (WAVELENGTH * range_m) ** 2 * math.pi * receiver_m**2
    share = mean_capture_probability(waist_m, range_m, WAVELENGTH, A, receiver_m, 0.0)
    assert share / ideal == pytest.approx(0.8145, abs=1e-4)
    # A huge receiver takes all that passes the edge, 1 - exp(-2 a^2/w0^2) = 0.864665 for
    # w0 = a, but for what the edge diffracts out of it: about lambda z/(R a) of 1/pi^2.
    wide = mean_capture_probability(A, 20e3, WAVELENGTH, A, 1.5, 0.0)
    assert wide == pytest.approx(0.864665, abs=2e-3)


def test_missing_values_and_extremes_are_silent() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = mean_capture_probability(
            [0.129, np.nan, 0.129, 1e-6, 1e3, 0.129, 0.129],
            [600e3, 600e3, np.nan, 600e3, 600e3, 1.0, 1e16],
            *OPTICS,
        )
        best = optimum_waist_m([np.nan, 1.0, 600e3, 1e16], *OPTICS)
    assert np.isnan(found[[1, 2, 5]]).all()
    assert ((found[[0, 3, 4, 6]] >= 0) & (found[[0, 3, 4, 6]] <= 1)).all()
    assert np.isnan(best[:2]).all()
    assert np.isfinite(best[2:]).all()
    assert mean_capture_probability([], 600e3, *OPTICS).shape == (0,)


def test_arguments_broadcast_and_order_does_not_matter() -> None:
    waist_m = np.array([0.05, 0.129, 0.2])
    range_m = np.array([[900e3], [400e3]])
    together = mean_capture_probability(waist_m, range_m, *OPTICS)
    apart = [[float(mean_capture_probability(w, z, *OPTICS)) for w in waist_m] for (z,) in range_m]
    assert together == pytest.approx(np.array(apart), rel=1e-8)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("waist_m", 0.0, "waist_m > 0"),
        ("waist_m", -0.1, "waist_m > 0"),
        ("range_m", 0.0, "range_m > 0"),
        ("range_m", math.inf, "finite"),
        ("wavelength_m", 0.0, "wavelength_m > 0"),
        ("transmitter_radius_m", 0.0, "transmitter_radius_m > 0"),
        ("receiver_radius_m", 0.0, "receiver_radius_m > 0"),
        ("jitter_rad", -1e-6, "jitter_rad >= 0"),
        ("focus_m", 0.0, "focus_m != 0"),
    ],
)
def test_bad_input_is_one_line(name: str, value: float, expected: str) -> None:
    values = {
        "waist_m": 0.129,
        "range_m": 600e3,
        "wavelength_m": WAVELENGTH,
        "transmitter_radius_m": A,
        "receiver_radius_m": R,
        "jitter_rad": JITTER,
        "focus_m": math.inf,
    }
    with pytest.raises(InputError, match=expected) as caught:
        mean_capture_probability(**{**values, name: np.array([values[name], value])})
    assert str(caught.value).startswith(f"{name}: got {value!r}")
    assert "\n" not in str(caught.value)


def test_shapes_that_do_not_broadcast() -> None:
    with pytest.raises(InputError, match="arrays that broadcast"):
        mean_capture_probability([0.1, 0.2], [4e5, 5e5, 6e5], *OPTICS)


waists = st.floats(0.05, 2.0).map(lambda omega: omega * A)
ranges = st.floats(200e3, 4e7)
jitters = st.floats(0.0, 5e-6)


@given(waists, ranges, jitters, st.floats(0.1, 2.0), st.floats(0.2, 5.0))
def test_scale_laws(waist: float, z: float, jitter: float, receiver: float, c: float) -> None:
    share = mean_capture_probability(waist, z, WAVELENGTH, A, receiver, jitter)
    # Apertures times c, range times c^2, jitter over c: same light.
    larger = (c * waist, c * c * z, WAVELENGTH, c * A, c * receiver, jitter / c)
    assert mean_capture_probability(*larger) == pytest.approx(share, rel=1e-7)
    # Every length times c, the wavelength included.
    all_lengths = (c * waist, c * z, c * WAVELENGTH, c * A, c * receiver, jitter)
    assert mean_capture_probability(*all_lengths) == pytest.approx(share, rel=1e-7)


@given(waists, ranges, jitters, st.floats(1.0, 4.0))
def test_monotone_laws(waist: float, z: float, jitter: float, c: float) -> None:
    share = mean_capture_probability(waist, z, *OPTICS[:3], jitter)
    slack = 1 + 1e-7
    assert mean_capture_probability(waist, c * z, *OPTICS[:3], jitter) <= share * slack
    assert mean_capture_probability(waist, z, *OPTICS[:3], c * jitter) <= share * slack
    assert mean_capture_probability(waist, z, WAVELENGTH, A, c * R, jitter) * slack >= share
    assert share <= -np.expm1(-2 * (A / waist) ** 2) * slack


@given(waists, ranges, jitters)
def test_no_waist_beats_the_optimum(waist: float, z: float, jitter: float) -> None:
    channel = (z, *OPTICS[:3], jitter)
    best = mean_capture_probability(optimum_waist_m(*channel), *channel)
    assert mean_capture_probability(waist, *channel) <= best * (1 + 1e-7)


def test_closed_forms() -> None:
    # beam_closed_forms.py prints these errors over more distances and waists.
    range_m = np.array([400e3, 800e3, 1200e3])
    narrow = mean_capture_probability(A / 3, range_m, *OPTICS)
    free = untruncated_capture_probability(A / 3, range_m, WAVELENGTH, R, JITTER)
    assert free == pytest.approx(narrow, rel=2.5e-4)
    best = mean_capture_probability(0.86 * A, range_m, *OPTICS)
    matched = matched_gaussian_capture_probability(0.86 * A, range_m, *OPTICS)
    assert matched == pytest.approx(best, rel=0.013)
    assert (matched >= best).all()


def test_closed_forms_refuse_and_pass_on_what_the_integral_does() -> None:
    with pytest.raises(InputError, match="range_m > 0"):
        untruncated_capture_probability(0.1, 0.0, WAVELENGTH, R, JITTER)
    with pytest.raises(InputError, match="waist_m > 0"):
        matched_gaussian_capture_probability(0.0, 6e5, *OPTICS)
    assert np.isnan(untruncated_capture_probability([0.1, 0.1], np.nan, WAVELENGTH, R, 0)).all()
    assert np.isnan(matched_gaussian_capture_probability(0.1, np.nan, *OPTICS))


@given(st.floats(0.02, 0.2), st.floats(300e3, 2e6), jitters, st.sampled_from([math.inf, 5e5, -1e6]))
def test_a_beam_far_from_the_edge_is_gaussian(omega: float, z: float, j: float, f: float) -> None:
    # The edge cuts off exp(-2 * 25) at most; by hand for omega = 0.1, z = 600 km, no jitter:
    # w = lambda z/(pi w0) = 10.31 m, 1 - exp(-2 * 0.36/106.4) = 0.006746.
    exact = mean_capture_probability(omega * A, z, *OPTICS[:3], j, focus_m=f)
    free = untruncated_capture_probability(omega * A, z, WAVELENGTH, R, j, focus_m=f)
    assert exact == pytest.approx(free, rel=1e-7)


@pytest.mark.parametrize("v", [1.2, 30.0])
def test_compiled_equals_uncompiled(v: float) -> None:
    # 1.2: the power series; 30: both branches of the Bessel function.
    x, weight = (0.5 * (rule + shift) for rule, shift in zip(_rule(9), (1.0, 0.0), strict=True))
    fast, slow = np.zeros((2, 9, 9))
    _kernels._matrix(v, 0.5, 0.1, x, weight, 7, fast)
    _kernels._matrix.py_func(v, 0.5, 0.1, x, weight, 7, slow)
    assert fast == pytest.approx(slow, rel=1e-11, abs=1e-18)
    assert _kernels._form(fast, x, 0.8) == pytest.approx(_kernels._form.py_func(fast, x, 0.8))
    assert _kernels._best(fast, x) == pytest.approx(_kernels._best.py_func(fast, x), rel=1e-6)


def test_bessel_function_against_scipy() -> None:
    # Series below 18, asymptotic expansion above, on both sides of the seam.
    u = np.r_[np.linspace(1e-6, 17.999, 300), np.linspace(18.0, 600.0, 300)]
    found = np.array([_kernels._bessel_ratio(argument) for argument in u])
    assert found == pytest.approx(j1(u) / u, abs=1e-11)
