"""Version 2: the same verdicts as for version 1, and several satellites by enumeration."""

from __future__ import annotations

import copy
import json
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from drawing import operated_problems, tiny_problems
from qkdopt import verifier
from qkdopt.errors import InputError, LimitError
from test_verifier import certificate_of
from verifier_version_2 import (
    assert_same_verdict,
    bits_of,
    certificate_2,
    claim_2,
    constellations,
    every_constellation,
    problem_2,
    runs,
    sha256,
    stated_paths,
    stations_can,
)

# The example of docs/certificates.md: tau = 1; Lhasa's 6 + 7 + 9 is the most.
PROBLEM: dict[str, Any] = {
    "format": "qkdopt-problem",
    "version": 2,
    "interval_s": "10",
    "satellites": [{"name": "A", "switch_s": "10"}],
    "stations": [
        {"name": "Urumqi", "receivers": 1, "switch_s": "0"},
        {"name": "Lhasa", "receivers": 1, "switch_s": "0"},
    ],
    "targets": [{"name": "Urumqi", "weight": 3}, {"name": "Lhasa", "weight": 1}],
    "links": [
        {"name": "A-Urumqi", "satellite": 0, "stations": [0], "target": 0},
        {"name": "A-Lhasa", "satellite": 0, "stations": [1], "target": 1},
    ],
    "contacts": [
        {"link": 0, "first": 51, "bits": [5, 4]},
        {"link": 0, "first": 55, "bits": [2]},
        {"link": 1, "first": 52, "bits": [6, 7]},
        {"link": 1, "first": 55, "bits": [9]},
    ],
}
PATHS = [[[1, 52, 53], [1, 55, 55]]]


def changed(problem: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    document = copy.deepcopy(problem)
    *parents, last = [int(key) if key.isdigit() else key for key in path.split(".")]
    inner: Any = document
    for key in parents:
        inner = inner[key]
    if value is None:
        del inner[last]
    else:
        inner[last] = value
    return document


def test_an_example_by_hand() -> None:
    verdict = verifier.verify(claim_2(PROBLEM, "gd", PATHS, value=22, bound=22))
    assert verdict.optimal
    assert verdict.delivered == (0, 22)
    assert verdict.statement == "holds: 22 bits, proved optimal"
    assert verifier.problem_sha256(PROBLEM) == sha256(PROBLEM)


FALSE = {
    "too soon": ([[[0, 51, 52], [1, 53, 53]]], "is served in interval 53, 1 after link 0"),
    "no key": ([[[0, 51, 53]]], "interval 53 is given to link 0"),
    "not active": ([[[0, 51, 54]]], "where some intervals have no key"),
    "unknown link": ([[[7, 51, 51]]], "interval 51 is given to link 7; there are 2, from 0"),
    "twice": ([[[1, 52, 53], [1, 53, 53]]], "runs are in order of time"),
    "divided": ([[[1, 52, 52], [1, 53, 53]]], "as long as they can be"),
    "backwards": ([[[1, 53, 52]]], "runs are in order of time"),
    "far away": ([[[1, 52, 10**200]]], "where some intervals have no key"),
}


@pytest.mark.parametrize("kind", FALSE)
def test_false_paths_are_findings(kind: str) -> None:
    paths, words = FALSE[kind]
    findings = verifier.verify(claim_2(PROBLEM, "gd", paths, bound=99)).findings
    assert any(words in finding for finding in findings)


UNREADABLE = [
    ("satellites", [], "satellites: got a list of 0, expected a list of satellites, not empty"),
    ("satellites.0.active", [[51, 53], [55, 55]], "satellites[0].active: got something else"),
    ("satellites.0.active", [[51, 52], [53, 55]], "satellites[0].active[1]: got a list of 2"),
    ("satellites.0.active", [[51, 52]], "satellites[0].active: got something else"),
    ("satellites.0.tau", 1, "satellites[0]: got tau, expected no members but name, switch_s"),
    ("stations.1.name", "Urumqi", "stations[1].name: got Urumqi, expected each name once"),
    ("stations.0.receivers", 0, "stations[0].receivers: got 0, expected a number of receivers"),
    ("stations.0.switch_s", 0, "stations[0].switch_s: got 0, expected seconds"),
    ("targets.1.weight", None, "targets[1].weight: got nothing, expected this member"),
    ("targets.1.stock", 3, "targets[0].stock: got nothing, expected this member"),
    ("targets.0", "Urumqi", "targets[0]: got Urumqi, expected a JSON object"),
    ("links.0.satellite", 1, "links[0].satellite: got 1, expected a satellite's index"),
    ("links.0.stations", [], "links[0].stations: got a list of 0, expected a list of one"),
    ("links.0.stations", [1, 0], "links[0].stations: got a list of 2, expected a list of one"),
    ("links.0.stations", [0, 0], "links[0].stations: got a list of 2, expected a list of one"),
    ("links.0.stations", [2], "links[0].stations[0]: got 2, expected a station's index"),
    ("contacts.0.bits", [], "contacts[0]: got another order or form"),
    ("contacts.0.bits.1", 0, "contacts[0].bits[1]: got 0, expected a whole number above 0"),
    ("contacts.1.first", 53, "contacts[1]: got another order or form"),
    ("contacts.1.first", 52, "contacts[1]: got another order or form"),
    ("contacts.3.link", 0, "contacts[3]: got another order or form"),
    ("contacts.3.link", 2, "contacts[3].link: got 2, expected a link's index"),
    ("options", {}, "options: got an object, expected no such member when off"),
    ("options", {"locked": []}, "options.locked: got a list of 0, expected a list of"),
    ("options", {"locked": [[1, 0, 51]]}, "options.locked[0][0]: got 1, expected a satellite"),
    ("options", {"locked": [[0, 2, 51]]}, "options.locked[0][1]: got 2, expected -1 or a link"),
    ("options", {"locked": [[0, 51]]}, "options.locked[0]: got a list of 2, expected a list of 3"),
    ("options", {"max_handovers": 3}, "options.max_handovers: got 3, expected a list"),
    ("options", {"max_handovers": [[0, 1], [0, 2]]}, "options.max_handovers[1][0]: got 0, exp"),
    ("options", {"switch_matrix_s": [[0, [["0"]]]]}, "options.switch_matrix_s[0][1]: got a list"),
    ("meetings", [], "problem: got meetings, expected no members but"),
]


@pytest.mark.parametrize(("path", "value", "message"), UNREADABLE)
def test_malformed_problems_are_refused_by_their_json_path(
    path: str, value: object, message: str
) -> None:
    with pytest.raises(InputError) as refusal:
        verifier.problem_sha256(changed(PROBLEM, path, value))
    problem = "" if message.startswith("problem") else "problem."
    assert str(refusal.value).startswith(problem + message)


PROOFS = [
    ({"kind": "prices"}, 'certificate.proof.kind: got prices, expected "path" or "multipliers"'),
    ({"kind": "multipliers", "capacity": []}, "certificate.proof.capacity: got a list of 0"),
    (
        {"kind": "multipliers", "capacity": [[0, 51, 51, "-1/2"]]},
        "certificate.proof.capacity[0][3]: got '-1/2', expected a fraction that is not negative",
    ),
    (
        {"kind": "multipliers", "capacity": [[0, 1, 51, 51, "1/2"]]},
        "certificate.proof.capacity[0][1]: got 1, expected a satellite's index",
    ),
    (
        {"kind": "multipliers", "capacity": [[2, 51, 51, "1/2"]]},
        "certificate.proof.capacity[0][0]: got 2, expected a station's index",
    ),
    (
        {"kind": "multipliers", "capacity": [[0, 52, 51, "1/2"]]},
        "certificate.proof.capacity[0]: got 52, expected a range",
    ),
    (
        {"kind": "tree", "branches": [[1, 52, 54], 0, 0], "leaves": [{}]},
        "certificate.proof.branches[0][2]: got -1, expected an active interval",
    ),
    (
        {"kind": "tree", "branches": [[1, 52, 55], 0, 0], "leaves": [{}]},
        "certificate.proof.branches[0]: got a list of 3, expected intervals in order, with no long",
    ),
    ({"kind": "tree", "branches": [[1, 52], 0, 0], "leaves": [{}]}, "certificate.proof.branches["),
]


@pytest.mark.parametrize(("proof", "message"), PROOFS)
def test_malformed_proofs_are_refused_by_their_json_path(
    proof: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError) as refusal:
        verifier.verify(claim_2(PROBLEM, "gd", PATHS, proof=proof))
    assert str(refusal.value).startswith(message)


def test_versions_are_not_mixed() -> None:
    old = certificate_of({"format": "qkdopt-problem", "version": 1}, "gd", [], 0, 0)
    with pytest.raises(InputError, match=r"^certificate.problem.version: got 2, expected 1$"):
        verifier.verify({**old, "problem": PROBLEM})
    with pytest.raises(InputError, match=r"^certificate.problem.version: got 1, expected 2$"):
        verifier.verify(claim_2({**PROBLEM, "version": 1}, "gd", PATHS))


def test_active_intervals_are_not_expanded_without_end() -> None:
    with pytest.raises(LimitError):
        verifier.problem_sha256(changed(PROBLEM, "satellites.0.active", [[0, 10**90]]))


# ------------------------------------------------------------ version 1, said in version 2


@given(st.one_of(tiny_problems(), operated_problems()), st.data())
@settings(max_examples=120, deadline=None)
def test_any_schedule_gets_one_verdict_in_both_versions(problem: Any, data: Any) -> None:
    old = json.loads(json.dumps(problem.document()))
    entries = st.integers(-1, len(old["K"]) - 1)
    n = len(old["interval"])
    schedule = data.draw(st.lists(entries, min_size=n, max_size=n))
    document = certificate_of(old, "gd", schedule, data.draw(st.integers(0, 9)), 30)
    assert_same_verdict(verifier.verify(document), verifier.verify(certificate_2(document)))


# ------------------------------------------------------------------- several satellites


def best_of(problem: dict[str, Any], weights: tuple[int, int]) -> int:
    """Return the most that any allowed schedule delivers, by enumeration."""
    bits = bits_of(problem)
    targets = [link["target"] for link in problem["links"]]
    return max(
        sum(weights[targets[n]] * bits[t, n] for path in paths for t, n in path)
        for paths in every_constellation(problem)
        if stations_can(problem, paths)
    )


@given(constellations(), st.data())
@settings(max_examples=100, deadline=None)
def test_receivers_are_judged_as_if_dealt_out_one_by_one(problem: Any, data: Any) -> None:
    every = list(every_constellation(problem))
    for paths in data.draw(st.lists(st.sampled_from(every), min_size=1, max_size=12)):
        value = sum(bits_of(problem)[cell] for path in paths for cell in path)
        verdict = verifier.verify(
            claim_2(problem, "gd", stated_paths(paths), value=value, bound=10**6)
        )
        assert verdict.value == value
        assert verdict.holds == stations_can(problem, paths)
        assert verdict.holds or all("satellites in interval" in x for x in verdict.findings)


PRICES = st.lists(
    st.tuples(
        st.integers(0, 1),
        st.none() | st.integers(0, 2),
        st.integers(0, 2),
        st.integers(0, 2),
        st.integers(0, 12),
    ),
    max_size=8,
)


def charges(problem: Any, drawn: Any) -> list[list[Any]]:
    n_stations, n_satellites = len(problem["stations"]), len(problem["satellites"])
    return [
        [n, *([] if s is None else [s]), min(a, b), max(a, b), f"{price}/4"]
        for n, s, a, b, price in drawn
        if n < n_stations and (s is None or s < n_satellites)
    ]


@given(constellations(), PRICES, st.sampled_from([(1, 1), (2, 1)]))
@settings(max_examples=100, deadline=None)
def test_prices_of_receivers_never_prove_too_much(problem: Any, drawn: Any, weights: Any) -> None:
    best = best_of(problem, weights)
    capacity = charges(problem, drawn)
    proof = {"kind": "multipliers", **({"capacity": capacity} if capacity else {})}
    strategy = "gd" if weights == (1, 1) else "pd"
    idle: list[list[int]] = [[] for _ in problem["satellites"]]
    verdict = verifier.verify(claim_2(problem, strategy, idle, bound=10**6, proof=proof))
    assert verdict.holds
    assert verdict.recomputed_bound >= best
    low = verifier.verify(claim_2(problem, strategy, idle, bound=best - 1, proof=proof))
    assert not low.holds


def two_satellites(first: list[int], second: list[int], switch_s: str) -> dict[str, Any]:
    return {
        "format": "qkdopt-problem",
        "version": 2,
        "interval_s": "10",
        "satellites": [{"name": "A", "switch_s": "0"}, {"name": "B", "switch_s": "0"}],
        "stations": [{"name": "Graz", "receivers": 1, "switch_s": switch_s}],
        "targets": [{"name": "Graz"}],
        "links": [
            {"name": "A-Graz", "satellite": 0, "stations": [0], "target": 0},
            {"name": "B-Graz", "satellite": 1, "stations": [0], "target": 0},
        ],
        "contacts": [
            {"link": n, "first": a, "bits": row[a : b + 1]}
            for n, row in enumerate((first, second))
            for a, b in runs([t for t, k in enumerate(row) if k])
        ],
    }


def test_prices_of_shared_intervals_by_hand() -> None:
    # Interval 1 is wanted by both: A's 7 there, so at price 5 neither has more than 2 + 0, and the
    # station gets 5: 3 + (7 - 5) + 0 + 5 = 10, which A alone delivers.
    problem = two_satellites([0, 7], [3, 5], "0")
    paths = [[[0, 1, 1]], [[1, 0, 0]]]
    free = verifier.verify(claim_2(problem, "gd", paths, value=10, bound=15))
    assert (free.holds, free.recomputed_bound) == (True, 15)
    proof = {"kind": "multipliers", "capacity": [[0, 1, 1, "5/1"]]}
    assert verifier.verify(claim_2(problem, "gd", paths, value=10, bound=10, proof=proof)).optimal
    both = verifier.verify(claim_2(problem, "gd", [paths[0], [[1, 0, 1]]], value=15, bound=15))
    assert both.findings == (
        "station Graz serves 2 satellites in interval 1; it has receivers for 1",
    )


def test_what_satellites_reach_apart_is_not_said_to_be_reached_together() -> None:
    apart = claim_2(two_satellites([0, 7], [3, 5], "0"), "gd", [[], []], value=0, bound=14)
    assert verifier.verify(apart).findings == ("the claimed bound is 14, the proof shows only 15",)


def test_set_up_times_need_prices_by_satellite() -> None:
    # A has bits in 0 and 2, B in 1 and 3; changing costs an interval, so 20 of 40 can be had.
    problem = two_satellites([10, 0, 10, 0], [0, 10, 0, 10], "10")
    paths: list[list[list[int]]] = [[[0, 0, 0], [0, 2, 2]], []]
    alike = {"kind": "multipliers", "capacity": [[0, 0, 3, "10/1"]]}
    each = {"kind": "multipliers", "capacity": [[0, 0, 0, 2, "10/1"], [0, 1, 1, 3, "10/1"]]}
    for proof in (alike, each):
        verdict = verifier.verify(claim_2(problem, "gd", paths, value=20, bound=20, proof=proof))
        assert verdict.optimal, verdict.findings
    assert verifier.verify(claim_2(problem, "gd", paths, value=20, bound=40)).recomputed_bound == 40


def test_receivers_are_paid_for_services_more_than_the_set_up_time_apart() -> None:
    # Intervals 0 and 2 are more than tau' = 1 apart: both are served, the station is paid twice.
    problem = two_satellites([10, 0, 0], [0, 0, 10], "10")
    proof = {"kind": "multipliers", "capacity": [[0, 0, 0, 0, "10/1"], [0, 1, 2, 2, "10/1"]]}
    paths: list[list[list[int]]] = [[[0, 0, 0]], [[1, 2, 2]]]
    assert verifier.verify(claim_2(problem, "gd", paths, value=20, bound=20, proof=proof)).optimal
    assert not verifier.verify(claim_2(problem, "gd", [*paths[:1], []], value=10, bound=10)).holds


@given(
    st.lists(st.lists(st.integers(0, 5), min_size=4, max_size=4), min_size=2, max_size=2),
    st.sampled_from(["0", "10", "20", "30"]),
)
@settings(max_examples=100, deadline=None)
def test_at_the_whole_price_of_every_cell_the_station_gets_the_optimum(
    rows: list[list[int]], switch_s: str
) -> None:
    # One receiver and one link of each satellite: what is left to serve is the station's plan.
    assume(any(map(any, zip(*rows, strict=True))))
    problem = two_satellites(*rows, switch_s)
    capacity = [
        [0, s, t, t, f"{k}/1"] for s, row in enumerate(rows) for t, k in enumerate(row) if k
    ]
    proof = {"kind": "multipliers", "capacity": capacity}
    verdict = verifier.verify(claim_2(problem, "gd", [[], []], value=0, bound=10**6, proof=proof))
    assert verdict.recomputed_bound == best_of(problem, (1, 1))


def test_a_tree_over_two_satellites_by_hand() -> None:
    # Either A serves interval 1, and then B does not, or A does not.
    problem = two_satellites([0, 7], [0, 6], "0")
    leaves: list[dict[str, Any]] = [{"capacity": [[0, 1, 1, "6/1"]]}, {}]
    proof = {"kind": "tree", "branches": [[0, 1, 1], 0, 1], "leaves": leaves}
    verdict = verifier.verify(
        claim_2(problem, "gd", [[[0, 1, 1]], []], value=7, bound=7, proof=proof)
    )
    assert verdict.optimal


def test_least_divergence_where_satellites_contend_needs_the_most_bits() -> None:
    problem = two_satellites([0, 7], [0, 6], "0")
    problem["targets"][0]["weight"] = 1
    proof = {"kind": "multipliers", "y_share": ["0/1"], "y_total": "0/1"}
    strategy = {"name": "least", "fraction": "0.5"}
    claim = claim_2(problem, "least", [[], []], value="0", bound="0", proof=proof)
    with pytest.raises(InputError, match=r"certificate\.most: .* where satellites contend"):
        verifier.verify({**claim, "strategy": strategy})


@given(constellations(most_satellites=2), st.data())
@settings(max_examples=60, deadline=None)
def test_other_strategies_add_up_over_satellites(problem: Any, data: Any) -> None:
    bits, targets = bits_of(problem), [link["target"] for link in problem["links"]]
    for i, target in enumerate(problem["targets"]):
        target["demand"] = data.draw(st.integers(0, 8), label=f"demand {i}")
    price = [Fraction(data.draw(st.integers(0, 4)), 4) for _ in range(2)]
    best = 0
    for paths in every_constellation(problem):
        if stations_can(problem, paths):
            delivered = [0, 0]
            for t, n in (cell for path in paths for cell in path):
                delivered[targets[n]] += bits[t, n]
            wanted = [x["demand"] for x in problem["targets"]]
            best = max(best, sum(map(min, delivered, wanted)))
    proof = {"kind": "multipliers", "target": [f"{x.numerator}/{x.denominator}" for x in price]}
    idle: list[list[int]] = [[] for _ in problem["satellites"]]
    verdict = verifier.verify(claim_2(problem, "capped", idle, bound=10**6, proof=proof))
    assert verdict.holds
    assert verdict.recomputed_bound >= best


def test_a_problem_of_version_1_said_anew_has_its_own_hash() -> None:
    old = {"format": "qkdopt-problem", "version": 1, "interval_s": "10", "switch_s": "10"}
    old |= {"targets": ["T"], "links": [{"name": "L", "target": 0}], "interval": [0], "K": [[1]]}
    assert verifier.problem_sha256(old) != verifier.problem_sha256(problem_2(old))
    stated = certificate_2(certificate_of(old, "gd", [0], 1, 1))
    assert verifier.verify(stated, problem_2(old)).optimal
    assert not verifier.verify(stated, old).holds


def test_prices_of_huge_denominators_take_no_memory() -> None:
    """A thousand coprime denominators: their common multiple has 400,000 bits in every cell."""
    n_cells = 10_000
    problem = {
        "format": "qkdopt-problem",
        "version": 2,
        "interval_s": "10",
        "satellites": [{"name": "A", "switch_s": "0"}],
        "stations": [{"name": "S", "receivers": 1, "switch_s": "0"}],
        "targets": [{"name": "T"}],
        "links": [{"name": "L", "satellite": 0, "stations": [0], "target": 0}],
        "contacts": [{"link": 0, "first": 0, "bits": [1] * n_cells}],
    }
    large = 10**117
    charges = [[0, 0, 0, f"1/{large + 2 * i + 1}"] for i in range(1000)]
    proof = {
        "kind": "multipliers",
        "capacity": [*charges, [0, 0, n_cells, f"1/{large + 1}"]],
    }
    with pytest.raises(LimitError, match="results at a time"):
        verifier.verify(claim_2(problem, "gd", [[]], proof=proof))
