"""Parameters from TOML and Python: what is refused, that they act, what certificates state."""

import json
from dataclasses import asdict, fields

import numpy as np
import pytest

import qkdopt as qo
from drawing import problem_of
from qkdopt.cli import main
from qkdopt.errors import InputError
from qkdopt.optimize.domain.receiver_prices import ReceiverPrices
from qkdopt.optimize.exchange import parameter_tables, parameters
from qkdopt.optimize.exchange.genetic_settings import GeneticSettings
from qkdopt.optimize.exchange.parameters import USUAL, BranchAndBoundParameters, SolverParameters
from qkdopt.optimize.solvers.registry import SOLVERS
from qkdopt.tensor import KeyTensor

PROBLEM = problem_of([[5, 4, 0, 3], [0, 6, 7, 2], [2, 2, 9, 1]], [1, 2, 3, 9], 1, [3, 2, 1])
SOLVED = {"strategy": qo.TargetedDelivery("0.1"), "solver": "decomposition"}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"branch_and_bond": {}}, "unknown name branch_and_bond.*did you mean branch_and_bound"),
        ({"branch_and_bound": {"candidate": 3}}, "unknown name candidate.*mean candidates"),
        ({"branch_and_bound": 3}, "parameters: branch_and_bound: got 3"),
        (
            {"branch_and_bound": {"candidates": 0}},
            "branch_and_bound.candidates: got 0, .* 1 to 4,000",
        ),
        ({"branch_and_bound": {"candidates": 4_001}}, "1 to 4,000"),
        ({"branch_and_bound": {"candidates": 2.5}}, "a whole number"),
        ({"branch_and_bound": {"candidates": True}}, "a whole number"),
        ({"milp_search": {"enabled": 1}}, "milp_search.enabled: got 1, expected true or false"),
        ({"column_generation": {"tolerance": 0}}, "above 0, at most 1"),
        ({"column_generation": {"tolerance": float("nan")}}, "above 0, at most 1"),
        ({"column_generation": {"tolerance": 1.5}}, "above 0, at most 1"),
        ({"column_list": {"cells": [0.1]}}, "a list of 2 numbers"),
        ({"column_list": {"cells": [0.1, "x"]}}, "column_list.cells: got x"),
    ],
)
def test_bad_parameters_are_refused_in_one_line(given, words):
    with pytest.raises(InputError, match=words) as refused:
        qo.solve(PROBLEM, **SOLVED, parameters=given)
    assert "\n" not in str(refused.value)


def test_usual_values_pass_their_own_checks_and_change_nothing():
    tables = {group: dict(table) for group, table in asdict(USUAL).items()}
    assert parameter_tables.parameters_of(tables) == parameter_tables.parameters_of({}) == USUAL
    assert parameter_tables.changed_parameters(USUAL) == {}


def test_every_group_belongs_to_a_solver_and_every_class_is_a_group():
    groups = {field.name for field in fields(SolverParameters)}
    assert groups == {group for entry in SOLVERS.values() for group in entry.tuned}
    kinds = {type(getattr(USUAL, group)).__name__ for group in groups}
    assert kinds | {"SolverParameters"} == {n for n in vars(parameters) if n.endswith("Parameters")}


def test_certificates_state_what_differs_and_hash_the_same_without():
    usual = qo.solve(PROBLEM, **SOLVED).certificate
    same = qo.solve(PROBLEM, **SOLVED, parameters=asdict(USUAL)).certificate
    assert same.to_json() == usual.to_json()
    assert "parameters" not in usual.document["made_by"]
    given = {
        "column_generation": {"tolerance": 1e-8},
        "column_list": {"cells": [0.25, 0.5]},
        "milp_search": {"enabled": True},
    }
    changed = qo.solve(PROBLEM, **SOLVED, parameters=given).certificate
    assert changed.document["made_by"]["parameters"] == {
        "column_generation": {"tolerance": "1e-08"}, "column_list": {"cells": ["0.25", "0.5"]},
        "milp_search": {"enabled": True},
    }  # fmt: skip
    assert qo.verify(changed)


def test_classes_say_the_same_as_tables():
    chosen = SolverParameters(branch_and_bound=BranchAndBoundParameters(candidates=3))
    assert parameter_tables.parameters_of({"branch_and_bound": {"candidates": 3}}) == chosen
    made_by = qo.solve(PROBLEM, **SOLVED, parameters=chosen).certificate.document["made_by"]
    assert made_by["parameters"] == {"branch_and_bound": {"candidates": 3}}


def test_parameters_act(monkeypatch):
    # One round of column generation leaves a bound above the converged one.
    week = problem_of([[9, 1, 8, 2, 7, 3], [1, 9, 2, 8, 3, 7], [5] * 6], range(6), 1, [3, 2, 1])
    one = {"column_generation": {"rounds": 1}}
    solved = {"strategy": qo.LeastDivergence("0.5"), "solver": "outer_approximation"}
    seen = []
    from qkdopt.optimize.decomposition import column_generation

    kept = column_generation.column_generation

    def counted(*arguments, **named):
        found = kept(*arguments, **named)
        seen.append((named["parameters"].rounds, found.rounds))
        return found

    monkeypatch.setattr(column_generation, "column_generation", counted)
    qo.solve(week, **solved)
    qo.solve(week, **solved, parameters=one)
    usual, brief = seen[0], seen[-1]
    assert usual[0] == USUAL.column_generation.rounds
    assert brief == (1, 1)
    assert usual[1] > 1


@pytest.mark.parametrize(
    ("solver", "group", "words"),
    [
        ("dynamic", "branch_and_bound", "none with solver dynamic; decomposition have"),
        ("hybrid", "cut_search", "one of column_generation, hybrid, polish with solver hybrid"),
    ],
)
def test_solvers_refuse_groups_that_they_do_not_have(solver, group, words):
    first = fields(getattr(USUAL, group))[0]
    given = {group: {first.name: 2 * first.default if first.default >= 1 else first.default / 2}}
    with pytest.raises(InputError, match=words):
        qo.solve(PROBLEM, qo.GeneralDelivery(), solver=solver, parameters=given)


def test_hybrid_has_parameters_of_its_own():
    given = {"hybrid": {"seeded": 2, "groups": 3}, "polish": {"first_steps": 500}}
    settings = GeneticSettings(evaluations=200, population=20)
    outcome = qo.solve(
        PROBLEM, qo.TargetedDelivery("0.1"), solver="hybrid", genetic=settings, parameters=given
    )
    assert outcome.certificate.document["made_by"]["parameters"] == given
    assert qo.verify(outcome.certificate)


def test_the_command_reads_a_file(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "problem.json").write_text(json.dumps(PROBLEM.document()))
    (tmp_path / "tuning.toml").write_text("[branch_and_bound]\ncandidates = 3\n")
    words = ["solve", "problem.json", "--strategy", "td", "--kl-max", "0.1", "--json"]
    assert main([*words, "--parameters", "tuning.toml", "-o", "td.json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["made_by"]["parameters"] == {"branch_and_bound": {"candidates": 3}}
    (tmp_path / "tuning.toml").write_text("[branch_and_bound]\ncandidate = 3\n")
    assert main([*words, "--parameters", "tuning.toml"]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "tuning.toml: branch_and_bound: got 'unknown name candidate'" in error


def test_prices_of_shared_receivers_have_parameters(monkeypatch):
    weights = {"Graz": 2, "Bari": 1}
    keys = [
        KeyTensor.create(np.array(bits), [0, 1, 2, 9], list(weights), weights=weights)
        for bits in ([[5, 4, 0, 3], [0, 6, 7, 2]], [[4, 4, 3, 3], [1, 6, 6, 5]])
    ]
    problem = qo.SchedulingProblem.from_satellites(dict(zip("AB", keys, strict=True)))
    qo.solve(problem, **SOLVED)  # kernels are compiled with the usual values
    seen, improve = [], ReceiverPrices.improve
    monkeypatch.setattr(
        ReceiverPrices,
        "improve",
        lambda prices, *given, **named: (
            seen.append(prices.parameters), improve(prices, *given, **named)
        )[1],
    )  # fmt: skip
    given = {"receiver_prices": {"first_sweeps": 1, "component_sweeps": 7}}
    outcome = qo.solve(problem, **SOLVED, parameters=given)
    assert {settings.first_sweeps for settings in seen} == {1}
    assert {settings.sweeps for settings in seen} <= {USUAL.receiver_prices.sweeps, 7}
    assert outcome.certificate.document["made_by"]["parameters"] == given
    assert qo.verify(outcome.certificate)
