"""Documents with cloud scenarios that cannot be read: one line each says where and what."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from qkdopt import verifier
from qkdopt.errors import InputError
from verifier_scenarios import by_hand
from verifier_version_2 import sha256

S = "strategy"
MANY = [f"1/{10**50 + 1}", f"1/{10**51 + 1}"]
PROBLEMS: list[tuple[list[Any], Any, str]] = [
    (["scenarios"], {}, "scenarios.probabilities: got nothing"),
    (["scenarios"], [], "scenarios: got a list of 0"),
    (["scenarios", "more"], 1, "scenarios: got more"),
    (["scenarios", "probabilities"], [], "not empty"),
    (["scenarios", "probabilities"], ["1/1"], "bits: got a list of 2, expected a list of 1"),
    (["scenarios", "probabilities", 0], "2/4", "probabilities[0]: got '2/4'"),
    (["scenarios", "probabilities", 0], "1", "lowest terms"),
    (["scenarios", "probabilities", 0], 1, "lowest terms"),
    (["scenarios", "probabilities", 0], "0.5", "lowest terms"),
    (["scenarios", "probabilities", 0], "1/3", "add up to 1"),
    (["scenarios", "probabilities"], ["0/1", "1/1"], "above 0"),
    (["scenarios", "probabilities"], MANY, "common denominator below 10^100"),
    (["scenarios", "probabilities"], ["-1/2", "3/2"], "lowest terms"),
    (["scenarios", "probabilities", 0], "1/" + "1" * 200, "lowest terms"),
    (["scenarios", "probabilities", 0], "1/" + "1" * 5000, "lowest terms"),
    (["contacts", 0, "bits"], [5, 5], "contacts[0].bits[0]: got 5"),
    (["contacts", 0, "bits"], [[5, 0]], "a list of 2, one for each scenario"),
    (["contacts", 0, "bits", 0], [5], "different lengths"),
    (["contacts", 0, "bits"], [[], []], "some bits"),
    (["contacts", 0, "bits", 0, 0], -1, "contacts[0].bits[0][0]: got -1"),
    (["contacts", 0, "bits", 0, 0], True, "contacts[0].bits[0][0]: got true"),
    (["contacts", 0, "bits", 0, 0], "5", "contacts[0].bits[0][0]: got '5'"),
    (["contacts", 0, "bits"], [[5, 0], [6, 0]], "nothing but zeros"),
    (["sessions"], [[0, [1, 2, 3]]], "nothing beside scenarios"),
    (["version"], 1, "version"),
]  # fmt: skip
CLAIMS: list[tuple[list[Any], Any, str]] = [
    ([S], {"name": "gd"}, "expected one of gd, pd, balanced, capped with alpha"),
    ([S, "alpha"], None, "alpha: got nothing"),
    ([S, "risk_share"], None, "risk_share: got nothing"),
    ([S, "alpha"], "0", "alpha: got '0', expected above 0"),
    ([S, "alpha"], "1.1", "at most 1"),
    ([S, "alpha"], "0.50", "plain decimal"),
    ([S, "alpha"], "1/2", "plain decimal"),
    ([S, "alpha"], 1, "plain decimal"),
    ([S, "alpha"], "-0.5", "plain decimal"),
    ([S, "alpha"], "5e-1", "plain decimal"),
    ([S, "alpha"], "0." + "1" * 40, "plain decimal"),
    ([S, "risk_share"], "2", "at most 1"),
    ([S, "kl_max"], "0.1", "no members but"),
    *(([S, "name"], x, "one of gd, pd, balanced, capped") for x in ("td", "least", "fair", "x")),
    (["value"], "102/8", "lowest terms"),
    (["value"], "12.75", "lowest terms"),
    (["value"], 12, "lowest terms"),
    (["value"], "1" * 301 + "/1", "lowest terms"),
    (["bound"], {"t": "1/1", "total": 1}, "lowest terms"),
    (["bound"], "-1/4", "lowest terms"),
    (["proof", "kind"], "prices", '"path" or "multipliers" or "tree"'),
    (["proof", "kind"], "path", "no members but kind"),
    (["proof", "scenario"], None, "scenario: got nothing"),
    (["proof", "scenario"], ["1/1"], "a list of 2"),
    (["proof", "scenario"], "1/2", "a list of 2"),
    (["proof", "scenario", 0], 1, "a fraction like"),
    (["proof", "scenario", 0], "0.5", "a fraction like"),
    (["proof", "target"], [["1/1", "1/1"], ["1/1", "1/1"]], "no members but"),
    (["proof", "y_min"], [["1/1", "1/1"], ["1/1", "1/1"]], "no members but"),
    (["proof", "deliveries"], True, "no members but"),
    (["pairs"], [], "pairs: got something"),
    (["delivered"], [[5, 10], [6, 6]], "no members but"),
]  # fmt: skip
TARGETS: list[tuple[Any, str]] = [
    (["1/1", "1/1"], "target[0]: got '1/1', expected a list of 2"),
    ([["1/1", "1/1"]], "a list of 2 of lists, one for each scenario"),
    ([["1/1", "1/1"], ["1/1"]], "target[1]: got a list of 1, expected a list of 2"),
    ([["1/1", "1/1"], ["1/1", 1]], "target[1][1]: got 1"),
    (None, "target: got nothing"),
]


def changed(document: dict[str, Any], way: list[Any], x: Any) -> dict[str, Any]:
    document = copy.deepcopy(document)
    *before, last = way
    inside: Any = document
    for key in before:
        inside = inside[key]
    if x is None:
        del inside[last]
    else:
        inside[last] = x
    return document


def refused(document: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError) as caught:
        verifier.verify(document)
    message = str(caught.value)
    assert words in message
    assert "\n" not in message
    assert len(message) < 400


def test_the_claim_that_is_changed_holds():
    verdict = verifier.verify(by_hand())
    assert verdict.optimal
    assert verdict.statement == "holds: 14.75 bits, proved optimal"
    assert verdict.delivered_by_scenario == ((0, 13), (0, 20))
    assert verdict.delivered == ()


@pytest.mark.parametrize(("way", "x", "words"), PROBLEMS)
def test_problems(way, x, words):
    problem = changed(by_hand()["problem"], way, x)
    refused(by_hand() | {"problem": problem, "problem_sha256": sha256(problem)}, words)


@pytest.mark.parametrize(("way", "x", "words"), CLAIMS)
def test_claims(way, x, words):
    refused(changed(by_hand(), way, x), words)


@pytest.mark.parametrize(("x", "words"), TARGETS)
@pytest.mark.parametrize("name", ["balanced", "capped"])
def test_prices_by_scenario(name, x, words):
    claim = changed(by_hand(), [S, "name"], name)
    if name == "balanced":
        claim = changed(claim, ["proof", "scenario"], None)
    claim["proof"]["target"] = []
    refused(changed(claim, ["proof", "target"], x), words)


def test_risk_without_scenarios():
    claim = by_hand()
    problem = changed(claim["problem"], ["scenarios"], None)
    for contact in problem["contacts"]:
        contact["bits"] = [7] * len(contact["bits"][0])
    told = claim | {"problem": problem, "problem_sha256": sha256(problem)}
    refused(told, "problem.probabilities: got nothing, expected the probabilities that strategy gd")
