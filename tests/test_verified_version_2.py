"""The verifier accepts what is certified in version 2, and every command goes on from it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qkdopt as qo
from command_line import KEYS, CommandLine
from drawing import operated_problems, problems_with_empty_intervals
from qkdopt.library import models_folder
from qkdopt.optimize.certified import certificate_in_version
from qkdopt.optimize.operations import Operations
from qkdopt.optimize.problem import Link
from qkdopt.verifier.problem import read_problem
from test_certificate_version_2 import PROBLEM, SMALL, STRATEGIES, title
from verifier_version_2 import certificate_2


@pytest.mark.parametrize("strategy", STRATEGIES, ids=title)
def test_every_strategy_is_verified_in_both_versions(strategy):
    problem = strategy.stated_in(PROBLEM)
    one, two = (qo.solve(problem.as_version(v), strategy).certificate for v in (1, 2))
    first, second = qo.verify(one, problem), qo.verify(two, problem.as_version(2))
    assert first.holds
    assert second.statement == first.statement
    assert second.recomputed_bound == first.recomputed_bound
    assert second.delivered == first.delivered
    other = qo.verify(two, problem)  # the same problem, but its hash is another
    assert not other.holds


@given(
    st.one_of(operated_problems(), problems_with_empty_intervals().map(lambda pair: pair[1])),
    st.sampled_from([qo.GeneralDelivery(), qo.PrioritisedDelivery()]),
)
@settings(max_examples=60)
def test_drawn_problems_with_rules_are_verified(problem, strategy):
    one, two = (qo.solve(problem.as_version(v), strategy) for v in (1, 2))
    assert (one.value, one.bound) == (two.value, two.bound)
    if two.certificate is not None:
        assert qo.verify(two.certificate, problem.as_version(2)).optimal


def without_names(problem):
    """Return a problem as the verifier reads it, without names and what else no verdict is of."""
    links = tuple(link._replace(name="") for link in problem.links)
    stations = tuple(station._replace(name="") for station in problem.stations)
    return replace(problem, links=links, stations=stations, sha256="", budget=None)


@pytest.mark.parametrize("name", SMALL)
def test_published_certificates_hold_in_version_2(name):
    """They say what another translation says, which test_published.py verifies."""
    certificate = qo.Certificate.load(models_folder() / name)
    own = json.loads(certificate_in_version(certificate, 2).to_json())
    other = certificate_2(certificate.to_dict())
    ours, theirs = (read_problem(x.pop("problem"), "problem") for x in (own, other))
    assert without_names(ours) == without_names(theirs)
    assert (own.pop("problem_sha256"), other.pop("problem_sha256")) == (ours.sha256, theirs.sha256)
    assert own == other


def test_passes_go_on_over_intervals_without_bits():
    # By hand: no hand-over within the pass 0 to 4, so A or B only: 1 + 5 = 6 (not 5 + 5 = 10,
    # which two passes would allow if the empty interval 2 divided them).
    keys = qo.KeyTensor.create([[5, 1, 0, 0, 0], [0, 0, 0, 1, 5]], [0, 1, 2, 3, 4], ["A", "B"])
    links = [Link(name, n) for n, name in enumerate("AB")]
    rules = Operations.create(max_handovers_per_pass=0)
    problem = qo.SchedulingProblem.create(keys, links, ["A", "B"], None, rules).as_version(2)
    assert problem.document()["satellites"][0]["active"] == [[0, 4]]
    outcome = qo.solve(problem, qo.GeneralDelivery())
    assert outcome.value == 6
    assert qo.verify(outcome.certificate, problem).optimal


def test_commands_go_on_from_certificates_of_version_2(
    qkdopt: CommandLine, bench_here: None
) -> None:
    qkdopt.write("keys.csv", f"{KEYS}# interval of 10 s\n")
    tables = {}
    for version in ("1", "2"):
        options = ("--json", "--weights", "A=3,B=1", "--problem-version", version)
        assert qkdopt("export", "keys.csv", *options, "-o", f"p{version}.json").code == 0
        answer = qkdopt("solve", f"p{version}.json", "-o", f"c{version}.json", "--json").json
        assert (answer["value"], answer["verified"], answer["optimal"]) == (22, True, True)
        name = f"c{version}.json"
        assert qkdopt("verify", name, "--problem", f"p{version}.json").code == 0
        assert qkdopt("solve", name, "--json").json["value"] == 22
        for kind, ending in (("csv", "csv"), ("mps", "mps")):
            written = f"{kind}{version}.{ending}"
            assert qkdopt("export", name, f"--{kind}", "-o", written).code == 0
            tables.setdefault(kind, set()).add(Path(written).read_text())
        found = qkdopt("evaluate", f"p{version}.json", f"csv{version}.csv", "--json").json
        tables.setdefault("evaluate", set()).add(str(found))
    assert {name: len(found) for name, found in tables.items()} == dict.fromkeys(tables, 1)
    assert qkdopt("verify", "c2.json", "--problem", "p1.json").code == 1
    assert qkdopt("report", "c2.json", "-o", "r.html").code == 0
    assert qkdopt("plot", "timeline", "c2.json", "-o", "t.svg").code == 0
    bench = ("bench", "--instance", "c2.json", "--solver", "dynamic", "-o", "b", "--json")
    (result,) = qkdopt(*bench).json["tables"]["questions"]
    assert result["best known"] == "22"
