"""Instances of Kamke et al. in JSON become problems of contacts; what is none is one line."""

import json
from decimal import Decimal
from fractions import Fraction

import pytest

import qkdopt as qo
from contact_drawing import KAMKE, kamke_text
from qkdopt.interop import import_kamke


def kamke_file(tmp_path, change=None):
    path = tmp_path / "instance.json"
    path.write_text(kamke_text(change), encoding="utf-8")
    return path


def test_kamke_by_hand(tmp_path):
    problem = import_kamke(kamke_file(tmp_path))
    assert problem.gap_s == 60
    assert problem.nodes == ("75", "95", "7")
    assert problem.passes.start_s == (1655, 2140, 2100)
    assert problem.start_utc == "2024-01-15T00:00:00Z"
    assert problem.decimals == 2 + 10
    # By hand: pass 294 with target 0, then 60 s later to the second pass 375 with target 1.
    outcome = qo.solve(problem)
    value = Fraction(outcome.value, 10**problem.decimals)
    assert value == Fraction("0.78") * (1 + Fraction("482829.986463937")) + Fraction("0.51")
    assert outcome.certificate.optimal
    assert outcome.certificate.schedule == ([0, 0], [1, 1])


def test_kamke_passes_of_no_length(tmp_path, qkdopt):
    # Pass 92 has no length, at 00:35:00: 20 s after pass 294 ended, 40 s before 375 begins. By
    # hand: it excludes both; with its volume, target 0 is worth 0.78 (1 + 321464.69...), less
    # than 294's 0.78 (1 + 482829.98...) and 375's 0.51 together. Without 294 it is the best.
    def no_length(instance):
        instance["satellite_passes"][2]["endTime"] = "2024-01-15T00:35:00"

    problem = import_kamke(kamke_file(tmp_path, no_length))
    assert problem.passes.start_s[2] == problem.passes.end_s[2] == 2100
    for solver in ("decomposition", "milp"):
        outcome = qo.solve(problem, solver=solver)
        assert outcome.certificate.schedule == ([0, 0], [1, 1])
        assert qo.verify(outcome.certificate).optimal

    def alone(instance):
        no_length(instance)
        del instance["satellite_passes"][0]

    outcome = qo.solve(import_kamke(kamke_file(tmp_path, alone)))
    value = Fraction(outcome.value, 10**12)
    assert value == Fraction("0.78") * (1 + Fraction("321464.6900838832"))
    qkdopt("import", "kamke", "instance.json", "-o", "contacts.json")
    assert qkdopt("solve", "contacts.json", "-o", "c.json").code == 0
    assert qkdopt("verify", "c.json", "--problem", "contacts.json").code == 0


def test_kamke_times_with_zones_and_fractions(tmp_path):
    def change(instance):
        instance["coverage_start"] = "2024-01-15T02:00:00.250+02:00"
        instance["satellite_passes"][0]["startTime"] = "2024-01-15T00:27:35.5Z"

    problem = import_kamke(kamke_file(tmp_path, change))
    assert problem.passes.start_s[0] == Decimal("1655.25")
    assert problem.start_utc == "2024-01-15T00:00:00.25Z"


def test_kamke_on_the_command_line(tmp_path, qkdopt):
    kamke_file(tmp_path)
    answer = qkdopt("import", "kamke", "instance.json", "-o", "contacts.json.gz")
    assert answer.code == 0
    assert "1 nodes have no pass" in answer.out
    solved = qkdopt("solve", "contacts.json.gz", "-o", "certificate.json.gz")
    assert solved.code == 0
    assert "proved optimal" in solved.out
    assert qkdopt("verify", "certificate.json.gz", "--problem", "contacts.json.gz").code == 0
    answer = qkdopt("solve", "certificate.json.gz", "--json").json
    assert answer["optimal"] is True
    assert [row["pass"] for row in answer["contacts"]] == ["294", "375"]
    assert "use qkdopt import first" in qkdopt("solve", "instance.json").complaint
    assert "--strategy" in qkdopt("solve", "contacts.json.gz", "--strategy", "gd").complaint
    assert (
        "passes are whole"
        in qkdopt("import", "kamke", "instance.json", "--interval", "9", "-o", "x.json").complaint
    )
    assert "quake or kamke" in qkdopt("import", "foo", "instance.json", "-o", "x.json").complaint
    assert ".txt" in qkdopt("import", "kamke", "instance.json", "-o", "x.txt").complaint


def first_pass(**changes):
    return lambda instance: instance["satellite_passes"][0].update(changes)


def first_target(**changes):
    return lambda instance: instance["service_targets"][0].update(changes)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda i: i.pop("service_targets"), "service_targets: got nothing"),
        (lambda i: i.update(satellite_passes={}), "satellite_passes: got {}"),
        (lambda i: i["satellite_passes"][1].pop("nodeId"), "satellite_passes[1].nodeId"),
        (lambda i: i["service_targets"][1].pop("nodeId"), "service_targets[1].nodeId: got nothing"),
        (lambda i: i["satellite_passes"].append(7), "satellite_passes[3]: got 7"),
        (first_pass(id=375), "passes: got '375', expected names that are all different"),
        (first_target(id=1), "targets"),
        (first_pass(endTime="2024-01-15T00:27:34"), "got 'an end of 1654 s after a start"),
        (first_pass(startTime="2024-01-14T23:59:59"), "after coverage_start"),
        (first_pass(startTime="yesterday"), "startTime: got yesterday"),
        (first_pass(startTime="2024-02-30T00:00:00"), "startTime"),
        (first_pass(startTime=17), "startTime"),
        (first_pass(achievableKeyVolume=-1.5), "[0].achievableKeyVolume: got '-1.5'"),
        (first_pass(achievableKeyVolume="many"), "achievableKeyVolume"),
        (first_pass(achievableKeyVolume=True), "achievableKeyVolume"),
        (first_pass(achievableKeyVolume=1e300), "achievableKeyVolume"),
        (first_pass(achievableKeyVolume=1e-300), "achievableKeyVolume"),
        (first_pass(achievableKeyVolume=10**400), "more than 300 digits"),
        (first_pass(achievableKeyVolume=float("nan")), "NaN is no number"),
        (first_pass(achievableKeyVolume=float("inf")), "Infinity is no number"),
        (first_target(priority=-0.1), "service_targets[0].priority: got '-0.1'"),
        (first_target(nodeId=None), "nodeId"),
        (first_target(id=1.5), "service_targets[0].id"),
        (first_target(requestedOperation=""), "requestedOperation"),
    ],
)  # fmt: skip
def test_bad_kamke(tmp_path, qkdopt, change, words):
    kamke_file(tmp_path, change)
    complaint = qkdopt("import", "kamke", "instance.json", "-o", "out.json").complaint
    assert words in complaint
    assert not (tmp_path / "out.json").exists()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[",
        "{}",
        "[]",
        "[{}, {}]",
        "[" * 100_000,
        kamke_text()[:-200],
        '[{"coverage_start": "a", "coverage_start": "b"}]',
        json.dumps(KAMKE[0]),
        "\x00\x01",
    ],
)
def test_files_that_are_no_instance(tmp_path, qkdopt, text):
    (tmp_path / "instance.json").write_text(text)
    assert "instance.json" in qkdopt("import", "kamke", "instance.json", "-o", "o.json").complaint
    assert "missing.json" in qkdopt("import", "kamke", "missing.json", "-o", "o.json").complaint
    assert not (tmp_path / "o.json").exists()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda d: d.update(version=2), "version: got 2"),
        (lambda d: d.update(note=1), "note: got 'an unknown key'"),
        (lambda d: d.pop("gap_s"), "gap_s: got nothing"),
        (lambda d: d.update(gap_s="060"), "gap_s[0]: got '060'"),
        (lambda d: d.update(nodes=["a", "a", "b"]), "nodes: got a"),
        (lambda d: d["passes"].pop("volume"), "passes: volume: got nothing"),
        (lambda d: d["passes"]["volume"].pop(), "passes.volume"),
        (lambda d: d["passes"]["volume"].__setitem__(0, "-1"), "passes.volume[0]: got '-1'"),
        (lambda d: d["passes"]["volume"].__setitem__(0, 1), "passes.volume[0]: got 1"),
        (lambda d: d["passes"]["node"].__setitem__(0, 9), "passes 294: node: got 9"),
        (lambda d: d["passes"]["end_s"].__setitem__(0, "0"), "pass 294"),
        (lambda d: d["targets"]["id"].__setitem__(0, "1"), "targets: got '1'"),
        (lambda d: d["targets"]["operation"].__setitem__(0, ""), "operation[0]"),
        (lambda d: d.update(targets=[]), "targets: got []"),
    ],
)  # fmt: skip
def test_bad_contact_problems(tmp_path, qkdopt, change, words):
    document = import_kamke(kamke_file(tmp_path)).document()
    change(document)
    (tmp_path / "contacts.json").write_text(json.dumps(document))
    assert words in qkdopt("solve", "contacts.json", "-o", "c.json").complaint
    assert not (tmp_path / "c.json").exists()
    assert "problem" in qkdopt("problems", "--check", "contacts.json").complaint
