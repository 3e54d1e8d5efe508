"""Walks between rounds of column generation: schedules of shared receivers from the beginning."""

from dataclasses import replace

import numpy as np
import pytest

import qkdopt as qo
from qkdopt.optimize.decomposition import reward_lns
from qkdopt.optimize.decomposition.column_generation import lagrangian_bound
from qkdopt.optimize.decomposition.column_walks import walks_for
from qkdopt.optimize.layout import laid_out
from qkdopt.optimize.objectives import objective_of
from qkdopt.optimize.operations import Operations
from qkdopt.optimize.schedule import Schedule

NAMES, SATELLITES = "ABCD", "XYZ"


def constellation(passes=8, length=20, seed=0, **operations):
    """Return three satellites whose passes over four cities coincide."""
    rng = np.random.default_rng(seed)
    up = np.sin(np.linspace(0.2, 2.9, length))
    interval = np.add.outer(300 * np.arange(passes), np.arange(length)).ravel()
    weights = dict(zip(NAMES, (1, 2, 3, 4), strict=True))
    keys = {}
    for name in SATELLITES:
        bits = rng.integers(200, 9000, (4, passes, 1)) * up
        bits = bits.astype(int).reshape(4, -1)
        keys[name] = qo.KeyTensor.create(bits, interval, list(NAMES), weights=weights)
    together = qo.SchedulingProblem.from_satellites(keys)
    rules = Operations.create(**operations)
    ruled = tuple(replace(one, operations=rules) for one in together.satellites)
    return replace(together, satellites=ruled)


def targeted(problem, kl_max="0.01"):
    return objective_of(laid_out(problem).problem, qo.TargetedDelivery(kl_max))


def walks(objective):
    return walks_for(objective, np.random.default_rng(0), lambda: False)


def test_only_shares_and_levels_with_shared_receivers_are_walked():
    assert walks(targeted(constellation())) is not None
    assert walks(targeted(constellation(), "0")) is None  # exact matches have a search of their own
    one = laid_out(constellation()).problem
    assert walks(objective_of(one, qo.BalancedDelivery())) is not None
    assert walks(objective_of(one, qo.GeneralDelivery())) is None
    ruled = constellation(max_handovers_per_pass=2)
    assert walks(targeted(ruled)) is None  # walks ignore rules
    alone = qo.KeyTensor.create([[5, 4], [3, 6]], [1, 2], ["A", "B"], weights={"A": 1, "B": 2})
    assert walks(targeted(qo.SchedulingProblem.from_keys(alone))) is None


@pytest.mark.parametrize("seed", range(3))
def test_the_first_walk_finds_an_allowed_schedule_and_multipliers_that_bound_it(seed):
    objective = targeted(constellation(seed=seed))
    problem = objective.problem
    idle = np.full(problem.interval.size, -1, np.int64)
    found, suited = walks(objective).begin(idle)
    schedule = Schedule(found)
    assert schedule.is_legal(problem)
    value = objective.value(objective.delivered(schedule).tolist())
    assert value > 0
    for multipliers in suited:  # no smaller than what there is, whatever mu is
        at = lagrangian_bound(objective).pricing(multipliers.per_bit)
        assert multipliers.bound(at.value) >= value


@pytest.mark.parametrize("strategy", [qo.TargetedDelivery("0.01"), qo.BalancedDelivery()])
def test_a_bound_with_walks_is_no_worse_and_has_schedules_near_it(strategy):
    objective = objective_of(laid_out(constellation(passes=20)).problem, strategy)
    values, bounds = [0], []

    def take(service):
        value = objective.value(objective.delivered(Schedule(service)).tolist())
        values.append(value or 0)

    for own in (walks(objective), None):
        bounds.append(lagrangian_bound(objective, on_schedule=take, walks=own).value)
        assert 0.98 * float(bounds[-1]) <= max(values) <= bounds[-1]
    assert bounds[0] <= bounds[1] * (1 + 1e-4)


@pytest.mark.parametrize("seed", range(2))
def test_short_walks_cool_near_the_gap_and_stay_legal_and_below_the_bound(monkeypatch, seed):
    monkeypatch.setattr(reward_lns, "_MOST_STEPS", 20_000)
    objective = objective_of(
        laid_out(constellation(passes=20, seed=seed)).problem, qo.BalancedDelivery()
    )
    root = lagrangian_bound(objective)
    prices, bound = root.multipliers.per_bit, float(root.value)
    walk = reward_lns.RewardLNS(objective, prices, bound, root.pricing.best_service(prices))
    random, heats = np.random.default_rng(0), []
    at = walk.walk
    monkeypatch.setattr(walk, "walk", lambda *given: heats.append(given[1]) or at(*given))
    for _ in range(4):
        before = walk.value
        walk.run(random)
        schedule = Schedule(walk.best)
        assert schedule.is_legal(objective.problem)
        value = objective.value(objective.delivered(schedule).tolist())
        assert before <= walk.value == pytest.approx(float(value))
        assert value <= root.value
    assert max(heats[1]) < 0.1 * max(heats[0])
