"""JSON Schemas of problems and certificates with cloud scenarios."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given, settings

from test_schemas import CERTIFICATE_2, PROBLEM_2
from test_verifier_scenarios import cases
from test_verifier_scenarios_unreadable import CLAIMS, PROBLEMS, TARGETS, changed
from verifier_scenarios import by_hand, certificate, multipliers

NOT_THE_FORM = (
    *(
        "2/4",
        "add up",
        "expected a list of 1",
        "one for each",
        "different lengths",
        "nothing but",
        "common",
    ),
    *("1" * 40, "102/8", "1" * 300, '["1/1"]', '"1/1", "1/1"]]'),
)
"""Words of what the form does not show: sums, lengths of several lists, digits."""


def seen(way: list, x: object, words: str) -> bool:
    """Say whether the form alone shows what is wrong."""
    told = f"{way} {x} {words}".replace("'", '"')
    return not any(word in told for word in NOT_THE_FORM)


@given(cases())
@settings(max_examples=40)
def test_documents_of_every_strategy_fit(case):
    problem, strategy, schedules, random = case
    if not problem["links"]:
        return
    PROBLEM_2.validate(problem)
    claim = certificate(problem, strategy, random.choice(schedules))
    leaf = multipliers(problem, strategy, random)
    for proof in (
        {"kind": "multipliers", **leaf},
        {"kind": "tree", "branches": [[0, 0, 0], 0, 0], "leaves": [leaf]},
    ):
        CERTIFICATE_2.validate(claim | {"proof": proof})
    if strategy["name"] in ("gd", "pd"):
        CERTIFICATE_2.validate(claim | {"proof": {"kind": "path"}})


@pytest.mark.parametrize(
    ("way", "x"),
    [(["problem", *way], x) for way, x, words in PROBLEMS if seen(way, x, words)]
    + [(way, x) for way, x, words in CLAIMS if seen(way, x, words)],
)
def test_malformed_documents_do_not_fit(way, x):
    CERTIFICATE_2.validate(by_hand())
    assert not CERTIFICATE_2.is_valid(changed(by_hand(), way, x))


@pytest.mark.parametrize("name", ["balanced", "capped"])
@pytest.mark.parametrize("x", [x for x, words in TARGETS if "list of 2" not in words])
def test_malformed_prices_do_not_fit(name, x):
    claim = copy.deepcopy(by_hand())
    claim["strategy"]["name"] = name
    claim["proof"] |= {"target": [["1/1", "1/1"], ["1/1", "1/1"]]}
    if name == "balanced":
        del claim["proof"]["scenario"]
    CERTIFICATE_2.validate(claim)
    assert not CERTIFICATE_2.is_valid(changed(claim, ["proof", "target"], x))


def test_scenarios_and_risk_come_together():
    claim = by_hand()
    assert not CERTIFICATE_2.is_valid(claim | {"strategy": {"name": "gd"}})
    plain = changed(claim["problem"], ["scenarios"], None)
    assert not PROBLEM_2.is_valid(plain)
    for contact in plain["contacts"]:
        contact["bits"] = [7]
    PROBLEM_2.validate(plain)
    assert not CERTIFICATE_2.is_valid(claim | {"problem": plain})
