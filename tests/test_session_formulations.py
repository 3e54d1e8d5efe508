"""Formulations carry whole sessions: enumeration = MILP for every tau, table, rule, strategy."""

from dataclasses import replace
from fractions import Fraction
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qkdopt as qo
from drawing import examples, operations_for
from qkdopt.errors import SolverError
from qkdopt.mip.highs_factory import new_highs
from qkdopt.mip.solvers import MIP_SOLVERS
from qkdopt.mip.standard_form import compile_model
from qkdopt.optimize.exchange.options import SolverOptions
from qkdopt.optimize.export import write_model
from qkdopt.optimize.formulations import FORMULATIONS, chosen_formulation
from qkdopt.optimize.formulations.path_flow import build
from qkdopt.optimize.layout import laid_out
from qkdopt.optimize.limits import contradiction
from qkdopt.optimize.objectives import objective_of
from qkdopt.optimize.operations import Operations
from qkdopt.optimize.solvers.formulation_run import relaxation_value, solve_formulation
from qkdopt.optimize.solvers.outer_approximation import relaxation_with_cuts
from qkdopt.optimize.strategies import with_floors
from session_drawing import every_schedule, session_problem
from test_satellites_in_sessions import delivered, in_sessions, problem_from
from test_satellites_with_operations import every_schedule as constellation_schedules

GENERAL, USUAL = qo.GeneralDelivery(), SolverOptions()
SEEDS, TAUS = st.integers(0, 10**6), st.integers(0, 3)


@st.composite
def operated(draw):
    """Draw a problem in sessions with some operations on."""
    sizes = {"links": draw(st.integers(1, 3)), "intervals": draw(st.integers(1, 6))}
    problem = session_problem(draw(SEEDS), tau=draw(TAUS), **sizes)
    return problem.with_satellite(operations=draw(operations_for(problem)))


def totals(problem):
    """Return what legal schedules deliver in all."""
    return [sum(schedule.delivered(problem)) for schedule in every_schedule(problem)]


@given(st.data(), SEEDS)
@settings(max_examples=examples(20))
def test_sessions_without_rules(data, seed):
    tau, links = data.draw(TAUS), data.draw(st.integers(1, 4))
    problem = session_problem(seed, links=links, intervals=6, tau=tau)
    best = max(totals(problem))
    found = solve_formulation(problem, GENERAL, USUAL)
    assert found.schedule.is_legal(problem)
    assert sum(found.schedule.delivered(problem)) == best == found.bound
    assert relaxation_value(problem, GENERAL, "path_flow") == pytest.approx(best, abs=1e-6)


@given(operated())
@settings(max_examples=examples(30))
def test_sessions_under_every_rule(problem):
    if contradiction(problem):
        with pytest.raises(SolverError, match="infeasible"):
            build(problem, GENERAL)
        return
    best, found = totals(problem), solve_formulation(problem, GENERAL, USUAL)
    if not best:
        assert found.schedule is None
        return
    assert found.schedule.is_legal(problem)
    assert sum(found.schedule.delivered(problem)) == max(best) == found.bound
    across = {
        "locked": (),
        "max_handovers": None,
        "max_handovers_per_pass": None,
        "max_service_s_per_pass": None,
    }
    network = problem.with_satellite(operations=replace(problem.operations, **across))
    relaxed = relaxation_value(network, GENERAL, "path_flow")
    assert relaxed == pytest.approx(max(totals(network)), abs=1e-6)


@given(in_sessions(rules=True))
@settings(max_examples=examples(15))
def test_several_satellites_under_rules(document):
    problem = laid_out(problem_from(document)).problem
    legal = [sum(delivered(document, paths)) for paths in constellation_schedules(document)]
    if contradiction(problem):
        assert not legal
        return
    found = solve_formulation(problem, GENERAL, USUAL)
    assert (found.schedule is None) == (not legal)
    if legal:
        assert found.schedule.is_legal(problem)
        assert sum(found.schedule.delivered(problem)) == found.bound == max(legal)


STRATEGIES = {
    "pd": (qo.PrioritisedDelivery(), "milp"),
    "floors": (with_floors(GENERAL, {"L0": 3}), "milp"),
    "capped": (qo.CappedDelivery(), "milp"),
    "paired": (qo.PairedDelivery(), "milp"),
    "td": (qo.TargetedDelivery("0.05"), "outer_approximation"),
    "least": (qo.LeastDivergence("0.5"), "outer_approximation"),
}


def full_problem(seed):
    """Return a drawn problem with weights, demand, stock and traffic."""
    problem = session_problem(seed, links=3, tau=seed % 4)
    pairs = [[0, 9, 4], [9, 0, 7], [4, 7, 0]]
    traffic = {f"L{n}": {f"L{m}": pairs[n][m] for m in range(3)} for n in range(3)}
    filled = problem.having(demand={"L0": 5, "L1": 9, "L2": 7}, stock={"L1": 2}, traffic=traffic)
    return replace(filled, weights=(1, 2, 3))


@cache
def every_delivery(seed):
    """Return what each schedule of a full problem delivers, without repetitions."""
    problem = full_problem(seed)
    return {schedule.delivered(problem) for schedule in every_schedule(problem)}


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", STRATEGIES)
def test_every_strategy_of_formulations(name, seed):
    problem, (strategy, solver) = full_problem(seed), STRATEGIES[name]
    outcome = qo.solve(problem, strategy, solver=solver)
    schedules = every_delivery(seed)
    if name in ("pd", "floors"):
        weights = problem.weights if name == "pd" else (1, 1, 1)
        enough = [bits for bits in schedules if name == "pd" or bits[0] >= 3]
        best = max((np.dot(bits, weights) for bits in enough), default=None)
    else:
        objective = objective_of(problem, strategy)
        best = max(v for bits in schedules if (v := objective.value(bits)) is not None)
    if best is None:
        assert outcome.reason.startswith("infeasible")
        return
    assert qo.verify(outcome.certificate, problem).holds
    value = -float(outcome.value) if name == "least" else outcome.value
    assert value == pytest.approx(float(best), abs=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_balanced_delivery(seed):
    problem = full_problem(seed)
    best = max(
        (min((b + e) * Fraction(6, w) for b, e, w in zip((0, 2, 0), bits, (1, 2, 3), strict=True)),
         sum(bits))
        for bits in every_delivery(seed)
    )  # fmt: skip
    found = qo.solve(problem, qo.BalancedDelivery(), solver="milp").value
    assert (Fraction(found["t"]), found["total"]) == best


def test_the_relaxation_with_cuts_is_above_the_optimum():
    problem = full_problem(1)
    best = qo.solve(problem, qo.TargetedDelivery("0.05"), solver="outer_approximation").value
    assert relaxation_with_cuts(problem, qo.TargetedDelivery("0.05"))[0] >= best - 1e-6


def test_the_formulation_that_carries_sessions_is_taken():
    problem = session_problem(3, tau=1)
    assert chosen_formulation(problem, None) == "path_flow"
    for name in set(FORMULATIONS) - {"path_flow"}:
        with pytest.raises(SolverError, match=f"formulation {name} cannot carry sessions"):
            chosen_formulation(problem, name)


def test_a_session_has_two_entries_whatever_its_length():
    # A pair of links in view for 30 intervals: a row for each slot would have 9,920 entries.
    keys = qo.KeyTensor.create(np.ones((2, 30), int), range(30), ["A", "B"], switch_s=10)
    keys = keys.in_sessions([np.arange(465), np.arange(465)])
    problem = qo.SchedulingProblem.from_keys(keys)
    assert compile_model(build(problem, GENERAL)).matrix.nnz < 3 * 930
    # Those of at least the minimum dwell do not ask how long the service lasted before.
    slow = problem.with_satellite(operations=Operations.create(minimum_dwell_s=60))
    assert len(build(slow, GENERAL).session) < 930 + 2 * 30 * 15


@pytest.mark.parametrize("name", [name for name in MIP_SOLVERS if name != "highs"])
def test_other_solvers(name):
    if MIP_SOLVERS[name].found_version() is None:
        pytest.skip(f"{name} is not installed")
    problem = session_problem(11, links=3, tau=2)
    found = qo.solve(problem, GENERAL, solver="milp", mip_solver=name)
    assert found.value == found.bound == max(totals(problem)) > 0
    assert found.certificate.document["made_by"]["formulation"] == "path_flow"
    assert qo.verify(found.certificate, problem).optimal


@pytest.mark.parametrize("ending", ["mps", "lp"])
def test_exported_models_have_the_same_optimum(ending, tmp_path):
    problem = session_problem(11, links=3, tau=0)
    write_model(problem, GENERAL, tmp_path / f"model.{ending}")
    solver = new_highs()
    solver.silent()
    solver.readModel(str(tmp_path / f"model.{ending}"))
    solver.run()
    assert -solver.getInfo().objective_function_value == pytest.approx(max(totals(problem)))
