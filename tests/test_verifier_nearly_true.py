"""Claims just on the right side of a rule, and just on the wrong one."""

from __future__ import annotations

from fractions import Fraction

import pytest

import qkdopt as qo
from drawing import problem_of
from qkdopt import verifier
from qkdopt.verifier.logarithms import exponentials_allowed

# Two passes, 0-1 and 3-4; A is served in the first, B in the second: one hand-over, between them.
ALLOWED = {
    "hand-overs between passes are of no pass": {"max_handovers_per_pass": 0},
    "a pass ends where an interval is missing": {"max_service_s_per_pass": 20},
    "as many hand-overs as there may be": {"max_handovers": 1},
    "as long as a service has to be": {"minimum_dwell_s": 20},
    "locked to whom it serves": {"locked": [(0, 1), (1, 3)]},
    "forbidden to the other link": {"forbidden": [(1, 0), (0, 3)]},
}


@pytest.mark.parametrize("kind", ALLOWED)
def test_operations_that_are_just_obeyed(kind: str) -> None:
    problem = problem_of([[1, 2, 1, 1], [1, 1, 5, 4]], [0, 1, 3, 4], 1, **ALLOWED[kind])
    certificate = qo.Certificate.create(
        problem=problem.document(),
        strategy={"name": "gd"},
        schedule=[0, 0, 1, 1],
        value=12,
        bound=12,
        proof={"kind": "path"},
        made_by={},
    )
    verdict = verifier.verify(certificate.document)
    assert verdict.findings == ()
    assert verdict.optimal


def test_prices_of_an_exact_match_may_cost_nothing_on_balance() -> None:
    # q = (3/4, 1/4): 3/4 a_1 + 1/4 a_2 must not be above 0.
    none = Fraction(0)
    assert exponentials_allowed([Fraction(1, 4), Fraction(-3, 4)], [3, 1], none)
    assert not exponentials_allowed([Fraction(1, 4), Fraction(-3, 4) + Fraction(1, 10**9)],
                                    [3, 1], none)  # fmt: skip
