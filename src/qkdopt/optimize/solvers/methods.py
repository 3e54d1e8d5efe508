"""Each solver's name, the strategies that it can carry, and how it is called."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from qkdopt.claims import Ended, Generation
from qkdopt.errors import SolverError
from qkdopt.optimize.floors import FlooredDelivery, base_of, floors_of
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.schedule import Schedule
from qkdopt.optimize.solvers.options import SolverOptions
from qkdopt.optimize.strategies import (
    BalancedDelivery,
    CappedDelivery,
    LeastDivergence,
    LinearStrategy,
    PairedDelivery,
    Strategy,
    TargetedDelivery,
)

if TYPE_CHECKING:
    from qkdopt.optimize.solvers.genetic.solver import Bred

__all__ = ["SOLVERS", "Found", "Method", "default_solver", "infeasible"]


@dataclass(frozen=True)
class Found:
    """What a solver left: a schedule and a bound (or ``None``), and what made them."""

    ended: Ended
    schedule: Schedule | None
    bound: Any
    seconds: Mapping[str, float]
    made_by: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    proof: Mapping[str, Any] = field(default_factory=lambda: {"kind": "path"})
    history: tuple[Generation, ...] = ()


def infeasible(why: str, seconds: Mapping[str, float]) -> Found:
    """Return what is left when no schedule obeys the operations."""
    return Found(Ended.FINISHED, None, None, seconds, reason=f"infeasible: {why}")


def _dynamic(problem: SchedulingProblem, strategy: LinearStrategy, options: SolverOptions) -> Found:
    from qkdopt.optimize.solvers.dynamic import optimum

    began = time.perf_counter()
    best = optimum(problem, strategy.coefficients(problem))
    seconds = {"solve": time.perf_counter() - began}
    if best is None:
        return infeasible("no schedule obeys all locks, caps and hand-over times", seconds)
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


def _milp(problem: SchedulingProblem, strategy: LinearStrategy, options: SolverOptions) -> Found:
    from qkdopt.optimize.solvers.milp import solve_milp

    solution = solve_milp(problem, strategy, options)
    made_by = {
        "formulation": solution.formulation,
        "nodes": solution.nodes,
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
    return Found(ended, schedule, solution.bound, solution.seconds, made_by, reason)


def _decomposition(
    problem: SchedulingProblem,
    strategy: TargetedDelivery,
    options: SolverOptions,
    floors: Sequence[int] = (),
) -> Found:
    from qkdopt.optimize.solvers.decomposition import decompose

    found = decompose(problem, strategy, options, floors)
    made_by = {"seed": options.seed, "time_limit": str(options.time_limit), **found.made_by}
    proof = found.proof or {}
    return Found(
        found.ended, found.schedule, found.bound, found.seconds, made_by, found.reason, proof
    )


def _decomposition_of_uses(
    problem: SchedulingProblem, strategy: Strategy, options: SolverOptions
) -> Found:
    from qkdopt.optimize.solvers.uses import decompose_uses

    found = decompose_uses(problem, strategy, options)
    made_by = {"seed": options.seed, "time_limit": str(options.time_limit), "nodes": found.nodes}
    return Found(
        found.ended, found.schedule, found.bound, found.seconds, made_by, found.reason, found.proof
    )


def _decomposed(problem: SchedulingProblem, strategy: Strategy, options: SolverOptions) -> Found:
    base, floors = base_of(strategy), floors_of(problem, strategy)
    if isinstance(base, TargetedDelivery):
        return _decomposition(problem, base, options, floors)
    if isinstance(base, LeastDivergence):
        return _least(problem, base, options, floors)
    return _decomposition_of_uses(problem, strategy, options)


def _least(
    problem: SchedulingProblem,
    strategy: LeastDivergence,
    options: SolverOptions,
    floors: Sequence[int],
) -> Found:
    from qkdopt.optimize.solvers.least_divergence import find_least

    found = find_least(problem, strategy, options, floors)
    made_by = {"seed": options.seed, "time_limit": str(options.time_limit), "wanted": found.wanted}
    return Found(
        found.ended, found.schedule, found.bound, found.seconds, made_by, found.reason, found.proof
    )


def _milp_of_any(problem: SchedulingProblem, strategy: Strategy, options: SolverOptions) -> Found:
    if isinstance(strategy, LinearStrategy):
        return _milp(problem, strategy, options)
    from qkdopt.optimize.solvers.uses.milp import solve_uses_by_milp

    found = solve_uses_by_milp(problem, strategy, options)
    made_by = {
        **found.made_by,
        **_through_pyomo(options),
    }
    return Found(
        found.ended, found.schedule, found.bound, found.seconds, made_by, found.reason, found.proof
    )


def _outer_approximation(
    problem: SchedulingProblem, strategy: Strategy, options: SolverOptions
) -> Found:
    base, floors = base_of(strategy), floors_of(problem, strategy)
    if isinstance(base, LeastDivergence):
        return _least_by_cuts(problem, base, options, floors)
    if not isinstance(base, TargetedDelivery):
        raise SolverError(f"solver outer_approximation cannot carry strategy {strategy.name}")
    from qkdopt.optimize.solvers.outer_approximation import approximate

    found = approximate(problem, base, options, floors)
    made_by = {
        "rounds": found.rounds,
        "milp_bound": "none" if found.milp_bound is None else f"{found.milp_bound:.1f}",
        "seed": options.seed,
        "threads": options.threads,
        "time_limit": str(options.time_limit),
        "highspy": version("highspy"),
        "pyomo": version("pyomo"),
    }
    return Found(
        found.ended, found.schedule, found.root.value, found.seconds, made_by, found.reason,
        found.root.exact.proof(),
    )  # fmt: skip


def _genetic(
    problem: SchedulingProblem, strategy: LinearStrategy | TargetedDelivery, options: SolverOptions
) -> Found:
    from qkdopt.optimize.solvers.genetic.solver import find_by_genes

    return _bred(find_by_genes(problem, strategy, options))


def _bred(bred: Bred) -> Found:
    return Found(
        bred.ended, bred.schedule, bred.bound, bred.seconds, bred.made_by, bred.reason, bred.proof,
        bred.history,
    )  # fmt: skip


def _hybrid(
    problem: SchedulingProblem, strategy: LinearStrategy | TargetedDelivery, options: SolverOptions
) -> Found:
    from qkdopt.optimize.solvers.hybrid.solver import find_by_hybrid

    return _bred(find_by_hybrid(problem, strategy, options))


def _nsga2(problem: SchedulingProblem, strategy: TargetedDelivery, options: SolverOptions) -> Found:
    from qkdopt.optimize.solvers.nsga2.solver import find_by_nsga2

    return _bred(find_by_nsga2(problem, strategy, options))


def _least_by_cuts(
    problem: SchedulingProblem,
    strategy: LeastDivergence,
    options: SolverOptions,
    floors: Sequence[int],
) -> Found:
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
        "highspy": version("highspy"),
        "pyomo": version("pyomo"),
    }
    return Found(
        found.ended, found.schedule, found.bound, found.seconds, made_by, found.reason, found.proof
    )


@dataclass(frozen=True)
class Method:
    """A solver: the strategies it carries, its function, and which settings it knows.

    Attributes
    ----------
    carries, floored
        Strategies without and with floors.
    formulations, mip_solvers
        Whether it has formulations to choose from, and solvers behind Pyomo.
    evolves
        Whether it breeds generations and has their settings.
    operations, rules
        Whether it carries every operation; else the names of those that it carries.
    """

    carries: tuple[type[Strategy], ...]
    run: Callable[[SchedulingProblem, Any, SolverOptions], Found]
    formulations: bool = False
    mip_solvers: bool = False
    evolves: bool = False
    operations: bool = False
    rules: tuple[str, ...] = ()
    floored: tuple[type[Strategy], ...] = ()

    def can_carry(self, strategy: Strategy) -> bool:
        """Say whether the solver can carry a strategy, with its floors if it has any."""
        if isinstance(strategy, FlooredDelivery):
            return isinstance(strategy.base, self.floored)
        return isinstance(strategy, self.carries)


_USES = (CappedDelivery, BalancedDelivery, PairedDelivery)
_SHARES = (TargetedDelivery, LeastDivergence)

SOLVERS: dict[str, Method] = {
    "dynamic": Method((LinearStrategy,), _dynamic, operations=True),
    "milp": Method(
        (LinearStrategy, *_USES),
        _milp_of_any,
        formulations=True,
        mip_solvers=True,
        operations=True,
        floored=(LinearStrategy, *_USES),
    ),
    "greedy": Method((LinearStrategy,), _greedy),
    "genetic": Method(
        (LinearStrategy, TargetedDelivery), _genetic, evolves=True, rules=("forbidden",)
    ),
    "hybrid": Method((LinearStrategy, TargetedDelivery), _hybrid, evolves=True),
    "nsga2": Method((TargetedDelivery,), _nsga2, evolves=True, rules=("forbidden",)),
    "decomposition": Method(
        (*_SHARES, *_USES), _decomposed, floored=(LinearStrategy, *_SHARES, *_USES)
    ),
    "outer_approximation": Method(
        _SHARES, _outer_approximation, formulations=True, floored=_SHARES
    ),
}


def default_solver(strategy: Strategy) -> str:
    """Return the solver that is exact, or nearest to it, for a strategy."""
    return "dynamic" if isinstance(strategy, LinearStrategy) else "decomposition"
