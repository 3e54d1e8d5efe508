"""Window search: legal schedules of the right shares, kept bits, long passes."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

import qkdopt as qo
from qkdopt.library import problem_folder
from qkdopt.optimize.decomposition.share_lns import ShareLNS
from qkdopt.optimize.decomposition.window_path import (
    Cells,
    WindowPaths,
    cells_of,
    room_for,
    window_path,
)
from qkdopt.optimize.domain.delivery import Delivery
from qkdopt.optimize.layout.laid_out import laid_out
from qkdopt.optimize.objectives.shares import TargetShares
from qkdopt.optimize.problem import Network, Station
from qkdopt.optimize.schedule import Schedule

NOBODY = np.empty(1, np.int64)


def long_pass(seed: int, length: int = 600, switch_s: int = 20) -> qo.SchedulingProblem:
    """Return one pass of hours over four cities whose keys rise and fall."""
    rng = np.random.default_rng(seed)
    time = np.arange(length)
    centre = rng.uniform(0, length, (4, 1))
    bits = np.maximum(1e5 * np.cos((time - centre) / 150), 0) * rng.uniform(0.5, 1, (4, 1))
    keys = qo.KeyTensor.create(
        bits.astype(np.int64),
        time,
        ["A", "B", "C", "D"],
        switch_s=switch_s,
        weights={"A": 4, "B": 3, "C": 2, "D": 1},
    )
    return qo.SchedulingProblem.from_keys(keys)


def windows_of(problem: qo.SchedulingProblem) -> tuple[Cells, WindowPaths]:
    """Return a problem's cells, every link with a target of its own, and room for any window."""
    cells = cells_of(Delivery.to_all(problem))
    return cells, room_for(cells)


@pytest.mark.parametrize("seed", range(3))
def test_long_passes_end_near_the_bound(seed: int) -> None:
    problem = long_pass(seed)
    strategy = qo.TargetedDelivery(kl_max="0.01")
    outcome = qo.solve(problem, strategy, solver="decomposition", time_limit=3)
    assert qo.verify(outcome.certificate, problem)
    assert outcome.value is not None
    assert outcome.bound is not None
    assert outcome.value >= 0.98 * outcome.bound


def test_every_window_leaves_a_legal_schedule() -> None:
    problem = long_pass(5, length=120, switch_s=30)
    cells, paths = windows_of(problem)
    bits = cells.bits
    active, links = bits.shape
    rng = np.random.default_rng(1)
    service = np.full(active, -1, np.int64)
    for _ in range(300):
        low = int(rng.integers(active))
        high = int(rng.integers(low, active)) + 1
        price = rng.uniform(-0.3, 2, links)
        inside = slice(low, high)
        before = sum(
            price[n] * bits[a, n] for a, n in enumerate(service) if n >= 0 and low <= a < high
        )
        window_path(cells, price, low, high, service, paths, NOBODY)
        service[inside] = paths.found[: high - low]
        assert Schedule(service).is_legal(problem)
        after = sum(
            price[n] * bits[a, n] for a, n in enumerate(service) if n >= 0 and low <= a < high
        )
        assert after >= before * (1 - 1e-12) - 1e-6


def test_a_whole_window_is_the_longest_path() -> None:
    problem = long_pass(7, length=80)
    cells, paths = windows_of(problem)
    active, links = cells.bits.shape
    window_path(cells, np.ones(links), 0, active, np.full(active, -1, np.int64), paths, NOBODY)
    value = sum(int(cells.bits[a, n]) for a, n in enumerate(paths.found.tolist()) if n >= 0)
    assert value == qo.solve(problem, qo.GeneralDelivery()).value


def test_the_incumbent_is_what_it_says() -> None:
    problem = long_pass(2)
    shares = TargetShares.of(problem, "td")
    walk = ShareLNS(
        shares,
        kl_max=0.05,
        mu=2.0,
        scale=float(problem.bits.max(axis=0).sum()),
        start=np.full(problem.interval.size, -1, np.int64),
    )
    rng = np.random.default_rng(3)
    totals = []
    for _ in range(4):
        walk.run(rng)
        totals.append(walk.value)
    assert totals == sorted(totals)
    delivered = np.zeros(4)
    for a, n in enumerate(walk.best.tolist()):
        if n >= 0:
            delivered[n] += problem.bits[n, a]
    assert delivered.sum() == walk.value > 0
    assert shares.divergence(delivered) <= 0.05
    assert Schedule(walk.best).is_legal(problem)


@pytest.mark.parametrize("receivers", [1, 2])
@pytest.mark.parametrize("turning_s", [0, 20])
def test_walks_obey_receivers_that_satellites_share(receivers: int, turning_s: int) -> None:
    rng, names = np.random.default_rng(receivers + turning_s), ["Graz", "Wien"]
    weights = {"Graz": 1, "Wien": 2}
    tensors = {
        name: qo.KeyTensor.create(
            rng.integers(0, 9, (2, 60)), np.arange(60), names, weights=weights
        )
        for name in "ABCD"
    }
    stations = tuple(
        Station(name, receivers=receivers, switch_s=Decimal(turning_s)) for name in names
    )
    stated = qo.SchedulingProblem.from_satellites(tensors, network=Network(stations=stations))
    problem = laid_out(stated).problem
    assert problem.receivers is not None
    nothing = np.full(problem.interval.size, -1, np.int64)
    walk = ShareLNS(TargetShares.of(problem, "td"), kl_max=0.05, mu=2.0, scale=500.0, start=nothing)
    for _ in range(3):
        walk.run(rng)
        assert walk.value > 0
        assert Schedule(walk.best).is_legal(problem)
        assert problem.receivers.obeyed(walk.best)
    outcome = qo.solve(stated, qo.GeneralDelivery(), time_limit=3)
    assert outcome.bound is not None
    assert walk.value <= outcome.bound


def test_walks_over_few_intervals_come_near_the_best_known_total() -> None:
    problem = qo.load_problem(problem_folder("drawn-few-passes") / "problem.json.gz")
    shares, found = TargetShares.of(problem, "td"), []
    for seed in range(3):
        nothing, rng = np.full(problem.interval.size, -1, np.int64), np.random.default_rng(seed)
        walk = ShareLNS(shares, kl_max=0.01, mu=6.0, scale=2.2e6, start=nothing)
        for _ in range(5):
            walk.run(rng)
        found.append(walk.value)
    assert 1_800_000 < np.median(found) <= 2_003_766  # the latter is a proved bound
