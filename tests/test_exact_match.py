"""Exact matches: subset sums by enumeration, and matches that whole numbers confirm."""

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import qkdopt as qo
from drawing import problem_of
from qkdopt.library import problem_folder
from qkdopt.optimize.decomposition import subset_sum
from qkdopt.optimize.decomposition._exact_shares_kernels import rarity
from qkdopt.optimize.decomposition.column_generation import lagrangian_bound
from qkdopt.optimize.decomposition.exact_shares import ExactSharesSearch
from qkdopt.optimize.decomposition.subset_sum import largest_subset_sum
from qkdopt.optimize.objectives.targeted import TargetedObjective
from qkdopt.optimize.problem_file import read_problem

AMOUNTS = st.lists(st.integers(1, 200), max_size=8)


def sums_of(amounts):
    return {sum(part) for size in range(len(amounts) + 1) for part in combinations(amounts, size)}


@given(AMOUNTS, st.integers(-5, 900))
def test_the_largest_sum_is_that_of_enumeration(amounts, limit):
    # The second time every amount is too large for the long integer: sums of two halves.
    for unit in (1, 2**22 + 1):
        chosen = largest_subset_sum([unit * amount for amount in amounts], unit * limit)
        assert len(set(chosen)) == len(chosen)
        reachable = [total for total in sums_of(amounts) if total <= limit]
        assert sum(amounts[i] for i in chosen) == max(reachable, default=0)


@given(AMOUNTS, st.integers(1, 900))
def test_rarity_counts_the_sums(amounts, wanted):
    # One more than log2 of (numbers up to the wanted one) per (sum up to it); 0 for a sum.
    # The kernel looks at sums in words of 64 bits, so those just above may count, too.
    words = np.zeros(64, np.uint64)
    value = rarity(np.array([*amounts, 0], np.int64), len(amounts), wanted, words)
    sums = sums_of([amount for amount in amounts if amount <= wanted])
    if wanted in sums:
        assert value == 0.0
    else:
        reached = sum(s < 64 * (wanted // 64 + 1) for s in sums)
        assert value == pytest.approx(1.0 + max(0.0, math.log2((wanted + 1) / reached)))


def test_sums_beyond_the_room_are_used_up_in_order(monkeypatch):
    # Room for sums below 64: 100 goes first, 60 = 40 + 20 is then a sum of the others.
    monkeypatch.setattr(subset_sum, "_ROOM", 64)
    monkeypatch.setattr(subset_sum, "FEW", 3)
    assert sorted(largest_subset_sum([100, 40, 7, 20], 160)) == [0, 1, 3]
    value = rarity(np.array([100, 40, 7, 20]), 4, 160, np.zeros(1, np.uint64))
    assert value == 0.0


def test_a_match_is_found_within_a_seventh_of_the_bound():
    # Three links in view all the time; the bound knows nothing of whole numbers of bits.
    rng = np.random.default_rng(5)
    bits = rng.integers(20, 60, (3, 60))
    problem = problem_of(bits.tolist(), list(range(60)), 1, [5, 3, 2])
    outcome = qo.solve(problem, qo.TargetedDelivery("0"))
    delivered = qo.Schedule.create(list(outcome.certificate.schedule)).delivered(problem)
    assert [bit * 10 for bit in delivered] == [w * sum(delivered) for w in (5, 3, 2)]
    assert qo.verify(outcome.certificate, problem)
    assert outcome.relative_gap < 1 / 7


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_first_match_of_the_week_comes_soon_and_is_large(seed):
    # Jinan and Hefei have few good intervals, whose sums are too few: poor ones are needed, too.
    problem = read_problem(problem_folder("micius-china-2016") / "problem.json.gz")
    strategy = qo.TargetedDelivery("0")
    objective = TargetedObjective.create(problem, strategy)
    root = lagrangian_bound(objective)
    prices = root.multipliers.per_bit
    matching = ExactSharesSearch(objective, root.pricing, prices, np.random.default_rng(seed))
    found = []
    matching.run(int(root.value), lambda: matching.factor > 0, found.append, endless=False)
    delivered = qo.Schedule.create(found[0].tolist()).delivered(problem)
    assert sum(delivered) == matching.factor * objective.spacing > 0.7 * root.value
    total, weights = sum(delivered), problem.weights
    assert [bits * sum(weights) for bits in delivered] == [w * total for w in weights]


def test_a_larger_total_may_match_where_smaller_ones_do_not():
    # By hand: the gaps leave time to turn. A in 7 (7 bits), B in 4 (7), C in 1 and 10 (2 + 5);
    # totals below 21 have no match: the search has to go on after them.
    bits = [[0, 0, 7, 0, 2, 0], [1, 7, 1, 3, 5, 0], [2, 1, 7, 5, 0, 0]]
    problem = problem_of(bits, [1, 4, 7, 10, 13, 14], 1, [1, 1, 1])
    outcome = qo.solve(problem, qo.TargetedDelivery("0"), time_limit=10)
    assert (outcome.value, outcome.bound) == (21, 21)
