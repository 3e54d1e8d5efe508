"""Solvers from outside: found, asked, checked, certified with a bound of ours, judged."""

import importlib
import json
import os
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qkdopt as qo
from command_line import KEYS, SOURCE, solving_here
from drawing import every_schedule, problem_of, tiny_problems
from qkdopt.bench.run import RECORDS
from qkdopt.errors import InputError, PluginError, SolverError
from qkdopt.optimize.problem_file import write_problem
from qkdopt.optimize.strategies import with_floors
from qkdopt.plugins import load_plugin, plugin_names

PLUGINS = Path(__file__).parent / "data" / "plugins"
BITS = [[5, 4, 0, 0], [0, 6, 7, 9]]


@pytest.fixture
def installed(monkeypatch):
    """Put the example package where importlib.metadata finds packages."""
    monkeypatch.syspath_prepend(PLUGINS)
    importlib.invalidate_caches()
    yield
    sys.modules.pop("qkdopt_example", None)


def problem():
    return problem_of(BITS, [51, 52, 53, 54], 1, [3, 1]).having(demand={"A": 6, "B": 20})


STRATEGIES = [
    qo.GeneralDelivery(),
    qo.PrioritisedDelivery(),
    qo.TargetedDelivery("0.5"),
    qo.LeastDivergence("0.5"),
    qo.BalancedDelivery(),
    qo.CappedDelivery(),
    qo.PairedDelivery({"A": {"A": 0, "B": 6}, "B": {"A": 6, "B": 0}}),
    with_floors(qo.GeneralDelivery(), {"A": 4}),
    with_floors(qo.TargetedDelivery("0.5"), {"A": 4}),
    with_floors(qo.BalancedDelivery(), {"A": 4}),
]


@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda s: type(s).__name__ + s.name)
def test_a_callable_is_certified_for_every_strategy(strategy):
    def mine(problem, strategy, options):
        return [0, 0, -1, 1]

    outcome = qo.solve(problem(), strategy, solver=mine)
    verdict = qo.verify(outcome.certificate, strategy.stated_in(problem()))
    assert verdict, verdict.findings
    assert verdict.delivered == (9, 9)
    made_by = outcome.certificate.document["made_by"]
    assert made_by["solver"] == "mine"
    assert made_by["foreign"].endswith("mine")


@given(tiny_problems(most_intervals=4), st.data(), st.sampled_from([0, 1, 4, 5]))
@settings(max_examples=40)
def test_any_legal_schedule_is_certified_below_its_bound(problem, data, number):
    strategy = STRATEGIES[number]
    if strategy.name == "least":
        return
    service = data.draw(st.sampled_from(list(every_schedule(problem))))
    if strategy.name == "capped":
        problem = problem.having(demand=dict.fromkeys(problem.targets, 6))
    outcome = qo.solve(problem, strategy, solver=lambda *_: service)
    assert qo.verify(outcome.certificate, problem)
    assert qo.verify(outcome.certificate).delivered == qo.Schedule.create(service).delivered(
        problem
    )


def test_the_options_arrive():
    def nosy(problem, strategy, options):
        seen.append((strategy.name, options.seed, options.time_limit))
        return qo.Schedule.create([-1] * 4)

    seen = []
    outcome = qo.solve(problem(), qo.GeneralDelivery(), solver=nosy, seed=7, time_limit=3)
    assert seen == [("gd", 7, 3)]
    assert (outcome.value, outcome.bound) == (0, 22)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ([0, 0], r"got shape \(2,\), expected 4 link indices from -1 to 1"),
        ([[0, 0, 0, 0]], "got list of other values"),
        ([0, 0, 0, 2], "got link 2, expected 4 link indices"),
        ([0.5, 0, 0, 0], "got list of other values"),
        ([-2, 0, 0, 0], "got list of other values"),
        ("best", "got str of other values"),
        ([[0], [0, 1]], "got list of other values"),
    ],
)
def test_misbehaving_answers_are_one_clear_error(answer, message):
    with pytest.raises(SolverError, match=message) as refusal:
        qo.solve(problem(), qo.GeneralDelivery(), solver=lambda *_: answer)
    assert "\n" not in str(refusal.value)


def test_an_illegal_schedule_gets_the_judges_words_and_no_certificate():
    outcome = qo.solve(problem(), qo.GeneralDelivery(), solver=lambda *_: [0, 1, 1, 1])
    assert (outcome.ended, outcome.certificate, outcome.value) == ("failed", None, None)
    assert "is illegal: link 1 (B) is served in interval 52, 1 after" in outcome.reason


@pytest.mark.parametrize(
    ("strategy", "message"),
    [
        (qo.TargetedDelivery("0.01"), "farther than KL = 0.01"),
        (qo.LeastDivergence("1"), "delivers 9 bits, the strategy asks for 22"),
        (with_floors(qo.GeneralDelivery(), {"B": 1}), "less than the lower bounds ask"),
        (with_floors(qo.BalancedDelivery(), {"B": 1}), "less than the lower bounds ask"),
    ],
)
def test_a_legal_schedule_that_misses_the_strategys_demand(strategy, message):
    with pytest.raises(SolverError, match=message):
        qo.solve(problem(), strategy, solver=lambda *_: [0, 0, -1, -1])


def test_a_solver_that_breaks_down_or_finds_nothing():
    def broken(problem, strategy, options):
        raise ZeroDivisionError("division\nby zero")

    with pytest.raises(SolverError, match="broken broke down: ZeroDivisionError: division by z"):
        qo.solve(problem(), qo.GeneralDelivery(), solver=broken)
    outcome = qo.solve(problem(), qo.GeneralDelivery(), solver=lambda *_: None)
    assert (outcome.certificate, outcome.ended) == (None, "finished")
    assert "found no schedule" in outcome.reason

    def stopped(problem, strategy, options):
        raise KeyboardInterrupt

    assert qo.solve(problem(), qo.GeneralDelivery(), solver=stopped).ended == "interrupted"


def test_an_installed_solver_is_found_by_name(installed):
    assert "longest_contact" in plugin_names("qkdopt.solvers")
    outcome = qo.solve(problem(), qo.GeneralDelivery(), solver="longest_contact")
    assert (outcome.value, outcome.bound) == (22, 22)
    made_by = outcome.certificate.document["made_by"]
    assert (made_by["solver"], made_by["foreign"]) == ("longest_contact", "qkdopt-example 1.0")
    assert qo.verify(outcome.certificate)


def test_unknown_and_unloadable_names(installed):
    with pytest.raises(InputError, match=r"got best, expected one of .*greedy.*longest_contact"):
        qo.solve(problem(), qo.GeneralDelivery(), solver="best")
    with pytest.raises(PluginError, match=r"no_such_module:solve of qkdopt-example.*cannot be lo"):
        qo.solve(problem(), qo.GeneralDelivery(), solver="not_installed")
    with pytest.raises(PluginError, match="is str, expected a callable"):
        qo.solve(problem(), qo.GeneralDelivery(), solver="not_callable")
    with pytest.raises(PluginError, match=r"no absent in the entry points qkdopt\.solvers"):
        load_plugin("qkdopt.solvers", "absent")


def test_two_packages_with_one_name(installed, tmp_path, monkeypatch):
    other = tmp_path / "other-2.0.dist-info"
    other.mkdir()
    (other / "METADATA").write_text("Metadata-Version: 2.1\nName: other\nVersion: 2.0\n")
    (other / "entry_points.txt").write_text("[qkdopt.solvers]\nillegal = other:solve\n")
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    with pytest.raises(PluginError, match=r"claimed by .*other.* and .*qkdopt-example"):
        load_plugin("qkdopt.solvers", "illegal")


def test_on_the_command_line(installed, qkdopt):
    qkdopt.write("keys.csv", KEYS)
    answer = qkdopt("solve", "keys.csv", "--solver", "longest_contact", "--json")
    assert answer.code == 0
    assert answer.json["made_by"]["foreign"] == "qkdopt-example 1.0"
    assert answer.json["verified"] is True
    complaint = qkdopt("solve", "keys.csv", "--solver", "illegal", "-o", "c.json").complaint
    assert "the schedule of solver illegal is illegal: link 1 (B)" in complaint
    assert not (qkdopt.folder / "c.json").exists()


def test_on_the_bench(installed, qkdopt, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(PLUGINS), str(SOURCE)]))
    write_problem(problem(), qkdopt.folder / "p.json")
    command = ("bench", "--instance", "p.json", "--time-limit", "20", "-o", "out", "--json")
    qkdopt(*command, "--solver", "longest_contact")  # its process finds the package, too
    with solving_here():
        qkdopt(*command, "--solver", "illegal")
    lines = (qkdopt.folder / "out" / RECORDS).read_text().splitlines()
    found = {record["job"]["solver"]: record for record in map(json.loads, lines)}
    assert found["longest_contact"]["value"] == found["longest_contact"]["bound"] == 22
    assert found["longest_contact"]["verified"] is True
    assert found["illegal"]["value"] is None
    assert "breaks the rules" in found["illegal"]["reason"]
    assert "got best" in qkdopt("bench", "--instance", "p.json", "--solver", "best").err
