"""20,000 drawn problems on which enumeration, dynamic programme, HiGHS and the verifier agree.

    pytest -m slow tests/test_stress.py -n 2 -rP      # -rP prints the counts

Problems have up to 6 links and 12 intervals and any mixture of operations; some have no legal
schedule. The enumeration walks every legal prefix and reads dwell and caps off each whole
schedule; it is compiled, and shares nothing with the other methods.
"""

from collections import Counter

import numpy as np
import pytest

import qkdopt as qo
from drawing import problem_of
from enumeration import delivered_by_link, most_schedules
from qkdopt import verifier
from qkdopt.optimize.formulations import FORMULATIONS, formulation_named
from qkdopt.optimize.operations import Operations
from qkdopt.optimize.regrets import regrets

PROBLEMS = 20_000
CHUNKS = 40
MOST_PRODUCT = 200_000


def drawn_problem(rng):
    """Return a problem small enough to enumerate, about half of them with operations."""
    links, intervals = int(rng.integers(1, 7)), int(rng.integers(1, 13))
    interval = np.cumsum(rng.choice([1, 1, 1, 1, 2, 4], intervals))
    bits = rng.choice([0, 1, 2, 2, 3, 5, 7], (links, intervals))
    while most_schedules(bits) > MOST_PRODUCT:
        bits[rng.integers(links), rng.integers(intervals)] = 0
    weights = rng.integers(0, 5, links)
    weights[rng.integers(links)] = 1
    problem = problem_of(
        bits.tolist(), interval.tolist(), int(rng.choice([0, 1, 1, 2, 3])), weights.tolist()
    )
    if rng.random() < 0.85:
        problem = problem.with_satellite(operations=drawn_operations(rng, links, int(interval[-1])))
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


def by_enumeration(problem):
    """Return the best weighted bits over every legal schedule, or -1; and how many there are."""
    delivered = delivered_by_link(problem)
    values = delivered @ np.array(problem.weights)
    return int(values.max(initial=-1)), len(values)


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
        assert verifier.verify(outcome.certificate.document, problem.document()).optimal, (
            seed,
            way,
        )
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
