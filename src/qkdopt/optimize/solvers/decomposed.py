"""``decomposition``: columns, prices, search and branching; the bound is proved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from qkdopt.certificates import Ended
from qkdopt.mip.solvers import check_mip_solver
from qkdopt.optimize.floors import base_of, floors_of
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.schedule import Schedule
from qkdopt.optimize.solvers.options import SolverOptions
from qkdopt.optimize.solvers.result import SolverResult
from qkdopt.optimize.strategies import LeastDivergence, Strategy, TargetedDelivery

__all__ = ["no_schedule", "solve_by_decomposition"]


class _Search(Protocol):
    """What the searches leave in their own classes."""

    @property
    def ended(self) -> Ended: ...
    @property
    def schedule(self) -> Schedule | None: ...
    @property
    def bound(self) -> Any: ...
    @property
    def seconds(self) -> Mapping[str, float]: ...
    @property
    def reason(self) -> str: ...
    @property
    def proof(self) -> Mapping[str, Any] | None: ...


def solve_by_decomposition(
    problem: SchedulingProblem, strategy: Strategy, options: SolverOptions
) -> SolverResult:
    """Return what columns, prices and search find."""
    base, floors = base_of(strategy), floors_of(problem, strategy)
    if why := no_schedule(problem, base):
        return SolverResult.infeasible(why)
    if isinstance(base, TargetedDelivery):
        return _decomposed_shares(problem, base, options, floors)
    if isinstance(base, LeastDivergence):
        return _least(problem, base, options, floors)
    from qkdopt.optimize.solvers.uses import decompose_uses

    found = decompose_uses(problem, strategy, options)
    return _result(found, options, {"nodes": found.nodes})


def no_schedule(problem: SchedulingProblem, strategy: Strategy) -> str:
    """Return why operations leave a strategy no schedule at all, or nothing."""
    if not problem.operations:
        return ""
    from qkdopt.optimize.domain.blocks import Blocks
    from qkdopt.optimize.domain.delivery import Delivery
    from qkdopt.optimize.domain.pricing import NO_SCHEDULE, PricingProblem
    from qkdopt.optimize.solvers.decomposition.shares import Shares

    delivery = Delivery.to_all(problem)
    if isinstance(strategy, TargetedDelivery | LeastDivergence):
        delivery = Shares.create(problem, TargetedDelivery("0")).delivery
    return "" if PricingProblem(Blocks.create(delivery)).feasible else NO_SCHEDULE


def _decomposed_shares(
    problem: SchedulingProblem,
    strategy: TargetedDelivery,
    options: SolverOptions,
    floors: Sequence[int],
) -> SolverResult:
    from qkdopt.optimize.solvers.decomposition import decompose

    found = decompose(problem, strategy, options, floors)
    return _result(found, options, {"highs": check_mip_solver("highs"), **found.made_by})


def _least(
    problem: SchedulingProblem,
    strategy: LeastDivergence,
    options: SolverOptions,
    floors: Sequence[int],
) -> SolverResult:
    from qkdopt.optimize.solvers.least_divergence import find_least

    found = find_least(problem, strategy, options, floors)
    return _result(found, options, {"wanted": found.wanted})


def _result(found: _Search, options: SolverOptions, details: dict[str, object]) -> SolverResult:
    return SolverResult(
        ended=found.ended,
        schedule=found.schedule,
        bound=found.bound,
        proof=dict(found.proof or {}),
        reason=found.reason,
        seconds=dict(found.seconds),
        details={"seed": options.seed, "time_limit": str(options.time_limit), **details},
    )
