"""Each solver's name, and the strategies, settings and operations that it can carry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

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
    "genetic": Method(
        (LinearStrategy, TargetedDelivery), by_genes, evolves=True, rules=("forbidden",)
    ),
    "hybrid": Method((LinearStrategy, TargetedDelivery), by_hybrid, evolves=True),
    "nsga2": Method((TargetedDelivery,), by_nsga2, evolves=True, rules=("forbidden",)),
    "decomposition": Method(
        (*_SHARES, *_USES), by_decomposition, floored=(LinearStrategy, *_SHARES, *_USES)
    ),
    "outer_approximation": Method(
        _SHARES, by_outer_approximation, formulations=True, floored=_SHARES
    ),
}


def default_solver(strategy: Strategy) -> str:
    """Return the solver that is exact, or nearest to it, for a strategy."""
    return "dynamic" if isinstance(strategy, LinearStrategy) else "decomposition"
