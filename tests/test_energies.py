"""Energies by hand, and one annealing for all of them, compiled and not."""

from __future__ import annotations

import math

import numpy as np
import pytest

from qkdopt.optimize.decomposition._annealing_kernels import Columns, Cooling, anneal
from qkdopt.optimize.objectives._energy_kernels import (
    Cuts,
    DistantGoals,
    Rewards,
    Shares,
    energy,
    value,
)

TWO, NONE = np.ones(2), np.zeros(2)


def energy_of(data, *bits):
    """Return energy and value of bits, with nothing kept from before."""
    there = np.array(bits, float)
    at = energy(data, there, np.zeros(there.size), np.zeros(there.size), np.zeros(there.size))
    return at, value(data, there, at)


def rewards(**fields):
    return Rewards(NONE, NONE, NONE, NONE, np.full(2, np.inf), NONE, NONE)._replace(**fields)


def test_rewards() -> None:
    # 6 earns 1 each, 10 is capped at 8 and earns 2 each: 22. 3 and 4 are missing.
    data = rewards(
        goal=np.array([9.0, 14.0]), rate=TWO, earn=np.array([1.0, 2.0]), cap=np.array([np.inf, 8.0])
    )
    assert energy_of(data, 6, 10) == (22 - 7, 22)
    assert energy_of(DistantGoals(data), 6, 10) == (22 - 5, 22)
    assert energy_of(data._replace(lower=np.array([7.0, 0.0])), 6, 10) == (15, -np.inf)


def test_a_common_level() -> None:
    # t = min((6 + 2) / 0.4, 10 / 0.6) = 16.67; the least of 7 is missed in the second case.
    data = rewards(share=np.array([0.4, 0.6]), stock=np.array([2.0, 0.0]))
    assert energy_of(data, 6, 10) == (0, pytest.approx(10 / 0.6))
    assert energy_of(data._replace(lower=np.array([7.0, 0.0])), 6, 10)[1] == -np.inf


def test_cuts() -> None:
    # The cuts are 6 + 10 and 3 * 6 - 1 = 17; 2 of the 8 bits are missing at 5 each.
    data = Cuts(np.array([[1.0, 1.0], [3.0, 0.0]]), np.array([0.0, -1.0]), NONE, 5 * TWO)
    assert energy_of(data, 6, 10) == (16, 16)
    assert energy_of(data._replace(lower=np.array([8.0, 0.0])), 6, 10) == (16 - 10, -np.inf)


def test_shares() -> None:
    # q = (1/4, 3/4). Shares of a half each: KL = (ln 2 + ln (2/3)) / 2 = ln (4/3) / 2 nats.
    mismatch = math.log(4 / 3) / 2
    data = Shares(np.array([0.25, 0.75]), mismatch / 2, 3.0, NONE, NONE)
    excess = 20 * mismatch / 2
    assert energy_of(data, 10, 10) == (pytest.approx(20 - 3 * excess), -np.inf)
    assert energy_of(data, 5, 15) == (20, 20)
    assert energy_of(data, 0, 0) == (-np.inf, -np.inf)
    lacking = data._replace(lower=np.array([7.0, 0.0]), rate=TWO)
    assert energy_of(lacking, 5, 15) == (20 - 2, -np.inf)


def test_terms_are_kept_where_bits_are() -> None:
    data = Shares(np.array([0.25, 0.75]), 0.1, 3.0, NONE, NONE)
    bits, terms = np.array([5.0, 15.0]), np.zeros(2)
    fresh = energy(data, bits, terms, NONE, NONE)
    again, known = np.zeros(2), terms.copy()
    assert energy(data, bits, again, bits, known) == fresh
    assert again.tolist() == terms.tolist()
    assert energy(data, np.array([5.0, 16.0]), again, bits, known) == energy_of(data, 5, 16)[0]


@pytest.mark.parametrize(
    "data",
    [
        Cuts(np.array([[1.0, 1.0], [3.0, 0.5]]), np.array([0.0, -1.0]), 9 * TWO, 5 * TWO),
        rewards(goal=40 * TWO, rate=TWO, earn=np.array([1.0, 2.0]), cap=np.array([90.0, 70.0])),
        DistantGoals(rewards(goal=60 * TWO, rate=TWO, share=0.5 * TWO)),
        Shares(np.array([0.4, 0.6]), 0.001, 3.0, 2 * TWO, TWO),
    ],
    ids=lambda data: type(data).__name__,
)
def test_annealing_finds_what_trying_everything_finds(data) -> None:
    rng = np.random.default_rng(4)
    columns = Columns(np.array([0, 4, 8, 12]), rng.integers(0, 40, (12, 2)).astype(float))
    every = [
        columns.delivered[[a, 4 + b, 8 + c]].sum(axis=0)
        for a in range(4)
        for b in range(4)
        for c in range(4)
    ]
    wanted = max(energy_of(data, *bits)[1] for bits in every)
    results = []
    for run in (anneal, getattr(anneal, "py_func", anneal)):
        choice, best = np.array([0, 4, 8]), np.array([0, 4, 8])
        random = np.random.default_rng(1)
        found = run(columns, data, Cooling(50.0, 0.5, 2000), random, choice, best, -1e300)
        assert found > 0
        assert found == pytest.approx(wanted, rel=1e-12)
        assert energy_of(data, *columns.delivered[best].sum(axis=0))[1] == found
        results.append((choice.tolist(), best.tolist(), found))
    assert results[0] == results[1]
