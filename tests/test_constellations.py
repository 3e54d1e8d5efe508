"""Constellations: where their satellites are, what is refused, and that the keys are each one's."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from physics_scenarios import LINE_1, LINE_2, START, edited_tle, scenario, tables
from qkdopt.errors import InputError, LimitError, QkdoptError
from qkdopt.library import published_index
from qkdopt.physics import Scenario, ScenarioWarning, load_scenario, parse_scenario
from qkdopt.physics.scenario import satellites
from qkdopt.physics.scenario.circular import circular

MICIUS = {"name": "Micius", "tle": f"{LINE_1}\n{LINE_2}\n"}
OTHER = {"name": "Other", "tle": edited_tle(number=0, mo=1.0)}
TRAIN = {
    "name": "T", "kind": "train", "satellites": 3, "altitude_km": 600, "inclination_deg": 97.79,
    "node_deg": 334.1, "spacing_deg": 7.45,
}  # fmt: skip
PLANES = {
    "name": "P", "kind": "planes", "satellites": 6, "planes": 3, "altitude_km": 600,
    "inclination_deg": 60, "node_spacing_deg": 3, "phase_deg": 1.5, "spacing_deg": 10,
}  # fmt: skip


def walker(text: str, kind: str = "walker-delta", **more: Any) -> dict[str, Any]:
    return {"name": "W", "kind": kind, "walker": text, "altitude_km": 550, **more}


def only(*constellations: dict[str, Any], **changes: Any) -> Scenario:
    given = tables(constellation=list(constellations), **changes)
    if "satellite" not in changes:
        del given["satellite"]
    return parse_scenario(given, where="s.toml")


def angles(found: Scenario) -> dict[str, tuple[float, float]]:
    """Return node and angle past it [deg] of each satellite, by name."""
    records = {item.name: item.elements.satrec("") for item in found.satellites}
    return {
        name: (math.degrees(record.nodeo), math.degrees(record.argpo + record.mo))
        for name, record in records.items()
    }


def apart(one: float, other: float) -> float:
    return abs((one - other + 180.0) % 360.0 - 180.0)


@given(
    planes=st.integers(1, 6),
    each=st.integers(1, 5),
    phase=st.integers(0, 5),
    star=st.booleans(),
)
def test_a_walker_constellation_is_what_its_numbers_say(
    planes: int, each: int, phase: int, star: bool
) -> None:
    phase %= planes
    count = planes * each
    kind, span = ("walker-star", 180.0) if star else ("walker-delta", 360.0)
    text = f"53: {count}/{planes}/{phase}"
    found = only(walker(text, kind, node_deg=20, argument_deg=5))
    by_name = angles(found)
    assert list(by_name) == [f"W-{j + 1}-{k + 1}" for j in range(planes) for k in range(each)]
    for j in range(planes):
        for k in range(each):
            node, angle = by_name[f"W-{j + 1}-{k + 1}"]
            # By hand from Walker's definition; elements have four decimals.
            assert apart(node, 20 + span * j / planes) < 1e-4
            assert apart(angle, 5 + 360 * k / each + 360 * phase * j / count) < 2e-4
    inclinations = {math.degrees(s.elements.satrec("").inclo) for s in found.satellites}
    assert [round(angle, 4) for angle in inclinations] == [53.0]


def test_the_planes_of_a_delta_close_around_the_earth() -> None:
    by_name = angles(only(walker("60: 24/6/1")))
    nodes = sorted({round(node, 3) for node, _ in by_name.values()})
    assert np.diff([*nodes, nodes[0] + 360]).tolist() == pytest.approx([60.0] * 6)
    # Going once around all planes, phases add up to f slots of 360/t each per plane: 6 * 15.
    first = [by_name[f"W-{j}-1"][1] for j in range(1, 7)]
    assert np.diff(first).tolist() == pytest.approx([15.0] * 5, abs=2e-4)


def test_a_train_passes_the_same_point_in_turn() -> None:
    by_angle = only(TRAIN)
    assert [item.name for item in by_angle.satellites] == ["T-1", "T-2", "T-3"]
    steps = [angle for _, angle in angles(by_angle).values()]
    assert [apart(a, b) for a, b in itertools.pairwise(steps)] == pytest.approx(
        [7.45, 7.45], abs=2e-4
    )
    # By hand: 600 km has a mean motion of 14.8934 turns a day: 120 s are 7.4467 deg.
    rest = {key: value for key, value in TRAIN.items() if key != "spacing_deg"}
    by_time = only({**rest, "spacing_s": 120})
    one, two, _ = (item.elements.satrec("") for item in by_time.satellites)
    assert apart(math.degrees(one.mo), math.degrees(two.mo)) == pytest.approx(7.4467, abs=2e-4)
    day, fraction = by_time.grid.start_julian_date
    _, ahead, _ = one.sgp4(day, fraction)
    _, behind, _ = two.sgp4(day, fraction + 120 / 86_400)
    assert math.dist(ahead, behind) < 10.0  # km; the Earth's flattening moves the node a little


def test_planes_lie_where_they_are_told() -> None:
    by_name = angles(only(PLANES))
    assert list(by_name) == ["P-1-1", "P-1-2", "P-2-1", "P-2-2", "P-3-1", "P-3-2"]
    assert by_name["P-3-2"] == pytest.approx((6.0, 3.0 + 10.0), abs=2e-4)


def test_satellites_come_first_and_the_epoch_may_be_stated() -> None:
    late = {**TRAIN, "epoch_utc": START + timedelta(hours=6)}
    found = only(late, walker("53: 2/1/0"), satellite=[MICIUS])
    names = [item.name for item in found.satellites]
    assert names == ["Micius", "T-1", "T-2", "T-3", "W-1-1", "W-1-2"]
    record = found.satellites[1].elements.satrec("")
    day, fraction = found.grid.start_julian_date
    assert record.jdsatepoch + record.jdsatepochF - day - fraction == pytest.approx(0.25)


def test_a_constellation_of_one_is_the_satellite() -> None:
    one = only({**TRAIN, "satellites": 1})
    elements = circular(600, 97.79, START, node_deg=334.1)
    alone = scenario(satellite=[{"name": "T-1", "tle": "\n".join(dict(elements.record).values())}])
    assert one == alone
    assert one.digest == alone.digest


def test_digests_of_older_scenarios_stay() -> None:
    # Of the release before constellations; keys are computed and reused under these names.
    known = {
        "micius-china-2016": "f0916d7be5929e73feeda4e725fc5343f9259a595b1677975cee83a658e15780",
        "iberia-mixed-2025": "7b0f887f4da2304b85f79ee25a4d074a369b583d15b0f6940e9099bd44f9ac99",
    }
    for name, digest in known.items():
        assert load_scenario(name).digest == digest


BAD: list[tuple[dict[str, Any], str]] = [
    ({"satellite": [MICIUS, {**OTHER, "name": "Micius"}]}, "satellite[1].name: got Micius"),
    (
        {"satellite": [{**OTHER, "name": "T-2"}], "constellation": [TRAIN]},
        "constellation[0].name: got 'T-2', expected names that are all different",
    ),
    (
        {"satellite": [MICIUS, {**MICIUS, "name": "b"}]},
        "satellite b: got the same catalogue number 41731 as of Micius",
    ),
    (
        {"satellite": [OTHER, {**OTHER, "name": "b"}]},
        "satellite b: got the same elements as of Other, expected each object once",
    ),
    (
        {"satellite": [MICIUS, {"name": "b", "tle": edited_tle(number=7)}]},
        "satellite b: got the same elements as of Micius, expected each object once",
    ),
    (
        {
            "satellite": [{**OTHER, "name": "A"}, {**MICIUS, "name": "A-B"}],
            "link": [
                {"name": "B-C", "station": "Urumqi", "satellites": ["A"]},
                {"name": "C", "station": "Urumqi", "satellites": ["A-B"]},
            ],
        },
        "satellite A-B: got the link name A-B-C also of satellite A",
    ),
    ({"station": [{"receivers": 0}]}, "station[0].receivers: got 0, expected 1 <= receivers"),
    ({"station": [{"receivers": 1.5}]}, "station[0].receivers: got 1.5"),
    ({"station": [{"receivers": True}]}, "station[0].receivers: got True"),
    ({"station": [{"switch_s": -1}]}, "station[0].switch_s: got -1, expected 0 <= switch_s"),
    ({"satellite": [{**MICIUS, "switch_s": -1}]}, "satellite[0].switch_s: got -1"),
    ({"satellite": [{**MICIUS, "optics": {"lens": 1}}]}, "satellite[0]: optics: got 'unknown key"),
    ({"satellite": [{**MICIUS, "detector": {}}]}, "satellite[0]: got 'unknown key detector'"),
    (
        {"satellite": [{**MICIUS, "source": {"decoy_intensity": 0.9}}]},
        "satellite[0]: source.decoy_intensity: got 0.9",
    ),
    (
        {"link": [{"name": "a", "station": "Urumqi", "satellites": ["Moon"]}]},
        "link[0].satellites: got Moon, expected one of Micius",
    ),
    (
        {"link": [{"name": "a", "station": "Urumqi", "satellites": ["Micius", "Micius"]}]},
        "link[0].satellites: got Micius twice",
    ),
    (
        {"link": [{"name": "a", "station": "Urumqi", "satellites": []}]},
        "link[0].satellites: got [], expected a list of lines of text, not empty",
    ),
    (
        {"link": [{"name": "a", "station": "Urumqi", "satellites": "Micius"}]},
        "link[0].satellites: got Micius, expected a list of lines of text, not empty",
    ),
    (
        {"link": [{"name": "a", "station": "Urumqi", "target": 5}]},
        "link[0].target: got 5, expected a line of text",
    ),
    (
        {
            "satellite": [MICIUS, {**OTHER, "optics": {"receiver_diameter_m": 2}}],
            "link": [
                {"name": "a", "station": "Urumqi", "satellites": ["Micius"]},
                {"stations": ["Urumqi", "Shanghai"], "satellites": ["Other"]},
            ],
            "entanglement": {"source": {}},
        },
        "satellite Other: optics: got 'a table', expected no such table",
    ),
    (
        {"satellite": [MICIUS, OTHER], "link": [{"stations": ["Urumqi", "Shanghai"]}]},
        "link[0].stations: got 'the pair Urumqi and Shanghai', expected a table",
    ),
    ({"constellation": [{**TRAIN, "kind": "swarm"}]}, "constellation[0].kind: got swarm"),
    ({"constellation": [{**TRAIN, "spacing_s": 9}]}, "got 'spacing_s and spacing_deg'"),
    ({"constellation": [{**TRAIN, "satellites": 0}]}, "constellation[0].satellites: got 0"),
    ({"constellation": [{**TRAIN, "altitude_km": 100}]}, "constellation[0].altitude_km: got 100"),
    ({"constellation": [{**TRAIN, "spacing": 9}]}, "got 'unknown key spacing'"),
    ({"constellation": [{**PLANES, "planes": 4}]}, "satellites: got 6, expected a multiple of"),
    ({"constellation": [walker("53: 10/3/1")]}, "constellation[0].walker: got '53: 10/3/1'"),
    ({"constellation": [walker("53: 10/5/5")]}, "constellation[0].walker: got '53: 10/5/5'"),
    ({"constellation": [walker("181: 10/5/1")]}, "constellation[0].walker: got '181: 10/5/1'"),
    ({"constellation": [walker("10/5/1")]}, "constellation[0].walker: got '10/5/1'"),
    ({"constellation": [walker("53: 10/0/0")]}, "constellation[0].walker: got '53: 10/0/0'"),
    ({"constellation": [walker("5.3.1: 10/5/1")]}, "constellation[0].walker"),
    ({"constellation": [walker(f"53: {'9' * 5000}/1/0")]}, "constellation[0].walker"),
    ({"constellation": [TRAIN, TRAIN]}, "constellation[1].name: got 'T-1'"),
]


@pytest.mark.parametrize(("change", "message"), BAD)
def test_bad_constellations(change: dict[str, Any], message: str) -> None:
    if "station" in change:
        known = tables()["station"]
        change = {"station": [{**known[0], **change["station"][0]}, known[1]]}
    with pytest.raises(InputError) as error:
        parse_scenario(tables(**change), where="s.toml")
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_links_of_some_satellites_and_a_satellite_without() -> None:
    links = [
        {"name": "west", "station": "Urumqi", "satellites": ["Micius"], "target": "China"},
        {"name": "east", "station": "Shanghai", "satellites": ["Micius"], "target": "China"},
    ]
    with pytest.warns(ScenarioWarning, match=r"without any link: Other$"):
        found = scenario(satellite=[MICIUS, OTHER], link=links)
    micius, other = found.each_satellite()
    assert [link.name for link in micius.links] == ["west", "east"]
    assert other.links == ()


def test_what_a_satellite_has_of_its_own() -> None:
    own = {"switch_s": 25, "optics": {"receiver_diameter_m": 2}, "operations": {"max_handovers": 3}}
    found = scenario(
        satellite=[MICIUS, {**OTHER, **own}],
        optics={"divergence_half_angle_urad": 7},
        operations={"minimum_dwell_s": 20},
    )
    first, second = found.each_satellite()
    plain = scenario(optics={"divergence_half_angle_urad": 7}, operations={"minimum_dwell_s": 20})
    assert first == plain
    assert first.operations == plain.operations
    assert (second.optics.receiver_diameter_m, second.optics.divergence_half_angle_urad) == (2, 7)
    assert second.switch_s == 25
    assert second.operations == {"minimum_dwell_s": 20, "max_handovers": 3}
    # Alone it is written either way.
    alone = scenario(satellite=[{**OTHER, "optics": {"receiver_diameter_m": 2}}])
    assert alone == scenario(satellite=[OTHER], optics={"receiver_diameter_m": 2})


def test_rules_about_links_of_others_are_left_out() -> None:
    links = [
        {"name": "U", "station": "Urumqi", "satellites": ["Micius"]},
        {"name": "S", "station": "Shanghai"},
    ]
    rules = [{"link": "U", "from_s": 0, "until_s": 10}, {"station": "Urumqi", "from_s": 0},
             {"link": "S", "from_s": 0, "until_s": 10}, {"link": "all", "from_s": 5}]  # fmt: skip
    found = scenario(satellite=[MICIUS, OTHER], link=links, operations={"forbidden": rules})
    first, second = found.each_satellite()
    assert first.operations["forbidden"] == rules
    assert second.operations["forbidden"] == rules[2:]


def test_published_constellations_load() -> None:
    names = [name for name, facts in published_index().items() if "satellites" in facts]
    assert len(names) == 11
    for name in names:
        if not name.startswith("hand-"):
            found = load_scenario(name)
            assert found.name == name
            assert len(found.satellites) == published_index()[name]["satellites"]


def test_the_second_of_the_pair_is_where_its_description_says() -> None:
    one, two = load_scenario("micius-pair-2016").satellites
    first, second = one.elements.satrec(""), two.elements.satrec("")
    assert math.degrees(second.nodeo - first.nodeo) == pytest.approx(6.0, abs=1e-4)
    assert math.degrees(second.mo - first.mo) == pytest.approx(-5.0, abs=1e-4)
    rest = ("inclo", "ecco", "argpo", "no_kozai", "bstar", "jdsatepoch", "jdsatepochF")
    assert [getattr(first, key) for key in rest] == [getattr(second, key) for key in rest]


def test_the_world_scenarios_have_the_same_stations() -> None:
    walker_world, star_world = (load_scenario(f"{kind}-world-2025") for kind in ("walker", "star"))
    assert walker_world.stations == star_world.stations
    assert len(walker_world.stations) == len(walker_world.satellites) == 100
    assert replace(walker_world, satellites=star_world.satellites, name="", description="") == (
        replace(star_world, name="", description="")
    )
    assert walker_world.satellites[-1].name == "W-10-10"


WHOLE = tables(
    constellation=[{**TRAIN, "switch_s": 5, "optics": {"receiver_diameter_m": 2}},
                   walker("53: 4/2/1", epoch_utc=START), PLANES],
    link=[{"name": "a", "station": "Urumqi", "satellites": ["T-1", "Micius"], "target": "x"},
          {"name": "b", "stations": ["Urumqi", "Shanghai"], "satellites": ["W-1-1"]}],
    entanglement={"source": {}},
)  # fmt: skip
ODD = (None, True, -1, 10**30, 1.5, float("nan"), "", "x", "A\nB", [], {}, [["x"]],
       Decimal("1e400"), START, "\u0663: 1/1/0")  # fmt: skip


def places(value: Any, begin: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield (*begin, key)
            yield from places(value[key], (*begin, key))


@pytest.mark.parametrize("table", ["constellation", "satellite", "link", "station"])
@pytest.mark.filterwarnings("ignore::qkdopt.physics.ScenarioWarning")
def test_spoiled_tables_are_one_line(table: str) -> None:
    parse_scenario(WHOLE)
    messages: list[str] = []
    for place in places(WHOLE[table], (table,)):
        for odd in ODD:
            spoiled = deepcopy(WHOLE)
            inner: Any = spoiled
            for key in place[:-1]:
                inner = inner[key]
            inner[place[-1]] = odd
            try:
                parse_scenario(spoiled)
            except QkdoptError as error:
                messages.append(str(error))
    assert len(messages) > 40
    assert [message for message in messages if "\n" in message] == []


def test_no_scenario_has_more_satellites_than_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(satellites, "MOST_GENERATED", 5)
    only(TRAIN, walker("53: 2/1/0"))
    with pytest.raises(LimitError, match="got more than 5 satellites, expected at most 5"):
        only(TRAIN, walker("53: 3/1/0"))
