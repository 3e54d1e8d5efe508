"""Keys of several satellites are those of each alone, and make one problem of version 2."""

from __future__ import annotations

import math
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

import qkdopt as qo
from physics_scenarios import LINE_1, LINE_2, START, edited_tle, scenario, tables
from qkdopt.errors import InputError, LimitError
from qkdopt.optimize.operations import Operations
from qkdopt.optimize.problem import Network, Station
from qkdopt.physics import Scenario, ScenarioWarning, expected_bytes, parse_scenario, several_keys
from qkdopt.physics.orbit.constructed import circular
from qkdopt.study import problem_of
from qkdopt.study.operations import with_rules
from qkdopt.study.schedule_file import write_paths
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


A = KeyTensor.create([[5, 4], [0, 6]], [51, 52], ["Graz", "Wien"], weights={"Graz": 3, "Wien": 1})
B = KeyTensor.create([[7, 0, 2]], [52, 60, 61], ["Graz"], switch_s=30, weights={"Graz": 3})


def test_from_satellites_by_hand() -> None:
    problem = qo.SchedulingProblem.from_satellites({"A": A, "B": B}, weights={"Graz": 3, "Wien": 1})
    document = problem.document()
    assert document["satellites"] == [
        {"name": "A", "switch_s": "10"}, {"name": "B", "switch_s": "30"},
    ]  # fmt: skip
    assert document["contacts"] == [
        {"link": 0, "first": 51, "bits": [5, 4]},
        {"link": 1, "first": 52, "bits": [6]},
        {"link": 2, "first": 52, "bits": [7]},
        {"link": 2, "first": 61, "bits": [2]},
    ]
    assert problem.satellites[1].interval.tolist() == [52, 61]
    assert document["targets"] == [{"name": "Graz", "weight": 3}, {"name": "Wien", "weight": 1}]
    assert problem.sha256 == qo.SchedulingProblem.from_satellites({"A": A, "B": B}).sha256


def test_from_satellites_with_a_network() -> None:
    pair = KeyTensor.create([[9]], [51], ["Wien-Graz"])
    network = Network(
        stations=(Station("Wien", 2), Station("Graz", 1, Decimal(5))),
        ends={"Wien-Graz": ("Wien", "Graz")},
        targets={"Graz": "Steiermark"},
    )
    rules = {"P": Operations.create(max_handovers=1)}
    problem = qo.SchedulingProblem.from_satellites(
        {"P": pair, "A": A}, network=network, operations=rules
    )
    assert [(link.name, link.stations) for link in problem.links] == [
        ("P-Wien-Graz", (0, 1)), ("A-Graz", (1,)), ("A-Wien", (0,)),
    ]  # fmt: skip
    assert problem.targets == ("Steiermark", "Wien-Graz", "Wien")
    assert problem.weights is None  # one tensor has none
    assert problem.document()["options"] == {"max_handovers": [[0, 1]]}


@pytest.mark.parametrize(
    ("keys", "more", "message"),
    [
        ({}, {}, "several satellites: got none"),
        ({"A": A, "B": KeyTensor.create([[1]], [1], ["Graz"], interval_s=30)}, {}, "of one length"),
        ({"A": A, "A-Graz": KeyTensor.create([[1]], [1], ["x"])},
         {"network": Network(ends={"Graz": ("Graz", "Graz")})}, "two different ones"),
        ({"A": KeyTensor.create([[1]], [1], ["B-C"]), "A-B": KeyTensor.create([[1]], [1], ["C"])},
         {}, "link A-B-C twice"),
        ({"A": A}, {"network": Network(stations=(Station("Graz", 0),))}, "receivers: got 0"),
        ({"A": A}, {"network": Network(stations=(Station("Graz", 1, Decimal(-1)),))},
         "switch_s: got '-1'"),
        ({"A": A}, {"network": Network(stations=(Station("Graz"), Station("Graz")))}, "twice"),
        ({"A": A}, {"weights": {"Graz": 1}}, "no weight for Wien"),
        ({"A": A}, {"operations": {"C": Operations.create(max_handovers=1)}}, "expected one of A"),
        ({"A": A, "B": KeyTensor.create([[1]], [1], ["Graz"], weights={"Graz": 2})}, {},
         "weights: Graz: got 3 and 2"),
    ],
)  # fmt: skip
def test_bad_satellites_are_refused(
    keys: dict[str, KeyTensor], more: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError) as error:
        qo.SchedulingProblem.from_satellites(keys, **more)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_too_many_satellites_are_refused_before_any_key(monkeypatch: pytest.MonkeyPatch) -> None:
    given = train(3)
    needed = expected_bytes(given)
    keys = qo.compute_keys_by_satellite(given)
    held = sum(tensor.bits.nbytes for tensor in keys.values())
    assert held < needed < 20 * held + 3 * 20_000
    monkeypatch.setattr(several_keys, "_of_one", lambda part: pytest.fail("computed"))
    monkeypatch.setattr(several_keys, "MOST_SATELLITES", 2)
    with pytest.raises(
        LimitError, match=r"satellites: got 3 satellites, whose keys take about 0 M"
    ):
        qo.compute_keys_by_satellite(given)
    monkeypatch.setattr(several_keys, "MOST_SATELLITES", 3)
    monkeypatch.setattr(several_keys, "MOST_BYTES", needed - 1)
    with pytest.raises(LimitError, match=r"expected at most 3 satellites that take 0 MB"):
        qo.compute_keys_by_satellite(given)


def test_the_families_are_as_contested_as_they_are_said_to_be() -> None:
    # Figures of docs/several-satellites.md: cells, and shares of station-intervals in dispute.
    for name, cells, share in (
        ("micius-pair-2016", 7_870, 0.48),
        ("train-europe-2025", 226_919, 0.82),
    ):
        problem = qo.load_problem(name)
        used: dict[tuple[int, int], int] = {}
        for s, satellite in enumerate(problem.satellites):
            for row, n in enumerate(problem.links_of(s)):
                station = problem.links[n].stations[0]
                for t in satellite.interval[satellite.bits[row] > 0].tolist():
                    used[station, t] = used.get((station, t), 0) + 1
        assert sum(used.values()) == cells
        assert sum(count > 1 for count in used.values()) / len(used) == pytest.approx(
            share, abs=0.01
        )


def test_paths_of_several_satellites_are_a_table(tmp_path: Path) -> None:
    problem = qo.SchedulingProblem.from_satellites({"A": A, "B": B})
    paths = [[[0, 51, 51], [1, 52, 52]], [[2, 61, 61]]]
    write_paths(problem, paths, tmp_path / "paths.csv", START)
    assert (tmp_path / "paths.csv").read_text().splitlines() == [
        "interval,satellite,link,bits,start_utc",
        "51,A,A-Graz,5,2016-09-19T00:08:30Z",
        "52,A,A-Wien,6,2016-09-19T00:08:40Z",
        "61,B,B-Graz,2,2016-09-19T00:10:10Z",
    ]
    write_paths(problem, [[], []], tmp_path / "none.csv")
    assert (tmp_path / "none.csv").read_text() == "interval,satellite,link,bits\n"


RULES = """
max_handovers = 2
[[forbidden]]
station = "Graz"
interval = 52
[[forbidden]]
link = "all"
interval = 61
[[locked]]
link = "A-Wien"
interval = 52
[switch_matrix_s]
A-Graz = { A-Wien = 40 }
"""


def test_rules_of_a_file_are_those_of_each_satellite(tmp_path: Path) -> None:
    problem = qo.SchedulingProblem.from_satellites({"A": A, "B": B})
    (tmp_path / "rules.toml").write_text(RULES)
    assert with_rules(problem, tmp_path / "rules.toml").document()["options"] == {
        "forbidden": [[0, 0, 52], [0, -1, 61], [1, 2, 52], [1, -1, 61]],
        "locked": [[0, 1, 52]],
        "max_handovers": [[0, 2], [1, 2]],
        "switch_matrix_s": [[0, [["0", "40"], ["10", "0"]]], [1, [["0"]]]],
    }
    for rule, message in (
        ("[[locked]]\nlink = 'none'\ninterval = 52\n", "expected a link, which says the satellite"),
        (
            "[[forbidden]]\nlink = 'Graz'\ninterval = 52\n",
            "expected one of all, A-Graz, A-Wien, B-Graz",
        ),
        ("[[forbidden]]\nstation = 'Linz'\ninterval = 52\n", "expected one of Graz, Wien"),
    ):
        (tmp_path / "bad.toml").write_text(rule)
        with pytest.raises(InputError) as error:
            with_rules(problem, tmp_path / "bad.toml")
        assert message in str(error.value)
