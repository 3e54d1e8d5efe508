"""The verifier where keys are of sessions, against enumeration straight from the rules."""

from __future__ import annotations

import copy
from fractions import Fraction
from itertools import pairwise
from math import exp, log
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qkdopt import verifier
from qkdopt.errors import InputError
from qkdopt.verifier.blocks import BranchingConstraint, Gains, block_numbers
from qkdopt.verifier.budget import Budget
from qkdopt.verifier.longest_path import LongestPath
from qkdopt.verifier.problem import read_problem
from verifier_sessions import (
    bits_of_sessions,
    delivered,
    every_schedule,
    paths_of,
    session_problem,
    sessions_in,
    stated,
)
from verifier_version_2 import claim_2, sha256

SEEDS = st.integers(0, 10**6)
FREE = 10**6  # a bound that everything holds


def verdict_of(problem: Any, strategy: str, paths: Any = None, **more: Any) -> Any:
    idle: list[list[int]] = [[] for _ in problem["satellites"]]
    return verifier.verify(claim_2(problem, strategy, paths or idle, **more))


# ---------------------------------------------------------------------- the longest path


@given(SEEDS, st.booleans())
@settings(max_examples=200, deadline=None)
def test_the_longest_path_is_the_best_of_all_paths(seed: int, rules: bool) -> None:
    """At any prices, also below 0, of bits and of receivers, and whatever has been decided."""
    problem, rng = session_problem(seed, rules=rules), Random(seed)
    read = read_problem(problem, "problem", Budget())
    (satellite,) = read.satellites
    times, blocks = satellite.times, block_numbers(satellite)
    bits, every, longest = bits_of_sessions(problem), paths_of(problem, 0), LongestPath(read)
    for priced in (False, True):
        price = tuple(rng.randint(-1, 3) if priced else 1 for _ in read.links)
        charged = [{t: rng.randint(0, 4) for t in times if priced} for _ in price]
        decided = []
        for _ in range(rng.randint(0, 3)):
            a = rng.randrange(len(times))
            b = rng.choice([x for x in range(a, len(times)) if blocks[x] == blocks[a]][:4])
            decided.append(BranchingConstraint(a, b, rng.randrange(len(price)), rng.random() < 0.6))
        gained = [
            sum(price[n] * bits[n, a, b] for n, a, b in sessions_in(path))
            - sum(charged[n].get(t, 0) for t, n in path)
            for path in every
            if all(
                any((t, x.link) in path for t in times[x.first : x.last + 1]) == x.served
                for x in decided
            )
        ]
        assert longest.most(Gains(price, charged), decided) == max(gained, default=None)


@given(SEEDS)
@settings(max_examples=60, deadline=None)
def test_the_bound_of_all_bits_is_the_optimum(seed: int) -> None:
    problem = session_problem(seed)
    best = max(every_schedule(problem), key=lambda paths: sum(delivered(problem, paths)))
    value = sum(delivered(problem, best))
    assert verdict_of(problem, "gd", stated(best), value=value, bound=value).optimal
    assert not verdict_of(problem, "gd", stated(best), value=value, bound=value - 1).holds


def by_hand(tau: int, table: list[int]) -> dict[str, Any]:
    """Return a problem of one contact of three intervals, and of another link in the second."""
    return {
        "format": "qkdopt-problem",
        "version": 2,
        "interval_s": "10",
        "satellites": [{"name": "A", "switch_s": str(10 * tau)}],
        "stations": [{"name": x, "receivers": 1, "switch_s": "0"} for x in ("Graz", "Padua")],
        "targets": [{"name": "Graz"}, {"name": "Padua"}],
        "links": [
            {"name": "A-Graz", "satellite": 0, "stations": [0], "target": 0},
            {"name": "A-Padua", "satellite": 0, "stations": [1], "target": 1},
        ],
        "contacts": [
            {"link": 0, "first": 5, "bits": [9, 9, 9]},
            {"link": 1, "first": 6, "bits": [4]},
        ],
        "sessions": [[0, table], [1, [3]]],
    }


@pytest.mark.parametrize(
    ("tau", "table", "best", "path"),
    [
        # F(0,0), F(0,1), F(0,2), F(1,1), F(1,2), F(2,2): a session of all three is best
        (1, [5, 11, 20, 5, 12, 6], 20, [[0, 5, 7]]),
        # one of two intervals would be better than three, and an idle interval splits it
        (1, [9, 8, 7, 1, 2, 9], 18, [[0, 5, 5], [0, 7, 7]]),
        # without switching time the other link is served between
        (0, [9, 8, 7, 1, 2, 9], 21, [[0, 5, 5], [1, 6, 6], [0, 7, 7]]),
        # the same link may not end a session and begin another at once: 9 + 9 is not had in 5, 6
        (0, [9, 8, 0, 9, 0, 0], 12, [[0, 5, 5], [1, 6, 6]]),
        (2, [9, 8, 7, 1, 2, 9], 18, [[0, 5, 5], [0, 7, 7]]),
    ],
)
def test_longest_paths_by_hand(tau: int, table: list[int], best: int, path: Any) -> None:
    problem = by_hand(tau, table)
    assert verdict_of(problem, "gd", [path], value=best, bound=best).optimal
    assert verdict_of(problem, "gd", bound=FREE).recomputed_bound == best


def test_where_bits_add_up_sessions_change_nothing() -> None:
    problem = session_problem(3, rules=True)
    for x, (_, table) in zip(problem["contacts"], problem["sessions"], strict=True):
        bits = x["bits"]
        table[:] = [sum(bits[i : j + 1]) for i in range(len(bits)) for j in range(i, len(bits))]
    plain = {name: x for name, x in problem.items() if name != "sessions"}
    bounds = [verdict_of(x, "gd", bound=FREE).recomputed_bound for x in (problem, plain)]
    assert bounds[0] == bounds[1]
    assert verifier.problem_sha256(problem) != verifier.problem_sha256(plain) == sha256(plain)


# ------------------------------------------------------------------------- several satellites


def capacity(rng: Random, problem: dict[str, Any]) -> dict[str, Any]:
    n, m = len(problem["stations"]), len(problem["satellites"])
    some = [
        [rng.randrange(n), *([rng.randrange(m)] if rng.random() < 0.5 else []), t, t + 1, price]
        for t in range(6)
        if (price := f"{rng.randint(0, 16)}/4") and rng.random() < 0.6
    ]
    return {"capacity": some} if some else {}


def tree_of(rng: Random, cells: list[tuple[int, int]], deep: int) -> list[Any]:
    """Return a drawn tree over cells; its leaves have the numbers 0 to 3."""
    if not cells or not deep or rng.random() < 0.3:
        return [rng.randrange(4)]
    t, n = rng.choice(cells)
    return [[n, t, t], *tree_of(rng, cells, deep - 1), *tree_of(rng, cells, deep - 1)]


def drawn_proof(rng: Random, problem: dict[str, Any]) -> dict[str, Any]:
    """Return multipliers, a tree, or components, all with prices of receivers."""
    cells = [
        (x["first"] + i, x["link"]) for x in problem["contacts"] for i in range(len(x["bits"]))
    ]
    leaves = [capacity(rng, problem) for _ in range(4)]
    if rng.random() < 0.3:
        return {"kind": "tree", "branches": tree_of(rng, cells, 3), "leaves": leaves}
    proof = {"kind": "multipliers", **capacity(rng, problem)}
    every = []
    for s, satellite in enumerate(read_problem(problem, "problem", Budget()).satellites):
        numbers, times = block_numbers(satellite), satellite.times
        ends = [a for a in range(len(times)) if not a or numbers[a] != numbers[a - 1]]
        every += [[s, times[a], times[b - 1]] for a, b in pairwise([*ends, len(times)])]
    if rng.random() < 0.7 and every:
        own = rng.sample(every, rng.randint(1, len(every)))
        inside = [
            (t, n)
            for t, n in cells
            if any(s == problem["links"][n]["satellite"] and a <= t <= b for s, a, b in own)
        ]
        branches = tree_of(rng, inside, 3)
        proof["components"] = [{"blocks": own, "branches": branches, "leaves": leaves}]
    return proof


@given(SEEDS, st.sampled_from(["gd", "pd"]), st.booleans())
@settings(max_examples=100, deadline=None)
def test_proofs_of_several_satellites_never_show_too_much(
    seed: int, strategy: str, rules: bool
) -> None:
    problem, rng = session_problem(seed, satellites=2, rules=rules), Random(seed)
    weights = (1, 1) if strategy == "gd" else (2, 1)
    totals = [
        sum(w * e for w, e in zip(weights, delivered(problem, paths), strict=True))
        for paths in every_schedule(problem)
    ]
    for _ in range(3):
        proof = drawn_proof(rng, problem)
        verdict = verdict_of(problem, strategy, bound=FREE, proof=proof)
        assert verdict.recomputed_bound >= max(totals, default=0)
        if totals:
            assert not verdict_of(problem, strategy, bound=max(totals) - 1, proof=proof).holds


@given(SEEDS)
@settings(max_examples=60, deadline=None)
def test_prices_of_cuts_are_paid_in_sessions(seed: int) -> None:
    problem, rng = session_problem(seed, satellites=2), Random(seed)
    bits = bits_of_sessions(problem)
    cells = sorted({(n, t) for n, a, b in bits for t in range(a, b + 1)})
    rows = [
        [list(x), list(y)]
        for x in cells
        for y in cells
        if x < y and x[1] == y[1]
        and problem["links"][x[0]]["satellite"] == problem["links"][y[0]]["satellite"]
    ]  # fmt: skip
    blocks = [[s, min(own), max(own)] for s in (0, 1) if (own := [
        t for n, t in cells if problem["links"][n]["satellite"] == s])]  # fmt: skip
    part: dict[str, Any] = {"blocks": blocks, "branches": [0], "leaves": [capacity(rng, problem)]}
    if rows:
        part["cuts"] = [{"rows": rng.choices(rows, k=rng.randint(1, 3))}]
        part["leaves"][0]["cuts"] = [[0, f"{rng.randint(1, 9)}/2"]]
    proof = {"kind": "multipliers", "components": [part]}
    best = max(sum(delivered(problem, paths)) for paths in every_schedule(problem))
    assert verdict_of(problem, "gd", bound=FREE, proof=proof).recomputed_bound >= best


# --------------------------------------------------------------------------------- strategies


def divergence(bits: list[int]) -> float:
    total = sum(bits)
    pairs = zip(bits, (2 / 3, 1 / 3), strict=True)
    return sum(e / total * log(e / total / q) for e, q in pairs if e)


STRATEGIES: dict[str, tuple[dict[str, Any], Any, list[dict[str, Any]]]] = {
    "capped": ({}, lambda e: min(e[0], 9) + min(e[1], 7), [
        {"target": [x, y]} for x in ("0/1", "1/2", "1/1") for y in ("0/1", "3/4", "1/1")]),
    "paired": ({"pairs": []}, lambda e: min(*e, 8), [
        {"target": list(x)} for x in (("1/2", "1/2"), ("1/1", "0/1"), ("1/4", "1/4"))]),
    "td": ({"kl_max": "0.1"}, lambda e: sum(e) if any(e) and divergence(e) <= 0.1 else 0, [
        {"y_share": list(a), "y_kl": mu} for mu in ("0/1", "1/2", "3/1")
        for a in (("-11/100", "-11/100"), ("-1/2", "1/5"), ("1/10", "-9/10"))]),
    "fair": ({}, lambda e: 2 * log(e[0]) + log(e[1]) if min(e) else None, [
        {"target": list(x)} for x in (("1/4", "1/8"), ("1/10", "1/4"))]),
}  # fmt: skip


@given(SEEDS, st.sampled_from(sorted(STRATEGIES)), st.booleans())
@settings(max_examples=120, deadline=None)
def test_multipliers_of_every_strategy_never_show_too_much(
    seed: int, strategy: str, rules: bool
) -> None:
    problem, rng = session_problem(seed, rules=rules), Random(seed)
    further, worth, multipliers = STRATEGIES[strategy]
    for target, demand in zip(problem["targets"], (9, 7), strict=True):
        target["demand"] = demand
    problem["traffic"] = [[0, 8], [8, 0]]
    found = [x for p in every_schedule(problem) if (x := worth(delivered(problem, p))) is not None]
    proof = {"kind": "multipliers", **rng.choice(multipliers)}
    more = {"bound": "900" if strategy == "fair" else FREE, "proof": proof}
    if strategy == "fair":
        more["value"] = "0"
    named = {"name": strategy, **{k: x for k, x in further.items() if k != "pairs"}}
    claim = claim_2(problem, strategy, [[]], **more) | {"strategy": named}
    claim |= {"pairs": []} if "pairs" in further else {}
    verdict = verifier.verify(claim)
    assert float(verdict.recomputed_bound) >= max(found, default=0) - 1e-9


@given(SEEDS)
@settings(max_examples=60, deadline=None)
def test_values_are_of_whole_sessions(seed: int) -> None:
    problem, rng = session_problem(seed), Random(seed)
    for target in problem["targets"]:
        target["demand"] = 8
    paths = rng.choice(list(every_schedule(problem)))
    bits = delivered(problem, paths)
    values = {"gd": sum(bits), "pd": 2 * bits[0] + bits[1], "capped": sum(min(e, 8) for e in bits)}
    for strategy, value in values.items():
        proof = {"kind": "path"}
        if strategy == "capped":
            proof = {"kind": "multipliers", "target": ["1/1", "1/1"]}
        more = {"value": value, "bound": FREE, "proof": proof}
        verdict = verdict_of(problem, strategy, stated(paths), **more)
        assert verdict.holds, verdict.findings
        assert verdict.delivered == tuple(bits)
        assert not verdict_of(problem, strategy, stated(paths), **more | {"value": value + 1}).holds
    coefficients = [rng.randint(0, 3) for _ in problem["links"]]
    value = sum(
        coefficients[n] * bits_of_sessions(problem)[n, a, b] for n, a, b in sessions_in(paths[0])
    )
    claim = claim_2(problem, "linear", stated(paths), value=value, bound=FREE)
    claim["strategy"]["coefficients"] = coefficients
    assert verifier.verify(claim).holds


@given(SEEDS)
@settings(max_examples=60, deadline=None)
def test_both_numbers_of_balanced_delivery(seed: int) -> None:
    problem, rng = session_problem(seed), Random(seed)
    every = [delivered(problem, paths) for paths in every_schedule(problem)]
    level = [min(Fraction(3, 2) * e, 3 * f) for e, f in every]
    paths = list(every_schedule(problem))[k := rng.randrange(len(every))]
    shown = {"target": rng.choice([["3/2", "0/1"], ["1/1", "1/1"], ["0/1", "3/1"]])}
    total = {"y_min": rng.choice([["0/1", "0/1"], ["1/1", "0/1"], ["1/2", "2/1"]])}
    proof = {"kind": "multipliers", "t": shown, "total": total}
    value = {"t": f"{level[k].numerator}/{level[k].denominator}", "total": sum(every[k])}
    bound = {"t": "99999/1", "total": FREE}
    more = {"value": value, "bound": bound, "proof": proof}
    verdict = verdict_of(problem, "balanced", stated(paths), **more)
    assert verdict.holds, verdict.findings
    assert Fraction(verdict.recomputed_bound["t"]) >= max(level)
    enough = [sum(e) for e, t in zip(every, level, strict=True) if t >= level[k]]
    assert verdict.recomputed_bound["total"] >= max(enough)


@given(SEEDS, st.sampled_from([("0/1", "0/1"), ("-1/2", "1/2"), ("1/5", "-9/10")]))
@settings(max_examples=60, deadline=None)
def test_least_divergence_is_never_above_the_true_one(seed: int, shares: tuple[str, str]) -> None:
    assert 2 * exp(float(Fraction(shares[0]))) + exp(float(Fraction(shares[1]))) <= 3
    problem = session_problem(seed)
    every = [(delivered(problem, paths), paths) for paths in every_schedule(problem)]
    most = max(sum(bits) for bits, _ in every)
    able = [(divergence(bits), p) for bits, p in every if sum(bits) >= max(1, -(-most // 2))]
    if not able:
        return
    least, paths = min(able, key=lambda x: x[0])
    for y_total in ("0/1", "1/2", "2/1"):
        proof = {"kind": "multipliers", "y_share": list(shares), "y_total": y_total}
        claim = claim_2(problem, "least", stated(paths), value="9", bound="0", proof=proof)
        claim["strategy"]["fraction"] = "0.5"
        assert verifier.verify(claim).holds or (shares[0], y_total) != ("0/1", "0/1")
        bound = f"{least + 1e-6:.9f}".rstrip("0")
        assert not verifier.verify(claim | {"bound": bound}).holds


# ----------------------------------------------------------------------------------- forgeries


def test_claims_about_sessions_that_are_false_are_found() -> None:
    problem = by_hand(1, [5, 11, 20, 5, 12, 6])
    true = claim_2(problem, "gd", [[[0, 5, 7]]], value=20, bound=20)
    assert verifier.verify(true).optimal
    split = [[[0, 5, 5], [0, 7, 7]]]  # an idle interval between: two sessions of 5 and 6
    false = [
        ({"value": 21, "bound": 21}, "the claimed value is 21, the schedule reaches 20"),
        ({"bound": 19}, "the claimed value 20 is above the claimed bound 19"),
        ({"bound": 19, "value": 19}, "the claimed bound is 19, a schedule can reach 20"),
        ({"paths": split}, "the claimed value is 20, the schedule reaches 11"),
        ({"paths": [[[0, 5, 5], [0, 6, 7]]], "value": 17}, "runs are in order of time and as long"),
        ({"paths": [[[0, 5, 5], [1, 6, 6]]], "value": 8}, "a hand-over needs at least 2"),
        ({"paths": [[[0, 4, 7]]]}, "where some intervals have no key"),
        (
            {"paths": [[[1, 5, 6]]], "value": 3},
            "interval 5 is given to link 1 ('A-Padua'), which has no key",
        ),
    ]
    for change, words in false:
        verdict = verifier.verify(true | change)
        assert any(words in x for x in verdict.findings), (change, verdict.findings)


def test_a_session_ends_where_the_link_cannot_be_served() -> None:
    problem = by_hand(1, [5, 11, 20, 5, 12, 6])
    problem["contacts"][1] = {"link": 0, "first": 9, "bits": [1]}
    problem["contacts"].append({"link": 1, "first": 8, "bits": [4]})
    problem["sessions"].append([2, [2]])
    verdict = verdict_of(problem, "gd", [[[0, 5, 9]]], value=23, bound=23)
    assert verdict.findings == ("interval 8 is given to link 0 ('A-Graz'), which has no key there",)
    assert verdict.delivered == (23, 0)


def test_a_session_of_no_bits_still_uses_a_receiver() -> None:
    problem = by_hand(0, [0, 0, 0, 0, 0, 0])
    problem["satellites"].append({"name": "B", "switch_s": "0"})
    problem["links"].append({"name": "B-Graz", "satellite": 1, "stations": [0], "target": 0})
    problem["contacts"].append({"link": 2, "first": 5, "bits": [1]})
    problem["sessions"].append([2, [7]])
    both = [[[0, 5, 7]], [[2, 5, 5]]]
    (finding,) = verdict_of(problem, "gd", both, value=7, bound=10).findings
    assert finding == "station Graz serves 2 satellites in interval 5; it has receivers for 1"


@given(SEEDS)
@settings(max_examples=60, deadline=None)
def test_changed_keys_are_another_problem(seed: int) -> None:
    problem, rng = session_problem(seed), Random(seed)
    claim = claim_2(problem, "gd", [[]], bound=FREE)
    changed = copy.deepcopy(claim)
    table = rng.choice(changed["problem"]["sessions"])[1]
    table[rng.randrange(len(table))] += 1
    assert verifier.verify(claim).holds
    (finding,) = verifier.verify(changed).findings
    assert finding.startswith("problem_sha256 is")


# ------------------------------------------------------------------------------------- reading

UNREADABLE = [
    ([], "sessions: got a list of 0, expected a list of 2, one for each contact"),
    ({}, "sessions: got an object, expected a list of 2"),
    ([[0, [1, 2, 3, 4, 5, 6]]], "sessions: got a list of 1, expected a list of 2"),
    ([[0, [1, 2, 3, 4, 5, 6]], [0, [3]]], "sessions[1][0]: got 0, expected 1, contacts in order"),
    ([[0, [1, 2, 3, 4, 5, 6]], [True, [3]]], "sessions[1][0]: got true, expected 1"),
    ([[0, [1, 2, 3, 4, 5, 6]], [1]], "sessions[1]: got a list of 1, expected a list of 2: a con"),
    ([[0, [1, 2, 3, 4, 5]], [1, [3]]], "sessions[0][1]: got a list of 5, expected a list of 6 key"),
    ([[0, [1, 2, 3, 4, 5, -6]], [1, [3]]], "sessions[0][1][5]: got -6, expected whole numbers >="),
    (
        [[0, [1, 2, 3, 4, 5, "6"]], [1, [3]]],
        "sessions[0][1][5]: got '6', expected whole numbers >=",
    ),
    ([[0, [1, 2, 3, 4, 5, 2**62]], [1, [3]]], "sessions[0][1][5]: got 4611686018427387904, exp"),
    ([[0, 7], [1, [3]]], "sessions[0][1]: got 7, expected a list of 6 key lengths"),
]


@pytest.mark.parametrize(("stated", "message"), UNREADABLE)
def test_sessions_that_do_not_fit_are_one_clear_line(stated: object, message: str) -> None:
    problem = by_hand(1, [5, 11, 20, 5, 12, 6]) | {"sessions": stated}
    with pytest.raises(InputError) as refusal:
        verifier.problem_sha256(problem)
    assert str(refusal.value).startswith(f"problem.{message}")


def test_version_1_knows_no_sessions() -> None:
    old = {"format": "qkdopt-problem", "version": 1, "interval_s": "10", "switch_s": "10"}
    old |= {"targets": ["T"], "links": [{"name": "L", "target": 0}], "interval": [0], "K": [[1]]}
    assert verifier.problem_sha256(old)
    with pytest.raises(InputError, match="got sessions, expected no members but"):
        verifier.problem_sha256(old | {"sessions": [[0, [1]]]})


@pytest.mark.parametrize("listed", [True, "enough"])
def test_proofs_that_add_up_intervals_are_refused(listed: object) -> None:
    problem = by_hand(1, [5, 11, 20, 5, 12, 6])
    with pytest.raises(InputError, match="expected nothing with sessions"):
        verdict_of(problem, "gd", proof={"kind": "multipliers", "deliveries": listed})
