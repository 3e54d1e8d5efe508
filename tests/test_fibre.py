"""The fibre reference: PLOB values by hand, the scheduling paper's comparison, laws."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qkdopt.errors import InputError
from qkdopt.physics.link import (
    fibre_loss_db,
    fibre_secret_bits,
    least_relays,
    plob_bits_per_use,
)
from qkdopt.physics.protocols import DecoyBB84

WEEK_OF_PULSES = 200e6 * 7 * 86400


def test_by_hand() -> None:
    # eta = 1/2: one bit per use; eta = 3/4: two bits.
    assert plob_bits_per_use(10 * math.log10(2)) == pytest.approx(1, rel=1e-14)
    assert plob_bits_per_use(10 * math.log10(4 / 3)) == pytest.approx(2, rel=1e-14)
    # 100 km of 0.2 dB/km: eta = 0.01, -log2(0.99) = 0.014500.
    assert plob_bits_per_use(fibre_loss_db(100)) == pytest.approx(0.0144995696951, rel=1e-12)
    # One relay halves the decibels: eta = 0.1, -log2(0.9) = 0.152003.
    assert plob_bits_per_use(fibre_loss_db(100), 1) == pytest.approx(0.152003093445, rel=1e-12)


def test_limits_and_missing_value() -> None:
    assert plob_bits_per_use(0) == math.inf
    assert plob_bits_per_use(1e6) == 0
    # Far away the bound is eta / ln 2.
    assert plob_bits_per_use(200) == pytest.approx(1e-20 / math.log(2), rel=1e-12)
    assert math.isnan(plob_bits_per_use(math.nan))


@given(st.floats(0.1, 2000), st.integers(0, 20))
def test_a_relay_never_harms(loss_db: float, relays: int) -> None:
    assert plob_bits_per_use(loss_db, relays + 1) >= plob_bits_per_use(loss_db, relays)
    # r + 1 links, each of the loss of one: the same rate as that link alone.
    alone = plob_bits_per_use(loss_db)
    assert plob_bits_per_use(loss_db * (relays + 1), relays) == pytest.approx(alone, rel=1e-9)


def test_urumqi_to_xian_as_the_scheduling_paper_says() -> None:
    # 2,115 km at 200 MHz for the week: 0.6 Mbit with four relays, 15.5 Mbit with five; so
    # "at least 5" for the paper's 7,468 kbit.
    assert fibre_secret_bits(2115, WEEK_OF_PULSES, 4) == pytest.approx(0.6e6, rel=0.02)
    assert fibre_secret_bits(2115, WEEK_OF_PULSES, 5) == pytest.approx(15.5e6, rel=0.005)
    assert least_relays(7_468_000, 2115, WEEK_OF_PULSES) == 5
    assert least_relays(0, 2115, WEEK_OF_PULSES) == 0


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: fibre_loss_db(-1), "length_km >= 0"),
        (lambda: fibre_loss_db(math.inf), "length_km >= 0"),
        (lambda: fibre_loss_db(1, math.nan), "loss_db_per_km >= 0"),
        (lambda: plob_bits_per_use(1, -1), "relays >= 0"),
        (lambda: plob_bits_per_use(-1), "loss_db >= 0"),
        (lambda: least_relays(math.inf, 1, 1), "10000 relays"),
    ],
)
def test_bad_input(call, words: str) -> None:
    with pytest.raises(InputError, match=words):
        call()


def test_decoy_bb84_over_fibre_ends_where_the_textbook_says() -> None:
    # The parameters of the experiment of Gobby, Yuan and Shields (2004) as Ma et al. (2005)
    # use them: 0.21 dB/km, receiver 4.5 %, Y0 = 1.7e-6, e_d = 3.3 %, f_e = 1.22. They find
    # about 140 km with vacuum and weak decoy, 142 km with infinitely many decoys.
    gys = DecoyBB84(
        pulse_rate_hz=2e6,
        signal_intensity=0.48,
        decoy_intensity=0.05,
        signal_share=1,
        sifting_factor=0.5,
        error_correction_efficiency=1.22,
        misalignment_error=0.033,
        background_yield=1.7e-6,
    )
    length_km = np.arange(100.0, 160.0, 0.05)
    eta = 0.045 * 10 ** (-0.21 * length_km / 10)
    cut_off = length_km[gys.key_rate_per_pulse(eta) > 0].max()
    assert cut_off == pytest.approx(140.55, abs=0.3)
    infinite = length_km[gys.infinite_decoy_key_rate_per_pulse(eta) > 0].max()
    assert infinite == pytest.approx(142.05, abs=0.3)
