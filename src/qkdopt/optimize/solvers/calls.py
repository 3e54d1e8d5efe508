"""How each solver is called, and what a certificate says of the call.

Solvers load when they are called: naming one costs nothing.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from qkdopt.certificates import Ended
from qkdopt.errors import SolverError
from qkdopt.optimize.floors import base_of, floors_of
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.solvers.found import Found, infeasible
from qkdopt.optimize.solvers.options import SolverOptions
from qkdopt.optimize.strategies import (
    LeastDivergence,
    LinearStrategy,
    Strategy,
    TargetedDelivery,
)

if TYPE_CHECKING:
    from qkdopt.optimize.solvers.genetic.solver import Bred

__all__ = [
    "by_decomposition",
    "by_genes",
    "by_greed",
    "by_hybrid",
    "by_longest_path",
    "by_milp",
    "by_nsga2",
    "by_outer_approximation",
]


def by_longest_path(
    problem: SchedulingProblem, strategy: LinearStrategy, options: SolverOptions
) -> Found:
    """Return the optimum of any linear objective."""
    from qkdopt.optimize.domain.longest_path import optimum

    began = time.perf_counter()
    best = optimum(problem, strategy.coefficients(problem))
    seconds = {"solve": time.perf_counter() - began}
    if best is None:
        return infeasible("no schedule obeys all locks, caps and hand-over times", seconds)
    return Found(Ended.FINISHED, *best, seconds)


def by_greed(problem: SchedulingProblem, strategy: LinearStrategy, options: SolverOptions) -> Found:
    """Return the baseline: the best link now, with hysteresis."""
    from qkdopt.optimize.domain.longest_path import sum_of_best
    from qkdopt.optimize.solvers.greedy import greedy_schedule

    began = time.perf_counter()
    coefficients = strategy.coefficients(problem)
    schedule = greedy_schedule(problem, coefficients)
    seconds = {"solve": time.perf_counter() - began}
    bound = sum_of_best(problem, coefficients)  # what could be had if hand-overs took no time
    return Found(Ended.FINISHED, schedule, bound, seconds)


def _through_pyomo(options: SolverOptions) -> dict[str, Any]:
    """Return what a certificate says of the solver behind Pyomo and its settings."""
    from qkdopt.mip.solvers import check_mip_solver

    return {
        "mip_solver": options.mip_solver,
        "mip_solver_version": check_mip_solver(options.mip_solver),
        "seed": options.seed,
        "threads": options.threads,
        "time_limit": str(options.time_limit),
        "pyomo": version("pyomo"),
    }


def _linear_milp(
    problem: SchedulingProblem, strategy: LinearStrategy, options: SolverOptions
) -> Found:
    from qkdopt.optimize.solvers.milp import solve_milp

    solution = solve_milp(problem, strategy, options)
    made_by = {
        "formulation": solution.formulation,
        "nodes": solution.nodes,
        "milp_bound": "none" if solution.bound is None else str(solution.bound),
        **_through_pyomo(options),
    }
    ended, schedule, reason = solution.ended, solution.schedule, ""
    if schedule is None:
        reason = f"{options.mip_solver} ended with {solution.message} and no schedule"
        if solution.message == "Infeasible":
            why = f"{options.mip_solver} finds no schedule that obeys all rules"
            return infeasible(why, solution.seconds)
    elif not schedule.is_legal(problem):
        ended, schedule = Ended.FAILED, None
        reason = f"{options.mip_solver} returned a schedule that breaks the rules"
    bound = _exact_bound(problem, strategy, solution.bound)
    return Found(ended, schedule, bound, solution.seconds, made_by, reason)


def _exact_bound(
    problem: SchedulingProblem, strategy: LinearStrategy, claimed: int | None
) -> int | None:
    """Return the longest path's bound in place of the one that a solver claims in floats.

    Where the rules need more memory than the longest path is given, the claim stands, and the
    verifier decides.
    """
    from qkdopt.optimize.domain.longest_path import longest_value

    try:
        return longest_value(problem, strategy.coefficients(problem))
    except SolverError:
        return claimed


def _decomposed_shares(
    problem: SchedulingProblem,
    strategy: TargetedDelivery,
    options: SolverOptions,
    floors: Sequence[int] = (),
) -> Found:
    from qkdopt.mip.solvers import check_mip_solver
    from qkdopt.optimize.solvers.decomposition import decompose

    found = decompose(problem, strategy, options, floors)
    made_by = {
        "seed": options.seed,
        "time_limit": str(options.time_limit),
        "highs": check_mip_solver("highs"),
        **found.made_by,
    }
    return Found.of(found, made_by)


def _decomposed_uses(
    problem: SchedulingProblem, strategy: Strategy, options: SolverOptions
) -> Found:
    from qkdopt.optimize.solvers.uses import decompose_uses

    found = decompose_uses(problem, strategy, options)
    made_by = {"seed": options.seed, "time_limit": str(options.time_limit), "nodes": found.nodes}
    return Found.of(found, made_by)


def by_decomposition(
    problem: SchedulingProblem, strategy: Strategy, options: SolverOptions
) -> Found:
    """Return what columns, prices and search find; the bound is proved."""
    base, floors = base_of(strategy), floors_of(problem, strategy)
    if isinstance(base, TargetedDelivery):
        return _decomposed_shares(problem, base, options, floors)
    if isinstance(base, LeastDivergence):
        return _least(problem, base, options, floors)
    return _decomposed_uses(problem, strategy, options)


def _least(
    problem: SchedulingProblem,
    strategy: LeastDivergence,
    options: SolverOptions,
    floors: Sequence[int],
) -> Found:
    from qkdopt.optimize.solvers.least_divergence import find_least

    found = find_least(problem, strategy, options, floors)
    made_by = {"seed": options.seed, "time_limit": str(options.time_limit), "wanted": found.wanted}
    return Found.of(found, made_by)


def by_milp(problem: SchedulingProblem, strategy: Strategy, options: SolverOptions) -> Found:
    """Return what a solver of mixed-integer programs finds for a formulation."""
    if isinstance(strategy, LinearStrategy):
        return _linear_milp(problem, strategy, options)
    from qkdopt.optimize.solvers.uses.milp import solve_uses_by_milp

    found = solve_uses_by_milp(problem, strategy, options)
    made_by = {
        **found.made_by,
        **_through_pyomo(options),
    }
    return Found.of(found, made_by)


def by_outer_approximation(
    problem: SchedulingProblem, strategy: Strategy, options: SolverOptions
) -> Found:
    """Return what a mixed-integer program with gradient cuts in a loop finds."""
    base, floors = base_of(strategy), floors_of(problem, strategy)
    if isinstance(base, LeastDivergence):
        return _least_by_cuts(problem, base, options, floors)
    if not isinstance(base, TargetedDelivery):
        raise SolverError(f"solver outer_approximation cannot carry strategy {strategy.name}")
    from qkdopt.mip.solvers import check_mip_solver
    from qkdopt.optimize.solvers.outer_approximation import approximate

    found = approximate(problem, base, options, floors)
    made_by = {
        "rounds": found.rounds,
        "milp_bound": "none" if found.milp_bound is None else f"{found.milp_bound:.1f}",
        "seed": options.seed,
        "threads": options.threads,
        "time_limit": str(options.time_limit),
        "highs": check_mip_solver("highs"),
        "pyomo": version("pyomo"),
    }
    return Found(
        found.ended, found.schedule, found.root.value, found.seconds, made_by, found.reason,
        found.root.exact.proof(),
    )  # fmt: skip


def by_genes(
    problem: SchedulingProblem, strategy: LinearStrategy | TargetedDelivery, options: SolverOptions
) -> Found:
    """Return what the genetic algorithm breeds."""
    from qkdopt.optimize.solvers.genetic.solver import find_by_genes

    return _bred(find_by_genes(problem, strategy, options))


def _bred(bred: Bred) -> Found:
    return Found(
        bred.ended, bred.schedule, bred.bound, bred.seconds, bred.made_by, bred.reason, bred.proof,
        bred.history,
    )  # fmt: skip


def by_hybrid(
    problem: SchedulingProblem, strategy: LinearStrategy | TargetedDelivery, options: SolverOptions
) -> Found:
    """Return what genes decoded by longest paths breed."""
    from qkdopt.optimize.solvers.hybrid.solver import find_by_hybrid

    return _bred(find_by_hybrid(problem, strategy, options))


def by_nsga2(
    problem: SchedulingProblem, strategy: TargetedDelivery, options: SolverOptions
) -> Found:
    """Return what NSGA-II breeds: total and divergence as two objectives."""
    from qkdopt.optimize.solvers.nsga2.solver import find_by_nsga2

    return _bred(find_by_nsga2(problem, strategy, options))


def _least_by_cuts(
    problem: SchedulingProblem,
    strategy: LeastDivergence,
    options: SolverOptions,
    floors: Sequence[int],
) -> Found:
    from qkdopt.mip.solvers import check_mip_solver
    from qkdopt.optimize.solvers.least_by_cuts import LeastByCuts
    from qkdopt.optimize.solvers.least_divergence import find_least

    cuts = LeastByCuts(options.formulation)
    found = find_least(problem, strategy, options, floors, cuts)
    made_by = {
        "wanted": found.wanted,
        "rounds": cuts.rounds,
        "milp_bound": "none" if cuts.milp_bound is None else f"{cuts.milp_bound:.9f}",
        **cuts.made_by,
        "seed": options.seed,
        "threads": options.threads,
        "time_limit": str(options.time_limit),
        "highs": check_mip_solver("highs"),
        "pyomo": version("pyomo"),
    }
    return Found.of(found, made_by)
