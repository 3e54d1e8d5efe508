"""What ``solve`` promises: outcomes, refusals in one line, limits that keep the incumbent."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

import qkdopt as qo
from drawing import problem_of, tiny_problems
from qkdopt.errors import SolverError
from qkdopt.optimize.export import write_model
from qkdopt.optimize.heuristics.greedy import greedy_schedule
from qkdopt.optimize.strategies import with_floors


def hard_problem(links=11, intervals=700):
    rng = np.random.default_rng(5)
    bits = rng.integers(1, 90_000, (links, intervals)) * (rng.random((links, intervals)) < 0.5)
    return problem_of(bits, range(intervals), 1, rng.integers(1, 10**6, links).tolist())


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        ({"solver": "magic"}, "solver: got magic, expected one of dynamic, decomposition, milp"),
        ({"solver": "milp", "formulation": "x"}, "formulation: got x, expected one of paper"),
        ({"formulation": "paper"}, "formulation: got paper, expected none with solver dynamic"),
        ({"time_limit": 0}, "time_limit: got 0"),
        ({"time_limit": "5"}, "time_limit: got '5'"),
        ({"time_limit": float("nan")}, "time_limit: got nan"),
    ],
)
def test_refusals_are_one_clear_line(chosen, message):
    with pytest.raises(qo.QkdoptError) as caught:
        qo.solve(problem_of([[1]], [0], 1), qo.GeneralDelivery(), **chosen)
    assert message in str(caught.value)


def test_priorities_need_weights():
    with pytest.raises(qo.QkdoptError, match="weights: got none, expected a weight for every"):
        qo.solve(problem_of([[1]], [0], 1), qo.PrioritisedDelivery())


def test_a_time_limit_keeps_the_bound_and_whatever_was_found():
    problem = hard_problem()
    outcome = qo.solve(
        problem, qo.GeneralDelivery(), solver="milp", formulation="paper", time_limit=1
    )
    optimum = qo.solve(problem, qo.GeneralDelivery()).value
    assert outcome.ended in (qo.Ended.TIME_LIMIT, qo.Ended.FINISHED)
    assert outcome.bound is None or outcome.bound >= optimum
    if outcome.certificate is not None:
        assert outcome.value <= optimum
        assert qo.verify(outcome.certificate, problem)


INTERRUPTED_SOLVE = """
import os, signal, sys
sys.path.insert(0, sys.argv[1])
import qkdopt as qo
from test_solve import hard_problem

def interrupt(*figures):
    os.kill(os.getpid(), signal.SIGINT)

outcome = qo.solve(
    hard_problem(intervals=1000), qo.GeneralDelivery(), solver="milp", formulation="paper",
    time_limit=60, progress=interrupt,
)
print(outcome.ended, outcome.value is None or outcome.value <= outcome.bound)
"""


def test_an_interrupt_returns_what_there_is():
    here = str(Path(__file__).parent)
    command = [sys.executable, "-c", INTERRUPTED_SOLVE, here]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert printed == "interrupted True\n"


def test_progress_is_told_incumbent_and_bound():
    told = []
    qo.solve(
        hard_problem(intervals=300),
        qo.PrioritisedDelivery(),
        solver="milp",
        formulation="paper",
        time_limit=3,
        progress=lambda *figures: told.append(figures),
    )
    assert told
    bounds = [bound for _, _, bound in told if bound is not None]
    assert bounds == sorted(bounds, reverse=True)


def test_weighted_values_beyond_floating_point_comfort_are_still_exact():
    problem = hard_problem(intervals=120)
    exact = qo.solve(problem, qo.PrioritisedDelivery())
    milp = qo.solve(problem, qo.PrioritisedDelivery(), solver="milp")
    assert exact.value > 2**39
    assert (milp.value, milp.bound) == (exact.value, exact.bound)


@given(tiny_problems())
@settings(max_examples=100)
def test_greedy_is_legal_for_any_hysteresis(problem):
    coefficients = np.array(problem.weights, np.int64)
    for hysteresis in (0.0, 0.5, 10.0):
        assert greedy_schedule(problem, coefficients, hysteresis).is_legal(problem)


def test_greedy_worked_by_hand():
    # It leaves A only when B is worth more than 1.1 times as much, then turns for one interval.
    problem = problem_of([[10, 10, 10, 0, 4], [0, 11, 12, 9, 0]], [0, 1, 2, 3, 4], tau=1)
    assert greedy_schedule(problem, np.ones(2, np.int64)).to_list() == [0, 0, -1, 1, -1]


@pytest.mark.parametrize("ending", ["mps", "lp"])
def test_exported_models_have_the_negated_optimum(tmp_path, ending):
    from qkdopt.mip.highs_factory import new_highs

    problem = problem_of([[4, 4, 1, 0], [0, 3, 5, 6]], [0, 1, 2, 3], 1, [1, 2])
    path = tmp_path / f"model.{ending}"
    write_model(problem, qo.PrioritisedDelivery(), path)
    assert "OBJSENSE" not in path.read_text()
    solver = new_highs()
    solver.silent()
    solver.readModel(str(path))
    solver.run()
    optimum = qo.solve(problem, qo.PrioritisedDelivery()).value
    assert solver.getInfo().objective_function_value == -optimum


def test_exports_know_two_endings(tmp_path):
    with pytest.raises(qo.QkdoptError, match=r"ends in \.mps or \.lp"):
        write_model(problem_of([[1]], [0], 1), qo.GeneralDelivery(), tmp_path / "model.txt")


def test_a_time_limit_is_handed_to_highs():
    problem = hard_problem(intervals=4000)
    for limit in (1.0, 4.0, 24.0):  # on a busy machine building takes longer than the first
        outcome = qo.solve(
            problem, qo.GeneralDelivery(), solver="milp", formulation="paper", time_limit=limit
        )
        assert outcome.ended is qo.Ended.TIME_LIMIT
        if "solve" in outcome.seconds:
            break
    assert outcome.seconds["solve"] < 10 * limit


def test_an_illegal_point_from_the_solver_is_a_failure(monkeypatch):
    from qkdopt.optimize.solvers import formulation_run

    real = formulation_run.solve_mip

    def lying(name, form, *arguments, **options):
        found = real(name, form, *arguments, **options)
        return replace(found, values=np.ones(len(form.columns)))

    monkeypatch.setattr(formulation_run, "solve_mip", lying)
    problem = problem_of([[1, 0], [0, 1]], [0, 1], 1)
    outcome = qo.solve(problem, qo.GeneralDelivery(), solver="milp")
    assert outcome.ended is qo.Ended.FAILED
    assert outcome.certificate is None
    assert "breaks the rules" in outcome.reason


@pytest.mark.parametrize("dust", [-0.4, 0.0, 0.4])
def test_a_bound_with_floating_dust_is_the_nearest_whole_number(monkeypatch, dust):
    from qkdopt.optimize.solvers import formulation_run

    real = formulation_run.solve_mip

    def dusty(*arguments, **options):
        result = real(*arguments, **options)
        return replace(result, bound=result.bound + dust)

    monkeypatch.setattr(formulation_run, "solve_mip", dusty)
    outcome = qo.solve(problem_of([[7]], [0], 1), qo.GeneralDelivery(), solver="milp")
    assert (outcome.value, outcome.bound) == (7, 7)


@pytest.mark.parametrize("formulation", ["paper", "startup", "pointing", "path_flow"])
def test_a_start_is_taken_and_improved(formulation):
    problem = hard_problem(intervals=60)
    best = qo.solve(problem, qo.GeneralDelivery())
    for schedule in (best.certificate.schedule, [-1] * problem.interval.size):
        found = qo.solve(
            problem,
            qo.GeneralDelivery(),
            solver="milp",
            formulation=formulation,
            start=qo.Schedule.create(schedule),
        )
        assert (found.value, found.bound) == (best.value, best.value)
    with pytest.raises(qo.QkdoptError, match="start: got 'a schedule that breaks the rules'"):
        qo.solve(problem, qo.GeneralDelivery(), start=qo.Schedule.create([0]))


def test_a_start_is_what_remains_when_time_is_up():
    problem = hard_problem(intervals=700)
    best = qo.solve(problem, qo.GeneralDelivery())
    start = qo.Schedule.create(best.certificate.schedule)
    found = qo.solve(
        problem, qo.GeneralDelivery(), solver="milp", formulation="paper", start=start, time_limit=1
    )
    assert found.value == best.value


def test_numbers_beyond_what_a_solver_is_trusted_with_are_refused_by_name():
    rng = np.random.default_rng(7)
    bits = rng.integers(2**33, 2**34, (3, 40)).tolist()
    large = problem_of(bits, range(40), 1, rng.integers(2**20, 2**21, 3).tolist())
    assert qo.solve(large, qo.PrioritisedDelivery()).value > 2**58
    with pytest.raises(SolverError, match=r"highs is trusted for whole costs below 2\^44"):
        qo.solve(large, qo.PrioritisedDelivery(), solver="milp")
    fits = problem_of(bits, range(40), 1, rng.integers(2**8, 2**9, 3).tolist())
    exact = qo.solve(fits, qo.PrioritisedDelivery())
    milp = qo.solve(fits, qo.PrioritisedDelivery(), solver="milp")
    assert (milp.value, milp.bound) == (exact.value, exact.value)
    assert qo.verify(milp.certificate, fits)


def test_a_start_that_misses_a_floor_is_no_defect_of_the_solver():
    problem = problem_of([[9, 9], [4, 4]], [0, 1], tau=0)
    strategy, idle = with_floors(qo.GeneralDelivery(), {"B": 4}), qo.Schedule.create([-1, -1])
    options = {"solver": "milp", "start": idle}
    late = qo.solve(problem, strategy, **options, time_limit=1e-9)
    assert (late.ended, late.certificate) == (qo.Ended.TIME_LIMIT, None)
    assert qo.solve(problem, strategy, **options).value == 13
