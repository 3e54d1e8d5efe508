"""Links of two stations in a scenario: what is read, and one line for what cannot be."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from pair_scenarios import CITIES, PAIRS, SINGLES, mixed, pairs, weighted
from physics_scenarios import scenario, tables
from qkdopt.errors import InputError
from qkdopt.library import scenario_path
from qkdopt.physics import load_scenario, parse_scenario
from qkdopt.physics.link.pair_arm import PairArmBudget
from qkdopt.physics.protocols.pairs import pair_protocol


def test_a_pair_without_a_name_is_called_after_its_stations() -> None:
    found = pairs()
    assert [link.name for link in found.links] == ["Shanghai-Wuhan", "Hefei-Shanghai", "west"]
    assert found.links[2].stations == ("Wuhan", "Hefei")
    assert [found.positions(link) for link in found.links] == [(0, 1), (2, 0), (1, 2)]
    assert found.weights is None


def test_defaults_are_those_of_the_entanglement_paper() -> None:
    protocol, iberia = pair_protocol(pairs()), load_scenario("iberia-2025")
    assert protocol == pair_protocol(iberia)
    assert pairs().entanglement == iberia.entanglement
    assert (protocol.pair_rate_hz, protocol.error_correction_overhead) == (5.9e6, 1.22)
    assert protocol.mean_pairs_per_window is None


def test_every_number_of_the_table_arrives() -> None:
    table = {
        "source": {
            "model": "paper",
            "pair_rate_hz": 1e6,
            "window_s": 2e-9,
            "mean_pairs_per_window": 0.1,
            "error_correction_overhead": 1.1,
            "finite_block": "conservative",
            "block_sifted_bits": 5e4,
        },
        "optics": {"waist_m": 0.1, "coupling_efficiency": 0.4, "pointing_jitter_urad": 1},
        "detector": {
            "efficiency": 0.7,
            "dark_probability_per_window": 1e-7,
            "stray_probability_per_window": 1e-5,
        },
    }
    found = pairs(entanglement=table)
    protocol, beam = pair_protocol(found), PairArmBudget.of(found).beams[0]
    assert (beam.waist_m, beam.jitter_rad) == (0.1, 1e-6)
    assert beam.wavelength_m == pytest.approx(810e-9)
    given = {**table["source"], "coupling": 0.4, "detector_efficiency": 0.7}
    for name, value in given.items():
        assert getattr(protocol, name) == value
    assert protocol.dark_probability_per_window == 1e-7
    assert protocol.stray_probability_per_window == 1e-5


def test_weights_of_pairs_and_stations_stand_together() -> None:
    found = pairs(link=weighted(PAIRS, 2, Decimal("0.5"), 1))
    assert found.weights == {"Shanghai-Wuhan": 2, "Hefei-Shanghai": Decimal("0.5"), "west": 1}
    cities = [{**city, "weight": n} for n, city in enumerate(CITIES)]
    both = mixed(station=cities, link=[SINGLES[2], *weighted(PAIRS[:1], 7)])
    assert both.weights == {"Hefei": 2, "Shanghai-Wuhan": 7}


def test_the_title_says_what_is_assumed() -> None:
    assert load_scenario("iberia-2025").title == "iberia-2025 (assumed success fractions)"
    assert load_scenario("europe-pairs-2025").title == "europe-pairs-2025"


def test_digest_sees_pairs_and_their_devices_and_older_digests_stay() -> None:
    found = pairs()
    assert found.digest == pairs().digest
    for change in (
        {"link": PAIRS[:2]},
        {"link": [*PAIRS[:2], {**PAIRS[2], "success_fraction": 0.5}]},
        {"entanglement": {"optics": {"waist_m": 0.13}}},
        {"entanglement": {"source": {"pair_rate_counts": "pairs"}}},
    ):
        assert pairs(**change).digest != found.digest
    # As computed before links could be pairs.
    assert load_scenario("micius-china-2016").digest.startswith("f0916d7be5929e73")


def waist(value: Any) -> dict[str, Any]:
    return {"entanglement": {"optics": {"waist_m": value}}}


def source(**values: Any) -> dict[str, Any]:
    return {"entanglement": {"source": values}}


LINK = PAIRS[0]
BAD: list[tuple[dict[str, Any], str]] = [
    # pairs
    (
        {"link": [{"stations": ["Wuhan", "Wuhan"]}]},
        "link[0].stations: got 'Wuhan twice', expected two different stations",
    ),
    (
        {"link": [LINK, {"name": "again", "stations": ["Wuhan", "Shanghai"]}]},
        "link[1].stations: got 'Wuhan and Shanghai, as in link[0]', expected each pair at most",
    ),
    (
        {"link": [{"stations": ["Wuhan", "Rome"]}]},
        "link[0].stations[1]: got Rome, expected one of Shanghai, Wuhan, Hefei",
    ),
    ({"link": [{"stations": ["Wuhan"]}]}, "link[0].stations: got ['Wuhan'], expected the names of"),
    ({"link": [{"stations": "Wuhan"}]}, "link[0].stations: got Wuhan, expected the names of two"),
    ({"link": [{"stations": ["Wuhan", 7]}]}, "expected the names of two stations"),
    ({"link": [{"name": "a", "station": ["Wuhan", "Hefei"]}]}, "a pair is written stations ="),
    ({"link": [{**LINK, "station": "Hefei"}]}, "got 'station and stations', expected one of them"),
    ({"link": [{**LINK, "success_fraction": 1.5}]}, "0 <= success_fraction <= 1"),
    ({"link": [{**LINK, "weight": -1}]}, "link[0].weight: got -1, expected 0 <= weight"),
    ({"link": [{**LINK, "sucess_fraction": 1}]}, "(did you mean success_fraction?)"),
    ({"link": [LINK, LINK]}, "link[1].name: got 'Shanghai-Wuhan', expected names that are"),
    ({"link": weighted(PAIRS, 0, 0, 0)}, "weights: got 'only zeros', expected at least one"),
    (
        {"link": [LINK, *weighted(PAIRS[1:], 1, 1)]},
        "link[0].weight: got nothing, expected a weight",
    ),
    (
        {"station": [{**CITIES[0], "weight": 3}, *CITIES[1:]]},
        "station[1].weight: got nothing, expected a weight for all stations or for none",
    ),
    (
        {"station": [{**city, "weight": 3} for city in CITIES]},
        "station[0].weight: got 3.0, expected none where every link is a pair",
    ),
    # tables that fit the links
    (
        {"entanglement": None},
        "link[0].stations: got 'the pair Shanghai and Wuhan', expected a table [entanglement.sour",
    ),
    ({"link": SINGLES}, "s.toml: entanglement: got 'a table', expected a [[link]] with stations"),
    ({"source": {}}, "s.toml: source: got 'a table', expected no such table where every link is a"),
    ({"losses": {}}, "s.toml: losses: got 'a table', expected no such table"),
    ({"entanglement": 7}, "entanglement: got 7, expected a table"),
    ({"entanglement": {"sorce": {}}}, "(did you mean source?)"),
    # source, optics, detectors
    (source(model="ideal"), "entanglement.source.model: got ideal, expected exact or paper"),
    (source(protocol="bb84"), "entanglement.source.protocol: got bb84, expected bbm92"),
    (source(pair_rate_hz=0), "entanglement.source.pair_rate_hz: got 0, expected 0 < pair_rate_hz"),
    (source(pair_rate_counts="photons"), "expected attempts or pairs"),
    (source(pair_rate_hz=2e9), "expected attempts that do not overlap: pair_rate_hz * window_s"),
    (source(mean_pairs_per_window=0), "expected optimised or 0 < mean_pairs_per_window < 100"),
    (source(mean_pairs_per_window=100), "mean_pairs_per_window: got 100, expected optimised or 0"),
    (source(mean_pairs_per_window="best"), "mean_pairs_per_window: got best, expected optimised"),
    (source(mean_pairs_per_window=2, model="paper"), "less than 2 pairs per window in the model p"),
    (
        source(mean_pairs_per_window=0.1, pair_rate_counts="pairs"),
        "mean_pairs_per_window: got 0.1, expected no such key beside pairs",
    ),
    (
        source(pair_rate_hz=1e12, pair_rate_counts="pairs"),
        "expected less than 100 pairs per window",
    ),
    (source(error_correction_overhead=0.9), "expected 1 <= error_correction_overhead <= 100"),
    (source(misalignment_error=0.6), "0 <= misalignment_error <= 0.5"),
    (source(misalignment_error=0.01, model="paper"), "expected 0 in the model paper"),
    (waist(0), "entanglement.optics.waist_m: got 0, expected optimised or 0 < waist_m <= 100"),
    (waist(-1), "optics.waist_m: got -1, expected optimised or 0 < waist_m <= 100"),
    (waist("widest"), "optics.waist_m: got widest, expected optimised or 0 < waist_m <= 100"),
    (waist(float("nan")), "optics.waist_m: got nan, expected optimised or"),
    ({"entanglement": {"optics": {"transmitter_radius_m": 0}}}, "0 < transmitter_radius_m <= 10"),
    ({"entanglement": {"optics": {"receiver_radius_m": 0}}}, "0 < receiver_radius_m <= 50"),
    (
        {"entanglement": {"optics": {"pointing_jitter_urad": -0.1}}},
        "optics.pointing_jitter_urad: got -0.1, expected 0 <= pointing_jitter_urad",
    ),
    ({"entanglement": {"optics": {"jitter_urad": 1}}}, "(did you mean pointing_jitter_urad?)"),
    ({"entanglement": {"detector": {"efficiency": 2}}}, "0 <= efficiency <= 1"),
]


@pytest.mark.parametrize(("change", "message"), BAD)
def test_bad_pairs(change: dict[str, Any], message: str) -> None:
    given = tables(**{"station": CITIES, "link": PAIRS, "entanglement": {}, **change})
    given = {key: value for key, value in given.items() if value is not None}
    with pytest.raises(InputError) as error:
        parse_scenario(given, where="s.toml")
    text = str(error.value)
    assert message in text
    assert text.startswith("s.toml: ")
    assert "\n" not in text


def test_station_links_have_no_weight_of_their_own() -> None:
    for key in ("weight", "success_fraction"):
        with pytest.raises(InputError, match=rf"link\[0\]\.{key}: got 1, expected only in links"):
            scenario(link=[{"name": "a", "station": "Urumqi", key: 1}])


def test_the_protocol_of_pairs_is_sent_to_its_table() -> None:
    with pytest.raises(InputError, match=r"bbm92 belongs into \[entanglement.source\]"):
        scenario(source={"protocol": "bbm92"})


def test_budget_and_protocol_ask_for_the_table() -> None:
    without = replace(pairs(), entanglement=None)
    for build in (PairArmBudget.of, pair_protocol):
        with pytest.raises(InputError, match="entanglement: got nothing, expected a table"):
            build(without)


def test_the_command_says_it_in_one_line(qkdopt, tmp_path) -> None:
    whole = scenario_path("iberia-2025").read_text(encoding="utf-8")
    bad = whole.replace('"Madrid", "Lisbon"', '"Lisbon", "Lisbon"')
    path = tmp_path / "bad.toml"
    path.write_text(bad, encoding="utf-8")
    assert "link[2].stations: got 'Lisbon twice'" in qkdopt("check", str(path)).complaint
