"""HiGHS among the primal heuristics: it finds the optimum, in steps that no clock decides."""

import gc
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import qkdopt as qo
from drawing import every_schedule, examples, problem_of, tiny_problems
from qkdopt.deadline import Deadline
from qkdopt.errors import InputError
from qkdopt.mip.highs import solve_form
from qkdopt.mip.highs_steps import HighsSteps
from qkdopt.optimize.decomposition.column_generation import lagrangian_bound
from qkdopt.optimize.decomposition.milp_heuristic import MilpSearch
from qkdopt.optimize.decomposition.milp_program import MilpProgram
from qkdopt.optimize.decomposition.primal_heuristics import HeuristicContext, Incumbent
from qkdopt.optimize.exchange.parameters import USUAL
from qkdopt.optimize.objectives import objective_of
from qkdopt.optimize.schedule import Schedule
from qkdopt.optimize.strategies import with_floors

STRATEGIES = (
    qo.BalancedDelivery(), qo.FairDelivery(), qo.TargetedDelivery("0.02"),
    qo.TargetedDelivery("0.3"), with_floors(qo.GeneralDelivery(), {"A": 2}),
)  # fmt: skip


def never():
    return False


def context_of(objective):
    """Return a context whose incumbent is the best of what is offered to it."""
    incumbent = Incumbent()

    def offer(service):
        schedule = Schedule(np.array(service, np.int64))
        value = objective.value(objective.delivered(schedule).tolist())
        better = value is not None and (incumbent.value is None or value > incumbent.value)
        if better and schedule.is_legal(objective.problem):
            incumbent.schedule, incumbent.value = schedule, value

    return HeuristicContext(
        lagrangian_bound(objective), incumbent, np.random.default_rng(0), offer, never,
        Deadline(), USUAL,
    )  # fmt: skip


@given(tiny_problems(), st.sampled_from(STRATEGIES))
@settings(max_examples=examples(25), deadline=None, phases=[Phase.explicit, Phase.generate])
def test_its_last_incumbent_is_the_optimum(problem, strategy):
    try:
        objective = objective_of(problem, strategy)
    except InputError:
        return
    every = (Schedule(np.array(s, np.int64)) for s in every_schedule(problem))
    values = [objective.value(objective.delivered(s).tolist()) for s in every]
    best = max((value for value in values if value is not None), default=None)
    context = context_of(objective)
    search = MilpSearch(objective, context)
    search.run(60.0)
    found = context.incumbent.value
    if strategy.name == "fair" and found is None:
        return  # tangents allow that a target gets nothing
    if best is None or not best:  # nothing may be the best, which nobody has to find
        assert found in (best, None)
    else:
        assert float(found) == pytest.approx(float(best), abs=1e-9)


def drawn(links=4, intervals=24, seed=0):
    random = np.random.default_rng(seed)
    bits = random.integers(0, 90, (links, intervals)) * (random.random((links, intervals)) < 0.8)
    return problem_of(bits.tolist(), list(range(intervals)), 1, [6, 5, 4, 3, 2, 1][:links])


def points_of(form, turns):
    search, found = HighsSteps(form), []
    for steps in turns:
        found += search.run(steps, never)
    return search, found


def test_points_and_steps_do_not_depend_on_turns():
    form = MilpProgram(objective_of(drawn(), qo.BalancedDelivery()), 1.0).form
    whole, found = points_of(form, [10**6])
    parts, same = points_of(form, [3] * (whole.steps // 3 + 2))
    assert whole.finished
    assert parts.finished
    assert whole.steps == parts.steps
    assert len(found) == len(same) > 0
    assert all(np.array_equal(one, other) for one, other in zip(found, same, strict=True))
    best = form.original_value(float(form.cost @ found[-1]))
    assert best == pytest.approx(solve_form(form).objective)


def test_a_search_that_nobody_needs_ends():
    form = MilpProgram(objective_of(drawn(6, 60, 1), qo.BalancedDelivery()), 1.0).form
    before = threading.active_count()
    search = HighsSteps(form)
    search.run(2, never)
    assert not search.finished
    assert threading.active_count() == before + 1
    del search
    gc.collect()
    ends = time.monotonic() + 60
    while threading.active_count() > before and time.monotonic() < ends:
        time.sleep(0.02)
    assert threading.active_count() == before


def test_a_program_ends_though_a_search_waits_for_its_turn():
    program = (
        "import weakref; weakref.finalize(print, int)\n"  # first here, so last at exit
        "import test_milp_heuristic as here\n"
        "form = here.MilpProgram(here.objective_of(here.drawn(6, 60, 1),"
        " here.qo.BalancedDelivery()), 1.0).form\n"
        "search = here.HighsSteps(form)\n"
        "search.run(2, here.never)\n"
        "assert not search.finished"
    )
    subprocess.run(
        [sys.executable, "-c", program], cwd=Path(__file__).parent, check=True, timeout=120
    )


def test_a_search_comes_back_when_it_has_to():
    form = MilpProgram(objective_of(drawn(6, 60, 1), qo.BalancedDelivery()), 1.0).form
    search = HighsSteps(form)
    search.run(10**9, lambda: search.steps > 3)
    assert search.steps < 10**6


def test_decomposition_with_it_is_verified_and_repeats(monkeypatch):
    problem, run, runs = drawn(4, 40, 3), MilpSearch.run, []
    monkeypatch.setattr(MilpSearch, "run", lambda self, s: runs.append(s) or run(self, s))
    given = {"time_limit": 30, "parameters": {"milp_search": {"enabled": True, "after_s": 1e-9}}}
    outcome = qo.solve(problem, qo.FairDelivery(), **given)
    assert qo.verify(outcome.certificate, problem).holds
    assert runs
    again = qo.solve(problem, qo.FairDelivery(), **given)
    if outcome.optimal:
        assert again.certificate.schedule == outcome.certificate.schedule
