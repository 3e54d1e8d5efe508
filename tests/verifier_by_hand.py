"""A small problem and certificates about it whose numbers are chosen by hand."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

from drawing import every_schedule, problem_of
from qkdopt.verifier.blocks import BranchingConstraint, Gains
from qkdopt.verifier.longest_path import LongestPath
from qkdopt.verifier.model import Problem
from qkdopt.verifier.problem import read_problem

PROBLEM = {
    "format": "qkdopt-problem",
    "version": 1,
    "interval_s": "10",
    "switch_s": "10",
    "targets": ["A", "B"],
    "weights": [3, 1],
    "stock": [0, 2],
    "demand": [6, 20],
    "traffic": [[0, 12], [12, 0]],
    "links": [{"name": "A", "target": 0}, {"name": "B", "target": 1}],
    "interval": [51, 52, 53, 55],
    "K": [[5, 4, 0, 2], [0, 6, 7, 9]],
}
SAME = problem_of(PROBLEM["K"], PROBLEM["interval"], 1)
DELIVERIES = {
    tuple(sum(row[a] for a, n in enumerate(s) if n == link) for link, row in enumerate(SAME.bits))
    for s in every_schedule(SAME)
}
HALF, THIRD, QUARTER = Fraction(1, 2), Fraction(1, 3), Fraction(1, 4)


def most(*worth: Fraction | int) -> Fraction:
    """Return L(worth) by trying every schedule."""
    return max(
        sum((c * int(e) for c, e in zip(worth, bits, strict=True)), Fraction(0))
        for bits in DELIVERIES
    )


def spelt(*numbers: Fraction | int) -> list[str]:
    return [f"{Fraction(x).numerator}/{Fraction(x).denominator}" for x in numbers]


def certificate(strategy: dict[str, Any], proof: dict[str, Any], **claims: Any) -> dict[str, Any]:
    """Return the claim of A in 51 and 52, B in 55: 9 bits each."""
    text = json.dumps(PROBLEM, sort_keys=True, separators=(",", ":"))
    return copy.deepcopy({
        "format": "qkdopt-certificate",
        "version": 1,
        "problem": PROBLEM,
        "problem_sha256": hashlib.sha256(text.encode()).hexdigest(),
        "strategy": strategy,
        "schedule": [0, 0, -1, 1],
        "value": 18,
        "bound": 99,
        "proof": {"kind": "prices", **proof},
        "made_by": {},
        **claims,
    })  # fmt: skip


CAPPED = {"name": "capped"}
PAIRED = {"name": "paired"}
TD = {"name": "td", "kl_max": "0.2"}
FLOORS = {"A": 4, "B": 3}
PAIRS = [[0, 1, 9]]
# 3/4 exp(-1/20) + 1/4 exp(-3/10) = 0.899 <= 1
A = (-QUARTER, -HALF)


def balanced(proof: dict[str, Any], t: Fraction, total: int, **more: Any) -> dict[str, Any]:
    return certificate(
        {"name": "balanced", **more},
        proof,
        value={"t": "12/1", "total": 18},
        bound={"t": spelt(t)[0], "total": total},
    )


def longest(
    problem: dict[str, Any] | Problem,
    worth: Sequence[int],
    constraints: Iterable[tuple[int, int, int, bool]] = (),
) -> int | None:
    """Return the verifier's longest path at so much per bit of each target."""
    read = problem if isinstance(problem, Problem) else read_problem(problem, "problem")
    gains = Gains(tuple(worth[link.target] for link in read.links))
    return LongestPath(read).most(gains, [BranchingConstraint(*x) for x in constraints])
