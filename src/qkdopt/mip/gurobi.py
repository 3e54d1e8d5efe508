"""Gurobi through ``gurobipy``; the licence that pip installs carries 2,000 rows and columns."""

import time
from pathlib import Path
from typing import Any

import numpy as np

from qkdopt.certificates import Ended
from qkdopt.errors import LicenceError, SolverError
from qkdopt.mip.exchange import MipOptions
from qkdopt.mip.mps_file import FileAnswer
from qkdopt.mip.watching import Watcher
from qkdopt.versions import package_version

_LICENCE_ERRORS = (10009, 10010)  # none found, model too large for it


def found_version() -> str | None:
    """Return Gurobi's own version and the package's, or ``None``."""
    interface = package_version("gurobipy")
    if interface is None:
        return None
    import gurobipy

    return f"{'.'.join(map(str, gurobipy.gurobi.version()))} (gurobipy {interface})"


def run(path: Path, columns: int, options: MipOptions, watcher: Watcher | None) -> FileAnswer:
    """Solve the model of a file, gaps exactly 0.

    Raises
    ------
    LicenceError
        When there is no licence, or it does not carry so large a model.
    """
    import gurobipy

    try:
        with gurobipy.Env(params={"OutputFlag": 0}) as environment:
            return _solved(gurobipy, gurobipy.read(str(path), environment), options, watcher)
    except gurobipy.GurobiError as error:
        if error.errno in _LICENCE_ERRORS:
            raise LicenceError(f"Gurobi: {error.message}") from error
        raise SolverError(f"Gurobi: {error.message}") from error


def _solved(gurobipy: Any, model: Any, options: MipOptions, watcher: Watcher | None) -> FileAnswer:
    codes = gurobipy.GRB.Status
    ended = {
        codes.OPTIMAL: Ended.FINISHED,
        codes.INFEASIBLE: Ended.FINISHED,
        codes.TIME_LIMIT: Ended.TIME_LIMIT,
        codes.NODE_LIMIT: Ended.ITERATION_LIMIT,
        codes.INTERRUPTED: Ended.INTERRUPTED,
    }
    settings = {"MIPGap": 0.0, "MIPGapAbs": 0.0, "Threads": options.threads, "Seed": options.seed}
    if options.time_limit is not None:
        settings["TimeLimit"] = options.time_limit
    for name, value in settings.items():
        model.setParam(name, value)
    loaded = time.perf_counter()
    if watcher is None:
        model.optimize()
    else:
        _watched(gurobipy.GRB.Callback, model, watcher)
    status = model.Status
    values = np.array(model.getAttr("X")) if model.SolCount else None
    bounded = status != codes.INFEASIBLE and abs(model.ObjBound) < gurobipy.GRB.INFINITY
    return FileAnswer(
        ended=ended.get(status, Ended.FAILED),
        values=values,
        least=model.ObjBound if bounded else None,
        nodes=int(model.NodeCount),
        message="Infeasible" if status == codes.INFEASIBLE else f"status {status}",
        loaded=loaded,
    )


def _watched(places: Any, model: Any, watcher: Watcher) -> None:
    """Optimise and report every new incumbent with the current bound."""
    report = watcher.inside(model.terminate)

    def callback(_: Any, where: int) -> None:
        if where == places.MIPSOL:
            report(model.cbGet(places.MIPSOL_OBJBST), model.cbGet(places.MIPSOL_OBJBND))

    model.optimize(callback)
    watcher.check()
