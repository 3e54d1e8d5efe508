"""External solvers: a callable or an entry point that returns a schedule and nothing else.

Its schedule is checked and certified with a bound of ours; its own claims are ignored.
"""

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

import numpy as np

from qkdopt.arrays import Integers
from qkdopt.certificates import Ended
from qkdopt.errors import InputError, SolverError
from qkdopt.optimize.closures import without_closures
from qkdopt.optimize.exchange.options import SolverOptions
from qkdopt.optimize.exchange.result import SolverResult
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.schedule import Schedule
from qkdopt.optimize.solvers.entry import Proves, SolverEntry
from qkdopt.optimize.solvers.independent_bound import independent_bound
from qkdopt.optimize.strategies import Strategy
from qkdopt.plugins import SOLVERS, load_plugin, origin_of, words_of


class ExternalSolver(Protocol):
    """The signature of an external solver."""

    def __call__(
        self, problem: SchedulingProblem, strategy: Strategy, options: SolverOptions, /
    ) -> Schedule | Sequence[int] | Integers | None:
        """Return the link that each active interval serves, -1 for none; shape ``(A,)``.

        ``None`` says that nothing was found. ``options.time_limit``, ``.seed`` and
        ``.progress`` are those of the caller; ``options.running().expired()`` says
        whether to come back now, also after Ctrl-C.
        """


class IllegalScheduleError(SolverError):
    """A schedule that breaks a rule; the verifier says which."""

    def __init__(self, solver: str, schedule: Schedule) -> None:
        self.solver, self.schedule = solver, schedule
        super().__init__(f"solver {solver}: its schedule breaks the rules")


def plugin_entry(name: str) -> SolverEntry:
    """Return the entry of a solver that an installed package has under this name.

    Raises
    ------
    PluginError
        When it is absent or cannot be loaded.
    """
    return external_entry(load_plugin(SOLVERS, name), name, origin_of(SOLVERS, name))


def external_entry(function: ExternalSolver, name: str = "", origin: str = "") -> SolverEntry:
    """Return an entry that supports every strategy by calling ``function``."""
    name = name or _name_of(function)
    return SolverEntry(
        name=name,
        summary="from outside",
        proves=Proves.BOUND,
        forms=None,
        floored=None,
        function=partial(_run, function, name, origin or _place_of(function)),
        operations=True,
        scenarios=True,
        as_stated=True,
    )


def _name_of(function: Callable[..., object]) -> str:
    """Return what a callable is called in certificates."""
    return str(getattr(function, "__name__", None) or type(function).__name__)


def _run(
    function: ExternalSolver,
    name: str,
    origin: str,
    problem: SchedulingProblem,
    strategy: Strategy,
    options: SolverOptions,
) -> SolverResult:
    """Call ``function``, check its schedule, and add an independent bound."""
    deadline = options.running()
    options, began = options.within(deadline), time.perf_counter()
    made_by = {"foreign": origin, "seed": options.seed, "time_limit": str(options.time_limit)}
    try:
        answer = function(problem, strategy, options)
    except KeyboardInterrupt:
        reason = f"solver {name} was interrupted"
        return SolverResult(ended=Ended.INTERRUPTED, reason=reason, details=made_by)
    except Exception as error:  # whatever foreign code raises
        raise SolverError(f"solver {name} broke down: {words_of(error)}") from error
    seconds = {"solve": time.perf_counter() - began}
    if answer is None:
        reason = f"solver {name} found no schedule"
        ended = Ended.INTERRUPTED if deadline.stop_requested else Ended.FINISHED
        return SolverResult(ended=ended, reason=reason, seconds=seconds, details=made_by)
    schedule = _checked(answer, name, problem)
    if not schedule.is_legal(problem):
        raise IllegalScheduleError(name, schedule)
    began = time.perf_counter()
    try:
        open_only = without_closures(problem)
        bound, proof = independent_bound(open_only, strategy, schedule, options)
    except SolverError as error:
        raise SolverError(f"solver {name}: {error}") from error
    seconds["bound"] = time.perf_counter() - began
    ended = Ended.INTERRUPTED if deadline.stop_requested else Ended.FINISHED
    return SolverResult(
        ended=ended, schedule=schedule, bound=bound, proof=proof, seconds=seconds, details=made_by
    )


def _checked(answer: object, name: str, problem: SchedulingProblem) -> Schedule:
    """Return the answer as a schedule of the right length with links that exist."""
    count, links = problem.interval.size, len(problem.links)
    expected = f"{count:,} link indices from -1 to {links - 1}, one for each active interval"
    try:
        schedule = answer if isinstance(answer, Schedule) else Schedule.create(_array(answer))
    except InputError:
        came = type(answer).__name__
        raise SolverError(
            f"solver {name}: got {came} of other values, expected {expected}"
        ) from None
    if schedule.service.shape != (count,):
        came = f"shape {schedule.service.shape}"
        raise SolverError(f"solver {name}: got {came}, expected {expected}")
    if count and int(schedule.service.max()) >= links:
        came = f"link {int(schedule.service.max())}"
        raise SolverError(f"solver {name}: got {came}, expected {expected}")
    return schedule


def _array(answer: object) -> Integers:
    try:
        return np.asarray(answer)
    except Exception as error:  # ragged lists and objects with conversions of their own
        raise InputError("schedule", type(answer).__name__, "integers") from error


def _place_of(function: Callable[..., object]) -> str:
    place = getattr(function, "__qualname__", type(function).__qualname__)
    return f"{getattr(function, '__module__', '?')}.{place}"
