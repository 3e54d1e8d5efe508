"""HiGHS on a standard form: exact gaps, an optional start, stops that keep the incumbent."""

from __future__ import annotations

import errno
import signal
import threading
import time
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import highspy
import numpy as np

from qkdopt.arrays import Floats
from qkdopt.claims import Ended
from qkdopt.errors import SolverError
from qkdopt.mip.exchange import MipOptions, MipResult, Progress, empty_result, scaled
from qkdopt.mip.standard_form import StandardForm
from qkdopt.mip.whole_numbers import check_numbers

__all__ = ["found_version", "solve_form", "write_form"]

_POLL_S = 0.05
_TOLERANCE = 1e-9  # with 1e-6 of a column a false optimum was met where bits reach 2^24
_INFINITE = 1e29
_LAST_WORDS = ("ENDATA", "end")  # of a whole .mps and .lp file


def found_version() -> str | None:
    """Return the version of the package."""
    return version("highspy")


def solve_form(
    form: StandardForm,
    options: MipOptions | None = None,
    *,
    start: Floats | None = None,
    progress: Progress | None = None,
) -> MipResult:
    """Hand ``form`` to HiGHS and solve it.

    Ctrl-C makes HiGHS stop and returns what it has, with ``ended`` = ``interrupted``.

    Parameters
    ----------
    form
        From :func:`qkdopt.mip.standard_form.compile_model`.
    options
        See :class:`MipOptions`.
    start
        Column values of a known point, shape ``(C,)``, ``nan`` where unknown: HiGHS completes
        them, and drops the point if it is infeasible.
    progress
        Told the incumbent and the bound while the tree search runs.

    Raises
    ------
    SolverError
        When HiGHS refuses the model, or its numbers are larger than HiGHS is trusted with.
    """
    settings = options or MipOptions()
    if not form.columns:
        return empty_result(form)
    began = time.perf_counter()
    check_numbers("highs", form)
    moderate = scaled(form)
    form, exponent = moderate.form, moderate.exponent
    solver = _configured(settings)
    _pass(solver, _model(form, settings.relax))
    if start is not None:
        known = np.flatnonzero(~np.isnan(start)).astype(np.int32)
        solver.setSolution(known.size, known, (start / moderate.columns)[known])
    if progress is not None and not settings.relax:
        _report(solver, form, exponent, progress)
    handed_over = time.perf_counter()
    interrupted = _run(solver)
    solved = time.perf_counter()
    result = _result(solver, form, exponent, settings.relax)
    return replace(
        result,
        values=None if result.values is None else result.values * moderate.columns,
        ended=Ended.INTERRUPTED if interrupted else result.ended,
        hand_over_s=handed_over - began,
        solve_s=solved - handed_over,
    )


def write_form(form: StandardForm, path: Path, *, named: bool = True) -> None:
    """Write ``form`` to a file that ends in ``.mps`` or ``.lp``; it is always minimised.

    Columns and rows bear the names of the Pyomo model, or, unless ``named``, ``c0, c1, ...``
    and ``r0, r1, ...``.

    Raises
    ------
    OSError
        When the file could not be written whole. HiGHS itself does not notice a full disk.
    """
    solver = highspy.Highs()
    solver.silent()
    model = _model(form, relax=False)
    rows, columns = form.matrix.shape
    if named:
        model.col_names_ = [_label(column.name) for column in form.columns]
        model.row_names_ = list(map(_label, form.row_names))
    else:
        model.col_names_ = [f"c{number}" for number in range(columns)]
        model.row_names_ = [f"r{number}" for number in range(rows)]
    _pass(solver, model)
    status = solver.writeModel(str(path))
    if status != highspy.HighsStatus.kOk or not path.read_text().rstrip().endswith(_LAST_WORDS):
        raise OSError(errno.EIO, f"the {path.suffix} file is not complete (disk full?)")


def _label(name: str) -> str:
    return name.translate(str.maketrans("[],", "()_"))


def _pass(solver: Any, model: Any) -> None:
    if solver.passModel(model) == highspy.HighsStatus.kError:
        raise SolverError("HiGHS refuses the model (numbers out of range?)")


def _configured(settings: MipOptions) -> Any:
    solver = highspy.Highs()
    solver.setOptionValue("log_to_console", False)  # "output_flag" off would mute callbacks too
    values: dict[str, Any] = {
        "mip_rel_gap": 0.0,
        "mip_abs_gap": 0.0,
        "mip_feasibility_tolerance": _TOLERANCE,
        "threads": settings.threads,
        "random_seed": settings.seed,
    }
    if settings.time_limit is not None:
        values["time_limit"] = float(settings.time_limit)
    for name, value in values.items():
        if solver.setOptionValue(name, value) != highspy.HighsStatus.kOk:
            raise SolverError(f"HiGHS refuses the option {name} = {value}")
    return solver


def _model(form: StandardForm, relax: bool) -> Any:
    lp = highspy.HighsLp()
    rows, columns = form.matrix.shape
    lp.num_row_, lp.num_col_ = rows, columns
    lp.col_cost_ = form.cost
    lp.offset_ = form.offset
    lp.col_lower_, lp.col_upper_ = form.column_lower, form.column_upper
    lp.row_lower_, lp.row_upper_ = form.row_lower, form.row_upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.num_row_, lp.a_matrix_.num_col_ = rows, columns
    lp.a_matrix_.start_ = form.matrix.indptr
    lp.a_matrix_.index_ = form.matrix.indices
    lp.a_matrix_.value_ = form.matrix.data
    if not relax:
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        lp.integrality_ = [kinds[whole] for whole in form.integer.tolist()]
    return lp


def _report(solver: Any, form: StandardForm, exponent: int, progress: Progress) -> None:
    def report(event: Any) -> None:
        figures = event.data_out
        progress(
            figures.running_time,
            _original(form, exponent, figures.mip_primal_bound),
            _original(form, exponent, figures.mip_dual_bound),
        )

    solver.cbMipLogging += report


def _original(form: StandardForm, exponent: int, value: float) -> float | None:
    """Return a figure of HiGHS (offset counted) in the model's units, ``None`` if infinite."""
    if not np.isfinite(value) or abs(value) > _INFINITE:
        return None
    return (-value if form.maximise else value) * 2.0**exponent


def _run(solver: Any) -> bool:
    """Run HiGHS in a thread of its own; return whether the user pressed Ctrl-C meanwhile.

    HiGHS holds no interpreter lock, so the main thread stays awake to take the signal. A
    handler is used instead of catching ``KeyboardInterrupt``: an interrupted ``Thread.join``
    may take a running thread for a finished one.
    """
    finished, interrupted = threading.Event(), threading.Event()

    def work() -> None:
        try:
            solver.solve()
        finally:
            finished.set()

    def stop(signal_number: int, frame: object) -> None:
        interrupted.set()
        solver.cancelSolve()

    solver.HandleUserInterrupt = True
    in_main_thread = threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGINT, stop) if in_main_thread else None
    try:
        threading.Thread(target=work, daemon=True).start()
        while not finished.wait(_POLL_S):
            pass
    finally:
        if before is not None:
            signal.signal(signal.SIGINT, before)
        solver.HandleUserInterrupt = False
    return interrupted.is_set()


def _result(solver: Any, form: StandardForm, exponent: int, relax: bool) -> MipResult:
    status = solver.getModelStatus()
    info = solver.getInfo()
    feasible = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    objective = _original(form, exponent, info.objective_function_value) if feasible else None
    if relax or not form.integer.any():
        bound = objective if status == highspy.HighsModelStatus.kOptimal else None
    else:
        bound = _original(form, exponent, info.mip_dual_bound)
    return MipResult(
        ended=_ENDED.get(status, Ended.FAILED),
        values=np.array(solver.getSolution().col_value) if feasible else None,
        objective=objective,
        bound=bound,
        nodes=max(0, int(info.mip_node_count)),
        hand_over_s=0.0,
        solve_s=0.0,
        message=solver.modelStatusToString(status),
    )


_ENDED = {
    highspy.HighsModelStatus.kOptimal: Ended.FINISHED,
    highspy.HighsModelStatus.kInfeasible: Ended.FINISHED,
    highspy.HighsModelStatus.kModelEmpty: Ended.FINISHED,
    highspy.HighsModelStatus.kInterrupt: Ended.INTERRUPTED,
    highspy.HighsModelStatus.kTimeLimit: Ended.TIME_LIMIT,
    highspy.HighsModelStatus.kIterationLimit: Ended.ITERATION_LIMIT,
    highspy.HighsModelStatus.kSolutionLimit: Ended.ITERATION_LIMIT,
}
