"""What stations have of their own: merged with the common tables, refused where it cannot be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pair_scenarios import CITIES, pairs
from physics_scenarios import TABLES, scenario
from qkdopt.errors import InputError
from qkdopt.physics import Scenario, parse_scenario
from qkdopt.physics.keys import keys_and_access
from qkdopt.study import problem_of

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


def mask(value: object) -> dict[str, Any]:
    return {"visibility": {"minimum_elevation_deg": value}}


def air(value: object) -> dict[str, Any]:
    return {"atmosphere": {"transmittance_table": value}}


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
    # elevation masks
    (mask([[0, 5], [90, 10], [90, 12]]), "got azimuth 90 deg twice, expected each azimuth once"),
    (mask([[0, 5], [360, 10]]), "minimum_elevation_deg: got azimuth 0 deg twice, expected each"),
    (mask([[-1, 5]]), "minimum_elevation_deg[0]: got -1.0, expected 0 <= azimuth_deg <= 360"),
    (mask([[0, 5], [361, 5]]), "minimum_elevation_deg[1]: got 361.0, expected 0 <= azimuth_deg"),
    (mask([[0, 90]]), "minimum_elevation_deg[0]: got 90.0, expected 0 <= elevation_deg < 90"),
    (mask([[0, -1]]), "minimum_elevation_deg[0]: got -1.0, expected 0 <= elevation_deg < 90"),
    (mask([[0, 5, 3]]), "minimum_elevation_deg[0]: got [0, 5, 3], expected [azimuth_deg, elev"),
    (mask([7]), "minimum_elevation_deg[0]: got 7, expected [azimuth_deg, elevation_deg]"),
    (mask([[0, float("nan")]]), "minimum_elevation_deg[0]: got [0, nan], expected [azimuth_deg"),
    (mask([]), "minimum_elevation_deg: got 0 points, expected 1 to 10,000 points"),
    (mask([[0, "5"]]), "minimum_elevation_deg[0]: got [0, '5'], expected [azimuth_deg, elev"),
    (mask(90), "minimum_elevation_deg: got 90, expected 0 <= minimum_elevation_deg < 90"),
    (mask(True), "minimum_elevation_deg: got True, expected 0 <= minimum_elevation_deg < 90"),
    (mask("hills.csv"), "minimum_elevation_deg: hills.csv: file not found"),
    # ranges
    ({"visibility": {"minimum_range_km": -1}}, "got -1, expected 0 <= minimum_range_km"),
    ({"visibility": {"maximum_range_km": -1}}, "got -1, expected 0 <= maximum_range_km"),
    (
        {"visibility": {"minimum_range_km": 900, "maximum_range_km": 800}},
        "visibility.minimum_range_km: got 900.0, expected minimum_range_km < maximum_range_km = 8",
    ),
    # air
    (air([[20, 0.3], [90, 0.6]]), "got elevations of 20 to 90 deg, expected 10 (the least at Ur"),
    (air([[10, 0.3], [80, 0.6]]), "atmosphere.transmittance_table: got elevations of 10 to 80"),
    (air([[10, 0.3], [10, 0.4], [90, 1]]), "got elevation 10 deg twice, expected each elevation"),
    (air([[0, 0.3], [90, 1]]), "transmittance_table[0]: got 0.0, expected 0 < elevation_deg <= 90"),
    (air([[10, 0], [90, 1]]), "transmittance_table[0]: got 0.0, expected 0 < transmittance <= 1"),
    (air([[10, 0.1], [90, 1.1]]), "transmittance_table[1]: got 1.1, expected 0 < transmittance"),
    (air(0.5), "station[0].atmosphere.transmittance_table: got 0.5, expected"),
    (
        {
            "atmosphere": {
                "transmittance_table": [[10, 0.1], [90, 1]],
                "zenith_extinction_nepers": 0.4,
            }
        },
        "station[0].atmosphere: got zenith_extinction_nepers and transmittance_table, expected one",
    ),
    (
        {"atmosphere": {"extinction_scale_height_m": 0}},
        "extinction_scale_height_m: got 0, expected none or 0 < extinction_scale_height_m",
    ),
    ({"optics": {"receiver_obscuration_ratio": 1}}, "0 <= receiver_obscuration_ratio < 1"),
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


def test_curves_from_files(tmp_path: Path) -> None:
    (tmp_path / "hills.csv").write_text(
        "# from a survey\nazimuth_deg,elevation_deg,note\n0,5,sea\n90,25,hill\n", encoding="utf-8"
    )
    (tmp_path / "air.csv").write_text(
        "elevation_deg, transmittance\n5,0.1\n90,0.6\n", encoding="utf-8"
    )
    own = {
        "visibility": {"minimum_elevation_deg": "hills.csv"},
        "atmosphere": {"transmittance_table": "air.csv"},
    }
    given = {**TABLES, "station": [{**URUMQI, **own}, SHANGHAI]}
    read = parse_scenario(given, folder=tmp_path)
    stated = with_own({**mask([[0, 5], [90, 25]]), **air([[5, 0.1], [90, 0.6]])})
    assert read == stated
    assert read.digest == stated.digest
    common = parse_scenario({**TABLES, **own}, folder=tmp_path)
    assert common.visibility == read.at("Urumqi").visibility
    assert common.atmosphere.transmittance_table == ((5, 0.1), (90, 0.6))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("azimuth,elevation_deg\n", "hills.csv: azimuth_deg: got no such column, expected columns"),
        ("", "hills.csv: azimuth_deg: got no such column"),
        ("azimuth_deg,elevation_deg\n", "minimum_elevation_deg: got 0 points"),
        ("azimuth_deg,elevation_deg\n1\n", "hills.csv: line 2: got 1 cells, expected 2 cells"),
        ("azimuth_deg,elevation_deg\n1,x\n", "hills.csv: line 2: elevation_deg: got x, expected"),
        ("azimuth_deg,elevation_deg\n1,nan\n", "line 2: elevation_deg: got nan, expected a fin"),
        ("azimuth_deg,elevation_deg\n1,95\n", "minimum_elevation_deg[0]: got 95.0, expected 0 <="),
    ],
)
def test_one_line_for_files_that_are_no_curve(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "hills.csv").write_text(text, encoding="utf-8")
    given = {**TABLES, "station": [{**URUMQI, **mask("hills.csv")}, SHANGHAI]}
    with pytest.raises(InputError) as error:
        parse_scenario(given, folder=tmp_path)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_a_missing_file_is_named_with_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "hills.csv").touch()
    given = {**TABLES, "station": [{**URUMQI, **mask("hill.csv")}, SHANGHAI]}
    with pytest.raises(InputError, match=r"station\[0\].*file not found \(nearest: hills.csv\)"):
        parse_scenario(given, folder=tmp_path)


def test_the_nearer_of_extinction_and_table_holds() -> None:
    table = {"transmittance_table": [[10, 0.1], [90, 0.6]]}
    height = {"zenith_extinction_nepers": 0.4, "extinction_scale_height_m": 1200}
    own = with_own({"atmosphere": table}, atmosphere=height).at("Urumqi").atmosphere
    assert own.transmittance_table == ((10, 0.1), (90, 0.6))
    number = with_own({"atmosphere": height}, atmosphere=table).at("Urumqi").atmosphere
    assert number.transmittance_table is None
    assert number.zenith_extinction_at(0.0) == 0.4
    assert with_own({"atmosphere": table}, atmosphere=table).at("Urumqi").atmosphere == own


def test_a_common_table_must_cover_the_mask_of_every_station() -> None:
    table = {"transmittance_table": [[10, 0.1], [90, 0.6]]}
    with pytest.raises(InputError, match=r"atmosphere\.transm.*expected 5 \(the least"):
        with_own(mask(5), atmosphere=table)
    assert with_own(mask(15), atmosphere=table).at("Urumqi").visibility.least_elevation_deg == 15


LHASA = {"name": "Lhasa", "lat_deg": 29.65, "lon_deg": 91.1, "alt_m": 3650}
WEST = [{**URUMQI, "target": "West"}, SHANGHAI, {**LHASA, "target": "West"}]


def test_stations_serve_one_target() -> None:
    found = scenario(station=WEST)
    assert [link.target_name for link in found.links] == ["West", "Shanghai", "West"]
    problem = problem_of(found)
    assert problem.targets == ("West", "Shanghai")
    assert [link.target for link in problem.links] == [0, 1, 0]
    by_link = [{"name": s["name"], "station": s["name"]} for s in WEST]
    by_link[0]["target"] = by_link[2]["target"] = "West"
    plainly = [URUMQI, SHANGHAI, LHASA]
    assert found.links == scenario(station=plainly, link=by_link).links
    assert scenario(station=plainly).digest != found.digest


def test_a_link_names_another_target_than_its_station() -> None:
    links = [{"name": "u", "station": "Urumqi"}, {"name": "l", "station": "Lhasa", "target": "L"}]
    found = scenario(station=[WEST[0], LHASA], link=links)
    assert [link.target_name for link in found.links] == ["West", "L"]


def test_targets_are_weighed_once() -> None:
    west = {"target": "West", "weight": 3}
    given = [{**URUMQI, **west}, {**SHANGHAI, "weight": 2}, {**LHASA, **west}]
    assert scenario(station=given).target_weights == {"West": 3, "Shanghai": 2}
    with pytest.raises(InputError, match=r"station\[2\]\.target: got weight 4.0, expected 3.0, as"):
        scenario(station=[*given[:2], {**LHASA, "target": "West", "weight": 4}])


def test_a_target_that_no_link_serves() -> None:
    links = [{"name": "s", "station": "Shanghai"}]
    with pytest.raises(InputError, match=r"station\[0\]\.target: got West, expected a .*Urumqi"):
        scenario(station=WEST[:2], link=links)
    with pytest.raises(InputError, match=r"target: got ' ', expected a line of text"):
        scenario(station=[{**URUMQI, "target": " "}])


def test_what_a_station_has_of_its_own_in_words() -> None:
    own = {
        "misalignment_error": 0.01,
        "optics": {"receiver_diameter_m": 0.4},
        "visibility": {"minimum_elevation_deg": [[0, 5], [90, 25]], "darkness": ["umbra"]},
    }
    found = with_own(own)
    words = (
        "optics.receiver_diameter_m 0.4, visibility.darkness umbra, "
        "visibility.minimum_elevation_deg of 2 points, misalignment_error 0.01"
    )
    assert found.stations[0].own_words == words
    assert found.stations[1].own_words == ""
    assert found.visibility.mask_words == "10"
    assert found.at("Urumqi").visibility.mask_words == "5 to 25 (by azimuth)"
    keys, _ = keys_and_access(found, workers=1)
    assert keys.provenance["own_settings_of_stations"] == f"Urumqi: {words}"
