"""Least divergence at a wanted total, between the bounds and the schedules of targeted delivery.

If no schedule whose divergence is at most ``d`` delivers ``F`` bits, because the prices ``a, mu``
of S-TD(d) bound its total below ``F``, then no schedule with ``F`` bits has a divergence below
``d``; the proof is ``a + d`` and ``nu = 1 / mu``. Every schedule with ``F`` bits that S-TD finds at
a somewhat larger divergence is a candidate. Halving the distance brings both together.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from qkdopt.certificates import Ended, ended_by
from qkdopt.deadline import Deadline, DeadlinePassedError
from qkdopt.optimize.domain.longest_path import optimum
from qkdopt.optimize.domain.pricing import NO_SCHEDULE
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.schedule import Schedule
from qkdopt.optimize.solvers.decomposition.decompose import compile_kernels, decompose
from qkdopt.optimize.solvers.decomposition.shares import Shares
from qkdopt.optimize.solvers.least_run import Least, LeastRun
from qkdopt.optimize.solvers.options import SolverOptions
from qkdopt.optimize.strategies import LeastDivergence, TargetedDelivery

__all__ = ["find_least"]

_ANYTHING = "999"  # nats: a divergence that allows whatever goes to targets of positive weight
_FIRST_SHARE = 0.2  # of the time goes to a first schedule that meets floors


def find_least(
    problem: SchedulingProblem,
    strategy: LeastDivergence,
    options: SolverOptions,
    floors: Sequence[int] = (),
    improve: Callable[[LeastRun], None] | None = None,
) -> Least:
    """Return the schedule of least divergence that delivers enough, a bound, and its proof.

    With ``floors``, bits by target, there may be no schedule; the reason says whether that is
    proved. ``improve`` looks for schedules instead of targeted delivery, once the bound is there.

    Raises
    ------
    InputError
        When the problem has no weights.
    """
    try:
        compile_kernels()
    except KeyboardInterrupt:
        deadline = Deadline()
        deadline.request_stop()  # nothing but the first schedule
        options = options.within(deadline)
    return _find(problem, strategy, options, floors, improve)


def _find(
    problem: SchedulingProblem,
    strategy: LeastDivergence,
    options: SolverOptions,
    floors: Sequence[int],
    improve: Callable[[LeastRun], None] | None,
) -> Least:
    deadline = options.running()
    options = options.within(deadline)
    shares = Shares.create(problem, TargetedDelivery("0"), floors)
    ones = np.ones(len(problem.links), np.int64)
    most = optimum(problem, ones)
    if most is None:
        return Least(0, reason=f"infeasible: {NO_SCHEDULE}")
    wanted = max(1, math.ceil(Fraction(strategy.fraction) * most[1]))
    found = Least(wanted)
    nothing = ["0/1"] * len(problem.targets)
    found.proof = {"kind": "prices", "a": nothing, "nu": "0/1"}
    if any(floors):
        found.proof["floors"] = nothing
    allowed = _most_allowed(problem, shares, options, found, floors)
    if allowed is None:
        return found
    run = LeastRun(problem, shares, options, found, deadline, floors)
    run.offer(allowed)
    try:
        run.raise_bounds()
        (improve or LeastRun.search)(run)
    except (DeadlinePassedError, KeyboardInterrupt) as stopped:
        found.ended = ended_by(stopped, deadline)
    if deadline.stop_requested:
        found.ended = Ended.INTERRUPTED
    found.seconds["solve"] = deadline.elapsed()
    return found


def _most_allowed(
    problem: SchedulingProblem,
    shares: Shares,
    options: SolverOptions,
    found: Least,
    floors: Sequence[int],
) -> Schedule | None:
    """Return a schedule that delivers enough, or say in ``found`` why there is none."""
    best: Schedule | None
    if any(floors):
        part = options.running().part(_FIRST_SHARE)
        first = replace(options.within(part), progress=None)
        most = decompose(problem, TargetedDelivery(_ANYTHING), first, floors)
        best, reach = most.schedule, most.bound or 0
        if best is None:
            found.ended, found.reason = most.ended, most.reason
            return None
    else:
        weighted = problem.bits * (shares.position >= 0)[:, np.newaxis]
        path = optimum(problem.with_satellite(bits=weighted), np.ones(len(problem.links), np.int64))
        if path is None:
            found.reason = f"infeasible: {NO_SCHEDULE} and serves positive weights only"
            return None
        best, reach = path
    if reach < found.wanted:
        found.reason = (
            f"infeasible: the targets of positive weight get at most {reach:,} bits, "
            f"the fraction asks for {found.wanted:,}"
        )
        return None
    if sum(best.delivered(problem)) < found.wanted:
        found.reason = "no schedule that meets the floors and delivers enough was found"
        return None
    return best
