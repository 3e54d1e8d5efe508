"""The dynamic programme: laws, compiled = uncompiled, and sums of any size."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import qkdopt as qo
from drawing import problem_of, tiny_problems
from qkdopt.arrays import read_only
from qkdopt.optimize.domain import _path_kernels as kernels
from qkdopt.optimize.domain.longest_path import best_schedule, sum_of_best
from qkdopt.optimize.operations import Operations
from qkdopt.optimize.problem import Link


def optimum(problem):
    return best_schedule(problem, np.ones(len(problem.links), np.int64))[1]


def by_hand():
    # tau = 1: A, idle, B, B is worth 4 + 5 + 6; staying on A is worth 4 + 4 + 1.
    return problem_of([[4, 4, 1, 0], [0, 3, 5, 6]], [0, 1, 2, 3], tau=1)


def test_worked_by_hand():
    schedule, value = best_schedule(by_hand(), np.ones(2, np.int64))
    assert value == 15
    assert schedule.to_list() == [0, -1, 1, 1]
    assert schedule.delivered(by_hand()) == (4, 11)
    assert schedule.handovers() == 1


@given(tiny_problems())
def test_the_schedule_is_legal_and_worth_its_value(problem):
    coefficients = np.array(problem.weights, np.int64)
    schedule, value = best_schedule(problem, coefficients)
    assert schedule.is_legal(problem)
    assert schedule.value(problem, coefficients) == value


@given(tiny_problems(), st.integers(2, 1000))
def test_scaling_the_bits_scales_the_optimum(problem, factor):
    assert optimum(problem.with_satellite(bits=problem.bits * factor)) == factor * optimum(problem)


@given(tiny_problems())
def test_relabelling_the_links_changes_nothing(problem):
    turned = replace(
        problem.with_satellite(bits=np.asfortranarray(problem.bits[::-1])),
        links=problem.links[::-1],
    )
    assert optimum(turned) == optimum(problem)


@given(tiny_problems(), st.integers(1, 9))
def test_another_link_never_hurts_and_an_empty_one_never_helps(problem, bits):
    for extra in (0, bits):
        row = np.full((1, problem.interval.size), extra, np.int64)
        wider = replace(
            problem.with_satellite(bits=np.asfortranarray(np.vstack([problem.bits, row]))),
            links=(*problem.links, Link("Z", len(problem.targets))),
            targets=(*problem.targets, "Z"),
        )
        assert optimum(wider) >= optimum(problem)
        if extra == 0:
            assert optimum(wider) == optimum(problem)


@given(tiny_problems())
def test_a_shorter_hand_over_never_hurts(problem):
    if problem.tau > 0:
        quicker = problem.with_satellite(switch_s=problem.switch_s - problem.interval_s)
        assert optimum(quicker) >= optimum(problem)


@given(tiny_problems())
def test_time_reversal_changes_nothing(problem):
    if problem.interval.size:
        backwards = problem.with_satellite(
            bits=np.asfortranarray(problem.bits[:, ::-1]),
            interval=read_only((problem.interval[-1] - problem.interval)[::-1].copy()),
        )
        assert optimum(backwards) == optimum(problem)


@given(tiny_problems())
def test_compiled_equals_uncompiled(problem):
    gain = np.ascontiguousarray(problem.bits.T)
    results = []
    for compiled in (True, False):
        pointed = np.zeros((gain.shape[0] + 1, gain.shape[1]), np.int64)
        best, service = np.zeros((2, gain.shape[0]), np.int64)
        for function, extra in ((kernels.forward, ()), (kernels.trace_back, (service,))):
            run = function if compiled else function.py_func
            run(gain, problem.interval, problem.tau, pointed, best, *extra)
        results.append((pointed.tolist(), best.tolist(), service.tolist()))
    assert results[0] == results[1]


def test_sums_beyond_64_bits_are_exact():
    keys = qo.KeyTensor.create([[2**40] * 3], [0, 1, 2], ["A"], weights={"A": 10**12})
    problem = qo.SchedulingProblem.from_keys(keys)
    assert qo.solve(problem, qo.GeneralDelivery()).value == 3 * 2**40
    assert sum_of_best(problem, np.array([10**12])) == 3 * 2**40 * 10**12
    heaviest = qo.solve(problem, qo.PrioritisedDelivery())
    assert heaviest.value == heaviest.bound == 3 * 2**40 * 10**12
    assert qo.verify(heaviest.certificate, problem).optimal
    ruled = problem.with_satellite(operations=Operations.create(max_handovers=1))
    with pytest.raises(qo.QkdoptError, match="do not fit 64-bit integers"):
        qo.solve(ruled, qo.PrioritisedDelivery())


def test_large_values_that_just_fit_are_exact():
    bits = 2**61 // 3
    problem = problem_of([[bits, bits - 1, bits]], [0, 1, 2], tau=1)
    assert optimum(problem) == 3 * bits - 1
