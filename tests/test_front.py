"""The front: ordered, enclosed by its bounds, and written whole."""

import csv
import json
import signal

import numpy as np
import pytest

import qkdopt as qo
from drawing import problem_of
from qkdopt import verifier
from qkdopt.study.front import Front, compute_front
from qkdopt.study.result_folder import ResultFolder


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
        assert verifier.verify(json.loads(point.certificate.to_json())).holds
        if point.value:
            assert point.divergence <= float(point.kl_max) + 1e-12
    assert front.most == qo.solve(problem, qo.GeneralDelivery()).value
    assert {mark.name for mark in front.marks} == {"S-GD", "S-PD", "S-TD(0.01)", "balanced"}


def test_certificates_of_another_run_are_removed_unless_they_were_changed(tmp_path):
    found = qo.solve(small_problem(), qo.GeneralDelivery()).certificate
    earlier = ResultFolder(tmp_path, "front.json", {"seed": "0"}, {}, fresh=False)
    for name in ("mark-gd", "td-0.1"):
        earlier.keep(name, found, Front((), (), 0))
    kept = tmp_path / "certificates"
    again = ResultFolder(tmp_path, "front.json", {"seed": "0"}, {}, fresh=False).earlier("td-0.1")
    assert again.to_json() == found.to_json()
    (kept / "mark-gd.json.gz").write_bytes(b"changed")
    resume = json.loads((tmp_path / "resume.json").read_text())
    outside = tmp_path / "mine.json.gz"
    outside.write_bytes((kept / "td-0.1.json.gz").read_bytes())
    resume["certificates"]["../mine"] = resume["certificates"]["td-0.1"]
    (tmp_path / "resume.json").write_text(json.dumps(resume))
    assert (
        ResultFolder(tmp_path, "front.json", {"seed": "1"}, {}, fresh=False).earlier("td-0.1")
        is None
    )
    assert [path.name for path in kept.iterdir()] == ["mark-gd.json.gz"]
    assert outside.exists()


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


class Keeper:
    """Keeps certificates in memory and stops the run by Ctrl-C after a few."""

    def __init__(self, stop_after=None, earlier=None):
        self.kept, self.fronts, self.stop_after = {}, [], stop_after
        self._earlier = earlier or {}

    def earlier(self, name):
        return self._earlier.get(name)

    def keep(self, name, certificate, front):
        self.kept[name] = certificate
        self.fronts.append(front)
        if len(self.kept) == self.stop_after:
            signal.raise_signal(signal.SIGINT)


def test_values_never_fall_however_little_time_a_point_has():
    # Balanced delivery without its surplus has more bits than most points find in no time, and
    # is too far from the weights for the narrow ones: it must not push their schedules out.
    rng = np.random.default_rng(8)
    for _ in range(4):
        bits = rng.integers(0, 40, (5, 30)).tolist()
        problem = problem_of(bits, list(range(30)), 2, [5, 1, 1, 9, 30])
        front = compute_front(problem, points=6, seconds=1e-3)
        values = [point.value for point in front.points]
        assert values == sorted(values)
        assert values[-1] > 0
        for mark in front.marks:
            near = mark.certificate.value if mark.name == "S-TD(0.01)" else 0
            assert all(p.value >= near for p in front.points if float(p.kl_max) >= 0.01)


def test_an_interrupted_front_has_its_points_and_goes_on():
    problem = small_problem()
    first = Keeper(stop_after=6)
    front = compute_front(problem, points=5, seconds=20, keeper=first)
    assert front.interrupted
    assert len(front.marks) == 4
    assert 1 <= len(front.points) < 5
    again = Keeper(earlier=first.kept)
    whole = compute_front(problem, points=5, seconds=20, keeper=again)
    assert not whole.interrupted
    assert len(whole.points) == 5
    taken = [name for name, known in first.kept.items() if again.kept.get(name) is known]
    assert len(taken) >= 5  # the one that was cut off may be found anew
    assert [len(f.points) for f in again.fronts] == [0, 0, 0, 0, 1, 2, 3, 4, 5]


def test_a_certificate_of_another_problem_or_a_changed_one_is_not_taken_over():
    other = problem_of([[5, 4, 0, 2, 8, 2], [0, 6, 7, 9, 1, 3]], [1, 2, 3, 5, 9, 10], 1, [3, 2])
    kept = Keeper()
    compute_front(other, points=3, seconds=5, keeper=kept)
    again = Keeper(earlier=kept.kept)
    compute_front(small_problem(), points=3, seconds=5, keeper=again)
    assert not [name for name, known in kept.kept.items() if again.kept.get(name) is known]


def test_the_command_takes_an_earlier_run_over_unless_fresh(qkdopt):
    qkdopt.write("keys.csv", "interval,A,B\n51,5,0\n52,4,6\n53,0,7\n54,0,9\n")
    command = ("front", "keys.csv", "--weights", "A=3,B=1", "--points", "3", "--time-limit", "8")
    first = qkdopt(*command, "-o", "out")
    assert "Reused" not in first.out
    certificates = qkdopt.folder / "out" / "certificates"
    stamps = {path.name: path.stat().st_mtime_ns for path in certificates.iterdir()}
    changed = certificates / "td-0.json.gz"
    changed.write_bytes(changed.read_bytes() + b"x")
    second = qkdopt(*command, "-o", "out")
    assert "Reused from an earlier run: 6 certificates" in second.out
    now = {path.name: path.stat().st_mtime_ns for path in certificates.iterdir()}
    assert [name for name in now if now[name] != stamps[name]] == ["td-0.json.gz"]
    assert qo.verify(changed, None)
    for more in (("--fresh",), ("--seed", "1")):
        assert "Reused" not in qkdopt(*command, *more, "-o", "out").out
