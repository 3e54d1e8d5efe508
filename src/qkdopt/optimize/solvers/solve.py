"""The only place that knows which solver is used for what, and writes certificates."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

from qkdopt.claims import Certificate, Ended, Outcome
from qkdopt.errors import InputError, NotBuiltYetError, SolverError
from qkdopt.optimize.limits import contradiction
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.schedule import Schedule
from qkdopt.optimize.solvers.options import Progress, SolverOptions
from qkdopt.optimize.strategies import LinearStrategy, Strategy

__all__ = ["SOLVERS", "solve"]

_CARRY_OPERATIONS = ("dynamic", "milp")
_LATER = ("outer_approximation", "decomposition", "genetic", "hybrid")
DEFAULT_SOLVER = "dynamic"


def solve(
    problem: SchedulingProblem,
    strategy: Strategy,
    *,
    solver: str | None = None,
    formulation: str | None = None,
    time_limit: float | None = None,
    seed: int = 0,
    threads: int = 1,
    progress: Progress | None = None,
    start: Schedule | None = None,
) -> Outcome:
    """Return the best schedule that a solver finds, with its certificate.

    ============ ============================================= ================
    solver       method                                        proves
    ============ ============================================= ================
    ``dynamic``  longest path in integers (default)            the optimum
    ``milp``     a formulation through Pyomo to HiGHS          optimum or bound
    ``greedy``   best link now, with hysteresis                nothing
    ============ ============================================= ================

    Parameters
    ----------
    problem, strategy
        What to schedule and what for.
    solver
        One of the names above; ``None`` takes the one that is exact and fastest.
    formulation
        For ``milp``: ``paper``, ``startup`` or ``path_flow``; ``None`` takes one that applies.
    time_limit
        Wall time [s] for solvers that search; what they have by then is returned.
    seed, threads
        For solvers that have such settings.
    start
        A legal schedule that ``milp`` may begin with; others do not need one.
    progress
        Called now and then with (seconds, incumbent or ``None``, bound or ``None``).

    Raises
    ------
    InputError
        For an unknown solver, a bad time limit, or weights that the strategy needs and the
        problem lacks.
    SolverError
        When the solver cannot carry the problem.
    """
    name = solver or DEFAULT_SOLVER
    if name in _LATER:
        raise NotBuiltYetError(
            f"solver {name} is not built yet; this version has {', '.join(SOLVERS)}"
        )
    if name not in SOLVERS:
        raise InputError("solver", name, f"one of {', '.join(SOLVERS)}")
    if formulation is not None and name != "milp":
        raise InputError("formulation", formulation, f"none with solver {name}")
    if time_limit is not None and not time_limit > 0:
        raise InputError("time_limit", time_limit, "a number of seconds > 0")
    if not isinstance(strategy, LinearStrategy):
        raise SolverError(f"solver {name} cannot carry strategy {strategy.name}")
    if problem.operations:
        if name not in _CARRY_OPERATIONS:
            raise SolverError(f"solver {name} cannot carry operations (use dynamic or milp)")
        if why := contradiction(problem):
            return _certified(problem, strategy, name, _infeasible(why, {}))
    if start is not None and not start.is_legal(problem):
        raise InputError("start", "a schedule that breaks the rules", "a legal schedule")
    found = SOLVERS[name](
        problem, strategy, SolverOptions(time_limit, seed, threads, formulation, progress, start)
    )
    return _certified(problem, strategy, name, found)


@dataclass(frozen=True)
class Found:
    """What a solver left: a schedule and a bound (or ``None``), and what made them."""

    ended: Ended
    schedule: Schedule | None
    bound: int | None
    seconds: Mapping[str, float]
    made_by: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""


def _infeasible(why: str, seconds: Mapping[str, float]) -> Found:
    return Found(Ended.FINISHED, None, None, seconds, reason=f"infeasible: {why}")


def _dynamic(problem: SchedulingProblem, strategy: LinearStrategy, options: SolverOptions) -> Found:
    from qkdopt.optimize.solvers.dynamic import optimum

    began = time.perf_counter()
    best = optimum(problem, strategy.coefficients(problem))
    seconds = {"solve": time.perf_counter() - began}
    if best is None:
        return _infeasible("no schedule obeys all locks, caps and hand-over times", seconds)
    return Found(Ended.FINISHED, *best, seconds)


def _greedy(problem: SchedulingProblem, strategy: LinearStrategy, options: SolverOptions) -> Found:
    from qkdopt.optimize.solvers.dynamic import sum_of_best
    from qkdopt.optimize.solvers.greedy import greedy_schedule

    began = time.perf_counter()
    coefficients = strategy.coefficients(problem)
    schedule = greedy_schedule(problem, coefficients)
    seconds = {"solve": time.perf_counter() - began}
    bound = sum_of_best(problem, coefficients)  # what could be had if hand-overs took no time
    return Found(Ended.FINISHED, schedule, bound, seconds)


def _milp(problem: SchedulingProblem, strategy: LinearStrategy, options: SolverOptions) -> Found:
    from qkdopt.optimize.solvers.milp import solve_milp

    solution = solve_milp(problem, strategy, options)
    made_by = {
        "formulation": solution.formulation,
        "nodes": solution.nodes,
        "seed": options.seed,
        "threads": options.threads,
        "time_limit": str(options.time_limit),
        "highspy": version("highspy"),
        "pyomo": version("pyomo"),
    }
    ended, schedule, reason = solution.ended, solution.schedule, ""
    if schedule is None:
        reason = f"HiGHS ended with {solution.message} and no schedule"
        if solution.message == "Infeasible":
            return _infeasible("HiGHS finds no schedule that obeys all rules", solution.seconds)
    elif not schedule.is_legal(problem):
        ended, schedule = Ended.FAILED, None
        reason = "HiGHS returned a schedule that breaks the rules"
    return Found(ended, schedule, solution.bound, solution.seconds, made_by, reason)


SOLVERS: dict[str, Callable[[SchedulingProblem, LinearStrategy, SolverOptions], Found]] = {
    "dynamic": _dynamic,
    "milp": _milp,
    "greedy": _greedy,
}


def _certified(
    problem: SchedulingProblem, strategy: LinearStrategy, solver: str, found: Found
) -> Outcome:
    if found.schedule is None:
        return Outcome(found.ended, None, None, found.bound, found.seconds, found.reason)
    value = found.schedule.value(problem, strategy.coefficients(problem))
    if found.bound is None:
        reason = "the solver stopped before it had a bound"
        return Outcome(found.ended, None, value, None, found.seconds, reason)
    certificate = Certificate.create(
        problem=problem.document(),
        strategy=strategy.document(),
        schedule=found.schedule.to_list(),
        value=value,
        bound=found.bound,
        proof={"kind": "path"},
        made_by={
            "solver": solver,
            "ended": str(found.ended),
            "qkdopt": version("qkdopt"),
            **found.made_by,
        },
    )
    return Outcome(found.ended, certificate, value, found.bound, found.seconds)
