"""What is said of solvers anywhere is what the registry says, and what it says is true."""

import re
from dataclasses import fields
from importlib import import_module

import pytest

import qkdopt as qo
from drawing import problem_of
from qkdopt.errors import SolverError
from qkdopt.optimize.exchange.result import SolverResult
from qkdopt.optimize.form import Form
from qkdopt.optimize.solvers import SOLVERS, SolverOptions, solve
from qkdopt.optimize.solvers.entry import Proves
from qkdopt.optimize.solvers.registry import default_solver
from qkdopt.optimize.strategies import with_floors
from qkdopt.optimize.strategy_names import (
    strategies_of,
    strategy_in_words,
    strategy_named,
    strategy_written,
)

PROBLEM = problem_of([[5, 4, 0, 2], [0, 6, 7, 9]], [51, 52, 53, 55], 1, [3, 1]).having(
    demand={"A": 6, "B": 20}, traffic={"A": {"A": 0, "B": 9}, "B": {"A": 9, "B": 0}}
)
ENTRIES = pytest.mark.parametrize("entry", SOLVERS.values(), ids=lambda entry: entry.name)
EVERY = strategies_of(Form)


@ENTRIES
def test_the_docstring_of_solve_has_a_row_for_each(entry):
    row = solve.__doc__.split(f"* - ``{entry.name}``")[1].split("* -")[0]
    assert entry.summary in row
    assert str(entry.proves) in row


@ENTRIES
def test_help_names_each(qkdopt, entry):
    text = re.sub(r"[\s│]+", " ", qkdopt("solve", "--help").out)
    assert f"{entry.name} (" in text


@ENTRIES
def test_each_loads_and_leaves_the_one_result(entry):
    if entry.needs:
        pytest.importorskip(entry.needs)
    module, _, name = entry.place.partition(":")
    assert callable(getattr(import_module(f"qkdopt.optimize.{module}"), name))
    strategy = strategy_named(strategies_of(entry.forms)[0])
    options = SolverOptions(time_limit=0.3)
    found = entry.run(PROBLEM, strategy, options)
    assert type(found) is SolverResult
    assert {field.name for field in fields(found)} >= {
        "ended", "schedule", "value", "bound", "proof", "reason", "seconds", "details", "history",
    }  # fmt: skip


@ENTRIES
@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("floored", [False, True])
def test_what_it_does_not_carry_is_refused_by_name(entry, name, floored):
    strategy = strategy_named(name)
    strategy = with_floors(strategy, {"A": 1}) if floored else strategy
    if entry.carries(strategy):
        assert strategies_of(entry.floored if floored else entry.forms).count(name) == 1
        return
    with pytest.raises(SolverError, match=f"solver {entry.name} cannot carry strategy {name}"):
        qo.solve(PROBLEM, strategy, solver=entry.name)


@pytest.mark.parametrize("name", EVERY)
def test_without_a_name_the_first_that_proves_most_is_taken(name):
    strategy = strategy_named(name)
    chosen = SOLVERS[default_solver(strategy, PROBLEM)]
    assert chosen is next(e for e in SOLVERS.values() if e.carries(strategy))
    assert chosen.proves in (Proves.OPTIMUM, Proves.GAP)
    outcome = qo.solve(PROBLEM, strategy)
    assert outcome.certificate.document["made_by"]["solver"] == chosen.name


@ENTRIES
def test_operations_are_carried_or_refused_as_stated(entry):
    if entry.needs:
        pytest.importorskip(entry.needs)
    problem = problem_of([[5, 4, 0, 2], [0, 6, 7, 9]], [51, 52, 53, 55], 1, [3, 1], max_handovers=0)
    strategy = strategy_named(strategies_of(entry.forms)[0])
    if entry.operations:
        assert qo.solve(problem, strategy, solver=entry.name).value is not None
    else:
        with pytest.raises(SolverError, match="cannot carry operations: max_handovers"):
            qo.solve(problem, strategy, solver=entry.name)


@pytest.mark.parametrize("name", EVERY)
def test_each_strategy_says_itself_what_pages_show(name):
    strategy = strategy_named(name)
    title, asks = strategy_in_words(strategy.document())
    assert title == strategy.title
    assert asks != name  # a sentence of its own
    assert "@" not in title + asks
    assert strategy.number in title + asks or name == "least"
    assert strategy_written(name).document() == strategy.document()
    if strategy.setting:
        assert strategy_written(f"{name}:0.5").document()[strategy.setting] == "0.5"
