"""The verifier on targeted delivery: false claims, malformed proofs, and trees by enumeration."""

import copy
import hashlib
import json
import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drawing import every_schedule, tiny_problems
from qkdopt import verifier
from qkdopt.errors import InputError
from qkdopt.verifier.blocks import BranchingConstraint
from qkdopt.verifier.logarithms import divergence_up, exp_up, exponentials_allowed, ln_up
from qkdopt.verifier.problem import read_problem
from verifier_by_hand import longest

# tau = 1, q = (3/4, 1/4). 0, 0, -1, 1 delivers 9 and 9: KL = ln(2/3)/2 + ln(2)/2 = 0.1438.
PROBLEM = {
    "format": "qkdopt-problem",
    "version": 1,
    "interval_s": "10",
    "switch_s": "10",
    "targets": ["Urumqi", "Lhasa"],
    "weights": [3, 1],
    "links": [{"name": "Urumqi", "target": 0}, {"name": "Lhasa", "target": 1}],
    "interval": [51, 52, 53, 55],
    "K": [[5, 4, 0, 2], [0, 6, 7, 9]],
}
NOTHING_CHARGED = {"kind": "prices", "a": ["-1/1", "-1/1"], "mu": "0/1"}


def certificate(kl_max="0.2", weights=(3, 1), **claims):
    problem = {**copy.deepcopy(PROBLEM), "weights": list(weights)}
    spelt = json.dumps(problem, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return {
        "format": "qkdopt-certificate",
        "version": 1,
        "problem": problem,
        "problem_sha256": hashlib.sha256(spelt.encode()).hexdigest(),
        "strategy": {"name": "td", "kl_max": kl_max},
        "schedule": [0, 0, -1, 1],
        "value": 18,
        "bound": 22,
        "proof": NOTHING_CHARGED,
        "made_by": {},
        **claims,
    }


def test_worked_by_hand():
    assert verifier.verify(certificate()).holds
    assert verifier.verify(certificate(kl_max="0.1439")).holds
    verdict = verifier.verify(certificate(kl_max="0.1438"))
    assert verdict.findings == ("the divergence of the shares is above kl_max = 0.1438",)


FALSE = {
    "shares too far": (
        certificate(kl_max="0.01"),
        "the divergence of the shares is above kl_max = 0.01",
    ),
    "nothing for a target that is to have most": (
        certificate(schedule=[-1, 1, 1, 1], value=22),
        "the divergence of the shares is above kl_max = 0.2",
    ),
    "nearly an exact match": (
        certificate(kl_max="0", weights=(10**40 + 1, 10**40)),
        "the divergence of the shares is above kl_max = 0",
    ),
    "a target without weight": (
        certificate(weights=(1, 0)),
        "Lhasa has weight 0 and gets 9 bits",
    ),
    "exponentials that add up to more than one": (
        certificate(proof={"kind": "prices", "a": ["-1/10", "-1/10"], "mu": "0/1"}),
        "the multipliers of the proof are not allowed",
    ),
    "one huge price": (
        certificate(proof={"kind": "prices", "a": ["9" * 50 + "/1", "-5/1"], "mu": "1/1"}),
        "the multipliers of the proof are not allowed",
    ),
    "a bound below what the prices show": (
        certificate(bound=21),
        "the claimed bound is 21, the proof shows only 22",
    ),
    "a value that is not reached": (
        certificate(value=19),
        "the claimed value is 19, the schedule reaches 18",
    ),
    "a tree whose one leaf shows more": (
        certificate(
            bound=18,
            proof={"kind": "tree", "prices": [{"a": ["-1/1"] * 2, "mu": "0/1"}],
                   "tree": [[0, 0], 0, 0]},
        ),
        "the claimed bound is 18, the proof shows only 22",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", FALSE)
def test_false_claim_is_refused_with_its_sentence(kind):
    document, sentence = FALSE[kind]
    verdict = verifier.verify(document)
    assert not verdict.holds
    assert any(finding.startswith(sentence) for finding in verdict.findings), verdict.findings


MALFORMED = [
    ({"kind": "path"}, 'proof.kind: got path, expected "prices" or "tree"'),
    ({"kind": "prices", "a": ["1/2"], "mu": "0/1"}, "proof.a: got a list of 1, expected"),
    ({"kind": "prices", "a": ["1/2", "1/0"], "mu": "0/1"}, "proof.a[1]: got '1/0'"),
    ({"kind": "prices", "a": ["1/2", 1], "mu": "0/1"}, "proof.a[1]: got 1"),
    ({"kind": "prices", "a": ["-1/1", "-1/1"], "mu": "-1/2"}, "proof.mu: got '-1/2'"),
    ({"kind": "tree", "prices": [], "tree": [0]}, "proof.prices: got a list of 0"),
]
TREES = [
    ([], "1 answers without a leaf"),
    ([[0, 0], 0], "1 answers without a leaf"),
    ([0, 0], "expected the end of the list"),
    ([[0, 2], 0, 0], "tree[0][1]: got 2"),
    ([[4, 0], 0, 0], "tree[0][0]: got 4"),
    ([[0], 0, 0], "expected one or two active intervals and a link"),
    ([[0, 1, 2, 1], 0, 0], "expected one or two active intervals and a link"),
    ([[0, 1, 2], 0, 0], "tree[0][2]: got 2"),
    ([[0, 4, 1], 0, 0], "tree[0][1]: got 4"),
    ([[1, 0, 1], 0, 0], "expected intervals in order, with no long gap between"),
    ([[2, 3, 1], 0, 0], "expected intervals in order, with no long gap between"),
    ([1], "tree[0]: got 1"),
    ([True], "tree[0]: got true"),
]


@pytest.mark.parametrize(("proof", "words"), MALFORMED)
def test_a_malformed_proof_is_unreadable(proof, words):
    with pytest.raises(InputError) as caught:
        verifier.verify(certificate(proof=proof))
    assert words in str(caught.value)


@pytest.mark.parametrize(("tree", "words"), TREES)
def test_a_list_that_is_no_tree_is_unreadable(tree, words):
    proof = {"kind": "tree", "prices": [{"a": ["-1/1", "-1/1"], "mu": "0/1"}], "tree": tree}
    with pytest.raises(InputError) as caught:
        verifier.verify(certificate(proof=proof))
    assert words in str(caught.value)


@pytest.mark.parametrize("kl_max", ["0.10", "-1", "1e-2", "1000", "", 0.1, None])
def test_divergences_have_one_spelling(kl_max):
    with pytest.raises(InputError, match=r"certificate\.strategy\.kl_max"):
        verifier.verify(certificate(kl_max=kl_max))


def test_nothing_delivered_is_allowed_and_exact_matches_are_multiples():
    idle = certificate(kl_max="0", schedule=[-1] * 4, value=0, proof=NOTHING_CHARGED)
    verdict = verifier.verify(idle)
    assert verdict.holds
    assert verdict.recomputed_bound == 20  # 22, rounded down to a multiple of 3 + 1
    doubled = certificate(
        kl_max="0", weights=(6, 2), schedule=[-1] * 4, value=0, proof=NOTHING_CHARGED
    )
    assert verifier.verify(doubled).recomputed_bound == 20


@given(st.fractions(-50, 50, max_denominator=10**6))
def test_exponentials_and_logarithms_are_rounded_up(x):
    up = Fraction(exp_up(x))
    assert up > Fraction(Decimal(float(x)).exp()) * (1 - Fraction(1, 10**12))
    assert float(up) == pytest.approx(math.exp(x), rel=1e-12)
    assert Fraction(ln_up(up)) >= x
    assert Fraction(ln_up(up)) - x < Fraction(1, 10**50)


@given(st.lists(st.integers(0, 50), min_size=3, max_size=3), st.integers(1, 9))
def test_divergence_against_floating_point(delivered, weight):
    weights, total = [weight, 3, 5], sum(delivered)
    exact = sum(e * math.log(e * sum(weights) / (w * total)) for e, w in
                zip(delivered, weights, strict=True) if e) / max(1, total)  # fmt: skip
    assert divergence_up(delivered, weights) <= Fraction(exact) + Fraction(1, 10**9)
    if exact > 1e-6:
        assert divergence_up(delivered, weights) > Fraction(exact) - Fraction(1, 10**9)


def test_the_largest_allowed_prices_are_just_allowed():
    # By hand: q = (3/4, 1/4), a = -kl_max + (ln(2/3), ln 2) makes 1/2 + 1/2.
    a = [Fraction(math.log(2 / 3)) - Fraction(1, 10), Fraction(math.log(2)) - Fraction(1, 10)]
    hair = Fraction(1, 10**14)
    assert exponentials_allowed([x - hair for x in a], [3, 1], Fraction(1, 10))
    assert not exponentials_allowed([x + hair for x in a], [3, 1], Fraction(1, 10))


@given(
    tiny_problems(),
    st.lists(st.integers(-3, 3), min_size=3, max_size=3),
    st.lists(
        st.tuples(st.integers(0, 5), st.integers(0, 3), st.integers(0, 2), st.booleans()),
        max_size=5,
    ),
)
@settings(max_examples=200)
def test_the_longest_path_under_branching_is_enumerated(problem, worth, questions):
    active, links = problem.interval.size, len(problem.links)
    answers = [
        BranchingConstraint(a, b, n, served)
        for a, length, n, served in questions
        for b in [a + length]
        if b < active and n < links and (np.diff(problem.interval[a : b + 1]) <= problem.tau).all()
    ]
    parsed = read_problem(problem.document(), "problem")
    values = [
        sum(worth[n] * int(problem.bits[n, a]) for a, n in enumerate(schedule) if n >= 0)
        for schedule in every_schedule(problem)
        if all((x.link in schedule[x.first : x.last + 1]) == x.served for x in answers)
    ]
    assert longest(parsed, worth, answers) == max(values, default=None)
