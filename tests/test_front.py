"""The front: ordered, enclosed by its bounds, and written whole."""

import csv
import json

import pytest

import qkdopt as qo
from drawing import problem_of
from qkdopt import judge
from qkdopt.study.front import compute_front


def small_problem():
    bits = [[5, 4, 0, 2, 8, 1], [0, 6, 7, 9, 1, 3]]
    return problem_of(bits, [1, 2, 3, 5, 9, 10], 1, [3, 2])


def test_values_rise_and_bounds_enclose_them():
    problem = small_problem()
    front = compute_front(problem, points=8, seconds=20)
    assert len(front.points) == 8
    values = [point.value for point in front.points]
    bounds = [point.bound for point in front.points]
    assert values == sorted(values)
    assert bounds == sorted(bounds)
    assert all(value <= bound for value, bound in zip(values, bounds, strict=True))
    for point in front.points:
        assert judge.verify(json.loads(point.certificate.to_json())).holds
        if point.value:
            assert point.divergence <= float(point.kl_max) + 1e-12
    assert front.most == qo.solve(problem, qo.GeneralDelivery()).value
    assert {mark.name for mark in front.marks} == {"S-GD", "S-PD", "S-TD(0.01)", "balanced"}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"points": 2}, "points: got 2, expected at least 3"),
        ({"seconds": 0}, "time_limit: got 0, expected a number of seconds > 0"),
    ],
)
def test_bad_settings_are_one_line(settings, message):
    with pytest.raises(qo.QkdoptError, match=message):
        compute_front(small_problem(), **settings)


def test_weights_are_needed():
    with pytest.raises(qo.QkdoptError, match=r"weights: got none.*\(front\)"):
        compute_front(problem_of([[1]], [0], 0))


def test_the_command_writes_json_csv_and_a_picture(qkdopt):
    qkdopt.write("keys.csv", "interval,A,B\n51,5,0\n52,4,6\n53,0,7\n54,0,9\n")
    weights = ("--weights", "A=3,B=1", "--points", "4", "--time-limit", "8")
    answer = qkdopt("front", "keys.csv", *weights, "-o", "out", "--json")
    assert answer.code == 0
    assert json.loads((qkdopt.folder / "out" / "front.json").read_text()) == answer.json
    text = (qkdopt.folder / "out" / "front.csv").read_text()
    rows = list(csv.DictReader(text.splitlines()))
    assert [int(row["value_bits"]) for row in rows] == [p["value"] for p in answer.json["points"]]
    assert (qkdopt.folder / "out" / "front.png").read_bytes()[:4] == b"\x89PNG"
    saved = sorted((qkdopt.folder / "out" / "certificates").iterdir())
    assert len(saved) == len(answer.json["points"]) + len(answer.json["marks"])
    assert all(qo.verify(path, None) for path in saved)
