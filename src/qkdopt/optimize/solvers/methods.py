"""Each solver's name, and the strategies, settings and operations that it can carry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from qkdopt.optimize.closures import without_closures
from qkdopt.optimize.floors import FlooredDelivery
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.solvers.calls import (
    by_decomposition,
    by_genes,
    by_greed,
    by_hybrid,
    by_longest_path,
    by_milp,
    by_nsga2,
    by_outer_approximation,
)
from qkdopt.optimize.solvers.found import Found
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

__all__ = ["SOLVERS", "Method", "default_solver"]


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
    operations
        Whether it carries every operation. Those that close cells each solver carries, because
        it is handed the problem with these cells empty.
    as_stated
        Whether it is handed the problem as it is stated instead, with the rules that close cells.
    """

    carries: tuple[type[Strategy], ...]
    run: Callable[[SchedulingProblem, Any, SolverOptions], Found]
    formulations: bool = False
    mip_solvers: bool = False
    evolves: bool = False
    operations: bool = False
    as_stated: bool = False
    floored: tuple[type[Strategy], ...] = ()

    def can_carry(self, strategy: Strategy) -> bool:
        """Say whether the solver can carry a strategy, with its floors if it has any."""
        if isinstance(strategy, FlooredDelivery):
            return isinstance(strategy.base, self.floored)
        return isinstance(strategy, self.carries)


_USES = (CappedDelivery, BalancedDelivery, PairedDelivery)
_SHARES = (TargetedDelivery, LeastDivergence)

SOLVERS: dict[str, Method] = {
    "dynamic": Method((LinearStrategy,), by_longest_path, operations=True),
    "milp": Method(
        (LinearStrategy, *_USES),
        by_milp,
        formulations=True,
        mip_solvers=True,
        operations=True,
        floored=(LinearStrategy, *_USES),
    ),
    "greedy": Method((LinearStrategy,), by_greed),
    "genetic": Method((LinearStrategy, TargetedDelivery), by_genes, evolves=True),
    "hybrid": Method((LinearStrategy, TargetedDelivery), by_hybrid, evolves=True),
    "nsga2": Method((TargetedDelivery,), by_nsga2, evolves=True),
    "decomposition": Method(
        (*_SHARES, *_USES), by_decomposition, floored=(LinearStrategy, *_SHARES, *_USES)
    ),
    "outer_approximation": Method(
        _SHARES, by_outer_approximation, formulations=True, floored=_SHARES
    ),
}


_EXACT = ("dynamic", "decomposition", "milp")


def default_solver(strategy: Strategy, problem: SchedulingProblem) -> str:
    """Return the solver that is exact, or nearest to it, for a strategy and a problem's rules.

    Where no solver carries the rules, it is the one for the strategy without them.
    """
    able = [name for name in _EXACT if SOLVERS[name].can_carry(strategy)]
    if without_closures(problem).operations:
        able = [name for name in able if SOLVERS[name].operations] or able
    return able[0] if able else "decomposition"
