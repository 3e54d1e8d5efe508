"""BBM92: the best brightness, conventions, laws, missing values, bad input."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pair_protocol import XI, protocol
from qkdopt.errors import InputError
from qkdopt.physics.protocols import BBM92
from qkdopt.physics.protocols.bbm92 import _kernels, extraction_fraction


@pytest.mark.parametrize("model", ["exact", "paper"])
def test_optimum_against_a_dense_search(model: str) -> None:
    rng = np.random.default_rng(11)
    eta_a, eta_b = 10.0 ** -rng.uniform(0, 6, (2, 60))
    dark = 10.0 ** -rng.uniform(4, 9)
    best = protocol(model=model, dark_probability_per_window=dark).rates(eta_a, eta_b)
    dense = np.zeros(60)
    for mean in np.geomspace(1e-5, 1.99, 800):
        fixed = protocol(
            model=model, dark_probability_per_window=dark, mean_pairs_per_window=float(mean)
        )
        dense = np.maximum(dense, fixed.key_rate_bits_per_s(eta_a, eta_b))
    assert (best.key_rate_bits_per_s >= dense * (1 - 1e-12)).all()
    assert best.key_rate_bits_per_s == pytest.approx(dense, rel=1e-4)
    assert ((dense > 0) == ~np.isnan(best.mean_pairs_per_window)).all()


@pytest.mark.parametrize("model", ["exact", "paper"])
@pytest.mark.parametrize("dark", [0.0, 1e-6, 1.0])
@pytest.mark.parametrize("finite_block", [None, "optimistic", "conservative"])
@pytest.mark.parametrize("mean", [None, 0.05])
def test_finite_or_nan_without_warnings(
    model: str, dark: float, finite_block: str | None, mean: float | None
) -> None:
    values = [0.0, 1e-300, 1e-160, 1e-9, 1e-3, 0.5, 1.0, np.nan]
    eta_a, eta_b = np.array(values)[:, None], np.array(values)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = protocol(
            model=model,
            dark_probability_per_window=dark,
            finite_block=finite_block,
            mean_pairs_per_window=mean,
        ).rates(eta_a, eta_b)
    unknown = np.isnan(eta_a + eta_b)
    assert np.isnan(found.key_rate_bits_per_s[unknown]).all()
    key = found.key_rate_bits_per_s[~unknown]
    assert (np.isfinite(key) & (key >= 0)).all()
    no_light = ((eta_a == 0) | (eta_b == 0)) & ~unknown
    assert (found.key_rate_bits_per_s[no_light] == 0).all()
    assert not np.isinf([found.qber, found.sifted_rate_hz, found.mean_pairs_per_window]).any()


def test_readings_of_the_pair_rate() -> None:
    # 5.9e6 pairs/s in windows of 1 ns: 0.0059 pairs in each of 1e9 windows.
    pairs = BBM92(pair_rate_hz=5.9e6, pair_rate_counts="pairs").rates(1e-3, 2e-3)
    assert pairs.mean_pairs_per_window == pytest.approx(0.0059)
    # Every pair is seen with eta_a eta_b, each halved by the coupling; 1 % more from pairs of
    # pairs, of which there are L/2 per window for each pair.
    assert pairs.coincidence_rate_hz == pytest.approx(5.9e6 * 0.25 * 2e-6, rel=0.02)
    attempts = BBM92(pair_rate_hz=5.9e6, pair_rate_counts="attempts").rates(1e-3, 2e-3)
    per_window = BBM92(pair_rate_hz=1.0, pair_rate_counts="attempts").rates(1e-3, 2e-3)
    assert attempts.key_rate_bits_per_s == pytest.approx(5.9e6 * per_window.key_rate_bits_per_s)
    assert attempts.key_rate_bits_per_s < pairs.key_rate_bits_per_s


def test_coupling_and_efficiency_multiply_both_arms() -> None:
    inside = protocol(coupling=0.5, detector_efficiency=0.8).rates(0.01, 0.003)
    outside = protocol().rates(0.004, 0.0012)
    assert inside.key_rate_bits_per_s == pytest.approx(outside.key_rate_bits_per_s, rel=1e-12)


def test_stray_light_adds_to_dark_counts() -> None:
    # 1 - (1 - 1e-3)(1 - 2e-3) = 2.998e-3
    both = protocol(dark_probability_per_window=1e-3, stray_probability_per_window=2e-3)
    one = protocol(dark_probability_per_window=2.998e-3)
    assert both.key_rate_bits_per_s(0.3, 0.4) == pytest.approx(one.key_rate_bits_per_s(0.3, 0.4))
    given_apart = protocol(dark_probability_per_window=1e-3)
    assert given_apart.key_rate_bits_per_s(0.3, 0.4, stray_a=2e-3, stray_b=2e-3) == pytest.approx(
        one.key_rate_bits_per_s(0.3, 0.4)
    )


def test_finite_blocks_are_bracketed() -> None:
    error = np.linspace(0.0, 0.12, 25)
    asymptotic = extraction_fraction(error, XI)
    before = np.zeros(25)
    for length in (1e3, 1e4, 1e6, 1e12):
        low, high = (
            extraction_fraction(error, XI, finite_block=end, block_sifted_bits=length)
            for end in ("conservative", "optimistic")
        )
        assert (low >= before - 1e-12).all()  # longer blocks yield more
        assert (low <= high).all()
        assert (high <= asymptotic).all()
        before = low
    assert low == pytest.approx(asymptotic, abs=0.01)
    # By hand, 1e4 bits, no errors: 3 log2(1e10) + 1 = 100.66 bits for hashing.
    # By hand, 1e6 bits of which a tenth is disclosed, no errors: ln(4e10) = 24.41, nu =
    # sqrt(1e6 * 100001 * 24.41 / (9e5 * 1e10)) = 0.016470, h2(nu) = 0.12126, and
    # 0.9 (1 - 0.12126) - 1.0e-4 = 0.79077; the best share leaves a little more.
    tenth = extraction_fraction(
        np.array(0.0), XI, finite_block="conservative", block_sifted_bits=1e6
    )
    assert 0.79077 <= tenth <= 0.82
    first = extraction_fraction(np.array(0.0), XI, finite_block="optimistic", block_sifted_bits=1e4)
    assert first == pytest.approx(1 - 0.010066, abs=1e-6)


etas = st.floats(-6, 0).map(lambda exponent: 10.0**exponent)
models = st.sampled_from(["exact", "paper"])


@given(models, etas, etas, st.floats(1e-8, 1e-4), st.floats(1e-8, 1e-4))
def test_symmetric_in_the_arms(model: str, a: float, b: float, p: float, q: float) -> None:
    source = protocol(model=model)
    one = source.key_rate_bits_per_s(a, b, stray_a=p, stray_b=q)
    other = source.key_rate_bits_per_s(b, a, stray_a=q, stray_b=p)
    assert one == pytest.approx(other, rel=1e-9, abs=1e-30)


@given(etas, etas, st.floats(1e-9, 1e-4), st.floats(0.0, 0.05), st.floats(1.0, 10.0))
def test_monotone(a: float, b: float, dark: float, misalignment: float, c: float) -> None:
    def rate(eta_a: float, **changes: float) -> float:
        usual = {"dark_probability_per_window": dark, "misalignment_error": misalignment}
        return float(protocol(**{**usual, **changes}).key_rate_bits_per_s(eta_a, b))

    key = rate(a)
    slack = 1 + 1e-9
    assert rate(a / c) <= key * slack
    assert rate(a, dark_probability_per_window=c * dark) <= key * slack
    assert rate(a, misalignment_error=c * misalignment) <= key * slack
    assert rate(a, error_correction_overhead=XI + c) <= key * slack


strays = st.one_of(st.just(0.0), st.floats(-9, -1).map(lambda exponent: 10.0**exponent))


@given(etas, etas, strays, strays, st.floats(0.0, 0.1), st.floats(1.0, 4.0), st.floats(-9, 0.2))
def test_no_brightness_beats_the_optimum(
    a: float, b: float, p: float, q: float, misalignment: float, xi: float, exponent: float
) -> None:
    settings = {
        "dark_probability_per_window": 0.0,
        "misalignment_error": misalignment,
        "error_correction_overhead": xi,
    }
    best = protocol(**settings).key_rate_bits_per_s(a, b, stray_a=p, stray_b=q)
    fixed = protocol(**settings, mean_pairs_per_window=10.0**exponent)
    assert fixed.key_rate_bits_per_s(a, b, stray_a=p, stray_b=q) <= best * (1 + 1e-9) + 1e-300


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"model": "werner"}, "model: got werner, expected one of 'exact', 'paper'"),
        ({"pair_rate_counts": "hz"}, "one of 'attempts', 'pairs'"),
        ({"finite_block": "short"}, "one of None, 'optimistic', 'conservative'"),
        ({"pair_rate_hz": 0.0}, "0 < pair_rate_hz < inf"),
        ({"pair_rate_hz": math.nan}, "0 < pair_rate_hz < inf"),
        ({"window_s": -1e-9}, "0 < window_s < inf"),
        ({"pair_rate_hz": 2e9}, "attempts that do not overlap"),
        ({"mean_pairs_per_window": 0.0}, "0 < mean_pairs_per_window < 100"),
        ({"mean_pairs_per_window": "bright"}, "got bright, expected 0 < mean"),
        ({"mean_pairs_per_window": -0.1}, "0 < mean_pairs_per_window < 100"),
        ({"mean_pairs_per_window": 2.0, "model": "paper"}, "0 < mean_pairs_per_window < 2"),
        ({"mean_pairs_per_window": 0.1, "pair_rate_counts": "pairs"}, "expected none"),
        ({"pair_rate_hz": 2e11, "pair_rate_counts": "pairs"}, "pairs per window"),
        ({"dark_probability_per_window": 1.1}, "0 <= dark_probability_per_window <= 1"),
        ({"stray_probability_per_window": -1e-9}, "0 <= stray_probability_per_window <= 1"),
        ({"misalignment_error": 0.6}, "0 <= misalignment_error <= 0.5"),
        ({"misalignment_error": 0.01, "model": "paper"}, "whose equations know none"),
        ({"coupling": 1.5}, "0 <= coupling <= 1"),
        ({"detector_efficiency": -0.5}, "0 <= detector_efficiency <= 1"),
        ({"error_correction_overhead": 0.9}, "1 <= error_correction_overhead"),
        ({"block_sifted_bits": 0.0}, "0 < block_sifted_bits < inf"),
    ],
)
def test_bad_input_is_one_line(changes: dict[str, object], expected: str) -> None:
    with pytest.raises(InputError) as caught:
        protocol(**changes)
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["eta_a", "eta_b", "stray_a", "stray_b"])
@pytest.mark.parametrize("value", [-0.1, 1.1, math.inf])
def test_probabilities_out_of_range(name: str, value: float) -> None:
    usual = {"eta_a": 0.1, "eta_b": 0.1}
    with pytest.raises(InputError, match=f"0 <= {name} <= 1"):
        protocol().rates(**{**usual, name: value})


def test_arms_that_do_not_broadcast() -> None:
    with pytest.raises(InputError, match="arrays that broadcast"):
        protocol().rates([0.1, 0.2], [0.1, 0.2, 0.3])


@pytest.mark.parametrize("model", [_kernels.EXACT, _kernels.PAPER])
def test_compiled_equals_uncompiled(model: int) -> None:
    lam, *arm = 0.07, 0.03, 0.4, 1e-5, 2e-4
    function = _kernels._exact if model == _kernels.EXACT else _kernels._paper
    settings = (lam, *arm, 0.01) if model == _kernels.EXACT else (lam, *arm)
    assert function(*settings) == pytest.approx(function.py_func(*settings), rel=1e-12)
    search = (model, *arm, 0.0, 2.22, 0.05, -1.0)
    best = _kernels._brightest(*search)
    assert best == pytest.approx(_kernels._brightest.py_func(*search), rel=1e-9)
    wrong = np.array([[1.0, 0.5], [0.3, 0.5], [1e-5, 1e-5], [1e-5, 1e-5]])
    fast, slow = np.empty(2), np.empty(2)
    _kernels.optimise(model, wrong, 0.0, 2.22, fast)
    _kernels.optimise.py_func(model, wrong, 0.0, 2.22, slow)
    assert fast == pytest.approx(slow, rel=1e-9)
