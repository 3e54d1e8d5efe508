"""A process that has solved with HiGHS may be forked, as multiprocessing does, and solve again."""

import multiprocessing
import sys

import pytest

import qkdopt as qo
from drawing import problem_of

PROBLEM = problem_of([[5, 4, 0, 0], [0, 6, 7, 9]], [51, 52, 53, 54], 1, [3, 1])


def solved(threads):
    outcome = qo.solve(PROBLEM, qo.GeneralDelivery(), solver="milp", threads=threads)
    return outcome.value, outcome.bound


@pytest.mark.skipif(sys.platform != "linux", reason="processes are forked")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_forks_solve_with_any_number_of_threads():
    assert solved(2) == (22, 22)
    with multiprocessing.get_context("fork").Pool(1) as pool:
        for threads in (1, 2):
            assert pool.apply_async(solved, [threads]).get(timeout=60) == (22, 22)
