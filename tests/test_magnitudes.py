"""Bits up to 2^52: who carries them carries them exactly, who cannot says so in one line."""

from pathlib import Path

import numpy as np
import pytest

import qkdopt as qo
from drawing import problem_of
from enumeration import Enumerated
from qkdopt.errors import SolverError
from qkdopt.mip.exchange import scaled
from qkdopt.mip.standard_form import compile_model
from qkdopt.mip.whole_numbers import TRUSTED, digits_of
from qkdopt.optimize.formulations import formulation_named
from qkdopt.optimize.problem_file import read_problem

PROBLEMS = Path(__file__).parent / "data" / "problems"
LARGE = 2**52 - 1


def large_problem():
    bits = [[LARGE, 0, LARGE // 3, 7], [LARGE // 2, LARGE - 5, 0, LARGE // 7]]
    problem = problem_of(bits, [1, 2, 3, 5], 1, [3, 1])
    wanted = {"A": {"A": 0, "B": LARGE}, "B": {"A": LARGE, "B": 0}}
    return problem.having(demand={"A": LARGE + 2**51, "B": LARGE}, traffic=wanted)


def test_one_shared_bit_is_found_where_all_prices_are_nothing():
    problem = read_problem(PROBLEMS / "one_pair_of_three.json")
    found = qo.solve(problem, qo.PairedDelivery(), solver="decomposition")
    assert (found.ended, found.value, found.bound) == (qo.Ended.FINISHED, 1, 1)
    assert qo.verify(found.certificate, problem).optimal


@pytest.mark.parametrize("name", ["capped", "balanced", "paired", "td"])
def test_decomposition_carries_bits_up_to_2_52(name):
    problem = large_problem()
    settings = {"kl_max": "0.2"} if name == "td" else {}
    best = Enumerated(problem).best(name, **settings)
    strategy = {
        "capped": qo.CappedDelivery(),
        "balanced": qo.BalancedDelivery(),
        "paired": qo.PairedDelivery(),
        "td": qo.TargetedDelivery("0.2"),
    }[name]
    found = qo.solve(problem, strategy, solver="decomposition")
    value, bound = found.value, found.bound
    if name == "balanced":
        value, best = value["total"], best[1]
        bound = bound["total"]
    assert value == best <= bound <= best * (1 + 1e-12)
    assert qo.verify(found.certificate, problem).holds


def test_a_run_that_ends_with_a_gap_has_not_finished():
    problem = large_problem()
    for strategy in (qo.PairedDelivery(), qo.TargetedDelivery("0.2"), qo.CappedDelivery()):
        found = qo.solve(problem, strategy, solver="decomposition")
        assert found.optimal == (found.ended is qo.Ended.FINISHED), found


@pytest.mark.parametrize("strategy", [qo.BalancedDelivery(), qo.PairedDelivery()])
def test_mip_solvers_refuse_numbers_that_they_cannot_tell_apart(strategy):
    problem = read_problem(PROBLEMS / "bits_near_2_47.json")
    words = r"^mip_solver highs is trusted for whole rows below 2\^\d+ .*reach 2\^47[^\n]*$"
    with pytest.raises(SolverError, match=words):
        qo.solve(problem, strategy, solver="milp")


def test_common_divisors_do_not_count():
    unit = 2**46
    problem = problem_of([[5 * unit, 0, 3 * unit], [4 * unit, 6 * unit, 0]], [1, 2, 4], 1)
    form = compile_model(formulation_named("startup").build(problem, qo.GeneralDelivery()))
    assert digits_of(form).costs == 3
    best = Enumerated(problem).best("gd")
    for mip_solver in ("highs", "pyomo:highs"):
        found = qo.solve(problem, qo.GeneralDelivery(), solver="milp", mip_solver=mip_solver)
        assert found.value == found.bound == best


def test_the_longest_path_states_the_bound_of_linear_objectives():
    problem = problem_of([[2**43, 0, 3, 2**42 + 1], [2**42, 2**43 - 1, 5, 0]], [1, 2, 3, 5], 1)
    best = Enumerated(problem).best("gd")
    found = qo.solve(problem, qo.GeneralDelivery(), solver="milp")
    assert best <= found.bound == qo.solve(problem, qo.GeneralDelivery()).value
    assert found.certificate.document["made_by"]["milp_bound"].isdigit()


def test_moderate_numbers_are_the_same_model():
    problem = large_problem()
    form = compile_model(formulation_named("startup").build(problem, qo.CappedDelivery()))
    moderate = scaled(form)
    assert np.abs(moderate.form.matrix.data).max() <= 2.0**20
    rows = np.abs(form.matrix.toarray()).max(axis=1)
    factor = np.abs(moderate.form.matrix.toarray() / moderate.columns).max(axis=1) / rows
    back = moderate.form.matrix.toarray() / moderate.columns / factor[:, np.newaxis]
    assert (back == form.matrix.toarray()).all()
    assert set(np.log2(factor) % 1) == {0.0}


def test_every_solver_has_a_limit():
    from qkdopt.mip.solvers import MIP_SOLVERS

    assert set(TRUSTED) == set(MIP_SOLVERS)
