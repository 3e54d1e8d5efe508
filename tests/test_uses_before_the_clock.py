"""Kernels are compiled before the clock starts; prices of floors fit whole numbers."""

import json
from fractions import Fraction

import numpy as np
import pytest

import qkdopt as qo
from drawing import problem_of
from qkdopt import verifier
from qkdopt.optimize.decomposition import (
    column_search,
    exact_shares,
    strategies,
    window_lns,
)
from qkdopt.optimize.decomposition._lns_kernels import walk_windows
from qkdopt.optimize.domain._descent_kernels import descend, pay_stations
from qkdopt.optimize.domain._joint_kernels import best_paths, price_uses
from qkdopt.optimize.domain._receiver_kernels import change_uses, insert_blocks
from qkdopt.optimize.domain._ruin_kernels import ruin_and_recreate
from qkdopt.optimize.objectives import objective_of
from qkdopt.optimize.objectives.max_min import MaxMinObjective
from qkdopt.optimize.strategies import with_floors
from qkdopt.optimize.strategy_names import strategy_named

ALL = {n: {m: 9 * (n != m) for m in "ABC"} for n in "ABC"}


def three():
    return problem_of([[5, 4, 0, 2], [0, 6, 7, 9], [1, 1, 8, 0]], [51, 52, 54, 56], 1, [1, 2, 1])


@pytest.mark.parametrize(
    "strategy",
    [
        qo.PairedDelivery(ALL),
        qo.BalancedDelivery(),
        qo.CappedDelivery({"A": 3, "B": 4, "C": 5}),
        qo.TargetedDelivery("0.1"),
        qo.LeastDivergence("0.5"),
    ],
)
def test_an_interrupt_while_compiling_leaves_a_bound_and_a_schedule(monkeypatch, strategy):
    def interrupt(name, **further):
        raise KeyboardInterrupt

    monkeypatch.setattr(strategies, "warm_up", interrupt)
    outcome = qo.solve(three(), strategy)
    assert outcome.ended == "interrupted"
    verdict = verifier.verify(json.loads(outcome.certificate.to_json()))
    assert verdict.holds, verdict.findings


@pytest.mark.parametrize("shared", [False, True])
def test_the_small_problem_reaches_every_kernel(monkeypatch, shared):
    called = set()

    def watched(module, name):
        real = getattr(module, name)

        def call(*arguments):
            called.add((name, type(arguments[1]).__name__))
            return real(*arguments)

        monkeypatch.setattr(module, name, call)

    watched(column_search, "anneal")
    watched(window_lns, "walk_windows")
    watched(exact_shares, "walk_windows")
    strategies.warm_up.cache_clear()
    for name in ("capped", "balanced", "paired", "td"):
        strategies.warm_up(name, exact=False, shared=shared)
    strategies.warm_up("td", exact=True, shared=shared)
    assert called == {
        ("anneal", "Cuts"), ("anneal", "Rewards"), ("anneal", "Shares"),
        ("walk_windows", "DistantGoals"), ("walk_windows", "ExactMatch"),
        ("walk_windows", "Shares"),
    }  # fmt: skip
    for name in ("gd", "pd", "balanced", "capped"):
        called.clear()
        strategies.warm_up(name, shared=shared, scenarios=True)
        assert called == {("anneal", "Cuts"), ("walk_windows", "RiskRewards")}


@pytest.mark.parametrize("name", ["gd", "balanced"])
def test_kernels_of_shared_receivers_are_compiled_before_the_clock(name):
    problem = qo.load_problem("micius-pair-2016")
    strategies.warm_up.cache_clear()
    strategies.warm_up(name, shared=True)
    watched = (
        best_paths, change_uses, descend, insert_blocks, pay_stations, price_uses, walk_windows,
    )  # fmt: skip
    if name == "gd":
        assert ruin_and_recreate.signatures
    compiled = [len(kernel.signatures) for kernel in watched]
    qo.solve(problem, strategy_named(name), time_limit=1)
    assert [len(kernel.signatures) for kernel in watched] == compiled


def test_a_walk_gives_pairs_a_first_schedule():
    # Everybody wants as much as can be had: what pairs up is limited by the cities' bits alone.
    rng = np.random.default_rng(5)
    problem = problem_of(rng.integers(0, 90, (4, 60)).tolist(), list(range(60)), 1, [3, 2, 5, 4])
    wants = {n: {m: 400 * (n != m) for m in "ABCD"} for n in "ABCD"}
    outcome = qo.solve(problem, qo.PairedDelivery(wants), time_limit=1)
    balanced = qo.solve(problem, qo.BalancedDelivery(), time_limit=1)
    objective = objective_of(problem, qo.PairedDelivery(wants))
    service = qo.Schedule.create(balanced.certificate.document["schedule"])
    assert outcome.value >= objective.value(service.delivered(problem))


@pytest.mark.parametrize("beyond", [False, True])
def test_floors_that_bind_balanced_delivery_have_prices_that_fit(beyond):
    # Weights that share no divisor, and a floor that takes most of the time: its price is > 0.
    rng = np.random.default_rng(2)
    weights = [1_000_003, 99_991, 65_537]
    bits = rng.integers(1, 50_000, (3, 60)).tolist()
    problem = problem_of(bits, list(range(60)), 1, weights)
    most = qo.solve(problem, qo.BalancedDelivery(), time_limit=0.2)
    floor = 3 * sum(bits[2]) if beyond else int(0.6 * sum(bits[2]))
    outcome = qo.solve(problem, with_floors(qo.BalancedDelivery(), {"C": floor}), time_limit=1)
    if beyond:
        assert outcome.certificate is None
        assert "infeasible" in outcome.reason
        return
    verdict = verifier.verify(json.loads(outcome.certificate.to_json()))
    assert verdict.holds, verdict.findings
    assert Fraction(outcome.value["t"]) < Fraction(most.value["t"])
    objective = MaxMinObjective.create(problem, (0, 0, floor))
    assert objective.round_down(Fraction(outcome.bound["t"])) == Fraction(outcome.bound["t"])
