"""CPLEX through the package ``cplex``, whose own edition carries 1,000 rows and columns."""

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

_LICENCE_ERRORS = ("CPLEX Error  1016", "CPLEX Error 1016", "CPLEX Error 32")


def found_version() -> str | None:
    """Return CPLEX's own version and the package's, or ``None``."""
    interface = package_version("cplex")
    if interface is None:
        return None
    import cplex

    return f"{cplex.Cplex().get_version()} (cplex {interface})"


def run(path: Path, columns: int, options: MipOptions, watcher: Watcher | None) -> FileAnswer:
    """Solve the model of a file, gaps exactly 0.

    Raises
    ------
    LicenceError
        When the edition does not carry so large a model.
    """
    import cplex
    from cplex.exceptions import CplexError

    try:
        with cplex.Cplex() as model:
            return _solved(model, path, options)
    except CplexError as error:
        message = " ".join(str(error).split())
        if message.startswith(tuple(" ".join(code.split()) for code in _LICENCE_ERRORS)):
            raise LicenceError(message) from error
        raise SolverError(message) from error


def _solved(model: Any, path: Path, options: MipOptions) -> FileAnswer:
    for mute in ("set_log_stream", "set_results_stream", "set_warning_stream", "set_error_stream"):
        getattr(model, mute)(None)
    model.read(str(path))
    parameters = model.parameters
    parameters.mip.tolerances.mipgap.set(0.0)
    parameters.mip.tolerances.absmipgap.set(0.0)
    parameters.threads.set(options.threads)
    parameters.randomseed.set(options.seed)
    if options.time_limit is not None:
        parameters.timelimit.set(options.time_limit)
    loaded = time.perf_counter()
    model.solve()
    solution = model.solution
    codes = solution.status
    status = solution.get_status()
    optimal = (codes.MIP_optimal, codes.optimal)
    infeasible = (codes.MIP_infeasible, codes.infeasible)
    stopped = (codes.MIP_time_limit_feasible, codes.MIP_time_limit_infeasible)
    ended = Ended.FAILED
    if status in (*optimal, *infeasible):
        ended = Ended.FINISHED
    elif status in stopped:
        ended = Ended.TIME_LIMIT
    whole = model.variables.get_num_integer() + model.variables.get_num_binary() > 0
    return FileAnswer(
        ended=ended,
        values=np.array(solution.get_values()) if solution.is_primal_feasible() else None,
        least=solution.MIP.get_best_objective() if whole and status not in infeasible else None,
        nodes=solution.progress.get_num_nodes_processed(),
        message="Infeasible" if status in infeasible else solution.get_status_string(),
        loaded=loaded,
    )
