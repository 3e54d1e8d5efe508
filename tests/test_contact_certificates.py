"""Certificates of contact problems: written, read, and refused where they are false."""

import copy

import pytest

import qkdopt as qo
from contact_drawing import (
    RING,
    contact_problem,
)
from qkdopt import verifier
from qkdopt.contact.decompose import decompose_contacts
from qkdopt.deadline import Deadline
from test_contact import five_ring


def test_documents_go_there_and_back(tmp_path):
    problem = RING
    problem.save(tmp_path / "ring.json.gz")
    again = qo.ContactProblem.load(tmp_path / "ring.json.gz")
    assert again.sha256 == problem.sha256 == verifier.problem_sha256(problem.document())
    outcome = qo.solve(problem)
    outcome.certificate.save(tmp_path / "certificate.json")
    assert qo.verify(tmp_path / "certificate.json", tmp_path / "ring.json.gz").optimal
    inside = qo.ContactProblem.load(tmp_path / "certificate.json")
    assert inside.sha256 == problem.sha256


def test_the_time_limit_keeps_what_there_is():
    ring = five_ring("1.0000001")
    found = decompose_contacts(ring, Deadline(1e-9))
    assert found.ended == "time_limit"
    assert 0 <= found.value <= found.bound
    outcome = qo.solve(ring, time_limit=1e-9)
    assert qo.verify(outcome.certificate, ring)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"solver": "dynamic"}, "decomposition or milp"),
        ({"formulation": "cliques"}, "none with solver decomposition"),
        ({"solver": "milp", "formulation": "paper"}, "cliques or big_m"),
        ({"time_limit": 0}, "seconds > 0"),
        ({"strategy": qo.GeneralDelivery()}, "none with a contact problem"),
    ],
)
def test_settings_that_contacts_do_not_have(options, words):
    with pytest.raises(qo.QkdoptError, match=words):
        qo.solve(RING, **options)


FALSE = {
    "value": lambda d: d.update(value=d["value"] + 1),
    "bound": lambda d: d.update(bound=d["bound"] - 1),
    "hash": lambda d: d.update(problem_sha256="0" * 64),
    "pass twice": lambda d: d["schedule"].append(d["schedule"][0]),
    "too close": lambda d: d.update(schedule=[[0, 0], [1, 1]]),
    "other node": lambda d: d.update(schedule=[[0, 1]]),
    "decimals": lambda d: d["strategy"].update(decimals=3),
    "cheaper price": lambda d: d["proof"].update(kind="prices", rho=[]),
}


@pytest.mark.parametrize("name", FALSE)
def test_false_claims_are_found(name):
    ring = five_ring("1.0000001")
    document = qo.solve(ring).certificate.to_dict()
    document["proof"] = {"kind": "prices", "rho": [[0, "5000001/1"]]}
    document["bound"] = verifier.verify(document).recomputed_bound
    assert verifier.verify(document)
    FALSE[name](document)
    if name == "cheaper price":
        document["bound"] = verifier.verify(document).recomputed_bound - 1
    assert not verifier.verify(document)


ALONE = {
    "too close": ([[0, 0], [1, 1]], 12, 12, ["passes p0 and p1 are too close"]),
    "twice": ([[0, 0], [0, 0]], 4, 12, ["pass p0 is used 2 times", "target t0 is used 2 times"]),
    "other node": ([[0, 1]], 0, 12, ["pass p0 cannot serve t1"]),
    "too modest": ([[0, 0]], 1, 12, ["the claimed value is 1, the schedule reaches 2"]),
    "above its bound": ([[1, 1]], 10, 9, ["the claimed value 10 is above the claimed bound 9"]),
    "true": ([[1, 1]], 10, 10, []),
}


@pytest.mark.parametrize("tree", [[[0], 0, 0], [[1], 0, 0]])
@pytest.mark.parametrize("name", ALONE)
def test_each_false_claim_is_found_alone(name, tree):
    # Half a second too close: one of them, worth 2 and 10; a tree's better leaf comes last or first
    late = [(0, 0, "100.5", "1"), (1, 160, 200, "9")]
    document = qo.solve(contact_problem(late, [(0, "1", "QKD"), (1, "1", "QKD")]))
    schedule, value, bound, findings = ALONE[name]
    document = document.certificate.to_dict() | {
        "schedule": schedule, "value": value, "bound": bound,
        "proof": {"kind": "tree", "prices": [[]], "tree": tree},
    }  # fmt: skip
    verdict = verifier.verify(document)
    assert verdict.recomputed_bound == 10
    assert [f for f in verdict.findings if "claimed bound is" not in f] == findings


BROKEN = {
    "price below 0": lambda d: d["proof"].update(rho=[[0, "-1/2"]]),
    "price of nobody": lambda d: d["proof"].update(rho=[[9, "1/2"]]),
    "price twice": lambda d: d["proof"].update(rho=[[0, "1/2"], [0, "1/2"]]),
    "float price": lambda d: d["proof"].update(rho=[[0, 0.5]]),
    "no tree": lambda d: d.update(proof={"kind": "tree", "prices": [[]], "tree": [[0], 0]}),
    "tree of nobody": lambda d: d.update(
        proof={"kind": "tree", "prices": [[]], "tree": [[7], 0, 0]}
    ),
    "other proof": lambda d: d.update(proof={"kind": "path"}),
    "unknown pass": lambda d: d.update(schedule=[[17, 0]]),
    "negative value": lambda d: d.update(value=-1),
    "float value": lambda d: d.update(value=1.5),
    "extra": lambda d: d.update(note="hello"),
    "missing": lambda d: d.pop("bound"),
    "version": lambda d: d.update(version=2),
    "strategy": lambda d: d["strategy"].update(name="gd"),
    "no node": lambda d: d["problem"]["passes"]["node"].__setitem__(0, 3),
    "ends early": lambda d: d["problem"]["passes"]["end_s"].__setitem__(1, "0"),
    "other spelling": lambda d: d["problem"]["passes"]["end_s"].__setitem__(0, "100.0"),
    "id twice": lambda d: d["problem"]["targets"]["id"].__setitem__(0, "t1"),
    "short column": lambda d: d["problem"]["passes"]["volume"].pop(),
}


@pytest.mark.parametrize("name", BROKEN)
def test_malformed_certificates_are_refused(name):
    document = copy.deepcopy(qo.solve(five_ring()).certificate.to_dict())
    verifier.verify(document)
    BROKEN[name](document)
    with pytest.raises(qo.QkdoptError):
        verifier.verify(document)
