"""Problems of several satellites from key tensors, by hand; files of their paths and rules."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import qkdopt as qo
from physics_scenarios import START
from qkdopt.errors import InputError, LimitError
from qkdopt.optimize.operations import Operations
from qkdopt.optimize.problem import Network, Station
from qkdopt.physics import expected_bytes, several_keys
from qkdopt.study.operations import with_rules
from qkdopt.study.schedule_file import write_paths
from qkdopt.tensor import KeyTensor
from test_several_keys import train

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
         "switch_s: got -1"),
        ({"A": A}, {"network": Network(stations=(Station("Graz"), Station("Graz")))}, "twice"),
        *(
            ({"A": A}, {"network": Network(stations=(Station("Graz", 1, wrong),))},
             "station Graz: switch_s: got ")
            for wrong in ("soon", None, Decimal("nan"), Decimal("inf"), Decimal(10) ** 30)
        ),
        ({"A": A}, {"network": Network(stations=(Station("Graz", 2**31),))}, "below 2^31"),
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
