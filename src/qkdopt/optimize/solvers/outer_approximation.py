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
from importlib.metadata import version
from typing import Any

import numpy as np

from qkdopt.certificates import Ended, ended_at, ended_by
from qkdopt.deadline import Deadline, DeadlinePassedError
from qkdopt.errors import SolverError
from qkdopt.mip.exchange import MipOptions, MipResult
from qkdopt.mip.highs import solve_form
from qkdopt.mip.solvers import check_mip_solver
from qkdopt.mip.standard_form import quiet_building
from qkdopt.optimize.domain.blocks import Blocks
from qkdopt.optimize.domain.pricing import PricingProblem
from qkdopt.optimize.floors import base_of, floors_of
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.schedule import IDLE, Schedule
from qkdopt.optimize.solvers.cut_loop import CutLoop
from qkdopt.optimize.solvers.decomposed import no_schedule
from qkdopt.optimize.solvers.decomposition.bound import Bound, best_bound
from qkdopt.optimize.solvers.decomposition.decompose import compile_kernels, too_much
from qkdopt.optimize.solvers.decomposition.shares import Shares
from qkdopt.optimize.solvers.milp import chosen_formulation
from qkdopt.optimize.solvers.options import SolverOptions
from qkdopt.optimize.solvers.result import SolverResult
from qkdopt.optimize.strategies import LeastDivergence, Strategy, TargetedDelivery

__all__ = ["relaxation_with_cuts", "solve_by_outer_approximation"]

_MOST_ROUNDS = 200
_BOUND_SHARE = 0.5  # of the time goes to the bound at most
_ENOUGH = 1e-6  # relative change at which the relaxation's loop stops


def solve_by_outer_approximation(
    problem: SchedulingProblem, strategy: Strategy, options: SolverOptions
) -> SolverResult:
    """Return what a mixed-integer programme with gradient cuts in a loop finds.

    Raises
    ------
    InputError
        When the problem has no weights.
    SolverError
        When the formulation refuses the problem.
    """
    base, floors = base_of(strategy), floors_of(problem, strategy)
    if why := no_schedule(problem, base):
        return SolverResult.infeasible(why)
    if isinstance(base, TargetedDelivery):
        return _targeted(problem, base, options, floors)
    if isinstance(base, LeastDivergence):
        return _least(problem, base, options, floors)
    raise SolverError(f"solver outer_approximation cannot carry strategy {strategy.name}")


def _least(
    problem: SchedulingProblem,
    strategy: LeastDivergence,
    options: SolverOptions,
    floors: Sequence[int],
) -> SolverResult:
    from qkdopt.optimize.solvers.least_by_cuts import LeastByCuts
    from qkdopt.optimize.solvers.least_divergence import find_least

    cuts = LeastByCuts(options.formulation)
    found = find_least(problem, strategy, options, floors, cuts)
    return SolverResult(
        ended=found.ended,
        schedule=found.schedule,
        bound=found.bound,
        proof=found.proof,
        reason=found.reason,
        seconds=found.seconds,
        details={
            "wanted": found.wanted,
            "rounds": cuts.rounds,
            "milp_bound": "none" if cuts.milp_bound is None else f"{cuts.milp_bound:.9f}",
            **cuts.made_by,
            **_made_by(options),
        },
    )


def _made_by(options: SolverOptions) -> dict[str, object]:
    return {
        "seed": options.seed,
        "threads": options.threads,
        "time_limit": str(options.time_limit),
        "highs": check_mip_solver("highs"),
        "pyomo": version("pyomo"),
    }


def _targeted(
    problem: SchedulingProblem,
    strategy: TargetedDelivery,
    options: SolverOptions,
    floors: Sequence[int] = (),
) -> SolverResult:
    """Return the optimum of targeted delivery, or what there is when time runs out.

    With ``kl_max`` = 0 the shares are fixed by two-sided rows instead of cuts. With ``floors``,
    bits by target, there may be no schedule; the reason says whether that is proved.
    """
    compile_kernels()
    deadline = options.running()
    shares = Shares.create(problem, strategy, floors)
    formulation = chosen_formulation(problem, options.formulation)
    pricing = PricingProblem(Blocks.create(shares.delivery))
    root = best_bound(shares, pricing, stop=deadline.part(_BOUND_SHARE).expired)
    idle = Schedule(np.full(problem.interval.size, IDLE, np.int64))
    found = SolverResult(
        schedule=idle,
        bound=root.value,
        proof=root.exact.proof(),
        reason=shares.nothing_allowed(),
        details={"rounds": 0, "milp_bound": "none", **_made_by(options)},
    )
    if any(floors) or not idle.is_legal(problem):
        found.schedule = None
        if found.reason or root.value < shares.least_total:
            found.reason = too_much(proved=True, ended=found.ended, floors=any(floors))
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


def _rounds(found: SolverResult, loop: CutLoop, options: SolverOptions, deadline: Deadline) -> None:
    """Solve and cut until an optimum is allowed."""
    last: MipResult | None = None
    while found.details["rounds"] < _MOST_ROUNDS:
        if deadline.expired():
            found.ended = ended_at(deadline)
            break
        left = None if deadline.limit_s is None else deadline.remaining()
        settings = MipOptions(left, options.threads, options.seed)
        start = None if last is None else last.values
        last = solve_form(loop.form, settings, start=start, progress=options.progress)
        found.ended = last.ended
        found.details["rounds"] += 1
        found.details["milp_bound"] = "none" if last.bound is None else f"{last.bound:.1f}"
        if not _take(found, loop, last) or last.ended is not Ended.FINISHED:
            break
    if found.schedule is None:
        proved = last is not None and last.message == "Infeasible"
        floors = bool(loop.shares.floors.any())
        found.reason = too_much(proved, found.ended, floors=floors)


def _first_cuts(loop: CutLoop, root: Bound) -> None:
    if loop.shares.exact:
        for n, wanted in enumerate(loop.shares.wanted.tolist()):
            towards = np.full(loop.shares.wanted.size, -wanted)
            towards[n] += 1.0
            loop.cut(towards)
            loop.cut(-towards)
    else:
        loop.cut(root.prices.a)


def _take(found: SolverResult, loop: CutLoop, result: MipResult) -> bool:
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


def _offer(found: SolverResult, shares: Shares, schedule: Schedule) -> bool:
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
