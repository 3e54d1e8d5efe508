"""Small problems that once stayed open are proved optimal, or infeasible."""

import json

import numpy as np
import pytest
from hypothesis import assume, given, settings

import qkdopt as qo
from drawing import every_schedule, examples, problem_of
from enumeration import Enumerated
from qkdopt import verifier
from qkdopt.optimize.domain.delivery import Delivery
from qkdopt.optimize.domain.state_space import StateSpace
from qkdopt.optimize.layout import laid_out
from qkdopt.optimize.pairing import largest_pairing
from qkdopt.optimize.strategy_names import strategy_named
from qkdopt.verifier.budget import Budget
from qkdopt.verifier.moves import every_move
from qkdopt.verifier.problem import read_problem
from test_deliveries import agrees, deliveries_by_moves
from test_satellites_by_programmes import constellations, legal_totals

CLOSED = (
    ("td", {"kl_max": "0.02"}),
    ("td", {"kl_max": "0"}),
    ("least", {"fraction": "0.5"}),
    ("balanced", {}),
)


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


def totals_by_moves(problem):
    """Return what all walks through the state space deliver."""
    one = laid_out(problem).problem
    space = StateSpace.of(Delivery.to_all(one), 200_000)
    reached = {0: {(0,) * len(one.targets)}}
    for row, moves in zip(space.row.tolist(), space.moves, strict=True):
        after = {}
        for i, j, n in zip(
            *(x.tolist() for x in (moves.before, moves.after, moves.link)), strict=True
        ):
            for totals in reached.get(i, ()):
                added = list(totals)
                if n >= 0:
                    added[one.links[n].target] += int(one.bits[n, row])
                after.setdefault(j, set()).add(tuple(added))
        reached = after
    return set().union(*reached.values())


@given(constellations(slews=True))
@settings(max_examples=examples(60), deadline=None)
def test_moves_of_several_satellites_are_their_schedules(problem):
    every = set(legal_totals(problem))
    assert totals_by_moves(problem) == every
    read = read_problem(problem.document(), "problem", Budget())
    listed = deliveries_by_moves(every_move(read, range(len(problem.targets))))
    expected = {tuple((n, bits) for n, bits in enumerate(row) if bits) for row in every}
    assert listed == expected


@given(constellations(most_cells=10))
@settings(max_examples=examples(12), deadline=None)
def test_small_problems_of_several_satellites_are_proved(problem):
    shared = laid_out(problem).problem.receivers
    assume(shared is None or shared.begin.size == 2)
    every = Enumerated.__new__(Enumerated)
    every.problem, every.delivered = problem, sorted(set(legal_totals(problem)))
    for name, setting in CLOSED:
        outcome = qo.solve(problem, strategy_named(name, **setting), time_limit=20)
        optimum = every.best(name, **setting)
        if optimum is None:
            assert outcome.certificate is None
            continue
        assert agrees(outcome.value, name, optimum), (name, outcome.value, optimum)
        assert judged(outcome).optimal
        document = json.loads(outcome.certificate.to_json())
        if name == "td" and outcome.value and document["proof"].get("deliveries"):
            idle = [[] for _ in problem.satellites]
            forged = document | {"paths": idle, "value": 0, "bound": outcome.value - 1}
            assert not verifier.verify(forged).holds
