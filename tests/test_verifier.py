"""The verifier: true certificates hold, and its bound is the enumerated optimum."""

from __future__ import annotations

import ast
import copy
import hashlib
import itertools
import json
import sys
from fractions import Fraction
from math import ceil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qkdopt import verifier
from qkdopt.errors import InputError
from qkdopt.verifier.problem import read_problem
from verifier_by_hand import longest

# ---------------------------------------------------------------- documents


def problem_of(interval, K, *, weights=None, switch_s="10", interval_s="10", target=None):
    target = list(range(len(K))) if target is None else target
    document = {
        "format": "qkdopt-problem",
        "version": 1,
        "interval_s": interval_s,
        "switch_s": switch_s,
        "targets": [f"T{i}" for i in range(max(target, default=-1) + 1)],
        "links": [{"name": f"L{n}", "target": i} for n, i in enumerate(target)],
        "interval": interval,
        "K": K,
    }
    return document if weights is None else {**document, "weights": weights}


def sha256(problem):
    spelt = json.dumps(problem, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(spelt.encode()).hexdigest()


def certificate_of(problem, strategy, schedule, value, bound):
    return {
        "format": "qkdopt-certificate",
        "version": 1,
        "problem": problem,
        "problem_sha256": sha256(problem),
        "strategy": {"name": strategy},
        "schedule": schedule,
        "value": value,
        "bound": bound,
        "proof": {"kind": "path"},
        "made_by": {"solver": "by hand"},
    }


# ------------------------------------------- the rules once more, by enumeration


def is_allowed(problem, schedule):
    """Straight from the rules, pair by pair; nothing is carried along."""
    t, tau = problem["interval"], tau_of(problem)
    if len(schedule) != len(t):
        return False
    for a, n in enumerate(schedule):
        if n != -1 and (not 0 <= n < len(problem["K"]) or problem["K"][n][a] == 0):
            return False
    for a, b in itertools.combinations(range(len(t)), 2):
        both_served = schedule[a] != -1 and schedule[b] != -1
        nobody_between = all(schedule[m] == -1 for m in range(a + 1, b))
        if both_served and nobody_between and schedule[a] != schedule[b] and t[b] - t[a] <= tau:
            return False
    return True


def tau_of(problem):
    return ceil(Fraction(problem["switch_s"]) / Fraction(problem["interval_s"]))


def worth_of(problem, strategy, schedule):
    c = problem["weights"] if strategy == "pd" else [1] * len(problem["targets"])
    return sum(
        c[problem["links"][n]["target"]] * problem["K"][n][a]
        for a, n in enumerate(schedule)
        if n != -1
    )


def best_of(problem, strategy):
    """Return the enumerated optimum and one schedule that reaches it."""
    choices = range(-1, len(problem["K"]))
    every = itertools.product(choices, repeat=len(problem["interval"]))
    allowed = [schedule for schedule in every if is_allowed(problem, schedule)]
    best = max(allowed, key=lambda schedule: worth_of(problem, strategy, schedule))
    return worth_of(problem, strategy, best), list(best)


@st.composite
def problems(draw):
    """Draw tiny problems: zeros, ties, gaps in time, shared targets, tau from 0 to 4."""
    n_links = draw(st.integers(1, 3))
    gaps = draw(st.lists(st.sampled_from([1, 1, 1, 2, 3, 5]), max_size=5))
    interval = list(itertools.accumulate(gaps, initial=draw(st.integers(0, 3))))[1:]
    bits = st.sampled_from([0, 0, 1, 1, 2, 3, 7])
    K = [[draw(bits) for _ in interval] for _ in range(n_links)]
    target = [draw(st.integers(0, n)) for n in range(n_links)]
    weights = draw(
        st.lists(st.integers(0, 3), min_size=max(target) + 1, max_size=max(target) + 1).filter(any)
    )
    seconds = draw(st.sampled_from(["0", "4.5", "10", "10.5", "20", "30", "40"]))
    return problem_of(interval, K, weights=weights, switch_s=seconds, target=target)


# ------------------------------------------------------------------- worked by hand

# tau = 1. All of link 1: 6 + 7 + 9 = 22. Links 0, 0, then 1 after 52 (53 is too soon): 5 + 4 + 9.
WORKED = problem_of([51, 52, 53, 55], [[5, 4, 0, 2], [0, 6, 7, 9]], weights=[3, 1])


def test_general_delivery_worked_by_hand():
    verdict = verifier.verify(certificate_of(WORKED, "gd", [-1, 1, 1, 1], 22, 22))
    assert verdict
    assert verdict.holds
    assert verdict.optimal
    assert (verdict.value, verdict.bound, verdict.recomputed_bound) == (22, 22, 22)
    assert verdict.delivered == (0, 22)
    assert verdict.findings == ()
    assert verdict.statement == "holds: 22 bits, proved optimal"


def test_prioritised_delivery_worked_by_hand():
    # 3 (5 + 4) + 1 * 9 = 36; with link 0 in 55 it is 3 * 11 = 33, with 1 from 53 on 15 + 16 = 31.
    verdict = verifier.verify(certificate_of(WORKED, "pd", [0, 0, -1, 1], 36, 36))
    assert verdict.optimal
    assert verdict.delivered == (9, 9)
    assert verdict.statement == "holds: 36 weighted bits, proved optimal"


def test_weaker_bound_holds_without_being_optimal():
    verdict = verifier.verify(certificate_of(WORKED, "gd", [0, 0, -1, 1], 18, 24))
    assert verdict.holds
    assert not verdict.optimal
    assert verdict.recomputed_bound == 22
    assert verdict.statement == "holds: value 18, bound 24 (gap 25 %)"


def test_optimal_is_value_equal_to_bound_even_where_the_judge_knows_better():
    verdict = verifier.verify(certificate_of(WORKED, "gd", [-1, 1, 1, 1], 22, 23))
    assert verdict.holds
    assert not verdict.optimal


@pytest.mark.parametrize("links", [0, 1, 2])
def test_empty_problem_is_proved(links):
    empty = problem_of([], [[] for _ in range(links)])
    verdict = verifier.verify(certificate_of(empty, "gd", [], 0, 0))
    assert verdict.optimal
    assert verdict.statement == "holds: 0 bits, proved optimal"


def test_intervals_without_links_and_targets_without_links():
    problem = {**problem_of([1, 2], []), "targets": ["never in view"]}
    verdict = verifier.verify(certificate_of(problem, "gd", [-1, -1], 0, 0))
    assert verdict.optimal
    assert verdict.delivered == (0,)


def test_integers_beyond_64_bits():
    huge = 10**60
    K = [[huge * k for k in row] for row in WORKED["K"]]
    problem = {**WORKED, "K": K, "interval": [51 + huge, 52 + huge, 53 + huge, 55 + huge]}
    assert verifier.verify(
        certificate_of(problem, "gd", [-1, 1, 1, 1], 22 * huge, 22 * huge)
    ).optimal
    assert not verifier.verify(
        certificate_of(problem, "gd", [-1, 1, 1, 1], 22 * huge - 1, 22 * huge)
    )


def test_switching_time_is_rounded_up_exactly():
    # 0.3 / 0.1 is 3 exactly (not 2.9999...96 as in floating point), 0.31 / 0.1 rounds up to 4.
    for switch_s, interval, best in [("0.3", 4, 2), ("0.31", 4, 1), ("0.31", 5, 2)]:
        problem = problem_of([0, interval], [[1, 0], [0, 1]], switch_s=switch_s, interval_s="0.1")
        verdict = verifier.verify(certificate_of(problem, "gd", [-1, -1], 0, 9))
        assert verdict.recomputed_bound == best


def test_idling_on_one_link_and_the_first_service_are_free():
    problem = problem_of([0, 1, 2], [[4, 0, 4], [0, 1, 0]], switch_s="1000")
    assert verifier.verify(certificate_of(problem, "gd", [0, -1, 0], 8, 8)).optimal


def test_two_links_of_one_target_still_need_a_hand_over():
    problem = problem_of([0, 1], [[4, 0], [0, 3]], target=[0, 0])
    assert verifier.verify(certificate_of(problem, "gd", [0, -1], 4, 4)).optimal
    assert not verifier.verify(certificate_of(problem, "gd", [0, 1], 7, 7))


def test_the_problem_given_may_be_spelt_in_another_order():
    given = dict(reversed(WORKED.items()))
    certificate = certificate_of(WORKED, "gd", [-1, 1, 1, 1], 22, 22)
    assert verifier.verify(certificate, given)
    assert verifier.verify(certificate, problem=json.loads(json.dumps(given)))


def test_hash_of_the_canonical_text_written_out():
    problem = {**problem_of([7], [[3]]), "targets": ["Ürümqi"]}
    spelt = (
        '{"K":[[3]],"format":"qkdopt-problem","interval":[7],"interval_s":"10",'
        '"links":[{"name":"L0","target":0}],"switch_s":"10","targets":["Ürümqi"],"version":1}'
    )
    certificate = certificate_of(problem, "gd", [0], 3, 3)
    certificate["problem_sha256"] = hashlib.sha256(spelt.encode("utf-8")).hexdigest()
    assert verifier.verify(certificate)


def test_the_certificate_in_the_docs_is_true():
    page = Path(__file__).parent.parent / "docs" / "certificates.md"
    block = page.read_text(encoding="utf-8").split("```json\n")[1].split("```")[0]
    verdict = verifier.verify(json.loads(block))
    assert verdict.statement == "holds: 22 bits, proved optimal"


def test_documents_are_left_as_they_came():
    certificate = certificate_of(WORKED, "pd", [0, 0, -1, 1], 36, 36)
    before = copy.deepcopy(certificate)
    verifier.verify(certificate, certificate["problem"])
    assert certificate == before


def test_the_judge_imports_only_the_standard_library_and_errors():
    for path in Path(verifier.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [node.module] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                ours = name == "qkdopt.errors" or f"{name}.".startswith("qkdopt.verifier.")
                assert ours or name.split(".")[0] in sys.stdlib_module_names, (path, name)


# ------------------------------------------------------------------------- drawn


@settings(deadline=None, max_examples=100)
@given(problems(), st.sampled_from(["gd", "pd"]))
def test_the_bound_is_the_enumerated_optimum(problem, strategy):
    best, schedule = best_of(problem, strategy)
    verdict = verifier.verify(certificate_of(problem, strategy, schedule, best, best))
    assert verdict.optimal, verdict.statement
    assert verdict.recomputed_bound == best
    if best > 0:
        below = verifier.verify(certificate_of(problem, strategy, schedule, best, best - 1))
        assert f"the claimed bound is {best - 1}, a schedule can reach {best}" in below.findings


@settings(deadline=None, max_examples=100)
@given(problems(), st.lists(st.integers(-3, 3), min_size=3, max_size=3))
def test_the_longest_path_at_any_prices(problem, prices):
    # Prices of either sign, as proofs of other strategies use them; enumerated as weights.
    priced = {**problem, "weights": prices[: len(problem["targets"])]}
    parsed = read_problem(problem, "problem")
    assert longest(parsed, priced["weights"]) == best_of(priced, "pd")[0]


@settings(deadline=None, max_examples=100)
@given(problems(), st.data())
def test_any_schedule_is_judged_as_the_rules_judge_it(problem, data):
    entries = st.integers(-1, len(problem["K"]))
    length = len(problem["interval"])
    schedule = data.draw(st.lists(entries, min_size=length, max_size=length))
    inside = [n if n < len(problem["K"]) else -1 for n in schedule]
    value = worth_of(problem, "gd", inside)
    verdict = verifier.verify(certificate_of(problem, "gd", schedule, value, 1000))
    assert verdict.holds == is_allowed(problem, schedule)
    assert verdict.value == value


def change_one_number(draw, certificate):
    """Change one number of a certificate somewhere, by a little or by much."""
    problem = certificate["problem"]
    rows = [problem["interval"], problem["weights"], certificate["schedule"], *problem["K"]]
    places = [(certificate, "value"), (certificate, "bound"), (problem, "switch_s")]
    places += [(row, i) for row in rows for i in range(len(row))]
    places += [(link, "target") for link in problem["links"]]
    place, key = draw(st.sampled_from(places))
    if key == "switch_s":
        other = ["0", "1", "10", "15", "20", "40", "90"]
        place[key] = draw(st.sampled_from([s for s in other if s != place[key]]))
    else:
        place[key] += draw(st.sampled_from([-20, -2, -1, 1, 2, 20]))


@settings(deadline=None, max_examples=120)
@given(problems(), st.sampled_from(["gd", "pd"]), st.booleans(), st.data())
def test_a_changed_number_is_refused_or_still_true(problem, strategy, sealed_again, data):
    best, schedule = best_of(problem, strategy)
    certificate = copy.deepcopy(certificate_of(problem, strategy, schedule, best, best))
    change_one_number(data.draw, certificate)
    changed = certificate["problem"]
    hash_fits = sealed_again or changed == problem
    if sealed_again:
        certificate["problem_sha256"] = sha256(changed)
    try:
        verdict = verifier.verify(certificate)
    except InputError:
        t = changed["interval"]
        assert (
            any(k < 0 for k in [*t, *changed["weights"], *itertools.chain(*changed["K"])])
            or any(later <= earlier for earlier, later in itertools.pairwise(t))
            or not any(changed["weights"])
            or any(not 0 <= v["target"] < len(changed["targets"]) for v in changed["links"])
        )
        return
    true = (
        hash_fits
        and is_allowed(changed, certificate["schedule"])
        and worth_of(changed, strategy, certificate["schedule"]) == certificate["value"]
        and best_of(changed, strategy)[0] <= certificate["bound"]
    )
    assert verdict.holds == true, verdict.statement
    assert bool(verdict.findings) != true
    assert verdict.optimal == (true and certificate["value"] == certificate["bound"])


@settings(deadline=None, max_examples=60)
@given(problems(), st.randoms(use_true_random=False))
def test_laws_of_the_bound(problem, random):
    def bound(changed):
        idle = [-1] * len(changed["interval"])
        return verifier.verify(certificate_of(changed, "gd", idle, 0, 10**9)).recomputed_bound

    reference = bound(problem)
    order = list(range(len(problem["K"])))
    random.shuffle(order)
    relabelled = {key: [problem[key][n] for n in order] for key in ("links", "K")}
    assert bound({**problem, **relabelled}) == reference
    assert bound({**problem, "K": [[2 * k for k in row] for row in problem["K"]]}) == 2 * reference
    never = {"name": "never in view", "target": 0}
    zeros = [0] * len(problem["interval"])
    wider = {"links": [*problem["links"], never], "K": [*problem["K"], zeros]}
    assert bound({**problem, **wider}) == reference
    assert bound({**problem, "switch_s": "0"}) == sum(map(max, zip(*problem["K"], strict=True)))
    alone = max(sum(row) for row in problem["K"])
    assert bound({**problem, "switch_s": "100000"}) == alone
    reversed_time = {
        "interval": [100 - t for t in reversed(problem["interval"])],
        "K": [row[::-1] for row in problem["K"]],
    }
    assert bound({**problem, **reversed_time}) == reference
