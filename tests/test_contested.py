"""Contested receivers against their definition, on drawn slots."""

from itertools import product

import numpy as np
import pytest

import qkdopt as qo
from qkdopt.optimize.layout import laid_out
from qkdopt.optimize.layout.contested import _Slots


def contested_one_by_one(slots, tau, most):
    """Say of each slot whether some ``tau + 1`` intervals with it have too many satellites."""
    found = []
    for station, interval, _ in slots:
        reach = tau[station]
        windows = range(interval - reach, interval + 1)
        found.append(
            any(
                len({s for n, t, s in slots if n == station and w <= t <= w + reach})
                > most[station]
                for w in windows
            )
        )
    return found


@pytest.mark.parametrize("seed", range(60))
def test_contested_slots_are_those_of_the_definition(seed):
    random = np.random.default_rng(seed)
    uses = np.stack([random.integers(0, n, 30) for n in (3, 12, 4)])
    uses[1] *= random.integers(1, 4)
    uses[1] += (2**60 if seed % 2 else 0) * (uses[1] > 15)  # long gaps
    tau, most = random.integers(0, 5, 3), random.integers(1, 4, 3)
    slots, slot = _Slots.of(*uses, tau)
    distinct = sorted({*zip(*uses.tolist(), strict=True)})
    stated = [*zip(*(x.tolist() for x in (slots.station, slots.interval, slots.satellite)),
                   strict=True)]  # fmt: skip
    assert stated == distinct
    assert [distinct[k] for k in slot] == [*zip(*uses.tolist(), strict=True)]
    assert slots.contested(most).tolist() == contested_one_by_one(distinct, tau, most)


@pytest.mark.parametrize("seed", range(20))
def test_slots_of_one_price_and_neighbours(seed):
    random = np.random.default_rng(seed)
    uses = np.stack([random.integers(0, n, 40) for n in (3, 15, 4)])
    tau = random.integers(0, 3, 3)
    slots, _ = _Slots.of(*uses, tau)
    contested = slots.contested(np.ones(3, np.int64))
    (station, interval, satellite), which = slots.merged(contested)
    for k, (n, t, s) in enumerate(zip(slots.station, slots.interval, slots.satellite, strict=True)):
        if not contested[k]:
            assert which[k] == -1
            continue
        i = which[k]
        assert (station[i], interval[i], satellite[i]) == (n, t, s if tau[n] else -1)
    block = np.arange(contested.size)
    joined = {*slots.neighbours(contested, block)}
    for a, b in product(np.flatnonzero(contested).tolist(), repeat=2):
        near = slots.station[a] == slots.station[b]
        near &= slots.interval[b] - slots.interval[a] <= tau[slots.station[a]]
        if b == a + 1:
            assert near == ((a, b) in joined)


def test_a_satellite_without_any_cell_shares_nothing():
    keys = qo.KeyTensor.create([[0, 0]], [3, 4], ["A"])
    problem = qo.SchedulingProblem.from_satellites({"one": keys, "two": keys})
    assert laid_out(problem).problem.receivers is None
