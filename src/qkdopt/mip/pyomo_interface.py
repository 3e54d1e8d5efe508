"""Any solver that Pyomo reaches, by Pyomo's own interface to it.

``pyomo:NAME`` takes NAME from Pyomo's newer factory where it is known there (``highs``,
``gurobi_direct``, ``scip_direct``, ...) and else from the older one (``cbc``, ``glpk``,
``cplex_direct``, ``xpress``, ...). The newer one has common names for gaps, threads and time; of
the older solvers we set the gap of those whose option we know, and leave others at their own.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from qkdopt.certificates import Ended
from qkdopt.errors import LicenceError, MissingSolverError, SolverError
from qkdopt.mip.exchange import MipOptions, MipResult
from qkdopt.mip.highs_factory import any_thread_count
from qkdopt.mip.native_output import native_output_hidden
from qkdopt.mip.standard_form import StandardForm

if TYPE_CHECKING:
    from pyomo.contrib.solver.common.base import SolverBase
    from pyomo.opt.base.solvers import OptSolver
    from pyomo.opt.results import SolverResults

_EXACT = {
    "cbc": {"ratioGap": 0, "allowableGap": 0},
    "glpk": {"mipgap": 0},
    "cplex_direct": {"mip_tolerances_mipgap": 0, "mip_tolerances_absmipgap": 0},
    "gurobi_direct": {"MIPGap": 0, "MIPGapAbs": 0},
}
_SEED = {"highs": "random_seed", "gurobi_direct": "Seed", "cbc": "randomCbcSeed"}
_LEAST_PARTS = 3
_TOO_LARGE = ("too large for size-limited license", "Problem size limits exceeded")


def solve_model(form: StandardForm, name: str, options: MipOptions) -> MipResult:
    """Solve the Pyomo model of a form by the solver that Pyomo calls ``name``.

    Parameters
    ----------
    form
        Its columns say which variables to read back. The hand-over is what the whole call takes
        without the time that the solver reports.

    Raises
    ------
    MissingSolverError
        When Pyomo does not know or does not find the solver.
    LicenceError, SolverError
        When the solver refuses the model or breaks down.
    """
    try:
        with native_output_hidden():  # some interfaces let a banner through
            any_thread_count()
            solver = _found(name)
            if solver is None:
                raise MissingSolverError(f"Pyomo does not find the solver {name}")
            if _is_newer(name):
                return _newer(solver, form, name, options)
            return _older(solver, form, name, options)
    except (MissingSolverError, SolverError):
        raise
    except Exception as error:  # every interface has its own
        words = " ".join(str(error).split())
        if any(mark in words for mark in _TOO_LARGE):
            raise LicenceError(f"{name}: {words}") from error
        raise SolverError(f"pyomo:{name} failed: {words}") from error


@cache
def found_version(name: str) -> str | None:
    """Return the version of the solver that Pyomo calls ``name``, or ``None`` without it."""
    solver = _found(name)
    if solver is None:
        return None
    try:
        with _quiet():
            parts = solver.version()
    except Exception:  # every interface has its own
        parts = None
    numbers = [str(part) for part in parts or ()]
    while len(numbers) > _LEAST_PARTS and numbers[-1] == "0":
        numbers.pop()
    return ".".join(numbers) or "unknown version"


def _is_newer(name: str) -> bool:
    import pyomo.environ  # noqa: F401 (registers the solvers)
    from pyomo.contrib.solver.common.factory import SolverFactory

    return name in SolverFactory


def _found(name: str) -> SolverBase | OptSolver | None:
    """Return the interface of a solver that is there, ``None`` for any other."""
    import pyomo.environ as pyo
    from pyomo.contrib.solver.common.factory import SolverFactory

    try:
        with _quiet():
            if _is_newer(name):
                solver = SolverFactory(name)
                return solver if solver.available() else None
            solver = pyo.SolverFactory(name)
            return solver if solver.available(exception_flag=False) else None
    except Exception:  # an unknown name is taken for a program and looked for
        return None


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Pyomo from logging a traceback; the caller reports the error in one line."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with native_output_hidden():
            yield
    finally:
        logging.disable(before)


def _newer(solver: SolverBase, form: StandardForm, name: str, options: MipOptions) -> MipResult:
    began = time.perf_counter()
    results = solver.solve(
        form.model,
        time_limit=options.time_limit,
        threads=options.threads,
        rel_gap=0.0,
        abs_gap=0.0,
        load_solutions=False,
        raise_exception_on_nonoptimal_result=False,
        solver_options={_SEED[name]: options.seed} if name in _SEED else {},
    )
    took = time.perf_counter() - began
    if results.incumbent_objective is not None:
        results.solution_loader.load_vars()
    word = results.termination_condition.name
    timing, reported = results.timing_info, f"{name.partition('_')[0]}_time"
    solve_s = min(float(timing[reported]), took) if reported in timing else took
    return _result(form, results.incumbent_objective, results.objective_bound, word, took, solve_s)


def _older(solver: OptSolver, form: StandardForm, name: str, options: MipOptions) -> MipResult:
    settings = dict(_EXACT.get(name, {}))
    if name in _SEED:
        settings[_SEED[name]] = options.seed
    began = time.perf_counter()
    limits = {} if options.time_limit is None else {"timelimit": options.time_limit}
    results = solver.solve(form.model, load_solutions=False, options=settings, **limits)
    took = time.perf_counter() - began
    found = len(results.solution) > 0
    if found:
        form.model.solutions.load_from(results)
    reported = [getattr(results.solver, key, None) for key in ("wallclock_time", "time")]
    numbers = [float(value) for value in reported if isinstance(value, int | float)]
    solve_s = min(numbers[0], took) if numbers else took
    word = str(results.solver.termination_condition)
    return _result(form, 0.0 if found else None, _upper(results), word, took, solve_s)


def _upper(results: SolverResults) -> float | None:
    """Return the bound from above of a model that maximises, as older interfaces state it."""
    bound = results.problem.upper_bound
    usable = isinstance(bound, int | float) and np.isfinite(bound)
    return float(bound) if usable else None


def _result(
    form: StandardForm,
    found: float | None,
    bound: float | None,
    word: str,
    took: float,
    solve_s: float,
) -> MipResult:
    finished = word in ("convergenceCriteriaSatisfied", "optimal", "infeasible", "provenInfeasible")
    ended = Ended.FINISHED if finished else Ended.FAILED
    if "imeLimit" in word:
        ended = Ended.TIME_LIMIT
    values = objective = None
    if found is not None:
        values = np.array([column.value or 0.0 for column in form.columns], float)
        minimised = float(form.cost @ values)
        objective = form.original_value(minimised)
        bound = objective if ended is Ended.FINISHED else bound
    message = "Infeasible" if "nfeasible" in word else word
    return MipResult(ended, values, objective, bound, None, took - solve_s, solve_s, message)
