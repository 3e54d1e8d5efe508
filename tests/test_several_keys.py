"""Keys of several satellites are those of each alone, and make one problem of version 2."""

from __future__ import annotations

import math
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from multiprocessing import get_context
from typing import Any

import pytest

import qkdopt as qo
from physics_scenarios import LINE_1, LINE_2, START, edited_tle, scenario, tables
from qkdopt.optimize.problem import Station
from qkdopt.physics import Scenario, ScenarioWarning, parse_scenario
from qkdopt.physics.scenario.circular import circular
from qkdopt.study import problem_of
from qkdopt.tensor import KeyTensor

MICIUS = {"name": "Micius", "tle": f"{LINE_1}\n{LINE_2}\n"}
SECOND = {"name": "Second", "tle": edited_tle(number=0, nodeo=math.radians(187.9))}
TRAIN = {
    "name": "T", "kind": "train", "satellites": 2, "altitude_km": 500, "inclination_deg": 97.4,
    "node_deg": 200, "spacing_s": 60,
}  # fmt: skip
ONE_LINK = [{"name": "west", "station": "Urumqi", "satellites": ["Second"]}]


def train(satellites: int, **changes: Any) -> Scenario:
    given = tables(constellation=[{**TRAIN, "satellites": satellites}], **changes)
    del given["satellite"]
    return parse_scenario(given)


def same(one: KeyTensor, other: KeyTensor) -> bool:
    assert one.bits.tolist() == other.bits.tolist()
    assert one.interval.tolist() == other.interval.tolist()
    return (one.links, one.switch_s, one.weights) == (other.links, other.switch_s, other.weights)


def test_a_constellation_of_one_equals_the_single_satellite() -> None:
    one = train(1)
    lines = "\n".join(dict(circular(500, 97.4, START, node_deg=200).record).values())
    single = scenario(satellite=[{"name": "single", "tle": lines}])
    keys, alone = qo.compute_keys_by_satellite(one), qo.compute_keys(single)
    assert list(keys) == ["T-1"]
    assert alone.bits.any()
    assert same(keys["T-1"], alone)
    problem = problem_of(one, *keys.values())
    assert problem.version == 1
    assert problem.sha256 == problem_of(single, alone).sha256
    assert problem.sha256 == qo.SchedulingProblem.from_keys(alone).sha256


def test_keys_do_not_depend_on_other_satellites_or_on_who_computes_them() -> None:
    given = scenario(satellite=[MICIUS, SECOND])
    keys = qo.compute_keys_by_satellite(given)
    assert list(keys) == ["Micius", "Second"]
    micius, second = given.each_satellite()
    assert same(keys["Micius"], qo.compute_keys(scenario()))
    assert same(keys["Second"], qo.compute_keys(second))
    assert keys["Micius"].provenance == qo.compute_keys(micius).provenance
    assert keys["Second"].provenance["satellite"] == "Second"
    turned = scenario(satellite=[SECOND, MICIUS])
    assert list(qo.compute_keys_by_satellite(turned)) == ["Second", "Micius"]
    done: list[float] = []
    with (
        ThreadPoolExecutor(1) as threads,
        ProcessPoolExecutor(1, mp_context=get_context("spawn")) as processes,
    ):
        for other in (
            qo.compute_keys_by_satellite(turned),
            qo.compute_keys_by_satellite(given, workers=1, progress=done.append),
            qo.compute_keys_by_satellite(given, executor=threads),
            qo.compute_keys_by_satellite(given, executor=processes),
        ):
            assert all(same(keys[name], other[name]) for name in keys)
    assert done == [0.5, 1.0]


def test_tensors_hold_only_what_each_satellite_has_in_view() -> None:
    given = train(2)
    keys = qo.compute_keys_by_satellite(given)
    assert all(tensor.bits.any(axis=0).all() for tensor in keys.values())
    one, two = (tensor.interval for tensor in keys.values())
    assert one.tolist() != two.tolist()
    assert one.size < 200 < given.grid.count


def test_own_optics_and_time_are_those_of_a_scenario_that_has_them() -> None:
    own = {"optics": {"receiver_diameter_m": 2}, "switch_s": 25}
    keys = qo.compute_keys_by_satellite(scenario(satellite=[MICIUS, {**SECOND, **own}]))
    wide = scenario(satellite=[SECOND], optics={"receiver_diameter_m": 2})
    assert same(keys["Second"], qo.compute_keys(replace(wide, switch_s=Decimal(25))))
    assert same(keys["Micius"], qo.compute_keys(scenario()))


def test_a_satellite_without_links_has_an_empty_path_to_come() -> None:
    with pytest.warns(ScenarioWarning, match="without any link: Micius"):
        given = scenario(satellite=[MICIUS, SECOND], link=ONE_LINK)
    with ThreadPoolExecutor(1) as threads:
        keys = qo.compute_keys_by_satellite(given, executor=threads)
    assert keys["Micius"].bits.shape == (0, 0)
    problem = problem_of(given, *keys.values())
    assert [link.name for link in problem.links] == ["Second-west"]
    assert problem.links_of(0) == ()
    assert problem.document()["satellites"][0] == {"name": "Micius", "switch_s": "10"}
    from qkdopt.optimize.problem_file import problem_from_document

    assert problem_from_document(problem.document(), "p").sha256 == problem.sha256


def test_what_is_never_in_view_is_said_once() -> None:
    low = {"name": "Low", "kind": "train", "satellites": 2, "altitude_km": 500,
           "inclination_deg": 5, "spacing_deg": 60}  # fmt: skip
    far = {"name": "Tromso", "lat_deg": 69.65, "lon_deg": 18.96}
    given = tables(constellation=[low])
    given["station"] = [*given["station"], {**far, "lat_deg": -89.0, "lon_deg": 0.0}]
    given["visibility"] = {"darkness": ["none"]}
    found = parse_scenario({**given, "horizon": {**given["horizon"], "duration_days": 0.25}})
    with pytest.warns(ScenarioWarning) as caught:
        qo.compute_keys_by_satellite(found)
    said = [str(item.message) for item in caught]
    assert sum("nothing ever in view of: Low-1, Low-2" in words for words in said) == 1


def test_links_of_two_satellites_to_one_target_add_up() -> None:
    links = [
        {"name": "near", "station": "Urumqi", "satellites": ["Micius"], "target": "Urumqi"},
        {"name": "far", "station": "Urumqi", "satellites": ["Second"], "target": "Urumqi"},
        {"name": "Shanghai", "station": "Shanghai"},
    ]
    stations = tables()["station"]
    stations[0] |= {"receivers": 2, "switch_s": 20, "weight": 3}
    stations[1] |= {"weight": 0.5}
    given = scenario(satellite=[MICIUS, SECOND], link=links, station=stations)
    problem = problem_of(given, *qo.compute_keys_by_satellite(given).values())
    names = ["Micius-near", "Micius-Shanghai", "Second-far", "Second-Shanghai"]
    assert [link.name for link in problem.links] == names
    assert problem.link_target == (0, 1, 0, 1)
    assert [link.stations for link in problem.links] == [(0,), (1,), (0,), (1,)]
    assert problem.targets == ("Urumqi", "Shanghai")
    assert problem.weights == (30, 5)
    assert problem.stations == (Station("Urumqi", 2, Decimal(20)), Station("Shanghai"))
    document = problem.document()
    assert document["stations"][0] == {"name": "Urumqi", "receivers": 2, "switch_s": "20"}


def test_one_satellite_may_add_links_up_as_well() -> None:
    links = [{"name": f"to {city}", "station": city, "target": "China"}
             for city in ("Urumqi", "Shanghai")]  # fmt: skip
    given = scenario(link=links)
    problem = problem_of(given, qo.compute_keys(given))
    assert (problem.version, problem.targets, problem.link_target) == (1, ("China",), (0, 0))


def test_operations_are_those_of_each_satellite() -> None:
    satellites = [MICIUS, {**SECOND, "operations": {"max_handovers": 3}}]
    given = scenario(satellite=satellites, operations={"minimum_dwell_s": 20})
    problem = problem_of(given, *qo.compute_keys_by_satellite(given).values())
    assert problem.document()["options"] == {
        "minimum_dwell_s": [[0, "20"], [1, "20"]],
        "max_handovers": [[1, 3]],
    }
