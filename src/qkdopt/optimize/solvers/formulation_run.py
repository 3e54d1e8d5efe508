"""A formulation built, handed over to a solver of mixed-integer programs, and read back."""

from __future__ import annotations

import math
import time
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from qkdopt.arrays import Floats
from qkdopt.certificates import Ended, ended_by
from qkdopt.deadline import DeadlinePassedError
from qkdopt.errors import SolverError
from qkdopt.mip.exchange import MipOptions
from qkdopt.mip.highs import solve_form
from qkdopt.mip.solvers import MIP_SOLVERS, check_mip_solver, solve_mip
from qkdopt.mip.standard_form import StandardForm, compile_model, compiled_in_time, search_s
from qkdopt.optimize.exchange.options import SolverOptions
from qkdopt.optimize.exchange.result import SolverResult
from qkdopt.optimize.formulations import chosen_formulation, formulation_named, read_schedule
from qkdopt.optimize.objectives.piecewise_linear import PiecewiseLinearObjective
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.schedule import Schedule
from qkdopt.optimize.strategies import Strategy, is_linear

if TYPE_CHECKING:
    import pyomo.environ as pyo

_EXACT_TO_HALVES = 2.0**50
_LAST_DIGITS = 2.0**-49


def solve_formulation(
    problem: SchedulingProblem,
    strategy: Strategy | PiecewiseLinearObjective,
    options: SolverOptions,
) -> SolverResult:
    """Build, compile, hand over and solve; read the schedule back.

    The bound is the solver's own as an integer: every schedule's value is whole, so the floating
    figure is rounded, which forgives an error of half a unit. Nothing proves it, and the verifier
    does not rely on it. The reason is the solver's message, ``Infeasible`` for that.

    Raises
    ------
    SolverError
        When the formulation is unknown or refuses the problem, or the solver is missing, not
        licensed for it, or does not support it.
    """
    name = chosen_formulation(problem, options.formulation)  # loads Pyomo, before the clock starts
    _check_solver(options.mip_solver, strategy)
    deadline, began = options.running(), time.perf_counter()
    try:
        build = partial(_built, problem, strategy, name, options.mip_solver)
        form, seconds = compiled_in_time(build, deadline)
    except (DeadlinePassedError, KeyboardInterrupt) as stopped:
        seconds = {"build": time.perf_counter() - began}
        ended = ended_by(stopped, deadline)
        return SolverResult(
            ended=ended, schedule=options.start, reason="Not built in time", seconds=seconds,
            details={"formulation": name, "nodes": 0, "milp_bound": "none"},
        )  # fmt: skip
    settings = MipOptions(search_s(deadline), options.threads, options.seed)
    start = None if options.start is None else _start(form, options.start)
    result = solve_mip(options.mip_solver, form, settings, start=start, progress=options.progress)
    schedule = None
    if result.values is not None:
        form.set_values(result.values)
        schedule = read_schedule(problem, form.model)
    if schedule is None and result.ended in (Ended.TIME_LIMIT, Ended.INTERRUPTED):
        schedule = options.start
    bound = _whole_bound(result.bound)
    return SolverResult(
        ended=result.ended,
        schedule=schedule,
        bound=bound,
        reason=result.message,
        details={
            "formulation": name,
            "nodes": result.nodes,
            "milp_bound": "none" if bound is None else str(bound),
        },
        seconds=seconds | result.seconds,
    )


def _built(
    problem: SchedulingProblem,
    strategy: Strategy | PiecewiseLinearObjective,
    formulation: str,
    mip_solver: str,
) -> pyo.ConcreteModel:
    build = formulation_named(formulation).build
    if mip_solver in MIP_SOLVERS:
        return build(problem, strategy)
    from qkdopt.optimize.formulations.templates import without_templates

    with without_templates():
        return build(problem, strategy)


def _check_solver(name: str, strategy: Strategy | PiecewiseLinearObjective) -> None:
    check_mip_solver(name)
    whole_only = name in MIP_SOLVERS and MIP_SOLVERS[name].whole_only
    if whole_only and not is_linear(strategy):
        raise SolverError(f"mip_solver {name} carries gd and pd only; highs carries the others")


def _whole_bound(bound: float | None) -> int | None:
    """Return the integer bound that a floating-point bound stands for, ``None`` without one.

    Values are whole, so the nearest integer forgives an error of half a unit. Beyond 2^50
    doubles no longer resolve that, and the bound is moved up by a few of their last digits.
    """
    if bound is None or not math.isfinite(bound):
        return None
    slack = abs(bound) * _LAST_DIGITS if abs(bound) > _EXACT_TO_HALVES else 0.0
    return math.floor(bound + 0.5 + slack)


def relaxation_value(
    problem: SchedulingProblem, strategy: Strategy | PiecewiseLinearObjective, formulation: str
) -> float:
    """Return the optimum of a formulation's linear relaxation.

    Raises
    ------
    SolverError
        When the formulation refuses the problem or HiGHS does not finish.
    """
    name = chosen_formulation(problem, formulation)
    form = compile_model(formulation_named(name).build(problem, strategy))
    result = solve_form(form, MipOptions(relax=True))
    if result.objective is None:
        raise SolverError(f"HiGHS did not solve the relaxation of {name}: {result.message}")
    return result.objective


def _start(form: StandardForm, schedule: Schedule) -> Floats:
    """Return ``x`` as a schedule has it, and ``nan`` for what HiGHS is to complete."""
    position = {id(column): place for place, column in enumerate(form.columns)}
    values = np.full(len(form.columns), np.nan)
    service = schedule.service
    for (n, a), variable in form.model.x.items():
        if id(variable) in position:
            values[position[id(variable)]] = float(service[a] == n)
    return values
