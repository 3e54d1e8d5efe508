"""Detectors and skies at both ends of a pair: dead time, stray light under the Sun."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pair_protocol import protocol
from pair_scenarios import CITIES, pairs
from qkdopt.errors import InputError
from qkdopt.physics import compute_keys
from qkdopt.physics.link.twilight import SunCurve
from qkdopt.physics.orbit import Access
from qkdopt.physics.orbit.sun import SunElevations
from qkdopt.physics.protocols.bbm92 import PairReceivers
from qkdopt.physics.protocols.pairs import pair_receivers, receivers_by_sample

FAST = {"pair_rate_hz": 1e6, "mean_pairs_per_window": 0.1}
ETAS = st.floats(1e-6, 1)


def receiver(dead_time_s=0.0, blinding_share=1.0) -> PairReceivers:
    return PairReceivers(
        coupling=1.0,
        detector_efficiency=1.0,
        dark_probability_per_window=1e-6,
        stray_probability_per_window=0.0,
        dead_time_s=dead_time_s,
        blinding_share=blinding_share,
    )


def rates(eta_a, eta_b, *ends):
    return protocol(**FAST).rates(np.array([eta_a]), np.array([eta_b]), receivers=ends)


def test_by_hand():
    # a = 0.2 * 0.05 = 0.01: 1 - (1 - 1e-6)/1.01^2 = 0.01970494 clicks in a window, 19,704.94 a
    # second of a million windows; 10 us after each, 1/1.1970494 are registered at this end.
    dead = rates(0.2, 0.1, receiver(1e-5), receiver())
    free = rates(0.2, 0.1, receiver(), receiver())
    for name in ("coincidence_rate_hz", "sifted_rate_hz", "key_rate_bits_per_s"):
        ratio = getattr(dead, name)[0] / getattr(free, name)[0]
        assert ratio == pytest.approx(1 / 1.1970494, rel=1e-7)
    assert dead.qber[0] == free.qber[0]
    quarter = rates(0.2, 0.1, receiver(1e-5, 0.25), receiver())
    assert quarter.sifted_rate_hz[0] == pytest.approx(free.sifted_rate_hz[0] / 1.04926235)


@given(ETAS, ETAS, st.floats(0, 1), st.floats(0, 1))
def test_more_dead_time_never_gives_more(eta_a, eta_b, one, other):
    short, long = sorted((one, other))
    kept = rates(eta_a, eta_b, receiver(short), receiver(short)).key_rate_bits_per_s[0]
    assert rates(eta_a, eta_b, receiver(long), receiver(short)).key_rate_bits_per_s[0] <= kept
    assert kept <= rates(eta_a, eta_b, receiver(), receiver()).key_rate_bits_per_s[0]


def test_where_no_key_or_no_pass_is():
    ends = (receiver(1e-6), receiver(1e-6))
    found = protocol().rates(np.array([1e-9, math.nan]), np.array([1e-9, 0.1]), receivers=ends)
    assert found.key_rate_bits_per_s[0] == 0.0
    assert math.isnan(found.key_rate_bits_per_s[1])


def test_a_scenario_states_it():
    slow = pairs(entanglement={"detector": {"dead_time_s": 1e-6}})
    found = pair_receivers(slow)
    assert (found.dead_time_s, found.blinding_share) == (1e-6, 0.25)
    table = {"detector": {"dead_time_s": 1e-6, "dead_time_blinds": "station"}}
    assert pair_receivers(pairs(entanglement=table)).blinding_share == 1.0
    assert compute_keys(slow).bits.sum() < compute_keys(pairs()).bits.sum()
    assert pairs(entanglement={"detector": {"dead_time_s": 0}}).digest == pairs().digest
    assert slow.digest != pairs().digest


def test_more_than_a_second_is_refused():
    with pytest.raises(InputError, match="expected 0 <= dead_time_s <= 1"):
        pairs(entanglement={"detector": {"dead_time_s": 1.5}})


FADING = [[-90, 1e-9], [10, 1e-2]]


def test_stray_light_follows_the_sun():
    always = {"darkness": ["none"]}
    curve = [[-90, 1e-9], [90, 1e-2]]
    night, fading, dusk = (
        compute_keys(
            pairs(
                visibility=always, entanglement={"detector": {"stray_probability_per_window": it}}
            )
        )
        for it in (1e-9, curve, 1e-2)
    )
    assert dusk.bits.sum() < fading.bits.sum() < night.bits.sum()


def test_each_receiver_has_the_stray_light_of_its_sun():
    cities = [dict(city) for city in CITIES]
    own = {"detector": {"stray_probability_per_window": 0.5}}
    cities[0]["entanglement"] = own
    found = pairs(
        station=cities, entanglement={"detector": {"stray_probability_per_window": FADING}}
    )
    access = Access(found)
    samples = access.samples(access.blocks()[0])
    receivers = receivers_by_sample(found)(samples)
    sun = SunElevations(found).at(samples.station, samples.second)
    expected = np.where(samples.station == 0, 0.5, SunCurve.of(FADING).at(sun))
    assert receivers.stray_probability_per_window == pytest.approx(expected)
    assert set(samples.station) >= {0, 1}


def test_a_flat_curve_of_stray_light_is_a_number():
    flat = {"detector": {"stray_probability_per_window": [[-90, 1e-6], [90, 1e-6]]}}
    number = {"detector": {"stray_probability_per_window": 1e-6}}
    ours, theirs = (compute_keys(pairs(entanglement=it)) for it in (flat, number))
    assert np.abs(ours.bits - theirs.bits).max() <= 1


@pytest.mark.parametrize(
    ("stray", "message"),
    [
        ([[-18, 1e-9], [-5, 1e-6]], "entanglement.detector.stray_probability_per_window: got the "
         "sky under a Sun of at most -5 deg, expected it up to -0.833 deg"),
        ([[-18, 0], [0, 1e-6]], "stray_probability_per_window[0]: got 0"),
        ([[-18, 1e-9], [0, 2]], "expected a value above 0, at most 1"),
        ([[-18, 1e-9], [-18, 2e-9]], "Sun elevation -18 deg twice"),
        ("stray.csv", "a CSV file with columns sun_elevation_deg, probability"),
    ],
)  # fmt: skip
def test_stray_light_that_does_not_fit_is_refused_in_one_line(stray, message):
    with pytest.raises(InputError) as refused:
        pairs(entanglement={"detector": {"stray_probability_per_window": stray}})
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)
