"""Blocks do not see each other: parts of legal schedules combine freely, and no cut is missed."""

from itertools import pairwise, product

from hypothesis import given, settings

from drawing import (
    every_schedule,
    examples,
    obeys_operations,
    obeys_switching,
    operated_problems,
    problem_of,
)
from qkdopt.optimize.domain.blocks import Blocks
from qkdopt.optimize.domain.delivery import Delivery

MOST_COMBINED = 3_000


def begin_of(problem):
    return Blocks.create(Delivery.to_all(problem)).begin.tolist()


@given(operated_problems())
@settings(max_examples=examples(60))
def test_parts_of_legal_schedules_combine(problem):
    begin = begin_of(problem)
    assert begin[-1] == problem.interval.size
    legal = list(every_schedule(problem))
    if not legal:
        return  # operations that contradict each other
    parts = [{s[a:b] for s in legal} for a, b in pairwise(begin)]
    for count, combined in enumerate(product(*parts)):
        schedule = sum(combined, ())
        assert obeys_switching(problem, schedule), (begin, schedule)
        assert obeys_operations(problem, schedule), (begin, schedule)
        if count == MOST_COMBINED:
            break


def test_where_blocks_begin():
    # Intervals 0, 1, then 4, then 6: gaps of 3 and 2.
    bits, interval = [[5, 4, 3, 2], [1, 2, 3, 4]], [0, 1, 4, 6]
    assert begin_of(problem_of(bits, interval, 0)) == [0, 1, 2, 3, 4]  # a pass may be cut
    assert begin_of(problem_of(bits, interval, 1)) == [0, 2, 3, 4]
    assert begin_of(problem_of(bits, interval, 2)) == [0, 2, 4]
    inside_passes = problem_of(bits, interval, 0, max_handovers_per_pass=1)
    assert begin_of(inside_passes) == [0, 2, 3, 4]
    assert begin_of(problem_of(bits, interval, 0, minimum_dwell_s=20)) == [0, 4]
    assert begin_of(problem_of(bits, interval, 0, max_handovers=1)) == [0, 4]
    matrix = problem_of(bits, interval, 0, switch_matrix_s=[[0, 20], [0, 0]])
    assert begin_of(matrix) == [0, 2, 4]
