"""Tables of slew times: their two forms, spoiled ones, and who carries them."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qkdopt as qo
from drawing import examples, operations_for, tiny_problems
from drawing import problem_of as small_problem
from enumeration import delivered_by_link
from physics_scenarios import scenario
from qkdopt.errors import InputError, SolverError
from qkdopt.optimize.formulations import FORMULATIONS, formulation_named
from qkdopt.optimize.operations import Operations
from qkdopt.optimize.problem_file import problem_from_document
from qkdopt.physics import compute_keys
from qkdopt.physics.slew import slew_runs, with_slew_times
from qkdopt.study import problem_of
from qkdopt.tensor.slew_table import SlewTable
from qkdopt.verifier.model import Slew
from test_slew import refused, slewing


@pytest.mark.parametrize("fact", ["5", "[[0, 4, [1, 0, 2]]]", "[[0, 1, [1, 0]]]"])
def test_bad_times_in_key_files_are_one_line(tmp_path: Path, fact: str) -> None:
    path = tmp_path / "keys.csv"
    path.write_text(f'# qkdopt {{"interval_s": "10", "slew": {fact}}}\ninterval,A,B\n1,2,3\n')
    with pytest.raises(InputError, match=r"keys\.csv: slew: got ") as caught:
        qo.KeyTensor.load(path)
    assert "\n" not in str(caught.value)


def test_without_settling_a_turn_still_keeps_an_interval_free() -> None:
    for settling_s, least in ((0, 1), (10, 2)):  # any angle takes more than no time
        found = slewing(own={"slew_rate_deg_s": 5, "settling_s": settling_s})
        assert with_slew_times(found, compute_keys(found)).slew.runs[:, 4].min() == least


def test_the_document_comes_back_and_the_rest_of_the_rules_do_not_change_it() -> None:
    found = slewing(operations={"minimum_dwell_s": 20})
    problem = problem_of(found)
    again = problem_from_document(json.loads(json.dumps(problem.document())))
    assert again.operations == problem.operations
    assert again.sha256 == problem.sha256
    second = problem_from_document(json.loads(json.dumps(problem.as_version(2).document())))
    assert second.operations == problem.operations
    assert problem.operations.minimum_dwell_s == 20


@given(tiny_problems(most_intervals=6), st.data())
@settings(max_examples=examples(60), deadline=None)
def test_a_constant_table_is_a_constant_time(problem: qo.SchedulingProblem, data: Any) -> None:
    usual, links = problem.tau, range(len(problem.links))
    less = data.draw(st.integers(0, usual))
    end = int(problem.interval.max(initial=0))
    slew = [(n, m, 0, end, less) for n in links for m in links if n != m]
    slewed = problem.with_satellite(operations=Operations.create(slew=slew))
    constant = problem.with_satellite(switch_s=Decimal(10 * less))
    strategy = qo.PrioritisedDelivery()
    best = qo.solve(constant, strategy).value
    for solver in ({"solver": "dynamic"}, {"solver": "milp"}):
        outcome = qo.solve(slewed, strategy, **solver)
        assert (outcome.value, outcome.bound) == (best, best)
        assert qo.verify(outcome.certificate, slewed).optimal


@given(tiny_problems(most_links=3, most_intervals=6), st.data())
@settings(max_examples=examples(80), deadline=None)
def test_both_forms_say_the_same(problem: qo.SchedulingProblem, data: Any) -> None:
    own = data.draw(operations_for(problem))
    if not own.slew:
        return
    values = set()
    for by_pair in (False, True):
        table = SlewTable(own.slew.runs, by_pair)
        turning = Operations(slew=table, switch_matrix_s=own.switch_matrix_s)
        slewed = problem.with_satellite(operations=turning)
        again = problem_from_document(json.loads(json.dumps(slewed.document())))
        assert again.operations == turning
        outcome = qo.solve(slewed, qo.GeneralDelivery(), solver="dynamic")
        assert outcome.value == int(delivered_by_link(slewed).sum(axis=1).max(initial=0))
        verdict = qo.verify(json.loads(outcome.certificate.to_json()))
        assert verdict.optimal, verdict.findings
        values.add(outcome.value)
    assert len(values) == 1


@pytest.mark.parametrize(
    "slew",
    [
        [[0, 1]], [[0, 1, []]], [[0, 1, [4]]], [[0, 1, [4, 1]]], [[0, 1, [4, 1, 0]]],
        [[0, 1, [4, -1, 2]]], [[0, 1, [4, 1, 2.0]]], [[0, 1, 5, [4, 1, 2]]], [[0, 0, [4, 1, 2]]],
        [[0, 2, [4, 1, 2]]], [[0, 1, [4, 1, 2], [5, 1, 1]]], [[0, 1, [4, 1, 2]], [0, 1, 7, 7, 1]],
    ],
)  # fmt: skip
def test_spoiled_tables_are_refused_by_reader_and_verifier(slew: list[Any]) -> None:
    problem = small_problem([[1, 2], [3, 4]], [4, 5], 1, slew=[[0, 1, [4, 0, 2]]])
    document = json.loads(qo.solve(problem, qo.GeneralDelivery()).certificate.to_json())
    assert qo.verify(document).optimal
    document["problem"]["options"]["slew"] = slew
    for read in (lambda: problem_from_document(document["problem"]), lambda: qo.verify(document)):
        with pytest.raises(InputError, match="slew"):
            read()


def test_no_other_formulation_or_search_ignores_it() -> None:
    problem = small_problem([[1, 2], [3, 4]], [5, 6], 1, slew=[(0, 1, 5, 5, 0)])
    for name in FORMULATIONS:
        why = formulation_named(name).refusal(problem)
        assert (why is None) == (name == "path_flow")
        assert why is None or f"formulation {name} cannot carry slew" in why
    for solver in ("greedy", "genetic", "hybrid"):
        with pytest.raises(SolverError, match="cannot carry operations: slew"):
            qo.solve(problem, qo.GeneralDelivery(), solver=solver)


def test_two_satellites_turn_each_at_its_own_rate() -> None:
    follower = {
        "name": "F", "kind": "train", "satellites": 2, "altitude_km": 500, "inclination_deg": 97.4,
        "node_deg": 181.9, "spacing_deg": 6, "slew_rate_deg_s": 0.5,
    }  # fmt: skip
    both = slewing(constellation=[follower])
    problem = problem_of(both)
    assert [item.switch_s for item in problem.satellites] == [185, 360, 360]
    assert all(item.operations.slew for item in problem.satellites)
    assert problem.document()["options"]["slew"][0][0] == 0
    outcome = qo.solve(problem, qo.GeneralDelivery(), time_limit=60)
    assert outcome.value == outcome.bound
    assert qo.verify(outcome.certificate, problem).optimal


def test_soonest_in_runs_by_hand() -> None:
    # Usually 9; from 10 to 12 it takes 5, in 13 only 1: over at 15, whoever leaves before.
    slew = Slew.of([(10, 12, 5), (13, 13, 1), (20, 20, 0)])
    times = (0, 4, 5, 8, 9, 10, 12, 13, 14, 19, 20, 21)
    assert [slew.soonest([t], 9)[0] for t in times] == slew.soonest(times, 9)
    assert slew.soonest(times, 9) == [10, 14, 15, 15, 15, 15, 15, 15, 21, 21, 21, 31]


@pytest.mark.parametrize(
    ("own", "message"),
    [
        ({"slew_rate_deg_s": 0}, "satellite[0].slew_rate_deg_s: got 0, expected"),
        ({"slew_rate_deg_s": -1}, "satellite[0].slew_rate_deg_s: got -1, expected"),
        (
            {"slew_rate_deg_s": 0.009},
            "slew_rate_deg_s: got 0.009, expected 0.01 <= slew_rate_deg_s",
        ),
        ({"slew_rate_deg_s": "1"}, "satellite[0].slew_rate_deg_s: got '1', expected"),
        ({"slew_rate_deg_s": 1, "settling_s": -5}, "satellite[0].settling_s: got -5, expected"),
        ({"settling_s": 5}, "satellite[0].slew_rate_deg_s: got nothing"),
        ({"slew_rate_deg_s": 1, "switch_s": 5}, "got switch_s and slew_rate_deg_s, expected"),
    ],
)
def test_bad_rates_are_one_line(own: dict[str, Any], message: str) -> None:
    found = refused(own)
    assert message in found
    assert "\n" not in found


def test_scenarios_without_a_rate_stay() -> None:
    assert scenario().slew is None
    assert slew_runs(scenario(), compute_keys(scenario())).shape == (0, 5)
    assert slewing().digest != slewing(own={"switch_s": 185}).digest
