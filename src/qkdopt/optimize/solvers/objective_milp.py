"""Objectives by a formulation through a MILP solver; the certificate holds the Lagrangian bound.

A solver's own tree cannot be verified: its bound is reported in ``made_by`` only.
"""

import math
from dataclasses import replace
from fractions import Fraction

from qkdopt.certificates import Ended
from qkdopt.errors import SolverError
from qkdopt.optimize.decomposition.column_generation import lagrangian_bound
from qkdopt.optimize.decomposition.strategies import balanced_proof
from qkdopt.optimize.exchange.options import SolverOptions
from qkdopt.optimize.exchange.result import SolverResult
from qkdopt.optimize.objectives import objective_of
from qkdopt.optimize.objectives.base import ConcaveObjective
from qkdopt.optimize.objectives.max_min import MaxMinObjective, balanced_total
from qkdopt.optimize.objectives.piecewise_linear import PiecewiseLinearObjective
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.schedule import Schedule
from qkdopt.optimize.solvers.formulation_run import solve_formulation
from qkdopt.optimize.strategies import Strategy, is_linear

_BOUND_SHARE = 0.3  # of the time goes to the bound at most
_FIRST_SHARE = 0.75  # of the time goes to the first of two objectives


def solve_objective_by_milp(
    problem: SchedulingProblem, strategy: Strategy, options: SolverOptions
) -> SolverResult:
    """Return a MILP solver's schedule for caps, lower bounds, balanced or paired delivery.

    Linear ones, too, where satellites share receivers, and under a risk: there bounds have prices.

    Raises
    ------
    InputError
        When the problem lacks what the strategy needs.
    SolverError
        When the formulation refuses the problem.
    """
    deadline = options.running()
    options = options.within(deadline)
    objective = objective_of(problem, strategy)
    if not (problem.in_scenarios or isinstance(objective, PiecewiseLinearObjective)):
        raise SolverError(f"solver milp cannot carry strategy {strategy.name}")
    balanced = isinstance(objective, MaxMinObjective)
    root = lagrangian_bound(
        objective,
        deadline=deadline.part(_BOUND_SHARE),
        prices=options.prices,
        parameters=options.parameters,
    )
    first = options.within(deadline.part(_FIRST_SHARE)) if balanced else options
    goal: Strategy | PiecewiseLinearObjective = strategy
    if isinstance(objective, PiecewiseLinearObjective) and not is_linear(strategy):
        goal = objective
    found = _solved(objective, first, goal)
    if found.schedule is None:
        return found
    found.proof, found.bound = root.proof(), objective.written_bound(root.value)
    if isinstance(objective, MaxMinObjective):
        _add_total(found, objective, found.schedule, options)
    return found


def _add_total(
    found: SolverResult, common: MaxMinObjective, first: Schedule, options: SolverOptions
) -> None:
    """Pursue the second objective of balanced delivery from the schedule of the first."""
    problem = common.problem

    def beyond(schedule: Schedule) -> PiecewiseLinearObjective:
        reached = common.value(schedule.delivered(problem)) or Fraction(0)
        return balanced_total(common, reached)

    second = beyond(first)
    start = first if options.mip_solver == "highs" else None
    better = _solved(second, replace(options, start=start), second)
    best = first
    if better.schedule is not None:
        value = second.value(better.schedule.delivered(problem))
        if value is not None and value > sum(first.delivered(problem)):
            best = better.schedule
    if found.ended is Ended.FINISHED:
        found.ended = better.ended
    root = lagrangian_bound(beyond(best), deadline=options.running(), parameters=options.parameters)
    found.schedule, found.proof = best, balanced_proof(found.proof, root.proof())
    found.bound = {"t": found.bound, "total": max(int(root.value), sum(best.delivered(problem)))}
    found.details["second"] = better.details
    for phase, seconds in better.seconds.items():
        found.seconds[phase] = found.seconds.get(phase, 0.0) + seconds


def _solved(
    objective: ConcaveObjective, options: SolverOptions, goal: Strategy | PiecewiseLinearObjective
) -> SolverResult:
    """Return the solution of a formulation for ``goal``, which states the objective."""
    solution = solve_formulation(objective.problem, goal, options)
    schedule, ended, reason = solution.schedule, solution.ended, ""
    worth = None
    if schedule is not None:
        worth = objective.value(objective.delivered(schedule).tolist())
    if worth is not None and solution.bound is not None and solution.bound < math.floor(worth):
        solution.details["milp_bound"] = "contradicted by the schedule"
    if worth is None and schedule is options.start:
        schedule = None  # its start misses a lower bound, and it found no other
    if schedule is None:
        reason = f"{options.mip_solver} ended with {solution.reason} and no schedule"
        if solution.reason == "Infeasible":
            reason = (
                f"infeasible: {options.mip_solver} finds no schedule for all rules and lower bounds"
            )
    elif not schedule.is_legal(objective.problem) or worth is None:
        schedule, ended = None, Ended.FAILED
        reason = f"{options.mip_solver} returned a schedule that breaks the rules or misses a floor"
    return replace(solution, ended=ended, schedule=schedule, bound=None, reason=reason)
