"""Bounds under branching constraints and operations together: by enumeration and by hand."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drawing import every_schedule, operated_problems, operations_for, tiny_problems
from judge_by_hand import HALF, certificate, longest, spelt
from qkdopt import judge
from qkdopt.errors import InputError
from qkdopt.judge.blocks import block_numbers
from qkdopt.judge.problem import read_problem
from qkdopt.optimize.operations import Operations

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
    active, n_links, block = problem.interval.size, len(problem.links), block_numbers(read)
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
@settings(max_examples=500, deadline=None)
def test_all_operations_together(problem: Any, worth: list[int], drawn: list[Any]) -> None:
    agrees_with_enumeration(problem, worth, drawn)


@pytest.mark.parametrize("rule", RULES)
@given(st.data(), tiny_problems(), WORTH, CONSTRAINTS)
@settings(max_examples=120, deadline=None)
def test_each_operation_alone(
    rule: str, data: Any, problem: Any, worth: list[int], drawn: list[Any]
) -> None:
    rules = data.draw(operations_for(problem).filter(lambda drawn: getattr(drawn, rule)))
    alone = replace(problem, operations=Operations(**{rule: getattr(rules, rule)}))
    agrees_with_enumeration(alone, worth, drawn)


@given(tiny_problems(most_intervals=7, most_tau=2), WORTH, CONSTRAINTS)
@settings(max_examples=500, deadline=None)
def test_no_operation(problem: Any, worth: list[int], drawn: list[Any]) -> None:
    agrees_with_enumeration(problem, worth, drawn)


# The problem of judge_by_hand (tau = 1): A has 5, 4, 0, 2 and B 0, 6, 7, 9 in 51, 52, 53, 55.
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
    assert judge.verify(document).recomputed_bound == most == max(with_a, without)
    # Each leaf has multipliers of its own; those of a half add half of both demands.
    for tree, bound in (([[0, 0], 0, 1], without / 2 + 100), ([[0, 0], 1, 0], with_a / 2 + 100)):
        document["proof"]["tree"] = tree
        assert judge.verify(document).recomputed_bound == int(bound)
    # A required service where the operations leave none: that leaf has no schedule.
    document["proof"] = proof | {"tree": [[0, 0], [1, 1], 1, 0, 0]}
    forged = judge.verify(document | {"bound": most - 1})
    assert any("the claimed bound is" in finding for finding in forged.findings)


def test_questions_lie_within_what_belongs_together() -> None:
    # 53 and 55 are two apart, more than tau; a limit to all hand-overs looks across.
    proof = {"kind": "tree", "prices": [{"lambda": spelt(1, 1)}], "tree": [[1, 3, 1], 0, 0]}
    document = certificate({"name": "capped"}, proof)
    with pytest.raises(InputError, match="no long gap between"):
        judge.verify(document)
    document["problem"]["options"] = {"max_handovers": 1}
    sealed(document)
    assert judge.verify(document).recomputed_bound == 22


def sealed(document: dict[str, Any]) -> None:
    text = json.dumps(document["problem"], sort_keys=True, separators=(",", ":"))
    document["problem_sha256"] = hashlib.sha256(text.encode()).hexdigest()
