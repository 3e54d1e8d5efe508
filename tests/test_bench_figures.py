"""Means, profiles, integrals and tables of the benchmark, by hand."""

import math
from pathlib import Path

import numpy as np
import pytest

from qkdopt.bench.configuration import SolverConfiguration
from qkdopt.bench.instances import Instance
from qkdopt.bench.jobs import jobs_of
from qkdopt.bench.measures import Best, best_known, runs_of
from qkdopt.bench.plan import plan_names, plan_of, read_plan
from qkdopt.bench.statistics import performance_profile, shifted_geometric_mean
from qkdopt.bench.tables import Table
from qkdopt.bench.tracing import MOST_LINES, Trace
from qkdopt.errors import InputError
from qkdopt.optimize.exchange.genetic_settings import GeneticSettings
from qkdopt.optimize.strategy_names import strategy_written as strategy_of


def record(value=80, bound=100, verified=True, history=(), solver="genetic", strategy="gd"):
    return {
        "key": f"{solver}{strategy}{value}",
        "job": {
            "instance": "p", "strategy": strategy, "solver": solver, "seed": 0,
            "time_limit_s": 10.0,
        },
        "status": "finished", "value": value, "bound": bound, "verified": verified,
        "optimal": value == bound, "findings": [], "seconds": {"total": 4.0, "cpu": 3.0},
        "history": list(history), "peak_mb": 100.0, "size": {"links": 2, "active": 3},
    }  # fmt: skip


def test_shifted_geometric_mean_by_hand():
    # (1 + 1)(3 + 1)(7 + 1) = 64, its cube root 4, less the shift: 3.
    mean = shifted_geometric_mean([1.0, 3.0, 7.0])
    assert mean.value == pytest.approx(3.0)
    assert mean.low < 3.0 < mean.high
    assert shifted_geometric_mean([1.0, 3.0, 7.0]) == mean
    assert shifted_geometric_mean([5.0, 5.0, 5.0]).low is None
    assert shifted_geometric_mean([2.0]).value == pytest.approx(2.0)


def test_performance_profile_by_hand():
    # Problem 1: A 1 s, B 2 s. Problem 2: A fails, B 4 s. Problem 3: A 3 s, B 1 s.
    # Problem 4: nobody. A is quickest once and 3 times slower once; B has ratios 2, 1, 1.
    profile = performance_profile({"A": [1, None, 3, None], "B": [2, 4, 1, None]})
    ratios, share = profile["A"]
    assert (ratios.tolist(), share.tolist()) == ([1, 3], [0.25, 0.5])
    ratios, share = profile["B"]
    assert (ratios.tolist(), share.tolist()) == ([1, 1, 2], [0.25, 0.5, 0.75])
    assert performance_profile({"A": [None]})["A"][0].size == 0


HISTORY = [(1.0, 50.0, None, 100), (2.0, 50.0, 100.0, 200), (4.0, 80.0, 100.0, 300)]


def test_measures_by_hand():
    (run,) = runs_of([record(history=HISTORY)])
    # Gap 1 for 2 s, 0.5 for 2 s, 0.2 for 6 s, over 10 s.
    assert run.primal_dual_integral() == pytest.approx((2 + 1 + 1.2) / 10)
    best = Best(80, 100)
    assert run.missing(best) == pytest.approx(0.2)
    assert run.seconds_to(0.5, best) == 1.0
    assert run.seconds_to(0.0, best) == 4.0
    assert run.seconds_to(0.01, Best(90, 100)) is None
    assert run.gap_curve(best) == [(1.0, 0.5), (4.0, pytest.approx(0.2))]
    assert runs_of([record(history=[])])[0].primal_dual_integral() == 1.0


def test_only_what_the_judge_confirmed_counts_as_known():
    wrong = record(value=10**6, bound=10**6, verified=False, solver="milp/cbc/paper")
    relaxation = record(solver="relaxation/paper", value=None, verified=None)
    runs = runs_of([record(), wrong, relaxation, record(value=70, bound=90)])
    assert [run.wrong for run in runs] == [False, True, False]
    assert best_known(runs) == {("p", "gd"): Best(80, 90)}
    assert not Best(80, 90).certified
    assert runs[1].value is None
    assert runs[1].seconds_to(0.0, Best(80, 90)) is None


def test_a_trace_drops_what_the_end_does_not_bear_out():
    trace = Trace()
    trace.note(0.0, 200.0, 90.0)  # above the end; a bound below it
    trace.note(0.0, 200.0, 90.0)  # nothing new
    trace.note(0.0, math.inf, 120.0)
    trace.end(9.0, 100, 110)
    assert [line[1:] for line in trace.lines()] == [
        [None, None, None], [None, 120.0, None], [100, 110, None],
    ]  # fmt: skip
    trace.end(9.0, "0.1", "0.05")  # a divergence: no curve
    assert trace.lines() == []
    for step in range(5 * MOST_LINES):
        trace.note(0.0, step, None)
    trace.end(9.0, 10**6, 10**6)
    assert len(trace.lines()) <= MOST_LINES + 1
    assert trace.lines()[-1][1] == 10**6


def test_tables_are_safe_in_every_format():
    table = Table("t", "A | B", ("name", "bits"), 1, [("x|y", "1,000"), ("<b>", "2")], "note")
    assert "| x\\|y | 1,000 |" in table.markdown()
    assert "| --- | ---: |" in table.markdown()
    assert table.csv() == 'name,bits\nx|y,"1,000"\n<b>,2\n'
    assert "<td>&lt;b&gt;</td><td class=n>2</td>" in table.html()


@pytest.mark.parametrize("text", ["dynamic", "milp", "milp/scip", "milp/pyomo:cbc/paper",
                                  "relaxation/paper", "genetic", "hybrid",
                                  "genetic/run=15,population=1e2"])  # fmt: skip
def test_solvers_are_named_as_they_are_read(text):
    assert SolverConfiguration.parse(text).name == text


@pytest.mark.parametrize("text", ["", "magic", "dynamic/scip", "milp/", "milp/scip/magic",
                                  "milp/a/paper/b", "relaxation", "relaxation/magic",
                                  "genetic/", "genetic/run", "genetic/runs=2", "greedy/run=2",
                                  "genetic/run=2/elite=1", "nsga2/run=0.5"])  # fmt: skip
def test_solvers_that_do_not_exist(text):
    with pytest.raises(InputError, match="solver"):
        SolverConfiguration.parse(text)


def test_settings_of_generations_are_part_of_a_solver():
    assert SolverConfiguration.parse("genetic").genetic is None
    asked = SolverConfiguration.parse("genetic/run=15,population=1e2").genetic
    assert asked == GeneticSettings(run=15, population=100)
    solvers = ["genetic/run=5", "genetic/run=15,evaluations=700", "dynamic"]
    plan = plan_of({"solvers": solvers, "evaluations": 900, "seeds": 2})
    week = Instance("micius-china-2016", Path("problem.json"), "0" * 64, links=11, active=1228)
    assert [(job.solver, job.evaluations) for job in jobs_of(plan, {week.name: week})] == [
        ("genetic/run=5", 900), ("genetic/run=5", 900),
        ("genetic/run=15,evaluations=700", None), ("genetic/run=15,evaluations=700", None),
        ("dynamic", None),
    ]  # fmt: skip


def test_strategies_by_text():
    assert strategy_of("td:0.1").document() == {"name": "td", "kl_max": "0.1"}
    assert strategy_of("least:0.5").document() == {"name": "least", "fraction": "0.5"}
    assert SolverConfiguration.parse("genetic").carries(strategy_of("td"))
    assert not SolverConfiguration.parse("dynamic").carries(strategy_of("td"))
    assert not SolverConfiguration.parse("milp").carries(strategy_of("balanced"))
    with pytest.raises(InputError, match="kl_max"):
        strategy_of("gd:0.1")


def test_plans_of_the_package_are_sound_and_capped():
    assert {"standard", "full", "quick"} <= set(plan_names())
    for name in plan_names():
        assert read_plan(name).group
    capped = read_plan("standard", caps={"seeds": 2, "time_limit_s": 15.0})
    assert max(group.seeds for group in capped.group) == 2
    assert {group.time_limit_s for group in capped.group} == {10.0, 15.0}
    assert read_plan("standard", {"instances": ["a.json"]}).group[0].instances == ["a.json"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("title = 'x'", "group: got .*Field required"),
        ("title = 'x'\n[[group]]\ninstances = []", "greater|at least 1|too_short"),
        ("title = 'x'\ngroup = 3", "group"),
        ("title", "a syntax error"),
        (
            "title = 'x'\n[[group]]\ninstances=['a']\nstrategies=['gd']\nsolvers=['x']",
            "solver: got",
        ),
        (
            "title = 'x'\n[[group]]\ninstances=['a']\nstrategies=['gd']\nsolvers=['milp']\nseed=3",
            "group.0.seed: got 3.*not permitted",
        ),
    ],
)
def test_plans_that_cannot_be_meant(tmp_path, text, message):
    path = tmp_path / "plan.toml"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        read_plan(str(path))


def test_plans_that_are_not_there():
    with pytest.raises(InputError, match="one of constellations, full, quick, standard"):
        read_plan("magic")
    with pytest.raises(InputError, match="file not found"):
        read_plan("magic.toml")
    with pytest.raises(InputError, match="seeds"):
        plan_of({"solvers": ["dynamic"], "seeds": 0})


def test_profiles_keep_times_of_zero():
    ratios, _ = performance_profile({"A": [0.0], "B": [1.0]})["B"]
    assert np.isfinite(ratios).all()
