"""``outer_approximation``: the divergence as gradient cuts on a formulation, solved in a loop.

The constraint ``f(E) = sum E_n ln(E_n / (q_n S)) - kl_max S <= 0`` is convex and homogeneous of
degree one, so at any shares ``p`` the cut ``sum_n (ln(p_n / q_n) - kl_max) E_n <= 0`` holds for
every allowed schedule. The first cut is the best single one there is: the multipliers of the
decomposition's bound. Each round solves the mixed-integer programme and cuts off its optimum
until that optimum is allowed. The certificate holds the decomposition's bound and multipliers: a
solver's own tree cannot be verified.
"""

import math
import time
from typing import Any

import numpy as np

from qkdopt.arrays import Floats
from qkdopt.certificates import Ended, ended_at, ended_by
from qkdopt.deadline import Deadline, DeadlinePassedError
from qkdopt.errors import SolverError
from qkdopt.mip.exchange import MipOptions, MipResult
from qkdopt.mip.highs import solve_form
from qkdopt.mip.solvers import check_mip_solver
from qkdopt.mip.standard_form import quiet_building
from qkdopt.optimize.decomposition.column_generation import LagrangianBound, lagrangian_bound
from qkdopt.optimize.decomposition.infeasibility import no_schedule
from qkdopt.optimize.decomposition.warm_up import warm_up
from qkdopt.optimize.exchange.options import SolverOptions
from qkdopt.optimize.exchange.result import SolverResult
from qkdopt.optimize.form import Form
from qkdopt.optimize.formulations import chosen_formulation
from qkdopt.optimize.objectives.targeted import TargetedObjective
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.schedule import Schedule
from qkdopt.optimize.solvers.cut_loop import CutLoop
from qkdopt.optimize.strategy import Strategy
from qkdopt.versions import version

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
    if why := no_schedule(problem, strategy):
        return SolverResult.infeasible(why)
    if strategy.form is Form.TARGETED:
        return _targeted(problem, strategy, options)
    if strategy.form is Form.LEAST_DIVERGENCE:
        return _least(problem, strategy, options)
    raise SolverError(f"solver outer_approximation cannot carry strategy {strategy.name}")


def _least(problem: SchedulingProblem, strategy: Strategy, options: SolverOptions) -> SolverResult:
    from qkdopt.optimize.solvers.least_by_cuts import solve_least_by_cuts

    found, cuts = solve_least_by_cuts(problem, strategy, options)
    found.details |= {
        "rounds": cuts.rounds,
        "milp_bound": "none" if cuts.milp_bound is None else f"{cuts.milp_bound:.9f}",
        "formulation": cuts.formulation,
        **_made_by(options),
    }
    return found


def _made_by(options: SolverOptions) -> dict[str, object]:
    return {
        "seed": options.seed,
        "threads": options.threads,
        "time_limit": str(options.time_limit),
        "highs": check_mip_solver("highs"),
        "pyomo": version("pyomo"),
    }


def _targeted(
    problem: SchedulingProblem, strategy: Strategy, options: SolverOptions
) -> SolverResult:
    """Return the optimum of targeted delivery, or what there is when time runs out.

    With ``kl_max`` = 0 the shares are fixed by two-sided rows instead of cuts. With lower
    bounds there may be no schedule; the reason says whether that is proved.
    """
    shared = problem.receivers is not None
    warm_up(strategy.name, exact=strategy.number == "0", shared=shared)
    deadline = options.running()
    objective = TargetedObjective.create(problem, strategy, strategy.floors(problem))
    formulation = chosen_formulation(problem, options.formulation)
    root = lagrangian_bound(
        objective,
        deadline=deadline.part(_BOUND_SHARE),
        prices=options.prices,
        parameters=options.parameters,
    )
    fewest = Schedule(root.pricing.best_service(-np.ones(objective.delivery.targets)))
    found = SolverResult(
        schedule=fewest,
        bound=int(root.value),
        proof=root.proof(),
        reason=objective.infeasible_because(),
        details={"rounds": 0, "milp_bound": "none", **_made_by(options)},
    )
    allowed = objective.value(objective.delivered(fewest).tolist()) is not None
    if not (allowed and fewest.is_legal(problem)):
        found.schedule = None
        if found.reason or root.value < objective.least_value:
            found.reason = objective.infeasibility_message(proved=True)
            return found
    if found.reason or not root.value:
        return found
    _offer(found, objective, Schedule(root.pricing.best_service(root.multipliers.per_bit)))
    try:
        with deadline.enforced(), quiet_building():
            loop = CutLoop(objective.shares, formulation, objective.bounds.tolist())
            _first_cuts(loop, objective, root)
        found.seconds["build"] = deadline.elapsed()
        _rounds(found, objective, loop, options, deadline)
    except (DeadlinePassedError, KeyboardInterrupt) as stopped:
        found.ended = ended_by(stopped, deadline)
    found.seconds["solve"] = deadline.elapsed() - found.seconds.get("build", 0.0)
    return found


def _rounds(
    found: SolverResult,
    objective: TargetedObjective,
    loop: CutLoop,
    options: SolverOptions,
    deadline: Deadline,
) -> None:
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
        if not _take(found, objective, loop, last) or last.ended is not Ended.FINISHED:
            break
    if found.schedule is None:
        proved = last is not None and last.message == "Infeasible"
        found.reason = objective.infeasibility_message(proved=proved)


def _first_cuts(loop: CutLoop, objective: TargetedObjective, root: LagrangianBound) -> None:
    wanted = objective.shares.wanted
    if objective.exact:
        for n, share in enumerate(wanted.tolist()):
            towards = np.full(wanted.size, -share)
            towards[n] += 1.0
            loop.cut(towards)
            loop.cut(-towards)
    else:
        loop.cut(objective.slopes(root.multipliers.vector))


def _take(
    found: SolverResult, objective: TargetedObjective, loop: CutLoop, result: MipResult
) -> bool:
    """Keep the optimum if it is allowed, otherwise cut it off; say whether to go on."""
    if result.values is None:
        return False
    schedule = loop.schedule(result.values)
    delivered = objective.delivered(schedule)
    if not delivered.any() or not schedule.is_legal(objective.problem):
        return False
    if _offer(found, objective, schedule) or objective.exact:
        return False
    return _cut_at(loop, objective, delivered.astype(float))


def _cut_at(loop: CutLoop, objective: TargetedObjective, delivered: Floats) -> bool:
    """Add the gradient cut at the shares of some bits; say whether there is one."""
    slope = objective.cut(objective.shares.slopes(delivered))
    if slope is not None:
        loop.cut(slope)
    return slope is not None


def _offer(found: SolverResult, objective: TargetedObjective, schedule: Schedule) -> bool:
    """Say whether a schedule is allowed; keep it if it is the best such one."""
    delivered = objective.delivered(schedule)
    if not delivered.any() or not objective.allows(delivered):
        return False
    known = found.schedule
    if known is None or delivered.sum() > objective.delivered(known).sum():
        found.schedule = schedule
    return True


def relaxation_with_cuts(
    problem: SchedulingProblem, strategy: Strategy, formulation: str | None = None
) -> tuple[float, int, float]:
    """Return the linear relaxation's value with cuts at its own optima, rounds, and seconds.

    What the decomposition's bound is measured against: the same limit when the formulation is
    integral, found by HiGHS without seeing blocks or paths.
    """
    began = time.perf_counter()
    objective = TargetedObjective.create(problem, strategy)
    loop = CutLoop(objective.shares, chosen_formulation(problem, formulation))
    value, rounds = math.inf, 0
    while rounds < _MOST_ROUNDS:
        result: Any = solve_form(loop.form, MipOptions(relax=True))
        rounds += 1
        value = float(result.objective)
        delivered = loop.bits @ result.values
        if objective.excess(delivered) <= _ENOUGH * value:
            break
        _cut_at(loop, objective, delivered)
    return value, rounds, time.perf_counter() - began
