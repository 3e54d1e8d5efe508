"""Small problems that once stayed open are proved optimal, or infeasible."""

import json

import numpy as np
import pytest

import qkdopt as qo
from drawing import every_schedule, problem_of
from qkdopt import verifier
from qkdopt.optimize.pairing import largest_pairing


def judged(outcome):
    verdict = verifier.verify(json.loads(outcome.certificate.to_json()))
    assert verdict.holds, verdict.findings
    return verdict


@pytest.mark.parametrize("seed", range(3))
def test_lower_bounds_of_one_bit_beside_a_million_are_proved(seed):
    # In leaves where A cannot be served, one missing bit has to cost more than all the others earn.
    rng = np.random.default_rng(seed)
    bits = rng.integers(2**17, 2**20, (5, 4))
    bits[0] = [24_487, 0, 0, 59_082]
    problem = problem_of(bits.tolist(), [5, 6, 7, 8], 0)
    upper = np.triu(rng.integers(2**17, 2**20, (5, 5)), 1)
    traffic = (upper + upper.T).tolist()
    names = problem.targets
    stated = {a: dict(zip(names, row, strict=True)) for a, row in zip(names, traffic, strict=True)}
    delivered = {qo.Schedule.create(s).delivered(problem) for s in every_schedule(problem)}
    optimum = max(largest_pairing(bits, traffic).total for bits in delivered if bits[0])
    outcome = qo.solve(problem, qo.PairedDelivery(traffic=stated, lower_bounds={"A": 1}))
    assert outcome.value == optimum
    assert judged(outcome).optimal


def test_a_search_for_exact_matches_leaves_time_to_list_all_deliveries():
    bits = np.random.default_rng(0).integers(1, 2**20, (6, 12)).tolist()
    problem = problem_of(bits, list(range(12)), 0, [3, 5, 7, 11, 13, 17])
    strategy = qo.TargetedDelivery("0", lower_bounds={"A": 1})
    outcome = qo.solve(problem, strategy, time_limit=60)
    assert outcome.reason.startswith("infeasible")
