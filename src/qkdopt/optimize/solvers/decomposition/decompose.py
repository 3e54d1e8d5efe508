"""``decomposition``: the bound first, then schedules and branching, until both meet."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np

from qkdopt.certificates import Ended, ended_by
from qkdopt.deadline import Deadline
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.schedule import IDLE, Schedule
from qkdopt.optimize.solvers.decomposition.decomposition import Decomposition
from qkdopt.optimize.solvers.decomposition.run import Run
from qkdopt.optimize.solvers.decomposition.shares import Shares
from qkdopt.optimize.solvers.options import SolverOptions
from qkdopt.optimize.strategies import TargetedDelivery
from qkdopt.tensor import KeyTensor

__all__ = ["Decomposition", "decompose"]


def decompose(
    problem: SchedulingProblem,
    strategy: TargetedDelivery,
    options: SolverOptions,
    floors: Sequence[int] = (),
    enough: int | None = None,
) -> Decomposition:
    """Return a schedule for targeted delivery, a bound, and what proves the bound.

    With ``floors``, bits by target, there may be no schedule; the reason says whether that is
    proved. With ``enough`` any schedule of so many bits will do and ends the search; there may
    be none, which is proved when it finished.

    Raises
    ------
    InputError
        When the problem has no weights.
    """
    try:
        compile_kernels()
    except KeyboardInterrupt:
        deadline = Deadline()
        deadline.request_stop()  # nothing but the first bound
        options = options.within(deadline)
    return _decompose(problem, strategy, options, floors, enough)


def _decompose(
    problem: SchedulingProblem,
    strategy: TargetedDelivery,
    options: SolverOptions,
    floors: Sequence[int] = (),
    enough: int | None = None,
) -> Decomposition:
    shares = Shares.create(problem, strategy, floors)
    found = Decomposition(None, value=shares.least_total - 1, reason=shares.nothing_allowed())
    idle = Schedule(np.full(problem.interval.size, IDLE, np.int64))
    if not any(floors) and idle.is_legal(problem):
        found.schedule, found.value = idle, 0
    elif found.reason:
        who = "floors" if any(floors) else "locks"
        found.reason = f"infeasible: {found.reason}, which the {who} do not allow"
        return found
    if enough is not None:
        found.schedule, found.value = None, max(found.value, enough - 1)
    run = Run(shares, options, found, any_will_do=enough is not None)
    try:
        run.go()
    except KeyboardInterrupt as stopped:
        found.ended = ended_by(stopped, run.deadline)
    run.state_proof()
    if found.schedule is None and found.bound is not None:
        found.reason = too_much(found.bound <= found.value, found.ended, floors=any(floors))
    return found


def too_much(proved: bool, ended: Ended, *, floors: bool) -> str:
    """Return why no schedule near the weights meets the floors, or obeys the operations."""
    meets = "meets the floors" if floors else "obeys the operations"
    if proved:
        return f"infeasible: no schedule whose shares are that near {meets}"
    when = "in time" if ended is Ended.TIME_LIMIT else "before the search ended"
    return f"no schedule that near the weights was found {when} that {meets}"


@cache
def compile_kernels() -> None:
    """Run a small problem through every part, once in a process, before any clock starts.

    Compiling takes tens of seconds the first time on a machine. A time limit is meant for
    searching; without this the first run would spend it all on the compiler.
    """
    random = np.random.default_rng(0)
    passes, length, links = 4, 3, 3
    bits = random.integers(1, 1000, (links, passes * length))
    interval = np.add.outer(100 * np.arange(passes), np.arange(length)).ravel()
    names = [f"link {n}" for n in range(links)]
    weights = {name: n + 1 for n, name in enumerate(names)}
    problem = SchedulingProblem.from_keys(KeyTensor.create(bits, interval, names, weights=weights))
    for kl_max, seconds in (("0.01", None), ("0", 0.1)):
        found = _decompose(problem, TargetedDelivery(kl_max), SolverOptions(time_limit=seconds))
        if found.ended is Ended.INTERRUPTED:
            raise KeyboardInterrupt
