"""What verifying claims under many skies may cost: it is counted before it is done."""

from __future__ import annotations

from typing import Any

import pytest

from qkdopt import verifier
from qkdopt.errors import LimitError
from qkdopt.verifier import budget
from verifier_scenarios import by_hand
from verifier_version_2 import sha256


def claim(scenarios: int, targets: int, cells: int = 0, **more: Any) -> dict[str, Any]:
    """Return a claim about so many scenarios, targets, and intervals of one link."""
    old = by_hand()
    problem = old["problem"] | {
        "targets": [{"name": f"T{n}"} for n in range(targets)],
        "links": [{"name": "L", "satellite": 0, "stations": [0], "target": 0}],
        "contacts": [{"link": 0, "first": 0, "bits": [[1] * cells] * scenarios}] if cells else [],
        "scenarios": {"probabilities": [f"1/{scenarios}"] * scenarios},
    }
    told = {"paths": [[]], "value": "0/1", "bound": "1000000/1", "proof": {"kind": "path"}}
    return old | {"problem": problem, "problem_sha256": sha256(problem), **told, **more}


def test_many_scenarios_of_few_targets():
    assert verifier.verify(claim(2_000, 3, 10))


@pytest.mark.parametrize(
    ("scenarios", "targets", "words"),
    [(30_000, 100, "results at a time"), (10_000, 190, "steps")],
)
def test_too_many_numbers(scenarios, targets, words):
    with pytest.raises(LimitError, match=words):
        verifier.verify(claim(scenarios, targets))


def test_every_leaf_counts(monkeypatch):
    monkeypatch.setattr(budget, "MOST_STEPS", 500_000)
    leaf = {"scenario": ["1/100"] * 100}
    branches = [x for k in range(19) for x in ([0, k, k], k)]
    proof = {"kind": "tree", "branches": [*branches, 19], "leaves": [leaf] * 20}
    many = claim(100, 1, 1_000, proof=proof)
    with pytest.raises(LimitError, match="steps"):
        verifier.verify(many)
    proof = {"kind": "tree", "branches": [[0, 0, 0], 0, 1], "leaves": [leaf] * 2}
    assert verifier.verify(many | {"proof": proof})
