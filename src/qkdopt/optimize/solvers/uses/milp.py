"""Uses of bits by a formulation through a MILP solver; the bound in the certificate is the prices'.

A solver's own tree cannot be judged: its bound is reported in ``made_by`` only.
"""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction

from qkdopt.certificates import Ended
from qkdopt.optimize.floors import base_of
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.solvers.milp import solve_formulation
from qkdopt.optimize.solvers.options import SolverOptions
from qkdopt.optimize.solvers.result import SolverResult
from qkdopt.optimize.solvers.uses.bound import uses_bound
from qkdopt.optimize.solvers.uses.outcomes import balanced_total, stated_for
from qkdopt.optimize.solvers.uses.proof import proof_by_prices
from qkdopt.optimize.strategies import BalancedDelivery, Strategy
from qkdopt.optimize.uses import Uses, uses_of

__all__ = ["solve_uses_by_milp"]

_BOUND_SHARE = 0.3  # of the time goes to the bound at most
_FIRST_SHARE = 0.75  # of the time goes to the first of two aims


def solve_uses_by_milp(
    problem: SchedulingProblem, strategy: Strategy, options: SolverOptions
) -> SolverResult:
    """Return a MILP solver's schedule for caps, floors, balanced or paired delivery.

    Raises
    ------
    InputError
        When the problem lacks what the strategy needs.
    SolverError
        When the formulation refuses the problem.
    """
    deadline = options.running()
    options = options.within(deadline)
    uses = uses_of(problem, strategy)
    balanced = isinstance(base_of(strategy), BalancedDelivery)
    root = uses_bound(uses, stop=deadline.part(_BOUND_SHARE).expired)
    first = options.within(deadline.part(_FIRST_SHARE)) if balanced else options
    found = _solved(uses, first)
    if found.schedule is None:
        return found
    found.proof = proof_by_prices(root.exact, stated_for(problem, strategy))
    found.bound = int(root.value)
    if balanced:
        _add_total(found, uses, root.value, options)
    return found


def _add_total(
    found: SolverResult, common: Uses, t_bound: Fraction, options: SolverOptions
) -> None:
    """Pursue the second aim of balanced delivery from the schedule of the first."""
    problem = common.problem
    if found.schedule is None:
        return
    reached = common.worth(found.schedule.delivered(problem)) or Fraction(0)
    second, stated = balanced_total(problem, common, reached)
    start = found.schedule if options.mip_solver == "highs" else None
    better = _solved(second, replace(options, start=start))
    if better.schedule is not None:
        delivered = better.schedule.delivered(problem)
        if second.worth(delivered) is not None and sum(delivered) > sum(
            found.schedule.delivered(problem)
        ):
            found.schedule = better.schedule
    if found.ended is Ended.FINISHED:
        found.ended = better.ended
    reached = common.worth(found.schedule.delivered(problem)) or Fraction(0)
    second, stated = balanced_total(problem, common, reached)
    root = uses_bound(second, stop=options.running().expired)
    found.proof = {**found.proof, **proof_by_prices(root.exact, stated)}
    total = max(int(root.value), sum(found.schedule.delivered(problem)))
    found.bound = {"t": f"{t_bound.numerator}/{t_bound.denominator}", "total": total}
    found.details["second"] = better.details
    for phase, seconds in better.seconds.items():
        found.seconds[phase] = found.seconds.get(phase, 0.0) + seconds


def _solved(uses: Uses, options: SolverOptions) -> SolverResult:
    solution = solve_formulation(uses.problem, uses, options)
    schedule, ended, reason = solution.schedule, solution.ended, ""
    worth = None if schedule is None else uses.worth(schedule.delivered(uses.problem))
    if worth is not None and solution.bound is not None and solution.bound < math.floor(worth):
        solution.details["milp_bound"] = "contradicted by the schedule"
    if worth is None and schedule is options.start:
        schedule = None  # it began with one that misses a floor, and found no other
    if schedule is None:
        reason = f"{options.mip_solver} ended with {solution.reason} and no schedule"
        if solution.reason == "Infeasible":
            reason = f"infeasible: {options.mip_solver} finds no schedule for all rules and floors"
    elif not schedule.is_legal(uses.problem) or worth is None:
        schedule, ended = None, Ended.FAILED
        reason = f"{options.mip_solver} returned a schedule that breaks the rules or misses a floor"
    return replace(solution, ended=ended, schedule=schedule, bound=None, reason=reason)
