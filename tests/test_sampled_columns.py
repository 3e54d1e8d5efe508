"""Columns sampled about prices: schedules that are what they say, and a better search."""

from __future__ import annotations

import numpy as np
import pytest

import qkdopt as qo
from qkdopt.optimize.domain.blocks import Blocks
from qkdopt.optimize.domain.pricing import PricingProblem
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.schedule import Schedule
from qkdopt.optimize.solvers.decomposition.bound import best_bound
from qkdopt.optimize.solvers.decomposition.sampled_columns import sample_columns
from qkdopt.optimize.solvers.decomposition.shares import Shares
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
    shares = Shares.create(long_passes(9, 60), qo.TargetedDelivery("0.01"))
    blocks = Blocks.create(shares.delivery)
    pricing = PricingProblem(blocks)
    prices = best_bound(shares, pricing).prices
    most = pricing(prices.per_bit).value
    pool = sample_columns(blocks, pricing, prices, 200, np.random.default_rng(0))
    assert pool is not None
    assert np.diff(pool.first).min() >= 1
    assert np.diff(pool.first).max() > 1
    best = pool.delivered[pool.best()].sum(axis=0)
    assert best @ prices.per_bit == pytest.approx(most)
    random = np.random.default_rng(1)
    for _ in range(20):
        choice = random.integers(pool.first[:-1], pool.first[1:])
        schedule = Schedule(pool.service(choice))
        assert schedule.is_legal(shares.problem)
        assert shares.delivered(schedule).tolist() == pool.delivered[choice].sum(axis=0).tolist()
        worth = pool.delivered[choice].sum(axis=0) @ prices.per_bit
        assert worth + pool.loss[choice].sum() == pytest.approx(most)


def test_a_search_told_to_stop_samples_nothing() -> None:
    shares = Shares.create(long_passes(3, 20), qo.TargetedDelivery("0.01"))
    blocks = Blocks.create(shares.delivery)
    pricing = PricingProblem(blocks)
    prices = best_bound(shares, pricing).prices
    random = np.random.default_rng(0)
    assert sample_columns(blocks, pricing, prices, 5, random, stop=lambda: True) is None


def test_long_passes_come_within_a_thousandth() -> None:
    problem = long_passes(9, 230)
    outcome = qo.solve(problem, qo.TargetedDelivery("0.01"), time_limit=6.0)
    assert outcome.certificate is not None
    assert qo.verify(outcome.certificate, problem)
    assert outcome.certificate.value >= 0.999 * outcome.certificate.bound
