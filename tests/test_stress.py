"""20,000 drawn problems on which enumeration, dynamic programme, HiGHS and the judge agree.

    pytest -m slow tests/test_stress.py -n 2 -rP      # -rP prints the counts

Problems have up to 6 links and 12 intervals and any mixture of operations; some have no legal
schedule. The enumeration walks every legal prefix and reads dwell and caps off each whole
schedule; it is compiled, and shares nothing with the other methods.
"""

from collections import Counter
from dataclasses import replace
from fractions import Fraction
from math import ceil, floor

import numpy as np
import pytest
from numba import njit

import qkdopt as qo
from drawing import problem_of
from qkdopt import judge
from qkdopt.optimize.formulations import FORMULATIONS, formulation_named
from qkdopt.optimize.operations import Operations
from qkdopt.optimize.regrets import regrets

PROBLEMS = 20_000
CHUNKS = 40
MOST_PRODUCT = 200_000
NONE = 2**31


def drawn_problem(rng):
    """Return a problem small enough to enumerate, about half of them with operations."""
    links, intervals = int(rng.integers(1, 7)), int(rng.integers(1, 13))
    interval = np.cumsum(rng.choice([1, 1, 1, 1, 2, 4], intervals))
    bits = rng.choice([0, 1, 2, 2, 3, 5, 7], (links, intervals))
    while ((bits > 0).sum(axis=0) + 1.0).prod() > MOST_PRODUCT:
        bits[rng.integers(links), rng.integers(intervals)] = 0
    weights = rng.integers(0, 5, links)
    weights[rng.integers(links)] = 1
    problem = problem_of(
        bits.tolist(), interval.tolist(), int(rng.choice([0, 1, 1, 2, 3])), weights.tolist()
    )
    if rng.random() < 0.85:
        problem = replace(problem, operations=drawn_operations(rng, links, int(interval[-1])))
    return problem


def drawn_operations(rng, links, last):
    def maybe(share, value):
        return value if rng.random() < share else None

    def pairs(most):
        return [
            (int(rng.integers(-1, links)), int(rng.integers(last + 1)))
            for _ in range(rng.integers(1, most + 1))
        ]

    rows = rng.integers(0, 40, (links, links))
    np.fill_diagonal(rows, 0)
    return Operations.create(
        forbidden=maybe(0.3, pairs(4)) or (),
        locked=maybe(0.3, pairs(2)) or (),
        minimum_dwell_s=maybe(0.3, int(rng.integers(0, 40))),
        max_handovers_per_pass=maybe(0.3, int(rng.integers(0, 3))),
        max_handovers=maybe(0.3, int(rng.integers(0, 5))),
        max_service_s_per_pass=maybe(0.3, int(rng.integers(0, 70))),
        switch_matrix_s=maybe(0.3, rows.tolist()),
    )


@njit
def enumerated(bits, worth, interval, tau, allowed, lock, dwell, total, inside, duty):
    """Return the best value over every legal schedule, or -1; and how many there are."""
    links, active = bits.shape
    choice = np.full(active, -2)
    last = np.full(active + 1, -1)  # interval of the last service before each interval
    best, legal, a = -1, 0, 0
    while a >= 0:
        if a == active:
            value = judged_whole(bits, worth, interval, choice, dwell, total, inside, duty)
            if value >= 0:
                legal += 1
                best = max(best, value)
            a -= 1
            continue
        choice[a] += 1
        n = choice[a]
        if n == links:
            choice[a] = -2
            a -= 1
            continue
        if lock[a] >= -1 and n != lock[a]:
            continue
        last[a + 1] = last[a]
        if n >= 0:
            if bits[n, a] == 0 or not allowed[n, a]:
                continue
            before = last[a]
            turns = before >= 0 and choice[before] != n
            if turns and interval[a] - interval[before] <= tau[choice[before], n]:
                continue
            last[a + 1] = a
        a += 1
    return best, legal


@njit
def judged_whole(bits, worth, interval, choice, dwell, total, inside, duty):
    """Return the value of a schedule, or -1 where dwell or a cap is broken."""
    value, handovers, length, before, in_pass, served = 0, 0, 0, -1, 0, 0
    for a in range(choice.size):
        if a > 0 and interval[a] > interval[a - 1] + 1:
            in_pass = served = 0
        n = choice[a]
        if n < 0:
            continue
        value += worth[n] * bits[n, a]
        if before >= 0 and choice[before] != n:
            if length < dwell:
                return -1
            handovers += 1
            length = 0
            if interval[a] - interval[before] == a - before:  # no gap: the same pass
                in_pass += 1
        length += 1
        served += 1
        before = a
        if in_pass > inside or served > duty or handovers > total:
            return -1
    return -1 if 0 < length < dwell else value


def by_enumeration(problem):
    rules, length = problem.operations, Fraction(problem.interval_s)
    links, interval = len(problem.links), problem.interval
    allowed = np.ones((links, interval.size), bool)
    lock = np.full(interval.size, -2)
    for link, t in rules.forbidden:
        allowed[slice(None) if link < 0 else link, interval == t] = False
    for link, t in rules.locked:
        clash = (lock[interval == t] != -2) & (lock[interval == t] != link)
        if clash.any() or (link >= 0 and t not in interval):
            return -1, 0
        lock[interval == t] = link
    tau = [
        [
            ceil(Fraction((rules.switch_matrix_s or {n: {m: problem.switch_s}})[n][m]) / length)
            for m in range(links)
        ]
        for n in range(links)
    ]

    def most(cap):
        return NONE if cap is None else cap

    duty = rules.max_service_s_per_pass
    return enumerated(
        np.ascontiguousarray(problem.bits),
        np.array(problem.weights),
        np.array(interval),
        np.array(tau),
        allowed,
        lock,
        ceil(Fraction(rules.minimum_dwell_s or 0) / length),
        most(rules.max_handovers),
        most(rules.max_handovers_per_pass),
        NONE if duty is None else floor(Fraction(duty) / length),
    )


def hear(seed):
    """Solve one problem in every way; return what was counted."""
    problem = drawn_problem(np.random.default_rng(seed))
    strategy = qo.PrioritisedDelivery()
    best, legal = by_enumeration(problem)
    counted = Counter({"problems": 1, "legal schedules": legal, "infeasible": best < 0})
    counted.update(f"with {rule}" for rule in problem.operations.document())
    ways = [{"solver": "dynamic"}]
    for name in FORMULATIONS:
        if formulation_named(name).refusal(problem) is None:
            ways.append({"solver": "milp", "formulation": name})
    for way in ways:
        outcome = qo.solve(problem, strategy, **way)
        counted[f"solved by {' '.join(way.values())}"] += 1
        if best < 0:
            assert outcome.reason.startswith("infeasible: "), (seed, way)
            continue
        assert (outcome.value, outcome.bound) == (best, best), (seed, way)
        assert judge.verify(outcome.certificate.document, problem.document()).optimal, (seed, way)
        counted["certificates proved optimal"] += 1
    found = regrets(problem, strategy)
    assert (-1 if found is None else found.optimum) == best, seed
    return counted


@pytest.mark.slow
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_every_method_agrees(chunk):
    size = PROBLEMS // CHUNKS
    counted = Counter()
    for seed in range(chunk * size, (chunk + 1) * size):
        counted.update(hear(seed))
    print(dict(sorted(counted.items())))


def test_every_method_agrees_on_the_first_fifty():
    counted = Counter()
    for seed in range(50):
        counted.update(hear(seed))
    assert counted["problems"] == 50
    assert counted["infeasible"] < 25
