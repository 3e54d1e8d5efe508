"""Problems: canonical, exact in time, equal hashes for equal content; files and bad files."""

import copy
import json

import pytest
from hypothesis import given

import qkdopt as qo
from drawing import problem_of, tiny_problems
from qkdopt.certificates import canonical_json, digest
from qkdopt.errors import InputError
from qkdopt.optimize.problem_file import problem_from_document, read_problem, write_problem


@pytest.mark.parametrize(
    ("switch", "interval", "tau"),
    [("10", "10", 1), (0, 10, 0), ("10", "60", 1), ("10.1", 10, 2), ("0.3", "0.1", 3), (45, 10, 5)],
)
def test_tau_is_rounded_up_in_exact_arithmetic(switch, interval, tau):
    keys = qo.KeyTensor.create([[1]], [0], ["A"], interval_s=interval, switch_s=switch)
    assert qo.SchedulingProblem.from_keys(keys).tau == tau


def test_arguments_override_the_tensor():
    keys = qo.KeyTensor.create([[1], [2]], [0], ["A", "B"], weights={"A": 1, "B": 2})
    problem = qo.SchedulingProblem.from_keys(
        keys, switch_seconds="30", weights={"B": "0.5", "A": "1.25"}
    )
    assert (problem.tau, problem.weights) == (3, (125, 50))
    with pytest.raises(InputError, match="switch_seconds: got -1"):
        qo.SchedulingProblem.from_keys(keys, switch_seconds=-1)


def test_intervals_without_any_bit_are_left_out():
    problem = problem_of([[0, 3, 0], [0, 1, 0]], [4, 5, 6], tau=1)
    assert problem.interval.tolist() == [5]
    assert problem.document()["K"] == [[3], [1]]


@given(tiny_problems())
def test_the_document_gives_the_problem_back(problem):
    text = canonical_json(problem.document())
    again = problem_from_document(json.loads(text))
    assert canonical_json(again.document()) == text
    assert again.sha256 == problem.sha256 == digest(json.loads(text))


@pytest.mark.parametrize("ending", ["json", "json.gz"])
def test_files_give_back_what_was_written(tmp_path, ending):
    problem = problem_of([[1, 2], [0, 3]], [4, 9], tau=2, weights=[1, 3])
    path = tmp_path / f"problem.{ending}"
    write_problem(problem, path)
    first = path.read_bytes()
    assert read_problem(path).sha256 == problem.sha256
    write_problem(problem, path)
    assert path.read_bytes() == first  # no time stamp inside


def test_a_certificate_gives_its_problem(tmp_path):
    problem = problem_of([[1, 2], [0, 3]], [4, 9], tau=2)
    qo.solve(problem, qo.GeneralDelivery()).certificate.save(tmp_path / "gd.json.gz")
    assert read_problem(tmp_path / "gd.json.gz").sha256 == problem.sha256


def set_at(document, path, value):
    for key in path[:-1]:
        document = document[key]
    document[path[-1]] = value


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (["format"], "other", 'expected an object with "format": "qkdopt-problem"'),
        (["version"], 3, "version: got 3, expected 1 or 2"),
        (["speed"], 2, "speed: got 'an unknown key'"),
        (["stock"], [1, -2], "stock: got [1, -2], expected 2 whole numbers >= 0"),
        (["targets"], ["A", "A"], "targets: got ['A', 'A'], expected a list of different names"),
        (["links", 0], {"name": "A"}, "links[0]"),
        (["links", 0, "target"], 2, "links[0].target: got 2, expected an index below 2"),
        (["links", 1, "name"], "A", "links[1]: got A, expected names that are all different"),
        (["interval"], [9, 4], "interval[1]: got 4, expected an index above"),
        (["interval"], [4.5, 9], "interval: got [4.5, 9], expected a list of whole numbers"),
        (["interval"], 5, "interval: got 5, expected a list of whole numbers"),
        (["version"], True, "version: got True, expected 1 or 2"),
        (["targets"], ["A", "\ud800"], "targets[1]"),
        (["targets"], ["A", " "], "targets[1]: got ' ', expected a name that can be printed"),
        (["K", 0, 1], -2, "bits[0, 1]: got -2"),
        (["K", 0, 1], 2.0, "K[0]"),
        (["K", 0], [1], "K[0]: got '1 values', expected 2 values"),
        (["K"], [[1, 2]], "K: got list, expected a list of 2 rows"),
        (["K", 0, 1], 2**63, "K[0]: got 'a number beyond 2^62'"),
        (["weights"], [0, 0], "weights: got [0, 0]"),
        (["weights"], [1], "weights: got [1]"),
        (["interval_s"], 10, "interval_s: got 10, expected seconds as decimal text"),
        (["switch_s"], "-5", "switch_s"),
    ],
)
def test_bad_documents_are_one_clear_line(path, value, message):
    document = copy.deepcopy(problem_of([[1, 2], [0, 3]], [4, 9], 1, [1, 3]).document())
    set_at(document, path, value)
    with pytest.raises(qo.QkdoptError) as caught:
        problem_from_document(document, "p.json")
    assert message in str(caught.value)
    assert str(caught.value).startswith("p.json")


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[" * 100_000, b'{"format": "x"}'])
def test_what_is_no_problem_is_one_clear_line(tmp_path, content):
    path = tmp_path / "p.json"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"p\.json"):
        read_problem(path)


def test_a_damaged_archive_is_one_clear_line(tmp_path):
    path = tmp_path / "p.json.gz"
    write_problem(problem_of([[1, 2], [0, 3]], [4, 9], 1), path)
    data = bytearray(path.read_bytes())
    data[20:24] = b"\xff\xff\xff\xff"
    for damaged in (bytes(data), data[:-9], b""):
        path.write_bytes(damaged)
        for read in (read_problem, qo.Certificate.load):
            with pytest.raises(InputError, match=r"p\.json\.gz"):
                read(path)


def test_a_hand_over_longer_than_any_horizon_costs_no_time():
    keys = qo.KeyTensor.create(
        [[1, 2, 0], [0, 3, 9]], [0, 1, 10**9], ["A", "B"], interval_s="1e-12", switch_s="1e12"
    )
    problem = qo.SchedulingProblem.from_keys(keys)
    for solver in ("dynamic", "milp", "greedy"):
        outcome = qo.solve(problem, qo.GeneralDelivery(), solver=solver)
        assert qo.verify(outcome.certificate, problem), solver
    assert qo.solve(problem, qo.GeneralDelivery(), solver="milp", formulation="paper").value == 12


def test_canonical_json_refuses_what_has_two_spellings():
    for value in (1.0, True, None, {1: 2}, [1, 2.5]):
        with pytest.raises(TypeError):
            canonical_json(value)
    assert canonical_json({"b": [1, "ü"], "a": {}}) == '{"a":{},"b":[1,"ü"]}'
