"""``outer_approximation``: the divergence as gradient cuts on a formulation, solved in a loop.

The constraint ``f(E) = sum E_n ln(E_n / (q_n S)) - kl_max S <= 0`` is convex and homogeneous of
degree one, so at any shares ``p`` the cut ``sum_n (ln(p_n / q_n) - kl_max) E_n <= 0`` holds for
every allowed schedule. The first cut is the best single one there is: the prices of the
decomposition's bound. Each round solves the mixed-integer programme and cuts off its optimum
until that optimum is allowed. The certificate carries the decomposition's bound and prices: a
solver's own tree cannot be judged.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from qkdopt.certificates import Ended, ended_at, ended_by
from qkdopt.deadline import Deadline, DeadlinePassedError
from qkdopt.mip.exchange import MipOptions, MipResult
from qkdopt.mip.highs import solve_form
from qkdopt.mip.standard_form import quiet_building
from qkdopt.optimize.domain.blocks import Blocks
from qkdopt.optimize.domain.pricing import PricingProblem
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.schedule import IDLE, Schedule
from qkdopt.optimize.solvers.cut_loop import CutLoop
from qkdopt.optimize.solvers.decomposition.bound import Bound, best_bound
from qkdopt.optimize.solvers.decomposition.decompose import compile_kernels, too_much
from qkdopt.optimize.solvers.decomposition.shares import Shares
from qkdopt.optimize.solvers.milp import chosen_formulation
from qkdopt.optimize.solvers.options import SolverOptions
from qkdopt.optimize.strategies import TargetedDelivery

__all__ = ["OuterApproximation", "approximate", "relaxation_with_cuts"]

_MOST_ROUNDS = 200
_BOUND_SHARE = 0.5  # of the time goes to the bound at most
_ENOUGH = 1e-6  # relative change at which the relaxation's loop stops


@dataclass(eq=False)
class OuterApproximation:
    """What the loop leaves; the schedule that serves nobody until an optimum is allowed.

    With floors there is no schedule until then.

    Attributes
    ----------
    milp_bound
        HiGHS' bound on the last approximation [bits], or ``None``; reported, not judged.
    """

    schedule: Schedule | None
    root: Bound
    ended: Ended = Ended.FINISHED
    rounds: int = 0
    milp_bound: float | None = None
    reason: str = ""
    seconds: dict[str, float] = field(default_factory=dict)


def approximate(
    problem: SchedulingProblem,
    strategy: TargetedDelivery,
    options: SolverOptions,
    floors: Sequence[int] = (),
) -> OuterApproximation:
    """Return the optimum of targeted delivery, or what there is when time runs out.

    With ``kl_max`` = 0 the shares are fixed by two-sided rows instead of cuts. With ``floors``,
    bits by target, there may be no schedule; the reason says whether that is proved.

    Raises
    ------
    InputError
        When the problem has no weights.
    SolverError
        When the formulation refuses the problem.
    """
    compile_kernels()
    deadline = options.running()
    shares = Shares.create(problem, strategy, floors)
    formulation = chosen_formulation(problem, options.formulation)
    pricing = PricingProblem(Blocks.create(shares.delivery))
    root = best_bound(shares, pricing, stop=deadline.part(_BOUND_SHARE).expired)
    idle = Schedule(np.full(problem.interval.size, IDLE, np.int64))
    found = OuterApproximation(idle, root, reason=shares.nothing_allowed())
    if any(floors):
        found.schedule = None
        if found.reason or root.value < shares.least_total:
            found.reason = too_much(proved=True, ended=found.ended)
            return found
    if found.reason or not root.value:
        return found
    _offer(found, shares, Schedule(pricing.best_service(root.prices.per_bit)))
    try:
        with deadline.enforced(), quiet_building():
            loop = CutLoop(shares, formulation)
            _first_cuts(loop, root)
        found.seconds["build"] = deadline.elapsed()
        _rounds(found, loop, options, deadline)
    except (DeadlinePassedError, KeyboardInterrupt) as stopped:
        found.ended = ended_by(stopped, deadline)
    found.seconds["solve"] = deadline.elapsed() - found.seconds.get("build", 0.0)
    return found


def _rounds(
    found: OuterApproximation, loop: CutLoop, options: SolverOptions, deadline: Deadline
) -> None:
    """Solve and cut until an optimum is allowed."""
    last: MipResult | None = None
    while found.rounds < _MOST_ROUNDS:
        if deadline.expired():
            found.ended = ended_at(deadline)
            break
        left = None if deadline.limit_s is None else deadline.remaining()
        settings = MipOptions(left, options.threads, options.seed)
        start = None if last is None else last.values
        last = solve_form(loop.form, settings, start=start, progress=options.progress)
        found.rounds += 1
        found.ended, found.milp_bound = last.ended, last.bound
        if not _take(found, loop, last) or last.ended is not Ended.FINISHED:
            break
    if found.schedule is None:
        proved = last is not None and last.message == "Infeasible"
        found.reason = too_much(proved, found.ended)


def _first_cuts(loop: CutLoop, root: Bound) -> None:
    if loop.shares.exact:
        for n, wanted in enumerate(loop.shares.wanted.tolist()):
            towards = np.full(loop.shares.wanted.size, -wanted)
            towards[n] += 1.0
            loop.cut(towards)
            loop.cut(-towards)
    else:
        loop.cut(root.prices.a)


def _take(found: OuterApproximation, loop: CutLoop, result: MipResult) -> bool:
    """Keep the optimum if it is allowed, otherwise cut it off; say whether to go on."""
    if result.values is None:
        return False
    schedule = loop.schedule(result.values)
    delivered = loop.shares.delivered(schedule)
    if not delivered.any() or not schedule.is_legal(loop.shares.problem):
        return False
    if _offer(found, loop.shares, schedule):
        return False
    if loop.shares.exact:
        return False
    loop.cut_at(delivered.astype(float))
    return True


def _offer(found: OuterApproximation, shares: Shares, schedule: Schedule) -> bool:
    """Say whether a schedule is allowed; keep it if it is the best such one."""
    delivered = shares.delivered(schedule)
    if not delivered.any() or not shares.allows(delivered):
        return False
    known = found.schedule
    if known is None or delivered.sum() > shares.delivered(known).sum():
        found.schedule = schedule
    return True


def relaxation_with_cuts(
    problem: SchedulingProblem, strategy: TargetedDelivery, formulation: str | None = None
) -> tuple[float, int, float]:
    """Return the linear relaxation's value with cuts at its own optima, rounds, and seconds.

    What the decomposition's bound is measured against: the same limit when the formulation is
    integral, found by HiGHS without seeing blocks or paths.
    """
    began = time.perf_counter()
    shares = Shares.create(problem, strategy)
    loop = CutLoop(shares, chosen_formulation(problem, formulation))
    value, rounds = math.inf, 0
    while rounds < _MOST_ROUNDS:
        result: Any = solve_form(loop.form, MipOptions(relax=True))
        rounds += 1
        value = float(result.objective)
        delivered = loop.bits @ result.values
        if shares.excess(delivered) <= _ENOUGH * value:
            break
        loop.cut_at(delivered)
    return value, rounds, time.perf_counter() - began
