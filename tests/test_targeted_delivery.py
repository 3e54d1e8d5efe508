"""Targeted delivery against enumeration of every schedule, and the laws of its bound."""

import json
import math
import os
import signal
import threading
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import qkdopt as qo
from drawing import every_schedule, problem_of, tiny_problems
from qkdopt import verifier
from qkdopt.optimize.decomposition.column_generation import lagrangian_bound
from qkdopt.optimize.formulations import FORMULATIONS, formulation_named
from qkdopt.optimize.objectives.targeted import TargetedObjective
from qkdopt.optimize.solvers.outer_approximation import relaxation_with_cuts

DIVERGENCES = st.sampled_from(["0", "0.0001", "0.001", "0.01", "0.1", "0.3", "0.7", "2"])


def divergence(delivered, weights):
    """Straight from the definition; exact matches give exactly 0."""
    total, wanted = sum(delivered), sum(weights)
    if all(e * wanted == w * total for e, w in zip(delivered, weights, strict=True)):
        return 0.0
    if any(e and not w for e, w in zip(delivered, weights, strict=True)):
        return math.inf
    return sum(
        e / total * math.log(e * wanted / (total * w))
        for e, w in zip(delivered, weights, strict=True)
        if e
    )


def best_by_enumeration(problem, kl_max):
    best = 0
    for schedule in every_schedule(problem):
        delivered = qo.Schedule.create(schedule).delivered(problem)
        if sum(delivered) > best and divergence(delivered, problem.weights) <= float(kl_max):
            best = sum(delivered)
    return best


def bound_of(problem, kl_max):
    return lagrangian_bound(TargetedObjective.create(problem, qo.TargetedDelivery(kl_max)))


def scaled(problem, bits=1, weights=1):
    return problem_of(
        (problem.bits * bits).tolist(),
        problem.interval.tolist(),
        problem.tau,
        [weight * weights for weight in problem.weights],
    )


def judged(outcome, problem):
    verdict = verifier.verify(json.loads(outcome.certificate.to_json()), problem.document())
    assert verdict.holds, verdict.statement
    return verdict


@given(tiny_problems(), DIVERGENCES)
@settings(max_examples=50)
def test_value_and_bound_enclose_the_enumerated_optimum(problem, kl_max):
    optimum = best_by_enumeration(problem, kl_max)
    outcome = qo.solve(problem, qo.TargetedDelivery(kl_max))
    assert outcome.value <= optimum <= outcome.bound
    verdict = judged(outcome, problem)
    assert verdict.value == outcome.value
    assert optimum <= verdict.recomputed_bound <= outcome.bound


@given(tiny_problems(most_tau=1), st.sampled_from(["0.01", "0.1", "0.3"]))
@settings(max_examples=40)
def test_branching_finds_and_proves_most_tiny_optima(problem, kl_max):
    optimum = best_by_enumeration(problem, kl_max)
    outcome = qo.solve(problem, qo.TargetedDelivery(kl_max))
    assert outcome.value == optimum
    assert judged(outcome, problem).optimal


@given(tiny_problems(), DIVERGENCES, st.sampled_from(FORMULATIONS))
@settings(max_examples=40)
def test_outer_approximation_finds_the_enumerated_optimum(problem, kl_max, formulation):
    assume(formulation_named(formulation).refusal(problem) is None)
    outcome = qo.solve(
        problem,
        qo.TargetedDelivery(kl_max),
        solver="outer_approximation",
        formulation=formulation,
    )
    assert outcome.value == best_by_enumeration(problem, kl_max)
    judged(outcome, problem)


def test_the_relaxation_with_cuts_has_the_limit_of_the_bound():
    problem = week_like(intervals=120)
    value, rounds, _ = relaxation_with_cuts(problem, qo.TargetedDelivery("0.05"), "startup")
    assert rounds > 1
    assert bound_of(problem, "0.05").value == pytest.approx(value, rel=3e-6)


@given(tiny_problems())
@settings(max_examples=40)
def test_the_bound_falls_with_the_divergence(problem):
    bounds = [bound_of(problem, kl_max).value for kl_max in ("2", "0.3", "0.1", "0.01", "0.001")]
    slack = 1e-6 * bounds[0] + 1
    for wider, closer in pairwise(bounds):
        assert closer <= wider + slack
    assert bound_of(problem, "0").value <= bounds[-1] + slack


@given(tiny_problems(), st.integers(2, 9))
@settings(max_examples=30)
def test_scaling_weights_changes_nothing_and_scaling_bits_scales(problem, factor):
    kl_max = "0.1"
    plain = qo.solve(problem, qo.TargetedDelivery(kl_max))
    heavier = qo.solve(scaled(problem, weights=factor), qo.TargetedDelivery(kl_max))
    assert heavier.value == plain.value
    richer = qo.solve(scaled(problem, bits=factor), qo.TargetedDelivery(kl_max))
    assert richer.value == factor * best_by_enumeration(problem, kl_max)


@given(
    tiny_problems(),
    st.sampled_from(["0", "0.01", "0.3"]),
    st.lists(st.floats(-3, 3), min_size=3, max_size=3),
    st.floats(0, 5),
)
@settings(max_examples=60)
def test_any_prices_that_pass_the_check_bound(problem, kl_max, a, mu):
    objective = TargetedObjective.create(problem, qo.TargetedDelivery(kl_max))
    vector = np.append(mu, mu * np.array(a[: objective.delivery.targets]))
    exact = objective.rational(vector)
    proof = {"kind": "prices", **objective.written(exact.numbers, Fraction(0))}
    certificate = statement(problem, kl_max, proof)
    verdict = verifier.verify(certificate)
    assert verdict.holds, verdict.statement
    assert best_by_enumeration(problem, kl_max) <= verdict.recomputed_bound


@given(tiny_problems(), st.sampled_from(["0", "0.01", "0.3"]), st.integers(0, 2))
@settings(max_examples=50)
def test_prices_that_cheat_are_refused(problem, kl_max, which):
    target = which % len(problem.weights)
    assume(problem.weights[target] > 0)
    proof = bound_of(problem, kl_max).proof()
    raised = Fraction(proof["a"][target]) + Fraction(1, 2**20)
    proof["a"][target] = f"{raised.numerator}/{raised.denominator}"
    verdict = verifier.verify(statement(problem, kl_max, proof))
    assert not verdict.holds
    assert "they would prove too much" in verdict.findings[0]


def statement(problem, kl_max, proof, **claims):
    """Return the certificate of serving nobody, with a bound that any proof shows."""
    return {
        "format": "qkdopt-certificate",
        "version": 1,
        "problem": problem.document(),
        "problem_sha256": problem.sha256,
        "strategy": {"name": "td", "kl_max": kl_max},
        "schedule": [-1] * problem.interval.size,
        "value": 0,
        "bound": 10**12,
        "proof": proof,
        "made_by": {},
        **claims,
    }


def test_one_link_gets_everything():
    problem = problem_of([[3, 4, 5]], [0, 1, 2], 1, [7])
    for kl_max in ("0", "0.1"):
        outcome = qo.solve(problem, qo.TargetedDelivery(kl_max))
        assert (outcome.value, outcome.bound) == (12, 12)


def test_a_target_of_weight_zero_gets_nothing():
    problem = problem_of([[9, 9, 9], [1, 1, 1]], [0, 1, 2], 0, [0, 1])
    outcome = qo.solve(problem, qo.TargetedDelivery("0.5"))
    assert (outcome.value, outcome.bound) == (3, 3)
    assert outcome.certificate.schedule == (1, 1, 1)


def test_a_target_never_in_view_is_named_with_the_least_divergence():
    # By hand: without B the nearest shares are those of A alone, at -ln(3/4) = 0.2877.
    problem = problem_of([[9, 9, 9], [0, 0, 0]], [0, 1, 2], 0, [3, 1])
    outcome = qo.solve(problem, qo.TargetedDelivery("0.2"))
    assert outcome.reason == "no schedule comes nearer than KL = 0.2877: B can never be served"
    assert (outcome.value, outcome.bound) == (0, 0)
    assert judged(outcome, problem).optimal
    assert qo.solve(problem, qo.TargetedDelivery("0.2877")).value == 27


def test_an_exact_match_is_a_whole_multiple():
    # w = (2, 1): S is a multiple of 3. 5 + 4 and 3 are possible, 6 and 3 are best.
    problem = problem_of([[4, 2, 0], [0, 0, 3]], [0, 1, 3], 1, [2, 1])
    outcome = qo.solve(problem, qo.TargetedDelivery("0"))
    assert (outcome.value, outcome.bound) == (9, 9)


@pytest.mark.parametrize(
    ("value", "text"),
    [("0.010", "0.01"), ("1e-2", "0.01"), (0.01, "0.01"), (Decimal("0.10"), "0.1"), (0, "0")],
)
def test_divergences_have_one_spelling(value, text):
    strategy = qo.TargetedDelivery(value)
    assert strategy.kl_max == text
    assert strategy.document() == {"name": "td", "kl_max": text}


@pytest.mark.parametrize("value", [-0.1, "-1", float("nan"), "nan", "inf", "close", "", None, True])
def test_divergences_that_are_none_are_refused_in_one_line(value):
    with pytest.raises(qo.QkdoptError) as caught:
        qo.TargetedDelivery(value)
    assert str(caught.value).startswith("kl_max: got ")
    assert "expected a decimal number of nats, 0 <= kl_max < 1000" in str(caught.value)


def test_weights_are_needed():
    with pytest.raises(qo.QkdoptError, match=r"weights: got none.*\(strategy td\)"):
        qo.solve(problem_of([[1]], [0], 1), qo.TargetedDelivery("0.1"))


@pytest.mark.parametrize("solver", ["dynamic", "milp", "greedy"])
def test_linear_solvers_refuse_by_name(solver):
    problem = problem_of([[1]], [0], 1, [1])
    expected = f"solver {solver} cannot carry strategy td; use .*decomposition, outer"
    with pytest.raises(qo.QkdoptError, match=expected):
        qo.solve(problem, qo.TargetedDelivery("0.1"), solver=solver)
    with pytest.raises(qo.QkdoptError, match="solver decomposition cannot carry strategy gd"):
        qo.solve(problem, qo.GeneralDelivery(), solver="decomposition")


def week_like(seed=3, links=6, intervals=240):
    """Return passes of about 30 intervals in which a few links rise and set."""
    rng = np.random.default_rng(seed)
    interval = np.concatenate([np.arange(30) + 400 * b for b in range(intervals // 30)])
    centre = rng.uniform(0, 30, (links, intervals // 30)).repeat(30, axis=1)
    elevation = np.exp(-(((np.arange(intervals) % 30) - centre) ** 2) / 40)
    bits = (90_000 * elevation * (elevation > 0.1)).astype(int)
    return problem_of(bits.tolist(), interval.tolist(), 1, rng.integers(1, 100, links).tolist())


def test_a_time_limit_leaves_a_judged_certificate_and_progress_is_told():
    problem, told = week_like(), []
    outcome = qo.solve(
        problem,
        qo.TargetedDelivery("0.01"),
        time_limit=4,
        progress=lambda *figures: told.append(figures),
    )
    assert outcome.relative_gap < 0.02
    assert judged(outcome, problem).value == outcome.value
    bounds = [bound for _, _, bound in told if bound is not None]
    assert bounds == sorted(bounds, reverse=True)
    values = [value for _, value, _ in told]
    assert values == sorted(values)


def test_an_interrupt_returns_the_best_so_far_with_its_bound():
    problem = week_like(links=8, intervals=600)
    timer = threading.Timer(2.5, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    outcome = qo.solve(problem, qo.TargetedDelivery("0.001"), time_limit=60)
    timer.cancel()
    assert outcome.ended is qo.Ended.INTERRUPTED
    assert judged(outcome, problem).value == outcome.value
