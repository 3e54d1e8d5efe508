"""Schedules over pairs, and over pairs beside trusted nodes: every method agrees, all is judged."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

import qkdopt as qo
from drawing import every_schedule
from pair_scenarios import CITIES, PAIRS, SINGLES, mixed, pairs, weighted
from qkdopt import verifier
from qkdopt.optimize.regrets import regrets
from qkdopt.study import evaluate

WEIGHTED = [{**city, "weight": n + 1} for n, city in enumerate(CITIES)]
LINKS = [SINGLES[2], *weighted(PAIRS, 4, 3, 5), SINGLES[0]]


def coarse(found, interval_s=100):
    """Return the keys in intervals so long that every schedule can be tried."""
    count = found.grid.duration_s // interval_s
    grid = replace(found.grid, interval_s=interval_s, count=count)
    return qo.compute_keys(replace(found, grid=grid))


@pytest.fixture(scope="module", params=["pairs", "mixed"])
def found(request):
    if request.param == "pairs":
        return pairs(link=weighted(PAIRS, 4, 3, 5))
    return mixed(station=WEIGHTED, link=LINKS)


@pytest.fixture(scope="module")
def day(found):
    """The whole day in intervals of 10 s."""
    return qo.SchedulingProblem.from_keys(qo.compute_keys(found))


@pytest.fixture(scope="module")
def few(found):
    """A handful of long intervals: those of the first passes."""
    keys = coarse(found)
    most = 4 if len(keys.links) > 3 else 6
    return qo.SchedulingProblem.from_keys(
        qo.KeyTensor.create(
            keys.bits[:, :most],
            keys.interval[:most],
            keys.links,
            interval_s=100,
            switch_s=100,
            weights=dict(zip(keys.links, keys.weights, strict=True)),
        )
    )


def judged(outcome, problem):
    given = None if problem is None else problem.document()
    verdict = verifier.verify(json.loads(outcome.certificate.to_json()), given)
    assert verdict.holds, verdict.findings
    return verdict


def test_targets_of_pair_links_are_pairs(day):
    assert set(day.targets) >= {"Shanghai-Wuhan", "Hefei-Shanghai", "west"}
    assert [link.name for link in day.links] == list(day.targets)


@pytest.mark.parametrize("strategy", [qo.GeneralDelivery(), qo.PrioritisedDelivery()])
def test_dynamic_and_milp_agree_and_the_judge_confirms(day, strategy):
    exact = qo.solve(day, strategy, solver="dynamic")
    assert judged(exact, day).optimal
    for formulation in ("paper", "startup", "pointing", "path_flow"):
        other = qo.solve(day, strategy, solver="milp", formulation=formulation)
        assert (other.value, other.bound) == (exact.value, exact.value)
        judged(other, day)


@pytest.mark.parametrize("strategy", [qo.GeneralDelivery(), qo.PrioritisedDelivery()])
def test_enumeration_agrees(few, strategy):
    weight = strategy.coefficients(few)
    best = max(
        sum(int(few.bits[n, a]) * int(weight[n]) for a, n in enumerate(schedule) if n >= 0)
        for schedule in every_schedule(few)
    )
    assert qo.solve(few, strategy).value == best


def test_targeted_and_balanced_delivery_against_enumeration(few):
    deliveries = {qo.Schedule.create(s).delivered(few) for s in every_schedule(few)}
    near = [d for d in deliveries if sum(d)]
    legal = [d for d in near if evaluate(few.targets, few.weights, d).divergence <= 0.3]
    best = max((sum(d) for d in legal), default=0)
    outcome = qo.solve(few, qo.TargetedDelivery(kl_max="0.3"), time_limit=60)
    assert outcome.value == best <= judged(outcome, few).recomputed_bound
    weights = few.weights

    def consumed(delivered):
        pairs_of = zip(delivered, weights, strict=True)
        return min(Fraction(bits * sum(weights), w) for bits, w in pairs_of)

    best = max((consumed(d), sum(d)) for d in deliveries)
    outcome = qo.solve(few, qo.BalancedDelivery(), time_limit=60)
    judged(outcome, few)
    assert (Fraction(outcome.value["t"]), outcome.value["total"]) == best


@pytest.mark.parametrize("fraction", ["0", "0.8"])
def test_least_divergence_is_judged(few, fraction):
    outcome = qo.solve(few, qo.LeastDivergence(fraction=fraction), time_limit=0.5)
    verdict = judged(outcome, few)
    assert sum(verdict.delivered) >= 1


def test_capped_delivery_wastes_nothing(day):
    most = dict(zip(day.targets, day.bits.sum(axis=1).tolist(), strict=True))
    demand = {name: bits // 5 for name, bits in most.items()}
    outcome = qo.solve(day, qo.CappedDelivery(demand), time_limit=0.5)
    verdict = judged(outcome, None)  # the demand belongs to the problem
    assert outcome.value == sum(
        min(bits, demand[name]) for name, bits in zip(day.targets, verdict.delivered, strict=True)
    )


def test_demands_that_can_all_be_met_are_mostly_met_at_once(day):
    # The bound's prices are zero then, and the empty schedule is as good as any at them.
    fair = qo.solve(day, qo.BalancedDelivery(), time_limit=0.5)
    reached = day_shares(day, fair)
    for time_limit in (2, 10, 50):  # a slow machine takes longer
        outcome = qo.solve(day, qo.CappedDelivery(reached), time_limit=time_limit)
        judged(outcome, None)
        if outcome.value > 0.7 * sum(reached.values()) > 0:
            return
    pytest.fail(f"{outcome} of {sum(reached.values())} bits")


@pytest.mark.slow
def test_demands_that_can_all_be_met_are_met(day):
    fair = qo.solve(day, qo.BalancedDelivery(), time_limit=0.5)
    reached = day_shares(day, fair)
    outcome = qo.solve(day, qo.CappedDelivery(reached), time_limit=120)
    assert outcome.optimal
    assert outcome.value == sum(reached.values()) > 0


def day_shares(problem, outcome):
    """Return a third of what a balanced schedule delivers to every target."""
    delivered = qo.Schedule.create(outcome.certificate.schedule).delivered(problem)
    return {name: bits // 3 for name, bits in zip(problem.targets, delivered, strict=True)}


def test_heuristics_stay_below_the_bound(day):
    optimum = qo.solve(day, qo.GeneralDelivery()).value
    outcome = qo.solve(day, qo.GeneralDelivery(), solver="greedy")
    assert 0 < outcome.value <= optimum
    judged(outcome, day)


def test_operations_and_regrets_know_pairs(found, day):
    table = {"max_handovers_per_pass": 1}
    ruled = qo.solve(
        day.with_satellite(operations=type(day.operations).create(**table)), qo.GeneralDelivery()
    )
    assert 0 < ruled.value <= qo.solve(day, qo.GeneralDelivery()).value
    lost = regrets(day, qo.GeneralDelivery())
    assert lost is not None
    quick = qo.sensitivity(found, {"switch_s": [0]})
    assert quick.rows[0].optimum.value >= quick.base.optimum.value


def test_a_shared_satellite_delivers_less_than_each_pair_alone(day):
    shared = qo.solve(day, qo.GeneralDelivery())
    alone = day.bits.sum(axis=1)
    assert alone.max() <= shared.value < alone.sum()
    assert np.all(np.array(judged(shared, day).delivered) <= alone)
