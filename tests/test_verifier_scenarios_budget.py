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


def balanced(weights: list[int], scenarios: int) -> dict[str, Any]:
    """Return a false claim about targets that are all served, one after another."""
    targets, old = range(len(weights)), by_hand()
    problem = old["problem"] | {
        "targets": [{"name": f"T{n}", "weight": w, "stock": 0} for n, w in enumerate(weights)],
        "links": [{"name": f"L{n}", "satellite": 0, "stations": [0], "target": n} for n in targets],
        "contacts": [
            {
                "link": n,
                "first": 3 * n,
                "bits": [[1 if k == n else 10**90] for k in range(scenarios)],
            }
            for n in targets
        ],
        "scenarios": {"probabilities": [f"1/{scenarios}"] * scenarios},
    }
    zeros = {"kind": "multipliers", "target": [["0/1"] * len(weights)] * scenarios}
    paths = [[[n, 3 * n, 3 * n] for n in targets]]
    strategy = {"name": "balanced", "alpha": "0.1", "risk_share": "0.5"}
    told = {"strategy": strategy, "paths": paths, "value": "0/1", "bound": "1/1", "proof": zeros}
    return old | {"problem": problem, "problem_sha256": sha256(problem), **told}


def test_values_longer_than_a_claim_are_said_in_words():
    weights = [10**90 + 2 * n + 1 for n in range(60)]
    verdict = verifier.verify(balanced(weights, 60))
    assert any("the schedule reaches about" in x for x in verdict.findings)
    assert all(len(x) < 400 for x in verdict.findings)
    numerator, denominator = map(int, verdict.value.split("/"))
    assert denominator <= 10**18 < numerator * 10**18


def test_weights_without_common_factors_are_counted(monkeypatch):
    monkeypatch.setattr(budget, "MOST_STEPS", 5_000_000)
    with pytest.raises(LimitError, match="steps"):
        verifier.verify(balanced([10**99 + 2 * n + 1 for n in range(1_500)], 1))
