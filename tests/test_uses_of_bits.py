"""Caps, floors and balanced delivery against enumeration; the verifier confirms and refuses."""

import json
import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qkdopt as qo
from drawing import every_schedule, operated_problems, problem_of, tiny_problems
from qkdopt import verifier
from qkdopt.optimize.decomposition.column_generation import lagrangian_bound
from qkdopt.optimize.formulations import FORMULATIONS, formulation_named
from qkdopt.optimize.objectives import objective_of
from qkdopt.optimize.strategies import with_floors

AMOUNTS = st.lists(st.integers(0, 12), min_size=3, max_size=3)


def amounts(problem, numbers):
    return dict(zip(problem.targets, numbers, strict=False))


def deliveries(problem):
    for schedule in every_schedule(problem):
        yield qo.Schedule.create(schedule).delivered(problem)


def judged(outcome):
    verdict = verifier.verify(json.loads(outcome.certificate.to_json()))
    assert verdict.holds, verdict.findings
    return verdict


def balance_of(problem):
    """Return what gives t and the total of delivered bits, straight from the definition."""
    weights, stock = problem.weights, problem.stock or (0,) * len(problem.targets)

    def t(delivered):
        return min(
            Fraction((b + e) * sum(weights), w)
            for b, e, w in zip(stock, delivered, weights, strict=True)
            if w
        )

    return lambda delivered: (t(delivered), sum(delivered))


def balanced_optimum(problem):
    return max(map(balance_of(problem), deliveries(problem)))


@given(tiny_problems(), AMOUNTS)
@settings(max_examples=40)
def test_caps(problem, demand):
    outcome = qo.solve(problem, qo.CappedDelivery(amounts(problem, demand)))
    optimum = max(
        sum(min(e, d) for e, d in zip(delivered, demand, strict=False))
        for delivered in deliveries(problem)
    )
    verdict = judged(outcome)
    assert outcome.value <= optimum <= verdict.recomputed_bound <= outcome.bound
    assert outcome.value == optimum


@given(tiny_problems(), AMOUNTS, AMOUNTS, st.sampled_from(["gd", "pd", "capped"]))
@settings(max_examples=50)
def test_floors(problem, floors, demand, name):
    above = [max(pair) for pair in zip(floors, demand, strict=True)]
    problem = problem.having(demand=amounts(problem, above))
    base = {"gd": qo.GeneralDelivery, "pd": qo.PrioritisedDelivery, "capped": qo.CappedDelivery}
    strategy = with_floors(base[name](), amounts(problem, floors))
    earns = problem.weights if name == "pd" else (1,) * len(problem.targets)
    caps = problem.demand if name == "capped" else (math.inf,) * len(problem.targets)
    worths = [
        sum(c * min(e, d) for c, e, d in zip(earns, delivered, caps, strict=True))
        for delivered in deliveries(problem)
        if all(e >= f for e, f in zip(delivered, floors, strict=False))
    ]
    outcome = qo.solve(problem, strategy)
    if not worths:
        assert outcome.certificate is None
        assert "lower bounds" in outcome.reason
        return
    assert outcome.value == max(worths)
    assert judged(outcome).recomputed_bound >= max(worths)


@given(tiny_problems(), AMOUNTS)
@settings(max_examples=50)
def test_balanced(problem, stock):
    problem = problem.having(stock=amounts(problem, stock))
    t, total = balanced_optimum(problem)
    outcome = qo.solve(problem, qo.BalancedDelivery())
    verdict = judged(outcome)
    assert Fraction(outcome.value["t"]) <= t <= Fraction(outcome.bound["t"])
    assert Fraction(verdict.recomputed_bound["t"]) >= t
    assert (Fraction(outcome.value["t"]), outcome.value["total"]) == (t, total)
    assert outcome.bound["total"] >= total


@given(tiny_problems(most_links=2, most_intervals=5), AMOUNTS)
@settings(max_examples=12)
def test_every_formulation_agrees(problem, numbers):
    problem = problem.having(stock=amounts(problem, numbers), demand=amounts(problem, numbers))
    t, total = balanced_optimum(problem)
    capped = qo.solve(problem, qo.CappedDelivery()).value
    for name in FORMULATIONS:
        if formulation_named(name).refusal(problem) is not None:
            continue
        chosen = {"solver": "milp", "formulation": name}
        outcome = qo.solve(problem, qo.BalancedDelivery(), **chosen)
        judged(outcome)
        assert (Fraction(outcome.value["t"]), outcome.value["total"]) == (t, total)
        outcome = qo.solve(problem, qo.CappedDelivery(), **chosen)
        judged(outcome)
        assert outcome.value == capped


@given(tiny_problems(), AMOUNTS, st.lists(st.integers(0, 8), min_size=3, max_size=3))
@settings(max_examples=40)
def test_any_multipliers_bound(problem, numbers, eighths):
    problem = problem.having(stock=amounts(problem, numbers), demand=amounts(problem, numbers))
    given_prices = [Fraction(k, 8) for k in eighths[: len(problem.targets)]]
    strategy = qo.CappedDelivery()
    objective = objective_of(problem, strategy)
    prices = objective.admissible(given_prices)
    document = qo.solve(problem, strategy).certificate.to_dict()
    stated = [f"{p.numerator}/{p.denominator}" for p in prices]
    document |= {"proof": {"kind": "prices", "lambda": stated}, "bound": 10**9}
    verdict = verifier.verify(document)
    assert verdict.holds
    assert verdict.recomputed_bound >= document["value"]


def week_of_two():
    problem = problem_of([[5, 4, 0, 2], [0, 6, 7, 9]], [1, 2, 3, 5], 1, [3, 1])
    return problem.having(stock={"B": 2}, demand={"A": 6, "B": 20})


def test_by_hand():
    # A in 1 and 2, B in 5: E = (9, 9), b = (0, 2): t = min(9 * 4 / 3, 11 * 4) = 12.
    # A in 1, 2 and 5: t = min(11 * 4 / 3, 2 * 4) = 8. So 12 it is, and 18 bits with it.
    outcome = qo.solve(week_of_two(), qo.BalancedDelivery())
    assert outcome.value == {"t": "12/1", "total": 18}
    assert outcome.bound == {"t": "12/1", "total": 18}
    assert outcome.optimal
    assert "both proved optimal" in judged(outcome).statement


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        (lambda d: d["value"].update(t="13/1"), "the claimed t is 13"),
        (lambda d: d["value"].update(total=19), "the claimed total is 19"),
        (lambda d: d["bound"].update(t="11/1"), "above its claimed bound"),
        (lambda d: d["bound"].update(total=17), "above its claimed bound"),
    ],
)
def test_false_claims_about_balance_are_refused(change, finding):
    document = qo.solve(week_of_two(), qo.BalancedDelivery()).certificate.to_dict()
    change(document)
    verdict = verifier.verify(document)
    assert not verdict.holds
    assert any(finding in text for text in verdict.findings)


@pytest.mark.parametrize("value", ["-1/2", "2/1"])
def test_multipliers_that_cheat_are_refused(value):
    problem = week_of_two()
    for strategy in (qo.BalancedDelivery(), qo.CappedDelivery()):
        document = qo.solve(problem, strategy).certificate.to_dict()
        rest = {"nu": ["0/1", "0/1"]} if strategy.name == "balanced" else {}
        document["proof"] = {"kind": "prices", "lambda": [value, "0/1"], **rest}
        verdict = verifier.verify(document)
        assert any("would prove too much" in finding for finding in verdict.findings)


def test_a_missed_floor_is_refused():
    problem = week_of_two()
    outcome = qo.solve(problem, with_floors(qo.GeneralDelivery(), {"A": 5}))
    document = outcome.certificate.to_dict()
    assert outcome.value == 21  # A in 1, B in 3 and 5
    document["strategy"]["floors"] = {"A": 10}
    verdict = verifier.verify(document)
    assert verdict.findings[0] == "A gets 5 bits, the lower bound is 10"


def test_floors_beyond_reach_are_a_result():
    outcome = qo.solve(week_of_two(), with_floors(qo.GeneralDelivery(), {"A": 12}))
    assert outcome.certificate is None
    assert outcome.reason == "infeasible: the lower bounds ask for more than any schedule delivers"


@pytest.mark.parametrize(
    ("given_bits", "message"),
    [
        ({"C": 1}, "stock: got C, expected targets among A, B"),
        ({"A": -1}, "stock: A: got -1, expected a whole number of bits"),
        ({"A": 1.5}, "stock: A: got 1.5, expected a whole number of bits"),
        ({"A": "many"}, "stock: A: got many, expected a whole number of bits"),
    ],
)
def test_stock_that_is_none_is_refused(given_bits, message):
    with pytest.raises(qo.QkdoptError, match=message):
        week_of_two().having(stock=given_bits)


def test_what_is_missing_is_said():
    problem = problem_of([[1], [1]], [0], 0)
    with pytest.raises(qo.QkdoptError, match=r"demand: got none.*\(strategy capped\)"):
        qo.solve(problem, qo.CappedDelivery())
    with pytest.raises(qo.QkdoptError, match=r"demand: got 'nothing for B'"):
        qo.solve(problem, qo.CappedDelivery({"A": 3}))
    with pytest.raises(qo.QkdoptError, match=r"weights: got none.*\(strategy balanced\)"):
        qo.solve(problem, qo.BalancedDelivery())
    with pytest.raises(qo.QkdoptError, match=r"traffic: got none.*\(strategy paired\)"):
        qo.solve(problem, qo.PairedDelivery())


def test_the_bound_of_prices_is_what_their_fractions_show():
    problem = week_of_two()
    for strategy in (qo.BalancedDelivery(), qo.CappedDelivery()):
        bound = lagrangian_bound(objective_of(problem, strategy))
        assert float(bound.value) >= bound.lp_value * (1 - 1e-6) - 1


@given(tiny_problems(), AMOUNTS, AMOUNTS)
@settings(max_examples=40)
def test_floors_on_balanced_delivery(problem, stock, floors):
    problem = problem.having(stock=amounts(problem, stock))
    strategy = with_floors(qo.BalancedDelivery(), amounts(problem, floors))
    kept = [
        delivered
        for delivered in deliveries(problem)
        if all(e >= least for e, least in zip(delivered, floors, strict=False))
    ]
    outcome = qo.solve(problem, strategy)
    if not kept:
        assert outcome.certificate is None
        assert "lower bounds" in outcome.reason
        return
    t, total = max(map(balance_of(problem), kept))
    verdict = judged(outcome)
    assert (Fraction(outcome.value["t"]), outcome.value["total"]) == (t, total)
    assert Fraction(verdict.recomputed_bound["t"]) >= t
    assert verdict.recomputed_bound["total"] >= total


@given(operated_problems(most_links=2, most_intervals=5), AMOUNTS, AMOUNTS)
@settings(max_examples=15)
def test_milp_agrees_under_operations(problem, numbers, floors):
    problem = problem.having(stock=amounts(problem, numbers), demand=amounts(problem, numbers))
    found = list(deliveries(problem))
    kept = [e for e in found if all(a >= b for a, b in zip(e, floors, strict=False))]
    asked = amounts(problem, floors)
    for strategy, allowed in (
        (qo.BalancedDelivery(), found),
        (with_floors(qo.BalancedDelivery(), asked), kept),
        (with_floors(qo.GeneralDelivery(), asked), kept),
    ):
        outcome = qo.solve(problem, strategy, solver="milp")
        if not allowed:
            assert outcome.certificate is None
            assert "infeasible" in outcome.reason
            continue
        judged(outcome)
        if strategy.name == "gd":
            assert outcome.value == max(map(sum, allowed))
        else:
            t, total = max(map(balance_of(problem), allowed))
            assert (Fraction(outcome.value["t"]), outcome.value["total"]) == (t, total)
