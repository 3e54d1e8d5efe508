"""HiGHS on a standard form: exact gaps, an optional start, stops that keep the incumbent."""

import atexit
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace

import highspy
import numpy as np

from qkdopt.arrays import Floats
from qkdopt.certificates import Ended, ended_at
from qkdopt.deadline import Deadline, interruptible
from qkdopt.mip.exchange import MipOptions, MipResult, Progress, empty_result, scaled
from qkdopt.mip.highs_factory import Highs, new_highs
from qkdopt.mip.highs_model import highs_model, pass_model
from qkdopt.mip.standard_form import StandardForm
from qkdopt.mip.whole_numbers import check_numbers
from qkdopt.versions import version

_POLL_S = 0.05
_PATIENCE_S = 0.3  # after it was asked to stop
_TOLERANCE = 1e-7  # 1e-6: a false optimum where bits reach 2^24; 1e-9: bounds a bit too low
_INFINITE = 1e29
_INFEASIBLE = "Infeasible"  # what HiGHS calls a model without a solution


def found_version() -> str | None:
    """Return HiGHS's own version and the package's."""
    names = ("HIGHS_VERSION_MAJOR", "HIGHS_VERSION_MINOR", "HIGHS_VERSION_PATCH")
    own = ".".join(str(getattr(highspy, name)) for name in names)
    return f"{own} (highspy {version('highspy')})"


def solve_form(
    form: StandardForm,
    options: MipOptions | None = None,
    *,
    start: Floats | None = None,
    progress: Progress | None = None,
) -> MipResult:
    """Hand ``form`` to HiGHS and solve it.

    Ctrl-C makes HiGHS stop and returns what it has, with ``ended`` = ``interrupted``. HiGHS 1.16
    takes feasible models for infeasible after its presolve, so that is asked once more without it.

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
    found = _solved(form, settings, start, progress)
    if found.message != _INFEASIBLE or not settings.presolve:
        return found
    spent = found.hand_over_s + found.solve_s
    limit = settings.time_limit
    left = None if limit is None else max(limit - spent, _POLL_S)
    again = _solved(form, replace(settings, presolve=False, time_limit=left), start, progress)
    return replace(again, solve_s=again.solve_s + spent)


def _solved(
    form: StandardForm, settings: MipOptions, start: Floats | None, progress: Progress | None
) -> MipResult:
    began = time.perf_counter()
    unscaled = form
    check_numbers("highs", form)
    moderate = scaled(form)
    form, exponent = moderate.form, moderate.exponent
    solver = configured(settings)
    pass_model(solver, highs_model(form, relax=settings.relax))
    if start is not None:
        known = np.flatnonzero(~np.isnan(start)).astype(np.int32)
        solver.setSolution(known.size, known, (start / moderate.columns)[known])
    over = threading.Event()  # set when there is no listener any more
    met: deque[Floats] = deque(maxlen=1)  # the last incumbent
    if progress is not None and not settings.relax:
        _report(solver, form, exponent, progress, over)
    if not settings.relax:
        solver.cbMipImprovingSolution += lambda event: met.append(
            np.array(event.data_out.mip_solution)
        )
    handed_over = time.perf_counter()
    try:
        with interruptible():
            stopped = _run(solver, settings.time_limit)
        result = _result(solver, form, exponent, settings.relax)
    except _UnresponsiveError as unresponsive:
        stopped = unresponsive.args[0]
        over.set()
        result = _left_alone(unscaled, moderate.columns, unresponsive.args[0], met)
    solved = time.perf_counter()
    return replace(
        result,
        ended=stopped or result.ended,
        values=None if result.values is None else result.values * moderate.columns,
        hand_over_s=handed_over - began,
        solve_s=solved - handed_over,
    )


def configured(settings: MipOptions) -> Highs:
    """Return HiGHS with settings, gaps exactly 0."""
    at_once: dict[str, bool | float | str] = {}
    if not settings.presolve:
        at_once = {"presolve": "off", "mip_detect_symmetry": False}
    return new_highs(
        **at_once,
        log_to_console=False,
        mip_rel_gap=0.0,
        mip_abs_gap=0.0,
        mip_feasibility_tolerance=_TOLERANCE,
        threads=settings.threads,
        random_seed=settings.seed,
        time_limit=math.inf if settings.time_limit is None else float(settings.time_limit),
    )


def _report(
    solver: Highs, form: StandardForm, exponent: int, progress: Progress, over: threading.Event
) -> None:
    def report(event: highspy.HighsCallbackEvent) -> None:
        if over.is_set():
            return
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


def _run(solver: Highs, time_limit: float | None) -> Ended | None:
    """Run HiGHS in a separate thread; return why it was stopped, if it was.

    HiGHS holds no interpreter lock, so the main thread stays responsive to Ctrl-C. It checks
    its own time limit between long steps only, so it is asked again, and abandoned in the end.

    Raises
    ------
    _UnresponsiveError
        When HiGHS does not stop; the solver must not be used any more.
    """
    finished, stopped = threading.Event(), None
    deadline = Deadline(None if time_limit is None else time_limit + _POLL_S)

    def work() -> None:
        try:
            solver.solve()
        finally:
            finished.set()

    solver.HandleUserInterrupt = True
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    while not _waited(finished, deadline):
        if stopped is None and deadline.expired():
            stopped = ended_at(deadline)
            solver.cancelSolve()
            deadline = Deadline(_PATIENCE_S)
        elif stopped is not None and deadline.remaining() <= 0.0:
            wait_at_exit(thread)
            raise _UnresponsiveError(stopped)
    solver.HandleUserInterrupt = False
    return stopped


_at_work: dict[threading.Thread, Callable[[], None]] = {}  # that were left alone; how to end them


def wait_at_exit(thread: threading.Thread, end: Callable[[], None] = lambda: None) -> None:
    """Let the interpreter ask a thread that may be in HiGHS to end, and wait for it, at exit."""
    for other in [other for other in _at_work if not other.is_alive()]:
        del _at_work[other]
    _at_work[thread] = end


def left_at_work() -> bool:
    """Return whether a HiGHS that did not stop is still running in a separate thread."""
    return any(thread.is_alive() for thread in _at_work)


@atexit.register
def _wait_for_the_last() -> None:
    """Wait: the interpreter must not be taken down around a thread that is in HiGHS."""
    for thread, end in _at_work.items():
        end()
        thread.join()


def _waited(finished: threading.Event, deadline: Deadline) -> bool:
    """Wait a little; say whether it is finished. A second Ctrl-C is as good as the first."""
    try:
        return finished.wait(_POLL_S)
    except KeyboardInterrupt:
        deadline.request_stop()
        return False


class _UnresponsiveError(Exception):
    """HiGHS does not stop; carries why it should have."""


def _left_alone(
    form: StandardForm, units: Floats, ended: Ended, known: Sequence[Floats]
) -> MipResult:
    """Return the last incumbent of a HiGHS that does not stop, columns in their ``units``."""
    values = known[-1] if known else None
    objective = None
    if values is not None:
        objective = form.original_value(float(form.cost @ (values * units)))
    return MipResult(ended, values, objective, None, 0, 0.0, 0.0, "Does not stop")


def _result(solver: Highs, form: StandardForm, exponent: int, relax: bool) -> MipResult:
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
