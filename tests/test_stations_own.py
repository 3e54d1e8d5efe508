"""What stations have of their own: merged with the common tables, refused where it cannot be."""

from __future__ import annotations

from typing import Any

import pytest

from pair_scenarios import CITIES, pairs
from physics_scenarios import TABLES, scenario
from qkdopt.errors import InputError
from qkdopt.physics import Scenario, parse_scenario

URUMQI, SHANGHAI = TABLES["station"]


def with_own(own: dict[str, Any], **changes: Any) -> Scenario:
    """Return the scenario of two cities, of which Urumqi has settings of its own."""
    return scenario(station=[{**URUMQI, **own}, SHANGHAI], **changes)


def test_own_keys_replace_common_ones_and_the_others_stay() -> None:
    own = {
        "misalignment_error": 0.03,
        "detector": {"dark_count_rate_hz": 100},
        "optics": {"receiver_diameter_m": 0.4},
        "atmosphere": {"zenith_extinction_nepers": 0.2},
        "visibility": {"minimum_elevation_deg": 25},
    }
    found = with_own(own, optics={"receiver_optics_transmittance": 0.3})
    here, there = found.at("Urumqi"), found.at("Shanghai")
    assert here.source.misalignment_error == 0.03
    assert (here.detector.dark_count_rate_hz, here.detector.efficiency) == (100, 0.5)
    assert here.optics.receiver_diameter_m == 0.4
    assert here.optics.receiver_optics_transmittance == 0.3
    assert here.atmosphere.zenith_extinction_nepers == 0.2
    assert here.visibility.minimum_elevation_deg == 25
    assert found.at(found.stations[0]) == here
    common = (found.source, found.detector, found.optics, found.atmosphere, found.visibility)
    assert common == (
        there.source, there.detector, there.optics, there.atmosphere, there.visibility,
    )  # fmt: skip


def test_sky_and_turbulence_of_a_station() -> None:
    sky = {"field_of_view_half_angle_urad": 20, "filter_bandwidth_nm": 1}
    found = with_own({"losses": {"sky_radiance_w_per_m2_sr_um": 0.01, **sky}})
    own = found.at("Urumqi").losses
    assert own is not None
    assert own.sky_radiance_w_per_m2_sr_um == 0.01
    assert found.at("Shanghai").losses is None


def test_the_beam_is_the_satellites_and_the_telescope_the_stations() -> None:
    own = {"divergence_half_angle_urad": 5, "receiver_diameter_m": 2}
    satellite = [{**TABLES["satellite"][0], "optics": own}]
    optics = with_own({"optics": {"receiver_diameter_m": 0.4}}, satellite=satellite)
    here, there = (optics.at(name).optics for name in ("Urumqi", "Shanghai"))
    assert (here.divergence_half_angle_urad, here.receiver_diameter_m) == (5, 0.4)
    assert (there.divergence_half_angle_urad, there.receiver_diameter_m) == (5, 2)


def test_what_a_station_has_for_pairs() -> None:
    base = pairs()
    own = {"entanglement": {"optics": {"receiver_radius_m": 0.2}}}
    found = pairs(station=[{**CITIES[0], **own}, *CITIES[1:]])
    here, there = (found.at(station).entanglement for station in found.stations[:2])
    assert base.entanglement is not None
    assert here is not None
    assert here.optics.receiver_radius_m == 0.2
    assert here.detector == base.entanglement.detector
    assert there == base.entanglement


def test_digests_count_what_is_stated_and_only_that() -> None:
    plain = scenario()
    assert with_own({"optics": {}, "detector": {}}).digest == plain.digest
    default = with_own({"detector": {"efficiency": 0.5}})
    other = with_own({"detector": {"dark_count_rate_hz": 25}})
    assert len({plain.digest, default.digest, other.digest}) == 3
    assert default != other
    assert len({default.stations[0], other.stations[0], plain.stations[0]}) == 3


BAD: list[tuple[dict[str, Any], str]] = [
    (
        {"optics": {"divergence_half_angle_urad": 5}},
        "s.toml: station[0].optics.divergence_half_angle_urad: got 5, expected no such key of a "
        "station: it belongs to [optics] or [satellite.optics]",
    ),
    ({"losses": {"pointing_jitter_urad": 1}}, "losses.pointing_jitter_urad: got 1, expected no"),
    ({"atmosphere": {"cloud_model": "exponent-scale"}}, "station: it belongs to [atmosphere]"),
    ({"optics": {"receiver_diametre_m": 1}}, "(did you mean receiver_diameter_m?)"),
    ({"optics": 3}, "station[0]: optics: got 3, expected a table [optics]"),
    ({"optic": {}}, "station[0]: got 'unknown key optic', expected one of name"),
    ({"detector": {"efficiency": 2}}, "station[0].detector.efficiency: got 2, expected 0 <= eff"),
    ({"misalignment_error": -0.1}, "station[0].misalignment_error: got -0.1, expected 0 <="),
    ({"losses": {"sky_radiance_w_per_m2_sr_um": 1}}, "station[0].losses: got 'no field_of_view"),
    ({"entanglement": {"detector": {"efficiency": 1}}}, "that has links of its own only"),
    ({"entanglement": {"source": {}}}, "station[0].entanglement: got 'unknown key source'"),
    ({"visibility": {"darkness": ["none", "umbra"]}}, "station[0].visibility.darkness: got"),
]


@pytest.mark.parametrize(("own", "message"), BAD)
def test_one_line_for_what_cannot_be(own: dict[str, Any], message: str) -> None:
    given = {**TABLES, "station": [{**URUMQI, **own}, SHANGHAI]}
    with pytest.raises(InputError) as error:
        parse_scenario(given, where="s.toml")
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_causes_of_the_background_beside_the_common_yield() -> None:
    with pytest.raises(InputError, match=r"station\[0\]\.detector\.background_yield: got 1e-06"):
        with_own({"detector": {"gate_s": 1e-9}}, detector={"background_yield": 1e-6})


def test_an_unknown_station_is_named_with_the_nearest() -> None:
    with pytest.raises(InputError, match=r"station: got Urumchi.*did you mean Urumqi"):
        scenario().at("Urumchi")
