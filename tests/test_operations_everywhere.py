"""Every strategy under every operation: enumeration = decomposition, proved and verified."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import qkdopt as qo
from drawing import examples, operated_problems, operations_for, problem_of, tiny_problems
from enumeration import Enumerated
from qkdopt import verifier
from qkdopt.optimize.domain.blocks import Blocks
from qkdopt.optimize.domain.branching import BranchingDecision
from qkdopt.optimize.domain.delivery import Delivery
from qkdopt.optimize.domain.longest_path import optimum
from qkdopt.optimize.domain.pricing import PricingProblem
from qkdopt.optimize.operations import Operations
from qkdopt.optimize.strategies import with_floors
from qkdopt.verifier.blocks import BranchingConstraint, Gains
from qkdopt.verifier.longest_path import LongestPath
from qkdopt.verifier.problem import read_problem
from test_closures import furnished

ROUNDING = Decimal("2e-12")  # certificates round a divergence up to twelve decimals
KINDS = {
    "gd": {},
    "pd": {},
    "td": {"kl_max": "0.1"},
    "td-exact": {"kl_max": "0"},
    "least": {"fraction": "0.75"},
    "balanced": {},
    "capped": {},
    "paired": {},
}
RULES = tuple(Operations.__dataclass_fields__)


def strategy_of(kind, floors=None):
    made = {
        "gd": qo.GeneralDelivery,
        "pd": qo.PrioritisedDelivery,
        "td": lambda: qo.TargetedDelivery("0.1"),
        "td-exact": lambda: qo.TargetedDelivery("0"),
        "least": lambda: qo.LeastDivergence("0.75"),
        "balanced": qo.BalancedDelivery,
        "capped": qo.CappedDelivery,
        "paired": qo.PairedDelivery,
    }[kind]()
    return with_floors(made, floors) if floors else made


def assert_solved(problem, kind, floors=None, solver="decomposition"):
    """Hold what a solver finds, proves and refuses against the enumeration."""
    best = Enumerated(problem).best(kind.removesuffix("-exact"), floors, **KINDS[kind])
    outcome = qo.solve(problem, strategy_of(kind, floors), solver=solver)
    if best is None:
        assert outcome.certificate is None
        assert outcome.reason.startswith(("infeasible: ", "no schedule "))
        return
    assert not outcome.reason.startswith("infeasible"), outcome.reason
    verdict = verifier.verify(outcome.certificate.document, problem.document())
    assert verdict.holds, verdict.findings
    if kind == "least":
        assert Decimal(outcome.bound) - ROUNDING <= best <= Decimal(outcome.value)
        assert Decimal(outcome.value) - best <= ROUNDING
    elif kind == "balanced":
        value = Fraction(outcome.value["t"]), outcome.value["total"]
        assert value == best
        assert (Fraction(outcome.bound["t"]), outcome.bound["total"]) >= best
    else:
        assert outcome.value == best <= outcome.bound


@st.composite
def problems_with_one_rule(draw, rule):
    """Draw a problem with some operations, and keep one of them."""
    problem = draw(tiny_problems(most_intervals=7))
    found = operations_for(problem).filter(lambda rules: rule in rules.document())
    kept = {rule: draw(found).document()[rule]}
    return problem.with_satellite(operations=Operations.create(**kept))


def asked_of(problem, numbers, kind):
    """Return the problem with what a strategy needs, ``None`` where it has no meaning."""
    problem = furnished(problem, numbers)
    return None if kind == "paired" and problem.traffic is None else problem


NUMBERS = st.lists(st.integers(0, 9), min_size=3, max_size=3)


@pytest.mark.parametrize("rule", RULES)
@given(data=st.data())
@settings(max_examples=examples(12), deadline=None)
def test_each_operation_with_every_strategy(rule, data):
    drawn = data.draw(problems_with_one_rule(rule))
    kind = data.draw(st.sampled_from([kind for kind in KINDS if kind not in ("gd", "pd")]))
    problem = asked_of(drawn, data.draw(NUMBERS), kind)
    assume(problem is not None)
    assert_solved(problem, kind)


@given(operated_problems(most_intervals=7), NUMBERS, st.sampled_from(list(KINDS)), st.data())
@settings(max_examples=examples(40), deadline=None)
def test_mixtures_of_operations_with_floors(problem, numbers, kind, data):
    problem = asked_of(problem, numbers, kind)
    assume(problem is not None)
    least = data.draw(st.lists(st.integers(0, 4), min_size=3, max_size=3))
    most = problem.demand if kind == "capped" else (9, 9, 9)
    each = zip(problem.targets, least, most, strict=False)
    floors = {name: min(bits, cap) for name, bits, cap in each if min(bits, cap)}
    assume(floors or kind not in ("gd", "pd"))
    assert_solved(problem, kind, floors)


@given(operated_problems(most_intervals=6), st.sampled_from(["td", "td-exact", "least"]))
@settings(max_examples=examples(20), deadline=None)
def test_outer_approximation_carries_them_too(problem, kind):
    problem = asked_of(problem, [1, 2, 3], kind)
    assert_solved(problem, kind, solver="outer_approximation")


@given(operated_problems(most_intervals=7))
@settings(max_examples=40, deadline=None)
def test_dynamic_programme_and_decomposition_agree_where_floors_do_not_bind(problem):
    best = optimum(problem, np.ones(len(problem.links), np.int64))
    assume(best is not None and best[1])
    delivered = best[0].delivered(problem)
    floors = {name: bits for name, bits in zip(problem.targets, delivered, strict=True) if bits}
    outcome = qo.solve(problem, strategy_of("gd", floors), solver="decomposition")
    assert (outcome.value, outcome.bound) == (best[1], best[1])
    assert qo.verify(outcome.certificate, problem).optimal


CONSTRAINTS = st.lists(
    st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(0, 2), st.booleans()), max_size=6
)


@given(operated_problems(most_intervals=7), CONSTRAINTS, st.lists(st.integers(-2, 3), min_size=3))
@settings(max_examples=120, deadline=None)
def test_the_verifier_recounts_what_branching_shows(problem, drawn, prices):
    blocks = Blocks.create(Delivery.to_all(problem))
    active, links = problem.interval.size, len(problem.links)
    asked = [
        (a, b, n, served)
        for a, b, n, served in drawn
        if a <= b < active and n < links and blocks.of(a) == blocks.of(b)
    ]
    prices = prices[:links]
    paths = LongestPath(read_problem(problem.document(), "problem"))
    exact = paths.most(Gains(tuple(prices)), [BranchingConstraint(*x) for x in asked])
    path = PricingProblem(blocks)(
        np.array(prices, float), tuple(BranchingDecision(*x) for x in asked)
    )
    if exact is None:
        assert path.value == -np.inf
    else:
        assert exact <= path.value <= exact + 1e-6


def test_required_services_beyond_what_labels_hold_are_left_out():
    # Eight links are each required in the whole horizon, dwell makes it one block: labels keep
    # five of them apart, and the value may only be larger than that of all eight.
    bits = [[1 + n] * 20 for n in range(8)]
    problem = problem_of(bits, range(20), tau=0, minimum_dwell_s=20)
    pricing = PricingProblem(Blocks.create(Delivery.to_all(problem)))
    paths = LongestPath(read_problem(problem.document(), "problem"))
    for count in range(9):
        asked = [(0, 19, n, True) for n in range(count)]
        decisions = tuple(BranchingDecision(*x) for x in asked)
        exact = paths.most(Gains((1,) * 8), [BranchingConstraint(*x) for x in asked])
        value = pricing(np.ones(8), decisions).value
        assert value == pytest.approx(exact) if count <= 5 else value > exact


def locked(*locks, kl_max="0.1", weights=(1, 1)):
    """Solve two links of equal bits under locks."""
    problem = problem_of([[4, 4, 4, 4], [4, 4, 4, 4]], [1, 2, 8, 9], 1, weights, locked=locks)
    return problem, qo.solve(problem, qo.TargetedDelivery(kl_max))


def test_a_lock_takes_away_the_schedule_that_serves_nobody():
    # By hand: A in 1 is locked; B can be served in 8 and 9 or A again: 8 and 8 match exactly.
    problem, outcome = locked((0, 1))
    assert outcome.value == outcome.bound == 16
    assert qo.verify(outcome.certificate, problem).optimal
    # All four intervals are A's: shares 1 and 0 are ln 2 = 0.693 away, and idling is no way out.
    problem, outcome = locked((0, 1), (0, 2), (0, 8), (0, 9))
    assert outcome.certificate is None
    assert outcome.reason == (
        "infeasible: no schedule whose shares are that near obeys the operations"
    )
    assert locked((0, 1), (0, 2), (0, 8), (0, 9), kl_max="0.7")[1].value == 16


def test_a_lock_to_a_target_of_weight_0_leaves_nothing_to_targeted_delivery():
    _, outcome = locked((1, 1), weights=(1, 0))
    words = "no schedule obeys all locks, caps and hand-over times, with no service of targets"
    assert outcome.reason == f"infeasible: {words} of weight 0"


@pytest.mark.parametrize("kind", ["td", "td-exact", "least", "balanced", "capped", "paired"])
def test_operations_that_contradict_each_other_are_infeasible_for_all(kind):
    # Served for 30 s at least, but locked to A in 1 and to B in 4 with two intervals between.
    problem = problem_of(
        [[4] * 4, [4] * 4], [1, 2, 3, 4], 1, (1, 1), locked=[(0, 1), (1, 4)], minimum_dwell_s=30
    )
    problem = furnished(problem, [3, 3])
    outcome = qo.solve(problem, strategy_of(kind))
    assert outcome.certificate is None
    assert outcome.reason == "infeasible: no schedule obeys all locks, caps and hand-over times"
