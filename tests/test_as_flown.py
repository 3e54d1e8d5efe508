"""Decoy BB84 as flown: shares of intensities, biased bases, dead time, saturation, observables."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from physics_scenarios import scenario
from qkdopt.errors import InputError
from qkdopt.physics.protocols import BBM92, DecoyBB84
from qkdopt.physics.protocols.stations import CheckedProtocol

ETAS = st.floats(1e-7, 1.0)
BACKGROUNDS = st.floats(0, 1e-3)
DEAD_TIMES = st.floats(0, 1)


def protocol(**changes) -> DecoyBB84:
    values = {
        "pulse_rate_hz": 200e6,
        "signal_intensity": 0.5,
        "decoy_intensity": 0.08,
        "signal_share": 1.0,
        "sifting_factor": 0.5,
        "error_correction_efficiency": 1.16,
        "misalignment_error": 0.015,
        "background_yield": 1e-7,
    }
    return DecoyBB84(**{**values, **changes})


def rate(eta=1e-3, **changes) -> float:
    return float(protocol(**changes).key_rate_bits_per_s(np.array([eta]))[0])


def test_clicks_by_hand():
    # eta = 1e-3: Q_mu = 4.99975021e-4, Q_nu = 1 - exp(-8e-5) + 1e-7 = 8.00968001e-5; of 200 MHz
    # a half, three eighths and an eighth: 1e8 Q_mu + 7.5e7 Q_nu + 2.5e7 1e-7 = 49,997.50 +
    # 6,007.26 + 2.5 = 56,007.26 /s. With 1 us dead, 1/(1 + 0.05600726) are registered: 53,036.7.
    found = protocol(signal_share=0.5, vacuum_share=0.125, dead_time_s=1e-6)
    seen = found.observables(np.array([1e-3]))
    assert seen.click_rate_hz[0] == pytest.approx(56007.26 / 1.05600726, rel=1e-7)
    # Sifted: half of the 49,997.50 signal clicks a second that are registered.
    assert seen.sifted_rate_hz[0] == pytest.approx(0.5 * 49997.5021 / 1.05600726, rel=1e-7)
    assert seen.qber[0] == pytest.approx(0.0150970048, rel=1e-8)
    assert rate(signal_share=0.5, vacuum_share=0.125, dead_time_s=1e-6) == pytest.approx(
        rate() / 2 / 1.05600726, rel=1e-7
    )


def test_saturation_by_hand():
    # 99,995 clicks a second of which the electronics take 25,000: a quarter of the key is left.
    seen = protocol(saturation_rate_hz=25e3).observables(np.array([1e-3, 1e-5]))
    assert seen.click_rate_hz[0] == pytest.approx(25e3)
    assert rate(saturation_rate_hz=25e3) == pytest.approx(rate() * 25e3 / 99995.0042, rel=1e-8)
    assert seen.key_rate_bits_per_s[1] == rate(1e-5)  # far from saturated: to the bit


def test_without_a_pass_nothing_is_seen():
    seen = protocol(dead_time_s=1e-6).observables(np.array([math.nan, 0.0]))
    rows = (seen.click_rate_hz, seen.sifted_rate_hz, seen.qber, seen.key_rate_bits_per_s)
    assert all(math.isnan(row[0]) for row in rows)
    assert seen.click_rate_hz[1] == pytest.approx(20.0, rel=1e-4)  # 200 MHz of Y0 = 1e-7
    assert seen.qber[1] == 0.5
    assert seen.key_rate_bits_per_s[1] == 0.0


@given(ETAS, BACKGROUNDS, DEAD_TIMES, DEAD_TIMES)
def test_more_dead_time_never_gives_more(eta, background, one, other):
    short, long = sorted((one, other))
    kept = rate(eta, background_yield=background, dead_time_s=short)
    assert rate(eta, background_yield=background, dead_time_s=long) <= kept
    assert kept <= rate(eta, background_yield=background)


def test_each_detector_recovers_alone_by_default():
    # Four detectors share 99,995 clicks a second: 1/(1 + 0.0249988); one basis with 0.9 of them
    # has two for 0.9 of the clicks: 1/(1 + 0.0449978).
    def live(source, **detector):
        found = DecoyBB84.of(scenario(source=source, detector={"dead_time_s": 1e-6, **detector}))
        return found.live_share(found.click_rate_hz(np.array([1e-3])))[0]

    assert live({}) == pytest.approx(1 / 1.02499875, rel=1e-7)
    assert live({"basis_bias": 0.9}) == pytest.approx(1 / 1.04499775, rel=1e-7)
    assert live({}, dead_time_blinds="station") == pytest.approx(1 / 1.099995, rel=1e-6)
    with pytest.raises(InputError, match=r"dead_time_blinds.*detector or station"):
        live({}, dead_time_blinds="all")


@given(ETAS, BACKGROUNDS)
def test_no_dead_time_is_none(eta, background):
    off = rate(eta, background_yield=background, dead_time_s=0.0, saturation_rate_hz=math.inf)
    assert off == rate(eta, background_yield=background)


@given(ETAS, DEAD_TIMES.filter(bool))
def test_registered_clicks_are_at_most_one_in_a_dead_time(eta, dead_time_s):
    seen = protocol(dead_time_s=dead_time_s).observables(np.array([eta]))
    assert seen.click_rate_hz[0] <= (1 + 1e-12) / dead_time_s


@given(ETAS, st.floats(0, 1))
def test_shares_scale_the_key(eta, share):
    assert rate(eta, signal_share=share) == pytest.approx(share * rate(eta), rel=1e-12)


@given(ETAS, st.floats(0, 1), st.floats(1e-9, 1e-3))
def test_more_vacuum_leaves_more_time_for_signals(eta, vacuum, dead_time_s):
    dark = protocol(signal_share=0.5, vacuum_share=0.5 * vacuum, dead_time_s=dead_time_s)
    decoys = protocol(signal_share=0.5, dead_time_s=dead_time_s)
    etas = np.array([eta])
    assert dark.live_share(dark.click_rate_hz(etas)) >= decoys.live_share(
        decoys.click_rate_hz(etas)
    )


@given(st.lists(st.tuples(ETAS, BACKGROUNDS, st.floats(0, 1e-3)), min_size=1, max_size=5))
def test_stations_side_by_side_are_each_alone(stations):
    eta, background, dead_time_s = (np.array(column) for column in zip(*stations, strict=True))
    together = protocol(background_yield=background, dead_time_s=dead_time_s).observables(eta)
    for n, (one, own_background, own_dead_time) in enumerate(stations):
        alone = protocol(background_yield=own_background, dead_time_s=own_dead_time)
        seen = alone.observables(np.array([one]))
        assert together.key_rate_bits_per_s[n] == pytest.approx(seen.key_rate_bits_per_s[0], 1e-12)
        assert together.click_rate_hz[n] == pytest.approx(seen.click_rate_hz[0], 1e-12)


def test_pairs_tell_the_same_four():
    source = BBM92(pair_rate_hz=5.9e6, pair_rate_counts="attempts")
    etas = np.array([1e-2, math.nan])
    seen, rates = source.observables(etas, etas), source.rates(etas, etas)
    assert seen.click_rate_hz[0] == rates.coincidence_rate_hz[0] == 2 * seen.sifted_rate_hz[0]
    assert (seen.qber[0], seen.key_rate_bits_per_s[0]) == (
        rates.qber[0],
        rates.key_rate_bits_per_s[0],
    )
    assert math.isnan(seen.key_rate_bits_per_s[1])


def test_a_protocol_from_outside_tells_its_key_only():
    seen = CheckedProtocol("decoys", protocol()).observables(np.array([1e-3]))
    assert seen.key_rate_bits_per_s[0] == rate()
    assert math.isnan(seen.click_rate_hz[0])


def test_a_scenario_states_all_of_it():
    source = {"signal_share": 0.5, "decoy_share": 0.3, "vacuum_share": 0.2, "basis_bias": 0.9}
    detector = {"dead_time_s": 1e-6, "saturation_rate_hz": 1e6}
    found = DecoyBB84.of(scenario(source=source, detector=detector))
    # 0.9^2 + 0.1^2
    assert found.sifting_factor == pytest.approx(0.82)
    assert (found.signal_share, found.vacuum_share) == (0.5, 0.2)
    assert (found.dead_time_s, found.saturation_rate_hz) == (1e-6, 1e6)
    assert found.blinding_share == 0.45


def test_even_bases_are_the_usual_half():
    assert DecoyBB84.of(scenario(source={"basis_bias": 0.5})) == DecoyBB84.of(scenario())


def test_stated_defaults_change_no_digest():
    assert scenario(detector={"dead_time_s": 0}).digest == scenario().digest
    for detector in ({"dead_time_s": 1e-6}, {"saturation_rate_hz": 1e6}):
        assert scenario(detector=detector).digest != scenario().digest
    assert scenario(source={"basis_bias": 0.5}).digest != scenario().digest


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"source": {"signal_share": 0.5, "decoy_share": 0.3}},
            "source.signal_share: got a sum of 0.8, expected "
            "signal_share + decoy_share + vacuum_share = 1",
        ),
        ({"source": {"vacuum_share": 0.25}}, "got a sum of 1.25"),
        ({"source": {"decoy_share": -0.1}}, "expected 0 <= decoy_share <= 1"),
        (
            {"source": {"basis_bias": 0.9, "sifting_factor": 0.5}},
            "source.basis_bias: got 0.9, expected either basis_bias or sifting_factor, not both",
        ),
        ({"source": {"basis_bias": 0.4}}, "expected 0.5 <= basis_bias < 1"),
        ({"source": {"basis_bias": 1}}, "expected 0.5 <= basis_bias < 1"),
        ({"detector": {"dead_time_s": 2}}, "detector.dead_time_s: got 2"),
        ({"detector": {"dead_time_s": 2}}, "expected 0 <= dead_time_s <= 1"),
        ({"detector": {"dead_time": 1e-6}}, "did you mean dead_time_s?"),
        ({"detector": {"saturation_rate_hz": 0}}, "expected 0 < saturation_rate_hz <= 1e+15"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(changes, message):
    with pytest.raises(InputError) as refused:
        scenario(**changes)
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)
