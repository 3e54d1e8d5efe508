"""The verifier where clouds are uncertain, against enumeration by definition, and forgeries."""

from __future__ import annotations

import copy
from fractions import Fraction
from random import Random
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from qkdopt import verifier
from qkdopt.errors import InputError
from verifier_scenarios import (
    ALPHAS,
    SHARES,
    STRATEGIES,
    active,
    by_hand,
    certificate,
    clouded,
    delivered,
    enough,
    every_schedule,
    limits,
    multipliers,
    one_satellite,
    text,
    value,
)
from verifier_version_2 import constellations, sha256

SEEDS = st.integers(0, 10**9)


@st.composite
def cases(draw: Any, floors: bool = True) -> tuple[dict, dict, list, Random]:
    """Draw a problem in scenarios, a strategy, all schedules that are allowed, and a dice."""
    clear, random = draw(constellations(2, 3)), Random(draw(SEEDS))
    clear = one_satellite(clear) if random.random() < 0.5 else clear
    problem = clouded(clear, random)
    strategy: dict[str, Any] = {
        "name": random.choice(STRATEGIES),
        "alpha": random.choice(ALPHAS),
        "risk_share": random.choice(SHARES),
    }
    if floors and random.random() < 0.3:
        strategy["min_bits"] = {"T0": random.choice((0, 1, 2))}
    schedules = [x for x in every_schedule(clear) if enough(problem, strategy, x)]
    assume(schedules)
    return problem, strategy, schedules, random


def proved(claim: dict[str, Any], proof: dict[str, Any]) -> verifier.Verdict:
    """Return the verdict on a claim with a proof, whose bound is what the proof shows."""
    shown = verifier.verify(claim | {"proof": proof}).recomputed_bound
    return verifier.verify(claim | {"proof": proof, "bound": shown})


@given(cases(), st.booleans())
@settings(max_examples=150)
def test_values_and_bounds_are_those_of_enumeration(case, tree):
    problem, strategy, schedules, random = case
    paths = random.choice(schedules)
    claim = certificate(problem, strategy, paths)
    best = max(value(problem, strategy, x) for x in schedules)
    kinds = [{"kind": "multipliers", **multipliers(problem, strategy, random)}]
    times = [active(problem, s) for s in range(len(problem["satellites"]))]
    blocks = [[s, min(x), max(x)] for s, x in enumerate(times) if x]
    if blocks:
        prices = [[0, 0, 3, random.choice(("1/3", "1/1"))], [0, 0, 0, 1, "1/2"]]
        inside = {"blocks": blocks, "branches": [0], "leaves": [{"capacity": prices}]}
        kinds += [kinds[0] | {"capacity": prices}, kinds[0] | {"components": [inside]}]
    if tree and problem["contacts"]:
        x = random.choice(problem["contacts"])
        leaves = [multipliers(problem, strategy, random) for _ in range(2)]
        branches = [[x["link"], x["first"], x["first"]], 0, 1]
        kinds.append({"kind": "tree", "branches": branches, "leaves": leaves})
    if strategy["name"] in ("gd", "pd") and "min_bits" not in strategy:
        kinds.append({"kind": "path"})
    for proof in kinds:
        verdict = proved(claim, proof)
        assert verdict, verdict.findings
        assert verdict.value == claim["value"] == text(value(problem, strategy, paths))
        assert [list(row) for row in verdict.delivered_by_scenario] == delivered(problem, paths)
        assert Fraction(verdict.bound) >= best
        assert verdict.optimal == (verdict.value == verdict.bound)
        if verdict.bound != "0/1":
            less = text(Fraction(verdict.bound) * Fraction(10**9, 10**9 + 1))
            assert not verifier.verify(claim | {"proof": proof, "bound": less})


# ---------------------------------------------------------------------------- forgeries


def holds(claim: dict[str, Any]) -> bool:
    """Say whether a claim holds; one that cannot be read does not."""
    try:
        return bool(verifier.verify(claim))
    except InputError:
        return False


def changed(proof: Any) -> list[tuple[list[Any], Any]]:
    """Return every single number of a proof's multipliers, by the way to it."""
    found = []
    for name in ("scenario", "target"):
        for k, x in enumerate(proof.get(name, ())):
            rows = [([name, k], x)] if isinstance(x, str) else []
            rows += [([name, k, n], y) for n, y in enumerate(x)] if isinstance(x, list) else []
            found += rows
    return found


def inner(document: Any, way: list[Any]) -> Any:
    for key in way:
        document = document[key]
    return document


def put(document: Any, way: list[Any], x: Any) -> Any:
    document = copy.deepcopy(document)
    inner(document, way[:-1])[way[-1]] = x
    return document


@given(cases(floors=False))
@settings(max_examples=150)
def test_weights_that_are_not_allowed_are_refused(case):
    problem, strategy, schedules, random = case
    claim = certificate(problem, strategy, random.choice(schedules)) | {"bound": "1000000/1"}
    proof = {"kind": "multipliers", **multipliers(problem, strategy, random)}
    assert holds(claim | {"proof": proof})
    for way, x in changed(proof):
        if way[0] == "scenario" or strategy["name"] == "balanced":
            others = [Fraction(x) + Fraction(1, 10**9), Fraction(x) - Fraction(1, 10**9), -1]
        else:  # prices of capped delivery: anything up to the weight of their scenario
            others = [Fraction(proof["scenario"][way[1]]) + Fraction(1, 10**9), Fraction(-1, 10**9)]
        for other in others:
            verdict = verifier.verify(claim | {"proof": put(proof, way, text(other))})
            assert not verdict
            assert "not allowed" in verdict.findings[0]


@given(cases(floors=False))
@settings(max_examples=150)
def test_weights_of_another_risk_are_refused(case):
    problem, strategy, schedules, random = case
    claim = certificate(problem, strategy, random.choice(schedules)) | {"bound": "1000000/1"}
    other = strategy | {"alpha": random.choice(ALPHAS), "risk_share": random.choice(SHARES)}
    proof = {"kind": "multipliers", **multipliers(problem, other, random)}
    if strategy["name"] == "balanced":
        every = sum(x["weight"] for x in problem["targets"])
        weights = [
            sum(
                Fraction(x) * y["weight"] / every
                for x, y in zip(row, problem["targets"], strict=True)
            )
            for row in proof["target"]
        ]
    else:
        weights = list(map(Fraction, proof["scenario"]))
    between = limits(problem, strategy["alpha"], strategy["risk_share"])
    allowed = all(low <= p <= high for p, (low, high) in zip(weights, between, strict=True))
    assert holds(claim | {"proof": proof}) == allowed


@given(cases(floors=False))
@settings(max_examples=100)
def test_one_changed_number_is_refused_unless_it_is_true(case):
    problem, strategy, schedules, random = case
    paths = random.choice(schedules)
    claim = certificate(problem, strategy, paths)
    proof = {"kind": "multipliers", **multipliers(problem, strategy, random)}
    claim |= {"proof": proof, "bound": verifier.verify(claim | {"proof": proof}).recomputed_bound}
    assert holds(claim)
    for name, step in (("value", 1), ("value", -1), ("bound", -1), ("value", Fraction(1, 7))):
        other = Fraction(claim[name]) + step
        assert not holds(claim | {name: text(other)}) or other == Fraction(claim[name])
    for alpha in ALPHAS:
        other = strategy | {"alpha": alpha}
        if value(problem, other, paths) != value(problem, strategy, paths):
            assert not holds(claim | {"strategy": other})
    for i, x in enumerate(problem["contacts"]):
        k, a = random.randrange(len(x["bits"])), random.randrange(len(x["bits"][0]))
        forged = put(problem, ["contacts", i, "bits", k, a], x["bits"][k][a] + 100)
        assert not holds(claim | {"problem": forged})
        told = claim | {"problem": forged, "problem_sha256": sha256(forged)}
        if value(forged, strategy, paths) != value(problem, strategy, paths):
            assert not holds(told)
        schedule = max(value(forged, strategy, x) for x in schedules)
        assert not holds(told) or schedule <= Fraction(claim["bound"])
    shares = problem["scenarios"]["probabilities"]
    for k in range(len(shares) - 1):
        swapped = [*shares[:k], shares[k + 1], shares[k], *shares[k + 2 :]]
        forged = problem | {"scenarios": {"probabilities": swapped}}
        told = claim | {"problem": forged, "problem_sha256": sha256(forged)}
        assert not holds(told) or value(forged, strategy, paths) == Fraction(claim["value"])


BOTH = [[[0, 51, 52], [1, 55, 55]]]
NOT_ALLOWED = {
    "gd": [("5/6", "1/6"), ("1/5", "4/5"), ("1/2", "1/3"), ("2/3", "2/3")],
    "balanced": [
        (["-1/2", "1/1"], ["3/2", "0/1"]),
        (["5/18", "2/9"], ["2/1", "-1/2"]),
        (["1/6", "2/9"], ["3/2", "1/9"]),
        (["1/6", "1/6"], ["5/3", "0/1"]),
    ],
    "capped": [
        (["1/4", "0/1"], ["3/4", "1/1"]),
        (["0/1", "-1/9"], ["3/4", "0/1"]),
        (["1/3", "0/1"], ["3/4", "0/1"]),
    ],
}


@pytest.mark.parametrize(("name", "x"), [(k, x) for k, rows in NOT_ALLOWED.items() for x in rows])
def test_what_is_not_allowed_by_hand(name, x):
    """Weights are from 1/4 to 3/4; prices of balanced delivery, halved, make them up."""
    claim = by_hand() | {"bound": "1000/1"}
    claim["strategy"]["name"] = name
    claim["paths"] = BOTH
    proof: dict[str, Any] = {"kind": "multipliers"}
    if name != "balanced":
        proof["scenario"] = list(x) if name == "gd" else ["1/4", "3/4"]
    if name != "gd":
        proof["target"] = list(x)
    findings = verifier.verify(claim | {"proof": proof}).findings
    assert findings[0] == "the multipliers of the proof are not allowed: they would prove too much"


def test_no_scenario_has_less_than_its_lower_limit():
    """With an alpha of 0.1 weights are from 1/4 to 11/4."""
    claim = by_hand() | {"bound": "1000/1"}
    claim["strategy"]["alpha"] = "0.1"
    for low, allowed in (("1/4", True), ("24/100", False), ("0/1", False)):
        weights = [low, text(1 - Fraction(low))]
        claim["value"] = "59/4"
        assert holds(claim | {"proof": {"kind": "multipliers", "scenario": weights}}) == allowed


def test_lower_bounds_hold_in_every_scenario():
    claim = by_hand()
    claim["strategy"]["min_bits"] = {"Urumqi": 2}
    prices = [["0/1", "0/1"], ["19/4", "0/1"]]
    proof = {"kind": "multipliers", "scenario": ["1/4", "3/4"], "y_min": prices}
    claim |= {"proof": proof, "paths": BOTH, "value": "9/1", "bound": "9/1"}
    assert verifier.verify(claim).optimal
    assert not holds(claim | {"bound": "107/12"})
    assert not holds(claim | {"proof": {"kind": "path"}})
    late = claim | {"paths": [[[0, 55, 55]]], "value": "1/1"}  # 4 bits, or none
    (missed,) = verifier.verify(late).findings
    assert missed.endswith("gets 0 bits in scenario 1, the lower bound is 2")


@pytest.mark.parametrize(
    ("name", "value", "proof"),
    [
        ("balanced", "13/2", {"target": [["5/18", "2/9"], ["3/2", "0/1"]]}),
        (
            "capped",
            "33/4",
            {"scenario": ["1/4", "3/4"], "target": [["0/1", "0/1"], ["3/4", "0/1"]]},
        ),
    ],
)
def test_proofs_by_hand(name, value, proof):
    """No other weights show as little, and no more is shown."""
    claim = by_hand() | {"paths": BOTH, "value": value, "bound": value}
    claim["strategy"]["name"] = name
    verdict = verifier.verify(claim | {"proof": {"kind": "multipliers", **proof}})
    assert verdict.optimal
    assert verdict.recomputed_bound == value


def test_rounding_is_to_what_can_be_reached():
    """Levels are multiples of 5/2 or 5/3: of 5/6, and no coarser number."""
    claim = by_hand()
    problem = copy.deepcopy(claim["problem"])
    problem["scenarios"] = {"probabilities": ["1/1"]}
    for x, weight in zip(problem["targets"], (2, 3), strict=True):
        x |= {"weight": weight, "stock": 100 * (weight == 3)}
    problem["contacts"] = [{"link": 0, "first": 51, "bits": [[1]]}]
    claim |= {"problem": problem, "problem_sha256": sha256(problem), "paths": [[[0, 51, 51]]]}
    mean = {"name": "balanced", "alpha": "1", "risk_share": "0"}
    claim |= {"strategy": mean, "value": "5/2"}
    for prices, shown in ((["5/2", "0/1"], "5/2"), (["62/25", "1/75"], "10/3")):
        proof = {"kind": "multipliers", "target": [prices]}
        verdict = verifier.verify(claim | {"proof": proof, "bound": shown})
        assert verdict.recomputed_bound == shown
        assert verdict.optimal == (shown == "5/2")
