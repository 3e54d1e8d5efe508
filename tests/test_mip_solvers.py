"""Every mixed-integer solver that is here gives the dynamic programme's optimum; others say why."""

import sys

import numpy as np
import pytest
from highspy import HighsVarType

from command_line import KEYS
from drawing import problem_of
from qkdopt import GeneralDelivery, PrioritisedDelivery, Schedule, solve, verify
from qkdopt.certificates import Ended
from qkdopt.errors import InputError, LicenceError, MissingSolverError, SolverError
from qkdopt.library import problem_folder
from qkdopt.mip.exchange import MipOptions, scaled
from qkdopt.mip.glpk import _STEP
from qkdopt.mip.highs_factory import new_highs
from qkdopt.mip.solvers import MIP_SOLVERS, check_mip_solver
from qkdopt.mip.standard_form import compile_model
from qkdopt.optimize.formulations import FORMULATIONS, formulation_named
from qkdopt.optimize.problem_file import read_problem
from qkdopt.optimize.strategies import with_floors

PROBLEM = problem_of(
    [[5, 0, 3, 0, 9, 2], [4, 6, 0, 7, 0, 1], [0, 2, 2, 8, 5, 0]], [1, 2, 3, 5, 6, 8], 1, [3, 1, 2]
)
LONG_HANDOVER = problem_of([[5, 3, 3, 1, 9, 2], [4, 6, 1, 7, 1, 1]], [1, 2, 3, 4, 5, 8], 2, [1, 4])


def installed(name):
    if MIP_SOLVERS[name].found_version() is None:
        pytest.skip(f"{name} is not installed: {MIP_SOLVERS[name].install}")
    return name


@pytest.mark.parametrize("name", MIP_SOLVERS)
@pytest.mark.parametrize("problem", [PROBLEM, LONG_HANDOVER], ids=["tau=1", "tau=2"])
def test_every_solver_agrees_with_the_dynamic_programme(name, problem):
    installed(name)
    if name == "cp_sat" and problem.tau > 1:
        pytest.skip("a process for each solve: one problem is enough")
    for strategy in (GeneralDelivery(), PrioritisedDelivery()):
        best = solve(problem, strategy)
        found = solve(problem, strategy, solver="milp", mip_solver=name, formulation="paper")
        assert (found.ended, found.value, found.bound) == (
            Ended.FINISHED, best.value, best.value,
        )  # fmt: skip
        assert verify(found.certificate, problem).optimal
        assert found.certificate.document["made_by"]["mip_solver"] == name


@pytest.mark.parametrize("formulation", FORMULATIONS)
@pytest.mark.parametrize("name", ["scip", "cbc", "glpk"])
def test_open_solvers_read_every_formulation(name, formulation):
    installed(name)
    found = solve(
        PROBLEM, GeneralDelivery(), solver="milp", mip_solver=name, formulation=formulation
    )
    assert found.value == found.bound == solve(PROBLEM, GeneralDelivery()).value


def test_costs_beyond_the_tolerances_of_solvers_are_scaled_and_back():
    heavy = problem_of([[7 * 2**22, 0, 1], [2**22, 5, 0]], [1, 2, 4], 1, [2**18, 1])
    best = solve(heavy, PrioritisedDelivery())
    form = compile_model(formulation_named("paper").build(heavy, PrioritisedDelivery()))
    moderate = scaled(form)
    assert moderate.exponent > 0
    assert (moderate.form.cost * 2.0**moderate.exponent == form.cost).all()
    found = solve(heavy, PrioritisedDelivery(), solver="milp")
    assert found.value == found.bound == best.value
    for name in ("cbc", "glpk", "scip"):  # which are trusted less
        if MIP_SOLVERS[name].found_version() is not None:
            with pytest.raises(SolverError, match=f"{name} is trusted for whole costs below"):
                solve(heavy, PrioritisedDelivery(), solver="milp", mip_solver=name)


@pytest.mark.parametrize("name", ["highs", "scip", "cbc", "glpk"])
def test_infeasible_is_a_result(name):
    installed(name)
    goal = with_floors(GeneralDelivery(), {"A": 1000})
    found = solve(PROBLEM, goal, solver="milp", mip_solver=name)
    assert found.certificate is None
    assert found.ended is Ended.FINISHED
    assert found.reason.startswith(f"infeasible: {name}")


@pytest.mark.parametrize("name", ["highs", "scip", "cbc", "glpk", "cp_sat", "pyomo:highs"])
def test_a_problem_in_which_nothing_can_be_served(name):
    installed(name.removeprefix("pyomo:"))
    nothing = problem_of([[0, 0], [0, 0]], [1, 2], 1)
    found = solve(nothing, GeneralDelivery(), solver="milp", mip_solver=name)
    assert (found.ended, found.value, found.bound) == (Ended.FINISHED, 0, 0)


def crowded_problem():
    rng = np.random.default_rng(8)
    bits = rng.integers(1, 900, (4, 24)) * (rng.random((4, 24)) < 0.7)
    return problem_of(bits.tolist(), np.cumsum(rng.choice([1, 1, 1, 4], 24)).tolist(), 2)


TELLING = ["highs", "scip", "glpk", "cp_sat", "gurobi"]


@pytest.mark.parametrize("name", TELLING)
def test_incumbents_and_bounds_on_the_way_are_true(name):
    installed(name)
    problem = crowded_problem()
    best = solve(problem, GeneralDelivery()).value
    told = []
    try:
        found = solve(
            problem, GeneralDelivery(), solver="milp", mip_solver=name, formulation="paper",
            progress=lambda *line: told.append(line),
        )  # fmt: skip
    except LicenceError as error:
        pytest.skip(str(error))
    assert found.value == best
    values = [value for _, value, _ in told if value is not None]
    bounds = [bound for _, _, bound in told if bound is not None]
    assert values
    assert bounds
    assert all(0 <= value <= best * (1 + 1e-9) for value in values)
    assert all(bound >= best * (1 - 1e-9) for bound in bounds)
    assert values == sorted(values)
    seconds = [second for second, _, _ in told]
    assert seconds == sorted(seconds)
    assert seconds[0] >= 0


@pytest.mark.parametrize("name", TELLING[1:])
def test_what_a_progress_function_raises_ends_the_search(name):
    installed(name)

    class EnoughError(Exception):
        pass

    def enough(*line):
        raise EnoughError

    with pytest.raises((EnoughError, LicenceError)):
        solve(
            crowded_problem(), GeneralDelivery(), solver="milp", mip_solver=name,
            formulation="paper", progress=enough,
        )  # fmt: skip


def test_pyomo_reaches_solvers_by_their_names_there():
    best = solve(PROBLEM, GeneralDelivery()).value
    names = ["highs"] + [n for n in ("cbc", "glpk") if MIP_SOLVERS[n].found_version()]
    for name in names:
        found = solve(PROBLEM, GeneralDelivery(), solver="milp", mip_solver=f"pyomo:{name}")
        assert found.value == found.bound == best
    with pytest.raises(MissingSolverError, match="Pyomo does not find the solver xpress"):
        solve(PROBLEM, GeneralDelivery(), solver="milp", mip_solver="pyomo:xpress")


def test_a_missing_program_names_the_line_that_installs_it(qkdopt, monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(MissingSolverError, match=r"CBC is not installed.*apt-get install coinor-c"):
        check_mip_solver("cbc")
    qkdopt.write("keys.csv", KEYS)
    answer = qkdopt("solve", "keys.csv", "--solver", "milp", "--mip-solver", "glpk")
    assert answer.complaint == "GLPK is not installed; to install: apt-get install glpk-utils"


@pytest.mark.parametrize(("name", "package"), [("scip", "pyscipopt"), ("cp_sat", "ortools")])
def test_a_missing_package_names_the_line_that_installs_it(monkeypatch, name, package):
    from importlib import metadata

    def absent(wanted):
        raise metadata.PackageNotFoundError(wanted)

    monkeypatch.setattr("qkdopt.versions.version", absent)
    monkeypatch.delitem(sys.modules, f"qkdopt.mip.{name}", raising=False)
    with pytest.raises(MissingSolverError, match=f"pip install {package}"):
        check_mip_solver(name)
    monkeypatch.undo()
    sys.modules.pop(f"qkdopt.mip.{name}", None)


@pytest.mark.parametrize("name", ["gurobi", "cplex"])
def test_a_licence_that_is_too_small_says_so(name):
    installed(name)
    week = read_problem(problem_folder("micius-china-2016") / "problem.json.gz")
    with pytest.raises(LicenceError, match=r"(?i)size"):
        solve(week, GeneralDelivery(), solver="milp", mip_solver=name)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"solver": "milp", "mip_solver": "magic"}, "mip_solver: got magic, expected one of highs"),
        ({"solver": "dynamic", "mip_solver": "cbc"}, "expected none with solver dynamic"),
        ({"solver": "milp", "mip_solver": "pyomo:"}, "expected one of highs, highs_plain"),
    ],
)
def test_settings_that_cannot_be_meant(settings, message):
    with pytest.raises(InputError, match=message):
        solve(PROBLEM, GeneralDelivery(), **settings)


def test_what_a_solver_cannot_carry_is_refused_by_name():
    installed("cp_sat")
    with pytest.raises(SolverError, match="cp_sat carries gd and pd only"):
        solve(PROBLEM, with_floors(GeneralDelivery(), {"A": 1}), solver="milp", mip_solver="cp_sat")


def test_only_highs_begins_with_a_known_schedule():
    installed("scip")
    known = Schedule.create(solve(PROBLEM, GeneralDelivery(), solver="greedy").certificate.schedule)
    with pytest.raises(SolverError, match="scip cannot begin with a known schedule"):
        solve(PROBLEM, GeneralDelivery(), solver="milp", mip_solver="scip", start=known)


def test_cp_sat_refuses_numbers_that_are_not_whole():
    from dataclasses import replace

    from qkdopt.mip.cp_sat import solve_form

    form = compile_model(formulation_named("paper").build(PROBLEM, GeneralDelivery()))
    with pytest.raises(SolverError, match="the model's cost"):
        solve_form(replace(form, cost=form.cost + 0.5), MipOptions())


def test_bounds_are_read_from_the_log_of_glpk():
    log = (
        "+   612: mip =  -5.100000000e+07 >=  -5.200000000e+07   2.0% (12; 3)\n"
        "+  1300: mip =  -5.199000000e+07 >=     tree is empty   0.0% (0; 41)\n"
        "+     3: mip =     not found yet >=              -inf        (1; 0)\n"
    )
    assert _STEP.findall(log) == [
        ("-5.200000000e+07", "12", "3"), ("tree is empty", "0", "41"), ("-inf", "1", "0"),
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["highs", "pyomo:highs"])
def test_highs_takes_as_many_threads_as_it_is_told_each_time(name):
    # HiGHS keeps the number of a thread's first run and refuses others.
    best = solve(PROBLEM, GeneralDelivery()).value
    for threads in (2, 1, 2):
        own = new_highs()
        own.silent()
        own.setOptionValue("threads", 3 - threads)
        own.addVar(0.0, 1.0)
        own.changeColIntegrality(0, HighsVarType.kInteger)
        own.run()
        found = solve(PROBLEM, GeneralDelivery(), solver="milp", mip_solver=name, threads=threads)
        assert found.value == found.bound == best
