"""Every mixed-integer solver by name: its package, its features, whether it is installed."""

from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any

from qkdopt.arrays import Floats
from qkdopt.errors import InputError, MissingSolverError, SolverError
from qkdopt.mip.exchange import MipOptions, MipResult, Progress, empty_result
from qkdopt.mip.standard_form import StandardForm
from qkdopt.mip.whole_numbers import check_numbers
from qkdopt.versions import version

_BY_PYOMO = "pyomo:"


@dataclass(frozen=True)
class MipSolver:
    """A solver with an adapter of ours.

    Attributes
    ----------
    install
        The line that installs it.
    threads, seed
        Whether it has such settings; without them it uses one thread and draws no numbers.
    whole_only
        Whether it makes every column whole (see :mod:`qkdopt.mip.cp_sat`).
    by_file
        Whether its module has ``run`` for a model in a file
        (see :func:`qkdopt.mip.mps_file.through_mps`), else ``solve_form``.
    presolve
        Whether HiGHS simplifies models and detects symmetries. On large problems of several
        satellites that takes minutes before the first linear programme, whose solution is often
        whole already.
    adapter
        Name of its module here; that of the solver by default.
    """

    name: str
    title: str
    install: str
    threads: bool = True
    seed: bool = True
    whole_only: bool = False
    by_file: bool = True
    presolve: bool = True
    adapter: str = ""

    def found_version(self) -> str | None:
        """Return the solver's own version, or ``None`` where it is missing."""
        found: str | None = self.module().found_version()
        return found

    def module(self) -> Any:
        """Import its adapter."""
        return import_module(f"qkdopt.mip.{self.adapter or self.name}")


MIP_SOLVERS: dict[str, MipSolver] = {
    solver.name: solver
    for solver in (
        MipSolver("highs", "HiGHS", "python -m pip install highspy", by_file=False),
        MipSolver(
            "highs_plain",
            "HiGHS without presolve and symmetry detection",
            "python -m pip install highspy",
            by_file=False,
            presolve=False,
            adapter="highs",
        ),
        MipSolver("scip", "SCIP", "python -m pip install pyscipopt", threads=False),
        MipSolver("cbc", "CBC", "apt-get install coinor-cbc"),
        MipSolver("glpk", "GLPK", "apt-get install glpk-utils", threads=False, seed=False),
        MipSolver("gurobi", "Gurobi", "python -m pip install gurobipy"),
        MipSolver("cplex", "CPLEX", "python -m pip install cplex"),
        MipSolver(
            "cp_sat", "CP-SAT", "python -m pip install ortools", whole_only=True, by_file=False
        ),
    )
}


def check_mip_solver(name: str) -> str:
    """Return the own version of the solver ``name``.

    Raises
    ------
    InputError
        For an unknown name.
    MissingSolverError
        With the line that installs it, or that Pyomo does not find it.
    """
    if name.startswith(_BY_PYOMO) and len(name) > len(_BY_PYOMO):
        from qkdopt.mip.pyomo_interface import found_version

        own = name.removeprefix(_BY_PYOMO)
        by_pyomo = found_version(own)
        if by_pyomo is None:
            raise MissingSolverError(f"Pyomo does not find the solver {own}")
        return f"{by_pyomo} by Pyomo {version('pyomo')}"
    if name not in MIP_SOLVERS:
        names = ", ".join([*MIP_SOLVERS, f"{_BY_PYOMO}NAME"])
        raise InputError("mip_solver", name, f"one of {names}")
    solver = MIP_SOLVERS[name]
    found = solver.found_version()
    if found is None:
        raise MissingSolverError(f"{solver.title} is not installed; to install: {solver.install}")
    return found


def solve_mip(
    name: str,
    form: StandardForm,
    options: MipOptions,
    *,
    start: Floats | None = None,
    progress: Progress | None = None,
) -> MipResult:
    """Solve a compiled Pyomo model by the solver ``name``.

    Parameters
    ----------
    form
        From :func:`qkdopt.mip.standard_form.compile_model`.
    start
        Column values of a known point, as in :func:`qkdopt.mip.highs.solve_form`; HiGHS only.
    progress
        Told the incumbent and the bound while the search runs, by ``highs``, ``highs_plain``,
        ``scip``, ``gurobi``, ``glpk`` and ``cp_sat``; others are silent.

    Raises
    ------
    InputError
        For an unknown name.
    MissingSolverError, LicenceError, SolverError
        When the solver is missing, its licence is too small, the model's numbers are larger
        than the solver is trusted with, or it breaks down.
    """
    check_mip_solver(name)
    if not form.columns:
        return empty_result(form)
    if name == "highs":
        from qkdopt.mip import highs

        return highs.solve_form(form, options, start=start, progress=progress)
    check_numbers(name, form)
    if start is not None:
        raise SolverError(f"mip_solver {name} cannot begin with a known schedule; highs can")
    if name.startswith(_BY_PYOMO):
        from qkdopt.mip.pyomo_interface import solve_model

        return solve_model(form, name.removeprefix(_BY_PYOMO), options)
    solver = MIP_SOLVERS[name]
    if solver.by_file:
        from qkdopt.mip.mps_file import through_mps

        return through_mps(form, options, solver.module().run, progress)
    asked = replace(options, presolve=solver.presolve)
    found: MipResult = solver.module().solve_form(form, asked, progress=progress)
    return found
