"""Certificates of version 2 say what those of version 1 say, in other words."""

import json
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qkdopt as qo
from drawing import operated_problems, problem_of, problems_with_empty_intervals, tiny_problems
from qkdopt.certificates.paths import path_of, service_of
from qkdopt.certificates.proof_names import proof_in_version, strategy_in_version
from qkdopt.library import models_folder, published_index
from qkdopt.optimize.certified import certificate_in_version
from qkdopt.optimize.problem_file import problem_from_document
from qkdopt.optimize.strategies import with_floors

TRAFFIC = {"A": {"A": 0, "B": 6}, "B": {"A": 6, "B": 0}}
PROBLEM = problem_of([[5, 4, 0, 2], [0, 6, 7, 9]], [1, 2, 3, 5], 1, [3, 1]).having(
    stock={"B": 2}, demand={"A": 6, "B": 20}
)
STRATEGIES = [
    qo.GeneralDelivery(),
    qo.PrioritisedDelivery(),
    qo.TargetedDelivery("0.3"),
    qo.TargetedDelivery("0"),
    qo.LeastDivergence("0.75"),
    qo.BalancedDelivery(),
    qo.CappedDelivery(),
    qo.PairedDelivery(TRAFFIC),
    qo.FairDelivery(),
]
STRATEGIES += [with_floors(strategy, {"A": 5}) for strategy in STRATEGIES if strategy.name != "td"]
STRATEGIES += [with_floors(qo.TargetedDelivery("0.3"), {"A": 5})]


def title(strategy):
    return type(strategy).__name__


@pytest.mark.parametrize("strategy", STRATEGIES, ids=title)
def test_a_problem_is_certified_in_its_version(strategy):
    first = qo.solve(PROBLEM, strategy)
    second = qo.solve(PROBLEM.as_version(2), strategy)
    assert (first.value, first.bound) == (second.value, second.bound)
    document = second.certificate.to_dict()
    assert (document["version"], document["problem"]["version"]) == (2, 2)
    assert "schedule" not in document
    assert document["problem_sha256"] == strategy.stated_in(PROBLEM).as_version(2).sha256
    assert second.certificate.schedule == first.certificate.schedule
    assert second.certificate.paths == first.certificate.paths
    # Translated back it is the certificate of version 1, which the verifier reads.
    back = certificate_in_version(second.certificate, 1)
    assert back.to_json() == first.certificate.to_json()
    assert qo.verify(back)
    assert certificate_in_version(first.certificate, 2).to_json() == second.certificate.to_json()


@given(
    st.one_of(
        tiny_problems(),
        operated_problems(),
        problems_with_empty_intervals().map(lambda pair: pair[1]),
    )
)
@settings(max_examples=40)
def test_schedules_and_paths_are_the_same(problem):
    outcome = qo.solve(problem.as_version(2), qo.GeneralDelivery())
    if outcome.certificate is None:
        return
    certificate = qo.Certificate.from_json(outcome.certificate.to_json())
    schedule = qo.Schedule.create(list(certificate.schedule))
    assert schedule.is_legal(problem)
    assert schedule.value(problem, [1] * len(problem.links)) == certificate.value
    (path,) = certificate.paths
    served = [(t, link) for link, first, last in path for t in range(first, last + 1)]
    assert served == sorted(served)
    assert len(served) == sum(link >= 0 for link in certificate.schedule)
    for (link, _, last), (other, first, _) in pairwise(path):
        assert link != other or first > last + 1


@given(st.lists(st.tuples(st.integers(-1, 2), st.integers(1, 3)), max_size=12))
def test_paths_are_the_runs_of_a_schedule(steps):
    service = [link for link, _ in steps]
    interval = [sum(step for _, step in steps[: a + 1]) for a in range(len(steps))]
    assert service_of(path_of(service, interval), interval) == service


@pytest.mark.parametrize(
    "run", [[0, 1, 4], [0, 3, 1], [0, 0, 1], [0, 5, 10**30], [0, 1], 3, [0, 1, 1.0], ["0", 1, 1]]
)
def test_a_run_that_is_none_is_refused(run):
    with pytest.raises(qo.QkdoptError, match="paths"):
        service_of([run], [1, 2, 3, 5])


PROOFS = [
    ("gd", {"kind": "path"}, {"kind": "path"}),
    ("pd", {"kind": "prices", "nu": ["1/2"]}, {"kind": "multipliers", "y_min": ["1/2"]}),
    (
        "td",
        {"kind": "prices", "a": ["1/2"], "mu": "2/1", "nu": ["1/1"]},
        {"kind": "multipliers", "y_share": ["1/2"], "y_kl": "2/1", "y_min": ["1/1"]},
    ),
    (
        "least",
        {"kind": "prices", "a": ["1/2"], "nu": "2/1", "floors": ["1/1"]},
        {"kind": "multipliers", "y_share": ["1/2"], "y_total": "2/1", "y_min": ["1/1"]},
    ),
    (
        "capped",
        {"kind": "tree", "tree": [[0, 1], 0, [1, 3, 0], 1, 0],
         "prices": [{"lambda": ["1/2"]}, {"lambda": ["0/1"]}]},
        {"kind": "tree", "branches": [[1, 7, 7], 0, [0, 8, 12], 1, 0],
         "leaves": [{"target": ["1/2"]}, {"target": ["0/1"]}]},
    ),
    (
        "balanced",
        {"kind": "prices", "lambda": ["1/2"], "floors": ["3/1"], "nu": ["0/1"]},
        {"kind": "multipliers", "t": {"target": ["1/2"], "y_min": ["3/1"]},
         "total": {"y_min": ["0/1"]}},
    ),
    (
        "balanced",
        {"kind": "tree", "t": {"prices": [{"lambda": ["1/2"]}], "tree": [0]},
         "total": {"prices": [{"nu": ["0/1"]}], "tree": [[2, 0], 0, 0]}},
        {"kind": "tree", "t": {"leaves": [{"target": ["1/2"]}], "branches": [0]},
         "total": {"leaves": [{"y_min": ["0/1"]}], "branches": [[0, 9, 9], 0, 0]}},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("strategy", "first", "second"), PROOFS)
def test_names_by_hand(strategy, first, second):
    interval = [7, 8, 9, 12]
    assert proof_in_version(first, 2, strategy, interval) == second
    assert proof_in_version(second, 1, strategy, interval) == first


@pytest.mark.parametrize(
    "proof",
    [
        {"kind": "cuts"},
        {},
        {"kind": "tree", "tree": [[9, 0], 0, 0], "prices": [{}]},
        {"kind": "tree", "tree": 3, "prices": []},
        {"kind": "prices", "a": ["1/2"], "mu": "1/2", "lambda": ["1/2"]},
        {"kind": "tree", "tree": [["a"]], "prices": []},
    ],
)
def test_a_proof_of_another_form_is_refused(proof):
    with pytest.raises(qo.QkdoptError, match="expected a proof of strategy td"):
        proof_in_version(proof, 2, "td", [1, 2])


def test_lower_bounds_have_one_name_in_each_version():
    stated = {"name": "gd", "floors": {"A": 5}}
    assert strategy_in_version(stated, 2) == {"name": "gd", "min_bits": {"A": 5}}
    assert strategy_in_version(strategy_in_version(stated, 2), 1) == stated


SMALL = [
    path.relative_to(models_folder()).as_posix()
    for path in sorted(models_folder().glob("*/certificates/*.json.gz"))
    if path.stat().st_size < 30_000
    and not path.name.startswith("contact")
    and published_index()[path.parts[-3]].get("satellites", 1) == 1
]


@pytest.mark.parametrize("name", SMALL)
def test_published_certificates_are_the_same_claims_in_version_2(name):
    certificate = qo.Certificate.load(models_folder() / name)
    second = certificate_in_version(certificate, 2)
    problem = problem_from_document(second.document["problem"])
    assert problem.version == 2
    assert json.loads(certificate_in_version(second, 1).to_json()) == certificate.to_dict()


@pytest.mark.parametrize(
    ("member", "value", "message"),
    [
        ("version", 3, "version: got 3, expected 1 or 2"),
        ("version", True, "version: got True"),
        ("version", 1, "schedule: got nothing"),
        ("paths", None, "paths: got nothing"),
    ],
)
def test_what_is_no_certificate_is_refused(member, value, message):
    document = qo.solve(PROBLEM.as_version(2), qo.GeneralDelivery()).certificate.to_dict()
    document[member] = value
    if value is None:
        del document[member]
    with pytest.raises(qo.QkdoptError, match=message):
        qo.Certificate.from_json(json.dumps(document))


@pytest.mark.parametrize(
    ("strategy", "value", "bound", "optimal"),
    [
        ("fair", "1000000.5", "1000000.500000000001", True),  # 1e-12 of the value
        ("fair", "1000000.5", "1000000.500002", False),
        ("least", "0.5", "0.4999999999995", True),
        ("least", "0.5", "0.499999999997", False),
        ("gd", 10**15, 10**15 + 1, False),
        ("contact", "1000000.5", "1000000.500000000001", False),
    ],
)
def test_only_nats_are_optimal_to_1e_12(strategy, value, bound, optimal):
    document = {"strategy": {"name": strategy}, "value": value, "bound": bound}
    assert qo.Certificate(document).optimal is optimal
