"""Bounds under branching constraints and operations together: by enumeration and by hand."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drawing import every_schedule, examples, operated_problems, operations_for, tiny_problems
from qkdopt import verifier
from qkdopt.errors import InputError
from qkdopt.optimize.operations import Operations
from qkdopt.verifier.blocks import block_numbers
from qkdopt.verifier.problem import read_problem
from verifier_by_hand import HALF, certificate, longest, spelt

CONSTRAINTS = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 3), st.integers(0, 2), st.booleans()), max_size=5
)
WORTH = st.lists(st.integers(-3, 3), min_size=3, max_size=3)
RULES = (
    "forbidden",
    "locked",
    "minimum_dwell_s",
    "max_handovers_per_pass",
    "max_handovers",
    "max_service_s_per_pass",
    "switch_matrix_s",
)


def agrees_with_enumeration(problem: Any, worth: list[int], drawn: list[Any]) -> None:
    read = read_problem(json.loads(json.dumps(problem.document())), "problem")
    active, n_links, block = (
        problem.interval.size,
        len(problem.links),
        block_numbers(read.satellites[0]),
    )
    constraints = [
        (a, a + length, n, served)
        for a, length, n, served in drawn
        if a + length < active and n < n_links and block[a] == block[a + length]
    ]
    values = [
        sum(worth[n] * int(problem.bits[n, a]) for a, n in enumerate(schedule) if n >= 0)
        for schedule in every_schedule(problem)
        if all((n in schedule[a : b + 1]) == served for a, b, n, served in constraints)
    ]
    assert longest(read, worth, constraints) == max(values, default=None)


@given(operated_problems(), WORTH, CONSTRAINTS)
@settings(max_examples=examples(60), deadline=None)
def test_all_operations_together(problem: Any, worth: list[int], drawn: list[Any]) -> None:
    agrees_with_enumeration(problem, worth, drawn)


@pytest.mark.parametrize("rule", RULES)
@given(st.data(), tiny_problems(), WORTH, CONSTRAINTS)
@settings(max_examples=examples(50), deadline=None)
def test_each_operation_alone(
    rule: str, data: Any, problem: Any, worth: list[int], drawn: list[Any]
) -> None:
    rules = data.draw(operations_for(problem).filter(lambda drawn: getattr(drawn, rule)))
    alone = problem.with_satellite(operations=Operations(**{rule: getattr(rules, rule)}))
    agrees_with_enumeration(alone, worth, drawn)


@given(tiny_problems(most_intervals=7, most_tau=2), WORTH, CONSTRAINTS)
@settings(max_examples=examples(60), deadline=None)
def test_no_operation(problem: Any, worth: list[int], drawn: list[Any]) -> None:
    agrees_with_enumeration(problem, worth, drawn)


# The problem of verifier_by_hand (tau = 1): A has 5, 4, 0, 2 and B 0, 6, 7, 9 in 51, 52, 53, 55.
OPTIONS = {
    # Pass 51 to 53 with two served intervals, then 55: B's 6 + 7 and 9; with A in 51 A's 5 + 4
    # and B's 9 or 5 + B's 7 + 9.
    "duty": ({"max_service_s_per_pass": "20"}, 22, 21, 22),
    # One link only: B's 22, or A's 5 + 4 + 2.
    "no hand-over": ({"max_handovers": 0}, 22, 11, 22),
    # Services of three: B's 22, or A's 11.
    "dwell": ({"minimum_dwell_s": "30"}, 22, 11, 22),
    # B in 52 is out: A's 5 + 4 and B's 9, or A's 5 and B's 7 + 9, or B's 7 + 9 alone.
    "forbidden": ({"forbidden": [[1, 52]]}, 21, 21, 16),
    # A is served in 52: 4 + 9, with A in 51 5 + 4 + 9.
    "locked": ({"locked": [[0, 52]]}, 18, 18, 13),
    # From A to B at once: A's 5 and B's 6 + 7 + 9.
    "matrix": ({"switch_matrix_s": [["0", "0"], ["0", "0"]]}, 27, 27, 22),
}


@pytest.mark.parametrize("kind", OPTIONS)
def test_trees_with_operations_by_hand(kind: str) -> None:
    # Capped delivery with demands that nothing reaches: lambda = 1 is plain delivery.
    options, most, with_a, without = OPTIONS[kind]
    proof = {"kind": "tree", "prices": [{"lambda": spelt(1, 1)}, {"lambda": spelt(HALF, HALF)}]}
    document = certificate({"name": "capped"}, proof | {"tree": [[0, 0], 0, 0]}, bound=most)
    document["problem"] |= {"options": options, "demand": [100, 100]}
    sealed(document)
    assert verifier.verify(document).recomputed_bound == most == max(with_a, without)
    # Each leaf has multipliers of its own; those of a half add half of both demands.
    for tree, bound in (([[0, 0], 0, 1], without / 2 + 100), ([[0, 0], 1, 0], with_a / 2 + 100)):
        document["proof"]["tree"] = tree
        assert verifier.verify(document).recomputed_bound == int(bound)
    # A required service where the operations leave none: that leaf has no schedule.
    document["proof"] = proof | {"tree": [[0, 0], [1, 1], 1, 0, 0]}
    forged = verifier.verify(document | {"bound": most - 1})
    assert any("the claimed bound is" in finding for finding in forged.findings)


def test_questions_lie_within_what_belongs_together() -> None:
    # 53 and 55 are two apart, more than tau; a limit to all hand-overs looks across.
    proof = {"kind": "tree", "prices": [{"lambda": spelt(1, 1)}], "tree": [[1, 3, 1], 0, 0]}
    document = certificate({"name": "capped"}, proof)
    with pytest.raises(InputError, match="no long gap between"):
        verifier.verify(document)
    document["problem"]["options"] = {"max_handovers": 1}
    sealed(document)
    assert verifier.verify(document).recomputed_bound == 22


def sealed(document: dict[str, Any]) -> None:
    text = json.dumps(document["problem"], sort_keys=True, separators=(",", ":"))
    document["problem_sha256"] = hashlib.sha256(text.encode()).hexdigest()


def least(tree: list[Any], prices: list[dict[str, Any]], bound: str, **claims: Any) -> Any:
    """Return a claim about the shares of schedules with at least 22 bits, all that there are.

    With tau = 1 only B's 22 are so many, with KL = ln 4.  Where B is not served in 52, at most
    21 bits are delivered, so no schedule with 22 is left there.
    """
    proof = {"kind": "tree", "prices": prices, "tree": tree}
    return certificate(
        {"name": "least", "fraction": "1"} | claims,
        proof,
        schedule=[-1, 1, 1, 1],
        value="1.386294361119890619",
        bound=bound,
    )


# sum q exp(a) = 1/4 exp(1.386294361119890618) <= 1 and next to nothing from A.
B_ALONE = {"a": ["-60/1", "1386294361119890618/1000000000000000000"], "nu": "100/1"}
NO_GAIN = {"a": spelt(0, 0), "nu": "31/1"}  # 21 (d + nu) <= 22 nu for d <= 31/21
EXACT = "1.386294361119"
NOT_SHOWN = "the proof does not show the bound 1.38629436112"


def test_a_tree_proves_the_least_divergence() -> None:
    # B in 52: L(d + nu - a) - 22 nu is at most 0 for B alone, but A's -60 let A gain.  In the
    # leaves below A is not served at all, so the bound is that of B alone.
    without_a = [[0, 0], 1, [1, 0], 1, [3, 0], 1, 0]
    document = least(without_a, [B_ALONE, NO_GAIN], EXACT)
    verdict = verifier.verify(document)
    assert verdict.findings == ()
    assert verdict.optimal
    assert verdict.statement == "holds: KL = 1.38629 nats, optimal to 1e-12"
    assert verdict.recomputed_bound == EXACT


def test_every_leaf_of_a_least_divergence_has_to_show_it() -> None:
    without_a = [[0, 0], 1, [1, 0], 1, [3, 0], 1, 0]
    says_nothing = {"a": spelt(0, 0), "nu": "0/1"}
    for prices in ([B_ALONE, says_nothing], [says_nothing, NO_GAIN], [NO_GAIN, B_ALONE]):
        findings = verifier.verify(least(without_a, prices, EXACT)).findings
        assert findings == (NOT_SHOWN,)
    whole = least([0], [B_ALONE], EXACT)
    assert verifier.verify(whole).findings == (NOT_SHOWN,)


@pytest.mark.parametrize(
    "changed",
    [
        {"a": spelt(-60, 2)},  # 1/4 exp(2) > 1
        {"nu": "-1/1"},
        {"floors": spelt(-1, 0)},
    ],
)
def test_forged_multipliers_of_a_leaf(changed: dict[str, Any]) -> None:
    without_a = [[0, 0], 1, [1, 0], 1, [3, 0], 1, 0]
    floors = {"floors": {"B": 22}} if "floors" in changed else {}
    more = {"floors": spelt(0, 0)} if floors else {}
    document = least(without_a, [B_ALONE | more, NO_GAIN | more], EXACT, **floors)
    assert verifier.verify(document).findings == ()
    document["proof"]["prices"][0] |= changed
    findings = verifier.verify(document).findings
    assert any("they would prove too much" in finding for finding in findings), findings
    assert NOT_SHOWN in findings


def test_floors_in_the_leaves_of_a_least_divergence() -> None:
    # At least 5 for A: at most 21 bits then, so 22 with the floor do not exist; phi shows it
    # only where it is large enough.  Half of 22 is 11: A's 5 + 4 and B's 9 has KL 0.1438.
    prices = {"a": spelt(-HALF, HALF), "nu": "0/1", "floors": spelt(0, 0)}
    document = certificate(
        {"name": "least", "fraction": "0.5", "floors": {"A": 5}},
        {"kind": "tree", "prices": [prices], "tree": [[0, 0], 0, 0]},
        value="0.2",
        bound="0",
    )
    # 3/4 exp(-1/2) + 1/4 exp(1/2) = 0.867: with d = 0, A gains 1/2 a bit and B loses.
    assert verifier.verify(document).findings == ("the proof does not show the bound 0",)
    prices["a"] = spelt(0, 0)
    document["proof"]["prices"] = [prices]
    assert verifier.verify(document).findings == ()


def test_values_in_nats_meet_to_1e_12() -> None:
    without_a = [[0, 0], 1, [1, 0], 1, [3, 0], 1, 0]
    for bound, meets in (("1.3862943611187", True), ("1.386294361118", False)):
        verdict = verifier.verify(least(without_a, [B_ALONE, NO_GAIN], bound))
        assert verdict.holds
        assert verdict.optimal is meets
