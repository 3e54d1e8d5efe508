"""Columns sampled about prices: schedules that are what they say, and a better search."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import qkdopt as qo
from qkdopt.optimize.decomposition._listing_kernels import of_rank
from qkdopt.optimize.decomposition.column_generation import lagrangian_bound
from qkdopt.optimize.decomposition.completion import complete_schedule
from qkdopt.optimize.decomposition.sampled_columns import nearby_prices, sample_columns
from qkdopt.optimize.objectives.targeted import TargetedObjective
from qkdopt.optimize.operations import Operations
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.schedule import Schedule
from qkdopt.tensor import KeyTensor


def long_passes(passes: int, length: int) -> SchedulingProblem:
    """Four links; each pass has its own bells of bits."""
    random = np.random.default_rng(7)
    time = np.linspace(-1.0, 1.0, length)
    bits = np.concatenate(
        [
            (1e5 * np.exp(-8.0 * (time - random.uniform(-1, 1, (4, 1))) ** 2)).astype(int)
            for _ in range(passes)
        ],
        axis=1,
    )
    interval = np.add.outer(1000 * np.arange(passes), np.arange(length)).ravel()
    names = ["north", "east", "south", "west"]
    weights = dict(zip(names, (1, 2, 3, 4), strict=True))
    return SchedulingProblem.from_keys(KeyTensor.create(bits, interval, names, weights=weights))


def test_columns_are_legal_and_count_their_bits_and_losses() -> None:
    objective = TargetedObjective.create(long_passes(9, 60), qo.TargetedDelivery("0.01"))
    root = lagrangian_bound(objective)
    prices = root.multipliers.per_bit
    most = root.pricing(prices).value
    drawn = nearby_prices(prices, 200, np.random.default_rng(0))
    pool = sample_columns(root.pricing, prices, drawn)
    assert pool is not None
    assert np.diff(pool.first).min() >= 1
    assert np.diff(pool.first).max() > 1
    best = pool.delivered[pool.best()].sum(axis=0)
    assert best @ prices == pytest.approx(most)
    random = np.random.default_rng(1)
    for _ in range(20):
        choice = random.integers(pool.first[:-1], pool.first[1:])
        schedule = Schedule(pool.service(choice))
        assert schedule.is_legal(objective.problem)
        assert objective.delivered(schedule).tolist() == pool.delivered[choice].sum(axis=0).tolist()
        worth = pool.delivered[choice].sum(axis=0) @ prices
        assert worth + pool.loss[choice].sum() == pytest.approx(most)


def test_the_masters_columns_are_a_pool_that_counts_each_delivery_once() -> None:
    objective = TargetedObjective.create(long_passes(9, 60), qo.TargetedDelivery("0.01"))
    root = lagrangian_bound(objective)
    prices = root.multipliers.per_bit
    pool = root.master.pool(prices)
    parts = np.split(pool.delivered, pool.first[1:-1])
    for b, (bits, service) in enumerate(zip(parts, pool.services, strict=True)):
        loss = pool.loss[pool.first[b] : pool.first[b + 1]]
        assert len(np.unique(bits, axis=0)) == len(bits) == len(service)
        assert loss[0] == 0.0
        assert (np.diff(loss) >= 0.0).all()
        known = {root.master.delivered[j].tobytes() for j in root.master.columns[b]}
        assert {row.tobytes() for row in bits} == known
    best = Schedule(pool.service(pool.best()))
    assert best.is_legal(objective.problem)
    reached = float(objective.delivered(best) @ prices)
    assert reached == pytest.approx(root.pricing(prices).value, rel=1e-6)


def test_under_operations_services_are_left_out_until_shares_match() -> None:
    problem = long_passes(9, 60).with_satellite(operations=Operations(max_handovers=12))
    objective = TargetedObjective.create(problem, qo.TargetedDelivery("0.01"))
    root = lagrangian_bound(objective)
    values = []
    for service in root.master.schedules():
        completed = complete_schedule(objective, service, np.random.default_rng(0))
        assert ((completed == service) | (completed == -1)).all()
        schedule = Schedule(completed)
        assert schedule.is_legal(problem)
        values.append(objective.value(objective.delivered(schedule).tolist()) or 0)
    assert 0.9 * float(root.value) < max(values) <= root.value


def test_a_search_told_to_stop_samples_nothing() -> None:
    root = lagrangian_bound(
        TargetedObjective.create(long_passes(3, 20), qo.TargetedDelivery("0.01"))
    )
    prices = root.multipliers.per_bit
    drawn = nearby_prices(prices, 5, np.random.default_rng(0))
    assert sample_columns(root.pricing, prices, drawn, stop=lambda: True) is None


def test_long_passes_come_within_a_thousandth() -> None:
    problem = long_passes(9, 230)
    outcome = qo.solve(problem, qo.TargetedDelivery("0.01"), time_limit=6.0)
    assert outcome.certificate is not None
    assert qo.verify(outcome.certificate, problem)
    assert outcome.certificate.value >= 0.999 * outcome.certificate.bound


@given(st.lists(st.sampled_from([0.0, 1.0, 1.5, 2.0, 7.0, np.inf]), min_size=1), st.data())
def test_the_value_of_a_rank_is_that_of_sorting(values, data):
    rank = data.draw(st.integers(0, len(values) - 1))
    assert of_rank(np.array(values), rank) == sorted(values)[rank]
